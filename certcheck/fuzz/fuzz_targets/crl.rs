//! Revocation lists: read, consulted, linted.
#![no_main]

use std::time::Duration;

use certcheck::chain::Presented;
use certcheck::diagnosis::explain_chain;
use certcheck::lints;
use certcheck::target::Host;
use certcheck::trust::add_crls_in;
use certcheck::verifier::{Trust, verify};
use rustls_pki_types::{CertificateDer, UnixTime};

const CERTIFICATE: &[u8] = include_bytes!("../seeds/certificate/leaf.der");
const NOW: i64 = 1_800_000_000;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let leaf = CertificateDer::from(CERTIFICATE);
    let mut trust = Trust::nobody("");
    trust.add_root(leaf.clone()).expect("a certificate");
    if add_crls_in(&mut trust, bytes, "file").is_err() {
        return;
    }
    let host = Host::parse("a.example").expect("a name");
    let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW as u64));
    let verdict = verify(&trust, &leaf, &[], &host.server_name(), now);
    let presented = [Presented::new(leaf.clone())];
    let (_, path) = explain_chain(&presented, &verdict, &host, &trust, NOW);
    let _ = lints::judge(&lints::Chain {
        presented: &presented,
        path: &path,
        root: Some(&leaf),
        crls: &trust.crl_ders,
        now: NOW,
    });
});
