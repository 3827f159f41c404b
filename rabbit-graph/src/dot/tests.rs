use super::*;
use crate::filter::Selection;
use crate::picture::{Show, build};
use crate::topology::Topology;

fn draw(definitions: &str) -> String {
    let definitions = crate::definitions::read("t", definitions.as_bytes()).unwrap();
    let topology = Topology::new(definitions);
    let picture = build(&topology, &Selection::all(&topology), Show::default());
    let mut text = Vec::new();
    write(&picture, Options::default(), &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

/// What Graphviz shows for the inside of a quoted string.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => shown.extend(rest.next()),
            c => shown.push(c),
        }
    }
    shown.replace("&amp;", "&")
}

#[test]
fn a_name_cannot_break_out_of_its_string() {
    let text = draw(r#"{"queues": [{"vhost": "\"]; evil [", "name": "a\"b\\c\n</b>&amp;"}]}"#);
    assert!(
        text.contains(r#"label="a\"b\\c␊</b>&amp;amp;\nclassic queue""#),
        "{text}"
    );
    assert!(
        text.contains(r#""queue/%22]; evil [/a%22b%5Cc%0A<%2Fb>&amp;""#),
        "{text}"
    );
}

#[test]
fn an_edge_has_the_key_or_the_headers_of_its_binding() {
    let text = draw(
        r#"{"exchanges": [{"vhost": "v", "name": "h", "type": "headers"},
                          {"vhost": "v", "name": "t", "type": "topic"}],
            "queues": [{"vhost": "v", "name": "q"}],
            "bindings": [
              {"vhost": "v", "source": "h", "destination": "q", "destination_type": "queue",
               "routing_key": "", "arguments": {"x-match": "any", "a": 1}},
              {"vhost": "v", "source": "t", "destination": "q", "destination_type": "queue",
               "routing_key": "a.#"}]}"#,
    );
    assert!(
        text.contains(r#""exchange/v/h" -> "queue/v/q" [label="any: a=1"]"#),
        "{text}"
    );
    assert!(
        text.contains(r#""exchange/v/t" -> "queue/v/q" [label="a.#"]"#),
        "{text}"
    );
}

proptest::proptest! {
    #[test]
    fn every_text_reads_back(text in proptest::prelude::any::<String>()) {
        let mut quoted = String::new();
        escaped(&mut quoted, &text);
        let symbols: String = text
            .chars()
            .map(|c| match c {
                '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap(),
                '\u{7f}' => '\u{2421}',
                c => c,
            })
            .collect();
        proptest::prop_assert_eq!(shown(&quoted), symbols);
    }
}
