//! Cuts edges into pieces that run from one column to the next, with a place
//! for the label among them.

use super::{MOST_PIECES, Size, TooLarge};

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A node of the graph.
    Node,
    /// The label of an edge.
    Label,
    /// A place where a long edge passes through.
    Bend,
}

/// Something that takes up room in a column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vertex {
    pub(super) kind: Kind,
    pub(super) size: Size,
}

/// An edge that already runs to the right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rightward {
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) label: Option<Size>,
    /// The original edge ends at `left`.
    pub(super) turned: bool,
    /// How far below the middle of `left` and `right` it is attached.
    pub(super) attached: (f64, f64),
}

/// A piece of an edge, seen from one of its ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub(super) to: usize,
    /// How far below the middle of this end it is attached.
    pub(super) here: f64,
    /// How far below the middle of `to`.
    pub(super) there: f64,
}

/// Nodes, labels and bends in columns. The nodes come first and keep their
/// numbers.
#[derive(Debug)]
pub(super) struct Chains {
    pub(super) vertices: Vec<Vertex>,
    /// The column of each vertex.
    pub(super) column: Vec<usize>,
    /// Neighbours in the column to the right.
    pub(super) after: Vec<Vec<Link>>,
    /// Neighbours in the column to the left.
    pub(super) before: Vec<Vec<Link>>,
    /// The vertices of each edge, from left to right.
    pub(super) edges: Vec<Vec<usize>>,
    /// The vertices of each column; [`super::order`] brings them in order.
    pub(super) columns: Vec<Vec<usize>>,
}

/// Cuts the edges; `column` is what [`super::ranks`] found.
pub(super) fn cut(
    nodes: &[Size],
    column: &[usize],
    edges: &[Rightward],
) -> Result<Chains, TooLarge> {
    let count = column.iter().copied().max().map_or(0, |last| last + 1);
    // Labels stand in columns of their own between those of the nodes, but
    // only where there is a label.
    let mut labelled = vec![false; count];
    for edge in edges {
        if edge.label.is_some() {
            labelled[label_gap(edge, column)] = true;
        }
    }
    let mut node_column = Vec::with_capacity(count);
    let mut next = 0;
    for has_label in &labelled {
        node_column.push(next);
        next += if *has_label { 2 } else { 1 };
    }

    let mut chains = Chains {
        vertices: nodes
            .iter()
            .map(|&size| Vertex {
                kind: Kind::Node,
                size,
            })
            .collect(),
        column: column.iter().map(|&rank| node_column[rank]).collect(),
        after: vec![Vec::new(); nodes.len()],
        before: vec![Vec::new(); nodes.len()],
        edges: Vec::with_capacity(edges.len()),
        columns: vec![Vec::new(); next],
    };
    for edge in edges {
        let (first, last) = (chains.column[edge.left], chains.column[edge.right]);
        let label = edge
            .label
            .map(|size| (node_column[label_gap(edge, column)] + 1, size));
        let mut chain = vec![edge.left];
        for place in first + 1..last {
            let vertex = match label {
                Some((at, size)) if at == place => Vertex {
                    kind: Kind::Label,
                    size,
                },
                _ => Vertex {
                    kind: Kind::Bend,
                    size: Size::default(),
                },
            };
            chain.push(chains.vertices.len());
            chains.vertices.push(vertex);
            chains.column.push(place);
            chains.after.push(Vec::new());
            chains.before.push(Vec::new());
        }
        if chains.vertices.len() > MOST_PIECES {
            return Err(TooLarge::Pieces);
        }
        chain.push(edge.right);
        let pieces = chain.len() - 1;
        for (index, pair) in chain.windows(2).enumerate() {
            let here = if index == 0 { edge.attached.0 } else { 0.0 };
            let there = if index + 1 == pieces {
                edge.attached.1
            } else {
                0.0
            };
            chains.after[pair[0]].push(Link {
                to: pair[1],
                here,
                there,
            });
            chains.before[pair[1]].push(Link {
                to: pair[0],
                here: there,
                there: here,
            });
        }
        chains.edges.push(chain);
    }
    for (vertex, &column) in chains.column.iter().enumerate() {
        chains.columns[column].push(vertex);
    }
    Ok(chains)
}

/// The column of nodes after which the label stands: beside the end of the
/// edge, where edges that share a source have come apart.
fn label_gap(edge: &Rightward, column: &[usize]) -> usize {
    if edge.turned {
        column[edge.left]
    } else {
        column[edge.right] - 1
    }
}
