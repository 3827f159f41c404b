//! Brings each column into an order in which few edges cross.

use super::chains::{Chains, Link, Vertex};

/// Work that is done at most: pieces of edges looked at.
const BUDGET: usize = 6_000_000;
const MOST_ROUNDS: usize = 24;
/// Rounds without a better order before giving up.
const PATIENCE: usize = 6;

/// Sorts `chains.columns`. The order depends on the input only: the amount of
/// work is bounded by counting, not by a clock.
pub(super) fn untangle(chains: &mut Chains) {
    depth_first(chains);
    let pieces: usize = chains.after.iter().map(Vec::len).sum();
    if pieces == 0 {
        return;
    }
    let mut position = vec![0; chains.vertices.len()];
    renumber(&chains.columns, &mut position);
    let mut best = chains.columns.clone();
    let mut fewest = crossings(chains, &position);
    let rounds = (BUDGET / pieces).clamp(2, MOST_ROUNDS);
    let mut vain = 0;
    for round in 0..rounds {
        if fewest == 0 || vain == PATIENCE {
            break;
        }
        sweep(chains, &mut position, round % 2 == 0);
        exchange_neighbours(chains, &mut position);
        let now = crossings(chains, &position);
        if now < fewest {
            fewest = now;
            best.clone_from(&chains.columns);
            vain = 0;
        } else {
            vain += 1;
        }
    }
    chains.columns = best;
}

/// The first order: as a walk from the left meets the vertices, which leaves
/// trees without any crossing.
fn depth_first(chains: &mut Chains) {
    let mut columns = vec![Vec::new(); chains.columns.len()];
    let mut seen = vec![false; chains.vertices.len()];
    for column in &chains.columns {
        for &root in column {
            // What is reached from the left is met on the way.
            if !chains.before[root].is_empty() {
                continue;
            }
            let mut stack = vec![root];
            while let Some(vertex) = stack.pop() {
                if seen[vertex] {
                    continue;
                }
                seen[vertex] = true;
                columns[chains.column[vertex]].push(vertex);
                stack.extend(chains.after[vertex].iter().rev().map(|link| link.to));
            }
        }
    }
    chains.columns = columns;
}

fn renumber(columns: &[Vec<usize>], position: &mut [usize]) {
    for column in columns {
        for (index, &vertex) in column.iter().enumerate() {
            position[vertex] = index;
        }
    }
}

/// Sorts column by column, each by the mean position of the neighbours in
/// the column just done.
fn sweep(chains: &mut Chains, position: &mut [usize], rightwards: bool) {
    let count = chains.columns.len();
    let mut keyed: Vec<(f64, usize)> = Vec::new();
    for step in 1..count {
        let index = if rightwards { step } else { count - 1 - step };
        let column = &mut chains.columns[index];
        keyed.clear();
        for (place, &vertex) in column.iter().enumerate() {
            let neighbours = if rightwards {
                &chains.before[vertex]
            } else {
                &chains.after[vertex]
            };
            // Without neighbours there is no reason to move; the mean of the
            // vertices around is a fair guess.
            let mean = if neighbours.is_empty() {
                None
            } else {
                let sum: f64 = neighbours
                    .iter()
                    .map(|link| position[link.to] as f64 + within(chains.vertices[link.to], link))
                    .sum();
                Some(sum / neighbours.len() as f64)
            };
            let inherited = keyed.last().map_or(0.0, |&(key, _)| key);
            let key = mean.unwrap_or(if place == 0 { -1.0 } else { inherited });
            keyed.push((key, vertex));
        }
        keyed.sort_by(|one, two| one.0.total_cmp(&two.0));
        for (place, &(_, vertex)) in keyed.iter().enumerate() {
            column[place] = vertex;
            position[vertex] = place;
        }
    }
}

/// Where on a vertex a link is attached, from -0.5 at its top to 0.5.
fn within(vertex: Vertex, link: &Link) -> f64 {
    if link.there == 0.0 || vertex.size.height == 0.0 {
        0.0
    } else {
        link.there / vertex.size.height
    }
}

/// Exchanges two vertices that stand next to each other where that saves
/// crossings.
fn exchange_neighbours(chains: &mut Chains, position: &mut [usize]) {
    for index in 0..chains.columns.len() {
        let mut sorted_before = sorted_positions(&chains.columns[index], &chains.before, position);
        let mut sorted_after = sorted_positions(&chains.columns[index], &chains.after, position);
        for _ in 0..4 {
            let mut changed = false;
            let column = &mut chains.columns[index];
            for place in 1..column.len() {
                let (upper, lower) = (place - 1, place);
                let as_is = pairs_above(&sorted_before[lower], &sorted_before[upper])
                    + pairs_above(&sorted_after[lower], &sorted_after[upper]);
                if as_is == 0 {
                    continue;
                }
                let exchanged = pairs_above(&sorted_before[upper], &sorted_before[lower])
                    + pairs_above(&sorted_after[upper], &sorted_after[lower]);
                if exchanged < as_is {
                    column.swap(upper, lower);
                    sorted_before.swap(upper, lower);
                    sorted_after.swap(upper, lower);
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        for (place, &vertex) in chains.columns[index].iter().enumerate() {
            position[vertex] = place;
        }
    }
}

fn sorted_positions(
    column: &[usize],
    neighbours: &[Vec<Link>],
    position: &[usize],
) -> Vec<Vec<usize>> {
    column
        .iter()
        .map(|&vertex| {
            let mut sorted: Vec<usize> = neighbours[vertex]
                .iter()
                .map(|link| position[link.to])
                .collect();
            sorted.sort_unstable();
            sorted
        })
        .collect()
}

/// How many pairs (a of `one`, b of `two`) have a above b, both sorted.
fn pairs_above(one: &[usize], two: &[usize]) -> usize {
    let mut count = 0;
    let mut below = 0;
    for &b in two {
        while below < one.len() && one[below] < b {
            below += 1;
        }
        count += below;
    }
    count
}

/// The number of crossings, counted with a tree of partial sums.
fn crossings(chains: &Chains, position: &[usize]) -> usize {
    let mut total = 0;
    let mut tree: Vec<usize> = Vec::new();
    let mut ends: Vec<usize> = Vec::new();
    for (index, column) in chains.columns.iter().enumerate() {
        let Some(next) = chains.columns.get(index + 1) else {
            break;
        };
        tree.clear();
        tree.resize(next.len() + 1, 0);
        let mut inserted = 0;
        for &vertex in column {
            ends.clear();
            ends.extend(chains.after[vertex].iter().map(|link| position[link.to]));
            ends.sort_unstable();
            for &end in &ends {
                // Edges seen before that end further down cross this one.
                let mut at = end + 1;
                let mut not_below = 0;
                while at > 0 {
                    not_below += tree[at];
                    at &= at - 1;
                }
                total += inserted - not_below;
            }
            for &end in &ends {
                let mut at = end + 1;
                while at < tree.len() {
                    tree[at] += 1;
                    at += at & at.wrapping_neg();
                }
                inserted += 1;
            }
        }
    }
    total
}
