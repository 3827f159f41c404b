//! Manual pages and shell completions, made from the definitions that `--help`
//! is made from, so that neither can say anything else.

use std::io::{self, Write as _};

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::{Output, TOOL, stdout_failed};
use crate::error::{Error, Kind, Result};

/// What every tool's exit status means, one row a status.
const EXIT_STATUS: &[(&str, &str)] = &[
    (
        "0",
        "Done, or everything checked is as it should be; also where nothing needed doing.",
    ),
    (
        "1",
        "A negative verdict: something that was checked is not as it should be.",
    ),
    (
        "2",
        "A mistake in the command line, the configuration or the input; nothing was attempted.",
    ),
    (
        "3",
        "Partly done: of several changes some took effect and some did not, and the output says which.",
    ),
    ("4", "The peer or the system failed."),
    ("70", "A bug in the tool."),
];

/// Print the completions of a shell
///
/// Packages install them. Without a package, put them where your shell looks:
/// ~/.local/share/bash-completion/completions for bash, a folder of `$fpath`
/// for zsh, ~/.config/fish/completions for fish.
#[derive(Debug, clap::Args)]
#[command(after_help = concat!(
    "Examples:\n  ",
    env!("CARGO_PKG_NAME"), " completions bash > ~/.local/share/bash-completion/completions/",
    env!("CARGO_PKG_NAME"), "\n  ",
    env!("CARGO_PKG_NAME"), " completions fish > ~/.config/fish/completions/",
    env!("CARGO_PKG_NAME"), ".fish"
))]
pub(crate) struct Completions {
    /// The shell that is to complete commands and options
    ///
    /// The one you type in: `echo $0` tells its name.
    shell: Shell,
}

impl Completions {
    /// Prints them for the tool whose arguments are `A`.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub(crate) fn run<A: CommandFactory>(&self, out: &mut Output) -> Result<u8> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut A::command(), TOOL, &mut script);
        if self.shell == Shell::Bash {
            script = with_one_spelling(&script);
        }
        out.write_all(&script).map_err(stdout_failed)?;
        Ok(0)
    }
}

/// The script for bash spells a name with a hyphen in two ways, so that no
/// command of such a tool is recognized (clap issue 6421).
fn with_one_spelling(script: &[u8]) -> Vec<u8> {
    let spelled = |hyphen| format!("{}__subcmd__", TOOL.replace('-', hyphen));
    String::from_utf8_lossy(script)
        .replace(&spelled("__subcmd__"), &spelled("__"))
        .into_bytes()
}

/// Print a manual page
///
/// Packages install them for `man`. This prints the same pages where there is
/// no package: of the tool itself, or of one of its commands.
#[derive(Debug, clap::Args)]
#[command(after_help = concat!(
    "Examples:\n  ",
    env!("CARGO_PKG_NAME"), " manual | man -l -\n  ",
    env!("CARGO_PKG_NAME"), " manual --names"
))]
pub(crate) struct Manual {
    /// The command whose page is wanted; the tool's own without one
    ///
    /// As it is typed, without the name of the tool.
    command: Vec<String>,
    /// Only the commands that have a page, a line each, to make all of them in a loop
    ///
    /// Packages are built with it; an empty line is the tool's own page.
    #[arg(long, conflicts_with = "command")]
    names: bool,
}

impl Manual {
    /// Prints the page of the tool whose arguments are `A`.
    ///
    /// # Errors
    /// When there is no such command, or standard output cannot be written.
    pub(crate) fn run<A: CommandFactory>(&self, out: &mut Output) -> Result<u8> {
        let mut command = A::command().disable_help_subcommand(true);
        // It gives every command the options that all have in common.
        command.build();
        if self.names {
            return names(&command, "", out).map(|()| 0).map_err(stdout_failed);
        }
        let mut named = &command;
        for word in &self.command {
            let found = visible(named).find(|one| one.get_name() == word);
            named = found.ok_or_else(|| {
                Error::new(Kind::Usage, word, "there is no such command")
                    .hint(format!("`{TOOL} manual --names` lists those with a page"))
            })?;
        }
        page(named, out).map(|()| 0).map_err(stdout_failed)
    }
}

fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|one| !one.is_hide_set())
}

/// The words that name each page, an empty line for the tool's own.
fn names(command: &Command, words: &str, out: &mut Output) -> io::Result<()> {
    writeln!(out, "{words}")?;
    for one in visible(command) {
        let space = if words.is_empty() { "" } else { " " };
        names(one, &format!("{words}{space}{}", one.get_name()), out)?;
    }
    Ok(())
}

/// A manual has no short form: what `-h` leaves out is in it.
fn whole(command: Command) -> Command {
    command.mut_args(|arg| match (arg.get_long_help(), arg.get_help().cloned()) {
        (None, Some(help)) => arg.long_help(help),
        _ => arg,
    })
}

fn page(command: &Command, out: &mut Output) -> io::Result<()> {
    let examples = command
        .get_after_long_help()
        .or_else(|| command.get_after_help())
        .map(ToString::to_string);
    let man = Man::new(whole(command.clone()))
        // No date: the version says more. Empty it would be lost, and what
        // follows would take its place.
        .date(" ")
        .source(format!("{TOOL} {}", env!("CARGO_PKG_VERSION")))
        .manual("System Administration");
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    if visible(command).next().is_some() {
        man.render_subcommands_section(out)?;
    }
    let mut rest = Roff::new();
    rest.control("SH", ["EXIT STATUS"]);
    for (status, meaning) in EXIT_STATUS {
        rest.control("TP", []);
        rest.text([roman(*status)]);
        rest.text([roman(*meaning)]);
    }
    if let Some(examples) = examples {
        rest.control("SH", ["EXAMPLES"]);
        rest.control("nf", []);
        for line in examples.lines().filter(|line| *line != "Examples:") {
            rest.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
        rest.control("fi", []);
    }
    rest.to_writer(out)
}
