//! Boot files by firmware.

use std::collections::BTreeMap;

use toml::Spanned;

use super::convert::parse;
use super::locate::{Place, nearest_hint};
use crate::dhcp::boot::BootTable;
use crate::error::Result;
use crate::wire::arch::{self, Architecture, Transport};

/// The keys of a boot table.
fn boot_names() -> Vec<&'static str> {
    let mut names = vec!["ipxe", "server"];
    names.extend(arch::TABLE.iter().map(|row| row.name));
    names
}

pub(super) fn boot_table(
    place: &Place<'_>,
    raw: Option<&BTreeMap<Spanned<String>, Spanned<String>>>,
) -> Result<BootTable> {
    let mut table = BootTable::default();
    let Some(raw) = raw else { return Ok(table) };
    let mut specific = Vec::new();
    for (key, value) in raw {
        let name = key.get_ref().as_str();
        if name == "server" {
            table.server = Some(parse(place, value)?);
            continue;
        }
        let file = boot_file(place, value)?;
        if name == "ipxe" {
            table.ipxe = Some(file);
            continue;
        }
        let Some(selected) = Architecture::selected_by(name) else {
            let error = place.error(&key.span(), format!("unknown client `{name}`"));
            return Err(nearest_hint(error, name, &boot_names()));
        };
        let is_url = file.starts_with("http://") || file.starts_with("https://");
        if selected
            .iter()
            .any(|arch| arch.transport() == Transport::Http)
            && !is_url
        {
            return Err(place
                .error(
                    &value.span(),
                    format!("`{name}` boots over HTTP and needs a URL"),
                )
                .hint("write it as \"http://10.0.0.5/boot/x64/bootx64.efi\""));
        }
        for architecture in selected {
            table.by_architecture.insert(*architecture, file.clone());
        }
        if selected.len() == 1 {
            specific.push((selected[0], file));
        }
    }
    // `uefi-ebc` is a word about 9 alone and goes before `uefi-x64`.
    table.by_architecture.extend(specific);
    Ok(table)
}

fn boot_file(place: &Place<'_>, value: &Spanned<String>) -> Result<String> {
    let text = value.get_ref();
    if text.is_empty() {
        return Err(place
            .error(&value.span(), "the boot file is empty")
            .hint("leave the line out for clients that get none"));
    }
    // 254 bytes and the NUL fill option 67.
    if text.len() > 254 {
        return Err(place
            .error(
                &value.span(),
                format!("the boot file has {} bytes, more than 254", text.len()),
            )
            .hint("option 67 holds no more"));
    }
    if let Some(bad) = text.chars().find(|c| c.is_control()) {
        let error = place.error(
            &value.span(),
            format!(
                "the boot file has a control character ({})",
                bad.escape_unicode()
            ),
        );
        return Err(error.hint(
            r"in double quotes TOML reads \b and \t as escapes; single quotes keep backslashes: '\boot\x64\wdsmgfw.efi'",
        ));
    }
    Ok(text.clone())
}
