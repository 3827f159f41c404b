//! Gives every node its column.

/// The column of each node, from 0, such that every edge runs at least one
/// column to the right and the edges are short together. `edges` must be
/// free of circles; the third part of each is how much it wants to be short.
pub(super) fn columns(nodes: usize, edges: &[(usize, usize, usize)]) -> Vec<usize> {
    let mut after = vec![Vec::new(); nodes];
    let mut before = vec![Vec::new(); nodes];
    // How much each node is pulled to the right, less the pull to the left.
    let mut pull = vec![0_isize; nodes];
    for &(from, to, weight) in edges {
        after[from].push(to);
        before[to].push(from);
        pull[from] += weight as isize;
        pull[to] -= weight as isize;
    }
    let order = topological(&after, &before);

    let mut column = vec![0_usize; nodes];
    for &node in &order {
        column[node] = lowest(&before[node], &column);
    }
    // Longest paths push nothing to the right, but a node with more going out
    // than coming in belongs beside what follows it.
    for _ in 0..ROUNDS {
        let mut moved = false;
        for &node in order.iter().rev() {
            let low = lowest(&before[node], &column);
            let high = after[node].iter().map(|&to| column[to] - 1).min();
            let wanted = match high {
                Some(high) if pull[node] >= 0 => high,
                _ => low,
            };
            moved |= wanted != column[node];
            column[node] = wanted;
        }
        if !moved {
            break;
        }
    }
    let first = column.iter().copied().min().unwrap_or(0);
    for place in &mut column {
        *place -= first;
    }
    column
}

/// Enough for what was pushed once to pull its neighbours after it.
const ROUNDS: usize = 16;

fn lowest(before: &[usize], column: &[usize]) -> usize {
    before
        .iter()
        .map(|&from| column[from] + 1)
        .max()
        .unwrap_or(0)
}

fn topological(after: &[Vec<usize>], before: &[Vec<usize>]) -> Vec<usize> {
    let mut missing: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut order: Vec<usize> = (0..after.len())
        .filter(|&node| missing[node] == 0)
        .collect();
    let mut next = 0;
    while next < order.len() {
        let node = order[next];
        next += 1;
        for &to in &after[node] {
            missing[to] -= 1;
            if missing[to] == 0 {
                order.push(to);
            }
        }
    }
    debug_assert_eq!(order.len(), after.len(), "a circle is left");
    order
}
