//! Texts within the quotes of DOT.

use crate::picture::Attribute;

pub(super) fn attribute_lines(out: &mut String, attributes: &[Attribute]) {
    for (at, attribute) in attributes.iter().enumerate() {
        if at > 0 {
            out.push_str("\\n");
        }
        escaped(out, &attribute.name);
        out.push_str(": ");
        escaped(out, &attribute.value);
    }
}

pub(super) fn tooltip(out: &mut String, attributes: &[Attribute]) {
    if attributes.is_empty() {
        return;
    }
    out.push_str(" tooltip=\"");
    attribute_lines(out, attributes);
    out.push('"');
}

pub(super) fn text(out: &mut String, value: &str) {
    out.push('"');
    escaped(out, value);
    out.push('"');
}

/// The inside of a quoted string that Graphviz shows as `value`.
pub(super) fn escaped(out: &mut String, value: &str) {
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | b'&' | 0..=0x1f | 0x7f);
    let mut rest = value;
    while let Some(at) = rest.as_bytes().iter().position(special) {
        out.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'&' => out.push_str("&amp;"),
            // The symbol for the control character: ␊ for a line break.
            0x7f => out.push('\u{2421}'),
            control => {
                out.push(char::from_u32(0x2400 + u32::from(control)).unwrap_or('\u{fffd}'));
            }
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}
