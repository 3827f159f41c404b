//! `rabbit-graph draw`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::Common;
use super::input::{FilterArgs, Source};
use crate::error::{Error, Kind, Result};
use crate::picture::style::Theme;
use crate::picture::{Picture, Show};
use crate::terminal::Output;
use crate::{dot, filter, output, picture};

/// Draw a topology
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rabbit-graph draw definitions.json -o topology.dot --legend\n  \
    rabbit-graph draw definitions.json --focus orders --depth 2 -T dot | dot -Tsvg -o orders.svg")]
pub(super) struct Draw {
    #[command(flatten)]
    source: Source,

    /// Write to this file; its ending tells the format
    #[arg(short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The format
    #[arg(short = 'T', value_name = "FORMAT")]
    format: Option<Format>,

    /// Explain shapes and lines
    #[arg(long)]
    legend: bool,

    /// Colours for paper or for dark screens
    #[arg(
        long,
        value_name = "light|dark",
        default_value = "light",
        hide_default_value = true,
        hide_possible_values = true
    )]
    theme: ThemeName,

    /// Draw more: permissions (users and their rights), builtin (unused amq.* exchanges)
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
    #[arg(long, value_name = "SEP", help_heading = "Filters")]
    by_prefix: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Graphviz
    Dot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ThemeName {
    Light,
    Dark,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum More {
    Permissions,
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

    fn picture(&self) -> Result<Picture> {
        let topology = self.source.topology()?;
        let filter = filter::Filter {
            builtin: self.show.contains(&More::Builtin),
            ..self.filter.filter()
        };
        let selection = filter::select(&topology, &filter)?;
        let show = Show {
            permissions: self.show.contains(&More::Permissions),
        };
        let mut picture = picture::build(&topology, &selection, show);
        if self.collapse {
            picture.collapse();
        }
        if let Some(separator) = &self.by_prefix {
            picture.group_by_prefix(separator);
        }
        Ok(picture)
    }

    fn write(&self, format: Format, picture: &Picture, out: &mut dyn Write) -> std::io::Result<()> {
        match format {
            Format::Dot => {
                let options = dot::Options {
                    theme: self.theme(),
                    legend: self.legend,
                };
                dot::write(picture, options, out)
            }
        }
    }
}

fn by_ending(path: &Path) -> Result<Format> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending {
        Some("dot" | "gv") => Ok(Format::Dot),
        _ => Err(Error::new(
            Kind::Usage,
            path.display().to_string(),
            "the ending tells no format",
        )
        .hint("name the format with -T, or end the name with .dot")),
    }
}

/// Draws.
pub(super) fn run(command: &Draw, common: &Common, out: &mut Output) -> Result<u8> {
    let format = command.format()?;
    let picture = command.picture()?;
    if picture.nodes.is_empty() {
        common.note("nothing is left to draw: the definitions or the filters leave no object");
    }
    match &command.output {
        Some(path) => output::write_file(path, |out| command.write(format, &picture, out))?,
        None => command.write(format, &picture, out).map_err(|error| {
            Error::new(Kind::System, "standard output", "cannot write").because(error)
        })?,
    }
    Ok(0)
}
