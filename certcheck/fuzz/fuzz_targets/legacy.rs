//! A client of TLS 1.0 or 1.1: without the keys of a handshake nothing it
//! sends is a request.
#![no_main]

use certcheck::fuzzed::{RsaKey, Server, Version};

libfuzzer_sys::fuzz_target!(|input: (bool, u8, &[u8])| {
    let (newer, size, bytes) = input;
    let key = RsaKey::from_pkcs1(include_bytes!("../../src/client/pki/weak-rsa.der"))
        .expect("the key is good");
    let version = if newer {
        Version::Tls11
    } else {
        Version::Tls10
    };
    let mut server = Server::new(version, vec![vec![0x30, 0].into()], key);
    for chunk in bytes.chunks(usize::from(size).max(1)) {
        if server.receive(chunk).is_err() {
            break;
        }
        server.take_output();
    }
    assert!(!server.has_request());
});
