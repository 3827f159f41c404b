//! Reading DER (X.690) one element at a time: no copy, no recursion, no
//! allocation. Kerberos uses tag numbers below 31 only, so tags are one byte.

use super::Malformed;

/// Universal tags.
pub const INTEGER: u8 = 0x02;
/// Universal tags.
pub const OCTET_STRING: u8 = 0x04;
/// Universal tags.
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// Universal tags.
pub const GENERAL_STRING: u8 = 0x1b;
/// Universal tags.
pub const SEQUENCE: u8 = 0x30;

/// `[number]`, constructed, as Kerberos tags every field (RFC 4120 section 5.1).
pub const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// `[APPLICATION number]`, constructed.
pub const fn application(number: u8) -> u8 {
    0x60 | number
}

/// What is left to read.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the start.
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    /// Whether everything was read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What was not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next element: its tag and its content.
    ///
    /// # Errors
    /// When the length is indefinite, longer than needed, or longer than what
    /// is there.
    pub fn any(&mut self) -> Result<(u8, &'a [u8]), Malformed> {
        let (&tag, rest) = self
            .rest
            .split_first()
            .ok_or(Malformed("DER ends too early"))?;
        if tag & 0x1f == 0x1f {
            return Err(Malformed("DER tag of more than one byte"));
        }
        let (&first, mut rest) = rest.split_first().ok_or(Malformed("DER ends too early"))?;
        let length = if first < 0x80 {
            usize::from(first)
        } else {
            let count = usize::from(first & 0x7f);
            if !(1..=4).contains(&count) || rest.len() < count {
                return Err(Malformed("DER length is not usable"));
            }
            let (bytes, after) = rest.split_at(count);
            rest = after;
            let length = bytes
                .iter()
                .fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
            if length < 0x80 || bytes[0] == 0 {
                return Err(Malformed("DER length is longer than needed"));
            }
            usize::try_from(length).map_err(|_| Malformed("DER length is not usable"))?
        };
        if rest.len() < length {
            return Err(Malformed("DER ends too early"));
        }
        let (content, rest) = rest.split_at(length);
        self.rest = rest;
        Ok((tag, content))
    }

    /// The next element, which must have this tag.
    ///
    /// # Errors
    /// When it is another one.
    pub fn expect(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        match self.any()? {
            (found, content) if found == tag => Ok(content),
            _ => Err(Malformed("DER element of another kind than expected")),
        }
    }

    /// The next element if it has this tag; nothing is read otherwise.
    ///
    /// # Errors
    /// When what follows is not DER.
    pub fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, Malformed> {
        if self.rest.first() == Some(&tag) {
            self.any().map(|(_, content)| Some(content))
        } else {
            Ok(None)
        }
    }

    /// The one element inside `[number]`, which must have this tag.
    ///
    /// # Errors
    /// When the field is missing or holds another kind.
    pub fn field(&mut self, number: u8, tag: u8) -> Result<&'a [u8], Malformed> {
        Reader::new(self.expect(context(number))?).expect(tag)
    }
}

/// The value of an INTEGER of at most 32 bits, signed or not.
///
/// # Errors
/// When it is empty or longer.
pub fn integer(content: &[u8]) -> Result<i64, Malformed> {
    if content.is_empty() || content.len() > 5 {
        return Err(Malformed("integer of an unusable size"));
    }
    let negative = content[0] & 0x80 != 0;
    let start = if negative { -1 } else { 0 };
    Ok(content
        .iter()
        .fold(start, |sum, byte| sum << 8 | i64::from(*byte)))
}

#[cfg(test)]
#[path = "der/tests.rs"]
mod tests;
