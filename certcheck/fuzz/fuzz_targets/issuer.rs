//! What the issuer URL of a certificate supplies.
#![no_main]

use certcheck::chain::{Certificate, signs};
use certcheck::check::issuer::issuer_in;
use rustls_pki_types::CertificateDer;

const CERTIFICATE: &[u8] = include_bytes!("../seeds/certificate/leaf.der");

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(issuer) = issuer_in(bytes.to_vec()) {
        let algorithms = rustls::crypto::aws_lc_rs::default_provider()
            .signature_verification_algorithms
            .all;
        let _ = signs(&issuer, &CertificateDer::from(CERTIFICATE), algorithms);
        assert!(Certificate::decode(&issuer).is_ok());
    }
});
