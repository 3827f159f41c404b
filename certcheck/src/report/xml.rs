//! Text in XML 1.0.

/// Text for an attribute or the content of an element. Line ends and tabs go
/// as references, because a reader turns them into spaces in an attribute;
/// other control characters XML does not know, not even as references.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push_str("&#10;"),
            '\t' => safe.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced_and_the_rest_survives() {
        assert_eq!(
            escaped("<a b=\"c\"> & d\n\te\r\u{1}\u{fffe}"),
            "&lt;a b=&quot;c&quot;&gt; &amp; d&#10;&#9;e\u{fffd}\u{fffd}\u{fffd}"
        );
    }
}
