//! `rabbit-graph docs`.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Common;
use super::input::Source;
use super::render::{self, LayoutName, Look};
use crate::error::{Error, Kind, Result};
use crate::picture::style::Theme;
use crate::picture::{Picture, Show};
use crate::terminal::Output;
use crate::topology::{Topology, VhostId};
use crate::{filter, handbook, lint, output, picture};

/// Document a topology as Markdown and pictures for a repository
///
/// Writes README.md with what there is, and for each virtual host a page and
/// an SVG: exchanges, queues, bindings, policies with the objects they are in
/// effect on, shovels, and users with what they may do. Names and order
/// depend on the definitions alone, so that a pull request shows only what
/// has changed. Pages of virtual hosts that are gone are removed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rabbit-graph docs definitions.json -o docs/rabbitmq\n  \
    rabbit-graph docs definitions.json -o docs/rabbitmq --check")]
pub(super) struct Docs {
    #[command(flatten)]
    source: Source,

    /// The folder of the pages; made if it is not there
    ///
    /// Pages of virtual hosts that are gone are removed from it; files of yours
    /// are left alone.
    #[arg(short, value_name = "DIR")]
    output: PathBuf,

    /// Write nothing; exit 1 when a page is not what it would be
    ///
    /// For CI: fails the change of definitions that forgot the documents.
    #[arg(long)]
    check: bool,

    /// Print what was done as JSON
    ///
    /// For scripts: the pages, and which of them changed.
    #[arg(long)]
    json: bool,
}

/// A file of the documentation and what it says.
type Page = (String, Vec<u8>);

/// Writes the pages or compares them.
pub(super) fn run(command: &Docs, common: &Common, out: &mut Output) -> Result<u8> {
    let topology = command.source.topology()?;
    let pages = pages(&topology)?;
    let folder = &command.output;
    let mut changed: Vec<(String, &str)> = Vec::new();
    for (name, content) in &pages {
        match fs::read(folder.join(name)) {
            Ok(found) if found == *content => {}
            Ok(_) => changed.push((name.clone(), "differs")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                changed.push((name.clone(), "missing"));
            }
            Err(error) => {
                return Err(failed(&folder.join(name), "cannot be read").because(error));
            }
        }
    }
    for name in left_over(folder, &pages)? {
        changed.push((name, "left over"));
    }
    if !command.check {
        fs::create_dir_all(folder)
            .map_err(|error| failed(folder, "cannot be created").because(error))?;
        for (name, why) in &changed {
            let path = folder.join(name);
            match pages.iter().find(|page| page.0 == *name) {
                Some((_, content)) => output::write_file(&path, |out| out.write_all(content))?,
                None => {
                    debug_assert_eq!(*why, "left over");
                    fs::remove_file(&path)
                        .map_err(|error| failed(&path, "cannot be removed").because(error))?;
                }
            }
        }
    }
    report(command, common, out, &changed, pages.len())?;
    Ok(u8::from(command.check && !changed.is_empty()))
}

fn report(
    command: &Docs,
    common: &Common,
    out: &mut Output,
    changed: &[(String, &str)],
    count: usize,
) -> Result<()> {
    let folder = command.output.display().to_string();
    let printed = if command.json {
        let files: Vec<_> = changed
            .iter()
            .map(|(file, why)| serde_json::json!({ "file": file, "was": why }))
            .collect();
        let what = serde_json::json!({
            "folder": folder, "checked": command.check, "pages": count, "changed": files,
        });
        writeln!(out, "{what}")
    } else if command.check {
        changed
            .iter()
            .try_for_each(|(file, why)| writeln!(out, "{folder}/{file}: {why}"))
    } else {
        common.note(&format!(
            "{folder}: {count} files, {} of them changed",
            changed.len()
        ));
        Ok(())
    };
    printed
        .map_err(|error| Error::new(Kind::System, "standard output", "cannot write").because(error))
}

fn failed(path: &Path, what: &str) -> Error {
    Error::new(Kind::System, path.display().to_string(), what)
}

fn pages(topology: &Topology) -> Result<Vec<Page>> {
    let findings = findings(topology);
    let mut pages: Vec<Page> = vec![(
        handbook::INDEX.to_owned(),
        handbook::index(topology, &findings).into_bytes(),
    )];
    for (index, names) in handbook::names(topology).into_iter().enumerate() {
        let vhost = VhostId(index as u32);
        let svg = draw(topology, vhost)?;
        let pictured = match &svg {
            Ok(_) => Ok(&*names.picture),
            Err(why) => Err(&**why),
        };
        let page = handbook::page(topology, vhost, pictured, &findings);
        pages.push((names.page, page.into_bytes()));
        if let Ok(svg) = svg {
            pages.push((names.picture, svg.into_bytes()));
        }
    }
    Ok(pages)
}

/// What `lint` finds, waivers aside.
fn findings(topology: &Topology) -> Vec<handbook::Finding> {
    lint::check(topology, None)
        .into_iter()
        .map(|found| handbook::Finding {
            vhost: found.vhost,
            rule: found.rule.to_owned(),
            severity: found.severity.name().to_owned(),
            object: found.object,
            message: found.message,
        })
        .collect()
}

/// The picture of a virtual host, collapsed if it is too large otherwise, or
/// why there is none.
fn draw(topology: &Topology, vhost: VhostId) -> Result<std::result::Result<String, String>> {
    let name = &topology.vhost(vhost).name;
    let selection = filter::select(
        topology,
        &filter::Filter {
            vhosts: vec![name.to_string()],
            ..filter::Filter::default()
        },
    )?;
    let mut picture = picture::build(topology, &selection, Show::default());
    picture.title = String::new();
    picture.merge_parallels();
    let look = Look {
        theme: Theme::Light,
        legend: true,
        layout: LayoutName::Builtin,
    };
    let draw = |picture: &Picture| render::svg(picture, look).map_err(|error| error.message());
    Ok(draw(&picture).or_else(|_| {
        picture.collapse();
        draw(&picture)
    }))
}

/// Pages that an earlier run wrote for virtual hosts that are gone, and their
/// pictures: nothing but what begins as this tool's pages do.
fn left_over(folder: &Path, pages: &[Page]) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(folder, "cannot be read").because(error)),
    };
    let known = |name: &str| pages.iter().any(|page| page.0 == name);
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| failed(folder, "cannot be read").because(error))?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let Some(stem) = name
            .strip_suffix(".md")
            .filter(|stem| stem.starts_with("vhost-"))
        else {
            continue;
        };
        let written = fs::read(entry.path())
            .is_ok_and(|content| content.starts_with(handbook::GENERATED.as_bytes()));
        if !written {
            continue;
        }
        let picture = format!("{stem}.svg");
        if !known(&picture) && folder.join(&picture).exists() {
            found.push(picture);
        }
        if !known(&name) {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}
