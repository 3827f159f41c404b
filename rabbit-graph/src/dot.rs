//! Graphviz: the DOT language.
//!
//! Every text is escaped here and nowhere else: in a quoted string `"` and
//! `\` get a backslash, `&` becomes `&amp;` because Graphviz reads entities,
//! and characters that no label can hold are shown by their symbols.

mod escape;

use std::fmt::Write as _;
use std::io::{self, Write};

use self::escape::{attribute_lines, escaped, text, tooltip};
use crate::picture::style::{Arrow, Dash, Shape, Theme};
use crate::picture::{ClusterIndex, ClusterKind, Edge, EdgeKind, Mark, Node, NodeKind, Picture};

/// How to write.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The colours.
    pub theme: Theme,
    /// Whether to explain them.
    pub legend: bool,
}

/// A label shows at most so many keys of an edge.
const MOST_KEYS: usize = 12;

/// Writes a picture as DOT.
///
/// # Errors
/// When `out` fails.
pub fn write(picture: &Picture, options: Options, out: &mut dyn Write) -> io::Result<()> {
    Writer {
        picture,
        options,
        out,
        text: String::with_capacity(2 * FULL),
    }
    .write()
}

/// Text is handed on when there is so much of it: half a million edges are
/// too many to write one word at a time.
const FULL: usize = 64 * 1024;

struct Writer<'a> {
    picture: &'a Picture,
    options: Options,
    out: &'a mut dyn Write,
    /// What is not yet written to `out`.
    text: String,
}

impl Writer<'_> {
    /// Writes the text, if it is that long.
    fn hand_on(&mut self, least: usize) -> io::Result<()> {
        if self.text.len() >= least {
            self.out.write_all(self.text.as_bytes())?;
            self.text.clear();
        }
        Ok(())
    }

    fn write(mut self) -> io::Result<()> {
        let colors = self.options.theme.palette();
        self.text.push_str("digraph rabbitmq {\n");
        let _ = writeln!(
            self.text,
            "  charset=\"UTF-8\" rankdir=LR compound=true nodesep=0.25 ranksep=0.9"
        );
        let _ = writeln!(
            self.text,
            "  fontname=\"Helvetica,Arial,sans-serif\" bgcolor=\"{}\" fontcolor=\"{}\"",
            colors.background, colors.text
        );
        let _ = writeln!(
            self.text,
            "  node [fontname=\"Helvetica,Arial,sans-serif\" fontsize=11 style=filled fontcolor=\"{}\"]",
            colors.text
        );
        let _ = writeln!(
            self.text,
            "  edge [fontname=\"Helvetica,Arial,sans-serif\" fontsize=9 fontcolor=\"{}\"]",
            colors.text
        );
        self.text.push_str("  tooltip=");
        text(&mut self.text, &self.picture.title);
        self.text.push('\n');
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); self.picture.clusters.len()];
        let mut free = Vec::new();
        for (at, node) in self.picture.nodes.iter().enumerate() {
            match node.cluster {
                Some(cluster) => members[cluster.get()].push(at),
                None => free.push(at),
            }
        }
        self.nodes(&free, 1)?;
        let mut inner: Vec<Vec<ClusterIndex>> = vec![Vec::new(); self.picture.clusters.len()];
        let mut outer = Vec::new();
        for (at, cluster) in self.picture.clusters.iter().enumerate() {
            match cluster.parent {
                Some(parent) => inner[parent.get()].push(ClusterIndex(at as u32)),
                None => outer.push(ClusterIndex(at as u32)),
            }
        }
        for cluster in outer {
            self.cluster(cluster, &members, &inner, 1)?;
        }
        self.edges()?;
        if self.options.legend {
            self.legend();
        }
        self.text.push_str("}\n");
        self.hand_on(0)
    }

    fn cluster(
        &mut self,
        index: ClusterIndex,
        members: &[Vec<usize>],
        inner: &[Vec<ClusterIndex>],
        depth: usize,
    ) -> io::Result<()> {
        let picture = self.picture;
        let cluster = &picture.clusters[index.get()];
        let colors = self.options.theme.palette();
        let pad = "  ".repeat(depth);
        let _ = writeln!(
            self.text,
            "{pad}subgraph \"cluster/{}\" {{",
            identifier(&cluster.id)
        );
        let (name, fill) = match cluster.kind {
            ClusterKind::VirtualHost => ("virtual host ", colors.cluster_fill),
            ClusterKind::Prefix => ("", colors.group_fill),
        };
        let sign = cluster
            .mark
            .map_or("", |mark| sign(self.options.theme, mark));
        let _ = write!(self.text, "{pad}  label=");
        text(&mut self.text, &format!("{sign}{name}{}", cluster.name));
        let line = match cluster.mark {
            Some(mark) => self.options.theme.mark(mark).0,
            None => colors.cluster_line,
        };
        let _ = write!(
            self.text,
            " labeljust=l fontsize=12 style=\"filled,rounded\" fillcolor=\"{fill}\" color=\"{line}\"",
        );
        tooltip(&mut self.text, &cluster.attributes);
        self.text.push('\n');
        if members[index.get()].is_empty() && inner[index.get()].is_empty() {
            // Graphviz leaves out clusters without nodes.
            let _ = writeln!(
                self.text,
                "{pad}  \"empty/{}\" [shape=plaintext style=\"\" label=\"(empty)\"]",
                identifier(&cluster.id)
            );
        }
        self.nodes(&members[index.get()], depth + 1)?;
        for cluster in &inner[index.get()] {
            self.cluster(*cluster, members, inner, depth + 1)?;
        }
        let _ = writeln!(self.text, "{pad}}}");
        Ok(())
    }

    /// Nodes one kind after the other, so that what they share is written
    /// once.
    fn nodes(&mut self, members: &[usize], depth: usize) -> io::Result<()> {
        let picture = self.picture;
        for kind in NodeKind::ALL {
            let mut found = (members.iter().map(|at| &picture.nodes[*at]))
                .filter(|node| node.kind == kind)
                .peekable();
            if found.peek().is_none() {
                continue;
            }
            let pad = "  ".repeat(depth);
            let _ = writeln!(
                self.text,
                "{pad}{{ node [{}]",
                node_style(self.options.theme, kind)
            );
            for node in found {
                let _ = write!(self.text, "{pad}  ");
                self.node(node);
                self.hand_on(FULL)?;
            }
            let _ = writeln!(self.text, "{pad}}}");
        }
        Ok(())
    }

    fn node(&mut self, node: &Node) {
        for part in ["\"", identifier(&node.id), "\" [label=\""] {
            self.text.push_str(part);
        }
        if let Some(mark) = node.mark {
            escaped(&mut self.text, sign(self.options.theme, mark));
        }
        escaped(&mut self.text, node.label());
        let kind = node.kind_label();
        self.text.push_str("\\n");
        escaped(&mut self.text, &kind);
        for (at, badge) in node.badges.iter().enumerate() {
            let _ = write!(
                self.text,
                "{}{}",
                if at == 0 { " · " } else { " " },
                badge.short()
            );
        }
        for note in &node.notes {
            self.text.push_str("\\n");
            escaped(&mut self.text, note);
        }
        self.text.push('"');
        if let Some(mark) = node.mark {
            let color = self.options.theme.mark(mark).0;
            let _ = write!(self.text, " color=\"{color}\" penwidth=3");
        }
        if !node.attributes.is_empty() || !node.members.is_empty() {
            self.text.push_str(" tooltip=\"");
            for (at, name) in node.members.iter().enumerate() {
                escaped(&mut self.text, if at == 0 { "" } else { ", " });
                escaped(&mut self.text, name);
            }
            if !node.members.is_empty() {
                self.text.push_str("\\n");
            }
            attribute_lines(&mut self.text, &node.attributes);
            self.text.push('"');
        }
        self.text.push_str("]\n");
    }

    fn edges(&mut self) -> io::Result<()> {
        let picture = self.picture;
        // Side by side, since every edge needs two of them.
        let ids: Vec<&str> = picture.nodes.iter().map(|it| identifier(&it.id)).collect();
        for kind in EdgeKind::ALL {
            let mut found = picture
                .edges
                .iter()
                .filter(|edge| edge.kind == kind)
                .peekable();
            if found.peek().is_none() {
                continue;
            }
            let _ = writeln!(
                self.text,
                "  {{ edge [{}]",
                edge_style(self.options.theme, kind)
            );
            for edge in found {
                self.edge(edge, &ids);
                self.hand_on(FULL)?;
            }
            self.text.push_str("  }\n");
        }
        Ok(())
    }

    fn edge(&mut self, edge: &Edge, ids: &[&str]) {
        let [source, target] = [edge.source, edge.target].map(|end| ids[end.get()]);
        for part in ["    \"", source, "\" -> \"", target, "\""] {
            self.text.push_str(part);
        }
        let sign = edge.mark.map(|mark| sign(self.options.theme, mark));
        // One label is by far the most frequent case.
        let one = match edge.keys.as_slice() {
            [key] if !key.by_headers && (key.ignored || !key.routing_key.is_empty()) => {
                Some(&*key.routing_key)
            }
            _ => None,
        };
        let mut open = "[";
        if let Some(key) = one.filter(|_| sign.is_none()) {
            if !key.is_empty() {
                self.text.push_str(" [label=\"");
                escaped(&mut self.text, key);
                self.text.push('"');
                open = "";
            }
        } else {
            let mut lines = edge.label_lines();
            if lines.len() > MOST_KEYS {
                let more = lines.len() - MOST_KEYS + 1;
                lines.truncate(MOST_KEYS - 1);
                lines.push(format!("… {more} more"));
            }
            if let Some(sign) = sign {
                match lines.first_mut() {
                    Some(line) => line.insert_str(0, sign),
                    None => lines.push(sign.to_owned()),
                }
            }
            if !lines.is_empty() {
                self.text.push_str(" [label=\"");
                for (at, line) in lines.iter().enumerate() {
                    if at > 0 {
                        self.text.push_str("\\n");
                    }
                    escaped(&mut self.text, line);
                }
                self.text.push('"');
                open = "";
            }
        }
        if let Some(mark) = edge.mark {
            let color = self.options.theme.mark(mark).0;
            let _ = write!(
                self.text,
                " {open}color=\"{color}\" fontcolor=\"{color}\" penwidth=2.5"
            );
            open = "";
        }
        if !edge.attributes.is_empty() {
            let _ = write!(self.text, " {open}");
            open = "";
            self.text.push_str("tooltip=\"");
            attribute_lines(&mut self.text, &edge.attributes);
            self.text.push('"');
        }
        self.text
            .push_str(if open.is_empty() { "]\n" } else { "\n" });
    }

    fn legend(&mut self) {
        let legend = self.picture.legend();
        let theme = self.options.theme;
        let colors = theme.palette();
        let _ = writeln!(
            self.text,
            "  subgraph \"cluster/legend\" {{ label=\"legend\" fontsize=12 style=rounded color=\"{}\"",
            colors.cluster_line
        );
        for (at, kind) in legend.nodes.iter().enumerate() {
            let _ = writeln!(
                self.text,
                "    \"legend/node/{at}\" [{} label=\"{}\"]",
                node_style(theme, *kind),
                kind.label()
            );
        }
        let point = "shape=point width=0.05 label=\"\"";
        for (at, kind) in legend.edges.iter().enumerate() {
            let _ = writeln!(self.text, "    \"legend/from/{at}\" [{point}]");
            let _ = writeln!(self.text, "    \"legend/to/{at}\" [{point}]");
            let _ = writeln!(
                self.text,
                "    \"legend/from/{at}\" -> \"legend/to/{at}\" [{} label=\"{}\"]",
                edge_style(theme, *kind),
                kind.label()
            );
        }
        let mut lines: Vec<String> = (legend.badges.iter())
            .map(|badge| format!("{} = {}", badge.short(), badge.meaning()))
            .collect();
        let marks = legend.marks.iter();
        lines.extend(marks.map(|mark| format!("{}= {}", sign(theme, *mark), mark.id())));
        if !lines.is_empty() {
            let _ = write!(
                self.text,
                "    \"legend/badges\" [shape=plaintext style=\"\" label=\""
            );
            for line in lines {
                escaped(&mut self.text, &line);
                self.text.push_str("\\l");
            }
            self.text.push_str("\"]\n");
        }
        self.text.push_str("  }\n");
    }
}

fn sign(theme: Theme, mark: Mark) -> &'static str {
    match theme.mark(mark).1 {
        "+" => "+ ",
        "~" => "~ ",
        _ => "− ",
    }
}

fn node_style(theme: Theme, kind: NodeKind) -> String {
    let style = theme.node(kind);
    let shape = match style.shape {
        Shape::Circle => "shape=ellipse peripheries=2",
        Shape::Ellipse => "shape=ellipse",
        Shape::Trapezium => "shape=trapezium margin=\"0.02,0.02\"",
        Shape::Diamond => "shape=diamond margin=\"0,0\"",
        Shape::Hexagon => "shape=hexagon margin=\"0.05,0.02\"",
        Shape::Octagon => "shape=octagon",
        Shape::Parallelogram => "shape=parallelogram",
        Shape::Box => "shape=box",
        Shape::DoubleBox => "shape=box peripheries=2",
        Shape::Cylinder => "shape=cylinder",
        Shape::RoundedBox => "shape=box",
        Shape::Cloud => "shape=box3d",
        Shape::Person => "shape=house",
    };
    let mut line = String::from("filled");
    if style.dashed {
        line.push_str(",dashed");
    }
    if style.shape == Shape::RoundedBox {
        line.push_str(",rounded");
    }
    format!(
        "{shape} style=\"{line}\" fillcolor=\"{}\" color=\"{}\"",
        style.fill, style.line
    )
}

fn edge_style(theme: Theme, kind: EdgeKind) -> String {
    let style = theme.edge(kind);
    let dash = match style.dash {
        Dash::Solid => "solid",
        Dash::Dashed => "dashed",
        Dash::Dotted => "dotted",
        Dash::Bold => "bold",
    };
    let arrow = match style.arrow {
        Arrow::Normal => "normal",
        Arrow::Empty => "empty",
        Arrow::Diamond => "diamond",
        Arrow::HollowDiamond => "odiamond",
        Arrow::Vee => "vee",
        Arrow::Dot => "dot",
    };
    format!("color=\"{}\" style={dash} arrowhead={arrow}", style.color)
}

/// Ids have `"`, `\` and control characters percent-encoded already.
fn identifier(id: &str) -> &str {
    debug_assert!(!id.contains(['"', '\\', '\n']));
    id
}

#[cfg(test)]
#[path = "dot/tests.rs"]
mod tests;
