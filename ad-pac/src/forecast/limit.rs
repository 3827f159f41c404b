//! What a token of some size does to a server, and the limits it may meet.

/// What an NFS server with rpc.svcgssd does with a token (measured on Linux
/// 6.1 with nfs-utils 2.6.2, over 21 group counts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Zone {
    /// Accepted.
    Works,
    /// Refused after ten seconds, and the daemon then refuses every new context
    /// of everybody for about two minutes.
    Jams,
    /// Refused at once; the server logs nothing.
    Refused,
}

/// The largest token that rpc.svcgssd takes in.
pub const LARGEST_ACCEPTED: usize = 2045;
/// From here on the kernel drops the token before rpc.svcgssd sees it. 4,029
/// bytes jammed, 4,036 were refused.
pub const LARGEST_JAMMING: usize = 4032;

impl Zone {
    /// The zone of a token.
    pub fn of(token: usize) -> Self {
        if token <= LARGEST_ACCEPTED {
            Zone::Works
        } else if token <= LARGEST_JAMMING {
            Zone::Jams
        } else {
            Zone::Refused
        }
    }

    /// The word for it in JSON and tables.
    pub fn name(self) -> &'static str {
        match self {
            Zone::Works => "works",
            Zone::Jams => "jams-server",
            Zone::Refused => "refused",
        }
    }

    /// What it means, in a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Zone::Works => "accepted",
            Zone::Jams => {
                "refused after ten seconds, and the server then refuses everybody's new logins for about two minutes"
            }
            Zone::Refused => "refused at once, with nothing in the server's log",
        }
    }
}

/// A size that somebody stops at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The largest token it lets pass.
    pub bytes: usize,
    /// Whose limit it is.
    pub name: &'static str,
}

/// The limits, smallest first. Those of Windows are MaxTokenSize (KB327825).
pub const LIMITS: &[Limit] = &[
    Limit {
        bytes: LARGEST_ACCEPTED,
        name: "rpc.svcgssd accepts",
    },
    Limit {
        bytes: LARGEST_JAMMING,
        name: "rpc.svcgssd sees",
    },
    Limit {
        bytes: 12_000,
        name: "MaxTokenSize before Windows Server 2012",
    },
    Limit {
        bytes: 48_000,
        name: "MaxTokenSize since Windows Server 2012",
    },
    Limit {
        bytes: 65_535,
        name: "the largest MaxTokenSize",
    },
];

/// Within this many bytes of an edge a forecast does not decide: sixteen
/// groups, or a longer name of the user, the service, the controller.
pub const CLOSE: usize = 128;

impl Limit {
    /// What is left to the limit; negative when the token is over it.
    pub fn margin(&self, token: usize) -> i64 {
        self.bytes as i64 - token as i64
    }
}

/// The limit that the token is close to, on either side.
pub fn close_to(token: usize) -> Option<&'static Limit> {
    LIMITS
        .iter()
        .find(|limit| limit.margin(token).unsigned_abs() <= CLOSE as u64)
}

#[cfg(test)]
#[path = "limit/tests.rs"]
mod tests;
