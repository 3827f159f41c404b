//! Judges chains without a connection: who may speak for a name, at what time,
//! and why not; with rules beyond the verdict, and the clock as an argument.
//!
//! ```sh
//! cargo run --example judge_chain
//! ```

use std::io::{self, Write};

use certcheck::diagnosis::Severity;
use certcheck::outcome::{Basis, Outcome};
use certcheck::target::{Options, Target};
use certcheck::verifier::Trust;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls_pki_types::CertificateDer;

/// 2027-01-15T08:00:00Z
const NOW: i64 = 1_800_000_000;
const DAY: i64 = 24 * 60 * 60;

/// A root, and what it issued to `www.example.org` for 2027.
fn pki() -> Result<(CertificateDer<'static>, CertificateDer<'static>), rcgen::Error> {
    let mut ca = CertificateParams::new(Vec::new())?;
    ca.distinguished_name
        .push(DnType::CommonName, "Example root");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate()?)?;
    let mut leaf = CertificateParams::new(vec!["www.example.org".to_owned()])?;
    leaf.distinguished_name
        .push(DnType::CommonName, "www.example.org");
    leaf.not_before = rcgen::date_time_ymd(2027, 1, 1);
    leaf.not_after = rcgen::date_time_ymd(2027, 12, 31);
    let leaf = leaf.signed_by(&KeyPair::generate()?, &ca)?;
    Ok((ca.der().clone(), leaf.der().clone()))
}

fn write(out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let (root, leaf) = pki()?;
    let mut trust = Trust::nobody("the root of this example");
    trust.add_root(root)?;
    for (name, now) in [
        ("www.example.org", NOW),
        ("intern.example.org", NOW),
        ("www.example.org", NOW + 340 * DAY),
        ("www.example.org", NOW + 365 * DAY),
    ] {
        let target = Target::parse(name, Options::default())?;
        let basis = Basis { trust: &trust, now };
        let outcome = Outcome::of_chain(&target, vec![leaf.clone()], basis);
        writeln!(out, "{name} at {now}: {}", outcome.verdict.name())?;
        for finding in &outcome.findings {
            if finding.severity > Severity::Note {
                writeln!(out, "  {}: {}", finding.id, finding.message)?;
            }
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    write(&mut io::stdout().lock())
}
