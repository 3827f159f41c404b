//! Rules beyond what a verifier insists on, for `--strict`: RFC 5280 where
//! verifiers are lenient, and the Baseline Requirements of the CA/Browser
//! Forum, which bind public CAs. One file each.

mod aia_malformed;
mod aki_critical;
mod aki_missing;
mod aki_root;
mod ca_basic_constraints;
mod ca_subject_empty;
mod common_name_not_in_san;
mod crl_issuer;
mod crl_number;
mod dns_name_malformed;
mod key_size;
mod key_usage_cert_sign;
mod leaf_eku;
mod lifetime;
mod name_constraints_empty;
mod name_constraints_in_leaf;
mod name_constraints_leading_period;
mod name_constraints_noncritical;
mod policy_constraints_noncritical;
mod public_suffix_wildcard;
mod root_critical_extension;
mod root_eku;
mod root_validity;
mod rsa_modulus;
mod san_criticality;
mod serial_number;
mod ski_critical;
mod ski_missing;
mod subject;

use subject::{Crl, Role, Subject, oid};

use rustls_pki_types::CertificateDer;

use crate::chain::{Presented, printable};
use crate::diagnosis::{Finding, Severity};

/// One rule.
struct Lint {
    /// The stable id of its findings.
    id: &'static str,
    /// Where the rule is written.
    citation: &'static str,
    /// Since when it holds.
    effective: &'static str,
    /// What is compared with that day.
    basis: Basis,
    rule: Rule,
}

/// Which time decides whether a rule holds already.
#[derive(Clone, Copy)]
enum Basis {
    /// The time of the verification: rules on the structure, which a relying
    /// party applies to whatever it is shown.
    Verification,
    /// When the certificate was issued: rules on the lifetime.
    NotBefore,
}

#[derive(Clone, Copy)]
enum Rule {
    Certificate(fn(&Subject<'_>) -> Option<String>),
    Crl(fn(&Crl<'_>) -> Option<String>),
}

const LINTS: &[Lint] = &[
    aia_malformed::LINT,
    aki_critical::LINT,
    aki_missing::LINT,
    aki_root::LINT,
    ca_basic_constraints::LINT,
    ca_subject_empty::LINT,
    common_name_not_in_san::LINT,
    crl_issuer::LINT,
    crl_number::LINT,
    dns_name_malformed::LINT,
    key_usage_cert_sign::LINT,
    leaf_eku::LINT,
    lifetime::LINT,
    name_constraints_empty::LINT,
    name_constraints_in_leaf::LINT,
    name_constraints_leading_period::LINT,
    name_constraints_noncritical::LINT,
    policy_constraints_noncritical::LINT,
    public_suffix_wildcard::LINT,
    root_critical_extension::LINT,
    root_eku::LINT,
    root_validity::LINT,
    rsa_modulus::LINT,
    san_criticality::LINT,
    serial_number::LINT,
    ski_critical::LINT,
    ski_missing::LINT,
    key_size::LINT,
];

/// What the lints look at.
#[derive(Debug, Clone, Copy)]
pub struct Chain<'a> {
    /// The certificates as sent, the leaf first.
    pub presented: &'a [Presented],
    /// The verified path as indexes into `presented`.
    pub path: &'a [usize],
    /// The trusted root at its end.
    pub root: Option<&'a CertificateDer<'static>>,
    /// The revocation lists.
    pub crls: &'a [Vec<u8>],
    /// The time to judge by, in seconds since 1970.
    pub now: i64,
}

/// The ids with their citations, for the manual and its test.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    LINTS
        .iter()
        .map(|lint| (lint.id, lint.citation, lint.effective))
}

/// What breaks a rule.
pub fn judge(chain: &Chain<'_>) -> Vec<Finding> {
    let subjects = Subject::of(chain);
    let lists = Crl::of(chain, &subjects);
    let mut findings = Vec::new();
    for lint in LINTS {
        match lint.rule {
            Rule::Certificate(check) => {
                for subject in &subjects {
                    let time = match lint.basis {
                        Basis::Verification => chain.now,
                        Basis::NotBefore => subject.parsed.validity().not_before.timestamp(),
                    };
                    if time >= day(lint.effective)
                        && let Some(message) = check(subject)
                    {
                        let whose = printable(&subject.parsed.subject().to_string());
                        let mut finding = finding(lint, &format!("{whose}: {message}"));
                        finding.certificate = subject.index;
                        findings.push(finding);
                    }
                }
            }
            Rule::Crl(check) => {
                let holds = chain.now >= day(lint.effective);
                findings.extend(
                    lists
                        .iter()
                        .filter(|_| holds)
                        .filter_map(check)
                        .map(|message| finding(lint, &message)),
                );
            }
        }
    }
    findings
}

fn finding(lint: &Lint, message: &str) -> Finding {
    Finding {
        id: lint.id,
        severity: Severity::Failure,
        message: format!("{message} ({})", lint.citation),
        hint: None,
        certificate: None,
    }
}

/// The first second of a day of the tables, in seconds since 1970.
fn day(text: &str) -> i64 {
    text.parse::<jiff::civil::Date>()
        .ok()
        .and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok())
        .map_or(i64::MAX, |time| time.timestamp().as_second())
}

#[cfg(test)]
mod tests;
