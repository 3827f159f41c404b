//! What is asked over the local socket: one line, answered with JSON, one
//! document a line.

use std::fmt;
use std::str::FromStr;

use crate::timeline::Id;

/// Bytes of a question; a longer one is none.
pub(crate) const LONGEST_ASK: usize = 256;

/// A question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Where every client stands.
    Status,
    /// One client's boot.
    Client(Id),
    /// What is new, until the asker goes.
    Watch,
    /// Who has which address.
    Leases,
    /// Take an address back.
    Release(Id),
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ask::Status => f.write_str("status"),
            Ask::Client(id) => write!(f, "client {id}"),
            Ask::Watch => f.write_str("watch"),
            Ask::Leases => f.write_str("leases"),
            Ask::Release(id) => write!(f, "release {id}"),
        }
    }
}

impl FromStr for Ask {
    type Err = String;

    fn from_str(line: &str) -> Result<Ask, String> {
        let mut words = line.split_ascii_whitespace();
        let verb = words.next().unwrap_or_default();
        let mut id = || -> Result<Id, String> {
            let word = words
                .next()
                .ok_or_else(|| format!("`{verb}` wants a client"))?;
            word.parse()
        };
        let ask = match verb {
            "status" => Ask::Status,
            "client" => Ask::Client(id()?),
            "watch" => Ask::Watch,
            "leases" => Ask::Leases,
            "release" => Ask::Release(id()?),
            _ => return Err("expected status, client, watch, leases or release".to_owned()),
        };
        match words.next() {
            None => Ok(ask),
            Some(_) => Err(format!("`{verb}` wants no more words")),
        }
    }
}
