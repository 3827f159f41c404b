//! What every command has that reads definitions: the source, and filters.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::definitions;
use crate::error::Result;
use crate::filter::{Filter, Reach};
use crate::source::{self, Access};
use crate::topology::Topology;

/// Where definitions come from.
#[derive(Debug, clap::Args)]
pub(super) struct Source {
    /// A definitions file, .gz, `-`, or the URL of a management API
    ///
    /// A file is what CI has (`rabbitmqctl export_definitions`); a URL is the
    /// broker as it is now.
    #[arg(value_name = "SOURCE")]
    source: String,

    #[command(flatten)]
    access: AccessArgs,
}

/// How a URL is accessed.
#[derive(Debug, clap::Args)]
pub(super) struct AccessArgs {
    /// The first line of this file is the password of the URL's user
    ///
    /// Without it the password is taken from the environment variable
    /// RABBIT_GRAPH_PASSWORD, or asked for.
    #[arg(long, value_name = "FILE", help_heading = "Source")]
    password_file: Option<PathBuf>,

    /// Trust these certificates (PEM) instead of the system's
    ///
    /// For a broker whose certificate is of your own CA.
    #[arg(long, value_name = "FILE", help_heading = "Source")]
    ca_file: Option<PathBuf>,
}

impl AccessArgs {
    pub(super) fn access(&self) -> Access {
        Access {
            password_file: self.password_file.clone(),
            ca_file: self.ca_file.clone(),
            vhost: None,
        }
    }
}

impl Source {
    /// Reads and resolves the definitions.
    pub(super) fn topology(&self) -> Result<Topology> {
        topology(&self.source, &self.access.access())
    }
}

/// Reads and resolves the definitions of a source.
pub(super) fn topology(source: &str, access: &Access) -> Result<Topology> {
    let input = source::load(source, access)?;
    let definitions = definitions::read(&input.subject, &input.bytes)?;
    tracing::info!(
        "{}: {} queues, {} exchanges, {} bindings, {} policies",
        input.subject,
        definitions.queues.len(),
        definitions.exchanges.len(),
        definitions.bindings.len(),
        definitions.policies.len(),
    );
    Ok(Topology::new(definitions))
}

/// Which part is meant.
#[derive(Debug, clap::Args)]
pub(super) struct FilterArgs {
    /// Only this virtual host; may be repeated
    ///
    /// For the part that is yours: in a page, what belongs to others is then
    /// not told either.
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(super) vhost: Vec<String>,

    /// Only what is connected with this exchange or queue; may be repeated
    ///
    /// The name alone, or VHOST/NAME.
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    focus: Vec<String>,

    /// How many steps from the focus
    ///
    /// 1 is what touches it; without it, everything that is connected is drawn.
    #[arg(long, value_name = "N", requires = "focus", help_heading = "Filters")]
    depth: Option<usize>,

    /// Follow messages into the focus, out of it, or both
    ///
    /// `in` answers where its messages come from, `out` where they end.
    #[arg(
        long,
        value_name = "in|out|both",
        default_value = "both",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = "Filters"
    )]
    direction: Direction,

    /// Only objects with a name that this regular expression matches
    ///
    /// For the queues of one application among those of many.
    #[arg(long, value_name = "REGEX", help_heading = "Filters")]
    include: Vec<String>,

    /// No objects with a name that this regular expression matches
    ///
    /// Leaves out what clutters, such as the reply queues that clients declare.
    #[arg(long, value_name = "REGEX", help_heading = "Filters")]
    exclude: Vec<String>,

    /// No objects without any edge
    ///
    /// Makes the picture smaller; `lint` tells which of them nothing leads to.
    #[arg(long, help_heading = "Filters")]
    hide_unbound: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Direction {
    In,
    Out,
    Both,
}

impl FilterArgs {
    pub(super) fn filter(&self) -> Filter {
        Filter {
            vhosts: self.vhost.clone(),
            focus: self.focus.clone(),
            depth: self.depth,
            direction: match self.direction {
                Direction::In => Reach::In,
                Direction::Out => Reach::Out,
                Direction::Both => Reach::Both,
            },
            include: self.include.clone(),
            exclude: self.exclude.clone(),
            hide_unbound: self.hide_unbound,
            builtin: false,
        }
    }
}
