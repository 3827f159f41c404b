//! `rabbit-graph draw`.

use std::io::Write;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::Common;
use super::input::{FilterArgs, Source};
use super::render::{self, Drawn, LayoutName, Look, Tracing};
use crate::error::{Error, Kind, Result};
use crate::picture::style::Theme;
use crate::picture::{Picture, Show};
use crate::terminal::Output;
use crate::topology::Topology;
use crate::{dot, filter, html, output, picture};

/// Draw a topology
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rabbit-graph draw definitions.json -o topology.dot --legend\n  \
    rabbit-graph draw definitions.json --focus orders --depth 2 -T dot | dot -Tsvg -o orders.svg")]
pub(super) struct Draw {
    #[command(flatten)]
    source: Source,

    /// Write to this file; its ending tells the format
    ///
    /// The file is replaced whole or not at all. Without it the result goes to
    /// standard output.
    #[arg(short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// dot, svg, png, pdf, html, mermaid, graphml or json
    ///
    /// Where no ending tells it: on standard output, or for a file with another
    /// name.
    #[arg(short = 'T', value_name = "FORMAT", hide_possible_values = true)]
    format: Option<Format>,

    /// Who decides where things go: builtin, or an installed Graphviz's dot or sfdp
    ///
    /// The built-in layout needs nothing and gives the same picture everywhere;
    /// sfdp spreads very large ones.
    #[arg(
        long,
        value_name = "builtin|dot|sfdp",
        default_value = "builtin",
        hide_default_value = true,
        hide_possible_values = true
    )]
    layout: LayoutName,

    /// Explain shapes and lines
    ///
    /// For readers who see such a picture for the first time, on a wiki or on
    /// paper.
    #[arg(long)]
    legend: bool,

    /// Colours for paper or for dark screens
    ///
    /// Dark is for slides and dashboards; shapes and dashes tell the same
    /// without any colour.
    #[arg(
        long,
        value_name = "light|dark",
        default_value = "light",
        hide_default_value = true,
        hide_possible_values = true
    )]
    theme: ThemeName,

    /// Draw more: permissions, configure, arguments, policies or builtin, by commas
    ///
    /// permissions: users, what they may publish to and consume from;
    /// configure: what they may declare and delete; arguments: those of
    /// objects; policies: those in effect, and what they set; builtin: the
    /// exchanges that every virtual host has, used or not.
    #[arg(
        long,
        value_name = "WHAT",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    show: Vec<More>,

    #[command(flatten)]
    filter: FilterArgs,

    /// Draw objects of the same shape and neighbourhood as one
    ///
    /// They become one node with a count, and parallel bindings one edge with
    /// a list of keys.
    #[arg(long, help_heading = "Filters")]
    collapse: bool,

    /// Frame names with a common part before this separator
    ///
    /// `.` frames orders.new and orders.paid as orders, where names are made of
    /// parts.
    #[arg(long, value_name = "SEP", help_heading = "Filters")]
    by_prefix: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Graphviz
    Dot,
    /// A picture for documents and browsers
    Svg,
    /// A picture in pixels
    Png,
    /// A page for print
    Pdf,
    /// A page to search, filter and trace messages in
    Html,
    /// A diagram in Markdown
    Mermaid,
    /// For graph editors
    Graphml,
    /// Node-link data
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ThemeName {
    Light,
    Dark,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum More {
    Permissions,
    Configure,
    Arguments,
    Policies,
    Builtin,
}

impl Draw {
    fn format(&self) -> Result<Format> {
        match (self.format, &self.output) {
            (Some(format), _) => Ok(format),
            (None, Some(path)) => by_ending(path),
            (None, None) => Ok(Format::Dot),
        }
    }

    fn theme(&self) -> Theme {
        match self.theme {
            ThemeName::Light => Theme::Light,
            ThemeName::Dark => Theme::Dark,
        }
    }

    fn picture(&self, topology: &Topology) -> Result<Picture> {
        let filter = filter::Filter {
            builtin: self.show.contains(&More::Builtin),
            ..self.filter.filter()
        };
        let selection = filter::select(topology, &filter)?;
        let show = Show {
            permissions: self.show.contains(&More::Permissions),
            configure: self.show.contains(&More::Configure),
            arguments: self.show.contains(&More::Arguments),
            policies: self.show.contains(&More::Policies),
        };
        let mut picture = picture::build(topology, &selection, show);
        if self.collapse {
            picture.collapse();
        }
        if let Some(separator) = &self.by_prefix {
            picture.group_by_prefix(separator);
        }
        Ok(picture)
    }

    /// What a page traces messages by: all of the virtual hosts in sight.
    fn tracing(&self, topology: &Topology, picture: &Picture) -> Tracing {
        let filter = self.filter.filter();
        let partly = filter::Filter {
            vhosts: Vec::new(),
            ..filter
        };
        Tracing {
            tables: html::tables::of(topology, picture),
            filtered: partly != filter::Filter::default(),
        }
    }
}

impl Format {
    fn drawn(self) -> Option<Drawn> {
        match self {
            Format::Dot => None,
            Format::Svg => Some(Drawn::Svg),
            Format::Png => Some(Drawn::Png),
            Format::Pdf => Some(Drawn::Pdf),
            Format::Html => Some(Drawn::Html),
            Format::Mermaid => Some(Drawn::Mermaid),
            Format::Graphml => Some(Drawn::Graphml),
            Format::Json => Some(Drawn::Json),
        }
    }
}

fn by_ending(path: &Path) -> Result<Format> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("dot" | "gv") => Ok(Format::Dot),
        Some("svg") => Ok(Format::Svg),
        Some("png") => Ok(Format::Png),
        Some("pdf") => Ok(Format::Pdf),
        Some("html" | "htm") => Ok(Format::Html),
        Some("mmd" | "mermaid") => Ok(Format::Mermaid),
        Some("graphml") => Ok(Format::Graphml),
        Some("json") => Ok(Format::Json),
        _ => Err(Error::new(
            Kind::Usage,
            path.display().to_string(),
            "the ending tells no format",
        )
        .hint(
            "name the format with -T, or end the name with .dot, .svg, .png, .pdf, .html, .mmd, \
             .graphml or .json",
        )),
    }
}

/// Draws.
pub(super) fn run(command: &Draw, common: &Common, out: &mut Output) -> Result<u8> {
    let format = command.format()?;
    // Not given back piece by piece: with a million names that takes as long
    // as reading them did, and the process ends here anyway.
    let topology = ManuallyDrop::new(command.source.topology()?);
    let mut picture = ManuallyDrop::new(command.picture(&topology)?);
    // For the eye one line with several keys is better than several lines;
    // data formats keep each binding apart.
    if !matches!(format, Format::Dot | Format::Graphml | Format::Json) {
        picture.merge_parallels();
    }
    if picture.nodes.is_empty() {
        common.note("nothing is left to draw: the definitions or the filters leave no object");
    }
    let look = Look {
        theme: command.theme(),
        legend: command.legend,
        layout: command.layout,
    };
    let drawn = match format.drawn() {
        Some(drawn) => Some(render::render(&picture, drawn, look, || {
            command.tracing(&topology, &picture)
        })?),
        None => None,
    };
    let write = |out: &mut dyn Write| match &drawn {
        Some(bytes) => out.write_all(bytes),
        None => {
            let options = dot::Options {
                theme: look.theme,
                legend: look.legend,
            };
            dot::write(&picture, options, out)
        }
    };
    match &command.output {
        Some(path) => output::write_file(path, write)?,
        None => write(out).map_err(|error| {
            Error::new(Kind::System, "standard output", "cannot write").because(error)
        })?,
    }
    Ok(0)
}
