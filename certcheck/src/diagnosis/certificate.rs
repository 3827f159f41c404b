//! Why a chain was refused. webpki gives one error; from the recorded chain
//! follows what it means and what else is wrong.

use rustls_pki_types::UnixTime;
use webpki::Error;

use super::expiry::which;
use super::name::explain_name;
use super::notes::add_notes;
use super::{Finding, Reason, span};
use crate::chain::{Certificate, Presented, Walk, signs, time, walk};
use crate::target::Host;
use crate::verifier::{Path, Trust, unix_time, verify_chain, verify_name};

/// Explains the verdict on a chain. Also gives the path: as the verifier found
/// it, or, where it found none, as the names suggest.
pub fn explain_chain(
    presented: &[Presented],
    verdict: &Result<Path, Error>,
    expected: &Host,
    trust: &Trust,
    now: i64,
) -> (Vec<Finding>, Vec<usize>) {
    let Some(leaf) = presented.first() else {
        return (Vec::new(), Vec::new());
    };
    let mut findings = Vec::new();
    let path = match verdict {
        Ok(path) => {
            // The path says nothing of the leaf's own key, which only signs
            // in a handshake; offline it has to be said.
            if let Some(certificate) = leaf.certificate()
                && certificate.key.is_weak()
            {
                let mut finding = weak_key(0, certificate);
                finding.severity = super::Severity::Warning;
                findings.push(finding);
            }
            verified_path(presented, path)
        }
        Err(error) => {
            let walked = walk(presented, trust.algorithms.all);
            let context = Context {
                presented,
                walked: &walked,
                trust,
                expected,
                now,
            };
            findings.push(context.explain(error));
            context.add_others(error, &mut findings);
            walked.path
        }
    };
    if leaf.certificate().is_some() {
        add_notes(presented, &path, now, &mut findings);
    }
    (findings, path)
}

/// The verified path as indexes into the presented chain.
fn verified_path(presented: &[Presented], path: &Path) -> Vec<usize> {
    std::iter::once(0)
        .chain(
            path.intermediates
                .iter()
                .filter_map(|used| presented.iter().position(|entry| entry.der == *used)),
        )
        .collect()
}

struct Context<'a> {
    presented: &'a [Presented],
    walked: &'a Walk,
    trust: &'a Trust,
    expected: &'a Host,
    now: i64,
}

impl Context<'_> {
    fn explain(&self, error: &Error) -> Finding {
        match error {
            Error::UnknownIssuer => self.unknown_issuer(),
            Error::CertExpired { not_after, .. } => self.expired(*not_after),
            Error::CertNotValidYet { not_before, .. } => self.not_yet_valid(*not_before),
            Error::InvalidCertValidity => {
                Finding::new(Reason::BadValidity, "the validity ends before it begins")
            }
            Error::CertNotValidForName(_) => self.name(),
            Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => self.usage(),
            Error::CaUsedAsEndEntity => Finding::new(
                Reason::CaAsLeaf,
                "the server's own certificate is that of a CA",
            )
            .at(0),
            Error::EndEntityUsedAsCa => self.issuer_not_ca(),
            Error::PathLenConstraintViolated => Finding::new(
                Reason::PathTooLong,
                "the chain has more intermediates than a CA of it permits",
            ),
            Error::NameConstraintViolation => self.name_constraints(),
            Error::MalformedNameConstraint | Error::InvalidNetworkMaskConstraint => Finding::new(
                Reason::NameConstraints,
                "a CA of the chain has a malformed name constraint",
            ),
            Error::CertRevoked => Finding::new(
                Reason::Revoked,
                "a certificate of the chain was revoked by its issuer",
            ),
            Error::UnknownRevocationStatus => self.revocation_unknown(),
            Error::CrlExpired { next_update, .. } => Finding::new(
                Reason::CrlExpired,
                format!(
                    "the revocation list was to be replaced by {}",
                    time(seconds(*next_update))
                ),
            ),
            Error::IssuerNotCrlSigner
            | Error::InvalidCrlSignatureForPublicKey
            | Error::UnsupportedCrlSignatureAlgorithmContext(_)
            | Error::UnsupportedCrlSignatureAlgorithmForPublicKeyContext(_) => Finding::new(
                Reason::BadCrl,
                format!("the revocation list was not signed as it must be ({error})"),
            ),
            Error::InvalidSignatureForPublicKey => self.bad_signature(),
            Error::UnsupportedSignatureAlgorithmContext(_)
            | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
            | Error::SignatureAlgorithmMismatch => self.weak_signature(),
            Error::UnsupportedCriticalExtension => Finding::new(
                Reason::CriticalExtension,
                "a certificate of the chain has a critical extension that is not understood",
            ),
            Error::MaximumNameConstraintComparisonsExceeded
            | Error::MaximumPathBuildCallsExceeded
            | Error::MaximumPathDepthExceeded
            | Error::MaximumSignatureChecksExceeded => Finding::new(
                Reason::TooComplex,
                "the chain asks for more work than a verifier should spend",
            ),
            Error::BadDer
            | Error::BadDerTime
            | Error::TrailingData(_)
            | Error::ExtensionValueInvalid
            | Error::MalformedExtensions
            | Error::MalformedDnsIdentifier
            | Error::InvalidSerialNumber
            | Error::UnsupportedCertVersion => self.bad_certificate(error),
            other => Finding::new(Reason::Refused, format!("the verifier refuses: {other}")),
        }
    }

    /// What webpki did not get to: a bad name beside a bad date, say.
    fn add_others(&self, error: &Error, findings: &mut Vec<Finding>) {
        let Some(leaf) = self.presented.first() else {
            return;
        };
        let mut add = |finding: Finding| {
            if findings.iter().all(|known| known.id != finding.id) {
                findings.push(finding);
            }
        };
        for index in &self.walked.path {
            let Some(certificate) = self.certificate(*index) else {
                continue;
            };
            if certificate.not_after < self.now {
                add(self.expired(unix_time(certificate.not_after)));
            } else if certificate.not_before > self.now {
                add(self.not_yet_valid(unix_time(certificate.not_before)));
            }
            if certificate.key.is_weak() {
                add(weak_key(*index, certificate));
            }
        }
        if !matches!(error, Error::CertNotValidForName(_))
            && leaf.certificate().is_some()
            && matches!(
                verify_name(&leaf.der, &self.expected.server_name()),
                Err(Error::CertNotValidForName(_))
            )
        {
            add(self.name());
        }
    }

    fn certificate(&self, index: usize) -> Option<&Certificate> {
        self.presented.get(index)?.certificate()
    }

    fn last(&self) -> (usize, Option<&Certificate>) {
        let index = self.walked.path.last().copied().unwrap_or(0);
        (index, self.certificate(index))
    }

    fn unknown_issuer(&self) -> Finding {
        let (index, last) = self.last();
        let Some(last) = last else {
            return self.undecodable(index);
        };
        if last.key.is_weak() {
            return weak_key(index, last);
        }
        let same_name = self.trust.roots.iter().find(|root| {
            Certificate::decode(&root.der).is_ok_and(|root| root.subject_der == last.issuer_der)
        });
        if self.walked.ends_in_root && index == 0 {
            return Finding::new(
                Reason::SelfSigned,
                format!("the certificate {} is signed by itself", last.subject),
            )
            .at(0);
        }
        if let Some(root) = same_name {
            let fits = self
                .presented
                .get(index)
                .is_some_and(|child| signs(&root.der, &child.der, self.trust.algorithms.all));
            if !fits {
                return Finding::new(
                    Reason::UntrustedRoot,
                    format!(
                        "the issuer calls itself {}, like a trusted root, but has another key",
                        last.issuer
                    ),
                )
                .at(index)
                .hint(
                    "the CA changed its key, or somebody uses its name; compare the fingerprints",
                );
            }
        }
        if self.walked.ends_in_root {
            return Finding::new(
                Reason::UntrustedRoot,
                format!(
                    "the chain ends in {}, which is not among the trusted roots ({})",
                    last.subject, self.trust.origin
                ),
            )
            .at(index);
        }
        // A public CA never issues to servers from its root, so a lone leaf
        // has lost its intermediate; where the address of the issuer's
        // certificate stands in the certificate, it is meant to be fetched.
        if index == 0 || !last.issuer_urls.is_empty() && !self.is_sent_whole() {
            let finding = Finding::new(
                Reason::MissingIntermediate,
                format!(
                    "the issuer {} was not sent and is not a trusted root",
                    last.issuer
                ),
            )
            .at(index);
            return if index == 0 && last.issuer_urls.is_empty() {
                finding.hint(
                    "have the server send its whole chain; if the issuer is itself a root \
                     of yours, give it with --ca-file",
                )
            } else {
                finding
            };
        }
        Finding::new(
            Reason::UntrustedRoot,
            format!(
                "the chain leads to {}, which is not among the trusted roots ({})",
                last.issuer, self.trust.origin
            ),
        )
        .at(index)
    }

    /// An intermediate right below a root has usually no more than one more
    /// issuer above it: leaf and one intermediate are a whole public chain.
    fn is_sent_whole(&self) -> bool {
        self.walked.path.len() >= 2
    }

    fn expired(&self, not_after: UnixTime) -> Finding {
        let not_after = seconds(not_after);
        let ago = span(self.now.abs_diff(not_after));
        let index = self.walked.path.iter().copied().find(|index| {
            self.certificate(*index)
                .is_some_and(|certificate| certificate.not_after == not_after)
        });
        let (index, subject) = self.named(index);
        Finding::new(
            Reason::Expired,
            format!(
                "{} {subject} expired {ago} ago, on {}",
                which(index),
                time(not_after)
            ),
        )
        .at(index)
    }

    fn not_yet_valid(&self, not_before: UnixTime) -> Finding {
        let not_before = seconds(not_before);
        let left = span(self.now.abs_diff(not_before));
        let index = self.walked.path.iter().copied().find(|index| {
            self.certificate(*index)
                .is_some_and(|certificate| certificate.not_before == not_before)
        });
        let (index, subject) = self.named(index);
        Finding::new(
            Reason::NotYetValid,
            format!(
                "{} {subject} becomes valid in {left}, on {}",
                which(index),
                time(not_before)
            ),
        )
        .at(index)
    }

    fn named(&self, index: Option<usize>) -> (usize, &str) {
        let index = index.unwrap_or(0);
        (
            index,
            self.presented.get(index).map_or("", Presented::subject),
        )
    }

    fn name(&self) -> Finding {
        match self.certificate(0) {
            Some(leaf) => explain_name(leaf, self.expected),
            None => self.undecodable(0),
        }
    }

    fn usage(&self) -> Finding {
        let guilty = self.walked.path.iter().copied().find_map(|index| {
            let usage = self.certificate(index)?.extended_key_usage.as_ref()?;
            (!usage.iter().any(|usage| usage == "serverAuth")).then_some((index, usage))
        });
        match guilty {
            Some((index, usage)) => Finding::new(
                Reason::WrongUsage,
                format!(
                    "{} is for {} and not for servers (serverAuth)",
                    which(index),
                    if usage.is_empty() {
                        "nothing".to_owned()
                    } else {
                        usage.join(", ")
                    },
                ),
            )
            .at(index),
            None => Finding::new(
                Reason::WrongUsage,
                "the chain is not for servers (extended key usage serverAuth)",
            ),
        }
    }

    fn issuer_not_ca(&self) -> Finding {
        let guilty = self
            .walked
            .path
            .iter()
            .copied()
            .skip(1)
            .find(|index| self.certificate(*index).is_some_and(|issuer| !issuer.ca));
        let (index, subject) = self.named(guilty.or(self.walked.path.get(1).copied()));
        Finding::new(
            Reason::IssuerNotCa,
            format!("the issuer {subject} is not a CA (basic constraints)"),
        )
        .at(index)
    }

    fn name_constraints(&self) -> Finding {
        let constrained = self.walked.path.iter().copied().find_map(|index| {
            let issuer = self.certificate(index)?;
            let limits = !issuer.permitted_names.is_empty() || !issuer.excluded_names.is_empty();
            limits.then_some((index, issuer))
        });
        let names = self
            .certificate(0)
            .map_or_else(String::new, |leaf| leaf.names(4));
        match constrained {
            Some((index, issuer)) => {
                let mut limits = Vec::new();
                if !issuer.permitted_names.is_empty() {
                    limits.push(format!("only for {}", some(&issuer.permitted_names)));
                }
                if !issuer.excluded_names.is_empty() {
                    limits.push(format!("not for {}", some(&issuer.excluded_names)));
                }
                Finding::new(
                    Reason::NameConstraints,
                    format!(
                        "{} may vouch {}; the certificate names {names}",
                        issuer.subject,
                        limits.join(" and ")
                    ),
                )
                .at(index)
            }
            None => Finding::new(
                Reason::NameConstraints,
                format!("a CA of the chain may not vouch for {names}"),
            ),
        }
    }

    fn revocation_unknown(&self) -> Finding {
        // Being covered by no list can hide a worse reason.
        if let Some(leaf) = self.presented.first() {
            let rest: Vec<_> = self
                .presented
                .iter()
                .skip(1)
                .map(|entry| entry.der.clone())
                .collect();
            if let Err(worse) =
                verify_chain(self.trust, &leaf.der, &rest, unix_time(self.now), false)
                && worse != Error::UnknownRevocationStatus
            {
                return self.explain(&worse);
            }
        }
        Finding::new(
            Reason::RevocationUnknown,
            "no revocation list covers every certificate of the chain",
        )
    }

    fn bad_signature(&self) -> Finding {
        for pair in self.walked.path.windows(2) {
            let [child, issuer] = pair else { continue };
            let (child_entry, issuer_entry) = (&self.presented[*child], &self.presented[*issuer]);
            if let Some(view) = issuer_entry.certificate()
                && view.key.is_weak()
            {
                return weak_key(*issuer, view);
            }
            if !signs(
                &issuer_entry.der,
                &child_entry.der,
                self.trust.algorithms.all,
            ) {
                return Finding::new(
                    Reason::BadSignature,
                    format!(
                        "{} was not signed by the key of {}",
                        child_entry.subject(),
                        issuer_entry.subject()
                    ),
                )
                .at(*child);
            }
        }
        let (index, last) = self.last();
        if let Some(last) = last
            && last.key.is_weak()
        {
            return weak_key(index, last);
        }
        Finding::new(
            Reason::BadSignature,
            "a signature of the chain does not fit the issuer's key",
        )
        .at(index)
    }

    fn weak_signature(&self) -> Finding {
        let guilty = self.walked.path.iter().copied().find_map(|index| {
            let certificate = self.certificate(index)?;
            let weak = ["SHA-1", "MD5", "MD2", "DSA with"]
                .iter()
                .any(|part| certificate.signature.contains(part))
                || certificate
                    .signature
                    .starts_with(|c: char| c.is_ascii_digit());
            weak.then_some((index, certificate))
        });
        match guilty {
            Some((index, certificate)) => Finding::new(
                Reason::WeakSignature,
                format!(
                    "{} {} is signed with {}, which is not accepted",
                    which(index),
                    certificate.subject,
                    certificate.signature
                ),
            )
            .at(index),
            None => Finding::new(
                Reason::WeakSignature,
                "a certificate of the chain is signed with an algorithm that is not accepted",
            ),
        }
    }

    fn bad_certificate(&self, error: &Error) -> Finding {
        match self
            .presented
            .iter()
            .position(|entry| entry.decoded.is_err())
        {
            Some(index) => self.undecodable(index),
            None => Finding::new(
                Reason::BadCertificate,
                format!("a certificate of the chain is malformed: {error}"),
            ),
        }
    }

    fn undecodable(&self, index: usize) -> Finding {
        let why = self
            .presented
            .get(index)
            .and_then(|entry| entry.decoded.as_ref().err())
            .map_or("malformed", String::as_str);
        Finding::new(
            Reason::BadCertificate,
            format!("certificate {} cannot be understood: {why}", index + 1),
        )
        .at(index)
    }
}

fn weak_key(index: usize, certificate: &Certificate) -> Finding {
    Finding::new(
        Reason::WeakKey,
        format!(
            "{} {} has the key {}, which is too weak",
            which(index),
            certificate.subject,
            certificate.key
        ),
    )
    .at(index)
}

fn some(names: &[String]) -> String {
    const LISTED: usize = 4;
    let mut text = names[..names.len().min(LISTED)].join(", ");
    if names.len() > LISTED {
        text.push_str(&format!(", {} more", names.len() - LISTED));
    }
    text
}

fn seconds(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}
