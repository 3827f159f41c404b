//! The rules, in three files: what a text sends, which fields are set, who is
//! served.

mod clients;
mod fields;
mod texts;

use super::{Rule, Severity};

/// Quotes that word processors and web pages make of straight ones.
pub(super) const CURLY: &[char] = &['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}'];

/// The other value of option 93 that firmware of x64 machines sends.
pub(super) fn other_x64(code: u16) -> Option<u16> {
    match code {
        7 => Some(9),
        9 => Some(7),
        _ => None,
    }
}

const EDK2: &str = "EDK2, NetworkPkg/UefiPxeBcDxe/PxeBcDhcp4.c";
const RFC_2131: &str = "RFC 2131 section 2";

/// All rules, by id.
pub const RULES: &[Rule] = &[
    Rule {
        id: "architecture-without-file",
        severity: Severity::Warning,
        summary: "clients are told apart by architecture, and a common one gets no file",
        why: "A client that is offered no boot file goes on looking for one until it gives up (EDK2 after 64 s: PXE-E16).",
        fix: "Give it a file, or all others one.",
        link: "RFC 4578 section 2.1",
        check: clients::architecture_without_file,
    },
    Rule {
        id: "cut-short",
        severity: Severity::Error,
        summary: "a value ends before it was meant to, at a comma or a blank",
        why: "The firmware asks for a file whose name is the first part of the path.",
        fix: "Escape the character as this server wants it, or give the file another name.",
        link: "Kea ARM, section on standard DHCPv4 options: a comma is written `\\\\,`",
        check: texts::cut_short,
    },
    Rule {
        id: "doubled-backslash",
        severity: Severity::Error,
        summary: "two backslashes are sent where one was meant",
        why: "The firmware asks for the path as it is; a TFTP server that takes backslashes finds no file of that name.",
        fix: "Write as many as this server needs: one where it has no escapes.",
        link: "dnsmasq(8): escapes are known in double quotes alone",
        check: texts::doubled_backslash,
    },
    Rule {
        id: "eaten-backslash",
        severity: Severity::Error,
        summary: "a backslash is taken for the beginning of an escape",
        why: "The path on the wire has other bytes, and no error tells: the firmware asks for a file that does not exist.",
        fix: "Write each backslash twice between the quotes of this server.",
        link: "dhcp-eval(5) and the lexer of ISC dhcpd; ECMA-404 for Kea; dnsmasq(8)",
        check: texts::eaten_backslash,
    },
    Rule {
        id: "file-of-another-kind",
        severity: Severity::Warning,
        summary: "a boot program of BIOS for UEFI clients, or the other way round",
        why: "The firmware loads it and cannot start it.",
        fix: "Name the program for this architecture.",
        link: "RFC 4578 section 2.1",
        check: clients::file_of_another_kind,
    },
    Rule {
        id: "files-differ",
        severity: Severity::Warning,
        summary: "the header's file and option 67 name two different files",
        why: "iPXE takes the header's, EDK2 option 67: which file is booted depends on the firmware.",
        fix: "Set both to the same path, or leave one out.",
        link: EDK2,
        check: fields::files_differ,
    },
    Rule {
        id: "half-of-x64",
        severity: Severity::Warning,
        summary: "only one of the two values that x64 UEFI sends, 7 and 9, is served",
        why: "The registry says 7, but firmware of many years sent 9 for the same machines.",
        fix: "Ask for both.",
        link: "RFC 4578 section 2.1 and its erratum 4625",
        check: clients::half_of_x64,
    },
    Rule {
        id: "http-client-for-tftp",
        severity: Severity::Error,
        summary: "option 60 says HTTPClient to clients that boot over TFTP",
        why: "PXE firmware looks for PXEClient, or for no option 60 at all, and leaves an offer for HTTP boot aside.",
        fix: "Send it to the classes of HTTP boot (15 to 20) alone.",
        link: "UEFI specification, section on HTTP boot",
        check: clients::http_client_for_tftp,
    },
    Rule {
        id: "http-client-missing",
        severity: Severity::Error,
        summary: "HTTP boot clients get a URL, but no option 60",
        why: "Without HTTPClient in option 60, UEFI HTTP boot ignores the offer and goes on discovering.",
        fix: "Send option 60 `HTTPClient` to them.",
        link: "UEFI specification, section on HTTP boot",
        check: clients::http_client_missing,
    },
    Rule {
        id: "missing-terminator",
        severity: Severity::Note,
        summary: "option 67 does not end with a NUL, and this server could send one",
        why: "Old UNDI ROMs of BIOS machines read on past the option and ask for the name with 0xFF behind it; EDK2 and iPXE do not mind either way.",
        fix: "End the value with a NUL where such machines are served.",
        link: "RFC 2132 section 2 leaves it open",
        check: texts::missing_terminator,
    },
    Rule {
        id: "no-next-server",
        severity: Severity::Error,
        summary: "a boot file, but no siaddr that says where it is",
        why: "iPXE boots nothing from siaddr 0, and EDK2 asks the DHCP server itself for the file.",
        fix: "Set the next server.",
        link: RFC_2131,
        check: fields::no_next_server,
    },
    Rule {
        id: "option-67-alone",
        severity: Severity::Warning,
        summary: "the boot file is in option 67, but not in the header",
        why: "shim and U-Boot's proxy read the header alone; EDK2 is content with either.",
        fix: "Set the header's file to the same path.",
        link: "shim issue 710",
        check: fields::option_67_alone,
    },
    Rule {
        id: "path-for-http",
        severity: Severity::Error,
        summary: "HTTP boot clients get a path, no URL",
        why: "UEFI HTTP boot needs an http:// URL and has no server to put in front of a path.",
        fix: "Write the whole URL.",
        link: "UEFI specification, section on HTTP boot",
        check: clients::path_for_http,
    },
    Rule {
        id: "path-too-long",
        severity: Severity::Error,
        summary: "the header's file has room for 127 bytes and a NUL",
        why: "Cut short it is another file; 128 bytes without a NUL make EDK2 read on into the options.",
        fix: "Shorten the path, or set it in option 67 alone.",
        link: RFC_2131,
        check: texts::path_too_long,
    },
    Rule {
        id: "pxeclient-from-dhcp",
        severity: Severity::Error,
        summary: "option 60 is set to PXEClient, which makes firmware ask port 4011",
        why: "To EDK2 it says that a boot server listens on port 4011 here: it asks there, waits 10 s and stops (PXE-E16). A proxy beside this server is then not heard by iPXE either.",
        fix: "Delete it, unless the boot server (such as WDS) runs on this very host.",
        link: EDK2,
        check: fields::pxeclient_from_dhcp,
    },
    Rule {
        id: "quotes-in-value",
        severity: Severity::Error,
        summary: "quotes are sent as part of the name",
        why: "The firmware asks for a file with quotes in its name. Quotes pasted from a page or a word processor are letters to every server.",
        fix: "Use straight double quotes where this server wants quotes, and none where it does not.",
        link: RFC_2131,
        check: texts::quotes_in_value,
    },
    Rule {
        id: "server-name-ignored",
        severity: Severity::Error,
        summary: "option 66 or sname names a server, but siaddr does not",
        why: "PXE firmware takes the server from siaddr alone: EDK2 and iPXE ignore option 66 and sname.",
        fix: "Set the next server to the same address.",
        link: EDK2,
        check: fields::server_name_ignored,
    },
    Rule {
        id: "servers-differ",
        severity: Severity::Warning,
        summary: "siaddr and option 66 name two different servers",
        why: "Firmware asks the one in siaddr; boot programs and phones that read option 66 ask the other.",
        fix: "Set both to the same address.",
        link: EDK2,
        check: fields::servers_differ,
    },
    Rule {
        id: "surrounding-blanks",
        severity: Severity::Error,
        summary: "a value begins or ends with a blank or the end of a Windows line",
        why: "The blank is sent, and the firmware asks for a file whose name ends with it.",
        fix: "Take it away.",
        link: RFC_2131,
        check: texts::surrounding_blanks,
    },
    Rule {
        id: "url-for-tftp",
        severity: Severity::Error,
        summary: "clients that boot over TFTP get a URL",
        why: "PXE firmware asks the TFTP server for a file of that name; only iPXE and HTTP boot take URLs.",
        fix: "Give them a path, and the URL to iPXE or to the classes 15 to 20.",
        link: "RFC 4578 section 2.1",
        check: clients::url_for_tftp,
    },
    Rule {
        id: "wrong-field",
        severity: Severity::Error,
        summary: "a path stands where a server's name belongs, or an address where a path does",
        why: "The firmware asks for a file of that name, or cannot find a server of that name.",
        fix: "The server goes into siaddr and option 66, the path into file and option 67.",
        link: "RFC 2132 sections 9.4 and 9.5",
        check: fields::wrong_field,
    },
];
