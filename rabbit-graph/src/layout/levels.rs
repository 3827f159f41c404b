//! Goes through the clusters from outside to inside and back: an edge
//! between two clusters runs through a door in the frame of each.

use super::component::{self, Part, PartEdge, PartNode, Stand};
use super::cycles::{self, Directed};
use super::pack::{self, Item};
use super::{Graph, Layout, Path, Point, Rect, Size, TooLarge};

/// Between the frame of a cluster and what is in it.
const PADDING: f64 = 18.0;
/// Around the whole picture.
const BORDER: f64 = 16.0;

pub(super) fn lay_out(graph: &Graph) -> Result<Layout, TooLarge> {
    let mut work = Work {
        graph,
        above: graph
            .nodes
            .iter()
            .map(|node| ancestors(graph, node.cluster))
            .collect(),
        layout: Layout {
            size: Size::default(),
            nodes: vec![Rect::default(); graph.nodes.len()],
            edges: vec![Path::default(); graph.edges.len()],
            clusters: vec![Rect::default(); graph.clusters.len()],
        },
    };
    let everything = Level {
        cluster: None,
        depth: 0,
        nodes: (0..graph.nodes.len()).collect(),
        edges: (0..graph.edges.len())
            .map(|edge| Through {
                edge,
                from: End::Inside,
                to: End::Inside,
            })
            .collect(),
    };
    let placed = work.level(&everything)?;
    let Size { width, height } = placed.size;
    work.move_all(&placed.members, BORDER, BORDER);
    let mut layout = work.layout;
    layout.edges = vec![Path::default(); graph.edges.len()];
    for (edge, pieces) in placed.paths {
        let mut path = pieces;
        path.shift(BORDER, BORDER);
        layout.edges[edge] = path;
    }
    layout.size = Size::new(width + 2.0 * BORDER, height + 2.0 * BORDER);
    Ok(layout)
}

/// The clusters around a node, from the outermost.
fn ancestors(graph: &Graph, cluster: Option<usize>) -> Vec<usize> {
    let mut above = Vec::new();
    let mut next = cluster;
    while let Some(cluster) = next {
        above.push(cluster);
        // A frame stands in one that was given before it: no circles.
        next = graph.clusters[cluster]
            .parent
            .filter(|&parent| parent < cluster);
    }
    above.reverse();
    above
}

struct Work<'a> {
    graph: &'a Graph,
    above: Vec<Vec<usize>>,
    layout: Layout,
}

/// One cluster, or the picture as a whole.
struct Level {
    cluster: Option<usize>,
    /// How many clusters are around its direct members.
    depth: usize,
    nodes: Vec<usize>,
    edges: Vec<Through>,
}

/// An edge with at least one end in a level.
#[derive(Clone, Copy)]
struct Through {
    edge: usize,
    from: End,
    to: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Inside,
    BeyondLeftDoor,
    BeyondRightDoor,
}

/// A level with its places relative to its own upper left corner.
struct Placed {
    size: Size,
    members: Members,
    /// Edges, from where they start or come in to where they end or go out.
    paths: Vec<(usize, Path)>,
}

#[derive(Default)]
struct Members {
    nodes: Vec<usize>,
    clusters: Vec<usize>,
}

/// What a level lays out: a node, a cluster as a box, or a door.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Thing {
    Node(usize),
    Cluster(usize),
    Door(Stand),
}

/// An edge between two things of a level.
struct Span {
    through: Through,
    from: usize,
    to: usize,
    turned: bool,
}

impl Work<'_> {
    fn level(&mut self, level: &Level) -> Result<Placed, TooLarge> {
        let (mut things, children) = self.things(level);
        let thing_of = self.index_things(&things, level);
        let mut spans = Vec::new();
        let mut inner: Vec<Vec<Through>> = vec![Vec::new(); children.len()];
        for &through in &level.edges {
            let edge = &self.graph.edges[through.edge];
            let mut end = |end: End, node: usize| match end {
                End::Inside => thing_of(self.inside(node, level)),
                End::BeyondLeftDoor => {
                    things.push(Thing::Door(Stand::LeftDoor));
                    things.len() - 1
                }
                End::BeyondRightDoor => {
                    things.push(Thing::Door(Stand::RightDoor));
                    things.len() - 1
                }
            };
            let (from, to) = (end(through.from, edge.from), end(through.to, edge.to));
            match things[from] {
                Thing::Cluster(_) if from == to => inner[from].push(through),
                _ => spans.push(Span {
                    through,
                    from,
                    to,
                    turned: false,
                }),
            }
        }
        self.turn_around(&things, &mut spans);
        for span in &spans {
            // The left end goes out of its cluster by the right door.
            let (left, right) = if span.turned {
                (span.to, span.from)
            } else {
                (span.from, span.to)
            };
            let mut through = |thing: usize, beyond: End| {
                if matches!(things[thing], Thing::Cluster(_)) {
                    let is_source = thing == span.from;
                    inner[thing].push(Through {
                        edge: span.through.edge,
                        from: if is_source { End::Inside } else { beyond },
                        to: if is_source { beyond } else { End::Inside },
                    });
                }
            };
            through(left, End::BeyondRightDoor);
            through(right, End::BeyondLeftDoor);
        }

        let mut placed_children = Vec::new();
        for (child, edges) in children.into_iter().zip(inner) {
            placed_children.push(self.level(&Level { edges, ..child })?);
        }
        self.arrange(level, &things, &spans, placed_children)
    }

    /// What stands directly in a level: its clusters first, then its nodes.
    fn things(&self, level: &Level) -> (Vec<Thing>, Vec<Level>) {
        let mut clusters: Vec<usize> = Vec::new();
        let mut members: Vec<Vec<usize>> = Vec::new();
        let mut index = vec![usize::MAX; self.graph.clusters.len()];
        let mut direct = Vec::new();
        for &node in &level.nodes {
            match self.above[node].get(level.depth) {
                Some(&cluster) => {
                    if index[cluster] == usize::MAX {
                        index[cluster] = clusters.len();
                        clusters.push(cluster);
                        members.push(Vec::new());
                    }
                    members[index[cluster]].push(node);
                }
                None => direct.push(Thing::Node(node)),
            }
        }
        // A frame with nothing in it is still there to be seen.
        for (cluster, given) in self.graph.clusters.iter().enumerate() {
            let parent = given.parent.filter(|&parent| parent < cluster);
            if parent == level.cluster && index[cluster] == usize::MAX {
                clusters.push(cluster);
                members.push(Vec::new());
            }
        }
        let children = clusters
            .iter()
            .zip(members)
            .map(|(&cluster, nodes)| Level {
                cluster: Some(cluster),
                depth: level.depth + 1,
                nodes,
                edges: Vec::new(),
            })
            .collect();
        let mut things: Vec<Thing> = clusters.into_iter().map(Thing::Cluster).collect();
        things.extend(direct);
        (things, children)
    }

    /// The thing of a level that a node is, or is in.
    fn inside(&self, node: usize, level: &Level) -> Thing {
        match self.above[node].get(level.depth) {
            Some(&cluster) => Thing::Cluster(cluster),
            None => Thing::Node(node),
        }
    }

    fn index_things(&self, things: &[Thing], level: &Level) -> impl Fn(Thing) -> usize + use<> {
        let mut nodes = vec![
            usize::MAX;
            if level.nodes.is_empty() {
                0
            } else {
                self.graph.nodes.len()
            }
        ];
        let mut clusters = vec![usize::MAX; self.graph.clusters.len()];
        for (index, thing) in things.iter().enumerate() {
            match *thing {
                Thing::Node(node) => nodes[node] = index,
                Thing::Cluster(cluster) => clusters[cluster] = index,
                Thing::Door(_) => {}
            }
        }
        move |thing| match thing {
            Thing::Node(node) => nodes[node],
            Thing::Cluster(cluster) => clusters[cluster],
            Thing::Door(_) => usize::MAX,
        }
    }

    /// Decides which edges run from right to left. A door decides for its
    /// edges.
    fn turn_around(&self, things: &[Thing], spans: &mut [Span]) {
        let mut free = Vec::new();
        for (index, span) in spans.iter_mut().enumerate() {
            let doors = (things[span.from], things[span.to]);
            span.turned = matches!(
                doors,
                (Thing::Door(Stand::RightDoor), _) | (_, Thing::Door(Stand::LeftDoor))
            );
            let has_door = matches!(doors, (Thing::Door(_), _) | (_, Thing::Door(_)));
            if !has_door && span.from != span.to {
                free.push(index);
            }
        }
        let directed: Vec<_> = free
            .iter()
            .map(|&index| {
                let span = &spans[index];
                let edge = &self.graph.edges[span.through.edge];
                Directed {
                    from: span.from,
                    to: span.to,
                    class: edge.class,
                    returns: edge.returns,
                }
            })
            .collect();
        let turned = cycles::turned_around(things.len(), &directed);
        for (index, turned) in free.into_iter().zip(turned) {
            spans[index].turned = turned;
        }
    }

    /// Lays out the connected parts of a level, packs them, and joins the
    /// edges with what runs inside the clusters.
    fn arrange(
        &mut self,
        level: &Level,
        things: &[Thing],
        spans: &[Span],
        children: Vec<Placed>,
    ) -> Result<Placed, TooLarge> {
        let parts = connected(things.len(), spans);
        let mut local = vec![0; things.len()];
        for part in &parts {
            for (index, &thing) in part.things.iter().enumerate() {
                local[thing] = index;
            }
        }
        let size_of = |thing: usize| match things[thing] {
            Thing::Node(node) => self.graph.nodes[node].size,
            Thing::Cluster(_) => children[thing].size,
            Thing::Door(_) => Size::default(),
        };
        let attached = |thing: usize, edge: usize, leaves: bool| match things[thing] {
            Thing::Cluster(_) => children[thing].door(edge, leaves),
            Thing::Node(_) | Thing::Door(_) => None,
        };

        let mut singles = Vec::new();
        let mut laid_out = Vec::new();
        for part in &parts {
            if part.spans.is_empty() && matches!(things[part.things[0]], Thing::Node(_)) {
                singles.push(part.things[0]);
                continue;
            }
            let input = Part {
                nodes: part
                    .things
                    .iter()
                    .map(|&thing| PartNode {
                        size: size_of(thing),
                        stand: match things[thing] {
                            Thing::Door(stand) => stand,
                            Thing::Node(_) | Thing::Cluster(_) => Stand::Anywhere,
                        },
                    })
                    .collect(),
                edges: part
                    .spans
                    .iter()
                    .map(|&index| {
                        let span = &spans[index];
                        let edge = &self.graph.edges[span.through.edge];
                        // The label stands where the whole edge is in sight.
                        let whole =
                            span.through.from == End::Inside && span.through.to == End::Inside;
                        PartEdge {
                            from: local[span.from],
                            to: local[span.to],
                            label: edge.label.filter(|_| whole),
                            class: edge.class,
                            turned: span.turned,
                            attached: (
                                attached(span.from, span.through.edge, true),
                                attached(span.to, span.through.edge, false),
                            ),
                        }
                    })
                    .collect(),
            };
            laid_out.push((part, component::lay_out(&input)?));
        }

        let mut items: Vec<Item> = laid_out
            .iter()
            .map(|(part, placed)| Item {
                size: placed.size,
                alone: part
                    .things
                    .iter()
                    .any(|&thing| matches!(things[thing], Thing::Door(_))),
            })
            .collect();
        let single_sizes: Vec<Size> = singles.iter().map(|&thing| size_of(thing)).collect();
        let widest = items.iter().map(|item| item.size.width).fold(0.0, f64::max);
        let (single_places, table) = pack::table(&single_sizes, widest);
        if !singles.is_empty() {
            items.push(Item {
                size: table,
                alone: false,
            });
        }
        let (places, content) = pack::pack(&items, pack::MARGIN);
        let (origin, size) = self.frame(level, content);

        let mut boxes = vec![Rect::default(); things.len()];
        let mut paths: Vec<(usize, Path)> = Vec::new();
        for ((part, placed), place) in laid_out.into_iter().zip(&places) {
            let (dx, dy) = (origin.x + place.x, origin.y + place.y);
            for (&thing, mut rect) in part.things.iter().zip(placed.nodes) {
                rect.shift(dx, dy);
                boxes[thing] = rect;
            }
            for (&span, mut path) in part.spans.iter().zip(placed.edges) {
                path.shift(dx, dy);
                paths.push((span, path));
            }
        }
        if let Some(place) = places.get(parts.len() - singles.len()) {
            for (&thing, single) in singles.iter().zip(&single_places) {
                let Size { width, height } = size_of(thing);
                boxes[thing] = Rect {
                    x: origin.x + place.x + single.x,
                    y: origin.y + place.y + single.y,
                    width,
                    height,
                };
            }
        }
        let joined = join(things, spans, paths, &children, &boxes, size);
        let members = self.settle(level, things, &children, &boxes, size);
        Ok(Placed {
            size,
            members,
            paths: joined,
        })
    }

    /// Where the content of a level begins, and its size with its frame.
    fn frame(&self, level: &Level, content: Size) -> (Point, Size) {
        let Some(cluster) = level.cluster else {
            return (Point::default(), content);
        };
        let title = self.graph.clusters[cluster].title;
        let top = PADDING + title.height;
        (
            Point::new(PADDING, top),
            Size::new(
                content.width.max(title.width) + 2.0 * PADDING,
                content.height + top + PADDING,
            ),
        )
    }

    /// Writes down where the members of a level are, relative to it.
    fn settle(
        &mut self,
        level: &Level,
        things: &[Thing],
        children: &[Placed],
        boxes: &[Rect],
        size: Size,
    ) -> Members {
        let mut members = Members::default();
        for (index, thing) in things.iter().enumerate() {
            match *thing {
                Thing::Node(node) => {
                    self.layout.nodes[node] = boxes[index];
                    members.nodes.push(node);
                }
                Thing::Cluster(_) => {
                    let inner = &children[index].members;
                    self.move_all(inner, boxes[index].x, boxes[index].y);
                    members.nodes.extend(&inner.nodes);
                    members.clusters.extend(&inner.clusters);
                }
                Thing::Door(_) => {}
            }
        }
        if let Some(cluster) = level.cluster {
            self.layout.clusters[cluster] = Rect {
                x: 0.0,
                y: 0.0,
                width: size.width,
                height: size.height,
            };
            members.clusters.push(cluster);
        }
        members
    }

    fn move_all(&mut self, members: &Members, dx: f64, dy: f64) {
        for &node in &members.nodes {
            self.layout.nodes[node].shift(dx, dy);
        }
        for &cluster in &members.clusters {
            self.layout.clusters[cluster].shift(dx, dy);
        }
    }
}

impl Placed {
    /// How far below its middle an edge goes through the frame.
    fn door(&self, edge: usize, leaves: bool) -> Option<f64> {
        let index = self.paths.binary_search_by_key(&edge, |path| path.0).ok()?;
        let path = &self.paths[index].1;
        let at = if leaves { path.end() } else { path.start };
        Some(at.y - self.size.height / 2.0)
    }
}

/// Joins what runs between the things of a level with what runs inside them.
fn join(
    things: &[Thing],
    spans: &[Span],
    between: Vec<(usize, Path)>,
    children: &[Placed],
    boxes: &[Rect],
    size: Size,
) -> Vec<(usize, Path)> {
    let inside = |thing: usize, edge: usize| -> Option<Path> {
        let Thing::Cluster(_) = things[thing] else {
            return None;
        };
        let paths = &children[thing].paths;
        let index = paths.binary_search_by_key(&edge, |path| path.0).ok()?;
        let mut path = paths[index].1.clone();
        path.shift(boxes[thing].x, boxes[thing].y);
        Some(path)
    };
    let to_frame = |thing: usize, at: Point| match things[thing] {
        Thing::Door(Stand::LeftDoor) => Some(Point::new(0.0, at.y)),
        Thing::Door(Stand::RightDoor) => Some(Point::new(size.width, at.y)),
        _ => None,
    };
    let mut used = vec![Vec::new(); children.len()];
    let mut joined = Vec::new();
    for (index, path) in between {
        let Span {
            through, from, to, ..
        } = &spans[index];
        let mut whole = inside(*from, through.edge).unwrap_or_default();
        if let Some(start) = to_frame(*from, path.start) {
            whole.start = start;
            whole.line_to(path.start);
        } else if matches!(things[*from], Thing::Cluster(_)) {
            used[*from].push(through.edge);
        } else {
            whole.start = path.start;
        }
        whole.append(path);
        if let Some(rest) = inside(*to, through.edge) {
            used[*to].push(through.edge);
            whole.append(rest);
        } else if let Some(end) = to_frame(*to, whole.end()) {
            whole.line_to(end);
        }
        joined.push((through.edge, whole));
    }
    for (thing, child) in children.iter().enumerate() {
        used[thing].sort_unstable();
        for (edge, path) in &child.paths {
            if used[thing].binary_search(edge).is_err() {
                let mut path = path.clone();
                path.shift(boxes[thing].x, boxes[thing].y);
                joined.push((*edge, path));
            }
        }
    }
    joined.sort_by_key(|path| path.0);
    joined
}

/// Things that are connected, and what connects them.
struct Connected {
    things: Vec<usize>,
    spans: Vec<usize>,
}

fn connected(count: usize, spans: &[Span]) -> Vec<Connected> {
    let mut leader: Vec<usize> = (0..count).collect();
    fn find(leader: &mut [usize], mut thing: usize) -> usize {
        while leader[thing] != thing {
            leader[thing] = leader[leader[thing]];
            thing = leader[thing];
        }
        thing
    }
    for span in spans {
        let (one, two) = (find(&mut leader, span.from), find(&mut leader, span.to));
        leader[one.max(two)] = one.min(two);
    }
    let mut part_of = vec![usize::MAX; count];
    let mut parts: Vec<Connected> = Vec::new();
    for thing in 0..count {
        let lead = find(&mut leader, thing);
        if part_of[lead] == usize::MAX {
            part_of[lead] = parts.len();
            parts.push(Connected {
                things: Vec::new(),
                spans: Vec::new(),
            });
        }
        parts[part_of[lead]].things.push(thing);
    }
    for (index, span) in spans.iter().enumerate() {
        let lead = find(&mut leader, span.from);
        parts[part_of[lead]].spans.push(index);
    }
    parts
}
