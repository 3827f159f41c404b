//! Names of virtual hosts as names of files, on every file system, each its
//! own.

use std::fmt::Write as _;

/// Longer names are cut, and told apart by a hash.
const LONGEST: usize = 80;

/// The name with `/` as `_`, capitals as `+` and the small letter (not every
/// file system tells them apart), and everything else but letters, digits,
/// `-` and `.` as `~` and its code.
pub fn of(name: &str) -> String {
    let mut file = String::new();
    for (at, c) in name.char_indices() {
        match c {
            '/' => file.push('_'),
            'a'..='z' | '0'..='9' | '-' => file.push(c),
            '.' if at > 0 => file.push(c),
            'A'..='Z' => {
                file.push('+');
                file.push(c.to_ascii_lowercase());
            }
            c => {
                let _ = write!(file, "~{:x}~", u32::from(c));
            }
        }
    }
    if file.is_empty() {
        file.push('~');
    }
    if file.len() > LONGEST {
        file.truncate(LONGEST);
        let _ = write!(file, "~~{:016x}", fnv(name.as_bytes()));
    }
    file
}

/// FNV-1a: no secret is kept by it, names are only to be told apart.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
