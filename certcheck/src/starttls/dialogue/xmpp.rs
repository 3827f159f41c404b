//! XMPP: open a stream, wait for its features, ask, wait for `proceed`
//! (RFC 6120 section 5.4). Not an XML parser: it looks for the few tags that
//! matter, whatever their prefix.

use super::{Refusal, Step, quote};

const NAMESPACE: &str = "urn:ietf:params:xml:ns:xmpp-tls";

/// How far the dialogue has come.
#[derive(Debug, Default)]
pub(super) struct Talk {
    asked: bool,
    started: bool,
}

/// The header of our stream to this domain.
pub(super) fn opening(name: &str) -> Vec<u8> {
    let mut domain = String::new();
    for c in name.chars() {
        match c {
            '&' => domain.push_str("&amp;"),
            '<' => domain.push_str("&lt;"),
            '\'' => domain.push_str("&apos;"),
            c => domain.push(c),
        }
    }
    format!(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams' to='{domain}' version='1.0'>"
    )
    .into_bytes()
}

impl Talk {
    pub(super) fn receive(&mut self, input: &mut Vec<u8>) -> Result<Step, Refusal> {
        if !self.started {
            let begin = input.trim_ascii_start();
            match begin.first() {
                None => return Ok(Step::Send(Vec::new())),
                Some(b'<') => self.started = true,
                Some(_) => return Err(Refusal::Nonsense(quote(begin))),
            }
        }
        let text = String::from_utf8_lossy(input).into_owned();
        if let Some(error) = find(&text, "error") {
            return Err(Refusal::Denied(quote(&text.as_bytes()[error.start..])));
        }
        if self.asked {
            if find(&text, "failure").is_some() {
                return Err(Refusal::Denied("failure".to_owned()));
            }
            return match find(&text, "proceed") {
                Some(tag) if tag.empty => {
                    self.consume(input, &text, tag.end);
                    Ok(Step::Ready)
                }
                Some(tag) => match text[tag.end..].find('>') {
                    // <proceed ...></proceed>
                    Some(close) => {
                        self.consume(input, &text, tag.end + close + 1);
                        Ok(Step::Ready)
                    }
                    None => Ok(Step::Send(Vec::new())),
                },
                None => Ok(Step::Send(Vec::new())),
            };
        }
        let Some(features) = find(&text, "features") else {
            return Ok(Step::Send(Vec::new()));
        };
        let listed = if features.empty {
            ""
        } else {
            match find(&text[features.end..], "/features") {
                Some(end) => &text[features.end..features.end + end.start],
                None => return Ok(Step::Send(Vec::new())),
            }
        };
        if !listed.contains(NAMESPACE) || find(listed, "starttls").is_none() {
            return Err(Refusal::NotOffered("STARTTLS"));
        }
        input.clear();
        self.asked = true;
        Ok(Step::Send(
            format!("<starttls xmlns='{NAMESPACE}'/>").into_bytes(),
        ))
    }

    /// Keeps what follows `end`, an index into the text that was made from
    /// the input.
    fn consume(&self, input: &mut Vec<u8>, text: &str, end: usize) {
        *input = text.as_bytes()[end..].trim_ascii_start().to_vec();
    }
}

struct Tag {
    start: usize,
    /// Behind its `>`.
    end: usize,
    /// `<tag/>`
    empty: bool,
}

/// The first tag with this local name, `/name` for its end tag.
fn find(text: &str, name: &str) -> Option<Tag> {
    let (slash, name) = match name.strip_prefix('/') {
        Some(name) => (true, name),
        None => (false, name),
    };
    for (start, _) in text.match_indices('<') {
        let inside = &text[start + 1..];
        let inside = match (slash, inside.strip_prefix('/')) {
            (true, Some(rest)) => rest,
            (false, None) => inside,
            _ => continue,
        };
        let end = inside.find('>')?;
        let word = inside[..end]
            .split(|c: char| c.is_whitespace() || c == '/')
            .next()
            .unwrap_or_default();
        if word.rsplit(':').next() == Some(name) {
            let end = start + 1 + usize::from(slash) + end + 1;
            return Some(Tag {
                start,
                end,
                empty: text[..end].ends_with("/>"),
            });
        }
    }
    None
}
