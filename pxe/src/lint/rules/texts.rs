//! What a text sends.

use super::CURLY;
use crate::lint::escape::written;
use crate::lint::model::{Edit, FILE_OPTION, Field, Setting, Value, Writing};
use crate::lint::{Context, Findings, Nul};
use crate::wire::arch::{Architecture, Transport};

/// The longest path that the header holds with its NUL.
const LONGEST: usize = 127;

/// The value written anew.
fn rewrite(value: &Value, bytes: &[u8]) -> Vec<Edit> {
    let text = written(value.writing, bytes);
    let edit = text.map(|text| Edit {
        span: value.span,
        text,
    });
    edit.into_iter().collect()
}

/// Bytes as findings show them.
fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.join(" ")
}

pub(super) fn eaten_backslash(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (scope, setting) in context.settings() {
        let value = &setting.value;
        if value.eaten.is_empty() || !setting.field.is_text() {
            continue;
        }
        let mut seen: Vec<String> = Vec::new();
        for eaten in &value.eaten {
            let what = match &eaten.sent {
                Some(bytes) if bytes.iter().all(u8::is_ascii_graphic) => {
                    format!(
                        "`{}` sends \"{}\"",
                        eaten.written,
                        String::from_utf8_lossy(bytes)
                    )
                }
                Some(bytes) => format!("`{}` sends the byte {}", eaten.written, hex(bytes)),
                None => format!("`{}` is refused", eaten.written),
            };
            if !seen.contains(&what) {
                seen.push(what);
            }
        }
        let message = format!("between these quotes {}", seen.join(", "));
        findings.about(scope, setting, message, rewrite(value, &value.intended));
    }
}

/// A text that no other rule has to mend first.
fn sound(setting: &Setting) -> Option<&str> {
    let value = &setting.value;
    let text = setting.value.text()?;
    (setting.field.is_text() && value.eaten.is_empty()).then_some(text)
}

pub(super) fn doubled_backslash(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (scope, setting) in context.settings() {
        let Some(text) = sound(setting).filter(|text| text.contains("\\\\")) else {
            continue;
        };
        let nul = setting
            .value
            .bytes
            .as_ref()
            .is_some_and(|bytes| bytes.ends_with(b"\0"));
        // dnsmasq adds its own NUL.
        let own = nul && setting.value.writing != Writing::Dnsmasq;
        let mut single = text.replace("\\\\", "\\");
        if own {
            single.push('\0');
        }
        let message = "two backslashes in a row are sent".to_owned();
        findings.about(
            scope,
            setting,
            message,
            rewrite(&setting.value, single.as_bytes()),
        );
    }
}

pub(super) fn quotes_in_value(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (scope, setting) in context.settings() {
        let Some(text) = sound(setting) else { continue };
        let straight =
            |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
        let message = if text.contains(CURLY) {
            "these are not the quotes that the server knows, but letters that look like them"
        } else if straight('"') || straight('\'') {
            "the quotes are sent as part of the name"
        } else {
            continue;
        };
        let quote = |c: char| CURLY.contains(&c) || c == '"' || c == '\'';
        let bare = text.trim_matches(quote);
        let edits = if bare.contains(CURLY) {
            Vec::new()
        } else {
            rewrite(&setting.value, bare.as_bytes())
        };
        findings.about(scope, setting, message.to_owned(), edits);
    }
}

pub(super) fn surrounding_blanks(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (scope, setting) in context.settings() {
        let Some(text) = sound(setting) else { continue };
        let bare = text.trim();
        if bare.len() == text.len() || bare.is_empty() {
            continue;
        }
        let message = if text.ends_with('\r') {
            "the end of a Windows line (0d) is sent as part of the value"
        } else if text.len() > text.trim_end().len() {
            "the value ends with a blank, which is sent"
        } else {
            "the value begins with a blank, which is sent"
        };
        findings.about(
            scope,
            setting,
            message.to_owned(),
            rewrite(&setting.value, bare.as_bytes()),
        );
    }
}

pub(super) fn cut_short(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (scope, setting) in context.settings() {
        let value = &setting.value;
        let Some(text) = sound(setting) else { continue };
        let end = value
            .intended
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |end| end + 1);
        let intended = value.intended.get(..end).unwrap_or_default();
        if intended.len() <= text.len() || !intended.starts_with(text.as_bytes()) {
            continue;
        }
        let message = format!("only `{text}` is sent of it");
        findings.about(scope, setting, message, rewrite(value, intended));
    }
}

pub(super) fn path_too_long(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (scope, setting) in context.settings() {
        let length = setting.value.trimmed().len();
        if setting.field == Field::File && length > LONGEST {
            let message = format!("{length} bytes, and the header has room for {LONGEST}");
            findings.about(scope, setting, message, Vec::new());
        }
    }
}

pub(super) fn missing_terminator(context: &Context<'_>, findings: &mut Findings<'_>) {
    if context.target.nul == Nul::Impossible {
        return;
    }
    for (scope, setting) in context.settings() {
        let value = &setting.value;
        let Some(bytes) = value.bytes.as_ref().filter(|bytes| !bytes.ends_with(b"\0")) else {
            continue;
        };
        let architectures = context.reading.architectures(scope);
        let bios = architectures.is_empty() || architectures.contains(&Architecture::BIOS.0);
        if setting.field != FILE_OPTION
            || bytes.is_empty()
            || bytes.starts_with(b"http")
            || !value.eaten.is_empty()
            || !bios
            || context.reading.transport(scope) == Some(Transport::Http)
        {
            continue;
        }
        let ended = [&bytes[..], b"\0"].concat();
        let edits = match value.writing {
            Writing::Hex => hexadecimal(context, value),
            _ => rewrite(value, &ended),
        };
        let message = "no NUL at the end".to_owned();
        findings.about(scope, setting, message, edits);
    }
}

/// Two more digits, grouped like the others.
fn hexadecimal(context: &Context<'_>, value: &Value) -> Vec<Edit> {
    let written = context.reading.written(value.span);
    let last = written.rsplit('.').next().unwrap_or_default();
    let text = match context.target.name {
        "cisco-ios" if written.contains('.') && last.len() == 4 => ".00",
        "isc-dhcpd" => ":00",
        _ => "00",
    };
    let quoted = written.ends_with('"');
    let end = value.span.end - usize::from(quoted);
    vec![Edit {
        span: crate::lint::model::Span {
            start: end,
            end,
            ..value.span
        },
        text: text.to_owned(),
    }]
}
