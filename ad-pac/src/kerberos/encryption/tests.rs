use proptest::prelude::*;

use super::*;

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|index| u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).unwrap())
        .collect()
}

#[test]
fn the_derived_keys_of_rfc_8009_appendix_a_come_out() {
    let keys = derive::sha2::<Hmac<Sha256>>(&bytes("3705d96080c17728a0e800eab6e0d23c"), 2, 16, 16);
    assert_eq!(keys.encryption, bytes("9b197dd1e8c5609d6e67c3e37c62c72e"));
    assert_eq!(keys.integrity, bytes("9fda0e56ab2d85e1569a688696c26a6c"));
    let key = bytes("6d404d37faf79f9df0d33568d320669800eb4836472ea8a026d16b7182460c52");
    let keys = derive::sha2::<Hmac<Sha384>>(&key, 2, 32, 24);
    let encryption = bytes("56ab22bee63d82d7bc5227f6773f8ea7a5eb1c825160c38312980c442e5c7e49");
    assert_eq!(keys.encryption, encryption);
    assert_eq!(
        keys.integrity,
        bytes("69b16514e3cd8e56b82010d5c73012b622c4d00ffc23ed1f")
    );
}

#[test]
fn an_example_of_rfc_8009_appendix_a_is_opened() {
    let key = Key::new(&bytes("3705d96080c17728a0e800eab6e0d23c"));
    let cipher = bytes("ef85fb890bb8472f4dab20394dca781dad877eda39d50c870c0d5a0a8e48c718");
    assert_eq!(
        EncryptionType(19).decrypt(&key, 2, &cipher),
        Some(Vec::new())
    );
    assert_eq!(
        EncryptionType(19).decrypt(&key, 3, &cipher),
        None,
        "another usage"
    );
}

#[test]
fn a_key_is_never_shown() {
    let key = Key::new(b"planted-secret-1");
    assert_eq!(format!("{key:?}"), "Key(16 bytes, hidden)");
}

#[test]
fn numbers_have_the_names_of_the_registry() {
    assert_eq!(EncryptionType(18).to_string(), "aes256-cts-hmac-sha1-96");
    assert_eq!(EncryptionType(-128).to_string(), "encryption type -128");
    assert!(!EncryptionType(3).is_supported());
}

/// Encrypts as a KDC does, to have something to open.
pub(in crate::kerberos) fn encrypt(number: i32, key: &[u8], usage: u32, plain: &[u8]) -> Vec<u8> {
    let kind = EncryptionType(number).scheme().unwrap();
    let mut text = vec![0x5a; if kind == Scheme::Rc4 { 8 } else { 16 }];
    text.extend(plain);
    match kind {
        Scheme::Rc4 => {
            let first = mac::<Hmac<Md5>>(key, &[&usage.to_le_bytes()])
                .finalize()
                .into_bytes();
            let mut checksum = mac::<Hmac<Md5>>(&first, &[&text])
                .finalize()
                .into_bytes()
                .to_vec();
            let second = mac::<Hmac<Md5>>(&first, &[&checksum])
                .finalize()
                .into_bytes();
            Rc4::new_from_slice(&second)
                .unwrap()
                .apply_keystream(&mut text);
            checksum.extend(text);
            checksum
        }
        Scheme::AesSha1 { .. } => {
            let keys = derive::simplified(key, usage).unwrap();
            let checksum = mac::<Hmac<Sha1>>(&keys.integrity, &[&text])
                .finalize()
                .into_bytes();
            let mut cipher = steal(&keys.encryption, &text);
            cipher.extend(&checksum[..12]);
            cipher
        }
        Scheme::AesSha256 => {
            let keys = derive::sha2::<Hmac<Sha256>>(key, usage, 16, 16);
            let mut cipher = steal(&keys.encryption, &text);
            let whole = mac::<Hmac<Sha256>>(&keys.integrity, &[&[0; 16], &cipher]).finalize();
            cipher.extend(&whole.into_bytes()[..16]);
            cipher
        }
        Scheme::AesSha384 => {
            let keys = derive::sha2::<Hmac<Sha384>>(key, usage, 32, 24);
            let mut cipher = steal(&keys.encryption, &text);
            let whole = mac::<Hmac<Sha384>>(&keys.integrity, &[&[0; 16], &cipher]).finalize();
            cipher.extend(&whole.into_bytes()[..24]);
            cipher
        }
    }
}

/// CBC with ciphertext stealing, the other way.
fn steal(key: &[u8], plain: &[u8]) -> Vec<u8> {
    use aes::cipher::BlockCipherEncrypt as _;
    let one = |mut block: [u8; 16]| -> [u8; 16] {
        match key.len() {
            16 => aes::Aes128::new_from_slice(key)
                .unwrap()
                .encrypt_block((&mut block).into()),
            _ => aes::Aes256::new_from_slice(key)
                .unwrap()
                .encrypt_block((&mut block).into()),
        }
        block
    };
    let mut padded = plain.to_vec();
    padded.resize(plain.len().div_ceil(16) * 16, 0);
    let mut previous = [0; 16];
    let mut blocks: Vec<[u8; 16]> = Vec::new();
    for chunk in padded.chunks_exact(16) {
        let mut block: [u8; 16] = chunk.try_into().unwrap();
        block.iter_mut().zip(previous).for_each(|(a, b)| *a ^= b);
        previous = one(block);
        blocks.push(previous);
    }
    let count = blocks.len();
    if count > 1 {
        blocks.swap(count - 2, count - 1);
    }
    let mut cipher = blocks.concat();
    cipher.truncate(plain.len().max(16));
    cipher
}

fn key_size(number: i32) -> usize {
    if matches!(number, 18 | 20) { 32 } else { 16 }
}

proptest! {
    #[test]
    fn what_was_encrypted_is_opened_and_what_was_changed_is_not(
        plain in proptest::collection::vec(any::<u8>(), 0..100),
        seed in any::<u8>(),
        flip in any::<prop::sample::Index>(),
        number in prop::sample::select(vec![17, 18, 19, 20, 23]),
    ) {
        let secret = vec![seed; key_size(number)];
        let key = Key::new(&secret);
        let kind = EncryptionType(number);
        let mut cipher = encrypt(number, &secret, 2, &plain);
        prop_assert_eq!(kind.decrypt(&key, 2, &cipher), Some(plain));
        let at = flip.index(cipher.len());
        cipher[at] ^= 1;
        prop_assert_eq!(kind.decrypt(&key, 2, &cipher), None);
    }

    #[test]
    fn decrypting_anything_never_panics(
        number in -1..30,
        key in proptest::collection::vec(any::<u8>(), 0..40),
        cipher in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let _ = EncryptionType(number).decrypt(&Key::new(&key), 2, &cipher);
    }
}
