//! Against the crypto library, which verifies what it would no longer sign.

use aws_lc_rs::signature::{
    self, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey,
};
use rcgen::{KeyPair, PKCS_RSA_SHA256};

use super::RsaKey;

fn strong() -> RsaKey {
    let pair = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    RsaKey::from_pkcs8(pair.serialized_der()).unwrap()
}

fn weak() -> RsaKey {
    RsaKey::from_pkcs1(include_bytes!("../weak-rsa.der")).unwrap()
}

fn accepts(algorithm: &'static dyn signature::VerificationAlgorithm, key: &RsaKey, sig: &[u8]) {
    UnparsedPublicKey::new(algorithm, key.public())
        .verify(b"a message", sig)
        .unwrap();
}

#[test]
fn signatures_of_both_sizes_verify() {
    for key in [strong(), weak()] {
        accepts(
            &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
            &key,
            &key.sign_sha1(b"a message"),
        );
        accepts(
            &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            &key,
            &key.sign_sha256(b"a message"),
        );
    }
}

#[test]
fn pss_signatures_verify() {
    let key = strong();
    let signed = key.sign_pss_sha256(b"a message").unwrap();
    accepts(&RSA_PSS_2048_8192_SHA256, &key, &signed);
}

#[test]
fn the_weak_key_has_1024_bits() {
    assert_eq!(format!("{:?}", weak()), "RsaKey(1024 bits)");
}

#[test]
fn what_is_no_key_is_none() {
    for input in [
        &b""[..],
        b"\x30\x03\x02\x01\x00",
        b"\x30\x84\xff\xff\xff\xff\x02",
        b"PEM",
    ] {
        assert!(RsaKey::from_pkcs1(input).is_none());
        assert!(RsaKey::from_pkcs8(input).is_none());
    }
}
