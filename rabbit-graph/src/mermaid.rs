//! Writes a picture as a Mermaid flow chart, in the form that GitHub shows in
//! Markdown.
//!
//! Nodes are named by their place (`n0`, `n1`), so that no name can be taken
//! for syntax; names are in quoted labels, with everything but letters,
//! digits and a few marks as character references (`#35;`).

use std::fmt::Write as _;

use crate::picture::style::{Dash, Shape, Theme};
use crate::picture::{Edge, Mark, Node, NodeKind, Picture};
use crate::text::visible;

/// The longest text that Mermaid renders with its own settings, which GitHub
/// uses (`maxTextSize`).
pub const MOST_CHARACTERS: usize = 50_000;
/// The most edges (`maxEdges`).
pub const MOST_EDGES: usize = 500;

/// Why a picture does not fit into a Mermaid diagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooLarge {
    /// More edges than [`MOST_EDGES`].
    Edges(usize),
    /// More characters than [`MOST_CHARACTERS`].
    Characters(usize),
}

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TooLarge::Edges(edges) => write!(f, "{edges} edges, at most {MOST_EDGES} are drawn"),
            TooLarge::Characters(characters) => {
                write!(
                    f,
                    "{characters} characters, at most {MOST_CHARACTERS} are drawn"
                )
            }
        }
    }
}

impl std::error::Error for TooLarge {}

/// Names longer than this are cut: a diagram is not the place for them.
const LABEL: usize = 80;
/// Keys on one edge.
const KEYS: usize = 5;

/// The picture as the text of a Mermaid diagram, without a fence around it.
///
/// # Errors
/// When the renderer would refuse it.
pub fn write(picture: &Picture, theme: Theme) -> Result<String, TooLarge> {
    if picture.edges.len() > MOST_EDGES {
        return Err(TooLarge::Edges(picture.edges.len()));
    }
    let mut out = String::new();
    if !picture.title.is_empty() {
        // The front matter is YAML; a JSON string is one, too.
        let title = visible(&picture.title);
        let _ = writeln!(out, "---\ntitle: {}\n---", serde_json::json!(title));
    }
    out.push_str("flowchart LR\n");
    clusters(&mut out, picture, None, 1);
    for (index, node) in picture.nodes.iter().enumerate() {
        if node.cluster.is_none() {
            write_node(&mut out, index, node, 1);
        }
    }
    for edge in &picture.edges {
        write_edge(&mut out, edge);
    }
    styles(&mut out, picture, theme);
    let characters = out.chars().count();
    if characters > MOST_CHARACTERS {
        return Err(TooLarge::Characters(characters));
    }
    Ok(out)
}

fn clusters(out: &mut String, picture: &Picture, parent: Option<usize>, depth: usize) {
    let indent = "  ".repeat(depth);
    for (index, cluster) in picture.clusters.iter().enumerate() {
        if cluster.parent.map(|parent| parent.get()) != parent {
            continue;
        }
        let _ = writeln!(
            out,
            "{indent}subgraph c{index}[\"{}\"]",
            text(&cluster.name)
        );
        // An empty subgraph would be drawn as a node.
        clusters(out, picture, Some(index), depth + 1);
        for (node, drawn) in picture.nodes.iter().enumerate() {
            if drawn.cluster.is_some_and(|cluster| cluster.get() == index) {
                write_node(out, node, drawn, depth + 1);
            }
        }
        let _ = writeln!(out, "{indent}end");
    }
}

fn write_node(out: &mut String, index: usize, node: &Node, depth: usize) {
    let (open, close) = match Theme::Light.node(node.kind).shape {
        Shape::Circle => ("((", "))"),
        Shape::Ellipse | Shape::Cloud => ("([", "])"),
        Shape::Trapezium => ("[\\", "/]"),
        Shape::Diamond | Shape::Octagon | Shape::Hexagon => ("{{", "}}"),
        Shape::Parallelogram => ("[/", "/]"),
        Shape::Box => ("[", "]"),
        Shape::DoubleBox => ("[[", "]]"),
        Shape::Cylinder => ("[(", ")]"),
        Shape::RoundedBox => ("(", ")"),
        Shape::Person => (">", "]"),
    };
    let sign = node.mark.map_or("", sign);
    let mut badges = String::new();
    for badge in &node.badges {
        let _ = write!(badges, " · {}", badge.short());
    }
    let mut notes = String::new();
    for note in &node.notes {
        let _ = write!(notes, "<br/>{}", text(note));
    }
    let _ = writeln!(
        out,
        "{}n{index}{open}\"{sign}{}<br/><small>{}{}{notes}</small>\"{close}:::{}",
        "  ".repeat(depth),
        text(node.label()),
        text(&node.kind_label()),
        text(&badges),
        class(node.kind),
    );
}

fn write_edge(out: &mut String, edge: &Edge) {
    let line = match Theme::Light.edge(edge.kind).dash {
        Dash::Solid => "-->",
        Dash::Bold => "==>",
        Dash::Dashed | Dash::Dotted => "-.->",
    };
    let mut lines: Vec<String> = edge.label_lines().iter().map(|line| text(line)).collect();
    if lines.len() > KEYS {
        let more = lines.len() - (KEYS - 1);
        lines.truncate(KEYS - 1);
        lines.push(format!("… and {more} more"));
    }
    // Mermaid knows three kinds of lines only, so the rest is told in words.
    if !matches!(
        edge.kind,
        crate::picture::EdgeKind::Binding | crate::picture::EdgeKind::ExchangeBinding
    ) {
        lines.insert(0, edge.kind.label().to_owned());
    }
    if edge.count as usize > edge.keys.len().max(1) {
        lines.push(format!("× {}", edge.count));
    }
    if let Some(mark) = edge.mark {
        lines.insert(0, sign(mark).trim().to_owned());
    }
    let (source, target) = (edge.source.get(), edge.target.get());
    if lines.is_empty() {
        let _ = writeln!(out, "  n{source} {line} n{target}");
    } else {
        let _ = writeln!(
            out,
            "  n{source} {line}|\"{}\"| n{target}",
            lines.join("<br/>")
        );
    }
}

fn sign(mark: Mark) -> &'static str {
    match mark {
        Mark::Added => "+ ",
        Mark::Removed => "− ",
        Mark::Changed => "~ ",
    }
}

fn class(kind: NodeKind) -> String {
    match kind.shape_id() {
        Some(shape) => format!("{}-{shape}", kind.id()),
        None => kind.id().to_owned(),
    }
}

fn styles(out: &mut String, picture: &Picture, theme: Theme) {
    let legend = picture.legend();
    for kind in legend.nodes {
        let style = theme.node(kind);
        let dash = if style.dashed {
            ",stroke-dasharray:5 3"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "  classDef {} fill:{},stroke:{},color:{}{dash}",
            class(kind),
            style.fill,
            style.line,
            style.text
        );
    }
    for (index, node) in picture.nodes.iter().enumerate() {
        if let Some(mark) = node.mark {
            let _ = writeln!(
                out,
                "  style n{index} stroke:{},stroke-width:3px",
                theme.mark(mark).0
            );
        }
    }
    // One line for each colour keeps the text short.
    let mut colors: Vec<(&str, Vec<String>)> = Vec::new();
    for (index, edge) in picture.edges.iter().enumerate() {
        let color = match edge.mark {
            Some(mark) => theme.mark(mark).0,
            None => theme.edge(edge.kind).color,
        };
        match colors.iter_mut().find(|(known, _)| *known == color) {
            Some((_, edges)) => edges.push(index.to_string()),
            None => colors.push((color, vec![index.to_string()])),
        }
    }
    for (color, edges) in colors {
        let _ = writeln!(out, "  linkStyle {} stroke:{color}", edges.join(","));
    }
}

/// Text for a quoted label. Mermaid reads `#NUMBER;` as a character in every
/// label, and nothing that is left can be Markdown, HTML or syntax.
fn text(name: &str) -> String {
    let mut label = String::with_capacity(name.len());
    let shown = visible(name);
    let long = shown.chars().count() > LABEL;
    for c in shown.chars().take(if long { LABEL - 1 } else { LABEL }) {
        if c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | ':' | ',' | '=' | '(' | ')') {
            label.push(c);
        } else {
            let _ = write!(label, "#{};", u32::from(c));
        }
    }
    if long {
        label.push('…');
    }
    label
}

#[cfg(test)]
#[path = "mermaid/tests.rs"]
mod tests;
