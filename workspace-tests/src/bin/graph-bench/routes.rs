//! Many messages through one topology.

use anyhow::{Context as _, Result};

use crate::{Options, definitions, measure, median, say};

const QUEUES: usize = 1_000;
const CASES: usize = 10_000;

pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let [file, cases] = ["definitions.json", "cases.json"].map(|name| folder.path().join(name));
    definitions::write(&file, QUEUES, 1)?;
    std::fs::write(&cases, definitions::cases(QUEUES, 1, CASES).to_string())?;
    let [file, cases] = [&file, &cases].map(|path| path.to_str().context("the path is not UTF-8"));
    let (file, cases) = (file?, cases?);
    let mut walls = Vec::new();
    for _ in 0..options.rounds {
        let cost = measure::run(&options.tool, &["route", file, "--cases", cases])?;
        walls.push(cost.wall);
    }
    say(&format!(
        "{CASES} messages over {QUEUES} queues and {} bindings, a quarter of them rejected everywhere: {:.3} s",
        QUEUES * definitions::BINDINGS,
        median(walls)
    ));
    Ok(())
}
