use proptest::prelude::*;

use super::*;
use crate::layout;
use crate::picture::Picture;
use crate::scene::sample::{self, pictures};

fn drawn(picture: &Picture, options: Options) -> String {
    let measured = scene::measure(picture);
    let layout = layout::lay_out(&measured.graph).unwrap();
    document(&measured.placed(picture, layout), options)
}

fn with_class<'a>(
    document: &'a roxmltree::Document<'_>,
    class: &'a str,
) -> impl Iterator<Item = roxmltree::Node<'a, 'a>> {
    document.descendants().filter(move |node| {
        let classes = node.attribute("class").unwrap_or_default();
        classes.split(' ').next() == Some(class)
    })
}

proptest! {
    #[test]
    fn every_name_and_every_edge_can_be_read_back(picture in pictures(), legend: bool) {
        let text = drawn(&picture, Options { legend, ..Options::default() });
        let document = roxmltree::Document::parse(&text).unwrap();
        let nodes: Vec<_> = with_class(&document, "node")
            .filter(|node| node.has_attribute("data-id"))
            .collect();
        prop_assert_eq!(nodes.len(), picture.nodes.len());
        for (written, node) in nodes.iter().zip(&picture.nodes) {
            let parts = sample::parts(written.attribute("data-id").unwrap());
            prop_assert_eq!(parts.last().map(String::as_str), Some(&*node.name));
            prop_assert_eq!(&parts[0], node.kind.id());
            let title = written.first_element_child().unwrap().text().unwrap();
            prop_assert!(title.starts_with(&*crate::text::visible(node.label())));
        }
        let edges: Vec<_> = with_class(&document, "edge")
            .filter(|edge| edge.has_attribute("data-source"))
            .collect();
        prop_assert_eq!(edges.len(), picture.edges.len());
        for (written, edge) in edges.iter().zip(&picture.edges) {
            for (attribute, end) in [("data-source", edge.source), ("data-target", edge.target)] {
                let parts = sample::parts(written.attribute(attribute).unwrap());
                prop_assert_eq!(
                    parts.last().map(String::as_str),
                    Some(&*picture.nodes[end.get()].name)
                );
            }
            // Every marker that a line refers to is defined.
            let line = written.children().find(|child| child.has_tag_name("path")).unwrap();
            let marker = line.attribute("marker-end").unwrap();
            let name = &marker["url(#".len()..marker.len() - 1];
            prop_assert!(document.descendants().any(|node| node.attribute("id") == Some(name)));
        }
        prop_assert_eq!(
            with_class(&document, "cluster").count(),
            picture.clusters.len()
        );
    }

    #[test]
    fn nothing_outside_of_the_document_is_referred_to(picture in pictures()) {
        let text = drawn(&picture, Options { legend: true, ..Options::default() });
        let document = roxmltree::Document::parse(&text).unwrap();
        for node in document.descendants() {
            for attribute in node.attributes() {
                let name = attribute.name();
                prop_assert!(name != "href" && !name.starts_with("on"), "{}", name);
            }
            prop_assert!(!matches!(node.tag_name().name(), "script" | "image" | "foreignObject"));
        }
    }
}

#[test]
fn a_number_is_written_with_at_most_one_decimal() {
    let cases = [
        (0.0, "0"),
        (-0.04, "0"),
        (-0.05, "-0.1"),
        (12.0, "12"),
        (12.34, "12.3"),
        (-3.96, "-4"),
        (1e7 + 0.25, "10000000.3"),
    ];
    for (value, text) in cases {
        assert_eq!(num(value).to_string(), text, "{value}");
    }
}

#[test]
fn an_empty_picture_is_still_a_picture() {
    let text = drawn(
        &Picture::default(),
        Options {
            legend: true,
            ..Options::default()
        },
    );
    roxmltree::Document::parse(&text).unwrap();
}
