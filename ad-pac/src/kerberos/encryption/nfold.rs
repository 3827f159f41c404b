//! n-fold (RFC 3961 section 5.1): stretching or folding bytes to a length.

/// Folds `input` to `length` bytes: copies of it, each rotated right by 13 more
/// bits, are laid end to end up to a common multiple of both lengths, and added
/// up in pieces with the carry going round.
pub(super) fn nfold(input: &[u8], length: usize) -> Vec<u8> {
    if input.is_empty() || length == 0 {
        return vec![0; length];
    }
    let bits = input.len() * 8;
    let multiple = input.len() / gcd(input.len(), length) * length;
    let bit = |index: usize| {
        let (copy, position) = (index / bits, index % bits);
        // Rotated right, the bit at `position` came from 13 further left.
        let from = (position + bits - (13 * copy) % bits) % bits;
        input[from / 8] >> (7 - from % 8) & 1
    };
    let byte = |index: usize| (0..8).fold(0u8, |byte, offset| byte << 1 | bit(index * 8 + offset));
    let mut sum = vec![0u32; length];
    for index in 0..multiple {
        sum[index % length] += u32::from(byte(index));
    }
    // Ones' complement addition: what runs over at the left comes in at the right.
    loop {
        let mut carry = 0;
        for digit in sum.iter_mut().rev() {
            *digit += carry;
            carry = *digit >> 8;
            *digit &= 0xff;
        }
        if carry == 0 {
            return sum.into_iter().map(|digit| digit as u8).collect();
        }
        sum[length - 1] += carry;
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::nfold;

    #[test]
    fn the_examples_of_rfc_3961_appendix_a_1_come_out() {
        let examples: &[(&str, usize, &str)] = &[
            ("012345", 8, "be072631276b1955"),
            ("password", 7, "78a07b6caf85fa"),
            ("Rough Consensus, and Running Code", 8, "bb6ed30870b7f0e0"),
            ("password", 21, "59e4a8ca7c0385c3c37b3f6d2000247cb6e6bd5b3e"),
            (
                "MASSACHVSETTS INSTITVTE OF TECHNOLOGY",
                24,
                "db3b0d8f0b061e603282b308a50841229ad798fab9540c1b",
            ),
            ("Q", 21, "518a54a215a8452a518a54a215a8452a518a54a215"),
            ("ba", 21, "fb25d531ae8974499f52fd92ea9857c4ba24cf297e"),
            ("kerberos", 8, "6b65726265726f73"),
            ("kerberos", 16, "6b65726265726f737b9b5b2b93132b93"),
        ];
        for (input, length, expected) in examples {
            let folded: String = nfold(input.as_bytes(), *length)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(&folded, expected, "{length}-byte fold of {input}");
        }
    }
}
