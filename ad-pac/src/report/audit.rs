//! What `audit` found.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Value, json};

use crate::account::{Account, Refusal, UserAccountControl, Wish};

use super::Paint;

/// How an account stands to what is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is so.
    AsExpected,
    /// It is not.
    Differs,
    /// It is not, and it is disabled; it counts all the same, because it may
    /// be enabled tomorrow.
    DiffersDisabled,
    /// It is an account that is never touched.
    NotJudged(Refusal),
}

/// One account.
#[derive(Debug)]
pub(crate) struct Finding<'a> {
    /// What to call it.
    pub host: String,
    /// How it stands.
    pub verdict: Verdict,
    /// The account.
    pub account: &'a Account,
}

/// How many there are of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// All that have such a service.
    pub accounts: u64,
    /// With the bit.
    pub set: u64,
    /// Not as expected.
    pub differing: u64,
    /// Never touched.
    pub not_judged: u64,
}

impl Counts {
    /// Counts one.
    pub(crate) fn add(&mut self, finding: &Finding<'_>) {
        self.accounts += 1;
        self.set += u64::from(finding.account.pac_free());
        match finding.verdict {
            Verdict::AsExpected => {}
            Verdict::Differs | Verdict::DiffersDisabled => self.differing += 1,
            Verdict::NotJudged(_) => self.not_judged += 1,
        }
    }
}

/// One account as a line of JSON.
pub(crate) fn json(finding: &Finding<'_>) -> Value {
    let account = finding.account;
    json!({
        "host": finding.host,
        "dn": account.dn.as_str(),
        "class": account.class.name(),
        "pac": if account.pac_free() { "absent" } else { "present" },
        "disabled": account.flags.contains(UserAccountControl::ACCOUNTDISABLE),
        "as_expected": match finding.verdict {
            Verdict::AsExpected => Some(true),
            Verdict::Differs | Verdict::DiffersDisabled => Some(false),
            Verdict::NotJudged(_) => None,
        },
        "not_judged": match finding.verdict {
            Verdict::NotJudged(refusal) => Some(refusal.name()),
            _ => None,
        },
    })
}

/// The last line of JSON.
pub(crate) fn json_counts(counts: &Counts, server: &str, wish: Wish) -> Value {
    json!({
        "server": server,
        "expected": wish.state(),
        "accounts": counts.accounts,
        "set": counts.set,
        "differing": counts.differing,
        "not_judged": counts.not_judged,
    })
}

/// One account as a line of text.
///
/// # Errors
/// When `out` cannot be written.
pub(crate) fn text(out: &mut impl Write, finding: &Finding<'_>, paint: Paint) -> io::Result<()> {
    let state = if finding.account.pac_free() {
        "no PAC"
    } else {
        "PAC"
    };
    let verdict = match finding.verdict {
        Verdict::AsExpected => paint.good("ok"),
        Verdict::Differs => paint.bad("differs"),
        Verdict::DiffersDisabled => paint.bad("differs (disabled)"),
        Verdict::NotJudged(refusal) => paint.notable(&format!("not judged: {refusal}")),
    };
    let class = finding.account.class.name();
    writeln!(out, "{:<40} {class:<10} {state:<7} {verdict}", finding.host)
}

/// The counts as text.
///
/// # Errors
/// When `out` cannot be written.
pub(crate) fn summary(out: &mut impl Write, counts: &Counts, wish: Wish) -> io::Result<()> {
    writeln!(
        out,
        "{} accounts, {} without a PAC; expected: {}; {} differ, {} not judged",
        counts.accounts,
        counts.set,
        wish.state(),
        counts.differing,
        counts.not_judged
    )
}

/// The line of a monitoring plugin.
pub(crate) fn nagios(counts: &Counts, services: &[String], wish: Wish) -> String {
    let Counts {
        accounts,
        set,
        differing,
        not_judged,
    } = counts;
    let services = services.join(", ");
    let (state, text) = if *differing > 0 {
        (
            "CRITICAL",
            format!(
                "{differing} of {accounts} accounts with {services} are not {}",
                wish.state()
            ),
        )
    } else {
        (
            "OK",
            format!(
                "all {accounts} accounts with {services} are {}",
                wish.state()
            ),
        )
    };
    format!(
        "{state}: {text} | 'differing'={differing};0;0 'accounts'={accounts};; 'set'={set};; \
         'not_judged'={not_judged};;"
    )
}

/// Metrics in the text format of Prometheus.
pub(crate) fn prometheus(counts: &Counts, services: &[String], wish: Wish, now: i64) -> String {
    let labels = format!(
        "{{service=\"{}\",expected=\"{}\"}}",
        services.join(","),
        wish.state()
    );
    let mut text = String::new();
    for (name, help, value) in [
        (
            "accounts",
            "Accounts with such a service",
            counts.accounts.to_string(),
        ),
        (
            "accounts_set",
            "Accounts whose tickets carry no PAC",
            counts.set.to_string(),
        ),
        (
            "accounts_differing",
            "Accounts that are not as expected",
            counts.differing.to_string(),
        ),
        (
            "accounts_not_judged",
            "Accounts that are never touched",
            counts.not_judged.to_string(),
        ),
        (
            "audit_timestamp_seconds",
            "When the audit ended",
            now.to_string(),
        ),
    ] {
        let _ = writeln!(
            text,
            "# HELP ad_pac_{name} {help}\n# TYPE ad_pac_{name} gauge\nad_pac_{name}{labels} {value}"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_line_says_what_is_wrong_and_gives_the_numbers() {
        let counts = Counts {
            accounts: 11,
            set: 10,
            differing: 1,
            not_judged: 0,
        };
        assert_eq!(
            nagios(&counts, &["nfs".to_owned()], Wish::Set),
            "CRITICAL: 1 of 11 accounts with nfs are not set | 'differing'=1;0;0 'accounts'=11;; \
             'set'=10;; 'not_judged'=0;;"
        );
    }

    #[test]
    fn metrics_have_help_type_and_value() {
        let text = prometheus(&Counts::default(), &["nfs".to_owned()], Wish::Set, 7);
        assert_eq!(text.lines().count(), 15);
        assert!(
            text.contains("ad_pac_audit_timestamp_seconds{service=\"nfs\",expected=\"set\"} 7\n")
        );
    }
}
