//! What a server saw becomes a verdict about its client.

use super::cases::{Case, Expected, Play};

/// How a connection ended, as the server saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Application data arrived.
    Request,
    /// Application data arrived, without TLS.
    PlainRequest,
    /// The handshake was completed and nothing sent.
    Nothing,
    /// The client sent this alert.
    Alert(u8),
    /// The client closed during the handshake.
    Closed,
    /// The client sent nothing at all.
    Silent,
    /// The client spoke TLS to a server that does not.
    SpokeTls,
    /// The server broke the handshake off, as the case has it.
    BrokenOff,
    /// The handshake failed otherwise.
    Failed(String),
    /// The server cannot play its part with this client.
    Unplayable(String),
}

/// Which server of a case saw a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// A good one that leads to the judged one.
    Lead,
    /// The one that the case is about.
    Judged,
}

/// One connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Which server.
    pub stage: Stage,
    /// How it ended.
    pub ended: Ended,
}

/// What is to be said of a client in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The server received application data.
    Accepted(String),
    /// It did not.
    Refused(String),
    /// The case could not be played, for this reason.
    Unplayed(String),
    /// The case cannot be posed on this system.
    Skipped(String),
}

/// How a verdict compares to what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// As it should be.
    Ok,
    /// A bad server was accepted.
    Hole,
    /// A good server was refused.
    Broken,
    /// Nothing is known.
    Unplayed,
    /// Not posed.
    Skipped,
}

impl Status {
    /// The word in `--json` and in text.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Hole => "hole",
            Status::Broken => "broken",
            Status::Unplayed => "unplayed",
            Status::Skipped => "skipped",
        }
    }
}

impl Verdict {
    /// Compares it to what was expected.
    pub(crate) fn status(&self, expected: Expected) -> Status {
        match (self, expected) {
            (Verdict::Accepted(_), Expected::Accept) | (Verdict::Refused(_), Expected::Refuse) => {
                Status::Ok
            }
            (Verdict::Accepted(_), Expected::Refuse) => Status::Hole,
            (Verdict::Refused(_), Expected::Accept) => Status::Broken,
            (Verdict::Unplayed(_), _) => Status::Unplayed,
            (Verdict::Skipped(_), _) => Status::Skipped,
        }
    }

    /// Whether the server received a request; `None` when it is not known.
    pub(crate) fn accepted(&self) -> Option<bool> {
        match self {
            Verdict::Accepted(_) => Some(true),
            Verdict::Refused(_) => Some(false),
            Verdict::Unplayed(_) | Verdict::Skipped(_) => None,
        }
    }

    /// What happened.
    pub(crate) fn detail(&self) -> &str {
        match self {
            Verdict::Accepted(text)
            | Verdict::Refused(text)
            | Verdict::Unplayed(text)
            | Verdict::Skipped(text) => text,
        }
    }
}

/// Judges the connections of a case.
pub(crate) fn judge(case: &Case, seen: &[Seen]) -> Verdict {
    let judged: Vec<&Ended> = ended(seen, Stage::Judged);
    let led = ended(seen, Stage::Lead).contains(&&Ended::Request);
    if judged.contains(&&Ended::Request) {
        return Verdict::Accepted("the server received a request".to_owned());
    }
    if judged.contains(&&Ended::PlainRequest) {
        let text = "the server received a request without TLS".to_owned();
        // To a good server, that is no way to talk.
        return match case.expected {
            Expected::Refuse => Verdict::Accepted(text),
            Expected::Accept => Verdict::Refused(text),
        };
    }
    if seen.is_empty() {
        return Verdict::Unplayed("the command did not connect".to_owned());
    }
    if matches!(case.play, Play::RedirectTo(_)) && judged.is_empty() {
        return if led {
            Verdict::Refused("the redirect was not followed".to_owned())
        } else {
            Verdict::Unplayed("the command did not get as far as the redirect".to_owned())
        };
    }
    let unplayable = judged.iter().find_map(|ended| match ended {
        Ended::Unplayable(why) => Some(why),
        _ => None,
    });
    if let Some(why) = unplayable {
        return Verdict::Unplayed(why.clone());
    }
    if judged.iter().all(|ended| **ended == Ended::Silent) {
        return Verdict::Unplayed(
            "the command connected and sent nothing, not even a ClientHello".to_owned(),
        );
    }
    Verdict::Refused(
        judged
            .last()
            .map_or_else(String::new, |ended| describe(ended)),
    )
}

fn ended(seen: &[Seen], stage: Stage) -> Vec<&Ended> {
    seen.iter()
        .filter(|seen| seen.stage == stage)
        .map(|seen| &seen.ended)
        .collect()
}

fn describe(ended: &Ended) -> String {
    match ended {
        Ended::Request => "a request was sent".to_owned(),
        Ended::PlainRequest => "a request was sent without TLS".to_owned(),
        Ended::Nothing => "closed after the handshake, without a request".to_owned(),
        Ended::Alert(code) => match alert_name(*code) {
            Some(name) => format!("alert {name}"),
            None => format!("alert {code}"),
        },
        Ended::Closed => "closed during the handshake".to_owned(),
        Ended::Silent => "sent nothing".to_owned(),
        Ended::SpokeTls => "insisted on TLS".to_owned(),
        Ended::BrokenOff => "did not come back with a lower version".to_owned(),
        Ended::Failed(why) | Ended::Unplayable(why) => why.clone(),
    }
}

/// Alerts (RFC 8446 section 6), with those of older versions.
fn alert_name(code: u8) -> Option<&'static str> {
    Some(match code {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        40 => "handshake_failure",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        109 => "missing_extension",
        110 => "unsupported_extension",
        112 => "unrecognized_name",
        113 => "bad_certificate_status_response",
        116 => "certificate_required",
        120 => "no_application_protocol",
        _ => return None,
    })
}

#[cfg(test)]
#[path = "verdict/tests.rs"]
mod tests;
