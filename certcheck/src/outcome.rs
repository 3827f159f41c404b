//! The result of a check, made from the evidence. Pure.

use std::net::SocketAddr;

use rustls_pki_types::CertificateDer;

use crate::chain::{Certificate, Presented};
use crate::diagnosis::{
    Expiry, Failure, Finding, Severity, Verdict, explain_chain, explain_expiry, explain_failure,
    explain_pins, soonest,
};
use crate::lints;
use crate::target::{Target, Threshold};
use crate::verifier::{Recorded, Trust, unix_time, verify};

/// Everything known of a checked peer.
#[derive(Debug)]
pub struct Outcome {
    /// As the user wrote it.
    pub target: String,
    /// `host:port`.
    pub authority: String,
    /// The identity that was expected.
    pub expected_name: String,
    /// The same in Unicode, where that differs.
    pub expected_name_unicode: Option<String>,
    /// Where the connection went.
    pub address: Option<SocketAddr>,
    /// The target that redirected here.
    pub redirected_from: Option<String>,
    /// What is to be thought of it.
    pub verdict: Verdict,
    /// Why, the worst first.
    pub findings: Vec<Finding>,
    /// The certificates as sent, the leaf first.
    pub presented: Vec<Presented>,
    /// The path from the leaf upwards, as indexes into `presented`.
    pub path: Vec<usize>,
    /// The subject of the root, when the path leads to a trusted one.
    pub root: Option<String>,
    /// The certificate of the path that ends first.
    pub expiry: Option<Expiry>,
    /// `TLSv1.3` or `TLSv1.2`.
    pub tls_version: Option<String>,
    /// The cipher suite.
    pub cipher: Option<String>,
    /// The HTTP answer.
    pub answer: Option<Answer>,
    /// How long the check took, in milliseconds.
    pub milliseconds: u64,
    /// The time that was judged by, in seconds since 1970.
    pub judged_at: i64,
}

/// The head of an HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Where it redirects to.
    pub location: Option<String>,
}

/// What a judgement needs beside the evidence.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// Who was trusted.
    pub trust: &'a Trust,
    /// The time to judge by, in seconds since 1970.
    pub now: i64,
}

impl Outcome {
    /// Judges what a probe saw.
    pub fn judge(
        target: &Target,
        address: Option<SocketAddr>,
        recorded: Recorded,
        answer: Result<Option<Answer>, Failure>,
        basis: Basis<'_>,
    ) -> Self {
        let presented: Vec<Presented> =
            recorded.presented.into_iter().map(Presented::new).collect();
        let mut outcome = Outcome::empty(target, basis.now);
        outcome.address = address;
        if let Some(verdict) = &recorded.verdict {
            let (findings, path) = explain_chain(
                &presented,
                verdict,
                target.expected_name(),
                basis.trust,
                basis.now,
            );
            outcome.findings = findings;
            outcome.path = path;
            let root = verdict
                .as_ref()
                .ok()
                .and_then(|path| basis.trust.roots.get(path.root));
            outcome.root = root
                .and_then(|root| Certificate::decode(&root.der).ok())
                .map(|root| root.subject);
            outcome.expiry = soonest(&presented, &outcome.path, basis.now);
            if verdict.is_ok() {
                let options = &target.options;
                outcome
                    .findings
                    .extend(outcome.expiry.as_ref().and_then(|expiry| {
                        explain_expiry(
                            expiry,
                            options.warn.unwrap_or(Threshold::WARN),
                            options.crit.unwrap_or(Threshold::CRIT),
                        )
                    }));
                if options.strict == Some(true) {
                    outcome.findings.extend(lints::judge(&lints::Chain {
                        presented: &presented,
                        path: &outcome.path,
                        root: root.map(|root| &root.der),
                        crls: &basis.trust.crl_ders,
                        now: basis.now,
                    }));
                }
            }
            outcome
                .findings
                .extend(explain_pins(&presented, &target.options));
        }
        // A refused certificate ends the handshake: that failure is known.
        let refused = matches!(recorded.verdict, Some(Err(_)));
        match answer {
            Ok(answer) => outcome.answer = answer,
            Err(_) if refused => {}
            Err(Failure::Tls(_) | Failure::Closed(_))
                if recorded.client_certificate_asked && recorded.verdict.is_some() =>
            {
                outcome
                    .findings
                    .push(explain_failure(&Failure::ClientCertificate));
            }
            Err(failure) => outcome.findings.push(explain_failure(&failure)),
        }
        if let Some((version, cipher)) = recorded.negotiated {
            outcome.tls_version = version.as_str().map(|name| name.replace('_', "."));
            outcome.cipher = cipher.as_str().map(ToOwned::to_owned);
        }
        outcome.presented = presented;
        outcome.settle();
        outcome
    }

    /// Judges a chain at hand, the leaf first, as if the target had sent it.
    pub fn of_chain(
        target: &Target,
        chain: Vec<CertificateDer<'static>>,
        basis: Basis<'_>,
    ) -> Self {
        let verdict = match chain.split_first() {
            Some((leaf, rest)) => verify(
                basis.trust,
                leaf,
                rest,
                &target.expected_name().server_name(),
                unix_time(basis.now),
            ),
            None => Err(webpki::Error::BadDer),
        };
        let recorded = Recorded {
            presented: chain,
            verdict: Some(verdict),
            ..Recorded::default()
        };
        Outcome::judge(target, None, recorded, Ok(None), basis)
    }

    /// The outcome of a check that got nowhere.
    pub fn failed(target: &Target, failure: &Failure, now: i64) -> Self {
        let mut outcome = Outcome::empty(target, now);
        outcome.findings.push(explain_failure(failure));
        outcome.settle();
        outcome
    }

    /// Adds a finding that came up after the judgement.
    pub fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
        self.settle();
    }

    /// The finding that decides the verdict.
    pub fn main_finding(&self) -> Option<&Finding> {
        self.findings
            .first()
            .filter(|finding| finding.severity > Severity::Note)
    }

    /// The leaf, if one was presented and could be decoded.
    pub fn leaf(&self) -> Option<&Certificate> {
        self.presented.first()?.certificate()
    }

    fn settle(&mut self) {
        self.findings
            .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        self.verdict = Verdict::of(&self.findings);
    }

    fn empty(target: &Target, now: i64) -> Self {
        Outcome {
            target: target.text.clone(),
            authority: target.authority(),
            expected_name: target.expected_name().in_url(),
            expected_name_unicode: target.expected_name().unicode(),
            address: None,
            redirected_from: None,
            verdict: Verdict::Ok,
            findings: Vec::new(),
            presented: Vec::new(),
            path: Vec::new(),
            root: None,
            expiry: None,
            tls_version: None,
            cipher: None,
            answer: None,
            milliseconds: 0,
            judged_at: now,
        }
    }
}
