use proptest::prelude::*;

use super::*;
use crate::scene::sample::pictures;

/// What a label says, with its character references resolved.
fn resolved(label: &str) -> String {
    let mut text = String::new();
    let mut rest = label;
    while let Some(at) = rest.find('#') {
        text.push_str(&rest[..at]);
        let end = rest[at..].find(';').unwrap() + at;
        let code: u32 = rest[at + 1..end].parse().unwrap();
        text.push(char::from_u32(code).unwrap());
        rest = &rest[end + 1..];
    }
    text + rest
}

proptest! {
    #[test]
    fn every_name_can_be_read_back(picture in pictures()) {
        let written = write(&picture, Theme::Light).unwrap();
        for (index, node) in picture.nodes.iter().enumerate() {
            let own = format!("n{index}");
            let line = written
                .lines()
                .map(str::trim_start)
                .find(|line| {
                    line.strip_prefix(&own)
                        .is_some_and(|rest| rest.starts_with(['[', '(', '{', '>']))
                })
                .unwrap();
            let start = line.find('"').unwrap() + 1;
            let label = &line[start..line.find("<br/>").unwrap()];
            let label = label.trim_start_matches(["+ ", "− ", "~ "].as_slice().first().copied().unwrap());
            let name = resolved(label);
            let shown = visible(node.label());
            let expected: String = if shown.chars().count() > LABEL {
                shown.chars().take(LABEL - 1).chain(['…']).collect()
            } else {
                shown.into_owned()
            };
            prop_assert!(name.ends_with(&expected), "{:?} for {:?}", name, expected);
        }
    }

    #[test]
    fn labels_hold_nothing_that_could_be_syntax(picture in pictures()) {
        let written = write(&picture, Theme::Light).unwrap();
        let body = written.split("flowchart LR\n").last().unwrap();
        for line in body.lines() {
            // The quotes around the label are the only ones.
            let quotes = line.matches('"').count();
            prop_assert!(quotes == 0 || quotes == 2, "{}", line);
            if quotes == 2 {
                let start = line.find('"').unwrap() + 1;
                let label = &line[start..line.rfind('"').unwrap()];
                let label = label
                    .replace("<br/>", "")
                    .replace("<small>", "")
                    .replace("</small>", "");
                prop_assert!(!label.contains(['<', '>', '`', '[', ']', '{', '}', '|', '&', '*', '_', '/', '\\']), "{}", label);
            }
        }
    }
}

#[test]
fn what_the_renderer_would_refuse_is_refused_here() {
    use crate::picture::{Edge, EdgeKind, NodeIndex};
    let node = |name: String| Node {
        id: name.clone().into(),
        kind: NodeKind::Remote,
        name: name.into(),
        cluster: None,
        type_name: None,
        badges: Vec::new(),
        attributes: Vec::new(),
        notes: Vec::new(),
        members: Vec::new(),
        mark: None,
    };
    let edge = Edge {
        source: NodeIndex(0),
        target: NodeIndex(0),
        kind: EdgeKind::Binding,
        keys: Vec::new(),
        count: 1,
        attributes: Vec::new(),
        mark: None,
    };
    let mut picture = Picture {
        nodes: vec![node("a".into())],
        edges: vec![edge; MOST_EDGES],
        ..Picture::default()
    };
    assert!(write(&picture, Theme::Light).is_ok());
    picture.edges.push(picture.edges[0].clone());
    assert_eq!(
        write(&picture, Theme::Light),
        Err(TooLarge::Edges(MOST_EDGES + 1))
    );
    let picture = Picture {
        nodes: (0..700).map(|n| node(format!("{n:080}"))).collect(),
        ..Picture::default()
    };
    assert!(matches!(
        write(&picture, Theme::Light),
        Err(TooLarge::Characters(_))
    ));
}
