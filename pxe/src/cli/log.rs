//! What goes to stderr or the log file: events of the service as text or JSON
//! lines, notes of the other commands.

use tracing_subscriber::EnvFilter;

use super::Command;
use crate::sys::sink::Sink;

/// Begins. `-q` leaves errors, `-v` adds what was not answered and why,
/// `-vv` everything. Gives the way that all lines take.
pub(super) fn start(quiet: bool, verbose: u8, is_service: bool, command: &Command) -> Sink {
    let level = match (quiet, verbose) {
        (true, _) => "error",
        (false, 0) if is_service => "info",
        (false, 0) => "warn",
        (false, 1) => "debug",
        (false, _) => "trace",
    };
    let json = matches!(command, Command::Serve(serve) if serve.log_json());
    let sink = Sink::default();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_writer(std::sync::Arc::new(sink.clone()))
        .with_ansi(false);
    // A second start, as in tests of this library, changes nothing.
    let _ = if json {
        builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .try_init()
    } else {
        builder.try_init()
    };
    sink
}
