//! Whether a boot came to its end, and if not, why.

use super::boot::Boot;
use super::transfer::{Fetch, HttpFetch, Transfer};
use crate::firmware::{Answer, Course, End, Profile, Reason, shown};

/// Silence at the end of a capture proves nothing yet: this long it must be,
/// in nanoseconds, unless the machine asked again.
const PATIENCE: u64 = 5_000_000_000;

/// How a boot ended.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Where it led.
    pub outcome: Outcome,
    /// What else is odd, whether it boots or not.
    pub findings: Vec<String>,
}

/// Where a boot led.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its boot file came whole.
    Loaded {
        /// The file.
        path: Vec<u8>,
        /// Its size.
        size: u64,
    },
    /// It stopped.
    Stopped(Reason),
    /// The capture ends before that is known.
    Unfinished(String),
}

impl Verdict {
    /// Why it stopped, if it did.
    pub fn reason(&self) -> Option<&Reason> {
        match &self.outcome {
            Outcome::Stopped(reason) => Some(reason),
            Outcome::Loaded { .. } | Outcome::Unfinished(_) => None,
        }
    }
}

/// The verdict on a boot of a capture whose last packet came at `end`.
pub(super) fn of(boot: &Boot, end: u64) -> Verdict {
    let quiet = end.saturating_sub(boot.last) >= PATIENCE;
    Verdict {
        outcome: outcome(boot, quiet),
        findings: findings(boot),
    }
}

fn outcome(boot: &Boot, quiet: bool) -> Outcome {
    if let Some(whole) = boot.transfers.iter().find(|transfer| transfer.whole) {
        let architecture = boot.client.as_ref().and_then(|own| own.architecture());
        if let (Some(profile), Some(architecture)) = (boot.profile(), architecture)
            && let Err(reason) = profile.starts(architecture, &whole.head)
        {
            return Outcome::Stopped(reason);
        }
        return Outcome::Loaded {
            path: whole.path.clone(),
            size: whole.received,
        };
    }
    if let Some(whole) = boot.fetches.iter().find(|fetch| fetch.whole()) {
        return Outcome::Loaded {
            path: whole.path.clone().into_bytes(),
            size: whole.received,
        };
    }
    if let Some(fetch) = boot.fetches.last() {
        return of_fetch(fetch, quiet);
    }
    if let Some(transfer) = boot.transfers.last() {
        return of_transfer(transfer, boot.profile(), quiet);
    }
    of_dhcp(boot, quiet)
}

/// Unless time or the machine itself shows that it is at its end.
fn stopped_if(sure: bool, reason: Reason) -> Outcome {
    if sure {
        Outcome::Stopped(reason)
    } else {
        Outcome::Unfinished(reason.text())
    }
}

fn of_fetch(fetch: &HttpFetch, quiet: bool) -> Outcome {
    match &fetch.status {
        None => stopped_if(
            quiet || fetch.closed,
            Reason::HttpSilent {
                server: *fetch.server.ip(),
            },
        ),
        Some(status) if !fetch.succeeded() => Outcome::Stopped(Reason::HttpStatus {
            status: status.clone(),
            path: fetch.path.clone(),
        }),
        Some(_) => stopped_if(
            quiet || fetch.closed && fetch.method == "GET",
            Reason::BrokeOff {
                received: fetch.received,
                announced: fetch.announced,
            },
        ),
    }
}

fn of_transfer(transfer: &Transfer, profile: Option<&Profile>, quiet: bool) -> Outcome {
    let path = || transfer.path.clone();
    let server = *transfer.server.ip();
    match &transfer.end {
        Some(Fetch::ServerError(code, text)) => {
            return Outcome::Stopped(match Reason::of_path(&transfer.path) {
                Some(reason) => reason,
                None if *code == 1 => Reason::FileNotFound { path: path() },
                None if *code == 2 => Reason::AccessViolation { path: path() },
                None => Reason::TftpError {
                    code: *code,
                    text: text.clone(),
                },
            });
        }
        Some(Fetch::Unreachable) => {
            return Outcome::Stopped(Reason::PortUnreachable {
                server,
                port: transfer.server.port(),
            });
        }
        Some(Fetch::ClientError(..)) | None => {}
    }
    if let (false, Some(answered)) = (transfer.answered(), transfer.stranger) {
        return Outcome::Stopped(Reason::OtherAddress {
            asked: server,
            answered,
        });
    }
    if !transfer.answered() {
        let sure = quiet || transfer.requests > 1;
        return stopped_if(sure, Reason::TftpSilent { server });
    }
    let taken = profile.map_or(Ok(()), |profile| profile.takes(transfer.agreed.as_deref()));
    if let Err(reason) = taken {
        return stopped_if(quiet || transfer.end.is_some(), reason);
    }
    let reason = match &transfer.end {
        Some(Fetch::ClientError(code, text)) if !transfer.asked_size_only() => {
            return Outcome::Stopped(Reason::ClientRefused {
                code: *code,
                text: text.clone(),
            });
        }
        _ => Reason::BrokeOff {
            received: transfer.received,
            announced: transfer.announced(),
        },
    };
    stopped_if(quiet, reason)
}

fn of_dhcp(boot: &Boot, quiet: bool) -> Outcome {
    let (Some(profile), Some(architecture)) = (
        boot.profile(),
        boot.client
            .as_ref()
            .and_then(|client| client.architecture()),
    ) else {
        return Outcome::Unfinished("nothing is known of its firmware".to_owned());
    };
    let [discovers, requests, boot_server] = boot.asked;
    let mut heard = boot.heard.clone();
    // Who asks for an address has been offered one, by packets that passed by
    // where the capture was made.
    let only_proxies = heard.offers.iter().all(Answer::is_proxy);
    heard.address_elsewhere = only_proxies && requests + boot_server > 0;
    let Course { end, .. } = profile.follow(architecture, &heard);
    let reason = match end {
        End::Loads { file, .. } => {
            return stopped_if(quiet, Reason::NeverAsked { path: file });
        }
        End::Stops(reason) => reason,
    };
    let sure = quiet
        || match reason {
            Reason::NoAck => requests > 1,
            Reason::BootServerSilent { .. } => boot_server > 1,
            // The last answer it waits for is there, or it keeps asking.
            _ => boot.heard.acknowledged.is_some() || discovers > 1,
        };
    stopped_if(sure, reason)
}

fn findings(boot: &Boot) -> Vec<String> {
    let mut found = Vec::new();
    let several = |what: &str, servers: Vec<std::net::Ipv4Addr>| {
        let list: Vec<String> = servers.iter().map(ToString::to_string).collect();
        (servers.len() > 1).then(|| format!("{} {what}: {}", list.len(), list.join(", ")))
    };
    found.extend(several(
        "DHCP servers offer addresses in this network",
        boot.servers(false),
    ));
    found.extend(several("servers add boot offers", boot.servers(true)));
    let architecture = boot.client.as_ref().and_then(|own| own.architecture());
    if let (Some(profile), Some(architecture)) = (boot.profile(), architecture)
        && let Some(whole) = boot.transfers.iter().find(|transfer| transfer.whole)
    {
        found.extend(profile.doubts(architecture, &whole.head));
    }
    let loaded = boot.transfers.iter().position(|transfer| transfer.whole);
    if let Some(first) = loaded {
        let missing: Vec<&Transfer> = boot.transfers[first..]
            .iter()
            .filter(|transfer| matches!(transfer.end, Some(Fetch::ServerError(..))))
            .collect();
        if let (Some(last), false) = (
            missing.last(),
            boot.transfers.last().is_some_and(|last| last.whole),
        ) {
            found.push(format!(
                "what was loaded asked for more that is not there, last for {}",
                shown(&last.path)
            ));
        }
    }
    found
}
