//! Keys and records: the PRF of RFC 2246 section 5, and AES-128-CBC with
//! HMAC-SHA-1 (section 6.2.3.2).

use aws_lc_rs::cipher::{
    AES_128, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{hmac, rand};
use md5::{Digest as _, Md5};

const BLOCK: usize = 16;
const MAC: usize = 20;

/// A record after decryption.
pub(super) enum Opened {
    Content(Vec<u8>),
    Bad,
}

/// One direction of a connection.
pub(super) struct Protection {
    version: u16,
    /// TLS 1.1 sends the IV with each record; TLS 1.0 takes the last block of
    /// the record before.
    explicit_iv: bool,
    mac: hmac::Key,
    key: Vec<u8>,
    iv: [u8; BLOCK],
    sequence: u64,
}

impl std::fmt::Debug for Protection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Protection")
    }
}

impl Protection {
    pub(super) fn new(version: u16, explicit_iv: bool, mac: &[u8], key: &[u8], iv: &[u8]) -> Self {
        let mut first = [0; BLOCK];
        first.copy_from_slice(iv);
        Protection {
            version,
            explicit_iv,
            mac: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, mac),
            key: key.to_vec(),
            iv: first,
            sequence: 0,
        }
    }

    pub(super) fn seal(&mut self, kind: u8, content: &[u8]) -> Option<Vec<u8>> {
        let mut record = content.to_vec();
        record.extend_from_slice(self.tag(kind, content).as_ref());
        let padding = BLOCK - record.len() % BLOCK;
        record.resize(record.len() + padding, padding.to_le_bytes()[0] - 1);
        if self.explicit_iv {
            rand::fill(&mut self.iv).ok()?;
        }
        let key = UnboundCipherKey::new(&AES_128, &self.key).ok()?;
        let context = EncryptionContext::Iv128(FixedLength::from(self.iv));
        EncryptingKey::cbc(key)
            .ok()?
            .less_safe_encrypt(&mut record, context)
            .ok()?;
        self.sequence += 1;
        if self.explicit_iv {
            return Some([&self.iv[..], &record].concat());
        }
        self.keep_last_block(&record)?;
        Some(record)
    }

    pub(super) fn open(&mut self, kind: u8, record: &[u8]) -> Opened {
        self.try_open(kind, record)
            .map_or(Opened::Bad, Opened::Content)
    }

    fn try_open(&mut self, kind: u8, record: &[u8]) -> Option<Vec<u8>> {
        let body = if self.explicit_iv {
            let (iv, body) = record.split_at_checked(BLOCK)?;
            self.iv.copy_from_slice(iv);
            body
        } else {
            record
        };
        if body.is_empty() || body.len() % BLOCK != 0 {
            return None;
        }
        let key = UnboundCipherKey::new(&AES_128, &self.key).ok()?;
        let context = DecryptionContext::Iv128(FixedLength::from(self.iv));
        let mut plain = body.to_vec();
        DecryptingKey::cbc(key)
            .ok()?
            .decrypt(&mut plain, context)
            .ok()?;
        self.keep_last_block(body)?;
        let padding = usize::from(*plain.last()?) + 1;
        let end = plain.len().checked_sub(padding)?.checked_sub(MAC)?;
        let tag = self.tag(kind, &plain[..end]);
        if plain.get(end..end + MAC)? != tag.as_ref() {
            return None;
        }
        self.sequence += 1;
        plain.truncate(end);
        Some(plain)
    }

    fn keep_last_block(&mut self, record: &[u8]) -> Option<()> {
        self.iv = *record.last_chunk::<BLOCK>()?;
        Some(())
    }

    fn tag(&self, kind: u8, content: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.mac);
        context.update(&self.sequence.to_be_bytes());
        context.update(&[kind]);
        context.update(&self.version.to_be_bytes());
        let length = content.len().to_be_bytes();
        context.update(&length[length.len() - 2..]);
        context.update(content);
        context.sign()
    }
}

/// The pseudorandom function: MD5 with one half of the secret, SHA-1 with the
/// other (RFC 2246 section 5).
pub(super) fn prf(secret: &[u8], label: &[u8], seed: &[u8], length: usize) -> Vec<u8> {
    let half = secret.len().div_ceil(2);
    let seed = [label, seed].concat();
    let md5 = expand(&seed, length, |data| {
        hmac_md5(&secret[..half], data).to_vec()
    });
    let key = hmac::Key::new(
        hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        &secret[secret.len() - half..],
    );
    let sha1 = expand(&seed, length, |data| {
        hmac::sign(&key, data).as_ref().to_vec()
    });
    md5.iter().zip(sha1).map(|(a, b)| a ^ b).collect()
}

/// P_hash of RFC 2246 section 5.
fn expand(seed: &[u8], length: usize, keyed: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut a = keyed(seed);
    while out.len() < length {
        out.extend(keyed(&[&a[..], seed].concat()));
        a = keyed(&a);
    }
    out.truncate(length);
    out
}

/// HMAC (RFC 2104) over MD5, whose block has 64 octets. The keys of the PRF
/// are never longer than that.
fn hmac_md5(key: &[u8], data: &[u8]) -> [u8; 16] {
    let padded = |with: u8| {
        let mut block = [with; 64];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        block
    };
    let inner = Md5::new().chain_update(padded(0x36)).chain_update(data);
    Md5::new()
        .chain_update(padded(0x5c))
        .chain_update(inner.finalize())
        .finalize()
        .into()
}

#[cfg(test)]
#[path = "protection/tests.rs"]
mod tests;
