//! `rabbit-graph diff`.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::json;

use super::Common;
use super::input::{AccessArgs, topology};
use super::render::{self, Drawn, Look, Tracing};
use crate::diff::{self, Difference, Mark};
use crate::error::{Error, Kind, Result};
use crate::terminal::Output;
use crate::text::{push_line, visible};
use crate::topology::Topology;
use crate::{dot, html, output};

/// Tell what differs between two definitions: objects and effects
///
/// An effect is what objects bring about in others: a changed policy that
/// moves the dead letters of a queue shows the moved way. Exit status 1 when
/// they differ.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rabbit-graph diff committed.json https://monitor@broker.example:15671\n  \
    rabbit-graph diff old.json new.json -o changes.svg")]
pub(super) struct Diff {
    /// The definitions before
    ///
    /// What is in the repository or on the broker now: a file, .gz, `-` or a
    /// URL.
    #[arg(value_name = "OLD")]
    old: String,

    /// The definitions after
    ///
    /// What is proposed, or what the broker has by now: a file, .gz, `-` or a
    /// URL.
    #[arg(value_name = "NEW")]
    new: String,

    /// The format: text, json, md, dot, svg or html
    ///
    /// md is for a pull request, svg and html draw both definitions in one
    /// picture.
    #[arg(short = 'T', value_name = "FORMAT", hide_possible_values = true)]
    format: Option<Format>,

    /// Write to this file; its ending tells the format
    ///
    /// The file is replaced whole or not at all. Without it the result goes to
    /// standard output.
    #[arg(short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Print JSON
    ///
    /// For scripts: the fields are in the README and do not change their
    /// meaning.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    access: AccessArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Md,
    Dot,
    Svg,
    Html,
}

/// Compares.
pub(super) fn run(command: &Diff, _common: &Common, out: &mut Output) -> Result<u8> {
    let access = command.access.access();
    let (old, new) = (
        topology(&command.old, &access)?,
        topology(&command.new, &access)?,
    );
    let found = diff::between(&old, &new);
    let ending = command
        .output
        .as_ref()
        .and_then(|path| path.extension()?.to_str());
    let format = match (command.json, command.format, ending) {
        (true, ..) => Format::Json,
        (_, Some(format), _) => format,
        (_, None, Some("json")) => Format::Json,
        (_, None, Some("md")) => Format::Md,
        (_, None, Some("dot" | "gv")) => Format::Dot,
        (_, None, Some("svg")) => Format::Svg,
        (_, None, Some("html" | "htm")) => Format::Html,
        _ => Format::Text,
    };
    let drawn = match format {
        Format::Svg => Some(draw(&old, &new, Drawn::Svg)?),
        Format::Html => Some(draw(&old, &new, Drawn::Html)?),
        Format::Text | Format::Json | Format::Md | Format::Dot => None,
    };
    let write = |out: &mut dyn Write| match format {
        Format::Svg | Format::Html => out.write_all(drawn.as_deref().unwrap_or_default()),
        Format::Text => out.write_all(text(&found).as_bytes()),
        Format::Json => writeln!(out, "{}", document(&found)),
        Format::Md => out.write_all(markdown(&found).as_bytes()),
        Format::Dot => {
            let options = dot::Options {
                legend: true,
                ..dot::Options::default()
            };
            dot::write(&diff::picture(&old, &new), options, out)
        }
    };
    match &command.output {
        Some(path) => output::write_file(path, write)?,
        None => write(out).map_err(|error| {
            Error::new(Kind::System, "standard output", "cannot write").because(error)
        })?,
    }
    Ok(u8::from(!found.is_empty()))
}

/// Both topologies in one picture, with marks. A page traces messages through
/// the new one.
fn draw(old: &Topology, new: &Topology, format: Drawn) -> Result<Vec<u8>> {
    let mut picture = diff::picture(old, new);
    picture.merge_parallels();
    let look = Look {
        legend: true,
        ..Look::default()
    };
    render::render(&picture, format, look, || Tracing {
        tables: html::tables::of(new, &picture),
        filtered: false,
    })
}

fn sign(mark: Mark) -> char {
    match mark {
        Mark::Added => '+',
        Mark::Removed => '-',
        Mark::Changed => '~',
    }
}

fn text(found: &[Difference]) -> String {
    let mut text = String::new();
    for (effect, heading) in [(false, "objects"), (true, "effects")] {
        let some: Vec<_> = found.iter().filter(|it| it.effect == effect).collect();
        if some.is_empty() {
            continue;
        }
        text.push_str(&format!("{heading}:\n"));
        for it in some {
            let vhost = if it.vhost.is_empty() {
                String::new()
            } else {
                format!("[{}] ", it.vhost)
            };
            push_line(
                &mut text,
                &format!("{} {vhost}{}", sign(it.mark), it.object),
            );
            if it.mark == Mark::Changed {
                for change in &it.changes {
                    let side =
                        |value: &Option<String>| value.as_deref().unwrap_or("(unset)").to_owned();
                    let (before, after) = (side(&change.before), side(&change.after));
                    push_line(
                        &mut text,
                        &format!("    {}: {before} -> {after}", change.property),
                    );
                }
            }
        }
    }
    if text.is_empty() {
        text.push_str("no difference\n");
    }
    text
}

fn document(found: &[Difference]) -> serde_json::Value {
    let list: Vec<_> = (found.iter())
        .map(|it| {
            let changes: Vec<_> = (it.changes.iter())
                .map(|change| json!({"property": change.property, "before": change.before, "after": change.after}))
                .collect();
            json!({"kind": if it.effect { "effect" } else { "object" }, "change": it.mark.id(),
                   "vhost": it.vhost, "object": it.object, "properties": changes})
        })
        .collect();
    json!({"differences": list})
}

fn cell(text: &str) -> String {
    let mut cell = String::new();
    for c in visible(text).chars() {
        if matches!(
            c,
            '|' | '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '#'
        ) {
            cell.push('\\');
        }
        cell.push(c);
    }
    cell
}

fn markdown(found: &[Difference]) -> String {
    if found.is_empty() {
        return "No difference.\n".to_owned();
    }
    let mut text = String::new();
    for (effect, heading) in [(false, "Objects"), (true, "Effects")] {
        let some: Vec<_> = found.iter().filter(|it| it.effect == effect).collect();
        if some.is_empty() {
            continue;
        }
        text.push_str(&format!("## {heading}\n\n| | virtual host | what | before and after |\n| --- | --- | --- | --- |\n"));
        for it in some {
            let changes: Vec<String> = match it.mark {
                Mark::Changed => (it.changes.iter())
                    .map(|change| {
                        let side =
                            |value: &Option<String>| cell(value.as_deref().unwrap_or("(unset)"));
                        format!(
                            "{}: {} → {}",
                            cell(&change.property),
                            side(&change.before),
                            side(&change.after)
                        )
                    })
                    .collect(),
                _ => Vec::new(),
            };
            text.push_str(&format!(
                "| {} | {} | {} | {} |\n",
                it.mark.id(),
                cell(&it.vhost),
                cell(&it.object),
                changes.join("<br>")
            ));
        }
        text.push('\n');
    }
    text
}
