//! What a server process costs, from `/proc`.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result};

/// Linux counts processor time in this many ticks a second on every
/// architecture it shows to programs.
const TICKS: f64 = 100.0;

/// Processor seconds of a process and everything it started, the dead too.
///
/// # Errors
/// When the process is gone.
pub fn processor_seconds(id: u32) -> Result<f64> {
    let mut ticks = 0;
    for process in family(id)? {
        ticks += process.ticks;
    }
    #[expect(clippy::cast_precision_loss, reason = "ticks of a test run")]
    let ticks = ticks as f64;
    Ok(ticks / TICKS)
}

/// Resident memory of a process and its children in KiB, without the pages of
/// files: what a server needs beside the file cache.
///
/// # Errors
/// When the process is gone.
pub fn anonymous_kib(id: u32) -> Result<u64> {
    let mut sum = 0;
    for process in family(id)? {
        let path = format!("/proc/{}/status", process.id);
        let Ok(status) = fs::read_to_string(path) else {
            continue;
        };
        for name in ["RssAnon:", "RssShmem:"] {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
            sum += number.unwrap_or(0);
        }
    }
    Ok(sum)
}

struct Process {
    id: u32,
    ticks: u64,
}

/// A process and its descendants.
fn family(id: u32) -> Result<Vec<Process>> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut ticks = BTreeMap::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Ok(stat) = fs::read_to_string(format!("/proc/{id}/stat")) else {
            continue; // it ended in between
        };
        // The name in brackets may hold anything, brackets too.
        let Some((_, rest)) = stat.rsplit_once(") ") else {
            continue;
        };
        let fields: Vec<&str> = rest.split(' ').collect();
        let number = |at: usize| fields.get(at).and_then(|word| word.parse::<u64>().ok());
        // proc(5): ppid is field 4; utime, stime, cutime, cstime are 14 to 17.
        let parent = number(1).and_then(|parent| u32::try_from(parent).ok());
        children.entry(parent.unwrap_or(0)).or_default().push(id);
        let sum: u64 = (11..15).filter_map(number).sum();
        ticks.insert(id, sum);
    }
    ticks
        .contains_key(&id)
        .then_some(())
        .with_context(|| format!("process {id} is gone"))?;
    let mut family = Vec::new();
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        family.push(Process {
            id,
            ticks: ticks.get(&id).copied().unwrap_or(0),
        });
        open.extend(children.get(&id).into_iter().flatten());
    }
    Ok(family)
}
