//! Finds the edges to turn around so that none of the rest runs in a circle.

/// What decides over an edge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Directed {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) class: u8,
    pub(super) returns: bool,
}

/// For each edge whether it is turned around. Edges are taken in ascending
/// class, then as given; one that would close a circle is turned around, and
/// one that is to lead back is turned around unless that closes one. The
/// order of nodes is kept up as edges come in (Pearce and Kelly's algorithm),
/// so that only nodes between the two ends are looked at.
pub(super) fn turned_around(nodes: usize, edges: &[Directed]) -> Vec<bool> {
    let mut turned = vec![false; edges.len()];
    let mut sequence: Vec<usize> = (0..edges.len()).collect();
    sequence.sort_by_key(|&edge| (edges[edge].returns, edges[edge].class));
    let mut state = Ordered::new(nodes);
    for edge in sequence {
        let Directed {
            from, to, returns, ..
        } = edges[edge];
        debug_assert_ne!(from, to, "loops are drawn, not laid out");
        let (first, second) = if returns {
            ((to, from), (from, to))
        } else {
            ((from, to), (to, from))
        };
        turned[edge] = if state.insert(first.0, first.1) {
            returns
        } else {
            let inserted = state.insert(second.0, second.1);
            debug_assert!(inserted, "one of the two directions is always free");
            !returns
        };
    }
    turned
}

struct Ordered {
    /// The place of each node in a topological order.
    place: Vec<usize>,
    after: Vec<Vec<usize>>,
    before: Vec<Vec<usize>>,
    seen: Vec<bool>,
}

impl Ordered {
    fn new(nodes: usize) -> Self {
        Ordered {
            place: (0..nodes).collect(),
            after: vec![Vec::new(); nodes],
            before: vec![Vec::new(); nodes],
            seen: vec![false; nodes],
        }
    }

    /// Adds an edge unless it closes a circle.
    fn insert(&mut self, from: usize, to: usize) -> bool {
        let (lower, upper) = (self.place[to], self.place[from]);
        if lower <= upper {
            let ahead = self.reach(to, upper, true);
            let circle = ahead.contains(&from);
            let behind = if circle {
                Vec::new()
            } else {
                self.reach(from, lower, false)
            };
            for &node in ahead.iter().chain(&behind) {
                self.seen[node] = false;
            }
            if circle {
                return false;
            }
            self.reorder(behind, ahead);
        }
        self.after[from].push(to);
        self.before[to].push(from);
        true
    }

    /// The nodes reachable from `start` without leaving the places between
    /// the ends of the new edge.
    fn reach(&mut self, start: usize, limit: usize, ahead: bool) -> Vec<usize> {
        let mut found = vec![start];
        self.seen[start] = true;
        let mut next = 0;
        while next < found.len() {
            let node = found[next];
            next += 1;
            let neighbours = if ahead {
                &self.after[node]
            } else {
                &self.before[node]
            };
            for &neighbour in neighbours {
                let place = self.place[neighbour];
                let inside = if ahead {
                    place <= limit
                } else {
                    place >= limit
                };
                if inside && !self.seen[neighbour] {
                    self.seen[neighbour] = true;
                    found.push(neighbour);
                }
            }
        }
        found
    }

    fn reorder(&mut self, mut behind: Vec<usize>, mut ahead: Vec<usize>) {
        behind.sort_by_key(|&node| self.place[node]);
        ahead.sort_by_key(|&node| self.place[node]);
        behind.append(&mut ahead);
        let mut places: Vec<usize> = behind.iter().map(|&node| self.place[node]).collect();
        places.sort_unstable();
        for (node, place) in behind.into_iter().zip(places) {
            self.place[node] = place;
        }
    }
}
