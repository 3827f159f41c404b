//! From a service's key to the keys of one usage.

use aes::cipher::BlockCipherEncrypt as _;
use aes::{Aes128, Aes256};
use hmac::{KeyInit, Mac};

use super::{Keys, mac, nfold::nfold};

/// The last byte of the constant (RFC 3961 section 5.3).
const ENCRYPTION: u8 = 0xaa;
const INTEGRITY: u8 = 0x55;

/// DK of RFC 3961 section 5.1 for AES: the folded constant, encrypted again
/// and again. `key` is 16 or 32 bytes long.
pub(super) fn simplified(key: &[u8], usage: u32) -> Option<Keys> {
    let derived = |last: u8| {
        let mut block: [u8; 16] = nfold(&constant(usage, last), 16).try_into().ok()?;
        let mut derived = Vec::new();
        while derived.len() < key.len() {
            match key.len() {
                16 => Aes128::new_from_slice(key)
                    .ok()?
                    .encrypt_block((&mut block).into()),
                _ => Aes256::new_from_slice(key)
                    .ok()?
                    .encrypt_block((&mut block).into()),
            }
            derived.extend_from_slice(&block);
        }
        Some(derived)
    };
    Some(Keys {
        encryption: derived(ENCRYPTION)?,
        integrity: derived(INTEGRITY)?,
    })
}

/// KDF-HMAC-SHA2 of RFC 8009 section 3, which is one round of SP 800-108's
/// counter mode: counter, label, zero, length in bits.
pub(super) fn sha2<M: Mac + KeyInit>(
    key: &[u8],
    usage: u32,
    encryption: usize,
    integrity: usize,
) -> Keys {
    let derived = |last: u8, size: usize| {
        let bits = (size as u32 * 8).to_be_bytes();
        let whole = mac::<M>(
            key,
            &[&1u32.to_be_bytes(), &constant(usage, last), &[0], &bits],
        );
        whole.finalize().into_bytes()[..size].to_vec()
    };
    Keys {
        encryption: derived(ENCRYPTION, encryption),
        integrity: derived(INTEGRITY, integrity),
    }
}

fn constant(usage: u32, last: u8) -> [u8; 5] {
    let [a, b, c, d] = usage.to_be_bytes();
    [a, b, c, d, last]
}
