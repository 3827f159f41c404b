//! XML with the place of every text.

use roxmltree::{Document, Node, ParsingOptions};

use super::{Book, Foreign};
use crate::lint::model::Span;

/// How many elements and texts a document may have.
const MOST_NODES: u32 = 2_000_000;

/// What stands around fragments with several roots.
const OPEN: &str = "<pxe-lint>";

/// The document with one root around whatever there is. All places in it are
/// [`offset`] later than in the file.
pub(super) fn wrapped(text: &str) -> String {
    let mut text = text.replace('\u{feff}', "   ");
    // A declaration is allowed at the very beginning only.
    let start = text.len() - text.trim_start().len();
    if text[start..].starts_with("<?xml")
        && let Some(end) = text[start..].find("?>")
    {
        let length = end + 2;
        let blank: String = text[start..start + length]
            .chars()
            .map(|c| if c == '\n' { '\n' } else { ' ' })
            .collect();
        if blank.len() == length {
            text.replace_range(start..start + length, &blank);
        }
    }
    format!("{OPEN}{text}</pxe-lint>")
}

/// The tree of a [`wrapped`] text.
///
/// # Errors
/// When it is not XML; the place is that in the file.
pub(super) fn parse<'x>(book: &Book<'_>, wrapped: &'x str) -> Result<Document<'x>, Foreign> {
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(wrapped, options).map_err(|error| {
        let at = error.pos();
        let text = book.text(0);
        let line = super::lines(wrapped)
            .nth(usize::try_from(at.row).unwrap_or(1).saturating_sub(1))
            .map_or(0, |(start, _)| start);
        let byte = (line + usize::try_from(at.col).unwrap_or(1))
            .saturating_sub(OPEN.len() + 1)
            .min(text.len());
        book.foreign(0, byte, format!("XML ({error})"))
    })
}

/// The text of an element and where it stands in the file.
pub(super) fn content(node: Node<'_, '_>) -> Option<(String, Span)> {
    let text = node.children().find(Node::is_text)?;
    let range = text.range();
    let span = Span {
        source: 0,
        start: range.start.saturating_sub(OPEN.len()),
        end: range.end.saturating_sub(OPEN.len()),
    };
    Some((text.text()?.to_owned(), span))
}

/// Where an element stands in the file.
pub(super) fn span(node: Node<'_, '_>) -> Span {
    let range = node.range();
    Span {
        source: 0,
        start: range.start.saturating_sub(OPEN.len()),
        end: range.end.saturating_sub(OPEN.len()),
    }
}

/// The text of a child element.
pub(super) fn child(node: Node<'_, '_>, name: &str) -> Option<String> {
    let child = node
        .children()
        .find(|child| child.tag_name().name().eq_ignore_ascii_case(name))?;
    Some(content(child)?.0)
}
