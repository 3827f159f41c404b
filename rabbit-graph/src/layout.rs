//! Where everything goes: a layered drawing from left to right.
//!
//! Input are sizes and connections, output are coordinates; nothing here
//! knows what a queue is. The steps are the classic ones for layered
//! drawings: [`cycles`] turns some edges around until none runs in a circle,
//! [`ranks`] gives every node a column, [`chains`] cuts edges into pieces
//! from column to column (the label of an edge is one of the pieces, so that
//! labels have a place of their own), [`order`] untangles each column,
//! [`place`] sets the heights and [`curves`] draws the edges. [`component`]
//! does this for one connected part, [`pack`] puts parts beside each other,
//! and [`levels`] goes through the clusters: seen from outside a cluster is a
//! box like any other, and edges enter and leave it through doors.
//!
//! What holds for every result, and is tested on random graphs: node boxes,
//! label boxes and clusters do not overlap, no edge runs through a node that
//! it does not belong to, every coordinate is finite, and the same input
//! gives the same numbers on every machine (only `+ - * /` and square roots
//! are used, which IEEE 754 defines to the last bit).

mod chains;
mod component;
mod curves;
mod cycles;
mod geometry;
mod levels;
mod order;
mod pack;
mod place;
mod ranks;

pub use geometry::{Path, Point, Rect, Segment, Size};

/// The most nodes that are laid out; above it a picture is of no use.
pub const MOST_NODES: usize = 6_000;
/// The most edges that are laid out.
pub const MOST_EDGES: usize = 24_000;
/// The most pieces that edges may be cut into, which bounds time and memory
/// on graphs that are long as well as dense.
pub const MOST_PIECES: usize = 400_000;

/// What is to be laid out.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// The boxes.
    pub nodes: Vec<Node>,
    /// The connections, by index into `nodes`.
    pub edges: Vec<Edge>,
    /// The frames around groups of nodes; a frame comes after the one it
    /// stands in.
    pub clusters: Vec<Cluster>,
}

/// A frame.
#[derive(Debug, Clone, Copy)]
pub struct Cluster {
    /// The size of the title, which stands in its upper left corner.
    pub title: Size,
    /// The frame around it.
    pub parent: Option<usize>,
}

/// A box.
#[derive(Debug, Clone, Copy)]
pub struct Node {
    /// Its size.
    pub size: Size,
    /// The frame that it is drawn in.
    pub cluster: Option<usize>,
}

/// A connection.
#[derive(Debug, Clone, Copy)]
pub struct Edge {
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// The size of its label, if it has one.
    pub label: Option<Size>,
    /// Edges of a lower number are the last to run from right to left when
    /// a circle has to be cut open.
    pub class: u8,
    /// Leads back to where things begin, and is to run from right to left.
    pub returns: bool,
}

/// Where everything is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    /// The size of the whole picture, from (0, 0).
    pub size: Size,
    /// The boxes, in the order of the input.
    pub nodes: Vec<Rect>,
    /// The connections, in the order of the input.
    pub edges: Vec<Path>,
    /// The frames, in the order of the input; an empty one has no size.
    pub clusters: Vec<Rect>,
}

/// Why a graph is not laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooLarge {
    /// More nodes than [`MOST_NODES`].
    Nodes(usize),
    /// More edges than [`MOST_EDGES`].
    Edges(usize),
    /// Edges that span so many columns that they come to more than
    /// [`MOST_PIECES`] pieces.
    Pieces,
}

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TooLarge::Nodes(nodes) => write!(f, "{nodes} nodes, at most {MOST_NODES} are laid out"),
            TooLarge::Edges(edges) => write!(f, "{edges} edges, at most {MOST_EDGES} are laid out"),
            TooLarge::Pieces => f.write_str("edges that span too many columns"),
        }
    }
}

impl std::error::Error for TooLarge {}

/// Lays a graph out.
///
/// # Errors
/// When the graph is larger than the stated limits.
pub fn lay_out(graph: &Graph) -> Result<Layout, TooLarge> {
    if graph.nodes.len() > MOST_NODES {
        return Err(TooLarge::Nodes(graph.nodes.len()));
    }
    if graph.edges.len() > MOST_EDGES {
        return Err(TooLarge::Edges(graph.edges.len()));
    }
    levels::lay_out(graph)
}

#[cfg(test)]
#[path = "layout/tests.rs"]
mod tests;
