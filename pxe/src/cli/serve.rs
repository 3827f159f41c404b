//! `pxe serve`.

use crate::error::Result;
use crate::serve::{Service, Source};
use crate::sys::sink::Sink;

/// Serve boot offers and boot files, in the foreground
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pxe serve -c pxe.toml
  pxe serve -c /etc/pxe/pxe.toml --log json")]
pub(super) struct Args {
    #[command(flatten)]
    config: super::ConfigFile,
    /// How the log is written: text or json
    ///
    /// json is for log collectors, which then need no patterns.
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORM",
        hide_possible_values = true
    )]
    log: LogForm,
    /// Print failures to start as JSON
    ///
    /// For a supervisor that shows why it did not start. What is logged later
    /// is set by --log.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum LogForm {
    #[default]
    Text,
    Json,
}

impl Args {
    pub(super) fn log_json(&self) -> bool {
        self.log == LogForm::Json
    }
}

pub(super) fn run(args: &Args, sink: Sink) -> Result<u8> {
    let config = args.config.read()?;
    let source = Source::of(args.config.path())?;
    Service::open(config, source, sink)?.run()?;
    Ok(0)
}
