//! Writes a picture as SVG: text as text, one group per object with its id,
//! colours in a style sheet of its own, no reference to anything outside.
//!
//! Each node is `<g class="node KIND SHAPE" data-id="...">` and each edge
//! `<g class="edge KIND" data-source="..." data-target="...">` with ids as in
//! [`crate::picture`]; in them `%` and what XML cannot write are in percent
//! form, so that every name can be read back.

pub mod legend;
pub mod shape;
pub mod sheet;
pub mod tooltip;

use std::fmt::Write as _;

use crate::layout::{Path, Rect, Segment};
use crate::picture::style::{Arrow, Theme};
use crate::picture::{ClusterKind, Edge, Node};
use crate::scene::{self, NodeText, Scene};
use crate::text::{FAMILY, Font};
use crate::xml::{escaped, id, num};

/// How an SVG is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// The colours.
    pub theme: Theme,
    /// Whether the legend is drawn below.
    pub legend: bool,
}

/// Between the heading and the picture, and the picture and the legend.
const GAP: f64 = 12.0;
const BORDER: f64 = 16.0;

/// The picture as a document.
pub fn document(scene: &Scene<'_>, options: Options) -> String {
    let mut out = String::with_capacity(4096 + scene.picture.nodes.len() * 700);
    let size = scene.layout.size;
    let heading = crate::text::visible(&scene.picture.title);
    let legend = if options.legend {
        legend::lay_out(&scene.picture.legend())
    } else {
        legend::Placed::default()
    };
    let heading_width = scene::HEADING.width(&heading) + 2.0 * BORDER;
    let width = size
        .width
        .max(legend.size.width + 2.0 * BORDER)
        .max(heading_width);
    let top = if heading.is_empty() { 0.0 } else { 30.0 };
    let below = top + size.height;
    let height = if legend.size.height > 0.0 {
        below + legend.size.height + GAP + BORDER
    } else {
        below
    };
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" \
         viewBox=\"0 0 {w} {h}\" role=\"img\" font-family=\"{FAMILY}\">\n<title>{}</title>\n",
        escaped(&heading),
        w = num(width),
        h = num(height),
    );
    let _ = writeln!(
        out,
        "<style>\n{}</style>",
        sheet::css(options.theme, &scene.picture.legend())
    );
    markers(&mut out, scene);
    out.push_str("<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n");
    if !heading.is_empty() {
        let _ = writeln!(
            out,
            "<text class=\"heading\" x=\"{}\" y=\"28\">{}</text>",
            num(BORDER),
            escaped(&heading)
        );
    }
    let _ = writeln!(
        out,
        "<g class=\"picture\" transform=\"translate(0 {})\">",
        num(top)
    );
    body(&mut out, scene);
    out.push_str("</g>\n");
    if legend.size.height > 0.0 {
        legend::write(&mut out, &legend, BORDER, below + GAP);
    }
    out.push_str("</svg>\n");
    out
}

/// Clusters, edges and nodes, without the document around them.
fn body(out: &mut String, scene: &Scene<'_>) {
    out.push_str("<g class=\"clusters\">\n");
    for (index, cluster) in scene.picture.clusters.iter().enumerate() {
        let rect = &scene.layout.clusters[index];
        let class = match cluster.kind {
            ClusterKind::VirtualHost => "vhost",
            ClusterKind::Prefix => "group",
        };
        let _ = writeln!(
            out,
            "<g class=\"cluster {class}{}\" data-id=\"{}\"><title>{}</title>\
             <rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"8\"/>\
             <text x=\"{}\" y=\"{}\"{}>{}</text></g>",
            mark_class(cluster.mark),
            escaped(&id(&cluster.id)),
            escaped(&tooltip::of_cluster(cluster)),
            num(rect.x),
            num(rect.y),
            num(rect.width),
            num(rect.height),
            num(rect.x + 12.0),
            num(rect.y + 19.0),
            fit(scene::CLUSTER, &scene.titles[index]),
            escaped(&scene.titles[index]),
        );
    }
    out.push_str("</g>\n<g class=\"edges\">\n");
    for (index, edge) in scene.picture.edges.iter().enumerate() {
        write_edge(out, scene, index, edge);
    }
    out.push_str("</g>\n<g class=\"nodes\">\n");
    for (index, node) in scene.picture.nodes.iter().enumerate() {
        write_node(out, node, &scene.nodes[index], &scene.layout.nodes[index]);
    }
    out.push_str("</g>\n");
}

fn mark_class(mark: Option<crate::picture::Mark>) -> String {
    mark.map_or_else(String::new, |mark| format!(" {}", mark.id()))
}

/// Keeps a text as wide as it was measured where the font is another one.
fn fit(font: Font, text: &str) -> String {
    format!(
        " textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\"{}",
        num(font.width(text)),
        preserve(text)
    )
}

/// Spaces that XML would take for layout.
fn preserve(text: &str) -> &'static str {
    if text.starts_with(' ') || text.ends_with(' ') || text.contains("  ") {
        " xml:space=\"preserve\""
    } else {
        ""
    }
}

fn write_node(out: &mut String, node: &Node, text: &NodeText, rect: &Rect) {
    let shape = Theme::Light.node(node.kind).shape;
    let outline = shape::outline(shape, rect.width, rect.height);
    let _ = write!(
        out,
        "<g class=\"node {}{}{}\" data-id=\"{}\" transform=\"translate({} {})\"><title>{}</title>",
        sheet::class(node.kind),
        if node.count() > 1 { " many" } else { "" },
        mark_class(node.mark),
        escaped(&id(&node.id)),
        num(rect.x),
        num(rect.y),
        escaped(&tooltip::of_node(node)),
    );
    if node.count() > 1 {
        let _ = write!(
            out,
            "<path class=\"behind\" d=\"{}\" transform=\"translate(4 -4)\"/>",
            outline.outer
        );
    }
    let _ = write!(out, "<path d=\"{}\"/>", outline.outer);
    if !outline.inner.is_empty() {
        let _ = write!(out, "<path class=\"inner\" d=\"{}\"/>", outline.inner);
    }
    let mut y = text.first_line();
    for line in &text.name {
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{}\"{}>{}</text>",
            num(text.inset),
            num(y),
            fit(scene::NAME, line),
            escaped(line)
        );
        y += scene::NAME_LINE;
    }
    y -= scene::NAME_LINE - scene::KIND_LINE;
    let _ = write!(
        out,
        "<text class=\"kind\" x=\"{}\" y=\"{}\"{}>{}</text>",
        num(text.inset),
        num(y),
        fit(scene::KIND, &text.kind),
        escaped(&text.kind)
    );
    for (badge, x) in text.badge_places() {
        let width = scene::badge_width(badge);
        let _ = write!(
            out,
            "<rect class=\"badge\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"9.4\" rx=\"2\"/>\
             <text class=\"badge\" x=\"{}\" y=\"{}\">{}</text>",
            num(text.inset + x),
            num(y - 7.8),
            num(width),
            num(text.inset + x + width / 2.0),
            num(y - 0.5),
            badge.short(),
        );
    }
    for line in &text.notes {
        y += scene::KIND_LINE;
        let _ = write!(
            out,
            "<text class=\"kind\" x=\"{}\" y=\"{}\"{}>{}</text>",
            num(text.inset),
            num(y),
            fit(scene::KIND, line),
            escaped(line)
        );
    }
    if let Some(mark) = node.mark {
        let _ = write!(
            out,
            "<circle class=\"sign\" r=\"7.5\"/><text class=\"sign\" y=\"4\">{}</text>",
            scene::sign(mark)
        );
    }
    out.push_str("</g>\n");
}

fn write_edge(out: &mut String, scene: &Scene<'_>, index: usize, edge: &Edge) {
    let path = &scene.layout.edges[index];
    let nodes = &scene.picture.nodes;
    let (source, target) = (&nodes[edge.source.get()], &nodes[edge.target.get()]);
    let marker = match edge.mark {
        Some(mark) => format!("{}-{}", edge.kind.id(), mark.id()),
        None => edge.kind.id().to_owned(),
    };
    let _ = write!(
        out,
        "<g class=\"edge {}{}\" data-source=\"{}\" data-target=\"{}\"><title>{}</title>\
         <path d=\"{}\" marker-end=\"url(#{marker})\"/>",
        edge.kind.id(),
        mark_class(edge.mark),
        escaped(&id(&source.id)),
        escaped(&id(&target.id)),
        escaped(&tooltip::of_edge(edge, source, target)),
        path_data(path),
    );
    if let (Some(label), lines @ [_, ..]) = (path.label, &scene.labels[index][..]) {
        let _ = write!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"3\"/>",
            num(label.x),
            num(label.y),
            num(label.width),
            num(label.height)
        );
        let mut y = label.y + scene::LABEL_LINE - 1.4;
        for line in lines {
            let _ = write!(
                out,
                "<text x=\"{}\" y=\"{}\"{}>{}</text>",
                num(label.x + 4.0),
                num(y),
                fit(scene::LABEL, line),
                escaped(line)
            );
            y += scene::LABEL_LINE;
        }
    }
    out.push_str("</g>\n");
}

/// The `d` of a path.
fn path_data(path: &Path) -> String {
    let mut d = format!("M{} {}", num(path.start.x), num(path.start.y));
    let mut y = path.start.y;
    for segment in &path.segments {
        match *segment {
            Segment::Line(end) if end.y == y => {
                let _ = write!(d, "H{}", num(end.x));
            }
            Segment::Line(end) => {
                let _ = write!(d, "L{} {}", num(end.x), num(end.y));
            }
            Segment::Curve(one, two, end) => {
                let _ = write!(
                    d,
                    "C{} {} {} {} {} {}",
                    num(one.x),
                    num(one.y),
                    num(two.x),
                    num(two.y),
                    num(end.x),
                    num(end.y)
                );
            }
        }
        y = segment.end().y;
    }
    d
}

/// An arrow head for each kind of edge in the picture, in its colour: not
/// every renderer lets a head take the colour of its line.
fn markers(out: &mut String, scene: &Scene<'_>) {
    let legend = scene.picture.legend();
    out.push_str("<defs>\n");
    for kind in legend.edges {
        let arrow = Theme::Light.edge(kind).arrow;
        let mut marks: Vec<_> = scene
            .picture
            .edges
            .iter()
            .filter(|edge| edge.kind == kind)
            .map(|edge| edge.mark)
            .collect();
        marks.push(None);
        marks.sort_unstable();
        marks.dedup();
        for mark in marks {
            let (name, class) = match mark {
                Some(mark) => (
                    format!("{}-{}", kind.id(), mark.id()),
                    format!("head {} {}", kind.id(), mark.id()),
                ),
                None => (kind.id().to_owned(), format!("head {}", kind.id())),
            };
            let (width, path) = head(arrow);
            let _ = writeln!(
                out,
                "<marker id=\"{name}\" class=\"{class}\" markerUnits=\"userSpaceOnUse\" \
                 markerWidth=\"{0}\" markerHeight=\"10\" refX=\"{1}\" refY=\"5\" orient=\"auto\">\
                 <path d=\"{path}\"/></marker>",
                width + 2.0,
                width + 0.5,
            );
        }
    }
    out.push_str("</defs>\n");
}

/// The length of a head and its path; its tip is at (length, 5).
fn head(arrow: Arrow) -> (f64, &'static str) {
    match arrow {
        Arrow::Normal => (8.0, "M0.5 1.5L8 5L0.5 8.5Z"),
        Arrow::Empty => (9.0, "M1 1.2L9 5L1 8.8Z"),
        Arrow::Diamond | Arrow::HollowDiamond => (10.0, "M0.5 5L5 1.8L10 5L5 8.2Z"),
        Arrow::Vee => (8.0, "M0.5 1L8 5L0.5 9L3 5Z"),
        Arrow::Dot => (7.0, "M1 5a3 3 0 1 0 6 0a3 3 0 1 0 -6 0Z"),
    }
}

#[cfg(test)]
#[path = "svg/tests.rs"]
mod tests;
