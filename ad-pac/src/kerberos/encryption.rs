//! The encryption types of tickets, and undoing each. Every one of them checks
//! integrity, so a wrong key is noticed and never mistaken for a right one.

mod cts;
mod derive;
mod nfold;

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use rc4::{Rc4, StreamCipher as _};
use sha1::Sha1;
use sha2::{Sha256, Sha384};

/// A service's key. It has no `Display`, and `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Vec<u8>);

impl Key {
    /// From its bytes.
    pub fn new(bytes: &[u8]) -> Self {
        Key(bytes.to_vec())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({} bytes, hidden)", self.0.len())
    }
}

/// An encryption type by its number (the IANA registry "Kerberos Encryption
/// Type Numbers"); unknown ones are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EncryptionType(pub i32);

/// The types that have a name, and how each is undone.
const TYPES: &[(i32, &str, Option<Scheme>)] = &[
    (1, "des-cbc-crc", None),
    (3, "des-cbc-md5", None),
    (16, "des3-cbc-sha1", None),
    (
        17,
        "aes128-cts-hmac-sha1-96",
        Some(Scheme::AesSha1 { key: 16 }),
    ),
    (
        18,
        "aes256-cts-hmac-sha1-96",
        Some(Scheme::AesSha1 { key: 32 }),
    ),
    (19, "aes128-cts-hmac-sha256-128", Some(Scheme::AesSha256)),
    (20, "aes256-cts-hmac-sha384-192", Some(Scheme::AesSha384)),
    (23, "rc4-hmac", Some(Scheme::Rc4)),
    (24, "rc4-hmac-exp", None),
    (25, "camellia128-cts-cmac", None),
    (26, "camellia256-cts-cmac", None),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    /// RFC 3962
    AesSha1 { key: usize },
    /// RFC 8009
    AesSha256,
    /// RFC 8009
    AesSha384,
    /// RFC 4757
    Rc4,
}

/// Every ciphertext begins with a random block (RFC 3961 section 5.3).
const AES_CONFOUNDER: usize = 16;
/// RFC 4757 section 4
const RC4_CONFOUNDER: usize = 8;

impl fmt::Display for EncryptionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match TYPES.iter().find(|(number, _, _)| *number == self.0) {
            Some((_, name, _)) => f.write_str(name),
            None => write!(f, "encryption type {}", self.0),
        }
    }
}

impl EncryptionType {
    fn scheme(self) -> Option<Scheme> {
        TYPES.iter().find(|(number, _, _)| *number == self.0)?.2
    }

    /// Whether [`EncryptionType::decrypt`] knows it.
    pub fn is_supported(self) -> bool {
        self.scheme().is_some()
    }

    /// The plaintext, if the key is the right one and nothing was changed.
    pub fn decrypt(self, key: &Key, usage: u32, cipher: &[u8]) -> Option<Vec<u8>> {
        let key = key.0.as_slice();
        match self.scheme()? {
            Scheme::AesSha1 { key: size } if key.len() == size => aes_sha1(key, usage, cipher),
            Scheme::AesSha256 if key.len() == 16 => {
                let keys = derive::sha2::<Hmac<Sha256>>(key, usage, 16, 16);
                encrypt_then_mac::<Hmac<Sha256>>(&keys, 16, cipher)
            }
            Scheme::AesSha384 if key.len() == 32 => {
                let keys = derive::sha2::<Hmac<Sha384>>(key, usage, 32, 24);
                encrypt_then_mac::<Hmac<Sha384>>(&keys, 24, cipher)
            }
            Scheme::Rc4 if key.len() == 16 => rc4_hmac(key, usage, cipher),
            Scheme::AesSha1 { .. } | Scheme::AesSha256 | Scheme::AesSha384 | Scheme::Rc4 => None,
        }
    }
}

/// The two keys derived from a service's key for one usage.
#[derive(Debug)]
struct Keys {
    encryption: Vec<u8>,
    integrity: Vec<u8>,
}

/// RFC 3961 section 5.3 with AES (RFC 3962): the checksum covers the plaintext.
fn aes_sha1(key: &[u8], usage: u32, cipher: &[u8]) -> Option<Vec<u8>> {
    const CHECKSUM: usize = 12;
    let keys = derive::simplified(key, usage)?;
    let (body, checksum) = cipher.split_at_checked(cipher.len().checked_sub(CHECKSUM)?)?;
    let plain = cts::decrypt(&keys.encryption, body)?;
    mac::<Hmac<Sha1>>(&keys.integrity, &[&plain])
        .verify_truncated_left(checksum)
        .ok()?;
    plain.get(AES_CONFOUNDER..).map(<[u8]>::to_vec)
}

/// RFC 8009 section 5: the checksum covers the initial vector (zeros) and the
/// ciphertext.
fn encrypt_then_mac<M: Mac + KeyInit>(
    keys: &Keys,
    checksum: usize,
    cipher: &[u8],
) -> Option<Vec<u8>> {
    let (body, expected) = cipher.split_at_checked(cipher.len().checked_sub(checksum)?)?;
    mac::<M>(&keys.integrity, &[&[0; 16], body])
        .verify_truncated_left(expected)
        .ok()?;
    let plain = cts::decrypt(&keys.encryption, body)?;
    plain.get(AES_CONFOUNDER..).map(<[u8]>::to_vec)
}

/// RFC 4757 section 4: the checksum comes first and decides the key.
fn rc4_hmac(key: &[u8], usage: u32, cipher: &[u8]) -> Option<Vec<u8>> {
    let (checksum, body) = cipher.split_at_checked(16)?;
    let first = mac::<Hmac<Md5>>(key, &[&usage.to_le_bytes()])
        .finalize()
        .into_bytes();
    let second = mac::<Hmac<Md5>>(&first, &[checksum])
        .finalize()
        .into_bytes();
    let mut plain = body.to_vec();
    Rc4::new_from_slice(&second)
        .ok()?
        .apply_keystream(&mut plain);
    mac::<Hmac<Md5>>(&first, &[&plain])
        .verify_slice(checksum)
        .ok()?;
    plain.get(RC4_CONFOUNDER..).map(<[u8]>::to_vec)
}

/// A keyed hash over parts.
fn mac<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> M {
    #[expect(
        clippy::expect_used,
        reason = "HMAC takes keys of every length (RFC 2104)"
    )]
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of every length");
    for part in parts {
        mac.update(part);
    }
    mac
}

#[cfg(test)]
#[path = "encryption/tests.rs"]
pub(crate) mod tests;
