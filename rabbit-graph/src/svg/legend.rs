//! The legend below a picture: a sample of each kind that is in it.

use std::fmt::Write as _;

use crate::layout::{Point, Size};
use crate::picture::style::Theme;
use crate::picture::{Badge, EdgeKind, Legend, Mark, NodeKind};
use crate::scene;

use super::{shape, sheet};
use crate::xml::num;

/// One line of the legend.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Entry {
    Node(NodeKind),
    Edge(EdgeKind),
    Badge(Badge),
    Mark(Mark),
}

/// A legend with its places, from (0, 0).
#[derive(Debug, Default)]
pub struct Placed {
    /// The size of the frame.
    pub size: Size,
    entries: Vec<(Entry, Point)>,
}

const LINE: f64 = 22.0;
const SAMPLE: f64 = 40.0;
const PADDING: f64 = 12.0;
const GAP: f64 = 22.0;
/// Lines below each other before the next column.
const LINES: usize = 5;

impl Entry {
    fn label(self) -> &'static str {
        match self {
            Entry::Node(kind) => kind.label(),
            Entry::Edge(kind) => kind.label(),
            Entry::Badge(badge) => badge.meaning(),
            Entry::Mark(mark) => mark.id(),
        }
    }
}

/// Puts the entries in columns, each kind of thing in columns of its own.
pub fn lay_out(legend: &Legend) -> Placed {
    let groups: [Vec<Entry>; 4] = [
        legend.nodes.iter().map(|&kind| Entry::Node(kind)).collect(),
        legend.edges.iter().map(|&kind| Entry::Edge(kind)).collect(),
        legend
            .badges
            .iter()
            .map(|&badge| Entry::Badge(badge))
            .collect(),
        legend.marks.iter().map(|&mark| Entry::Mark(mark)).collect(),
    ];
    let mut placed = Placed::default();
    let mut x = PADDING;
    for column in groups.iter().flat_map(|group| group.chunks(LINES)) {
        let width = column
            .iter()
            .map(|entry| scene::LABEL.width(entry.label()))
            .fold(0.0, f64::max);
        for (row, &entry) in column.iter().enumerate() {
            let y = PADDING + row as f64 * LINE;
            placed.entries.push((entry, Point::new(x, y)));
            placed.size.height = placed.size.height.max(y + LINE + PADDING - 4.0);
        }
        x += SAMPLE + 8.0 + width + GAP;
        placed.size.width = x - GAP + PADDING;
    }
    placed
}

/// Writes the legend with its upper left corner at a place.
pub fn write(out: &mut String, legend: &Placed, x: f64, y: f64) {
    let _ = writeln!(
        out,
        "<g class=\"legend\" transform=\"translate({} {})\">\
         <rect class=\"frame\" width=\"{}\" height=\"{}\" rx=\"6\"/>",
        num(x),
        num(y),
        num(legend.size.width),
        num(legend.size.height)
    );
    for (entry, at) in &legend.entries {
        sample(out, *entry, *at);
        let _ = writeln!(
            out,
            "<text class=\"entry\" x=\"{}\" y=\"{}\"{}>{}</text>",
            num(at.x + SAMPLE + 8.0),
            num(at.y + 13.0),
            super::fit(scene::LABEL, entry.label()),
            entry.label()
        );
    }
    out.push_str("</g>\n");
}

fn sample(out: &mut String, entry: Entry, at: Point) {
    match entry {
        Entry::Node(kind) => {
            let outline = shape::outline(Theme::Light.node(kind).shape, SAMPLE, 17.0);
            let _ = write!(
                out,
                "<g class=\"node {}\" transform=\"translate({} {})\"><path d=\"{}\"/>",
                sheet::class(kind),
                num(at.x),
                num(at.y + 0.5),
                outline.outer
            );
            if !outline.inner.is_empty() {
                let _ = write!(out, "<path class=\"inner\" d=\"{}\"/>", outline.inner);
            }
            out.push_str("</g>");
        }
        Entry::Edge(kind) => {
            let _ = write!(
                out,
                "<g class=\"edge {0}\"><path d=\"M{1} {2}H{3}\" marker-end=\"url(#{0})\"/></g>",
                kind.id(),
                num(at.x),
                num(at.y + 9.0),
                num(at.x + SAMPLE)
            );
        }
        Entry::Badge(badge) => {
            let width = scene::badge_width(badge);
            let _ = write!(
                out,
                "<rect class=\"badge\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"9.4\" rx=\"2\"/>\
                 <text class=\"badge\" x=\"{}\" y=\"{}\">{}</text>",
                num(at.x + (SAMPLE - width) / 2.0),
                num(at.y + 4.2),
                num(width),
                num(at.x + SAMPLE / 2.0),
                num(at.y + 11.5),
                badge.short()
            );
        }
        Entry::Mark(mark) => {
            let _ = write!(
                out,
                "<g class=\"{}\" transform=\"translate({} {})\">\
                 <circle class=\"sign\" r=\"7.5\"/><text class=\"sign\" y=\"4\">{}</text></g>",
                mark.id(),
                num(at.x + SAMPLE / 2.0),
                num(at.y + 9.0),
                scene::sign(mark)
            );
        }
    }
}
