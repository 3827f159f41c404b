//! Where a boot stands, and why it stands there.

use std::net::Ipv4Addr;

use super::event::{Millis, Outcome};
use super::record::{Dhcp, Heard, Record, Step, Transfer, What};
use crate::dhcp::client::Firmware;
use crate::dhcp::responder::Silence;
use crate::firmware::{self, Answer, Course, End, Profile, Reason};
use crate::wire::dhcp::MessageType;

/// Between two files of a boot, and between EDK2's question for the size and
/// its transfer.
const QUIET: Millis = 5_000;
/// What was offered is asked for within this; EDK2 waits four seconds for
/// other offers, and one more behind port 4011.
const PATIENCE: Millis = 20_000;
/// A program that ends this soon after it was loaded did not run long.
const SOON: Millis = 90_000;

/// Where a boot stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It asks.
    Asking,
    /// It was told what to boot.
    Offered,
    /// It loads a file.
    Loading,
    /// It has loaded what it asked for.
    Loaded,
    /// It stands still, and should not.
    Stopped,
    /// It is not to boot from here.
    Ignored,
}

impl State {
    /// All of them, in the order of a boot.
    pub const ALL: [State; 6] = [
        State::Asking,
        State::Offered,
        State::Loading,
        State::Loaded,
        State::Stopped,
        State::Ignored,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            State::Asking => "asking",
            State::Offered => "offered",
            State::Loading => "loading",
            State::Loaded => "loaded",
            State::Stopped => "stopped",
            State::Ignored => "ignored",
        }
    }

    /// Whether nothing more is expected.
    pub fn is_end(self) -> bool {
        matches!(self, State::Loaded | State::Stopped | State::Ignored)
    }
}

/// Why it stands there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// One sentence.
    pub text: String,
    /// A name for programs, where something is wrong.
    pub code: Option<&'static str>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Verdict {
    fn plain(text: impl Into<String>) -> Verdict {
        Verdict {
            text: text.into(),
            ..Verdict::default()
        }
    }

    fn of(reason: &Reason) -> Verdict {
        Verdict {
            text: reason.text(),
            code: Some(reason.code()),
            hint: Some(reason.hint()),
        }
    }

    fn silence(why: Silence) -> Verdict {
        Verdict {
            text: why.to_string(),
            code: Some(why.code()),
            hint: Some(remedy(why).to_owned()).filter(|hint| !hint.is_empty()),
        }
    }
}

impl Record {
    /// Where the boot stands now, and why.
    pub(super) fn stands(&self, now: Millis) -> (State, Verdict) {
        match &self.settled {
            Some(settled) => settled.clone(),
            None => self.judged(now),
        }
    }

    fn judged(&self, now: Millis) -> (State, Verdict) {
        let idle = now.saturating_sub(self.last);
        if let Some((step, transfer)) = self.transfers().rev().find(|(step, _)| step.is_under_way())
        {
            return (State::Loading, Verdict::plain(transfer.text(step.at)));
        }
        let last_file = self.steps.iter().rposition(|step| step.what.is_file());
        // The next stage of a boot asks for itself: what it is told counts,
        // not what the stage before has loaded.
        let since = &self.steps[last_file.map_or(0, |at| at + 1)..];
        let Some(last) = last_file
            .map(|at| &self.steps[at])
            .filter(|_| !since.iter().any(Step::is_decisive))
        else {
            return self.in_dhcp(since, idle);
        };
        let whole = self
            .transfers()
            .rev()
            .find(|(_, transfer)| transfer.is_whole());
        let trouble = match &last.what {
            What::Transfer(transfer) if transfer.is_whole() => None,
            What::Transfer(transfer) => Some(broken(transfer)),
            What::Refused {
                file, code, why, ..
            } => Some(refused(file, *code, why)),
            What::Dhcp(_) => None,
        };
        let by_client = matches!(&last.what, What::Transfer(transfer)
            if matches!(transfer.ended, Some((_, Outcome::ClientEnded(..)))));
        let is_refused = matches!(last.what, What::Refused { .. });
        match (trouble, whole) {
            // A boot program looks for files that need not be there, and
            // breaks off what it only wanted to see the beginning of.
            (Some(trouble), Some((_, transfer))) if by_client || is_refused => {
                let text = format!("loaded {}; afterwards: {}", transfer.file, trouble.text);
                (self.after(idle), Verdict { text, ..trouble })
            }
            // EDK2 ends its first request once it knows the size.
            (Some(_), None) if by_client && idle < QUIET => (
                State::Loading,
                Verdict::plain("between two requests for files"),
            ),
            (Some(trouble), _) => (State::Stopped, self.again(trouble)),
            (None, _) => {
                let what = match &last.what {
                    What::Transfer(transfer) => transfer.text(last.at),
                    _ => String::new(),
                };
                let asks_again = self.steps.last().is_some_and(|step| {
                    matches!(&step.what, What::Dhcp(dhcp) if dhcp.firmware == Firmware::Other)
                });
                let text = if asks_again {
                    format!("{what}; its operating system asks for an address")
                } else {
                    what
                };
                (self.after(idle), self.again(Verdict::plain(text)))
            }
        }
    }

    fn after(&self, idle: Millis) -> State {
        if idle < QUIET {
            State::Loading
        } else {
            State::Loaded
        }
    }

    /// A machine that loaded its file and is back at its DISCOVER soon after:
    /// the likeliest thing to know about it.
    fn again(&self, verdict: Verdict) -> Verdict {
        let soon = self.past.last().filter(|past| {
            past.state == State::Loaded && self.began.saturating_sub(past.last) < SOON
        });
        let Some(past) = soon else { return verdict };
        let seconds = self.began.saturating_sub(past.last) / 1000;
        Verdict {
            text: format!(
                "{}; it began again {seconds} s after it had loaded before",
                verdict.text
            ),
            code: verdict.code.or(Some("began-again")),
            hint: verdict.hint.or_else(|| {
                Some(
                    "the program was refused or ended at once: Secure Boot (an unsigned program), \
                     a program for another architecture, or one that finds nothing to go on with"
                        .to_owned(),
                )
            }),
        }
    }

    fn in_dhcp(&self, steps: &[Step], idle: Millis) -> (State, Verdict) {
        if self.has_left() {
            let text = "gave its address back, as a machine that is turned off or a probe does";
            return (State::Ignored, Verdict::plain(text));
        }
        let decisive = steps.iter().rev().find_map(|step| match &step.what {
            What::Dhcp(dhcp) if step.is_decisive() => Some(dhcp),
            _ => None,
        });
        let Some(dhcp) = decisive else {
            return (State::Asking, Verdict::plain("asks another server"));
        };
        match &dhcp.answer {
            Err(why @ (Silence::Ignored | Silence::Unknown)) => {
                (State::Ignored, Verdict::plain(why.to_string()))
            }
            Err(why) => (State::Stopped, Verdict::silence(*why)),
            Ok((MessageType::Nak, _)) => {
                let text = "its REQUEST was refused, it has to begin anew";
                (State::Asking, Verdict::plain(text))
            }
            // Time enough for what it was told to be asked for.
            Ok(_) if idle < PATIENCE => {
                let last = self.steps.last().map(|step| step.what.text(step.at));
                (State::Offered, Verdict::plain(last.unwrap_or_default()))
            }
            Ok(_) => {
                let (state, verdict) = self.told(steps);
                (state, self.again(verdict))
            }
        }
    }

    /// What its firmware makes of our answers.
    fn told(&self, steps: &[Step]) -> (State, Verdict) {
        let course = self.course();
        let reason = match course.map(|course| course.end) {
            Some(End::Stops(reason)) => reason,
            Some(End::Loads { file, server }) => {
                let own = self.heard.any().map(|(from, _)| *from);
                if own.is_some_and(|own| own != server) && !file.starts_with(b"http") {
                    let shown = firmware::shown(&file);
                    let text = format!("was sent to {server} for {shown}");
                    return (State::Loaded, Verdict::plain(text));
                }
                Reason::NeverAsked { path: file }
            }
            None => Reason::NoBootFile,
        };
        if matches!(reason, Reason::NoBootFile) && !steps.iter().any(Step::has_boot_file) {
            // An address and the local disk, as a rule says.
            let text = "was given an address and nothing to boot";
            return (State::Ignored, Verdict::plain(text));
        }
        (State::Stopped, Verdict::of(&reason))
    }

    fn course(&self) -> Option<Course> {
        let architecture = self.architecture?;
        let ipxe = self.firmware == Some(Firmware::Ipxe) && architecture.0 != 0;
        let parse = |answer: &Option<(Ipv4Addr, Box<[u8]>)>| {
            let (from, bytes) = answer.as_ref()?;
            Answer::parse(*from, bytes).ok()
        };
        let offers: Vec<Answer> = parse(&self.heard.offer).into_iter().collect();
        let heard = firmware::Heard {
            address_elsewhere: offers.iter().all(Answer::is_proxy),
            offers,
            acknowledged: parse(&self.heard.acknowledged),
            boot_server: parse(&self.heard.boot_server),
        };
        Some(Profile::of(architecture, ipxe).follow(architecture, &heard))
    }
}

impl Heard {
    fn any(&self) -> Option<&(Ipv4Addr, Box<[u8]>)> {
        self.boot_server
            .as_ref()
            .or(self.acknowledged.as_ref())
            .or(self.offer.as_ref())
    }
}

impl Step {
    /// Whether it is a message that says where its boot stands: what is for
    /// another server does not, nor what the operating system asks later.
    fn is_decisive(&self) -> bool {
        let What::Dhcp(dhcp) = &self.what else {
            return false;
        };
        let passing = matches!(
            dhcp.answer,
            Err(Silence::NotOurs | Silence::OtherServer | Silence::Noted | Silence::NotForServers)
        );
        !passing && dhcp.firmware != Firmware::Other
    }

    /// Whether it is an answer that names a boot file.
    fn has_boot_file(&self) -> bool {
        matches!(
            &self.what,
            What::Dhcp(Dhcp {
                answer: Ok((_, Some(_))),
                ..
            })
        )
    }
}

/// Why a transfer did not come to its end.
fn broken(transfer: &Transfer) -> Verdict {
    let reason = match &transfer.ended {
        Some((_, Outcome::ClientEnded(code, text))) => {
            let text = format!(
                "{}: the client ended the transfer: {text} ({code})",
                transfer.file
            );
            return Verdict {
                text,
                code: Some("client-ended"),
                hint: Some("its screen says why".to_owned()),
            };
        }
        Some((_, Outcome::Failed(why))) => {
            return Verdict {
                text: format!("{}: {why}", transfer.file),
                code: Some("failed"),
                hint: Some("the log of this service says more".to_owned()),
            };
        }
        Some((_, Outcome::ServerStops)) => {
            return Verdict::plain("the service was stopped meanwhile");
        }
        _ => Reason::BrokeOff {
            received: transfer.bytes(),
            announced: transfer.size,
        },
    };
    let verdict = Verdict::of(&reason);
    Verdict {
        text: format!("{}: {}", transfer.file, verdict.text),
        ..verdict
    }
}

/// Why a file was not given.
fn refused(file: &str, code: u16, why: &str) -> Verdict {
    let why = why.strip_prefix(&format!("{file}: ")).unwrap_or(why);
    let (code, hint) = match code {
        1 | 404 => (
            "file-not-found",
            "put it below the root, or correct the path; `pxe check` lists every boot file that is missing",
        ),
        2 | 403 => (
            "access-violation",
            "it must be readable for the daemon's user and lie below the root, also behind a symbolic link",
        ),
        _ => ("refused", "the log of this service says more"),
    };
    Verdict {
        text: format!("asked for {file}: {why}"),
        code: Some(code),
        hint: Some(hint.to_owned()),
    }
}

/// What to do about no answer.
fn remedy(why: Silence) -> &'static str {
    match why {
        Silence::NoBootFile => {
            "give its architecture a file in `[boot]`, or ignore the client in a `[[client]]`"
        }
        Silence::NoSubnet => {
            "add a `[[dhcp.subnet]]` with the client's network, or look at where its relay is"
        }
        Silence::PoolExhausted => "make the range longer, or the lease shorter",
        Silence::Limited(_) => {
            "a client that asks without end, or a limit that is too low for this network"
        }
        Silence::NoRecord => "it should ask anew by itself; `authoritative = true` tells it to",
        _ => "",
    }
}
