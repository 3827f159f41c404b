//! A whole chain of a peer's: verified, explained and linted, whatever it is.
#![no_main]

use certcheck::chain::Presented;
use certcheck::diagnosis::explain_chain;
use certcheck::lints;
use certcheck::target::Host;
use certcheck::verifier::{Trust, verify};
use rustls_pki_types::{CertificateDer, UnixTime};

libfuzzer_sys::fuzz_target!(|certificates: Vec<Vec<u8>>| {
    let ders: Vec<CertificateDer<'static>> =
        certificates.into_iter().map(CertificateDer::from).collect();
    let Some((leaf, rest)) = ders.split_first() else {
        return;
    };
    let trust = Trust::nobody("");
    let host = Host::parse("a.example").expect("a name");
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_800_000_000));
    let verdict = verify(&trust, leaf, rest, &host.server_name(), now);
    assert!(verdict.is_err(), "nobody is trusted");
    let presented: Vec<Presented> = ders.iter().cloned().map(Presented::new).collect();
    let (findings, path) = explain_chain(&presented, &verdict, &host, &trust, 1_800_000_000);
    assert!(!findings.is_empty());
    let _ = lints::judge(&lints::Chain {
        presented: &presented,
        path: &path,
        root: None,
        crls: &[],
        now: 1_800_000_000,
    });
});
