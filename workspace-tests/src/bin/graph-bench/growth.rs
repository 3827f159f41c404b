//! Whether twice the input costs twice the time, command by command.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::{Options, definitions, measure, median, say};

const SIZES: [usize; 4] = [12_500, 25_000, 50_000, 100_000];

/// A command and its arguments; `{file}`, `{other}`, `{cases}` and `{waivers}`
/// are files of the size that is measured.
const COMMANDS: [(&str, &[&str]); 10] = [
    ("draw dot", &["draw", "{file}", "-T", "dot"]),
    ("draw json", &["draw", "{file}", "-T", "json"]),
    ("draw graphml", &["draw", "{file}", "-T", "graphml"]),
    ("collapse", &["draw", "{file}", "-T", "dot", "--collapse"]),
    (
        "focus",
        &[
            "draw",
            "{file}",
            "-T",
            "dot",
            "--focus",
            "billing.events.0",
            "--depth",
            "2",
        ],
    ),
    ("lint", &["lint", "{file}", "--json"]),
    (
        "lint, waived",
        &["lint", "{file}", "--json", "--waivers", "{waivers}"],
    ),
    ("route", &["route", "{file}", "--cases", "{cases}"]),
    ("who", &["who", "{file}", "--json"]),
    ("diff", &["diff", "{file}", "{other}", "--json"]),
];

struct Files {
    file: PathBuf,
    other: PathBuf,
    cases: PathBuf,
    waivers: PathBuf,
}

impl Files {
    fn write(folder: &Path, queues: usize, tool: &Path) -> Result<Self> {
        let at = |name: &str| folder.join(format!("{queues}-{name}"));
        let files = Files {
            file: at("definitions.json"),
            other: at("other.json"),
            cases: at("cases.json"),
            waivers: at("waivers.toml"),
        };
        definitions::write(&files.file, queues, definitions::VHOSTS)?;
        definitions::write(&files.other, queues - queues / 50, definitions::VHOSTS)?;
        let cases = definitions::cases(queues, definitions::VHOSTS, queues);
        std::fs::write(&files.cases, cases.to_string())?;
        let waivers = files.waivers.to_str().context("the path is not UTF-8")?;
        let file = files.file.to_str().context("the path is not UTF-8")?;
        measure::run(tool, &["lint", file, "-q", "--write-waivers", waivers])?;
        Ok(files)
    }

    fn filled(&self, argument: &str) -> Result<String> {
        let path = match argument {
            "{file}" => &self.file,
            "{other}" => &self.other,
            "{cases}" => &self.cases,
            "{waivers}" => &self.waivers,
            word => return Ok(word.to_owned()),
        };
        Ok(path.to_str().context("the path is not UTF-8")?.to_owned())
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut files = Vec::new();
    for queues in SIZES {
        files.push(Files::write(folder.path(), queues, &options.tool)?);
    }
    let sizes: Vec<String> = SIZES.iter().map(|size| format!("{size} queues")).collect();
    say(&format!(
        "| command | {} | last / first, of 8.0 | peak memory |",
        sizes.join(" | ")
    ));
    say(&format!("|---|{}---|---|", "---|".repeat(SIZES.len())));
    for (name, arguments) in COMMANDS {
        let mut walls = Vec::new();
        let mut peak = 0.0;
        for files in &files {
            let filled: Vec<String> = (arguments.iter())
                .map(|argument| files.filled(argument))
                .collect::<Result<_>>()?;
            let filled: Vec<&str> = filled.iter().map(String::as_str).collect();
            let mut costs = Vec::new();
            for _ in 0..options.rounds {
                costs.push(measure::run(&options.tool, &filled)?);
            }
            walls.push(median(costs.iter().map(|cost| cost.cpu)));
            peak = median(costs.iter().map(|cost| cost.peak));
        }
        let times: Vec<String> = walls.iter().map(|wall| format!("{wall:.2} s")).collect();
        let grown = walls.last().unwrap_or(&f64::NAN) / walls.first().unwrap_or(&f64::NAN);
        say(&format!(
            "| {name} | {} | {grown:.1} | {peak:.0} MB |",
            times.join(" | ")
        ));
    }
    Ok(())
}
