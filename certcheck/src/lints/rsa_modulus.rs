//! An RSA modulus is a whole number of octets long.

use super::{Basis, Lint, Rule, Subject};
use crate::chain::modulus_bits;
use x509_parser::public_key::PublicKey;

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "rsa-modulus",
    citation: "CA/Browser Forum BR section 6.1.5",
    effective: "2023-09-15",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    let Ok(PublicKey::RSA(key)) = subject.parsed.public_key().parsed() else {
        return None;
    };
    let bits = modulus_bits(key.modulus);
    (!bits.is_multiple_of(8)).then(|| format!("an RSA key of {bits} bits"))
}
