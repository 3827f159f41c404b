//! `certcheck files`: expiry and sanity of local files.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Common;
use super::options::{time, usage};
use crate::chain::Presented;
use crate::diagnosis::{Expiry, Finding, Reason, Verdict, explain_expiry, span};
use crate::error::{Error, Kind, Result};
use crate::report::json::{CertificateShape, FindingShape};
use crate::report::show;
use crate::store;
use crate::target::Threshold;
use crate::terminal::Output;

/// Arguments of `files`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  certcheck files /etc/ssl/private/www.pem /etc/letsencrypt/live
  certcheck files keystore.p12 --password-file secret.txt --crit 14d")]
pub(super) struct Args {
    /// PEM, DER and PKCS#12 files, and folders of them
    ///
    /// Folders are read to their end; what is no certificate in them is passed
    /// over.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Warn this long before the expiry: 21d, 33% of the lifetime
    ///
    /// By default a quarter of the lifetime, 21 days at most. Choose what your
    /// renewal needs when a person must do it.
    #[arg(long, value_name = "TIME")]
    warn: Option<String>,
    /// Fail this long before the expiry
    ///
    /// By default a tenth of the lifetime, seven days at most. Choose the point
    /// at which somebody is to be called.
    #[arg(long, value_name = "TIME")]
    crit: Option<String>,
    /// Judge as of this time instead of now
    ///
    /// Answers whether a chain will still hold in March, or what was wrong last
    /// night.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<i64>,
    /// The password of PKCS#12 files; also in CERTCHECK_PKCS12_PASSWORD
    ///
    /// Without it those are read that have an empty password; nothing is asked,
    /// so that cron never waits.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// One JSON object a certificate
    ///
    /// For scripts: an inventory with file, place in the file, expiry and
    /// findings.
    #[arg(long)]
    json: bool,
}

/// One line of `--json`.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    position: usize,
    verdict: &'static str,
    findings: Vec<FindingShape<'a>>,
    certificate: Option<CertificateShape<'a>>,
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output) -> Result<u8> {
    let threshold = |option: &str, value: &Option<String>, default| match value {
        None => Ok(default),
        Some(text) => Threshold::parse(text).map_err(|what| usage(option, what)),
    };
    let warn = threshold("--warn", &args.warn, Threshold::WARN)?;
    let crit = threshold("--crit", &args.crit, Threshold::CRIT)?;
    let now = args
        .at
        .unwrap_or_else(|| jiff::Timestamp::now().as_second());
    let password = store::password(args.password_file.as_deref())?;
    let mut passed = true;
    let mut found = false;
    for path in &args.paths {
        let whole_folder = path.is_dir();
        for file in store::files(path)? {
            let certificates = match store::certificates(&file, password.as_deref()) {
                Ok(certificates) => certificates,
                // A folder holds keys and notes too; a file was named.
                Err(error) if whole_folder && !store::claims_certificate(&file) => {
                    tracing::info!("{error}");
                    continue;
                }
                Err(error) if whole_folder => {
                    found = true;
                    passed = false;
                    let message = error.message();
                    let finding = Finding::new(Reason::BadCertificate, message);
                    write(out, &file, 0, None, &[finding], now, args.json, common)?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            for (index, der) in certificates.into_iter().enumerate() {
                found = true;
                let entry = Presented::new(der);
                let findings = judge(&entry, now, warn, crit);
                passed &= Verdict::of(&findings).passed();
                let position = index + 1;
                write(
                    out,
                    &file,
                    position,
                    Some(&entry),
                    &findings,
                    now,
                    args.json,
                    common,
                )?;
            }
        }
    }
    if !found {
        let subject = args.paths[0].display().to_string();
        return Err(Error::new(Kind::Input, subject, "holds no certificate"));
    }
    Ok(u8::from(!passed))
}

/// What can be said of a certificate alone.
fn judge(entry: &Presented, now: i64, warn: Threshold, crit: Threshold) -> Vec<Finding> {
    let certificate = match &entry.decoded {
        Ok(certificate) => certificate,
        Err(why) => return vec![Finding::new(Reason::BadCertificate, why.clone())],
    };
    let mut findings = Vec::new();
    let end = crate::chain::time(certificate.not_after);
    if certificate.not_after < now {
        let ago = span(now.abs_diff(certificate.not_after));
        findings.push(Finding::new(
            Reason::Expired,
            format!("expired {ago} ago, on {end}"),
        ));
    } else if certificate.not_before > now {
        findings.push(Finding::new(
            Reason::NotYetValid,
            format!(
                "becomes valid in {}",
                span(now.abs_diff(certificate.not_before))
            ),
        ));
    } else {
        let expiry = Expiry {
            certificate: 0,
            subject: certificate.subject.clone(),
            not_after: certificate.not_after,
            lifetime: certificate.lifetime(),
            seconds_left: certificate.not_after - now,
        };
        findings.extend(explain_expiry(&expiry, warn, crit));
    }
    if certificate.key.is_weak() {
        findings.push(Finding::new(
            Reason::WeakKey,
            format!("the key is {}", certificate.key),
        ));
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

#[expect(
    clippy::too_many_arguments,
    reason = "one line of output, written in one place"
)]
fn write(
    out: &mut Output,
    file: &Path,
    position: usize,
    entry: Option<&Presented>,
    findings: &[Finding],
    now: i64,
    as_json: bool,
    common: &Common,
) -> Result<()> {
    let verdict = Verdict::of(findings);
    let name = file.display().to_string();
    let result = (|| {
        if as_json {
            let line = Line {
                file: &name,
                position,
                verdict: verdict.name(),
                findings: findings.iter().map(FindingShape::from).collect(),
                certificate: entry.map(CertificateShape::from),
            };
            serde_json::to_writer(&mut *out, &line)?;
            return out.write_all(b"\n");
        }
        if common.quiet && verdict == Verdict::Ok {
            return Ok(());
        }
        let place = if position > 1 {
            format!("{name} ({position})")
        } else {
            name.clone()
        };
        let subject = entry.map_or("", Presented::subject);
        let left = entry
            .and_then(Presented::certificate)
            .and_then(|certificate| u64::try_from(certificate.not_after - now).ok())
            .map_or_else(String::new, |left| format!("  {} left", span(left)));
        writeln!(out, "{verdict:<9}  {place}  {subject}{left}")?;
        for finding in findings {
            writeln!(out, "           {}: {}", finding.id, finding.message)?;
        }
        match entry {
            Some(entry) if common.verbose > 0 => show::write(out, entry, now),
            _ => Ok(()),
        }
    })();
    result.map_err(|error: std::io::Error| {
        Error::new(Kind::System, "standard output", "cannot write").because(error)
    })
}
