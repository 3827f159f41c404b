//! What `forecast` expects.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::forecast::outlook::{Outlook, Server};
use crate::forecast::{LIMITS, Zone};

use super::Paint;

/// All of it as one JSON document.
pub(crate) fn json(server: &str, servers: &[Server], outlooks: &[Outlook]) -> Value {
    json!({
        "server": server,
        "limits": LIMITS
            .iter()
            .map(|limit| json!({"bytes": limit.bytes, "name": limit.name}))
            .collect::<Vec<_>>(),
        "services": servers
            .iter()
            .map(|server| json!({
                "service": server.service,
                "pac": if server.pac { "present" } else { "absent" },
            }))
            .collect::<Vec<_>>(),
        "users": outlooks.iter().map(user).collect::<Vec<_>>(),
    })
}

fn user(outlook: &Outlook) -> Value {
    let token = outlook.as_it_is.token;
    json!({
        "user": outlook.identity.name,
        "dn": outlook.identity.dn,
        "groups": outlook.identity.person.groups.all(),
        "token_bytes": token,
        "token_bytes_with_pac": outlook.with_pac.token,
        "zone": outlook.zone().name(),
        "zone_with_pac": Zone::of(outlook.with_pac.token).name(),
        "close_to": outlook.close_to().map(|limit| limit.bytes),
        "margin": outlook.close_to().map(|limit| limit.margin(token)),
        "over": LIMITS
            .iter()
            .filter(|limit| limit.margin(token) < 0)
            .map(|limit| limit.bytes)
            .collect::<Vec<_>>(),
        "fails_at": {
            "count": outlook.fails_at.count,
            "services": outlook.fails_at.services,
        },
    })
}

/// The people as comma-separated values (RFC 4180).
///
/// # Errors
/// When `out` cannot be written.
pub(crate) fn csv(out: &mut impl Write, outlooks: &[Outlook]) -> io::Result<()> {
    writeln!(
        out,
        "user,groups,token_bytes,token_bytes_with_pac,zone,zone_with_pac,close_to,margin,dn,fails_at,services"
    )?;
    for outlook in outlooks {
        let token = outlook.as_it_is.token;
        let close = outlook.close_to();
        writeln!(
            out,
            "{},{},{token},{},{},{},{},{},{},{},{}",
            quoted(&outlook.identity.name),
            outlook.identity.person.groups.all(),
            outlook.with_pac.token,
            outlook.zone().name(),
            Zone::of(outlook.with_pac.token).name(),
            close.map_or_else(String::new, |limit| limit.bytes.to_string()),
            close.map_or_else(String::new, |limit| limit.margin(token).to_string()),
            quoted(&outlook.identity.dn),
            outlook.fails_at.count,
            quoted(&outlook.fails_at.services.join(" ")),
        )?;
    }
    Ok(())
}

/// Quotes a value, and keeps a spreadsheet from taking it for a formula.
fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// The people as text, the largest token first; there are this many servers.
///
/// # Errors
/// When `out` cannot be written.
pub(crate) fn text(
    out: &mut impl Write,
    outlooks: &[Outlook],
    servers: usize,
    paint: Paint,
) -> io::Result<()> {
    let width = outlooks
        .iter()
        .map(|outlook| outlook.identity.name.chars().count())
        .max();
    let width = width.unwrap_or(0).max(4);
    writeln!(
        out,
        "{:<width$}  groups   token  with PAC  with rpc.svcgssd",
        "user"
    )?;
    for outlook in outlooks {
        let zone = outlook.zone();
        let meaning = match zone {
            Zone::Works => paint.good(zone.meaning()),
            Zone::Jams | Zone::Refused => paint.bad(zone.meaning()),
        };
        writeln!(
            out,
            "{:<width$}  {:>6}  {:>6}  {:>8}  {meaning}",
            outlook.identity.name,
            outlook.identity.person.groups.all(),
            outlook.as_it_is.token,
            outlook.with_pac.token,
        )?;
        let failing = &outlook.fails_at;
        // Of one server it goes without saying.
        if failing.count > 0 && servers > 1 {
            let more = failing.count - failing.services.len();
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            let names = failing.services.join(", ");
            writeln!(
                out,
                "{:width$}  at {} of {servers} servers: {names}{more}",
                "", failing.count
            )?;
        }
        let token = outlook.as_it_is.token;
        if let Some(limit) = outlook.close_to() {
            let margin = limit.margin(token);
            let side = if margin >= 0 { "below" } else { "above" };
            let note = format!(
                "only {} bytes {side} what {} ({})",
                margin.abs(),
                limit.name,
                limit.bytes
            );
            writeln!(out, "{:width$}  {}", "", paint.notable(&note))?;
        }
        // The first two limits are those of the zone.
        for limit in LIMITS[2..].iter().filter(|limit| limit.margin(token) < 0) {
            let note = format!("over {}: {}", limit.bytes, limit.name);
            writeln!(out, "{:width$}  {}", "", paint.bad(&note))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn values_are_quoted_and_are_no_formulas() {
        assert_eq!(quoted("bob"), "bob");
        assert_eq!(quoted("CN=a,DC=b"), "\"CN=a,DC=b\"");
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(quoted("=cmd|x"), "'=cmd|x");
    }
}
