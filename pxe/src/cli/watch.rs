//! `pxe watch`.

use std::io::{self, IsTerminal as _, Write as _};
use std::os::fd::AsFd as _;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::control::{self, Answers};
use crate::error::{Error, Kind, Result};
use crate::report::watch::Watched;
use crate::status::Ask;
use crate::sys::stop::Signals;
use crate::terminal::{Color, Output};

/// Where nothing is drawn anew.
const PAUSE: u16 = 1000;
/// Another screen, without a cursor; and back.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

/// Watch every client's boot, step by step
///
/// Asks the running daemon by its local socket. On a terminal the screen is
/// drawn anew, twice a second; elsewhere every step is a line. Ends with
/// Ctrl-C.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pxe watch -c pxe.toml
  pxe watch --json | jq -r '.clients[] | select(.state == \"stopped\") | .text'")]
pub(super) struct Args {
    #[command(flatten)]
    config: super::ConfigFile,
    /// Show where every client stands, and end
    ///
    /// For a look in passing, for scripts, and for a ticket.
    #[arg(long)]
    once: bool,
    /// Print JSON, a line for whatever is new
    ///
    /// For a program that follows the boots; with --once, one document of all
    /// clients.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, color: Color, out: &mut Output) -> Result<u8> {
    let config = args.config.read()?;
    let socket = &config.socket.path;
    let none = || {
        Error::new(
            Kind::Peer,
            socket.display().to_string(),
            "no daemon answers",
        )
        .hint("is `pxe serve` running, with this configuration?")
        .hint("`socket` names where it is asked; its folder must be there when it starts")
    };
    if args.once && args.json {
        let mut answers = control::ask(socket, Ask::Status)?.ok_or_else(none)?;
        let status = answers.answer()?.ok_or_else(none)?;
        return written(writeln!(out, "{status}")).map(|()| 0);
    }
    let answers = control::ask(socket, Ask::Watch)?.ok_or_else(none)?;
    let mut view = View {
        watched: Watched::default(),
        json: args.json,
        color: color.enabled(),
        is_screen: io::stdout().is_terminal() && !args.json && !args.once,
    };
    if args.once {
        let mut answers = answers;
        if let Some(news) = answers.answer()? {
            view.watched.hear(&news);
        }
        let (width, _) = size();
        for line in view.watched.screen(width, usize::MAX, view.color) {
            written(writeln!(out, "{line}"))?;
        }
        return Ok(0);
    }
    let signals = Signals::take_over().map_err(|error| {
        Error::new(Kind::System, "signals", "cannot be received").because(error)
    })?;
    if view.is_screen {
        written(write!(out, "{ENTER}").and_then(|()| out.flush()))?;
    }
    let ended = view.follow(answers, &signals, out);
    if view.is_screen {
        written(write!(out, "{LEAVE}").and_then(|()| out.flush()))?;
    }
    match ended? {
        Ended::Here => Ok(0),
        Ended::There => Err(Error::new(
            Kind::Peer,
            socket.display().to_string(),
            "the daemon has ended",
        )
        .hint("its log says why")),
    }
}

/// Who ended it.
enum Ended {
    Here,
    There,
}

struct View {
    watched: Watched,
    json: bool,
    color: bool,
    is_screen: bool,
}

impl View {
    fn follow(
        &mut self,
        mut answers: Answers,
        signals: &Signals,
        out: &mut Output,
    ) -> Result<Ended> {
        loop {
            if !answers.is_buffered() {
                let mut fds = [
                    PollFd::new(signals.as_fd(), PollFlags::POLLIN),
                    PollFd::new(answers.as_fd(), PollFlags::POLLIN),
                ];
                if poll(&mut fds, PollTimeout::from(PAUSE)).is_err() {
                    continue;
                }
                let has_answer = fds[1].any().unwrap_or(false);
                if signals.next().ok().flatten().is_some() {
                    return Ok(Ended::Here);
                }
                if !has_answer {
                    continue;
                }
            }
            let Some(news) = answers.answer()? else {
                return Ok(Ended::There);
            };
            let is_new = news["clients"]
                .as_array()
                .is_some_and(|clients| !clients.is_empty());
            let lines = self.watched.hear(&news);
            if self.is_screen {
                self.draw(out)?;
            } else if self.json && is_new {
                written(writeln!(out, "{news}"))?;
            } else if !self.json {
                for line in lines {
                    written(writeln!(out, "{line}"))?;
                }
            }
            written(out.flush())?;
            if out.is_closed() {
                return Ok(Ended::Here);
            }
        }
    }

    fn draw(&self, out: &mut Output) -> Result<()> {
        let (width, height) = size();
        let mut text = String::from("\x1b[H");
        for line in self.watched.screen(width, height, self.color) {
            text.push_str(&line);
            text.push_str("\x1b[K\r\n");
        }
        text.push_str("\x1b[J");
        written(write!(out, "{text}"))
    }
}

/// Columns and lines of the terminal, or what most had.
fn size() -> (usize, usize) {
    terminal_size::terminal_size().map_or((160, 40), |(width, height)| {
        (usize::from(width.0), usize::from(height.0))
    })
}

fn written(result: io::Result<()>) -> Result<()> {
    result
        .map_err(|error| Error::new(Kind::System, "standard output", "cannot write").because(error))
}
