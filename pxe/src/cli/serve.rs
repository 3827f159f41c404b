//! `pxe serve`.

use crate::error::Result;
use crate::serve::{Service, Source};

/// Serve boot offers and boot files, in the foreground
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pxe serve -c pxe.toml
  pxe serve -c /etc/pxe/pxe.toml --log json")]
pub(super) struct Args {
    #[command(flatten)]
    config: super::ConfigFile,
    /// How the log on stderr is written: text or json
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

pub(super) fn run(args: &Args) -> Result<u8> {
    let config = args.config.read()?;
    for finding in crate::check::examine(&config).findings {
        tracing::warn!(target: "pxe", subject = %finding.subject, "{}", finding.message);
    }
    let source = Source::of(args.config.path())?;
    Service::open(config, source)?.run()?;
    Ok(0)
}
