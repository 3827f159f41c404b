//! SMTP, IMAP, POP3 and FTP: a greeting, perhaps a list of extensions, the
//! command, its answer; all in lines.

use super::{Refusal, Step, quote};

/// What is expected of the server next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Await {
    Greeting,
    Extensions,
    Consent,
}

#[derive(Debug, Clone, Copy)]
enum Protocol {
    Smtp,
    Imap,
    Pop3,
    Ftp,
}

/// What a line means.
enum Meaning {
    /// More lines of the same answer follow.
    Continues,
    /// The answer is complete and good.
    Good,
    /// The server says no.
    Bad,
    /// Not of this protocol.
    Foreign,
}

/// A dialogue in lines.
#[derive(Debug)]
pub(super) struct Talk {
    protocol: Protocol,
    awaits: Await,
    offered: bool,
}

impl Talk {
    pub(super) fn smtp() -> Self {
        Talk::new(Protocol::Smtp)
    }

    pub(super) fn imap() -> Self {
        Talk::new(Protocol::Imap)
    }

    pub(super) fn pop3() -> Self {
        Talk::new(Protocol::Pop3)
    }

    pub(super) fn ftp() -> Self {
        Talk::new(Protocol::Ftp)
    }

    fn new(protocol: Protocol) -> Self {
        Talk {
            protocol,
            awaits: Await::Greeting,
            offered: false,
        }
    }

    pub(super) fn receive(&mut self, input: &mut Vec<u8>) -> Result<Step, Refusal> {
        let mut out = Vec::new();
        while let Some(end) = input.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = input.drain(..=end).collect();
            match self.meaning(&line) {
                Meaning::Continues => {}
                Meaning::Bad => return Err(Refusal::Denied(quote(&line))),
                Meaning::Foreign => return Err(Refusal::Nonsense(quote(&line))),
                Meaning::Good => match self.next(&line)? {
                    Some(command) => out.extend_from_slice(command),
                    None => return Ok(Step::Ready),
                },
            }
        }
        Ok(Step::Send(out))
    }

    /// The command after a good answer; none when TLS is next.
    fn next(&mut self, line: &[u8]) -> Result<Option<&'static [u8]>, Refusal> {
        match (self.protocol, self.awaits) {
            (_, Await::Consent) => Ok(None),
            // The name is not the client's business here; one that cannot
            // exist (RFC 6761 section 6.4) claims nothing.
            (Protocol::Smtp, Await::Greeting) => {
                self.awaits = Await::Extensions;
                Ok(Some(b"EHLO certcheck.invalid\r\n"))
            }
            (Protocol::Smtp, Await::Extensions) if !self.offered => {
                Err(Refusal::NotOffered("STARTTLS"))
            }
            (Protocol::Smtp, Await::Extensions) => self.ask(b"STARTTLS\r\n"),
            // RFC 9051 section 7.1.4: too late for STARTTLS.
            (Protocol::Imap, _) if has_word(line, b"PREAUTH") => Err(Refusal::Denied(quote(line))),
            (Protocol::Imap, _) => self.ask(b"a1 STARTTLS\r\n"),
            (Protocol::Pop3, _) => self.ask(b"STLS\r\n"),
            (Protocol::Ftp, _) => self.ask(b"AUTH TLS\r\n"),
        }
    }

    fn ask(&mut self, command: &'static [u8]) -> Result<Option<&'static [u8]>, Refusal> {
        self.awaits = Await::Consent;
        Ok(Some(command))
    }

    fn meaning(&mut self, line: &[u8]) -> Meaning {
        match self.protocol {
            Protocol::Smtp | Protocol::Ftp => self.coded(line),
            Protocol::Imap if self.awaits == Await::Greeting => match line.strip_prefix(b"* ") {
                Some(rest) if has_word(rest, b"OK") || has_word(rest, b"PREAUTH") => Meaning::Good,
                Some(rest) if has_word(rest, b"BYE") => Meaning::Bad,
                _ => Meaning::Foreign,
            },
            Protocol::Imap => match line.strip_prefix(b"a1 ") {
                Some(rest) if has_word(rest, b"OK") => Meaning::Good,
                Some(_) => Meaning::Bad,
                None if line.starts_with(b"* BYE") => Meaning::Bad,
                None if line.starts_with(b"* ") => Meaning::Continues,
                None => Meaning::Foreign,
            },
            Protocol::Pop3 => {
                if line.starts_with(b"+OK") {
                    Meaning::Good
                } else if line.starts_with(b"-ERR") {
                    Meaning::Bad
                } else {
                    Meaning::Foreign
                }
            }
        }
    }

    /// Answers with a code of three digits, `-` behind it when lines follow
    /// (RFC 5321 section 4.2, RFC 959 section 4.2).
    fn coded(&mut self, line: &[u8]) -> Meaning {
        let (code, rest) = match line {
            [a @ b'1'..=b'5', b, c, rest @ ..] if b.is_ascii_digit() && c.is_ascii_digit() => {
                ([*a, *b, *c], rest)
            }
            // FTP: what lies between the first and the last line of an answer
            // may look like anything.
            _ if matches!(self.protocol, Protocol::Ftp) && self.offered => {
                return Meaning::Continues;
            }
            _ => return Meaning::Foreign,
        };
        let goes_on = rest.first() == Some(&b'-');
        if matches!(self.protocol, Protocol::Ftp) {
            self.offered = goes_on || (self.offered && rest.first() != Some(&b' '));
        } else if self.awaits == Await::Extensions {
            let word = rest.get(1..).unwrap_or_default();
            self.offered |= word.trim_ascii().eq_ignore_ascii_case(b"STARTTLS");
        }
        let wanted: &[u8; 3] = match (self.protocol, self.awaits) {
            (_, Await::Greeting) | (Protocol::Smtp, Await::Consent) => b"220",
            (_, Await::Extensions) => b"250",
            (_, Await::Consent) => b"234",
        };
        if goes_on && code[0] <= b'3' {
            Meaning::Continues
        } else if code == *wanted {
            Meaning::Good
        } else if matches!(self.protocol, Protocol::Ftp) && code == *b"120" {
            // "Service ready in nnn minutes", then the greeting.
            Meaning::Continues
        } else {
            Meaning::Bad
        }
    }
}

/// Whether the text begins with this word.
fn has_word(text: &[u8], word: &[u8]) -> bool {
    let text = text.strip_prefix(b"* ").unwrap_or(text);
    text.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
        && !text.get(word.len()).is_some_and(u8::is_ascii_alphanumeric)
}
