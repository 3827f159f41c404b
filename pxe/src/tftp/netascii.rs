//! Netascii (RFC 1350 §1, RFC 764): lines end with CR LF, a bare CR is CR NUL.

/// Files longer than this are not converted: netascii is for configuration
/// texts, and the converted text is held in memory.
pub const LONGEST: u64 = 1024 * 1024;

/// The text as it goes over the wire.
pub fn encode(bytes: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    for byte in bytes {
        match byte {
            b'\n' => encoded.extend(b"\r\n"),
            b'\r' => encoded.extend(b"\r\0"),
            byte => encoded.push(*byte),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_carriage_returns_are_converted() {
        assert_eq!(encode(b"a\nb\rc\r\n"), b"a\r\nb\r\0c\r\0\r\n");
        assert_eq!(encode(b""), b"");
    }
}
