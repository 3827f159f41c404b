//! Which part of a topology is drawn.

use std::collections::VecDeque;

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;

use crate::error::{Error, Kind, Result};
use crate::text::visible;
use crate::topology::pattern::Pattern;
use crate::topology::{Node, Origin, Topology, VhostId};

/// What to draw, as asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only these virtual hosts; all if empty.
    pub vhosts: Vec<String>,
    /// Only objects within reach of these.
    pub focus: Vec<String>,
    /// How many steps are within reach; any number if absent.
    pub depth: Option<usize>,
    /// In which direction.
    pub direction: Reach,
    /// Only objects whose name one of these matches.
    pub include: Vec<String>,
    /// No objects whose name one of these matches.
    pub exclude: Vec<String>,
    /// No objects without an edge.
    pub hide_unbound: bool,
    /// Also the exchanges that every virtual host has, when nothing uses
    /// them.
    pub builtin: bool,
}

/// The direction in which a focus reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    /// Against the edges: where messages come from.
    In,
    /// Along the edges: where messages go.
    Out,
    /// Both ways.
    #[default]
    Both,
}

/// The nodes of a topology that are to be drawn.
#[derive(Debug, Clone)]
pub struct Selection {
    nodes: Vec<bool>,
    empty_vhosts: Vec<bool>,
}

impl Selection {
    /// Everything but unused implicit exchanges.
    pub fn all(topology: &Topology) -> Self {
        Selection {
            nodes: topology
                .graph
                .node_indices()
                .map(|node| used(topology, node))
                .collect(),
            empty_vhosts: vec![true; topology.vhosts.len()],
        }
    }

    /// Whether a node is selected.
    pub fn contains(&self, node: NodeIndex) -> bool {
        self.nodes[node.index()]
    }

    /// Whether a virtual host is drawn though nothing in it is.
    pub fn has_empty_vhost(&self, vhost: VhostId) -> bool {
        self.empty_vhosts[vhost.get()]
    }
}

fn used(topology: &Topology, node: NodeIndex) -> bool {
    match topology.graph[node] {
        Node::Exchange(id) if topology.exchange(id).origin == Origin::Implicit => {
            topology.graph.neighbors_undirected(node).next().is_some()
        }
        _ => true,
    }
}

/// Selects what a filter asks for.
///
/// # Errors
/// When it names a virtual host or an object that does not exist, or a
/// pattern that is none.
pub fn select(topology: &Topology, filter: &Filter) -> Result<Selection> {
    let mut selection = Selection::all(topology);
    if filter.builtin {
        selection.nodes.fill(true);
    }
    if !filter.vhosts.is_empty() {
        let wanted: Vec<VhostId> = (filter.vhosts.iter())
            .map(|name| vhost(topology, name))
            .collect::<Result<_>>()?;
        for node in topology.graph.node_indices() {
            let inside = match topology.vhost_of(topology.graph[node]) {
                Some(vhost) => wanted.contains(&vhost),
                None => (topology.graph.neighbors_undirected(node)).any(|other| {
                    let vhost = topology.vhost_of(topology.graph[other]);
                    vhost.is_some_and(|vhost| wanted.contains(&vhost))
                }),
            };
            selection.nodes[node.index()] &= inside;
        }
        for (at, drawn) in selection.empty_vhosts.iter_mut().enumerate() {
            *drawn = wanted.contains(&VhostId(at as u32));
        }
    }
    let include = patterns("--include", &filter.include)?;
    let exclude = patterns("--exclude", &filter.exclude)?;
    if !include.is_empty() || !exclude.is_empty() {
        for node in topology.graph.node_indices() {
            let name = topology.name_of(topology.graph[node]);
            let matches = |patterns: &[Pattern]| patterns.iter().any(|it| it.is_match(name));
            selection.nodes[node.index()] &=
                (include.is_empty() || matches(&include)) && !matches(&exclude);
        }
        selection.empty_vhosts.fill(false);
    }
    if !filter.focus.is_empty() {
        let mut reached = vec![false; selection.nodes.len()];
        for name in &filter.focus {
            let starts = named(topology, &selection, name)?;
            reach(topology, &selection, &starts, filter, &mut reached);
        }
        selection.nodes = reached;
        selection.empty_vhosts.fill(false);
    }
    if filter.hide_unbound {
        let bound: Vec<bool> = (topology.graph.node_indices())
            .map(|node| {
                let mut others = topology.graph.neighbors_undirected(node);
                others.any(|other| other != node && selection.contains(other))
            })
            .collect();
        for (selected, bound) in selection.nodes.iter_mut().zip(bound) {
            *selected &= bound;
        }
        selection.empty_vhosts.fill(false);
    }
    Ok(selection)
}

/// The virtual host of a name that a user gave.
///
/// # Errors
/// When there is none.
pub fn vhost(topology: &Topology, name: &str) -> Result<VhostId> {
    topology.find_vhost(name).ok_or_else(|| {
        let names: Vec<&str> = topology.vhosts.iter().map(|vhost| &*vhost.name).collect();
        unknown("virtual host", name, &names)
    })
}

/// An error about a name that is not there, with those that are like it.
pub fn unknown(what: &str, name: &str, known: &[&str]) -> Error {
    let error = Error::new(
        Kind::Input,
        format!("`{}`", visible(name)),
        format!("no such {what} in the definitions"),
    );
    let lower = name.to_lowercase();
    let mut near: Vec<(usize, &str)> = (known.iter())
        .filter(|known| !known.is_empty())
        .map(|known| (distance(&lower, &known.to_lowercase()), *known))
        .filter(|(distance, known)| {
            *distance <= 1 + name.chars().count() / 4
                || (!name.is_empty() && known.to_lowercase().contains(&lower))
        })
        .collect();
    near.sort_unstable();
    let near: Vec<String> = (near.iter().take(5))
        .map(|(_, known)| format!("`{}`", visible(known)))
        .collect();
    if near.is_empty() {
        error.hint(format!(
            "names are compared exactly; there are {} to choose from",
            known.len()
        ))
    } else {
        error.hint(format!("did you mean {}?", near.join(" or ")))
    }
}

/// The number of single-character edits between two short texts; long ones
/// are far apart.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 8 || a.len() > 300 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

fn patterns(option: &str, given: &[String]) -> Result<Vec<Pattern>> {
    (given.iter())
        .map(|pattern| {
            Pattern::new(pattern).map_err(|why| {
                Error::new(
                    Kind::Usage,
                    option.to_owned(),
                    format!("`{}` is not a regular expression: {why}", visible(pattern)),
                )
                .hint("patterns are PCRE and match anywhere in a name; `^` and `$` anchor them")
            })
        })
        .collect()
}

/// Selected objects of that name, or of `VHOST/NAME` where the name alone is
/// none.
fn named(topology: &Topology, selection: &Selection, name: &str) -> Result<Vec<NodeIndex>> {
    let selected = || (topology.graph.node_indices()).filter(|node| selection.contains(*node));
    let by_name: Vec<NodeIndex> = selected()
        .filter(|node| topology.name_of(topology.graph[*node]) == name)
        .collect();
    if !by_name.is_empty() {
        return Ok(by_name);
    }
    let qualified: Vec<NodeIndex> = selected()
        .filter(|node| {
            let node = topology.graph[*node];
            topology.vhost_of(node).is_some_and(|vhost| {
                let rest = name.strip_prefix(&*topology.vhost(vhost).name);
                rest.and_then(|rest| rest.strip_prefix('/')) == Some(topology.name_of(node))
            })
        })
        .collect();
    if !qualified.is_empty() {
        return Ok(qualified);
    }
    let mut names: Vec<&str> = selected()
        .map(|node| topology.name_of(topology.graph[node]))
        .collect();
    names.sort_unstable();
    names.dedup();
    Err(unknown("exchange or queue", name, &names))
}

fn reach(
    topology: &Topology,
    selection: &Selection,
    starts: &[NodeIndex],
    filter: &Filter,
    reached: &mut [bool],
) {
    let directions: &[Direction] = match filter.direction {
        Reach::In => &[Direction::Incoming],
        Reach::Out => &[Direction::Outgoing],
        Reach::Both => &[Direction::Incoming, Direction::Outgoing],
    };
    let limit = filter.depth.unwrap_or(usize::MAX);
    // Each direction on its own: what shares a source with the focus is not
    // connected to it by any message.
    for direction in directions {
        let mut seen = vec![false; reached.len()];
        let mut queue: VecDeque<(NodeIndex, usize)> = VecDeque::new();
        for start in starts {
            seen[start.index()] = true;
            queue.push_back((*start, 0));
        }
        while let Some((node, distance)) = queue.pop_front() {
            reached[node.index()] = true;
            if distance == limit {
                continue;
            }
            for edge in topology.graph.edges_directed(node, *direction) {
                let other = match direction {
                    Direction::Outgoing => edge.target(),
                    Direction::Incoming => edge.source(),
                };
                if selection.contains(other) && !seen[other.index()] {
                    seen[other.index()] = true;
                    queue.push_back((other, distance + 1));
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "filter/tests.rs"]
mod tests;
