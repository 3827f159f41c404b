//! The dialogues without I/O: bytes in, what to send out.
//!
//! A server controls every byte that comes in. What is kept of it is bounded
//! by [`MOST_INPUT`], what is told of it by [`LONGEST_QUOTE`], and whatever it
//! sends behind its consent is refused: it would be taken for protected
//! although anyone on the path could have put it there (RFC 3207 section 6).

use std::fmt;

use crate::target::StartTls;

mod ldap;
mod lines;
mod xmpp;

/// A server that has said this much and not agreed to TLS is given up.
pub(crate) const MOST_INPUT: usize = 16 * 1024;
/// So much of a server's own words is told.
const LONGEST_QUOTE: usize = 120;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Send this, if anything, and read on.
    Send(Vec<u8>),
    /// The server waits for a ClientHello.
    Ready,
}

/// Why there will be no TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The server does not list it.
    NotOffered(&'static str),
    /// The server said no, in these words.
    Denied(String),
    /// The answer belongs to another protocol.
    Nonsense(String),
    /// The server went on talking after it had agreed.
    Injected,
    /// The server talked on and on.
    TooMuch,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NotOffered(what) => write!(f, "the server does not offer {what}"),
            Refusal::Denied(words) => write!(f, "the server refuses: `{words}`"),
            Refusal::Nonsense(words) => write!(f, "the server answers in another protocol: `{words}`"),
            Refusal::Injected => f.write_str(
                "the server sent more after its consent to TLS, which anyone on the path could have done",
            ),
            Refusal::TooMuch => write!(f, "the server sent {MOST_INPUT} bytes without coming to TLS"),
        }
    }
}

impl std::error::Error for Refusal {}

/// One dialogue.
#[derive(Debug)]
pub struct Dialogue {
    talk: Talk,
    input: Vec<u8>,
    received: usize,
}

#[derive(Debug)]
enum Talk {
    Lines(lines::Talk),
    Ldap,
    Postgres,
    Xmpp(xmpp::Talk),
}

impl Dialogue {
    /// The dialogue of a protocol, and what to send before anything is read.
    /// `name` is the domain that an XMPP server is asked for.
    pub fn new(protocol: StartTls, name: &str) -> (Self, Vec<u8>) {
        let (talk, opening) = match protocol {
            StartTls::Smtp => (Talk::Lines(lines::Talk::smtp()), Vec::new()),
            StartTls::Imap => (Talk::Lines(lines::Talk::imap()), Vec::new()),
            StartTls::Pop3 => (Talk::Lines(lines::Talk::pop3()), Vec::new()),
            StartTls::Ftp => (Talk::Lines(lines::Talk::ftp()), Vec::new()),
            StartTls::Ldap => (Talk::Ldap, ldap::REQUEST.to_vec()),
            StartTls::Postgres => (Talk::Postgres, SSL_REQUEST.to_vec()),
            StartTls::Xmpp => (Talk::Xmpp(xmpp::Talk::default()), xmpp::opening(name)),
        };
        let dialogue = Dialogue {
            talk,
            input: Vec::new(),
            received: 0,
        };
        (dialogue, opening)
    }

    /// Takes what the server sent.
    ///
    /// # Errors
    /// When it will not come to TLS.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<Step, Refusal> {
        self.received = self.received.saturating_add(bytes.len());
        if self.received > MOST_INPUT {
            return Err(Refusal::TooMuch);
        }
        self.input.extend_from_slice(bytes);
        let step = match &mut self.talk {
            Talk::Lines(talk) => talk.receive(&mut self.input)?,
            Talk::Ldap => ldap::receive(&mut self.input)?,
            Talk::Postgres => postgres(&mut self.input)?,
            Talk::Xmpp(talk) => talk.receive(&mut self.input)?,
        };
        if step == Step::Ready && !self.input.is_empty() {
            return Err(Refusal::Injected);
        }
        Ok(step)
    }
}

/// SSLRequest: its length and 1234.5679 (PostgreSQL protocol, section 55.2.11).
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// One byte answers: `S` or `N`; an ErrorResponse comes from a server that
/// cannot serve at all.
fn postgres(input: &mut Vec<u8>) -> Result<Step, Refusal> {
    match input.first() {
        None => Ok(Step::Send(Vec::new())),
        Some(b'S') => {
            input.remove(0);
            Ok(Step::Ready)
        }
        Some(b'N') => Err(Refusal::NotOffered("TLS")),
        Some(b'E') => Err(Refusal::Denied(quote(input.get(1..).unwrap_or_default()))),
        Some(_) => Err(Refusal::Nonsense(quote(input))),
    }
}

/// Words of the server for a message: one line, no control characters, short.
fn quote(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(
        bytes
            .get(..bytes.len().min(4 * LONGEST_QUOTE))
            .unwrap_or_default(),
    );
    let line = text.trim().lines().next().unwrap_or_default().trim();
    let mut quoted: String = line
        .chars()
        .take(LONGEST_QUOTE)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if line.chars().count() > LONGEST_QUOTE {
        quoted.push('…');
    }
    quoted
}

#[cfg(test)]
#[path = "dialogue/tests.rs"]
mod tests;
