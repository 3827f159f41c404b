use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    SanType,
};

use super::*;

fn algorithms() -> &'static [&'static dyn rustls_pki_types::SignatureVerificationAlgorithm] {
    rustls::crypto::aws_lc_rs::default_provider()
        .signature_verification_algorithms
        .all
}

fn authority(name: &str) -> (CertificateParams, KeyPair, Presented) {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    (params, key, Presented::new(certificate.der().clone()))
}

#[test]
fn a_certificate_is_decoded() {
    let (params, key, root) = authority("Root");
    let mut leaf = CertificateParams::new(vec!["a.example".into()]).unwrap();
    leaf.subject_alt_names
        .push(SanType::IpAddress("192.0.2.1".parse().unwrap()));
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.not_after = rcgen::date_time_ymd(2030, 1, 1);
    let leaf = leaf
        .signed_by(
            &KeyPair::generate().unwrap(),
            &Issuer::from_params(&params, &key),
        )
        .unwrap();
    let leaf = Presented::new(leaf.der().clone());
    let view = leaf.certificate().unwrap();
    assert_eq!(view.dns_names, ["a.example"]);
    assert_eq!(view.names(1), "a.example, 1 more");
    assert_eq!(
        view.extended_key_usage.as_deref(),
        Some(&["serverAuth".to_owned()][..])
    );
    assert_eq!(time(view.not_after), "2030-01-01T00:00:00Z");
    assert_eq!(view.key.to_string(), "ECDSA P-256");
    assert_eq!(view.signature, "ECDSA with SHA-256");
    assert!(!view.ca && !view.self_issued);
    let root_view = root.certificate().unwrap();
    assert!(root_view.ca && root_view.self_issued);
    assert_eq!(root_view.path_length, Some(1));
    assert!(signs(&root.der, &leaf.der, algorithms()));
    assert!(!signs(&leaf.der, &root.der, algorithms()));

    let walked = walk(&[leaf, root], algorithms());
    assert_eq!(
        walked,
        Walk {
            path: vec![0, 1],
            ends_in_root: true
        }
    );
}

#[test]
fn a_walk_prefers_the_issuer_whose_key_fits() {
    let (_, _, other) = authority("Root");
    let (params, key, root) = authority("Root");
    let leaf = CertificateParams::new(vec!["a.example".into()])
        .unwrap()
        .signed_by(
            &KeyPair::generate().unwrap(),
            &Issuer::from_params(&params, &key),
        )
        .unwrap();
    let leaf = Presented::new(leaf.der().clone());
    assert_eq!(walk(&[leaf, other, root], algorithms()).path, [0, 2]);
}

#[test]
fn what_a_peer_says_cannot_move_the_cursor() {
    assert_eq!(
        printable("a\u{1b}[2J\nb\u{202e}c\0"),
        "a\\u{1b}[2J\\u{a}b\\u{202e}c\\u{0}"
    );
    assert_eq!(printable(&"x".repeat(1000)).chars().count(), 401);
}

#[test]
fn the_size_of_a_modulus_is_counted_to_the_bit() {
    use super::certificate::modulus_bits;
    assert_eq!(modulus_bits(&[0, 0x80, 0]), 16);
    assert_eq!(modulus_bits(&[0x7f, 0]), 15);
    assert_eq!(modulus_bits(&[0, 0]), 0);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        let _ = Certificate::decode(&bytes);
    }
}
