//! What those who look are given: plain values, made while the book is held,
//! for which no client has to wait.

use std::net::Ipv4Addr;

use super::book::{Book, firmware_name};
use super::event::{Id, Millis};
pub use super::record::Past;
use super::record::{Record, Step, What};
use super::state::{State, Verdict};
use crate::wire::arch::Architecture;

/// Where all clients stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// When.
    pub at: Millis,
    /// The clients, who was heard of last first.
    pub rows: Vec<Row>,
    /// How many were forgotten for want of room.
    pub forgotten: u64,
}

/// Where one client stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which.
    pub id: Id,
    /// Its address, as far as it is known.
    pub address: Option<Ipv4Addr>,
    /// What it said it is.
    pub architecture: Option<Architecture>,
    /// What asks: `PXE`, `HTTP boot`, `iPXE`.
    pub firmware: &'static str,
    /// The rule that answered it.
    pub rule: Option<String>,
    /// Option 12.
    pub host: Option<String>,
    /// Option 60.
    pub class: Option<String>,
    /// Where its boot stands.
    pub state: State,
    /// Why.
    pub verdict: Verdict,
    /// When this boot began.
    pub began: Millis,
    /// When it was heard of last.
    pub last: Millis,
    /// Which of its boots this is.
    pub boots: u32,
    /// The file that is or was loaded last.
    pub file: Option<File>,
}

/// A file on its way, or arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// As the client calls it.
    pub name: String,
    /// `tftp`, `http` or `upload`.
    pub way: &'static str,
    /// Bytes that arrived.
    pub bytes: u64,
    /// Bytes in all, where that is known.
    pub size: Option<u64>,
    /// Since it began, or as long as it took.
    pub took: Millis,
    /// Whether it is still on its way.
    pub under_way: bool,
}

/// One client's boot.
#[derive(Debug, Clone, PartialEq)]
pub struct Detail {
    /// Where it stands.
    pub row: Row,
    /// How it came there.
    pub steps: Vec<StepRow>,
    /// Steps between the first and the last that were not kept.
    pub left_out: u32,
    /// The boots before, the latest last.
    pub past: Vec<Past>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRow {
    /// When.
    pub at: Millis,
    /// When it was repeated last.
    pub last: Millis,
    /// How often it happened.
    pub times: u32,
    /// What it was, in words.
    pub text: String,
}

/// What is new.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    /// To be asked with next time.
    pub number: u64,
    /// The clients that changed or are loading, with their new steps.
    pub clients: Vec<(Row, Vec<StepRow>)>,
    /// How many clients stand where.
    pub states: Vec<(State, usize)>,
}

impl Book {
    pub(super) fn snapshot(&self, now: Millis) -> Snapshot {
        let mut rows: Vec<Row> = self
            .records
            .iter()
            .map(|(id, record)| record.row(*id, now))
            .collect();
        rows.sort_unstable_by_key(|row| (std::cmp::Reverse(row.last), row.id));
        Snapshot {
            at: now,
            rows,
            forgotten: self.counts.forgotten,
        }
    }

    pub(super) fn detail(&self, id: Id, now: Millis) -> Option<Detail> {
        let record = self.records.get(&id)?;
        Some(Detail {
            row: record.row(id, now),
            steps: record.steps.iter().map(Step::row).collect(),
            left_out: record.left_out,
            past: record.past.clone(),
        })
    }

    pub(super) fn news(&self, since: Option<u64>, now: Millis) -> News {
        let mut states = State::ALL.map(|state| (state, 0)).to_vec();
        let mut clients = Vec::new();
        for (id, record) in &self.records {
            let row = record.row(*id, now);
            if let Some((_, count)) = states.iter_mut().find(|(state, _)| *state == row.state) {
                *count += 1;
            }
            // A boot that time alone brought to its end is news too.
            let moved = record.is_loading() || record.settled.is_none();
            if since.is_none_or(|since| record.changed > since) || moved {
                let steps = record
                    .steps
                    .iter()
                    .filter(|step| since.is_some_and(|since| step.number > since))
                    .map(Step::row)
                    .collect();
                clients.push((row, steps));
            }
        }
        clients.sort_unstable_by_key(|(row, _)| (row.last, row.id));
        News {
            number: self.number,
            clients,
            states,
        }
    }

    pub(super) fn settled(&mut self, now: Millis) -> Vec<Row> {
        let mut settled = Vec::new();
        for (id, record) in &mut self.records {
            if record.settled.is_some() {
                continue;
            }
            let (state, verdict) = record.stands(now);
            if state.is_end() {
                record.settled = Some((state, verdict));
                *self.counts.boots.entry(state).or_default() += 1;
                // Time brought it there: news for those who look.
                self.number += 1;
                record.changed = self.number;
                settled.push(record.row(*id, now));
            }
        }
        settled
    }
}

impl Record {
    pub(super) fn row(&self, id: Id, now: Millis) -> Row {
        let (state, verdict) = self.stands(now);
        let newest = self
            .transfers()
            .rev()
            .find(|(step, _)| step.is_under_way())
            .or_else(|| self.transfers().next_back());
        let file = newest.map(|(step, transfer)| File {
            name: transfer.file.to_string(),
            way: transfer.way.name(),
            bytes: transfer.bytes(),
            size: transfer.size,
            took: transfer
                .ended
                .as_ref()
                .map_or(now, |(ended, _)| *ended)
                .saturating_sub(step.at),
            under_way: step.is_under_way(),
        });
        let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
        Row {
            id,
            address: self.address,
            architecture: self.architecture,
            firmware: self.firmware.map_or("-", firmware_name),
            rule: text(&self.rule),
            host: text(&self.host),
            class: text(&self.class),
            state,
            verdict,
            began: self.began,
            last: self.last,
            boots: self.boots,
            file,
        }
    }
}

impl Step {
    fn row(&self) -> StepRow {
        StepRow {
            at: self.at,
            last: self.last,
            times: self.times,
            text: self.what.text(self.at),
        }
    }
}

impl What {
    /// Whether it is about a file.
    pub(super) fn is_file(&self) -> bool {
        !matches!(self, What::Dhcp(_))
    }
}
