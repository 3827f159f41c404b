//! A DHCP message for people and for programs: every field that matters to a
//! boot, every option decoded and in bytes.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use crate::firmware::shown;
use crate::wire::dhcp::{Message, MessageType};
use crate::wire::options;

/// The lines of a message: header fields, then options.
pub(super) fn fields(message: &Message) -> String {
    let mut text = String::new();
    for (name, value) in [
        ("yiaddr", message.yiaddr.to_string()),
        ("siaddr", message.siaddr.to_string()),
        ("sname", shown(&message.sname)),
        ("file", shown(&message.file)),
    ] {
        let _ = writeln!(text, "  {}", format!("{name:26} {value}").trim_end());
    }
    for (code, value) in message.options.iter() {
        let _ = writeln!(
            text,
            "  {code:3} {:22} {}",
            options::name(code),
            decoded(code, value)
        );
    }
    text
}

/// The same with the bytes of every option behind it.
pub(super) fn fields_with_bytes(message: &Message) -> String {
    let mut text = String::new();
    for line in fields(message).lines().take(4) {
        let _ = writeln!(text, "{line}");
    }
    for (code, value) in message.options.iter() {
        let meaning = meaning(code, value);
        let bytes = hex(value);
        let _ = write!(text, "  {code:3} {:22} ", options::name(code));
        // What is nothing but bytes is not said twice.
        if meaning == bytes {
            let _ = writeln!(text, "{bytes}");
        } else {
            let _ = writeln!(text, "{meaning:<24} = {bytes}");
        }
    }
    text
}

/// The fields of a message for programs: `options` by number, texts and
/// options as `{"text", "hex"}`.
pub(super) fn fields_json(message: &Message) -> Map<String, Value> {
    let options: Map<String, Value> = message
        .options
        .iter()
        .map(|(code, value)| (code.to_string(), text_and_hex(value)))
        .collect();
    [
        ("yiaddr", Value::from(message.yiaddr.to_string())),
        ("siaddr", Value::from(message.siaddr.to_string())),
        ("sname", text_and_hex(&message.sname)),
        ("file", text_and_hex(&message.file)),
        ("options", Value::from(options)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// `text` without its last NUL.
pub(super) fn text_and_hex(value: &[u8]) -> Value {
    let trimmed = value.strip_suffix(b"\0").unwrap_or(value);
    json!({
        "text": String::from_utf8_lossy(trimmed),
        "hex": value.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
    })
}

/// What a value means; for the boot file its bytes too, since they matter.
fn decoded(code: u8, value: &[u8]) -> String {
    let meaning = meaning(code, value);
    if code == options::BOOT_FILE_NAME {
        format!("{meaning}  = {}", hex(value))
    } else {
        meaning
    }
}

/// A value as its option's kind reads it.
fn meaning(code: u8, value: &[u8]) -> String {
    use options::ValueKind::{Address, Addresses, Byte, Bytes, Codes, Long, Short, Text};
    let kind = options::row(code).map_or(Bytes, |row| row.kind);
    let number = || {
        value
            .iter()
            .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))
    };
    match kind {
        Address | Addresses if !value.is_empty() && value.len().is_multiple_of(4) => value
            .chunks_exact(4)
            .map(|four| Ipv4Addr::new(four[0], four[1], four[2], four[3]).to_string())
            .collect::<Vec<_>>()
            .join(", "),
        Byte if code == options::MESSAGE_TYPE => match value {
            [kind @ 1..=8] => {
                let name = format!("{:?}", MessageType::from(*kind)).to_ascii_uppercase();
                format!("{kind} {name}")
            }
            _ => hex(value),
        },
        Byte if value.len() == 1 => number().to_string(),
        Short if value.len() == 2 => number().to_string(),
        Long if value.len() == 4 => number().to_string(),
        Text => shown(value),
        Codes => value
            .iter()
            .map(u8::to_string)
            .collect::<Vec<_>>()
            .join(","),
        _ => hex(value),
    }
}

/// Bytes in hex, with blanks between.
pub(super) fn hex(value: &[u8]) -> String {
    value
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(" ")
}
