//! Lays out one connected part of a graph.

use super::chains::{self, Rightward};
use super::{Path, Point, Rect, Segment, Size, TooLarge, curves, order, place, ranks};

/// A connected part, its nodes numbered from 0.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) nodes: Vec<PartNode>,
    pub(super) edges: Vec<PartEdge>,
}

/// A node of a part.
#[derive(Debug, Clone, Copy)]
pub(super) struct PartNode {
    pub(super) size: Size,
    pub(super) stand: Stand,
}

/// Where a node wants to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    Anywhere,
    /// A door on the left side, through which an edge comes from elsewhere.
    LeftDoor,
    /// A door on the right side.
    RightDoor,
}

/// An edge of a part.
#[derive(Debug, Clone, Copy)]
pub(super) struct PartEdge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: Option<Size>,
    pub(super) class: u8,
    /// Runs from right to left; no circle is left when all such edges are
    /// turned around.
    pub(super) turned: bool,
    /// How far below the middle of `from` and `to` it is attached, where
    /// that is given.
    pub(super) attached: (Option<f64>, Option<f64>),
}

/// A part with its places, from (0, 0).
#[derive(Debug, Default)]
pub(super) struct Placed {
    pub(super) size: Size,
    pub(super) nodes: Vec<Rect>,
    pub(super) edges: Vec<Path>,
}

/// How far a loop stands out above and beside its node.
const LOOP: f64 = 15.0;
const LOOP_STEP: f64 = 7.0;

pub(super) fn lay_out(part: &Part) -> Result<Placed, TooLarge> {
    let sizes: Vec<Size> = part.nodes.iter().map(|node| node.size).collect();
    let (roomy, loops) = with_loops(part, &sizes);

    let straight: Vec<usize> = (0..part.edges.len())
        .filter(|&edge| part.edges[edge].from != part.edges[edge].to)
        .collect();
    let rightward: Vec<Rightward> = straight
        .iter()
        .map(|&edge| {
            let turned = part.edges[edge].turned;
            let PartEdge {
                from, to, label, ..
            } = part.edges[edge];
            let (left, right) = if turned { (to, from) } else { (from, to) };
            let attached = attached_rightward(&part.edges[edge]);
            Rightward {
                left,
                right,
                label,
                turned,
                attached: (attached.0.unwrap_or(0.0), attached.1.unwrap_or(0.0)),
            }
        })
        .collect();
    let weighted: Vec<(usize, usize, usize)> = rightward
        .iter()
        .zip(&straight)
        .map(|(edge, &index)| {
            let weight = if part.edges[index].class == 0 { 2 } else { 1 };
            (edge.left, edge.right, weight)
        })
        .collect();
    let mut column = ranks::columns(part.nodes.len(), &weighted);
    doors_to_the_sides(part, &mut column);

    let mut chains = chains::cut(&roomy, &column, &rightward)?;
    order::untangle(&mut chains);
    let middle = place::heights(&chains);
    let attached: Vec<_> = straight
        .iter()
        .map(|&edge| attached_rightward(&part.edges[edge]))
        .collect();
    let drawn = curves::draw(&chains, &middle, &sizes, &attached);

    let mut edges = vec![Path::default(); part.edges.len()];
    for (&edge, path) in straight.iter().zip(drawn.edges) {
        edges[edge] = if part.edges[edge].turned {
            path.reversed()
        } else {
            path
        };
    }
    for (node, edge, height, reach) in loops {
        edges[edge] = loop_path(&drawn.nodes[node], height, reach, part.edges[edge].label);
    }
    Ok(Placed {
        size: drawn.size,
        nodes: drawn.nodes,
        edges,
    })
}

fn attached_rightward(edge: &PartEdge) -> (Option<f64>, Option<f64>) {
    let (from, to) = edge.attached;
    if edge.turned { (to, from) } else { (from, to) }
}

/// Doors stand in the first or the last column, alone in it, so that the
/// frame can be drawn through them.
fn doors_to_the_sides(part: &Part, column: &mut [usize]) {
    let stands = |stand| {
        part.nodes
            .iter()
            .enumerate()
            .filter(move |(_, node)| node.stand == stand)
            .map(|(index, _)| index)
    };
    if stands(Stand::LeftDoor).next().is_some() {
        for place in column.iter_mut() {
            *place += 1;
        }
        for door in stands(Stand::LeftDoor) {
            column[door] = 0;
        }
    }
    let beyond = column.iter().copied().max().unwrap_or(0) + 1;
    for door in stands(Stand::RightDoor) {
        column[door] = beyond;
    }
    // The doors left columns behind when they moved.
    let mut used = vec![false; beyond + 1];
    for &place in column.iter() {
        used[place] = true;
    }
    let mut next = 0;
    let rank: Vec<usize> = used
        .iter()
        .map(|&used| {
            let rank = next;
            next += usize::from(used);
            rank
        })
        .collect();
    for place in column.iter_mut() {
        *place = rank[*place];
    }
}

/// Loops: the node, the edge, how far above the node its label stands, and
/// how far it reaches out.
type Loop = (usize, usize, f64, f64);

/// The room each node needs with the edges that lead back to it.
fn with_loops(part: &Part, sizes: &[Size]) -> (Vec<Size>, Vec<Loop>) {
    let mut roomy = sizes.to_vec();
    let mut count = vec![0_usize; sizes.len()];
    let mut above = vec![0.0; sizes.len()];
    let mut loops = Vec::new();
    for (index, edge) in part.edges.iter().enumerate() {
        if edge.from != edge.to {
            continue;
        }
        let node = edge.from;
        let reach = LOOP + LOOP_STEP * count[node] as f64;
        let label = edge.label.unwrap_or_default();
        // Labels are stacked above the outermost line seen so far.
        let height = f64::max(above[node], reach);
        above[node] = height + label.height + 3.0;
        count[node] += 1;
        loops.push((node, index, height, reach));
        roomy[node].width = roomy[node]
            .width
            .max(sizes[node].width + reach)
            .max(label.width);
    }
    for (node, size) in roomy.iter_mut().enumerate() {
        // On both sides, so that the middle stays the middle.
        size.height += 2.0 * above[node];
    }
    (roomy, loops)
}

/// From the right side over the corner to the upper side.
fn loop_path(node: &Rect, height: f64, reach: f64, label: Option<Size>) -> Path {
    let start = Point::new(node.right(), node.y + node.height / 3.0);
    let end = Point::new(node.right() - node.width.min(40.0) / 2.0, node.y);
    Path {
        start,
        segments: vec![Segment::Curve(
            Point::new(node.right() + reach * 1.3, start.y),
            Point::new(end.x, node.y - reach * 1.3),
            end,
        )],
        label: label.map(|size| Rect {
            x: node.x,
            y: node.y - height - size.height,
            width: size.width,
            height: size.height,
        }),
    }
}
