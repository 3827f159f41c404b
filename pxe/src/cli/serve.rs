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
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORM",
        hide_possible_values = true
    )]
    log: LogForm,
    /// Print failures to start as JSON
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
