//! Sets the columns beside each other and draws the edges.

use super::chains::{Chains, Kind};
use super::{Path, Point, Rect, Size};

/// Between columns, before anything needs more.
const GAP: f64 = 34.0;
/// How much wider a gap gets for each unit that an edge in it climbs.
const CLIMB: f64 = 0.11;
const WIDEST_GAP: f64 = 110.0;
/// Between the ends of edges on one side of a node.
const PORT: f64 = 7.0;

/// Vertices as boxes and edges from left to right.
pub(super) struct Drawn {
    pub(super) size: Size,
    /// The box that each node takes up, with its loops.
    pub(super) nodes: Vec<Rect>,
    pub(super) edges: Vec<Path>,
}

/// Draws nodes and edges; `sizes` are the visible sizes of the nodes, and
/// `attached` says for the left and right end of each edge how far below the
/// middle of its node it is attached, where that is given.
pub(super) fn draw(
    chains: &Chains,
    middle: &[f64],
    sizes: &[Size],
    attached: &[(Option<f64>, Option<f64>)],
) -> Drawn {
    let ports = ports(chains, middle, sizes, attached);
    let columns = columns(chains, middle, &ports);
    let top = chains
        .vertices
        .iter()
        .zip(middle)
        .map(|(vertex, &y)| y - vertex.size.height / 2.0)
        .fold(f64::INFINITY, f64::min);
    let top = if top.is_finite() { top } else { 0.0 };
    let bottom = chains
        .vertices
        .iter()
        .zip(middle)
        .map(|(vertex, &y)| y + vertex.size.height / 2.0)
        .fold(top, f64::max);
    let node = |index: usize| Rect {
        x: columns[chains.column[index]].0,
        y: middle[index] - top - sizes[index].height / 2.0,
        width: sizes[index].width,
        height: sizes[index].height,
    };
    let edges = chains
        .edges
        .iter()
        .enumerate()
        .map(|(edge, chain)| {
            let (first, last) = (chain[0], chain[chain.len() - 1]);
            let (out, into) = ports[edge];
            let from = node(first);
            let mut path = Path {
                start: Point::new(from.right(), middle[first] - top + out),
                ..Path::default()
            };
            path.line_to(Point::new(columns[chains.column[first]].1, path.start.y));
            for &vertex in &chain[1..chain.len() - 1] {
                let (left, right) = columns[chains.column[vertex]];
                let y = middle[vertex] - top;
                path.swing_to(Point::new(left, y));
                path.line_to(Point::new(right, y));
                if chains.vertices[vertex].kind == Kind::Label {
                    let Size { width, height } = chains.vertices[vertex].size;
                    path.label = Some(Rect {
                        x: left,
                        y: y - height / 2.0,
                        width,
                        height,
                    });
                }
            }
            let to = node(last);
            path.swing_to(Point::new(to.x, middle[last] - top + into));
            path
        })
        .collect();
    Drawn {
        size: Size::new(columns.last().map_or(0.0, |last| last.1), bottom - top),
        nodes: (0..sizes.len()).map(node).collect(),
        edges,
    }
}

/// For each edge how far from the middle of its nodes it leaves and arrives.
fn ports(
    chains: &Chains,
    middle: &[f64],
    sizes: &[Size],
    attached: &[(Option<f64>, Option<f64>)],
) -> Vec<(f64, f64)> {
    let mut out: Vec<Vec<(f64, usize)>> = vec![Vec::new(); sizes.len()];
    let mut into: Vec<Vec<(f64, usize)>> = vec![Vec::new(); sizes.len()];
    for (edge, chain) in chains.edges.iter().enumerate() {
        let last = chain.len() - 1;
        out[chain[0]].push((middle[chain[1]], edge));
        into[chain[last]].push((middle[chain[last - 1]], edge));
    }
    let mut ports = vec![(0.0, 0.0); chains.edges.len()];
    for (side, is_out) in [(&mut out, true), (&mut into, false)] {
        for (node, ends) in side.iter_mut().enumerate() {
            ends.sort_by(|one, two| one.0.total_cmp(&two.0));
            let count = ends.len() as f64;
            let room = (sizes[node].height - 12.0).max(0.0);
            let step = if count > 1.0 {
                PORT.min(room / (count - 1.0))
            } else {
                0.0
            };
            for (index, &(_, edge)) in ends.iter().enumerate() {
                let offset = (index as f64 - (count - 1.0) / 2.0) * step;
                if is_out {
                    ports[edge].0 = attached[edge].0.unwrap_or(offset);
                } else {
                    ports[edge].1 = attached[edge].1.unwrap_or(offset);
                }
            }
        }
    }
    ports
}

/// The left and right side of each column.
fn columns(chains: &Chains, middle: &[f64], ports: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let count = chains.columns.len();
    let mut steepest = vec![0.0_f64; count];
    for (edge, chain) in chains.edges.iter().enumerate() {
        let last = chain.len() - 2;
        for (index, pair) in chain.windows(2).enumerate() {
            let from = middle[pair[0]] + if index == 0 { ports[edge].0 } else { 0.0 };
            let to = middle[pair[1]] + if index == last { ports[edge].1 } else { 0.0 };
            let column = chains.column[pair[0]];
            steepest[column] = steepest[column].max((to - from).abs());
        }
    }
    let mut x = 0.0;
    chains
        .columns
        .iter()
        .zip(&steepest)
        .map(|(column, steepest)| {
            let width = column
                .iter()
                .map(|&vertex| chains.vertices[vertex].size.width)
                .fold(0.0, f64::max);
            let left = x;
            x += width + (GAP + steepest * CLIMB).min(WIDEST_GAP);
            (left, left + width)
        })
        .collect()
}
