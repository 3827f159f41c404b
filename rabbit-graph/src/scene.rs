//! A picture with its texts measured and everything in its place: what SVG
//! and HTML write down.

use crate::layout::{self, Graph, Layout, Size};
use crate::picture::{Badge, Edge, EdgeKind, Mark, Node, NodeKind, Picture, style};
use crate::text::{Font, visible};

/// The font of names.
pub const NAME: Font = Font::regular(12.5);
/// The font of the line below a name.
pub const KIND: Font = Font::regular(9.5);
/// The font of badges.
pub const BADGE: Font = Font::bold(7.5);
/// The font on edges.
pub const LABEL: Font = Font::regular(10.5);
/// The font of the names of virtual hosts.
pub const CLUSTER: Font = Font::bold(12.0);
/// The font of the heading.
pub const HEADING: Font = Font::bold(15.0);

/// The height of a line of a name.
pub const NAME_LINE: f64 = 15.0;
/// The height of the line below a name.
pub const KIND_LINE: f64 = 12.0;
/// The height of a line of a label.
pub const LABEL_LINE: f64 = 12.5;

const NAME_WIDTH: f64 = 230.0;
const NAME_LINES: usize = 2;
const LABEL_WIDTH: f64 = 190.0;
/// Labels of more lines say how many are left out; the whole list is in the
/// tooltip and in the data formats.
const LABEL_LINES: usize = 5;
/// More notes than these are told by their number; the tooltip has them all.
const NOTE_LINES: usize = 8;
const PADDING_Y: f64 = 5.0;
const LEAST_WIDTH: f64 = 64.0;
const BADGE_GAP: f64 = 3.0;

/// Everything with its place.
#[derive(Debug)]
pub struct Scene<'a> {
    /// What is drawn.
    pub picture: &'a Picture,
    /// Where it is drawn.
    pub layout: Layout,
    /// The texts in the nodes, in the order of the picture.
    pub nodes: Vec<NodeText>,
    /// The lines on the edges, in the order of the picture.
    pub labels: Vec<Vec<String>>,
    /// The titles of the clusters.
    pub titles: Vec<String>,
}

/// The text in a node.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeText {
    /// The name, in lines.
    pub name: Vec<String>,
    /// What it is.
    pub kind: String,
    /// The badges after it.
    pub badges: Vec<Badge>,
    /// Lines below it.
    pub notes: Vec<String>,
    /// The room on the left of the text, which depends on the shape.
    pub inset: f64,
}

/// A picture in the form that a layout takes, with its texts.
#[derive(Debug)]
pub struct Measured {
    /// The boxes and connections, without their names.
    pub graph: Graph,
    nodes: Vec<NodeText>,
    labels: Vec<Vec<String>>,
    titles: Vec<String>,
}

/// Measures the texts of a picture.
pub fn measure(picture: &Picture) -> Measured {
    let nodes: Vec<NodeText> = picture.nodes.iter().map(node_text).collect();
    let labels: Vec<Vec<String>> = picture.edges.iter().map(edge_label).collect();
    let waiting = waiting_queues(picture);
    let titles: Vec<String> = picture
        .clusters
        .iter()
        .map(|cluster| {
            let title = visible(&cluster.name).into_owned();
            CLUSTER.shortened(&title, NAME_WIDTH * 1.5).into_owned()
        })
        .collect();
    let graph = Graph {
        nodes: nodes
            .iter()
            .zip(&picture.nodes)
            .map(|(text, node)| layout::Node {
                size: text.size(),
                cluster: node.cluster.map(|cluster| cluster.get()),
            })
            .collect(),
        edges: labels
            .iter()
            .zip(&picture.edges)
            .map(|(lines, edge)| layout::Edge {
                from: edge.source.get(),
                to: edge.target.get(),
                label: label_size(lines),
                class: class(edge.kind),
                returns: edge.kind == EdgeKind::DeadLetter && waiting[edge.source.get()],
            })
            .collect(),
        clusters: titles
            .iter()
            .zip(&picture.clusters)
            .map(|(title, cluster)| layout::Cluster {
                title: Size::new(CLUSTER.width(title) + 8.0, 14.0),
                parent: cluster.parent.map(|parent| parent.get()),
            })
            .collect(),
    };
    Measured {
        graph,
        nodes,
        labels,
        titles,
    }
}

impl Measured {
    /// The scene, with a layout of [`Measured::graph`].
    pub fn placed(self, picture: &Picture, layout: Layout) -> Scene<'_> {
        Scene {
            picture,
            layout,
            nodes: self.nodes,
            labels: self.labels,
            titles: self.titles,
        }
    }
}

impl NodeText {
    /// How wide the line below the name is, with its badges.
    fn kind_width(&self) -> f64 {
        let badges: f64 = self
            .badges
            .iter()
            .map(|&badge| badge_width(badge) + BADGE_GAP)
            .sum();
        KIND.width(&self.kind) + badges
    }

    fn size(&self) -> Size {
        let name = self
            .name
            .iter()
            .map(|line| NAME.width(line))
            .fold(0.0, f64::max);
        let notes = (self.notes.iter())
            .map(|line| KIND.width(line))
            .fold(0.0, f64::max);
        let text = name.max(self.kind_width()).max(notes).max(LEAST_WIDTH);
        let width = text + 2.0 * self.inset;
        let below = (1 + self.notes.len()) as f64 * KIND_LINE;
        let height = self.name.len() as f64 * NAME_LINE + below + 2.0 * PADDING_Y;
        Size::new(tenth_up(width), tenth_up(height))
    }

    /// The base line of the first line of the name, from the top of the node.
    pub fn first_line(&self) -> f64 {
        PADDING_Y + NAME_LINE * 0.8
    }

    /// Where each badge begins, from the left of the text.
    pub fn badge_places(&self) -> Vec<(Badge, f64)> {
        let mut x = KIND.width(&self.kind);
        self.badges
            .iter()
            .map(|&badge| {
                x += BADGE_GAP;
                let place = x;
                x += badge_width(badge);
                (badge, place)
            })
            .collect()
    }
}

/// The width of the frame around a badge.
pub fn badge_width(badge: Badge) -> f64 {
    tenth_up(BADGE.width(badge.short()) + 5.0)
}

/// Up to the next tenth, the precision that SVG is written with.
fn tenth_up(value: f64) -> f64 {
    (value * 10.0).ceil() / 10.0
}

fn node_text(node: &Node) -> NodeText {
    let shape = style::Theme::Light.node(node.kind).shape;
    let label = visible(node.label()).into_owned();
    let name = if node.members.len() > 1 {
        let pattern = format!("{label} …");
        NAME.wrapped(&pattern, NAME_WIDTH, NAME_LINES)
    } else {
        NAME.wrapped(&label, NAME_WIDTH, NAME_LINES)
    };
    NodeText {
        name,
        kind: KIND
            .shortened(&visible(&node.kind_label()), NAME_WIDTH)
            .into_owned(),
        badges: node.badges.clone(),
        notes: notes(node),
        inset: inset(shape),
    }
}

fn notes(node: &Node) -> Vec<String> {
    let left_out = node.notes.len().saturating_sub(NOTE_LINES);
    // One line more is taken by the note on what is left out.
    let shown = if left_out > 0 {
        NOTE_LINES - 1
    } else {
        NOTE_LINES
    };
    let mut lines: Vec<String> = (node.notes.iter().take(shown))
        .map(|line| KIND.shortened(&visible(line), NAME_WIDTH).into_owned())
        .collect();
    if left_out > 0 {
        lines.push(format!("… and {} more", left_out + 1));
    }
    lines
}

/// The room between the side of the shape and its text.
fn inset(shape: style::Shape) -> f64 {
    use style::Shape;
    match shape {
        Shape::Box | Shape::RoundedBox => 9.0,
        Shape::DoubleBox | Shape::Octagon | Shape::Hexagon => 13.0,
        Shape::Trapezium | Shape::Parallelogram | Shape::Cylinder => 14.0,
        Shape::Circle | Shape::Ellipse | Shape::Cloud => 15.0,
        Shape::Diamond | Shape::Person => 20.0,
    }
}

fn edge_label(edge: &Edge) -> Vec<String> {
    let mut all = edge.label_lines();
    let keys = edge.keys.len().max(1);
    if edge.count as usize > keys {
        all.push(format!("× {}", edge.count));
    }
    let left_out = all.len().saturating_sub(LABEL_LINES);
    if left_out > 0 {
        // One line more is taken by the note itself.
        all.truncate(LABEL_LINES - 1);
    }
    let mut lines: Vec<String> = all
        .iter()
        .map(|line| LABEL.shortened(&visible(line), LABEL_WIDTH).into_owned())
        .collect();
    if left_out > 0 {
        lines.push(format!("… and {} more", left_out + 1));
    }
    if let (Some(mark), Some(first)) = (edge.mark, lines.first_mut()) {
        *first = format!("{} {first}", sign(mark));
    } else if let Some(mark) = edge.mark {
        lines.push(sign(mark).to_owned());
    }
    lines
}

/// The sign of a mark, which tells it without colour.
pub fn sign(mark: Mark) -> &'static str {
    style::Theme::Light.mark(mark).1
}

fn label_size(lines: &[String]) -> Option<Size> {
    if lines.is_empty() {
        return None;
    }
    let width = lines
        .iter()
        .map(|line| LABEL.width(line))
        .fold(0.0, f64::max);
    Some(Size::new(
        tenth_up(width + 8.0),
        tenth_up(lines.len() as f64 * LABEL_LINE + 3.0),
    ))
}

/// For each node whether it is a queue that messages wait in before they are
/// tried again: they get there by being dead-lettered, and leave when their
/// time is over. What leads on from such a queue leads back.
fn waiting_queues(picture: &Picture) -> Vec<bool> {
    let count = picture.nodes.len();
    let mut takes_dead_letters = vec![false; count];
    for edge in &picture.edges {
        if edge.kind == EdgeKind::DeadLetter {
            takes_dead_letters[edge.target.get()] = true;
        }
    }
    let mut waiting: Vec<bool> = picture
        .nodes
        .iter()
        .zip(&takes_dead_letters)
        .map(|(node, &directly)| {
            let is_queue = matches!(node.kind, NodeKind::Queue(_));
            is_queue && (directly || node.badges.contains(&Badge::Expiry))
        })
        .collect();
    let mut bound = takes_dead_letters.clone();
    for edge in &picture.edges {
        if edge.kind == EdgeKind::Binding {
            bound[edge.target.get()] = true;
            if !takes_dead_letters[edge.source.get()] {
                waiting[edge.target.get()] = false;
            }
        }
    }
    for (waits, bound) in waiting.iter_mut().zip(bound) {
        *waits &= bound;
    }
    waiting
}

/// Bindings are the backbone that runs from left to right; what happens to
/// messages afterwards may run back.
fn class(kind: EdgeKind) -> u8 {
    match kind {
        EdgeKind::Binding | EdgeKind::ExchangeBinding => 0,
        EdgeKind::Alternate => 1,
        EdgeKind::MayWrite | EdgeKind::MayRead | EdgeKind::MayConfigure => 2,
        EdgeKind::DeadLetter => 3,
        EdgeKind::Shovel | EdgeKind::Federation => 4,
    }
}

#[cfg(test)]
#[path = "scene/tests/sample.rs"]
pub(crate) mod sample;
