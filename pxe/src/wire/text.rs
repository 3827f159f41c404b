//! Bytes of clients as people read them.

/// What is not printable is escaped; a backslash is what it is, since most
/// boot paths are full of them.
pub fn printable(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boot_path_is_shown_as_it_is_and_nothing_reaches_the_terminal() {
        assert_eq!(printable(br"\boot\x64\f.efi"), r"\boot\x64\f.efi");
        assert_eq!(printable(b"a\x1b[31m\n\xff"), r"a\x1b[31m\n\xff");
    }
}
