//! The edge to the shell that all four tools share: arguments in, exit status
//! out, data on stdout, everything else on stderr.

mod manual;

use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal as _, Write};
use std::panic;
use std::process::ExitCode;

use clap::builder::styling::{AnsiColor, Styles};
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::error::{Error, Kind, Result};

pub(crate) use manual::{Completions, Manual};

/// The name that starts every message of this tool.
pub(crate) const TOOL: &str = env!("CARGO_PKG_NAME");

/// The colours of the help texts.
pub(crate) const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Cyan.on_default());

/// When to colour text output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Whether text for stdout is to be coloured.
    pub(crate) fn enabled(self) -> bool {
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                io::stdout().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        }
    }
}

/// Parses the arguments as `A`, calls `run`, and turns whatever happens into
/// an exit status: a panic becomes one line and 70, an error its message and
/// its code.
pub(crate) fn run<A: clap::Parser>(
    args: impl IntoIterator<Item = OsString>,
    run: impl FnOnce(A, &mut Output) -> Result<u8>,
) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let style = FailureStyle::of(&args);
    guarded(style, || {
        let args = match A::try_parse_from(&args) {
            Ok(args) => args,
            Err(error) if !error.use_stderr() => {
                let mut out = Output::stdout();
                let rendered = error.render();
                let text = if Color::Auto.enabled() {
                    rendered.ansi().to_string()
                } else {
                    rendered.to_string()
                };
                out.write_all(text.as_bytes())
                    .and_then(|()| out.flush())
                    .map_err(stdout_failed)?;
                return Ok(0);
            }
            Err(error) => return Err(usage_error(&error)),
        };
        let mut out = Output::stdout();
        let code = run(args, &mut out)?;
        out.flush().map_err(stdout_failed)?;
        Ok(code)
    })
}

/// How a failure is reported, decided from the raw arguments because a usage
/// error leaves no parsed ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FailureStyle {
    Text,
    Json,
    Nagios,
}

impl FailureStyle {
    fn of(args: &[OsString]) -> Self {
        // What follows `--` belongs to somebody else's command line.
        let own = || args.iter().take_while(|arg| *arg != OsStr::new("--"));
        if own().any(|arg| arg == "--nagios") {
            FailureStyle::Nagios
        } else if own().any(|arg| arg == "--json") {
            FailureStyle::Json
        } else {
            FailureStyle::Text
        }
    }
}

fn guarded(style: FailureStyle, body: impl FnOnce() -> Result<u8>) -> ExitCode {
    panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        let reason = panic
            .payload_as_str()
            .unwrap_or("unknown reason")
            .replace('\n', " ");
        report(&format!(
            "{TOOL}: internal error: {reason}{place}: \
             please report this with the command line that caused it\n"
        ));
    }));
    match panic::catch_unwind(panic::AssertUnwindSafe(body)) {
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(error)) => ExitCode::from(fail(&error, style)),
        Err(_) => {
            if style == FailureStyle::Nagios {
                print_best_effort("UNKNOWN: internal error\n");
                return ExitCode::from(3);
            }
            ExitCode::from(70)
        }
    }
}

/// Prints an error in the form asked for and returns the exit status.
fn fail(error: &Error, style: FailureStyle) -> u8 {
    let text = error_text(error);
    match style {
        FailureStyle::Text => {
            report(&text);
            error.kind().exit_code()
        }
        FailureStyle::Json => {
            print_best_effort(&format!("{}\n", error.to_json()));
            report(&text);
            error.kind().exit_code()
        }
        FailureStyle::Nagios => {
            // A plugin line is one line, and `|` starts its performance data.
            let line = error.to_string().replace('\n', " ").replace('|', "/");
            print_best_effort(&format!("UNKNOWN: {line}\n"));
            report(&text);
            3
        }
    }
}

/// The error as lines for stderr.
fn error_text(error: &Error) -> String {
    let mut text = format!("{TOOL}: {error}\n");
    for hint in error.hints() {
        text.push_str("hint: ");
        text.push_str(hint);
        text.push('\n');
    }
    text
}

/// Writes to stderr; a stderr that is gone must not change the verdict.
pub(crate) fn report(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn print_best_effort(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

fn stdout_failed(error: io::Error) -> Error {
    Error::new(Kind::System, "standard output", "cannot write").because(error)
}

/// Standard output, buffered. A reader that went away (`| head`) ends the
/// output without changing what the command does or how it exits.
pub(crate) struct Output {
    inner: Box<dyn Write>,
    closed: bool,
}

impl Output {
    fn stdout() -> Self {
        Output::to(io::BufWriter::with_capacity(64 * 1024, io::stdout()))
    }

    /// Output that goes somewhere else, for tests and `-o`.
    pub(crate) fn to(inner: impl Write + 'static) -> Self {
        Output {
            inner: Box::new(inner),
            closed: false,
        }
    }

    /// Whether the reader has gone away, so that further work for its sake
    /// can be left out.
    #[allow(
        dead_code,
        reason = "only one of the tools prints for as long as it is read"
    )]
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    fn tolerate<T>(&mut self, result: io::Result<T>, closed: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(closed)
            }
            other => other,
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let written = self.inner.write(bytes);
        self.tolerate(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let flushed = self.inner.flush();
        self.tolerate(flushed, ())
    }
}

/// Puts a clap error into the form all errors have.
fn usage_error(error: &clap::Error) -> Error {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join(" ")),
        _ => None,
    };
    let argument = context(ContextKind::InvalidArg);
    let subcommand = context(ContextKind::InvalidSubcommand);
    let value = context(ContextKind::InvalidValue).unwrap_or_default();
    let (subject, what) = match (error.kind(), argument, subcommand) {
        (ErrorKind::UnknownArgument, Some(argument), _) => (argument, "unknown option".to_owned()),
        (ErrorKind::InvalidSubcommand, _, Some(name)) => (name, "unknown command".to_owned()),
        (ErrorKind::MissingRequiredArgument, Some(argument), _) => {
            (argument, "required but missing".to_owned())
        }
        (ErrorKind::ArgumentConflict, Some(argument), _) => {
            let other = context(ContextKind::PriorArg).unwrap_or_else(|| "another option".into());
            (argument, format!("cannot be used with {other}"))
        }
        (ErrorKind::InvalidValue, Some(argument), _) if value.is_empty() => {
            (argument, "a value is required but missing".to_owned())
        }
        (ErrorKind::InvalidValue | ErrorKind::ValueValidation, Some(argument), _) => {
            let cause = std::error::Error::source(error).map_or_else(
                || "not one of the possible values".to_owned(),
                ToString::to_string,
            );
            (
                argument,
                format!("invalid value `{}`: {cause}", value.escape_debug()),
            )
        }
        (
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand,
            ..,
        ) => ("command line".to_owned(), "no command was given".to_owned()),
        (ErrorKind::InvalidUtf8, ..) => (
            "command line".to_owned(),
            "an argument is not valid UTF-8".to_owned(),
        ),
        (kind, argument, _) => (
            argument.unwrap_or_else(|| "command line".into()),
            kind.as_str()
                .unwrap_or("cannot be understood")
                .to_lowercase(),
        ),
    };
    let mut result = Error::new(Kind::Usage, subject, what);
    for kind in [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ] {
        if let Some(suggestion) = context(kind) {
            result = result.hint(format!("did you mean `{suggestion}`?"));
        }
    }
    if let Some(ContextValue::Strings(valid)) = error.get(ContextKind::ValidValue)
        && !valid.is_empty()
    {
        result = result.hint(format!("possible values: {}", valid.join(", ")));
    }
    result.hint(format!("`{TOOL} --help` lists the commands and options"))
}

#[cfg(test)]
#[path = "terminal/tests.rs"]
mod tests;
