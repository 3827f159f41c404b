//! Random pictures with the names that break things, for the tests of the
//! formats.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::definitions::Value;
use crate::picture::{
    Attribute, Badge, Cluster, ClusterIndex, ClusterKind, Edge, EdgeKind, Key, Mark, Node,
    NodeIndex, NodeKind, Picture,
};

/// Names that are legal in a broker and trouble in a format.
const NASTY: &[&str] = &[
    "",
    " ",
    "  two  spaces ",
    "a\"b",
    "it's",
    "<b>&amp;</b>",
    "]]>",
    "--><script>alert(1)</script>",
    "</title></svg>",
    "line\nbreak\r\n\ttab",
    "back\\slash\\n",
    "end",
    "subgraph",
    "graph TD; A-->B",
    "#quot;#35;",
    "%2F%25/",
    "\0\u{1}\u{1f}\u{7f}",
    "\u{fffe}\u{ffff}",
    "\u{202e}gnirts",
    "訂單.очередь.🐇",
    "auto-->ack",
    "`code` **bold** [link](x)",
    "{{braces}} {a|b}",
    "a|b|c",
];

/// The id of an object, as the picture promises it.
pub(crate) fn id(kind: NodeKind, vhost: &str, name: &str) -> String {
    let part = |text: &str| text.replace('%', "%25").replace('/', "%2F");
    match kind {
        NodeKind::User | NodeKind::Remote => format!("{}/{}", kind.id(), part(name)),
        _ => format!("{}/{}/{}", kind.id(), part(vhost), part(name)),
    }
}

/// The parts of an id that a format wrote in percent form.
pub(crate) fn parts(id: &str) -> Vec<String> {
    id.split('/').map(percent_decoded).collect()
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%' {
            let code = u8::from_str_radix(&text[at + 1..at + 3], 16).unwrap();
            decoded.push(code);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(decoded).unwrap()
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        select(NASTY).prop_map(str::to_owned),
        any::<String>(),
        "[a-z]{1,8}(\\.[a-z]{1,8}){0,3}",
    ]
}

fn attributes() -> impl Strategy<Value = Vec<Attribute>> {
    proptest::collection::vec((name(), name()), 0..3).prop_map(|all| {
        all.into_iter()
            .map(|(name, value)| Attribute {
                name: name.into(),
                value: value.into(),
            })
            .collect()
    })
}

fn mark() -> impl Strategy<Value = Option<Mark>> {
    select(vec![
        None,
        None,
        None,
        Some(Mark::Added),
        Some(Mark::Removed),
        Some(Mark::Changed),
    ])
}

fn key() -> impl Strategy<Value = Key> {
    (name(), any::<bool>(), any::<bool>(), name(), any::<i64>()).prop_map(
        |(routing_key, by_headers, ignored, header, value)| Key {
            routing_key: routing_key.into(),
            arguments: vec![(header.into(), Value::Integer(value.into()))],
            by_headers,
            ignored,
        },
    )
}

/// Pictures of up to a dozen nodes.
pub(crate) fn pictures() -> impl Strategy<Value = Picture> {
    let clusters = proptest::collection::vec((name(), any::<bool>(), mark()), 1..4);
    let badges = proptest::collection::vec(
        select(vec![Badge::Transient, Badge::Expiry, Badge::Policy]),
        0..3,
    );
    let nodes = proptest::collection::vec(
        (
            select(NodeKind::ALL.to_vec()),
            name(),
            any::<Index>(),
            badges,
            attributes(),
            proptest::collection::vec(name(), 0..4),
            mark(),
        ),
        1..12,
    );
    let edges = proptest::collection::vec(
        (
            any::<Index>(),
            any::<Index>(),
            select(EdgeKind::ALL.to_vec()),
            proptest::collection::vec(key(), 0..8),
            attributes(),
            mark(),
        ),
        0..14,
    );
    (name(), clusters, nodes, edges).prop_map(|(title, clusters, nodes, edges)| {
        let clusters: Vec<Cluster> = clusters
            .into_iter()
            .enumerate()
            .map(|(index, (name, nested, mark))| Cluster {
                id: format!("vhost/{index}"),
                kind: if nested && index > 0 {
                    ClusterKind::Prefix
                } else {
                    ClusterKind::VirtualHost
                },
                name,
                parent: (nested && index > 0).then_some(ClusterIndex(0)),
                attributes: Vec::new(),
                mark,
            })
            .collect();
        let mut drawn: Vec<Node> = Vec::new();
        for (kind, name, cluster, badges, attributes, members, mark) in nodes {
            let cluster = cluster.index(clusters.len());
            let id = id(kind, &clusters[cluster].name, &name);
            if drawn.iter().any(|node| *node.id == *id) {
                continue;
            }
            let free = matches!(kind, NodeKind::User | NodeKind::Remote);
            drawn.push(Node {
                id: id.into(),
                kind,
                name: name.into(),
                cluster: (!free).then_some(ClusterIndex(cluster as u32)),
                type_name: None,
                badges,
                notes: attributes.iter().map(|it| it.value.clone()).collect(),
                attributes,
                members: members.into_iter().map(Into::into).collect(),
                mark,
            });
        }
        let edges = edges
            .into_iter()
            .map(|(source, target, kind, keys, attributes, mark)| Edge {
                source: NodeIndex(source.index(drawn.len()) as u32),
                target: NodeIndex(target.index(drawn.len()) as u32),
                kind,
                count: keys.len() as u32,
                keys,
                attributes,
                mark,
            })
            .collect();
        Picture {
            title,
            clusters,
            nodes: drawn,
            edges,
        }
    })
}
