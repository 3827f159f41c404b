//! Names in certificates. They were chosen by whoever made the certificate:
//! they may hold anything, and are printed with that in mind.

use std::net::IpAddr;

use x509_parser::extensions::GeneralName as Parsed;
use x509_parser::x509::X509Name;

/// A name in a subject alternative name extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GeneralName {
    /// A DNS name or pattern, as written.
    Dns(String),
    /// An address.
    Address(IpAddr),
    /// Any other kind, in words.
    Other(String),
}

/// Decodes one general name (RFC 5280 section 4.2.1.6).
pub fn general_name(name: &Parsed<'_>) -> GeneralName {
    match name {
        Parsed::DNSName(name) => GeneralName::Dns(printable(name)),
        Parsed::IPAddress(bytes) => match address(bytes) {
            Some(address) => GeneralName::Address(address),
            None => GeneralName::Other(format!("address of {} bytes", bytes.len())),
        },
        Parsed::RFC822Name(mail) => GeneralName::Other(format!("mail {}", printable(mail))),
        Parsed::URI(uri) => GeneralName::Other(format!("URI {}", printable(uri))),
        Parsed::DirectoryName(name) => {
            GeneralName::Other(format!("directory name {}", distinguished_name(name)))
        }
        Parsed::RegisteredID(oid) => GeneralName::Other(format!("registered id {oid}")),
        Parsed::OtherName(oid, _) => GeneralName::Other(format!("other name {oid}")),
        Parsed::X400Address(_) => GeneralName::Other("X.400 address".into()),
        Parsed::EDIPartyName(_) => GeneralName::Other("EDI party name".into()),
        Parsed::Invalid(_, bytes) => {
            GeneralName::Other(format!("malformed name of {} bytes", bytes.len()))
        }
    }
}

/// The address in its four or sixteen bytes.
pub(super) fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Some(v4.into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

/// A distinguished name on one line.
pub(super) fn distinguished_name(name: &X509Name<'_>) -> String {
    printable(&name.to_string())
}

/// A text of the peer's with everything escaped that could move the cursor,
/// end a line, or turn the direction of reading; at most 400 characters.
pub fn printable(text: &str) -> String {
    const LONGEST: usize = 400;
    let mut safe = String::with_capacity(text.len().min(LONGEST));
    for (index, c) in text.chars().enumerate() {
        if index == LONGEST {
            safe.push('\u{2026}');
            break;
        }
        let turns = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if c.is_control() || turns {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    safe
}
