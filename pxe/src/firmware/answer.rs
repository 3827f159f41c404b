//! One answer of a server, with its bytes: some firmware reads past the end
//! of a field, and only the bytes say what stands there.

use std::net::Ipv4Addr;

use crate::wire::dhcp::{Malformed, Message};
use crate::wire::options;

/// Bytes of the header before and of `file` (RFC 2131 §2).
const FILE: std::ops::Range<usize> = 108..236;
const OPTIONS: usize = 240;

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Who sent it, by its packet.
    pub from: Ipv4Addr,
    /// What it says.
    pub message: Message,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// Reads an answer.
    ///
    /// # Errors
    /// When it is not DHCP.
    pub fn parse(from: Ipv4Addr, bytes: &[u8]) -> Result<Answer, Malformed> {
        Ok(Answer {
            from,
            message: Message::parse(bytes)?,
            bytes: bytes.to_vec(),
        })
    }

    /// The server that speaks: option 54, else the sender of the packet.
    pub fn server(&self) -> Ipv4Addr {
        self.message
            .options
            .address(options::SERVER_IDENTIFIER)
            .unwrap_or(self.from)
    }

    /// Whether it only adds to somebody else's offer (PXE 2.1 §2.2.2).
    pub fn is_proxy(&self) -> bool {
        self.message.yiaddr.is_unspecified()
    }

    /// Option 60, up to a NUL.
    pub fn class(&self) -> &[u8] {
        let value = self
            .message
            .options
            .get(options::VENDOR_CLASS)
            .unwrap_or_default();
        up_to_nul(value)
    }

    /// Option 67, up to a NUL; empty when it is missing.
    pub fn option_67(&self) -> &[u8] {
        let value = self
            .message
            .options
            .get(options::BOOT_FILE_NAME)
            .unwrap_or_default();
        up_to_nul(value)
    }

    /// Option 67 as firmware gets it that reads until a NUL comes.
    pub(super) fn option_67_read_on(&self) -> Vec<u8> {
        let mut at = OPTIONS;
        while let [code, rest @ ..] = self.bytes.get(at..).unwrap_or_default() {
            match (*code, rest.first()) {
                (options::PAD, _) => at += 1,
                (options::BOOT_FILE_NAME, Some(len)) if *len > 0 => {
                    return up_to_nul(&rest[1..]).to_vec();
                }
                (options::END, _) | (_, None) => break,
                (_, Some(len)) => at += 2 + usize::from(*len),
            }
        }
        self.option_67().to_vec()
    }

    /// The header's `file` as firmware gets it that reads until a NUL comes.
    pub(super) fn file_read_on(&self) -> Vec<u8> {
        if self.message.file.len() < FILE.len() {
            return self.message.file.clone();
        }
        up_to_nul(self.bytes.get(FILE.start..).unwrap_or_default()).to_vec()
    }

    /// Whether some field names a boot file.
    pub fn has_file(&self) -> bool {
        !self.message.file.is_empty() || !self.option_67().is_empty()
    }

    /// A sub-option of option 43 (PXE 2.1 §2.2.3).
    pub fn pxe(&self, wanted: u8) -> Option<&[u8]> {
        let mut rest = self.message.options.get(options::VENDOR_OPTIONS)?;
        while let [code, tail @ ..] = rest {
            match (*code, tail) {
                (options::PAD, _) => rest = tail,
                (options::END, _) | (_, []) => return None,
                (code, [len, tail @ ..]) => {
                    let (value, tail) = tail.split_at_checked(usize::from(*len))?;
                    if code == wanted {
                        return Some(value);
                    }
                    rest = tail;
                }
            }
        }
        None
    }

    /// Bit 3 of the discovery control: use the file of this answer.
    pub fn says_use_this_file(&self) -> bool {
        matches!(self.pxe(6), Some([control, ..]) if control & 8 != 0)
    }

    /// A menu of boot servers.
    pub(super) fn has_menu(&self) -> bool {
        self.pxe(9).is_some()
    }

    /// The address that a boot server is asked at.
    pub(super) fn boot_server(&self) -> Ipv4Addr {
        if self.message.siaddr.is_unspecified() {
            self.server()
        } else {
            self.message.siaddr
        }
    }
}

fn up_to_nul(value: &[u8]) -> &[u8] {
    value.split(|byte| *byte == 0).next().unwrap_or_default()
}
