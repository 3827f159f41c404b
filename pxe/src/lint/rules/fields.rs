//! Which fields are set, and whether they agree.

use std::net::Ipv4Addr;

use crate::lint::escape::written;
use crate::lint::model::{
    Edit, FILE_OPTION, Field, SERVER_OPTION, Setting, VENDOR_CLASS, VENDOR_OPTIONS,
};
use crate::lint::{Context, Findings, names_file, names_server};
use crate::wire::arch::Transport;

/// Endings of boot programs.
const PROGRAMS: &[&str] = &[
    ".0", ".efi", ".kpxe", ".kkpxe", ".com", ".n12", ".ipxe", ".pxe",
];

pub(super) fn files_differ(context: &Context<'_>, findings: &mut Findings<'_>) {
    for scope in 0..context.reading.scopes.len() {
        let Some(own) = names_file(context.reading, scope) else {
            continue;
        };
        let (Some(file), Some(option)) = (
            context.inherited(scope, Field::File),
            context.inherited(scope, FILE_OPTION),
        ) else {
            continue;
        };
        let known = |one: &Setting| one.value.bytes.is_some() && one.value.eaten.is_empty();
        let (header, text) = (file.value.trimmed(), option.value.trimmed());
        if header == text || !known(file) || !known(option) {
            continue;
        }
        let message = format!(
            "iPXE boots `{}` (file), EDK2 `{}` (option 67)",
            String::from_utf8_lossy(header),
            String::from_utf8_lossy(text)
        );
        findings.about(scope, own, message, Vec::new());
    }
}

pub(super) fn option_67_alone(context: &Context<'_>, findings: &mut Findings<'_>) {
    if !context.target.sends_both {
        return;
    }
    for (scope, setting) in context.settings() {
        if setting.field != FILE_OPTION
            || context.reading.transport(scope) == Some(Transport::Http)
            || context.reading.effective(scope, Field::File).is_some()
            || setting.value.trimmed().is_empty()
            || setting.value.trimmed().starts_with(b"http")
            || !setting.value.eaten.is_empty()
        {
            continue;
        }
        let edit = context.beside(scope, setting, Field::File, setting.value.trimmed());
        let message = "the header's file is empty".to_owned();
        findings.about(scope, setting, message, edit.into_iter().collect());
    }
}

/// Whether firmware is told an address at all.
fn has_next_server(context: &Context<'_>, scope: usize) -> bool {
    context
        .reading
        .effective(scope, Field::NextServer)
        .is_some_and(|setting| setting.value.bytes.as_deref() != Some(&[0; 4]))
}

/// The setting of option 66 or sname that clients of a scope get.
fn server<'r>(context: &Context<'r>, scope: usize) -> Option<&'r Setting> {
    let of = |field| context.reading.effective(scope, field);
    of(SERVER_OPTION).or_else(|| of(Field::ServerName))
}

pub(super) fn server_name_ignored(context: &Context<'_>, findings: &mut Findings<'_>) {
    if context.target.fills_siaddr {
        return;
    }
    for (scope, setting) in context.settings() {
        if !names_server(setting.field) || has_next_server(context, scope) {
            continue;
        }
        // Said once where both are set.
        let other = context.reading.scopes[scope].own(SERVER_OPTION);
        if setting.field == Field::ServerName && other.is_some() {
            continue;
        }
        let address = setting
            .value
            .text()
            .and_then(|text| text.trim().parse::<Ipv4Addr>().ok());
        let edit = address.and_then(|address| {
            context.beside(scope, setting, Field::NextServer, &address.octets())
        });
        let message = "siaddr stays 0.0.0.0, and firmware looks nowhere else".to_owned();
        findings.about(scope, setting, message, edit.into_iter().collect());
    }
}

pub(super) fn no_next_server(context: &Context<'_>, findings: &mut Findings<'_>) {
    if context.target.fills_siaddr || context.reading.proxy {
        return;
    }
    for scope in 0..context.reading.scopes.len() {
        let Some(setting) = names_file(context.reading, scope) else {
            continue;
        };
        let url = setting.value.trimmed().starts_with(b"http");
        if url || has_next_server(context, scope) || server(context, scope).is_some() {
            continue;
        }
        let message = "siaddr is 0.0.0.0: no server to load it from".to_owned();
        findings.about(scope, setting, message, Vec::new());
    }
}

pub(super) fn servers_differ(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (scope, setting) in context.settings() {
        if setting.field != SERVER_OPTION {
            continue;
        }
        let named = setting
            .value
            .text()
            .and_then(|text| text.trim().parse::<Ipv4Addr>().ok());
        let next = context
            .inherited(scope, Field::NextServer)
            .and_then(|next| <[u8; 4]>::try_from(next.value.bytes.as_deref()?).ok())
            .map(Ipv4Addr::from)
            .filter(|next| !next.is_unspecified());
        if let (Some(named), Some(next)) = (named, next)
            && named != next
        {
            let message = format!("option 66 says {named}, siaddr {next}");
            findings.about(scope, setting, message, Vec::new());
        }
    }
}

pub(super) fn pxeclient_from_dhcp(context: &Context<'_>, findings: &mut Findings<'_>) {
    if context.reading.proxy {
        return;
    }
    for (scope, setting) in context.settings() {
        if setting.field != VENDOR_CLASS || !setting.value.trimmed().starts_with(b"PXEClient") {
            continue;
        }
        let control = context
            .reading
            .effective(scope, VENDOR_OPTIONS)
            .and_then(|options| discovery_control(options.value.bytes.as_deref()?));
        // PXE 2.1, table 2-1: bit 3 says to use the offered file as it is.
        if control.is_some_and(|bits| bits & 8 != 0) {
            continue;
        }
        let message = "firmware asks this server on port 4011".to_owned();
        findings.about(scope, setting, message, Vec::new());
    }
}

/// Sub-option 6 of option 43.
fn discovery_control(mut options: &[u8]) -> Option<u8> {
    while let [code, rest @ ..] = options {
        match (*code, rest) {
            (0, _) => options = rest,
            (255, _) => return None,
            (code, [length, rest @ ..]) => {
                let (value, next) = rest.split_at_checked(usize::from(*length))?;
                if code == 6 {
                    return value.first().copied();
                }
                options = next;
            }
            _ => return None,
        }
    }
    None
}

pub(super) fn wrong_field(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (scope, setting) in context.settings() {
        let Some(text) = setting.value.text() else {
            continue;
        };
        let text = text.trim();
        let is_address = text.parse::<Ipv4Addr>().is_ok();
        let lower = text.to_ascii_lowercase();
        let is_path = !is_address
            && (text.contains(['/', '\\'])
                || PROGRAMS.iter().any(|ending| lower.ends_with(ending)));
        let message = if names_server(setting.field) && is_path && !lower.contains("://") {
            format!("`{text}` is a path, and this field is for a server's name")
        } else if setting.field.is_file() && is_address {
            format!("`{text}` is an address, and this field is for a path")
        } else {
            continue;
        };
        findings.about(scope, setting, message, swapped(context, scope, setting));
    }
}

/// Where 66 and 67 were mixed up, each gets the other's value.
fn swapped(context: &Context<'_>, scope: usize, setting: &Setting) -> Vec<Edit> {
    let scope = &context.reading.scopes[scope];
    let (Some(server), Some(file)) = (scope.own(SERVER_OPTION), scope.own(FILE_OPTION)) else {
        return Vec::new();
    };
    let is_address = file
        .value
        .text()
        .is_some_and(|text| text.parse::<Ipv4Addr>().is_ok());
    if !is_address || (setting != server && setting != file) {
        return Vec::new();
    }
    let edit = |to: &Setting, from: &Setting| {
        Some(Edit {
            span: to.value.span,
            text: written(to.value.writing, from.value.trimmed())?,
        })
    };
    match (edit(server, file), edit(file, server)) {
        (Some(one), Some(other)) => vec![one, other],
        _ => Vec::new(),
    }
}
