//! What is kept of one client.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::MOST_STEPS;
use super::count::name;
use super::event::{Millis, Outcome, Way};
use super::state::{State, Verdict};
use crate::dhcp::client::Firmware;
use crate::dhcp::responder::Silence;
use crate::wire::arch::Architecture;
use crate::wire::dhcp::MessageType;

/// Bytes of one text of a client.
const LONGEST_TEXT: usize = 200;
/// Steps at the beginning that stay when there are too many.
const FIRST_STEPS: usize = 8;
/// Earlier boots that are remembered.
const MOST_PAST: usize = 5;
/// A client that was silent for this long begins anew.
const ANEW: Millis = 120_000;
/// iPXE asks DHCP again for each script it chains to; after a longer pause it
/// is the machine that began again.
const CHAIN: Millis = 30_000;

/// A client.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) address: Option<Ipv4Addr>,
    pub(super) architecture: Option<Architecture>,
    pub(super) firmware: Option<Firmware>,
    pub(super) rule: Option<Box<str>>,
    pub(super) host: Option<Box<str>>,
    pub(super) class: Option<Box<str>>,
    pub(super) began: Millis,
    pub(super) last: Millis,
    /// The number of the newest thing known of it.
    pub(super) changed: u64,
    pub(super) steps: Vec<Step>,
    pub(super) left_out: u32,
    pub(super) heard: Heard,
    pub(super) boots: u32,
    pub(super) past: Vec<Past>,
    /// How its boot ended, once that was told; until something happens it is
    /// not asked again.
    pub(super) settled: Option<(State, Verdict)>,
}

/// Our last answers, as bytes: what firmware makes of them is asked only when
/// a boot stands still.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) offer: Option<(Ipv4Addr, Box<[u8]>)>,
    pub(super) acknowledged: Option<(Ipv4Addr, Box<[u8]>)>,
    pub(super) boot_server: Option<(Ipv4Addr, Box<[u8]>)>,
}

/// A boot before this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// When it began.
    pub began: Millis,
    /// When it was heard of last.
    pub last: Millis,
    /// How it ended.
    pub state: State,
    /// That in words.
    pub text: String,
}

/// Something that happened.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) number: u64,
    pub(super) at: Millis,
    /// Repeated until then, so often.
    pub(super) last: Millis,
    pub(super) times: u32,
    pub(super) what: What,
}

/// What happened.
#[derive(Debug)]
pub(super) enum What {
    Dhcp(Dhcp),
    Transfer(Transfer),
    Refused {
        way: Way,
        file: Box<str>,
        code: u16,
        why: Box<str>,
    },
}

/// A DHCP message and its answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dhcp {
    pub(super) asked: MessageType,
    pub(super) boot_server: bool,
    pub(super) firmware: Firmware,
    pub(super) answer: Result<(MessageType, Option<Box<str>>), Silence>,
}

/// A file on its way.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) way: Way,
    pub(super) file: Box<str>,
    pub(super) size: Option<u64>,
    pub(super) reached: Arc<AtomicU64>,
    pub(super) ended: Option<(Millis, Outcome)>,
    pub(super) resends: u64,
}

impl Transfer {
    pub(super) fn bytes(&self) -> u64 {
        self.reached.load(Ordering::Relaxed)
    }

    pub(super) fn is_whole(&self) -> bool {
        matches!(self.ended, Some((_, Outcome::Whole)))
    }
}

impl Record {
    /// A DISCOVER begins another boot, unless it is a repeated one, or the
    /// next stage of the same boot asks for itself.
    pub(super) fn begins_anew(&self, firmware: Firmware, now: Millis) -> bool {
        let pause = now.saturating_sub(self.last);
        if self.has_left() {
            return true;
        }
        let loaded = self.steps.iter().any(|step| step.what.is_file());
        let next_stage =
            firmware == Firmware::Ipxe && (self.firmware != Some(Firmware::Ipxe) || pause < CHAIN);
        pause >= ANEW || (loaded && !next_stage)
    }

    /// Whether it gave its address back and was not heard of since.
    pub(super) fn has_left(&self) -> bool {
        self.steps.last().is_some_and(
            |step| matches!(&step.what, What::Dhcp(dhcp) if dhcp.asked == MessageType::Release),
        )
    }

    /// Puts the boot so far aside.
    pub(super) fn begin(&mut self, now: Millis) {
        if !self.steps.is_empty() {
            let (state, verdict) = self.stands(self.last + ANEW);
            self.past.push(Past {
                began: self.began,
                last: self.last,
                state,
                text: verdict.text,
            });
            if self.past.len() > MOST_PAST {
                self.past.remove(0);
            }
        }
        self.boots += 1;
        self.began = now;
        self.last = now;
        self.steps.clear();
        self.left_out = 0;
        self.heard = Heard::default();
        self.class = None;
        self.settled = None;
    }

    /// Adds a step, or counts the one before once more.
    pub(super) fn push(&mut self, number: u64, what: What, now: Millis) {
        self.changed = number;
        self.last = now;
        self.settled = None;
        if let Some(before) = self.steps.last_mut()
            && before.what.is_repeated_by(&what)
        {
            before.times = before.times.saturating_add(1);
            before.last = now;
            before.number = number;
            return;
        }
        if self.steps.len() >= MOST_STEPS {
            let oldest = (FIRST_STEPS..self.steps.len())
                .find(|at| !self.steps[*at].is_under_way())
                .unwrap_or(FIRST_STEPS);
            self.steps.remove(oldest);
            self.left_out += 1;
        }
        self.steps.push(Step {
            number,
            at: now,
            last: now,
            times: 1,
            what,
        });
    }

    /// The transfers, the oldest first.
    pub(super) fn transfers(&self) -> impl DoubleEndedIterator<Item = (&Step, &Transfer)> {
        self.steps.iter().filter_map(|step| match &step.what {
            What::Transfer(transfer) => Some((step, transfer)),
            _ => None,
        })
    }

    /// Whether a transfer is under way.
    pub(super) fn is_loading(&self) -> bool {
        self.steps.iter().any(Step::is_under_way)
    }
}

impl Step {
    pub(super) fn is_under_way(&self) -> bool {
        matches!(&self.what, What::Transfer(transfer) if transfer.ended.is_none())
    }
}

impl What {
    fn is_repeated_by(&self, other: &What) -> bool {
        match (self, other) {
            (What::Dhcp(this), What::Dhcp(other)) => this == other,
            (
                What::Refused { file, code, .. },
                What::Refused {
                    file: other_file,
                    code: other_code,
                    ..
                },
            ) => file == other_file && code == other_code,
            _ => false,
        }
    }

    /// In words.
    pub(super) fn text(&self, began: Millis) -> String {
        match self {
            What::Dhcp(dhcp) => dhcp.text(),
            What::Refused {
                way,
                file,
                code,
                why,
            } => {
                let why = why.strip_prefix(&format!("{file}: ")).unwrap_or(why);
                format!("{}: {file}: refused ({code} {why})", way.shown())
            }
            What::Transfer(transfer) => transfer.text(began),
        }
    }
}

impl Dhcp {
    fn text(&self) -> String {
        let who = match self.firmware {
            Firmware::Ipxe => "iPXE: ",
            Firmware::Http => "HTTP boot: ",
            Firmware::Other if self.asked == MessageType::Release => "",
            Firmware::Other => "operating system: ",
            Firmware::Pxe => "",
        };
        let asked = name(self.asked).to_uppercase();
        let port = if self.boot_server {
            " at port 4011"
        } else {
            ""
        };
        let answer = match &self.answer {
            Ok((kind, file)) => {
                let kind = name(*kind).to_uppercase();
                match file {
                    Some(file) => format!("{kind} with {file}"),
                    None => kind,
                }
            }
            Err(Silence::NotOurs) => "left to the DHCP server".to_owned(),
            Err(Silence::Noted) => return format!("{who}{asked}{port}"),
            Err(why) => format!("no answer: {why}"),
        };
        format!("{who}{asked}{port}: {answer}")
    }
}

impl Transfer {
    /// In words.
    pub(super) fn text(&self, began: Millis) -> String {
        let (way, file) = (self.way.shown(), &self.file);
        let bytes = self.bytes();
        let Some((ended, outcome)) = &self.ended else {
            let size = self.size.map_or_else(|| "?".to_owned(), shown);
            return format!("{way}: {file}: {} of {size}", shown(bytes));
        };
        let seconds = ended.saturating_sub(began).max(1) as f64 / 1000.0;
        let resent = match self.resends {
            0 => String::new(),
            1 => ", 1 resend".to_owned(),
            many => format!(", {many} resends"),
        };
        match outcome {
            Outcome::Whole => {
                let rate = shown((bytes as f64 / seconds) as u64);
                let size = shown(bytes);
                format!("{way}: {file}: {size} in {seconds:.2} s, {rate}/s{resent}")
            }
            other => format!("{way}: {file}: {other} after {}{resent}", shown(bytes)),
        }
    }
}

/// Bytes as people count them.
fn shown(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    let mut count = bytes as f64;
    let mut unit = "";
    for next in UNITS {
        if count < 1000.0 {
            break;
        }
        count /= 1000.0;
        unit = next;
    }
    format!("{count:.1} {unit}")
}

/// Text of a client, as much of it as is kept; it is printable already.
pub(super) fn kept(text: &str) -> Box<str> {
    text[..text.floor_char_boundary(LONGEST_TEXT)].into()
}
