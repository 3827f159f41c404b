//! How long before its end a certificate is worth a warning.

use std::fmt;

/// Seconds of a day.
const DAY: u64 = 86_400;

/// A time before the expiry, absolute or as a share of the lifetime.
///
/// A share fits every lifetime: the ballot SC-081v3 of the CA/Browser Forum
/// shortens public certificates to 200, 100 and 47 days, and short-lived ones
/// live six.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// This many seconds before the end.
    Before(u64),
    /// This share of the lifetime before the end, in percent.
    Share(u8),
    /// The smaller of a share, in percent, and a number of days.
    ShareUpTo(u8, u64),
}

impl Threshold {
    /// Warns by default when a quarter of the lifetime is left, 21 days at
    /// most: after the third or half at which ACME clients renew.
    pub const WARN: Threshold = Threshold::ShareUpTo(25, 21);
    /// Critical by default when a tenth is left, seven days at most.
    pub const CRIT: Threshold = Threshold::ShareUpTo(10, 7);

    /// Reads `21d`, `12h`, `33%`.
    ///
    /// # Errors
    /// Says in lower case what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(share) = text.strip_suffix('%') {
            return match share.parse::<u8>() {
                Ok(share) if share <= 100 => Ok(Threshold::Share(share)),
                _ => Err(format!(
                    "`{}` is not a share from 0% to 100%",
                    text.escape_debug()
                )),
            };
        }
        duration(text).map(Threshold::Before)
    }

    /// How many seconds before the end this is, for a certificate that lives
    /// `lifetime` seconds.
    pub fn seconds(self, lifetime: u64) -> u64 {
        let share = |percent: u8| (u128::from(lifetime) * u128::from(percent) / 100) as u64;
        match self {
            Threshold::Before(seconds) => seconds,
            Threshold::Share(percent) => share(percent),
            Threshold::ShareUpTo(percent, days) => share(percent).min(days * DAY),
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Threshold::Before(seconds) if seconds % DAY == 0 => write!(f, "{}d", seconds / DAY),
            Threshold::Before(seconds) => write!(f, "{seconds}s"),
            Threshold::Share(percent) => write!(f, "{percent}%"),
            Threshold::ShareUpTo(percent, days) => write!(f, "{percent}%, {days}d at most"),
        }
    }
}

/// Reads a duration in seconds: `10s`, `5m`, `12h`, `30d`, `8w`; a bare
/// number is refused, because days and seconds are both common elsewhere.
///
/// # Errors
/// Says in lower case what is wrong.
pub fn duration(text: &str) -> Result<u64, String> {
    let bad = || {
        format!(
            "`{}` is not a duration such as 10s, 5m, 12h or 30d",
            text.escape_debug()
        )
    };
    let unit = text.chars().last().ok_or_else(bad)?;
    let scale = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => DAY,
        'w' => 7 * DAY,
        _ => return Err(bad()),
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(scale))
        .filter(|seconds| *seconds <= 36_500 * DAY)
        .ok_or_else(bad)
}
