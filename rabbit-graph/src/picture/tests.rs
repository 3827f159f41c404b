use super::style::Theme;
use super::*;

#[test]
fn every_kind_of_node_and_edge_is_told_apart_without_colour() {
    for theme in [Theme::Light, Theme::Dark] {
        let mut nodes: Vec<_> = NodeKind::ALL
            .map(|kind| (theme.node(kind).shape, theme.node(kind).dashed))
            .to_vec();
        let count = nodes.len();
        nodes.sort_by_key(|style| format!("{style:?}"));
        nodes.dedup();
        assert_eq!(nodes.len(), count);
        let mut edges: Vec<_> = EdgeKind::ALL
            .map(|kind| format!("{:?}", (theme.edge(kind).dash, theme.edge(kind).arrow)))
            .to_vec();
        edges.sort();
        edges.dedup();
        assert_eq!(edges.len(), EdgeKind::ALL.len());
    }
}

#[test]
fn headers_are_labelled_with_their_mode_and_keys_as_they_are() {
    let key = |routing_key: &str, by_headers, ignored, arguments: &[(&str, Value)]| Key {
        routing_key: routing_key.into(),
        arguments: (arguments.iter())
            .map(|(name, value)| ((*name).into(), value.clone()))
            .collect(),
        by_headers,
        ignored,
    };
    assert_eq!(key("a.#", false, false, &[]).label(), "a.#");
    assert_eq!(key("", false, false, &[]).label(), "(empty key)");
    assert_eq!(key("", false, true, &[]).label(), "");
    let headers = [
        ("format", Value::String("pdf".into())),
        ("pages", Value::Float(1.0)),
        ("x-match", Value::String("any".into())),
    ];
    assert_eq!(
        key("", true, false, &headers).label(),
        "any: format=pdf, pages=1.0"
    );
}
