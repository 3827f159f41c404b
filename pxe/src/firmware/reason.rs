//! Why a boot stops: the reasons, each with a name that stays, a sentence and
//! what to do about it.

use std::net::Ipv4Addr;

use super::path::shown;

/// Why a boot stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Nobody answered.
    NoOffer,
    /// Boot offers came, but no address.
    NoAddress,
    /// No answer names a boot file.
    NoBootFile,
    /// The offer that was taken has no boot file, another one has.
    WrongServer {
        /// Whose offer was taken.
        taken: Ipv4Addr,
        /// Who has the file.
        other: Ipv4Addr,
    },
    /// The file is in the ACK and in no offer.
    OnlyInAck,
    /// The file was in the offer and is missing in the ACK.
    AckWithoutFile,
    /// A file, and no server to load it from.
    NoNextServer,
    /// The REQUEST was not answered.
    NoAck,
    /// The REQUEST was refused.
    Refused {
        /// By whom.
        server: Ipv4Addr,
    },
    /// Port 4011 was asked and did not answer.
    BootServerSilent {
        /// Who was asked.
        server: Ipv4Addr,
        /// Why it was asked.
        why: &'static str,
    },
    /// Option 60 is not what this firmware insists on.
    VendorClass {
        /// What it must begin with.
        expected: &'static str,
        /// What it is.
        found: Vec<u8>,
    },
    /// A proxy's offer without option 54.
    NoServerIdentifier,
    /// HTTP boot wants a URL.
    NotAUrl {
        /// What it got.
        file: Vec<u8>,
    },
    /// The URL has a name and there is no name server.
    NoNameServer {
        /// The name.
        host: String,
    },
    /// The header's `file` is full and was read on.
    ReadOnBehindFile {
        /// What the firmware asks for.
        path: Vec<u8>,
        /// How much of it is the real path.
        real: usize,
    },
    /// Option 67 has no NUL and was read on.
    MissingNul {
        /// What the firmware asks for.
        path: Vec<u8>,
    },
    /// A backslash was taken for an escape.
    EatenBackslash {
        /// What the firmware asks for.
        path: Vec<u8>,
    },
    /// TFTP error 1.
    FileNotFound {
        /// What was asked for.
        path: Vec<u8>,
    },
    /// TFTP error 2.
    AccessViolation {
        /// What was asked for.
        path: Vec<u8>,
    },
    /// Another TFTP error.
    TftpError {
        /// Its number.
        code: u16,
        /// Its text.
        text: String,
    },
    /// The server knows no options.
    NoOptionAck,
    /// The server's OACK has no `tsize`.
    NoSizeAgreed,
    /// Nobody listens on the port.
    PortUnreachable {
        /// Where.
        server: Ipv4Addr,
        /// Which port.
        port: u16,
    },
    /// The TFTP request was not answered.
    TftpSilent {
        /// By whom.
        server: Ipv4Addr,
    },
    /// The answer to the TFTP request came from another address.
    OtherAddress {
        /// Who was asked.
        asked: Ipv4Addr,
        /// Who answered.
        answered: Ipv4Addr,
    },
    /// The client ended the transfer with an ERROR.
    ClientRefused {
        /// Its number.
        code: u16,
        /// Its text.
        text: String,
    },
    /// The transfer ended in the middle.
    BrokeOff {
        /// What came.
        received: u64,
        /// What was announced.
        announced: Option<u64>,
    },
    /// HTTP answered with something else than the file.
    HttpStatus {
        /// The status line.
        status: String,
        /// What was asked for.
        path: String,
    },
    /// The HTTP request was not answered.
    HttpSilent {
        /// By whom.
        server: Ipv4Addr,
    },
    /// The file is for another machine, or is no program.
    WrongImage {
        /// What it is.
        found: String,
        /// What it must be.
        wanted: String,
    },
    /// Told what to load, the machine asked nobody for it.
    NeverAsked {
        /// What it was told.
        path: Vec<u8>,
    },
}

impl Reason {
    /// What a path itself betrays, when the server has no such file.
    pub fn of_path(path: &[u8]) -> Option<Reason> {
        super::path::check(path).err()
    }

    /// A name for programs, which stays.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::NoOffer => "no-offer",
            Reason::NoAddress => "no-address",
            Reason::NoBootFile => "no-boot-file",
            Reason::WrongServer { .. } => "wrong-server",
            Reason::OnlyInAck => "file-only-in-ack",
            Reason::AckWithoutFile => "ack-without-file",
            Reason::NoNextServer => "no-next-server",
            Reason::NoAck => "no-ack",
            Reason::Refused { .. } => "refused",
            Reason::BootServerSilent { .. } => "boot-server-silent",
            Reason::VendorClass { .. } => "vendor-class",
            Reason::NoServerIdentifier => "no-server-identifier",
            Reason::NotAUrl { .. } => "not-a-url",
            Reason::NoNameServer { .. } => "no-name-server",
            Reason::ReadOnBehindFile { .. } => "file-field-full",
            Reason::MissingNul { .. } => "missing-nul",
            Reason::EatenBackslash { .. } => "eaten-backslash",
            Reason::FileNotFound { .. } => "file-not-found",
            Reason::AccessViolation { .. } => "access-violation",
            Reason::TftpError { .. } => "tftp-error",
            Reason::NoOptionAck => "no-oack",
            Reason::NoSizeAgreed => "oack-without-tsize",
            Reason::PortUnreachable { .. } => "port-unreachable",
            Reason::TftpSilent { .. } => "tftp-silent",
            Reason::OtherAddress { .. } => "answer-from-other-address",
            Reason::ClientRefused { .. } => "client-refused",
            Reason::BrokeOff { .. } => "transfer-broke-off",
            Reason::HttpStatus { .. } => "http-status",
            Reason::HttpSilent { .. } => "http-silent",
            Reason::WrongImage { .. } => "wrong-image",
            Reason::NeverAsked { .. } => "file-never-asked-for",
        }
    }

    /// What is wrong, one sentence.
    pub fn text(&self) -> String {
        match self {
            Reason::NoOffer => "nobody answered its DISCOVER".to_owned(),
            Reason::NoAddress => "a boot server answered, but nobody gave it an address".to_owned(),
            Reason::NoBootFile => "no answer names a boot file".to_owned(),
            Reason::WrongServer { taken, other } => {
                format!("it took the offer of {taken}, which has no boot file; {other} offers one")
            }
            Reason::OnlyInAck => {
                "the boot file is only in the ACK, and it wants it in the OFFER".to_owned()
            }
            Reason::AckWithoutFile => {
                "the OFFER has a boot file, the ACK has none, and that is the one it reads"
                    .to_owned()
            }
            Reason::NoNextServer => {
                "siaddr is 0.0.0.0, so it does not know where the file is".to_owned()
            }
            Reason::NoAck => "its REQUEST was not answered".to_owned(),
            Reason::Refused { server } => format!("{server} refused its REQUEST (NAK)"),
            Reason::BootServerSilent { server, why } => {
                format!("it asks port 4011 of {server}, because {why}, and gets no answer")
            }
            Reason::VendorClass { expected, found } if found.is_empty() => {
                format!("it ignores the offer, because option 60 is missing and must be {expected}")
            }
            Reason::VendorClass { expected, found } => format!(
                "it ignores the offer, because option 60 is `{}` and must be {expected}",
                shown(found)
            ),
            Reason::NoServerIdentifier => {
                "it ignores the proxy's offer, because option 54 is missing".to_owned()
            }
            Reason::NotAUrl { file } => {
                format!("it wants a URL, and `{}` is none", shown(file))
            }
            Reason::NoNameServer { host } => {
                format!("it cannot find `{host}`: no name server (option 6) was given")
            }
            Reason::ReadOnBehindFile { path, .. } => format!(
                "the `file` field is full and ends without a NUL, so it reads on into the \
                 options and asks for `{}`",
                shown(path)
            ),
            Reason::MissingNul { path } => format!(
                "option 67 ends without a NUL, so it reads on and asks for `{}`",
                shown(path)
            ),
            Reason::EatenBackslash { path } => format!(
                "a backslash was taken for an escape on the way: the path is `{}`",
                shown(path)
            ),
            Reason::FileNotFound { path } => {
                format!("the TFTP server has no file `{}`", shown(path))
            }
            Reason::AccessViolation { path } => {
                format!(
                    "the TFTP server refuses `{}`: access violation",
                    shown(path)
                )
            }
            Reason::TftpError { code, text } => {
                format!("the TFTP server refused it: error {code}: {text}")
            }
            Reason::NoOptionAck => {
                "the TFTP server knows no options (no OACK), and it fails without".to_owned()
            }
            Reason::NoSizeAgreed => {
                "the TFTP server's OACK has no tsize, and it fails without".to_owned()
            }
            Reason::PortUnreachable { server, port } => {
                format!("nobody listens on port {port} of {server} (ICMP port unreachable)")
            }
            Reason::TftpSilent { server } => {
                format!("{server} did not answer the TFTP request")
            }
            Reason::OtherAddress { asked, answered } => format!(
                "it asked {asked} over TFTP, and {answered} answered, which it does not take"
            ),
            Reason::ClientRefused { code, text } => {
                format!("it ended the transfer itself: error {code}: {text}")
            }
            Reason::BrokeOff {
                received,
                announced: Some(announced),
            } => format!("the transfer ended after {received} of {announced} bytes"),
            Reason::BrokeOff { received, .. } => {
                format!("the transfer ended after {received} bytes, before its last block")
            }
            Reason::HttpStatus { status, path } => {
                format!("the HTTP server answered `{path}` with `{status}`")
            }
            Reason::HttpSilent { server } => {
                format!("{server} did not answer the HTTP request")
            }
            Reason::WrongImage { found, wanted } => {
                format!("what it loads is {found}, and it starts {wanted} only")
            }
            Reason::NeverAsked { path } => {
                format!(
                    "it was told to load `{}` and asked nobody for it",
                    shown(path)
                )
            }
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        let text = match self {
            Reason::NoOffer => {
                "is a DHCP server in this network, or a relay that leads to it \
                 (`ip helper-address`), and does it answer this hardware address? Its log says so"
            }
            Reason::NoAddress => "a proxy only adds the boot file; the DHCP server must answer too",
            Reason::NoBootFile => {
                "the server has no boot file for this architecture; it needs option 67 and `file`, \
                 by the value of option 93"
            }
            Reason::WrongServer { .. } => {
                "two DHCP servers answer in one network: stop one, or give both the boot file"
            }
            Reason::OnlyInAck => {
                "put option 67 and `file` into the OFFER too: in the scope or class, not only where \
                 a REQUEST is answered"
            }
            Reason::AckWithoutFile => "the server must send the same boot fields in both answers",
            Reason::NoNextServer => {
                "set siaddr (`next-server`, option 66 is not read) to the TFTP server's address"
            }
            Reason::NoAck => "does the server have a free address? Its log says why it is silent",
            Reason::Refused { .. } => {
                "two servers give addresses of one network, or this one has forgotten its offer"
            }
            Reason::BootServerSilent { .. } => {
                "let UDP 4011 through to it; or, where no boot server is meant, take option 60 out \
                 of the DHCP server, or add option 43 with the bytes 06 01 08 ff"
            }
            Reason::VendorClass { .. } => "the answer must carry option 60 with exactly this class",
            Reason::NoServerIdentifier => "the proxy must name itself in option 54",
            Reason::NotAUrl { .. } => {
                "HTTP boot (architectures 15 to 20 and others) needs `http://SERVER/PATH` in option 67"
            }
            Reason::NoNameServer { .. } => {
                "write the address into the URL, or give a name server (option 6)"
            }
            Reason::ReadOnBehindFile { .. } => {
                "a path longer than 127 bytes belongs into option 67 alone; shorten it"
            }
            Reason::MissingNul { .. } => {
                "end option 67 with a NUL: `\\000` in ISC dhcpd; `pxe render` writes it for other \
                 servers"
            }
            Reason::EatenBackslash { .. } => {
                "the server's configuration needs each backslash twice (`\"\\\\boot\\\\x64\\\\...\"`); \
                 `pxe lint` finds the line, `pxe render` writes it right"
            }
            Reason::FileNotFound { path } if path.windows(2).any(|two| two == br"\\") => {
                "the path has doubled backslashes: this server wants each of them once"
            }
            Reason::FileNotFound { path } if path.contains(&b'\\') => {
                "is the file below the TFTP root under this name? This server may not take `\\` for \
                 `/` (tftpd-hpa: a map file with `rg \\\\ /`), and case counts"
            }
            Reason::FileNotFound { .. } => {
                "is the file below the TFTP root under this name? Case counts"
            }
            Reason::AccessViolation { .. } => {
                "the file must be readable for the TFTP server's user and lie below its root"
            }
            Reason::TftpError { .. } => "the TFTP server's log says more",
            Reason::NoOptionAck => {
                "UEFI needs a TFTP server with options (RFC 2347) and tsize (RFC 2349)"
            }
            Reason::NoSizeAgreed => "the TFTP server must agree to tsize (RFC 2349)",
            Reason::PortUnreachable { .. } => {
                "start the server there, or does siaddr name the wrong host?"
            }
            Reason::TftpSilent { .. } => {
                "does siaddr name the right host? Firewalls must let UDP 69 in, and the answer out \
                 from a port of its own"
            }
            Reason::OtherAddress { .. } => {
                "the server has several addresses and answers from the wrong one: bind it to the \
                 one that siaddr names, or name the other"
            }
            Reason::ClientRefused { .. } => {
                "it did not like what the server agreed to, or has no memory for the file"
            }
            Reason::BrokeOff { .. } => {
                "packets are lost or the client gave up: look at its screen, at the MTU, and at \
                 firewalls that forget UDP"
            }
            Reason::HttpStatus { .. } => "is the file there under this path? The server's log says",
            Reason::HttpSilent { .. } => "does an HTTP server listen there, and is the port open?",
            Reason::WrongImage { .. } => {
                "offer each architecture (option 93) its own file; is it the right one under this name?"
            }
            Reason::NeverAsked { .. } => {
                "can it reach the server's address at all? Router (option 3) and netmask (option 1) \
                 must fit"
            }
        };
        text.to_owned()
    }
}
