//! RSA as far as no library does it any more: keys of 1024 bits, SHA-1, and
//! the MD5-SHA-1 pair of TLS 1.0.
//!
//! Not constant in time, and never to be used for anything but the servers of
//! this room: their keys protect nothing.

use aws_lc_rs::{digest, rand};
use num_bigint::BigUint;

use super::der;

/// DigestInfo up to the digest (RFC 8017 section 9.2, note 1).
const SHA1_INFO: &[u8] = &[
    0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14,
];
const SHA256_INFO: &[u8] = &[
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// A private key, any size.
#[derive(Clone)]
pub struct RsaKey {
    modulus: BigUint,
    private: BigUint,
    /// RSAPublicKey (RFC 8017 appendix A.1.1).
    public: Vec<u8>,
    size: usize,
}

impl std::fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RsaKey({} bits)", self.size * 8)
    }
}

impl RsaKey {
    /// Reads RSAPrivateKey (RFC 8017 appendix A.1.2).
    pub fn from_pkcs1(input: &[u8]) -> Option<Self> {
        let (0x30, fields, _) = der::element(input)? else {
            return None;
        };
        let (_, _version, rest) = der::element(fields)?;
        let (_, modulus, after_modulus) = der::element(rest)?;
        let (_, _exponent, after_exponent) = der::element(after_modulus)?;
        let (_, private, _) = der::element(after_exponent)?;
        let public = rest.get(..rest.len() - after_exponent.len())?;
        let modulus = BigUint::from_bytes_be(modulus);
        let size = usize::try_from(modulus.bits().div_ceil(8)).ok()?;
        Some(RsaKey {
            private: BigUint::from_bytes_be(private),
            public: der::encode(0x30, public),
            modulus,
            size,
        })
    }

    /// Reads PrivateKeyInfo (RFC 5208) that holds an RSA key.
    pub fn from_pkcs8(input: &[u8]) -> Option<Self> {
        let (0x30, fields, _) = der::element(input)? else {
            return None;
        };
        let (_, _version, rest) = der::element(fields)?;
        let (_, _algorithm, rest) = der::element(rest)?;
        let (0x04, key, _) = der::element(rest)? else {
            return None;
        };
        Self::from_pkcs1(key)
    }

    /// RSAPublicKey in DER.
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// RSASSA-PKCS1-v1_5 with SHA-1.
    pub fn sign_sha1(&self, message: &[u8]) -> Vec<u8> {
        let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, message);
        self.sign_encoded(&[SHA1_INFO, hash.as_ref()].concat())
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256.
    pub fn sign_sha256(&self, message: &[u8]) -> Vec<u8> {
        let hash = digest::digest(&digest::SHA256, message);
        self.sign_encoded(&[SHA256_INFO, hash.as_ref()].concat())
    }

    /// PKCS #1 type 1 padding around these bytes; TLS 1.0 signs the MD5 and
    /// SHA-1 digests this way, without naming them (RFC 2246 section 4.7).
    pub fn sign_encoded(&self, content: &[u8]) -> Vec<u8> {
        let mut block = vec![0xff; self.size];
        let start = self.size.saturating_sub(content.len());
        block[start..].copy_from_slice(content);
        block[0] = 0;
        block[1] = 1;
        block[start - 1] = 0;
        self.apply(&block)
    }

    /// RSASSA-PSS with SHA-256 and a salt of its length (RFC 8017 section 9.1.1).
    pub fn sign_pss_sha256(&self, message: &[u8]) -> Option<Vec<u8>> {
        const LENGTH: usize = 32;
        let hash = digest::digest(&digest::SHA256, message);
        let mut salt = [0; LENGTH];
        rand::fill(&mut salt).ok()?;
        let seed = digest::digest(&digest::SHA256, &[&[0; 8], hash.as_ref(), &salt].concat());
        // One bit less than the modulus, which is a multiple of eight bits here.
        let mut block = vec![0; self.size];
        let masked = self.size.checked_sub(LENGTH + 1)?;
        block[masked.checked_sub(LENGTH + 1)?] = 1;
        block[masked - LENGTH..masked].copy_from_slice(&salt);
        let mask = (0u32..)
            .flat_map(|counter| {
                let input = [seed.as_ref(), &counter.to_be_bytes()].concat();
                digest::digest(&digest::SHA256, &input).as_ref().to_vec()
            })
            .take(masked);
        for (byte, mask) in block.iter_mut().zip(mask) {
            *byte ^= mask;
        }
        block[0] &= 0x7f;
        block[masked..self.size - 1].copy_from_slice(seed.as_ref());
        block[self.size - 1] = 0xbc;
        Some(self.apply(&block))
    }

    /// RSAES-PKCS1-v1_5 decryption.
    pub fn decrypt(&self, secret: &[u8]) -> Option<Vec<u8>> {
        if secret.len() > self.size {
            return None;
        }
        let block = self.apply(secret);
        let [0, 2, rest @ ..] = block.as_slice() else {
            return None;
        };
        let end = rest.iter().position(|byte| *byte == 0)?;
        Some(rest[end + 1..].to_vec())
    }

    fn apply(&self, block: &[u8]) -> Vec<u8> {
        let number = BigUint::from_bytes_be(block).modpow(&self.private, &self.modulus);
        let bytes = number.to_bytes_be();
        let mut out = vec![0; self.size.saturating_sub(bytes.len())];
        out.extend_from_slice(&bytes);
        out
    }
}

#[cfg(test)]
#[path = "rsa/tests.rs"]
mod tests;
