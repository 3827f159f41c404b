//! Big-endian fields one after the other, as keytabs and credential caches
//! have them.

use super::Malformed;

/// A place in a file, and what to say when the file ends there.
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
    cut_off: &'static str,
}

impl<'a> Fields<'a> {
    /// From the first byte on; `cut_off` is the error of a field that is not
    /// all there.
    pub(super) fn new(bytes: &'a [u8], cut_off: &'static str) -> Self {
        Fields {
            bytes,
            at: 0,
            cut_off,
        }
    }

    /// How many bytes were taken.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or(Malformed(self.cut_off))?;
        self.at += count;
        Ok(taken)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Malformed> {
        self.take(2)
            .map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    pub(super) fn u32(&mut self) -> Result<u32, Malformed> {
        self.take(4)
            .map(|bytes| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// As many bytes as the 16-bit number before them says.
    pub(super) fn counted_u16(&mut self) -> Result<&'a [u8], Malformed> {
        let count = self.u16()?;
        self.take(usize::from(count))
    }

    /// As many bytes as the 32-bit number before them says.
    pub(super) fn counted_u32(&mut self) -> Result<&'a [u8], Malformed> {
        let count = self.u32()?;
        self.take(count as usize)
    }
}
