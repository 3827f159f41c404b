//! `rabbit-graph fetch`.

use std::io::Write;
use std::path::PathBuf;

use super::Common;
use super::input::AccessArgs;
use crate::error::{Error, Kind, Result};
use crate::terminal::Output;
use crate::{definitions, output, source};

/// Get definitions without the secrets in them
///
/// Password hashes are emptied, passwords in URIs and other parameters are
/// replaced by ***, and everything is sorted: fit to be kept in a repository.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rabbit-graph fetch https://monitor@broker.example:15671 -o definitions.json\n  \
    rabbit-graph fetch export.json.gz | git diff --no-index definitions.json -")]
pub(super) struct Fetch {
    /// The URL of a management API (or a definitions file, .gz, `-`)
    ///
    /// The password is not in the URL. A file is cleaned of its secrets in the
    /// same way.
    #[arg(value_name = "URL")]
    source: String,

    /// Write to this file
    ///
    /// The file is replaced whole or not at all. Without it the result goes to
    /// standard output.
    #[arg(short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Only this virtual host
    ///
    /// For a repository that holds the part of one team.
    #[arg(long, value_name = "NAME")]
    vhost: Option<String>,

    /// Print JSON: the definitions are JSON anyway, so this changes nothing
    ///
    /// Only errors become JSON too, which is why scripts give it.
    #[arg(long, hide_short_help = true)]
    json: bool,

    #[command(flatten)]
    access: AccessArgs,
}

/// Gets them.
pub(super) fn run(command: &Fetch, _common: &Common, out: &mut Output) -> Result<u8> {
    if command.vhost.is_some() && !command.source.starts_with("http") {
        return Err(Error::new(
            Kind::Usage,
            "--vhost",
            "only a management API can be asked for one",
        )
        .hint("leave it out, or give the URL of the API"));
    }
    let access = source::Access {
        vhost: command.vhost.clone(),
        ..command.access.access()
    };
    let input = source::load(&command.source, &access)?;
    // Refuses what is not an export, before anything is written.
    definitions::read(&input.subject, &input.bytes)?;
    let text = definitions::clean(&input.subject, &input.bytes)?;
    match &command.output {
        Some(path) => output::write_file(path, |file| file.write_all(text.as_bytes()))?,
        None => out.write_all(text.as_bytes()).map_err(|error| {
            Error::new(Kind::System, "standard output", "cannot write").because(error)
        })?,
    }
    Ok(0)
}
