//! DHCP options: numbers, names and kinds of value, in one table
//! (RFC 2132, 4578, 3046, 3397 and the ranges that boot loaders use).

use std::net::Ipv4Addr;

/// What the value of an option is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// One IPv4 address.
    Address,
    /// One or more IPv4 addresses.
    Addresses,
    /// Text.
    Text,
    /// One byte.
    Byte,
    /// Two bytes, network order.
    Short,
    /// Four bytes, network order.
    Long,
    /// A list of option codes.
    Codes,
    /// A structure of its own, or bytes.
    Bytes,
}

/// One option.
#[derive(Debug)]
pub struct Row {
    /// Its code.
    pub code: u8,
    /// Its name, as configuration and output use it.
    pub name: &'static str,
    /// What its value is.
    pub kind: ValueKind,
}

macro_rules! options {
    ($($constant:ident = $code:literal, $name:literal, $kind:ident, $doc:literal;)*) => {
        $(#[doc = $doc] pub const $constant: u8 = $code;)*

        /// The options this crate knows by name, by code.
        pub const TABLE: &[Row] = &[
            $(Row { code: $constant, name: $name, kind: ValueKind::$kind },)*
        ];
    };
}

options! {
    SUBNET_MASK = 1, "subnet-mask", Address, "Subnet mask.";
    TIME_OFFSET = 2, "time-offset", Long, "Seconds from UTC.";
    ROUTERS = 3, "routers", Addresses, "Routers of the subnet.";
    TIME_SERVERS = 4, "time-servers", Addresses, "RFC 868 time servers.";
    DOMAIN_NAME_SERVERS = 6, "domain-name-servers", Addresses, "DNS servers.";
    LOG_SERVERS = 7, "log-servers", Addresses, "Log servers.";
    HOST_NAME = 12, "host-name", Text, "The client's name.";
    BOOT_FILE_SIZE = 13, "boot-file-size", Short, "Boot file size in blocks of 512.";
    DOMAIN_NAME = 15, "domain-name", Text, "The client's domain.";
    ROOT_PATH = 17, "root-path", Text, "Root file system.";
    EXTENSIONS_PATH = 18, "extensions-path", Text, "A file with more options.";
    INTERFACE_MTU = 26, "interface-mtu", Short, "MTU of the interface.";
    BROADCAST_ADDRESS = 28, "broadcast-address", Address, "Broadcast address of the subnet.";
    NIS_DOMAIN = 40, "nis-domain", Text, "NIS domain.";
    NIS_SERVERS = 41, "nis-servers", Addresses, "NIS servers.";
    NTP_SERVERS = 42, "ntp-servers", Addresses, "NTP servers.";
    VENDOR_OPTIONS = 43, "vendor-options", Bytes, "Vendor specific, for PXE the boot server control.";
    REQUESTED_ADDRESS = 50, "requested-address", Address, "The address a client asks for.";
    LEASE_TIME = 51, "lease-time", Long, "Seconds the address is lent.";
    OVERLOAD = 52, "option-overload", Byte, "Options go on in `file` and `sname`.";
    MESSAGE_TYPE = 53, "message-type", Byte, "DHCP message type.";
    SERVER_IDENTIFIER = 54, "server-identifier", Address, "The server that speaks or is meant.";
    PARAMETER_REQUEST_LIST = 55, "parameter-request-list", Codes, "Options the client wants.";
    MESSAGE = 56, "message", Text, "Why a request was refused.";
    MAXIMUM_MESSAGE_SIZE = 57, "maximum-message-size", Short, "Longest message the client takes.";
    RENEWAL_TIME = 58, "renewal-time", Long, "T1.";
    REBINDING_TIME = 59, "rebinding-time", Long, "T2.";
    VENDOR_CLASS = 60, "vendor-class", Text, "What the client is: `PXEClient:Arch:...`.";
    CLIENT_IDENTIFIER = 61, "client-identifier", Bytes, "Who the client is.";
    TFTP_SERVER_NAME = 66, "tftp-server-name", Text, "TFTP server, as text.";
    BOOT_FILE_NAME = 67, "boot-file-name", Text, "Boot file.";
    USER_CLASS = 77, "user-class", Bytes, "User class, `iPXE` for iPXE.";
    RELAY_AGENT_INFORMATION = 82, "relay-agent-information", Bytes, "What the relay agent adds.";
    CLIENT_ARCHITECTURE = 93, "client-architecture", Bytes, "Client system architecture.";
    CLIENT_INTERFACE = 94, "client-interface", Bytes, "Client network interface identifier.";
    CLIENT_UUID = 97, "client-uuid", Bytes, "Client machine identifier.";
    SUBNET_SELECTION = 118, "subnet-selection", Address, "The subnet to choose from (RFC 3011).";
    DOMAIN_SEARCH = 119, "domain-search", Bytes, "DNS search list (RFC 3397).";
    CLASSLESS_ROUTES = 121, "classless-routes", Bytes, "Routes (RFC 3442).";
    TFTP_SERVER_ADDRESS = 150, "tftp-server-address", Addresses, "TFTP servers (RFC 5859).";
    IPXE = 175, "ipxe", Bytes, "iPXE's own options.";
    PXELINUX_MAGIC = 208, "pxelinux-magic", Bytes, "F1 00 74 7E.";
    PXELINUX_CONFIG = 209, "pxelinux-config", Text, "PXELINUX configuration file.";
    PXELINUX_PREFIX = 210, "pxelinux-prefix", Text, "PXELINUX path prefix.";
    PXELINUX_REBOOT = 211, "pxelinux-reboot", Long, "PXELINUX reboot time.";
    WPAD = 252, "wpad", Text, "Proxy configuration URL.";
}

/// The end of the options.
pub const END: u8 = 255;
/// Fills.
pub const PAD: u8 = 0;

/// The row of a code.
pub fn row(code: u8) -> Option<&'static Row> {
    TABLE
        .binary_search_by_key(&code, |row| row.code)
        .ok()
        .map(|index| &TABLE[index])
}

/// The row of a name.
pub fn named(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == name)
}

/// The name of a code, its number where it has none here.
pub fn name(code: u8) -> String {
    row(code).map_or_else(|| format!("option-{code}"), |row| row.name.to_owned())
}

/// The bytes of a value written as text, as the option's kind wants it.
///
/// # Errors
/// Says what was expected.
pub fn encode(kind: ValueKind, text: &str) -> Result<Vec<u8>, &'static str> {
    let number = || text.trim().parse::<u32>();
    match kind {
        ValueKind::Address => Ok(text
            .parse::<Ipv4Addr>()
            .map_err(|_| "expected an IPv4 address")?
            .octets()
            .to_vec()),
        ValueKind::Addresses => {
            let mut bytes = Vec::new();
            for part in text.split(',') {
                let address: Ipv4Addr = part
                    .trim()
                    .parse()
                    .map_err(|_| "expected IPv4 addresses separated by commas")?;
                bytes.extend(address.octets());
            }
            Ok(bytes)
        }
        ValueKind::Text => Ok(text.as_bytes().to_vec()),
        ValueKind::Byte => number()
            .ok()
            .and_then(|value| u8::try_from(value).ok())
            .map(|value| vec![value])
            .ok_or("expected a number from 0 to 255"),
        ValueKind::Short => number()
            .ok()
            .and_then(|value| u16::try_from(value).ok())
            .map(|value| value.to_be_bytes().to_vec())
            .ok_or("expected a number from 0 to 65535"),
        ValueKind::Long => number()
            .map(|value| value.to_be_bytes().to_vec())
            .map_err(|_| "expected a number from 0 to 4294967295"),
        ValueKind::Codes | ValueKind::Bytes => {
            hex(text).ok_or("expected bytes in hex, as 06:01:08")
        }
    }
}

/// Bytes written as hex digits, with or without `:`, `-` or blanks between.
pub fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !matches!(c, ':' | '-' | ' '))
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    Some(
        digits
            .chunks_exact(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_are_unique() {
        for pair in TABLE.windows(2) {
            assert!(
                pair[0].code < pair[1].code,
                "{} before {}",
                pair[0].name,
                pair[1].name
            );
        }
        for entry in TABLE {
            assert_eq!(named(entry.name).map(|found| found.code), Some(entry.code));
            assert_eq!(row(entry.code).map(|found| found.name), Some(entry.name));
        }
    }

    #[test]
    fn every_kind_encodes_its_text_and_refuses_another() {
        let cases: &[(ValueKind, &str, &[u8])] = &[
            (ValueKind::Address, "10.0.0.1", &[10, 0, 0, 1]),
            (
                ValueKind::Addresses,
                "10.0.0.1, 10.0.0.2",
                &[10, 0, 0, 1, 10, 0, 0, 2],
            ),
            (ValueKind::Text, r"\boot", br"\boot"),
            (ValueKind::Byte, "8", &[8]),
            (ValueKind::Short, "1500", &[5, 220]),
            (ValueKind::Long, "3600", &[0, 0, 14, 16]),
            (ValueKind::Bytes, "06:01:08", &[6, 1, 8]),
            (ValueKind::Bytes, "060108", &[6, 1, 8]),
        ];
        for (kind, text, bytes) in cases {
            assert_eq!(
                encode(*kind, text).as_deref(),
                Ok(*bytes),
                "{kind:?} {text}"
            );
        }
        for (kind, text) in [
            (ValueKind::Address, "10.0.0"),
            (ValueKind::Addresses, "10.0.0.1,"),
            (ValueKind::Byte, "256"),
            (ValueKind::Short, "-1"),
            (ValueKind::Long, "x"),
            (ValueKind::Bytes, "0"),
            (ValueKind::Bytes, ""),
        ] {
            assert!(encode(kind, text).is_err(), "{kind:?} {text}");
        }
    }
}
