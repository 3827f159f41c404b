//! What a boot path betrays about the configuration it came from.

use super::Reason;

/// A path as people read it: a backslash is one backslash, since doubled ones
/// are what they look for; other bytes in angle brackets.
pub fn shown(path: &[u8]) -> String {
    path.iter()
        .map(|byte| match byte {
            b' '..=b'~' => char::from(*byte).to_string(),
            byte => format!("<{byte:02x}>"),
        })
        .collect()
}

/// What no boot file is called: the traces of a lost escape, of a name that
/// was read past its end, of a field that had no room for its NUL.
///
/// # Errors
/// The reason that such a path is not found.
pub(super) fn check(path: &[u8]) -> Result<(), Reason> {
    // The magic cookie behind the header (RFC 2131 §3).
    if let Some(at) = path.windows(4).position(|four| four == [99, 130, 83, 99]) {
        return Err(Reason::ReadOnBehindFile {
            path: path.to_vec(),
            real: at,
        });
    }
    let (body, last) = match path {
        [body @ .., last @ 0xff] => (body, Some(*last)),
        body => (body, None),
    };
    if body.iter().any(|byte| *byte < 0x20 || *byte == 0x7f) {
        return Err(Reason::EatenBackslash {
            path: path.to_vec(),
        });
    }
    if last.is_some() {
        return Err(Reason::MissingNul {
            path: path.to_vec(),
        });
    }
    Ok(())
}
