//! A text as each server needs it written, so that it is sent as it is.

use std::fmt::Write as _;

/// Between the quotes of ISC dhcpd.
pub fn isc(text: &[u8]) -> String {
    let mut escaped = String::new();
    for byte in text {
        match byte {
            b'\\' | b'"' => {
                escaped.push('\\');
                escaped.push(char::from(*byte));
            }
            b' '..=b'~' => escaped.push(char::from(*byte)),
            other => {
                let _ = write!(escaped, "\\{other:03o}");
            }
        }
    }
    escaped
}

/// A JSON string with its quotes.
pub fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The data of one of Kea's options: a comma begins the next value unless a
/// backslash stands before it, and two backslashes are one. A single one that
/// nothing of this follows is itself.
pub fn kea_option(text: &str) -> String {
    if text.contains(',') || text.contains("\\\\") {
        json(&text.replace('\\', "\\\\").replace(',', "\\,"))
    } else {
        json(text)
    }
}

/// As dnsmasq reads a word.
pub fn dnsmasq(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b",#\"".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// A RouterOS string with its quotes.
pub fn routeros(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for c in text.chars() {
        // $ begins a variable, ? the help.
        if matches!(c, '\\' | '"' | '$' | '?') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// A PowerShell string in single quotes, in which nothing is special.
pub fn powershell(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The content of an XML element.
pub fn xml(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
