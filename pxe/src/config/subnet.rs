//! Networks with addresses to give, and lists of options.

use std::collections::BTreeMap;

use toml::Spanned;

use super::boot::boot_table;
use super::convert::{opt, parse};
use super::locate::{Place, nearest_hint};
use super::raw;
use crate::dhcp::network::{Network, Range};
use crate::dhcp::settings::Subnet;
use crate::error::Result;
use crate::wire::options;

const DEFAULT_LEASE: u32 = 12 * 3600;

pub(super) fn subnet(place: &Place<'_>, raw: &Spanned<raw::Subnet>) -> Result<Subnet> {
    let subnet = raw.get_ref();
    let mut ranges: Vec<Range> = Vec::new();
    let texts = subnet.range.iter().chain(subnet.ranges.iter().flatten());
    let network: Option<Network> = opt(place, subnet.network.as_ref())?;
    for text in texts {
        let range: Range = parse(place, text)?;
        let inside = network.is_none_or(|network| {
            network.contains(range.first.into()) && network.contains(range.last.into())
        });
        if !inside {
            return Err(place
                .error(
                    &text.span(),
                    format!("range {range} is not within the network"),
                )
                .hint("set `network` to the network that the clients are in"));
        }
        if ranges
            .iter()
            .any(|other| other.first <= range.last && range.first <= other.last)
        {
            return Err(place
                .error(&text.span(), format!("range {range} overlaps another"))
                .hint("an address may be in one range only"));
        }
        ranges.push(range);
    }
    let network = match network {
        Some(network) => network,
        // Replaced by the interface's network, where one holds the range.
        None => ranges
            .first()
            .map_or_else(|| Network::of([0; 4].into(), 32), around),
    };
    Ok(Subnet {
        network,
        ranges,
        routers: subnet
            .router
            .iter()
            .map(|text| parse(place, text))
            .collect::<Result<_>>()?,
        dns: subnet
            .dns
            .iter()
            .map(|text| parse(place, text))
            .collect::<Result<_>>()?,
        domain: subnet
            .domain
            .as_ref()
            .map(|domain| domain.get_ref().clone()),
        boot: boot_table(place, subnet.boot.as_ref())?,
        lease: match &subnet.lease {
            Some(text) => duration(place, text)?,
            None => DEFAULT_LEASE,
        },
        options: option_list(place, &subnet.options)?,
    })
}

/// The smallest usual network that a range lies in.
fn around(range: &Range) -> Network {
    let common = (range.first ^ range.last).leading_zeros().min(24);
    Network::of(range.first.into(), u8::try_from(common).unwrap_or(24))
}

/// Options by name or number; the value in the form its option wants.
pub(super) fn option_list(
    place: &Place<'_>,
    raw: &BTreeMap<Spanned<String>, Spanned<String>>,
) -> Result<Vec<(u8, Vec<u8>)>> {
    let mut list = Vec::new();
    for (key, value) in raw {
        let name = key.get_ref().as_str();
        let row = match name.parse::<u8>() {
            Ok(code @ 1..=254) => {
                options::row(code).map_or((code, options::ValueKind::Bytes), |row| (code, row.kind))
            }
            _ => match options::named(name) {
                Some(row) => (row.code, row.kind),
                None => {
                    let error = place.error(&key.span(), format!("unknown option `{name}`"));
                    let names: Vec<&str> = options::TABLE.iter().map(|row| row.name).collect();
                    return Err(nearest_hint(error, name, &names));
                }
            },
        };
        let reserved = [
            options::MESSAGE_TYPE,
            options::SERVER_IDENTIFIER,
            options::RELAY_AGENT_INFORMATION,
            options::OVERLOAD,
            options::CLIENT_UUID,
        ];
        if reserved.contains(&row.0) {
            return Err(place
                .error(
                    &key.span(),
                    format!("option `{name}` is set by the server itself"),
                )
                .hint("remove the line"));
        }
        let bytes = options::encode(row.1, value.get_ref()).map_err(|expected| {
            place
                .error(&value.span(), format!("option `{name}`: {expected}"))
                .hint("options without a name here are given by number, their value as hex")
        })?;
        list.push((row.0, bytes));
    }
    Ok(list)
}

/// `90s`, `30m`, `12h`, `7d`.
fn duration(place: &Place<'_>, text: &Spanned<String>) -> Result<u32> {
    let value = text.get_ref().trim();
    let unit = value.chars().next_back();
    let seconds = match unit {
        Some('s') => Some(1),
        Some('m') => Some(60),
        Some('h') => Some(3600),
        Some('d') => Some(86400),
        _ => None,
    };
    let number = value
        .get(..value.len().saturating_sub(1))
        .and_then(|digits| digits.parse::<u32>().ok());
    match (number, seconds) {
        (Some(number), Some(seconds)) if number > 0 && number.checked_mul(seconds).is_some() => {
            Ok(number * seconds)
        }
        _ => Err(place
            .error(
                &text.span(),
                format!("`{}` is not a duration", value.escape_debug()),
            )
            .hint("write it as 90s, 30m, 12h or 7d")),
    }
}
