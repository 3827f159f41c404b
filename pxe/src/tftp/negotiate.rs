//! Option negotiation (RFC 2347, 2348, 2349, 7440).

use std::time::Duration;

use crate::wire::tftp::Request;

/// The block size without negotiation (RFC 1350 §2).
pub const DEFAULT_BLOCK: u16 = 512;
const SMALLEST_BLOCK: u64 = 8;
const LARGEST_BLOCK: u64 = 65464;

/// What the server grants at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in a block.
    pub block: u16,
    /// Blocks in a window.
    pub window: u16,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            block: 65464,
            window: 64,
        }
    }
}

/// What holds for a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Bytes in a block.
    pub block: u16,
    /// Blocks in a window.
    pub window: u16,
    /// The client's wish for the time before a resend.
    pub timeout: Option<Duration>,
    /// The options that are acknowledged; none means that no OACK is sent.
    pub acknowledged: Vec<(&'static str, String)>,
}

/// Grants what the request asks for, within the limits. An option that makes
/// no sense is left unacknowledged, which RFC 2347 defines as refused; a size
/// above the limit is lowered, as RFC 2348 and 7440 allow.
pub fn agree(request: &Request<'_>, size: u64, limits: Limits) -> Agreement {
    let mut agreement = Agreement {
        block: DEFAULT_BLOCK,
        window: 1,
        timeout: None,
        acknowledged: Vec::new(),
    };
    for (name, value) in &request.options {
        let number = std::str::from_utf8(value)
            .ok()
            .and_then(|text| text.parse::<u64>().ok());
        let seen = |known: &str| {
            agreement
                .acknowledged
                .iter()
                .any(|(acknowledged, _)| *acknowledged == known)
        };
        if name.eq_ignore_ascii_case(b"blksize") && !seen("blksize") {
            if let Some(wanted) = number.filter(|wanted| *wanted >= SMALLEST_BLOCK) {
                let granted = wanted.min(LARGEST_BLOCK).min(u64::from(limits.block));
                agreement.block = u16::try_from(granted).unwrap_or(DEFAULT_BLOCK);
                agreement
                    .acknowledged
                    .push(("blksize", granted.to_string()));
            }
        } else if name.eq_ignore_ascii_case(b"windowsize") && !seen("windowsize") {
            if let Some(wanted) = number.filter(|wanted| (1..=65535).contains(wanted)) {
                let granted = wanted.min(u64::from(limits.window.max(1)));
                agreement.window = u16::try_from(granted).unwrap_or(1);
                agreement
                    .acknowledged
                    .push(("windowsize", granted.to_string()));
            }
        } else if name.eq_ignore_ascii_case(b"tsize") && !seen("tsize") {
            // RFC 2349: of a file to be read its size, of one to be written
            // what the client said.
            if let Some(announced) = number {
                let told = if request.write { announced } else { size };
                agreement.acknowledged.push(("tsize", told.to_string()));
            }
        } else if name.eq_ignore_ascii_case(b"timeout")
            && !seen("timeout")
            && let Some(seconds) = number.filter(|seconds| (1..=255).contains(seconds))
        {
            agreement.timeout = Some(Duration::from_secs(seconds));
            // RFC 2349: the value must be the one asked for.
            agreement
                .acknowledged
                .push(("timeout", seconds.to_string()));
        }
    }
    agreement
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::tftp::Mode;

    fn agreed(options: &[(&str, &str)]) -> Agreement {
        let request = Request {
            write: false,
            name: b"f",
            mode: Mode::Octet,
            options: options
                .iter()
                .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
                .collect(),
        };
        agree(&request, 1_000_000, Limits::default())
    }

    #[test]
    fn what_edk2_asks_for_is_granted() {
        let agreement = agreed(&[("tsize", "0"), ("blksize", "1468"), ("windowsize", "4")]);
        assert_eq!((agreement.block, agreement.window), (1468, 4));
        assert_eq!(
            agreement.acknowledged,
            [
                ("tsize", "1000000".to_owned()),
                ("blksize", "1468".to_owned()),
                ("windowsize", "4".to_owned())
            ]
        );
    }

    #[test]
    fn what_is_too_large_is_lowered_and_what_makes_no_sense_is_left_out() {
        let agreement = agreed(&[("BLKSIZE", "70000"), ("WindowSize", "65535")]);
        assert_eq!((agreement.block, agreement.window), (65464, 64));
        for (name, value) in [
            ("blksize", "7"),
            ("blksize", "-1"),
            ("blksize", ""),
            ("windowsize", "0"),
            ("windowsize", "65536"),
            ("timeout", "0"),
            ("timeout", "256"),
            ("tsize", "x"),
            ("multicast", ""),
        ] {
            let agreement = agreed(&[(name, value)]);
            assert_eq!(agreement.acknowledged, [], "{name}={value}");
            assert_eq!((agreement.block, agreement.window), (512, 1));
        }
    }

    #[test]
    fn an_option_given_twice_counts_once() {
        let agreement = agreed(&[("blksize", "1000"), ("blksize", "2000")]);
        assert_eq!(agreement.acknowledged, [("blksize", "1000".to_owned())]);
        assert_eq!(agreement.block, 1000);
    }
}
