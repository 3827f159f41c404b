//! Sets the height of every vertex, with the order in the columns kept.

use super::chains::{Chains, Kind, Link};

const SWEEPS: usize = 12;
/// Ends that differ by less are brought to one level.
const NEARLY_LEVEL: f64 = 14.0;

/// The middle of every vertex, from top to bottom.
pub(super) fn heights(chains: &Chains) -> Vec<f64> {
    let mut middle = vec![0.0; chains.vertices.len()];
    let mut place = vec![0_usize; chains.vertices.len()];
    for column in &chains.columns {
        let mut y = 0.0;
        for (index, &vertex) in column.iter().enumerate() {
            if index > 0 {
                y += distance(chains, column[index - 1], vertex);
            }
            middle[vertex] = y;
            place[vertex] = index;
        }
    }
    let count = chains.columns.len();
    let sweeps = if chains.vertices.len() > 50_000 {
        4
    } else {
        SWEEPS
    };
    let mut fit = Fit::default();
    for sweep in 0..sweeps {
        for index in 0..count {
            fit.column(chains, &chains.columns[index], &mut middle, Side::Left);
        }
        for index in (0..count).rev() {
            fit.column(chains, &chains.columns[index], &mut middle, Side::Right);
        }
        if sweep + 3 >= sweeps {
            for index in 0..count {
                fit.column(chains, &chains.columns[index], &mut middle, Side::Both);
            }
        }
    }
    for _ in 0..4 {
        for chain in &chains.edges {
            straighten(chains, chain, &place, &mut middle);
        }
    }
    for _ in 0..2 {
        for index in 0..count {
            level(chains, index, &place, &mut middle, Side::Left);
        }
        for index in (0..count).rev() {
            level(chains, index, &place, &mut middle, Side::Right);
        }
    }
    middle
}

/// The least distance of the middles of two vertices one above the other.
fn distance(chains: &Chains, upper: usize, lower: usize) -> f64 {
    let (one, two) = (chains.vertices[upper], chains.vertices[lower]);
    let gap = match (one.kind, two.kind) {
        (Kind::Node, Kind::Node) => 20.0,
        (Kind::Label, Kind::Label) => 7.0,
        (Kind::Bend, Kind::Bend) => 9.0,
        _ => 12.0,
    };
    (one.size.height + two.size.height) / 2.0 + gap
}

/// Which neighbours a column is fitted to.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
    Both,
}

/// Fits a column to its neighbours: the heights with the least sum of
/// weighted squares of the distance from where the neighbours are, in the
/// given order with the least distances kept. Without the distances this is
/// isotonic regression, solved by pooling neighbours that are out of order.
#[derive(Default)]
struct Fit {
    pools: Vec<Pool>,
}

struct Pool {
    /// The mean of what its members want.
    wanted: f64,
    weight: f64,
    members: usize,
}

impl Fit {
    fn column(&mut self, chains: &Chains, column: &[usize], middle: &mut [f64], side: Side) {
        self.pools.clear();
        let mut offset = 0.0;
        let mut above = None;
        for &vertex in column {
            if let Some(above) = above {
                offset += distance(chains, above, vertex);
            }
            above = Some(vertex);
            let (wanted, weight) = wish(chains, vertex, middle, side);
            let mut pool = Pool {
                wanted: wanted - offset,
                weight,
                members: 1,
            };
            while let Some(last) = self.pools.pop_if(|last| last.wanted > pool.wanted) {
                let weight = last.weight + pool.weight;
                pool = Pool {
                    wanted: (last.wanted * last.weight + pool.wanted * pool.weight) / weight,
                    weight,
                    members: last.members + pool.members,
                };
            }
            self.pools.push(pool);
        }
        let mut offset = 0.0;
        let mut next = 0;
        for pool in &self.pools {
            for _ in 0..pool.members {
                if next > 0 {
                    offset += distance(chains, column[next - 1], column[next]);
                }
                middle[column[next]] = pool.wanted + offset;
                next += 1;
            }
        }
    }
}

/// Where a vertex wants to be, and how much.
fn wish(chains: &Chains, vertex: usize, middle: &[f64], side: Side) -> (f64, f64) {
    let mut sum = 0.0;
    let mut weight = 0.0;
    let mut add = |links: &[Link]| {
        for link in links {
            let pull = stiffness(chains, vertex, link.to);
            sum += level_with(link, middle) * pull;
            weight += pull;
        }
    };
    if side != Side::Right {
        add(&chains.before[vertex]);
    }
    if side != Side::Left {
        add(&chains.after[vertex]);
    }
    if weight == 0.0 {
        (middle[vertex], 0.01)
    } else {
        (sum / weight, weight)
    }
}

/// The middle that makes a link run level.
fn level_with(link: &Link, middle: &[f64]) -> f64 {
    middle[link.to] + link.there - link.here
}

/// Long edges are to be straight, more than short ones.
fn stiffness(chains: &Chains, one: usize, two: usize) -> f64 {
    let bends = [one, two]
        .iter()
        .filter(|&&vertex| chains.vertices[vertex].kind != Kind::Node)
        .count();
    [1.0, 2.0, 8.0][bends]
}

/// Brings the bends of a long edge to one level, or to few: the fits above
/// spread what it climbs evenly over the columns.
fn straighten(chains: &Chains, chain: &[usize], place: &[usize], middle: &mut [f64]) {
    let inner = &chain[1..chain.len() - 1];
    if inner.len() < 2 {
        return;
    }
    let (first, last) = (chain[0], chain[chain.len() - 1]);
    let mut from = level_with(&chains.before[inner[0]][0], middle);
    // Where many edges come together the step belongs: there it is one of
    // many.
    let prefer_from = chains.after[first].len() <= chains.before[last].len();
    let mut start = 0;
    while start < inner.len() {
        let (mut low, mut high) = room(chains, inner[start], place, middle);
        let mut end = start + 1;
        while end < inner.len() {
            let (next_low, next_high) = room(chains, inner[end], place, middle);
            if low.max(next_low) > high.min(next_high) {
                break;
            }
            (low, high) = (low.max(next_low), high.min(next_high));
            end += 1;
        }
        let beyond = &chains.after[inner[end - 1]][0];
        let to = level_with(beyond, middle);
        let wanted = if prefer_from || end < inner.len() {
            from
        } else {
            to
        };
        let y = wanted.max(low).min(high);
        for &vertex in &inner[start..end] {
            middle[vertex] = y;
        }
        from = y;
        start = end;
    }
}

/// How far up and down a vertex can go between its neighbours in the column.
fn room(chains: &Chains, vertex: usize, place: &[usize], middle: &[f64]) -> (f64, f64) {
    let column = &chains.columns[chains.column[vertex]];
    let at = place[vertex];
    let low = if at == 0 {
        f64::NEG_INFINITY
    } else {
        let above = column[at - 1];
        middle[above] + distance(chains, above, vertex)
    };
    let high = column.get(at + 1).map_or(f64::INFINITY, |&below| {
        middle[below] - distance(chains, vertex, below)
    });
    // Rounding may leave a vertex a hair outside of its room.
    (low.min(middle[vertex]), high.max(middle[vertex]))
}

/// Takes out the last small steps: a vertex with one neighbour on a side
/// goes to its height where there is room.
fn level(chains: &Chains, index: usize, place: &[usize], middle: &mut [f64], side: Side) {
    let column = &chains.columns[index];
    for &vertex in column {
        let (near, opposite) = match side {
            Side::Right => (&chains.after[vertex], &chains.before[vertex]),
            Side::Left | Side::Both => (&chains.before[vertex], &chains.after[vertex]),
        };
        let [link] = &near[..] else {
            continue;
        };
        let wanted = level_with(link, middle);
        let far = (wanted - middle[vertex]).abs();
        if far == 0.0 || far > NEARLY_LEVEL {
            continue;
        }
        // A vertex that is level on its other side would trade one step for
        // another.
        if opposite
            .iter()
            .any(|link| level_with(link, middle) == middle[vertex])
        {
            continue;
        }
        let at = place[vertex];
        let free_above = at == 0 || {
            let above = column[at - 1];
            middle[above] + distance(chains, above, vertex) <= wanted
        };
        let free_below = at + 1 == column.len() || {
            let below = column[at + 1];
            wanted + distance(chains, vertex, below) <= middle[below]
        };
        if free_above && free_below {
            middle[vertex] = wanted;
        }
    }
}
