//! Graphviz: the DOT language.
//!
//! Every text is escaped here and nowhere else: in a quoted string `"` and
//! `\` get a backslash, `&` becomes `&amp;` because Graphviz reads entities,
//! and characters that no label can hold are shown by their symbols.

use std::io::{self, Write};

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
    }
    .write()
}

struct Writer<'a> {
    picture: &'a Picture,
    options: Options,
    out: &'a mut dyn Write,
}

impl Writer<'_> {
    fn write(mut self) -> io::Result<()> {
        let colors = self.options.theme.palette();
        writeln!(self.out, "digraph rabbitmq {{")?;
        writeln!(
            self.out,
            "  charset=\"UTF-8\" rankdir=LR compound=true nodesep=0.25 ranksep=0.9"
        )?;
        writeln!(
            self.out,
            "  fontname=\"Helvetica,Arial,sans-serif\" bgcolor=\"{}\" fontcolor=\"{}\"",
            colors.background, colors.text
        )?;
        writeln!(
            self.out,
            "  node [fontname=\"Helvetica,Arial,sans-serif\" fontsize=11 style=filled fontcolor=\"{}\"]",
            colors.text
        )?;
        writeln!(
            self.out,
            "  edge [fontname=\"Helvetica,Arial,sans-serif\" fontsize=9 fontcolor=\"{}\"]",
            colors.text
        )?;
        write!(self.out, "  tooltip=")?;
        text(self.out, &self.picture.title)?;
        writeln!(self.out)?;
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); self.picture.clusters.len()];
        let mut free = Vec::new();
        for (at, node) in self.picture.nodes.iter().enumerate() {
            match node.cluster {
                Some(cluster) => members[cluster.get()].push(at),
                None => free.push(at),
            }
        }
        self.nodes(&free, 1)?;
        for at in 0..self.picture.clusters.len() {
            if self.picture.clusters[at].parent.is_none() {
                self.cluster(ClusterIndex(at as u32), &members, 1)?;
            }
        }
        self.edges()?;
        if self.options.legend {
            self.legend()?;
        }
        writeln!(self.out, "}}")
    }

    fn cluster(
        &mut self,
        index: ClusterIndex,
        members: &[Vec<usize>],
        depth: usize,
    ) -> io::Result<()> {
        let picture = self.picture;
        let cluster = &picture.clusters[index.get()];
        let colors = self.options.theme.palette();
        let pad = "  ".repeat(depth);
        writeln!(
            self.out,
            "{pad}subgraph \"cluster/{}\" {{",
            identifier(&cluster.id)
        )?;
        let (name, fill) = match cluster.kind {
            ClusterKind::VirtualHost => ("virtual host ", colors.cluster_fill),
            ClusterKind::Prefix => ("", colors.group_fill),
        };
        let sign = cluster
            .mark
            .map_or("", |mark| sign(self.options.theme, mark));
        write!(self.out, "{pad}  label=")?;
        text(self.out, &format!("{sign}{name}{}", cluster.name))?;
        let line = match cluster.mark {
            Some(mark) => self.options.theme.mark(mark).0,
            None => colors.cluster_line,
        };
        write!(
            self.out,
            " labeljust=l fontsize=12 style=\"filled,rounded\" fillcolor=\"{fill}\" color=\"{line}\"",
        )?;
        tooltip(self.out, &cluster.attributes)?;
        writeln!(self.out)?;
        if members[index.get()].is_empty()
            && !picture.clusters.iter().any(|it| it.parent == Some(index))
        {
            // Graphviz leaves out clusters without nodes.
            writeln!(
                self.out,
                "{pad}  \"empty/{}\" [shape=plaintext style=\"\" label=\"(empty)\"]",
                identifier(&cluster.id)
            )?;
        }
        self.nodes(&members[index.get()], depth + 1)?;
        for at in index.get() + 1..picture.clusters.len() {
            if picture.clusters[at].parent == Some(index) {
                self.cluster(ClusterIndex(at as u32), members, depth + 1)?;
            }
        }
        writeln!(self.out, "{pad}}}")
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
            writeln!(
                self.out,
                "{pad}{{ node [{}]",
                node_style(self.options.theme, kind)
            )?;
            for node in found {
                write!(self.out, "{pad}  ")?;
                self.node(node)?;
            }
            writeln!(self.out, "{pad}}}")?;
        }
        Ok(())
    }

    fn node(&mut self, node: &Node) -> io::Result<()> {
        write!(self.out, "\"{}\" [label=\"", identifier(&node.id))?;
        if let Some(mark) = node.mark {
            escaped(self.out, sign(self.options.theme, mark))?;
        }
        escaped(self.out, node.label())?;
        let kind = node.kind_label();
        write!(self.out, "\\n")?;
        escaped(self.out, &kind)?;
        for (at, badge) in node.badges.iter().enumerate() {
            write!(
                self.out,
                "{}{}",
                if at == 0 { " · " } else { " " },
                badge.short()
            )?;
        }
        write!(self.out, "\"")?;
        if let Some(mark) = node.mark {
            let color = self.options.theme.mark(mark).0;
            write!(self.out, " color=\"{color}\" penwidth=3")?;
        }
        if !node.attributes.is_empty() || !node.members.is_empty() {
            write!(self.out, " tooltip=\"")?;
            for (at, name) in node.members.iter().enumerate() {
                escaped(self.out, if at == 0 { "" } else { ", " })?;
                escaped(self.out, name)?;
            }
            if !node.members.is_empty() {
                write!(self.out, "\\n")?;
            }
            attribute_lines(self.out, &node.attributes)?;
            write!(self.out, "\"")?;
        }
        writeln!(self.out, "]")
    }

    fn edges(&mut self) -> io::Result<()> {
        let picture = self.picture;
        for kind in EdgeKind::ALL {
            let mut found = picture
                .edges
                .iter()
                .filter(|edge| edge.kind == kind)
                .peekable();
            if found.peek().is_none() {
                continue;
            }
            writeln!(
                self.out,
                "  {{ edge [{}]",
                edge_style(self.options.theme, kind)
            )?;
            for edge in found {
                self.edge(edge)?;
            }
            writeln!(self.out, "  }}")?;
        }
        Ok(())
    }

    fn edge(&mut self, edge: &Edge) -> io::Result<()> {
        let [source, target] =
            [edge.source, edge.target].map(|end| identifier(&self.picture.nodes[end.get()].id));
        write!(self.out, "    \"{source}\" -> \"{target}\"")?;
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
                write!(self.out, " [label=\"")?;
                escaped(self.out, key)?;
                write!(self.out, "\"")?;
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
                write!(self.out, " [label=\"")?;
                for (at, line) in lines.iter().enumerate() {
                    if at > 0 {
                        write!(self.out, "\\n")?;
                    }
                    escaped(self.out, line)?;
                }
                write!(self.out, "\"")?;
                open = "";
            }
        }
        if let Some(mark) = edge.mark {
            let color = self.options.theme.mark(mark).0;
            write!(
                self.out,
                " {open}color=\"{color}\" fontcolor=\"{color}\" penwidth=2.5"
            )?;
            open = "";
        }
        if !edge.attributes.is_empty() {
            write!(self.out, " {open}")?;
            open = "";
            write!(self.out, "tooltip=\"")?;
            attribute_lines(self.out, &edge.attributes)?;
            write!(self.out, "\"")?;
        }
        writeln!(self.out, "{}", if open.is_empty() { "]" } else { "" })
    }

    fn legend(&mut self) -> io::Result<()> {
        let legend = self.picture.legend();
        let theme = self.options.theme;
        let colors = theme.palette();
        writeln!(
            self.out,
            "  subgraph \"cluster/legend\" {{ label=\"legend\" fontsize=12 style=rounded color=\"{}\"",
            colors.cluster_line
        )?;
        for (at, kind) in legend.nodes.iter().enumerate() {
            writeln!(
                self.out,
                "    \"legend/node/{at}\" [{} label=\"{}\"]",
                node_style(theme, *kind),
                kind.label()
            )?;
        }
        let point = "shape=point width=0.05 label=\"\"";
        for (at, kind) in legend.edges.iter().enumerate() {
            writeln!(self.out, "    \"legend/from/{at}\" [{point}]")?;
            writeln!(self.out, "    \"legend/to/{at}\" [{point}]")?;
            writeln!(
                self.out,
                "    \"legend/from/{at}\" -> \"legend/to/{at}\" [{} label=\"{}\"]",
                edge_style(theme, *kind),
                kind.label()
            )?;
        }
        let mut lines: Vec<String> = (legend.badges.iter())
            .map(|badge| format!("{} = {}", badge.short(), badge.meaning()))
            .collect();
        let marks = legend.marks.iter();
        lines.extend(marks.map(|mark| format!("{}= {}", sign(theme, *mark), mark.id())));
        if !lines.is_empty() {
            write!(
                self.out,
                "    \"legend/badges\" [shape=plaintext style=\"\" label=\""
            )?;
            for line in lines {
                escaped(self.out, &line)?;
                write!(self.out, "\\l")?;
            }
            writeln!(self.out, "\"]")?;
        }
        writeln!(self.out, "  }}")
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

fn attribute_lines(
    out: &mut dyn Write,
    attributes: &[crate::picture::Attribute],
) -> io::Result<()> {
    for (at, attribute) in attributes.iter().enumerate() {
        if at > 0 {
            write!(out, "\\n")?;
        }
        escaped(out, &attribute.name)?;
        escaped(out, ": ")?;
        escaped(out, &attribute.value)?;
    }
    Ok(())
}

fn tooltip(out: &mut dyn Write, attributes: &[crate::picture::Attribute]) -> io::Result<()> {
    if attributes.is_empty() {
        return Ok(());
    }
    write!(out, " tooltip=\"")?;
    attribute_lines(out, attributes)?;
    write!(out, "\"")
}

fn text(out: &mut dyn Write, value: &str) -> io::Result<()> {
    out.write_all(b"\"")?;
    escaped(out, value)?;
    out.write_all(b"\"")
}

/// The inside of a quoted string that Graphviz shows as `value`.
pub(crate) fn escaped(out: &mut dyn Write, value: &str) -> io::Result<()> {
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | b'&' | 0..=0x1f | 0x7f);
    let mut rest = value.as_bytes();
    while let Some(at) = rest.iter().position(special) {
        out.write_all(&rest[..at])?;
        match rest[at] {
            b'"' => out.write_all(b"\\\"")?,
            b'\\' => out.write_all(b"\\\\")?,
            b'&' => out.write_all(b"&amp;")?,
            // The symbol for the control character: ␊ for a line break.
            0x7f => out.write_all("\u{2421}".as_bytes())?,
            control => {
                let symbol = char::from_u32(0x2400 + u32::from(control)).unwrap_or('\u{fffd}');
                write!(out, "{symbol}")?;
            }
        }
        rest = &rest[at + 1..];
    }
    out.write_all(rest)
}

#[cfg(test)]
#[path = "dot/tests.rs"]
mod tests;
