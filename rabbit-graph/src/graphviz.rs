//! An installed Graphviz as layout engine, for those who know its drawings.
//! It is given sizes and numbers only, no names: there is nothing to escape,
//! and the picture looks the same as with the built-in layout but for the
//! places.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use crate::error::{Error, Kind, Result};
use crate::layout::{Graph, Layout, Path, Point, Rect, Segment, Size};

/// The programs that are known to draw such graphs well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// Layers.
    Dot,
    /// Springs, for large graphs.
    Sfdp,
}

impl Engine {
    /// The name of the program.
    pub(crate) fn program(self) -> &'static str {
        match self {
            Engine::Dot => "dot",
            Engine::Sfdp => "sfdp",
        }
    }
}

const BORDER: f64 = 16.0;

/// Lays a graph out with Graphviz.
///
/// # Errors
/// When the program is not there, fails, or answers something else.
pub(crate) fn lay_out(graph: &Graph, engine: Engine) -> Result<Layout> {
    let program = engine.program();
    let failed = |what: &str| Error::new(Kind::System, program, what);
    let mut child = Command::new(program)
        .arg("-Tjson0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| {
            failed("cannot be started")
                .because(error)
                .hint("install Graphviz (package graphviz), or leave out --layout")
        })?;
    let input = dot(graph, engine);
    let mut stdin = child.stdin.take();
    let (output, written) = std::thread::scope(|scope| {
        // Written from beside, so that neither side waits for the other.
        let writer = scope.spawn(move || match &mut stdin {
            Some(stdin) => stdin.write_all(input.as_bytes()),
            None => Ok(()),
        });
        (child.wait_with_output(), writer.join())
    });
    let output = output.map_err(|error| failed("cannot be waited for").because(error))?;
    if !output.status.success() || !matches!(written, Ok(Ok(()))) {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(
            failed("failed").because(said.lines().next().unwrap_or("no reason given").to_owned())
        );
    }
    let answer: Json = serde_json::from_slice(&output.stdout)
        .map_err(|error| failed("answered something other than JSON").because(error))?;
    read(graph, &answer).ok_or_else(|| failed("answered without the place of an object"))
}

/// The room around what a frame holds, where Graphviz makes no frames.
const MARGIN: f64 = 10.0;
/// The room for its title.
const TITLE: f64 = 16.0;

/// The graph with sizes, in DOT. Graphviz counts in inches of 72 points; a
/// point here is a pixel.
fn dot(graph: &Graph, engine: Engine) -> String {
    let mut out = String::from(
        "digraph {\n  rankdir=LR; nodesep=0.28; ranksep=0.5; splines=true; overlap=prism;\n  \
         node [shape=box, fixedsize=true, label=\"\"];\n  edge [arrowsize=0.1];\n",
    );
    clusters(&mut out, graph, engine, None);
    for (index, edge) in graph.edges.iter().enumerate() {
        let _ = write!(out, "  n{} -> n{} [id=e{index}", edge.from, edge.to);
        if let Some(Size { width, height }) = edge.label {
            let _ = write!(
                out,
                ", label=<<table border=\"0\" cellborder=\"0\" cellpadding=\"0\" cellspacing=\"0\" \
                 fixedsize=\"true\" width=\"{width:.0}\" height=\"{height:.0}\"><tr><td></td></tr></table>>"
            );
        }
        out.push_str("];\n");
    }
    out.push_str("}\n");
    out
}

fn clusters(out: &mut String, graph: &Graph, engine: Engine, parent: Option<usize>) {
    for (index, cluster) in graph.clusters.iter().enumerate() {
        if cluster.parent != parent {
            continue;
        }
        let _ = writeln!(out, "subgraph cluster_{index} {{ margin=18;");
        if engine == Engine::Dot {
            let _ = writeln!(
                out,
                "label=<<table border=\"0\" fixedsize=\"true\" width=\"{:.0}\" height=\"14\"><tr><td></td></tr></table>>;",
                cluster.title.width
            );
        }
        clusters(out, graph, engine, Some(index));
        if is_empty(graph, index) {
            // Graphviz has no place for a frame around nothing.
            let _ = writeln!(out, "e{index} [width=0.6, height=0.3];");
        }
        out.push_str("}\n");
    }
    for (index, node) in graph.nodes.iter().enumerate() {
        if node.cluster == parent {
            let Size { width, height } = node.size;
            let _ = writeln!(
                out,
                "n{index} [width={:.4}, height={:.4}];",
                width / 72.0,
                height / 72.0
            );
        }
    }
}

fn is_empty(graph: &Graph, cluster: usize) -> bool {
    !(graph.nodes.iter().any(|node| node.cluster == Some(cluster))
        || graph.clusters.iter().any(|it| it.parent == Some(cluster)))
}

/// Numbers in a text such as `e,12,34.5 10,20`.
fn numbers(text: &str) -> Vec<f64> {
    text.split([',', ' '])
        .filter_map(|word| word.parse().ok())
        .filter(|number: &f64| number.is_finite())
        .collect()
}

fn read(graph: &Graph, answer: &Json) -> Option<Layout> {
    let bounds = numbers(answer["bb"].as_str()?);
    let [left, low, right, high] = bounds[..] else {
        return None;
    };
    let objects = answer["objects"].as_array().map_or(&[][..], Vec::as_slice);
    // sfdp knows no frames; they are put around what is in them, and need room.
    let framed = |object: &Json| {
        object["bb"].is_string() || !object["name"].as_str().unwrap_or_default().starts_with('c')
    };
    let border = if objects.iter().all(framed) {
        BORDER
    } else {
        BORDER + TITLE + graph.clusters.len().min(2) as f64 * MARGIN
    };
    // Graphviz counts from below.
    let flip = |x: f64, y: f64| Point::new(x - left + border, high - y + border);
    let mut layout = Layout {
        size: Size::new(right - left + 2.0 * border, high - low + 2.0 * border),
        nodes: vec![Rect::default(); graph.nodes.len()],
        edges: vec![Path::default(); graph.edges.len()],
        clusters: vec![Rect::default(); graph.clusters.len()],
    };
    let mut placed = 0;
    let mut empty: Vec<Option<Point>> = vec![None; graph.clusters.len()];
    let mut frames: Vec<bool> = vec![false; graph.clusters.len()];
    for object in objects {
        let name = object["name"].as_str()?;
        if let Some(index) = name.strip_prefix("cluster_") {
            let frame = numbers(object["bb"].as_str().unwrap_or_default());
            let [x0, y0, x1, y1] = frame[..] else {
                continue;
            };
            let corner = flip(x0, y1);
            let index = index.parse::<usize>().ok()?;
            *layout.clusters.get_mut(index)? = Rect {
                x: corner.x,
                y: corner.y,
                width: x1 - x0,
                height: y1 - y0,
            };
            frames[index] = true;
        } else if let Some(index) = name.strip_prefix('e') {
            let at = numbers(object["pos"].as_str()?);
            let center = flip(*at.first()?, *at.get(1)?);
            *empty.get_mut(index.parse::<usize>().ok()?)? = Some(center);
        } else if let Some(index) = name.strip_prefix('n') {
            let index: usize = index.parse().ok()?;
            let at = numbers(object["pos"].as_str()?);
            let center = flip(*at.first()?, *at.get(1)?);
            let Size { width, height } = graph.nodes.get(index)?.size;
            layout.nodes[index] = Rect {
                x: center.x - width / 2.0,
                y: center.y - height / 2.0,
                width,
                height,
            };
            placed += 1;
        }
    }
    for edge in answer["edges"].as_array().map_or(&[][..], Vec::as_slice) {
        let index: usize = edge["id"].as_str()?.strip_prefix('e')?.parse().ok()?;
        let Size { width, height } = graph.edges.get(index)?.label.unwrap_or_default();
        let mut path = spline(edge["pos"].as_str()?, &flip)?;
        if let Some(at) = edge["lp"].as_str().map(numbers) {
            let center = flip(*at.first()?, *at.get(1)?);
            path.label = Some(Rect {
                x: center.x - width / 2.0,
                y: center.y - height / 2.0,
                width,
                height,
            });
        }
        layout.edges[index] = path;
    }
    // What lies within comes later, so the last is framed first.
    for index in (0..graph.clusters.len()).rev() {
        if !frames[index] {
            layout.clusters[index] = frame(graph, &layout, index, empty[index]);
        }
    }
    (placed == graph.nodes.len()).then_some(layout)
}

/// The frame around what a cluster holds.
fn frame(graph: &Graph, layout: &Layout, cluster: usize, empty: Option<Point>) -> Rect {
    let nodes = (graph.nodes.iter().zip(&layout.nodes))
        .filter(|(node, _)| node.cluster == Some(cluster))
        .map(|(_, rect)| *rect);
    let inner = (graph.clusters.iter().zip(&layout.clusters))
        .filter(|(it, _)| it.parent == Some(cluster))
        .map(|(_, rect)| *rect);
    let point = empty.map(|at| Rect {
        x: at.x,
        y: at.y,
        ..Rect::default()
    });
    let mut edges: Option<[f64; 4]> = None;
    for rect in nodes.chain(inner).chain(point) {
        let [x0, y0, x1, y1] = [rect.x, rect.y, rect.x + rect.width, rect.y + rect.height];
        edges = Some(match edges {
            None => [x0, y0, x1, y1],
            Some(old) => [
                old[0].min(x0),
                old[1].min(y0),
                old[2].max(x1),
                old[3].max(y1),
            ],
        });
    }
    let [x0, y0, x1, y1] = edges.unwrap_or_default();
    let width = (x1 - x0).max(graph.clusters[cluster].title.width);
    Rect {
        x: x0 - MARGIN,
        y: y0 - MARGIN - TITLE,
        width: width + 2.0 * MARGIN,
        height: y1 - y0 + 2.0 * MARGIN + TITLE,
    }
}

/// `e,X,Y P0 C1 C2 P1 ...`: where the arrow ends, then Bézier curves.
fn spline(text: &str, flip: &dyn Fn(f64, f64) -> Point) -> Option<Path> {
    let mut end = None;
    let mut points = Vec::new();
    for word in text.split(' ') {
        let at = numbers(word);
        let (x, y) = (*at.first()?, *at.get(1)?);
        if word.starts_with("e,") {
            end = Some(flip(x, y));
        } else if !word.starts_with("s,") {
            points.push(flip(x, y));
        }
    }
    let mut path = Path {
        start: *points.first()?,
        ..Path::default()
    };
    for curve in points[1..].chunks_exact(3) {
        path.segments
            .push(Segment::Curve(curve[0], curve[1], curve[2]));
    }
    if let Some(end) = end {
        path.segments.push(Segment::Line(end));
    }
    Some(path)
}

#[cfg(test)]
#[path = "graphviz/tests.rs"]
mod tests;
