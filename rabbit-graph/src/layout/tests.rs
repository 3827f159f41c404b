use proptest::prelude::*;

use super::*;

fn node(width: f64, height: f64, cluster: Option<usize>) -> Node {
    Node {
        size: Size::new(width, height),
        cluster,
    }
}

fn edge(from: usize, to: usize, label: Option<(f64, f64)>, class: u8) -> Edge {
    Edge {
        from,
        to,
        label: label.map(|(width, height)| Size::new(width, height)),
        class,
        returns: false,
    }
}

fn overlap(one: &Rect, two: &Rect) -> bool {
    const TOUCH: f64 = 1e-6;
    one.x + TOUCH < two.right()
        && two.x + TOUCH < one.right()
        && one.y + TOUCH < two.bottom()
        && two.y + TOUCH < one.bottom()
}

fn contains(outer: &Rect, inner: &Rect) -> bool {
    outer.x <= inner.x
        && outer.y <= inner.y
        && outer.right() >= inner.right()
        && outer.bottom() >= inner.bottom()
}

/// Points along a path, close enough to each other to hit every box.
fn sampled(path: &Path) -> Vec<Point> {
    let mut points = vec![path.start];
    let mut from = path.start;
    for segment in &path.segments {
        for step in 1..=24 {
            let t = f64::from(step) / 24.0;
            let u = 1.0 - t;
            points.push(match *segment {
                Segment::Line(end) => Point::new(u * from.x + t * end.x, u * from.y + t * end.y),
                Segment::Curve(one, two, end) => {
                    let (a, b, c, d) = (u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t);
                    Point::new(
                        a * from.x + b * one.x + c * two.x + d * end.x,
                        a * from.y + b * one.y + c * two.y + d * end.y,
                    )
                }
            });
        }
        from = segment.end();
    }
    points
}

fn well_formed(graph: &Graph, layout: &Layout) -> Result<(), String> {
    let whole = Rect {
        x: 0.0,
        y: 0.0,
        width: layout.size.width,
        height: layout.size.height,
    };
    for (index, rect) in layout.nodes.iter().enumerate() {
        let Size { width, height } = graph.nodes[index].size;
        if !(rect.x.is_finite() && rect.y.is_finite()) {
            return Err(format!("node {index} is at {rect:?}"));
        }
        if rect.width != width || rect.height != height || !contains(&whole, rect) {
            return Err(format!("node {index} is {rect:?} in {whole:?}"));
        }
    }
    let labels: Vec<(usize, Rect)> = layout
        .edges
        .iter()
        .enumerate()
        .filter_map(|(index, path)| path.label.map(|label| (index, label)))
        .collect();
    for (index, rect) in layout.nodes.iter().enumerate() {
        for (other, second) in layout.nodes.iter().enumerate().skip(index + 1) {
            if overlap(rect, second) {
                return Err(format!("nodes {index} and {other}: {rect:?} {second:?}"));
            }
        }
        for (edge, label) in &labels {
            if overlap(rect, label) {
                return Err(format!("node {index}, label of {edge}: {rect:?} {label:?}"));
            }
        }
    }
    for (index, (one, first)) in labels.iter().enumerate() {
        for (two, second) in &labels[index + 1..] {
            if overlap(first, second) {
                return Err(format!("labels of {one} and {two}: {first:?} {second:?}"));
            }
        }
    }
    clusters_well_formed(graph, layout)?;
    for (index, path) in layout.edges.iter().enumerate() {
        edge_well_formed(graph, layout, index, path)?;
    }
    Ok(())
}

fn clusters_well_formed(graph: &Graph, layout: &Layout) -> Result<(), String> {
    let around = |mut cluster: Option<usize>| {
        let mut all = Vec::new();
        while let Some(index) = cluster {
            all.push(index);
            cluster = graph.clusters[index].parent;
        }
        all
    };
    for (index, frame) in layout.clusters.iter().enumerate() {
        let own = around(Some(index));
        for (other, second) in layout.clusters.iter().enumerate().skip(index + 1) {
            let nested = around(Some(other)).contains(&index) || own.contains(&other);
            if nested && !contains(frame, second) {
                return Err(format!("cluster {other} is not in {index}"));
            }
            if !nested && overlap(frame, second) {
                return Err(format!(
                    "clusters {index} and {other}: {frame:?} {second:?}"
                ));
            }
        }
        for (node, rect) in layout.nodes.iter().enumerate() {
            let inside = around(graph.nodes[node].cluster).contains(&index);
            if inside && !contains(frame, rect) || !inside && overlap(frame, rect) {
                return Err(format!(
                    "node {node} and cluster {index}: {rect:?} {frame:?}"
                ));
            }
        }
    }
    Ok(())
}

fn edge_well_formed(
    graph: &Graph,
    layout: &Layout,
    index: usize,
    path: &Path,
) -> Result<(), String> {
    let given = graph.edges[index];
    if path.label.is_some() != given.label.is_some() {
        return Err(format!("edge {index} has lost its label"));
    }
    let touches = |rect: &Rect, at: Point| {
        at.x >= rect.x - 1e-6
            && at.x <= rect.right() + 1e-6
            && at.y >= rect.y - 1e-6
            && at.y <= rect.bottom() + 1e-6
    };
    if !touches(&layout.nodes[given.from], path.start)
        || !touches(&layout.nodes[given.to], path.end())
    {
        return Err(format!("edge {index} does not reach its nodes: {path:?}"));
    }
    let points = sampled(path);
    for (place, point) in points.iter().enumerate() {
        if !point.x.is_finite() || !point.y.is_finite() {
            return Err(format!("edge {index} goes to {point:?}"));
        }
        for (node, rect) in layout.nodes.iter().enumerate() {
            let inside = point.x > rect.x + 0.01
                && point.x < rect.right() - 0.01
                && point.y > rect.y + 0.01
                && point.y < rect.bottom() - 0.01;
            if inside && node != given.from && node != given.to {
                return Err(format!("edge {index} runs through node {node}"));
            }
        }
        if let Some(before) = place.checked_sub(1).map(|before| points[before]) {
            let jump = (before.x - point.x).abs() + (before.y - point.y).abs();
            if jump > layout.size.width + layout.size.height {
                return Err(format!("edge {index} jumps"));
            }
        }
    }
    Ok(())
}

fn graphs() -> impl Strategy<Value = Graph> {
    (1_usize..24, 0_usize..5).prop_flat_map(|(nodes, clusters)| {
        let parents = proptest::collection::vec(any::<Option<prop::sample::Index>>(), clusters);
        let boxes = proptest::collection::vec(
            (
                20.0..160.0_f64,
                16.0..60.0_f64,
                any::<prop::sample::Index>(),
                any::<bool>(),
            ),
            nodes,
        );
        let lines = proptest::collection::vec(
            (
                0..nodes,
                0..nodes,
                proptest::option::of((10.0..140.0_f64, 12.0..40.0_f64)),
                (0_u8..3, any::<bool>()),
            ),
            0..40,
        );
        (parents, boxes, lines).prop_map(move |(parents, boxes, lines)| Graph {
            clusters: parents
                .into_iter()
                .enumerate()
                .map(|(index, parent)| Cluster {
                    title: Size::new(60.0, 18.0),
                    parent: parent
                        .filter(|_| index > 0)
                        .map(|parent| parent.index(index)),
                })
                .collect(),
            nodes: boxes
                .into_iter()
                .map(|(width, height, cluster, inside)| {
                    let cluster = (inside && clusters > 0).then(|| cluster.index(clusters));
                    node(width, height, cluster)
                })
                .collect(),
            edges: lines
                .into_iter()
                .map(|(from, to, label, (class, returns))| Edge {
                    returns,
                    ..edge(from, to, label, class)
                })
                .collect(),
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_overlaps_and_everything_is_connected(graph in graphs()) {
        let layout = lay_out(&graph).unwrap();
        if let Err(why) = well_formed(&graph, &layout) {
            return Err(TestCaseError::fail(why));
        }
        prop_assert_eq!(&layout, &lay_out(&graph).unwrap());
    }
}

#[test]
fn nothing_at_all_is_laid_out_as_an_empty_picture() {
    let layout = lay_out(&Graph::default()).unwrap();
    assert!(layout.size.width > 0.0 && layout.size.height > 0.0);
}

#[test]
fn a_chain_runs_from_left_to_right_on_one_level() {
    let graph = Graph {
        nodes: vec![node(80.0, 30.0, None); 4],
        edges: vec![
            edge(0, 1, Some((40.0, 14.0)), 0),
            edge(1, 2, None, 0),
            edge(2, 3, Some((60.0, 14.0)), 1),
        ],
        clusters: Vec::new(),
    };
    let layout = lay_out(&graph).unwrap();
    for pair in layout.nodes.windows(2) {
        assert!(pair[0].right() < pair[1].x);
        assert_eq!(pair[0].y, pair[1].y);
    }
}

#[test]
fn a_circle_is_cut_where_the_class_says_so() {
    // exchange -> queue -> retry exchange -> retry queue -> exchange
    let mut graph = Graph {
        nodes: vec![node(80.0, 30.0, None); 4],
        edges: vec![
            edge(0, 1, None, 0),
            edge(1, 2, None, 1),
            edge(2, 3, None, 0),
            edge(3, 0, None, 2),
        ],
        clusters: Vec::new(),
    };
    let layout = lay_out(&graph).unwrap();
    assert!(layout.nodes[3].x > layout.nodes[0].x);
    graph.edges[3].class = 0;
    graph.edges[0].class = 2;
    let layout = lay_out(&graph).unwrap();
    assert!(layout.nodes[1].x < layout.nodes[0].x);
}

#[test]
fn an_edge_that_returns_runs_back_even_without_a_circle() {
    let mut graph = Graph {
        nodes: vec![node(80.0, 30.0, None); 4],
        edges: vec![
            edge(0, 1, None, 0),
            edge(2, 3, None, 0),
            edge(3, 0, None, 3),
        ],
        clusters: Vec::new(),
    };
    graph.edges[2].returns = true;
    let layout = lay_out(&graph).unwrap();
    assert!(layout.nodes[0].x < layout.nodes[3].x);
    well_formed(&graph, &layout).unwrap();
}

#[test]
fn a_tree_is_drawn_without_crossings() {
    let mut graph = Graph::default();
    graph.nodes.push(node(80.0, 30.0, None));
    for branch in 0..6 {
        let middle = graph.nodes.len();
        graph.nodes.push(node(80.0, 30.0, None));
        graph.edges.push(edge(0, middle, Some((30.0, 14.0)), 0));
        for _ in 0..branch {
            graph.edges.push(edge(middle, graph.nodes.len(), None, 0));
            graph.nodes.push(node(80.0, 30.0, None));
        }
    }
    let layout = lay_out(&graph).unwrap();
    well_formed(&graph, &layout).unwrap();
    // The order of the leaves is the order of their parents.
    let y = |node: usize| layout.nodes[node].center().y;
    let leaves: Vec<_> = graph.edges.iter().filter(|edge| edge.from != 0).collect();
    for one in &leaves {
        for two in &leaves {
            if y(one.from) < y(two.from) {
                assert!(y(one.to) < y(two.to));
            }
        }
    }
}

#[test]
fn more_than_can_be_looked_at_is_refused() {
    let graph = Graph {
        nodes: vec![node(80.0, 30.0, None); MOST_NODES + 1],
        ..Graph::default()
    };
    assert_eq!(lay_out(&graph), Err(TooLarge::Nodes(MOST_NODES + 1)));
    let graph = Graph {
        nodes: vec![node(80.0, 30.0, None); 2],
        edges: vec![edge(0, 1, None, 0); MOST_EDGES + 1],
        clusters: Vec::new(),
    };
    assert_eq!(lay_out(&graph), Err(TooLarge::Edges(MOST_EDGES + 1)));
}
