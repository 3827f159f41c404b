//! The largest file anybody has: how long DOT takes, against Python's
//! `json.load` of the same file, and how much memory.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::{Options, definitions, measure, median, say};

const QUEUES: usize = 100_000;

/// Only the parsing is timed, not the start of the interpreter.
const PYTHON: &str = "import json, sys, time
with open(sys.argv[1], encoding='utf-8') as file:
    begin = time.perf_counter()
    json.load(file)
    print(time.perf_counter() - begin)";

pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("definitions.json");
    say(
        "| virtual hosts | file | json.load | draw -T dot | CPU | time / json.load | peak memory | memory / file |",
    );
    say("|---|---|---|---|---|---|---|---|");
    for vhosts in [definitions::VHOSTS, 1] {
        definitions::write(&file, QUEUES, vhosts)?;
        #[expect(clippy::cast_precision_loss, reason = "bytes of a file")]
        let bytes = std::fs::metadata(&file)?.len() as f64 / 1e6;
        let path = file.to_str().context("the path is not UTF-8")?;
        let mut rounds = Vec::new();
        for _ in 0..options.rounds {
            let python = json_load(&file)?;
            let cost = measure::run(&options.tool, &["draw", path, "-T", "dot"])?;
            rounds.push((python, cost));
        }
        let peak = median(rounds.iter().map(|it| it.1.peak));
        say(&format!(
            "| {vhosts} | {bytes:.1} MB | {:.2} s | {:.2} s | {:.2} s | {:.2} | {peak:.0} MB | {:.2} |",
            median(rounds.iter().map(|it| it.0)),
            median(rounds.iter().map(|it| it.1.wall)),
            median(rounds.iter().map(|it| it.1.cpu)),
            median(rounds.iter().map(|it| it.1.wall / it.0)),
            peak / bytes,
        ));
    }
    Ok(())
}

fn json_load(file: &Path) -> Result<f64> {
    let output = Command::new("python3")
        .args(["-c", PYTHON])
        .arg(file)
        .output()
        .context("python3 is what the time is compared with: install it")?;
    ensure!(output.status.success(), "python3 failed");
    let text = String::from_utf8(output.stdout)?;
    text.trim().parse().context("python3 printed no time")
}
