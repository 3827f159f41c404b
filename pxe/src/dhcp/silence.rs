//! Reasons for no answer.

use super::limiter::Exceeded;
use crate::wire::dhcp::Malformed;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// Not DHCP.
    Malformed(Malformed),
    /// A reply, or a message type that servers do not get.
    NotForServers,
    /// More messages than are answered.
    Limited(Exceeded),
    /// A rule says so.
    Ignored,
    /// Only listed clients are answered, and this one is not.
    Unknown,
    /// The DHCP side is off, or has nothing to do with such messages.
    NotOurs,
    /// A proxy answers boot clients only.
    NoBootClient,
    /// No boot file for this firmware.
    NoBootFile,
    /// No network of the configuration has the client's.
    NoSubnet,
    /// All addresses are lent.
    PoolExhausted,
    /// The client speaks of a lease we know nothing of; another server may.
    NoRecord,
    /// The client chose another server.
    OtherServer,
    /// A RELEASE or DECLINE, which are not answered.
    Noted,
}

impl Silence {
    /// Whether a client that should boot does not, for want of something.
    pub fn is_trouble(self) -> bool {
        matches!(
            self,
            Silence::Limited(_) | Silence::NoSubnet | Silence::PoolExhausted
        )
    }
}

impl Silence {
    /// A name for programs, which stays.
    pub fn code(self) -> &'static str {
        match self {
            Silence::Malformed(_) => "malformed",
            Silence::NotForServers => "not-for-servers",
            Silence::Limited(Exceeded::Client) => "limited-client",
            Silence::Limited(Exceeded::All) => "limited",
            Silence::Ignored => "ignored",
            Silence::Unknown => "unknown-client",
            Silence::NotOurs => "not-ours",
            Silence::NoBootClient => "no-boot-client",
            Silence::NoBootFile => "no-boot-file",
            Silence::NoSubnet => "no-subnet",
            Silence::PoolExhausted => "pool-exhausted",
            Silence::NoRecord => "no-record",
            Silence::OtherServer => "other-server",
            Silence::Noted => "noted",
        }
    }
}

impl std::fmt::Display for Silence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Silence::Malformed(why) => return write!(f, "not DHCP: {why}"),
            Silence::NotForServers => "not a message for servers",
            Silence::Limited(Exceeded::Client) => {
                "more messages of this client than `answers-per-client`"
            }
            Silence::Limited(Exceeded::All) => "more messages than `answers-per-second`",
            Silence::Ignored => "the rule says to ignore it",
            Silence::Unknown => "no rule knows it, and only known clients are answered",
            Silence::NotOurs => "it is for the server that gives addresses",
            Silence::NoBootClient => "it does not boot from the network",
            Silence::NoBootFile => "there is no boot file for its firmware",
            Silence::NoSubnet => "no `[dhcp.pool]` or `[[dhcp.subnet]]` has its network",
            Silence::PoolExhausted => "every address of its network is lent",
            Silence::NoRecord => "nothing is known of the lease it speaks of",
            Silence::OtherServer => "it chose another server",
            Silence::Noted => "noted",
        })
    }
}
