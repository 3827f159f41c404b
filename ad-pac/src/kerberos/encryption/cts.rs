//! AES in CBC with ciphertext stealing (RFC 3962 section 5): the last two
//! blocks are swapped and the shorter one takes what it lacks from the other,
//! so the ciphertext is as long as the plaintext.

use aes::cipher::BlockCipherDecrypt as _;
use aes::{Aes128, Aes256};
use hmac::KeyInit as _;

const BLOCK: usize = 16;

/// Undoes it with an initial vector of zeros. `None` when the key is not one of
/// AES or there is less than a block.
pub(super) fn decrypt(key: &[u8], cipher: &[u8]) -> Option<Vec<u8>> {
    if cipher.len() < BLOCK {
        return None;
    }
    let block = Blocks::new(key)?;
    if cipher.len() == BLOCK {
        return Some(block.decrypt(cipher)?.to_vec());
    }
    let last_size = match cipher.len() % BLOCK {
        0 => BLOCK,
        rest => rest,
    };
    let (head, last) = cipher.split_at(cipher.len() - last_size);
    let (head, swapped) = head.split_at(head.len() - BLOCK);
    let mut plain = Vec::with_capacity(cipher.len());
    let mut previous = [0; BLOCK];
    for chunk in head.chunks_exact(BLOCK) {
        plain.extend(xor(&block.decrypt(chunk)?, &previous));
        previous = chunk.try_into().ok()?;
    }
    // `swapped` is the last block before stealing, of which `last` kept a part
    // of the one before it.
    let inner = block.decrypt(swapped)?;
    let mut stolen = inner;
    stolen[..last_size].copy_from_slice(last);
    plain.extend(xor(&block.decrypt(&stolen)?, &previous));
    plain.extend(xor(&inner[..last_size], last));
    Some(plain)
}

fn xor(a: &[u8], b: &[u8]) -> Vec<u8> {
    a.iter().zip(b).map(|(a, b)| a ^ b).collect()
}

enum Blocks {
    Short(Box<Aes128>),
    Long(Box<Aes256>),
}

impl Blocks {
    fn new(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => Aes128::new_from_slice(key)
                .ok()
                .map(|aes| Blocks::Short(Box::new(aes))),
            32 => Aes256::new_from_slice(key)
                .ok()
                .map(|aes| Blocks::Long(Box::new(aes))),
            _ => None,
        }
    }

    fn decrypt(&self, block: &[u8]) -> Option<[u8; BLOCK]> {
        let mut block: [u8; BLOCK] = block.try_into().ok()?;
        match self {
            Blocks::Short(aes) => aes.decrypt_block((&mut block).into()),
            Blocks::Long(aes) => aes.decrypt_block((&mut block).into()),
        }
        Some(block)
    }
}

#[cfg(test)]
#[path = "cts/tests.rs"]
mod tests;
