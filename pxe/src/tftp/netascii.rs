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

/// Turns what comes over the wire into lines of this system, piece by piece.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The last piece ended with a CR whose companion is still to come.
    after_return: bool,
}

impl Decoder {
    /// The next piece; `last` says that none follows.
    pub fn decode(&mut self, bytes: &[u8], last: bool) -> Vec<u8> {
        let mut decoded = Vec::with_capacity(bytes.len() + 1);
        for byte in bytes {
            match (std::mem::take(&mut self.after_return), byte) {
                (true, b'\n') => decoded.push(b'\n'),
                (true, 0) => decoded.push(b'\r'),
                // A CR before anything else is against the rules, and kept.
                (true, b'\r') => {
                    decoded.push(b'\r');
                    self.after_return = true;
                }
                (true, byte) => decoded.extend([b'\r', *byte]),
                (false, b'\r') => self.after_return = true,
                (false, byte) => decoded.push(*byte),
            }
        }
        if last && std::mem::take(&mut self.after_return) {
            decoded.push(b'\r');
        }
        decoded
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded_in_pieces_of_any_size(
            bytes in prop::collection::vec(prop::sample::select(b"a\r\n\0".to_vec()), 0..60),
            size in 1_usize..9,
        ) {
            let wire = encode(&bytes);
            let mut decoder = Decoder::default();
            let mut decoded = Vec::new();
            for piece in wire.chunks(size) {
                decoded.extend(decoder.decode(piece, false));
            }
            decoded.extend(decoder.decode(b"", true));
            prop_assert_eq!(decoded, bytes);
        }
    }

    #[test]
    fn line_ends_and_carriage_returns_are_converted() {
        assert_eq!(encode(b"a\nb\rc\r\n"), b"a\r\nb\r\0c\r\0\r\n");
        assert_eq!(encode(b""), b"");
    }
}
