//! What the log says of a client, and how much of it: DHCP tells which
//! machine has an address, so that lines about files can name it too; lines
//! that anybody can cause by sending rubbish are held back beyond a number.

mod machines;
mod restraint;

pub use machines::{Machine, Machines, Shown};
pub use restraint::Restraint;

/// Text of a client as people read it: what is not printable is escaped, a
/// backslash is what it is, since most boot paths are full of them.
pub fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\\\", "\\")
}

/// Shared by all who write about clients.
#[derive(Debug, Default)]
pub struct Log {
    /// Who has which address.
    pub machines: Machines,
    /// For lines about what was refused or not answered.
    pub refusals: Restraint,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boot_path_is_shown_as_it_is_and_nothing_reaches_the_terminal() {
        assert_eq!(text(br"\boot\x64\f.efi"), r"\boot\x64\f.efi");
        assert_eq!(text(b"a\x1b[31m\n\xff"), r"a\x1b[31m\n\xff");
    }
}
