//! What boot firmware does with the answers it gets: one table of what each
//! kind reads and insists on, and the course a boot takes by it. Answers go
//! in; what the firmware will do, and why, comes out. Pure.
//!
//! Where this differs from the standards, firmware differs. Each row says
//! whether it was seen (booted here, its packets recorded) or read (in its
//! source, or in what others report of it).

mod answer;
mod choice;
mod course;
mod http;
mod image;
mod path;
mod reason;
mod request;

pub use answer::Answer;
pub use course::{Course, End, Heard};
pub use image::HEAD;
pub use path::shown;
pub use reason::Reason;
pub use request::Speaker;

use crate::wire::arch::{Architecture, Transport};

/// How something is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// This version was booted and its packets recorded.
    Seen(&'static str),
    /// Told by its source or by others.
    Read(&'static str),
}

impl std::fmt::Display for Basis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Basis::Seen(what) => write!(f, "seen with {what}"),
            Basis::Read(what) => write!(f, "read in {what}"),
        }
    }
}

/// Where the boot file's name is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileField {
    /// The header's `file`, and where it is empty option 67.
    HeaderFirst,
    /// Option 67, and where it is missing the header's `file`.
    OptionFirst,
    /// The header's `file` alone.
    HeaderOnly,
}

/// Whose boot file counts when a DHCP server and a proxy both have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefers {
    /// The DHCP server's.
    DhcpServer,
    /// The proxy's.
    Proxy,
    /// There is nothing but the DHCP server's: proxies are not known.
    NoProxy,
}

/// When port 4011 is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BootServer {
    /// When an offer says `PXEClient` and not `06 01 08` in option 43, even
    /// when it has a file.
    UnlessToldNotTo,
    /// When the proxy's offer has no file, or a boot menu.
    WhenFileIsMissing,
    /// Always, whatever the offer says.
    Always,
    /// Never.
    Never,
}

/// What it asks of a TFTP server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tftp {
    /// What it asks for.
    pub options: &'static [(&'static str, u32)],
    /// Without an OACK it fails.
    pub needs_option_ack: bool,
    /// With an OACK that lacks `tsize` it fails.
    pub needs_size: bool,
    /// An ICMP "port unreachable" ends it at once.
    pub heeds_unreachable: bool,
}

/// One kind of firmware, or of a boot program that firmware loads and that
/// asks again.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// A short name that stays.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// How its behaviour is known.
    pub basis: Basis,
    /// The architectures it says it is.
    pub architectures: &'static [u16],
    /// It is loaded by other firmware and reads the same answers again.
    pub second_stage: bool,
    /// It says that it is iPXE.
    pub ipxe: bool,
    /// Where the file's name is read.
    pub file: FileField,
    /// Where `siaddr` is 0 the server that option 54 names is taken.
    pub falls_back_to_54: bool,
    /// An offer without a boot file, and no proxy with one, is not taken.
    pub wants_file_in_offer: bool,
    /// Whose file counts.
    pub prefers: Prefers,
    /// A proxy's offer without option 54 is not taken.
    pub proxy_needs_54: bool,
    /// When port 4011 is asked.
    pub boot_server: BootServer,
    /// A `file` of 128 bytes is read on into the options.
    pub reads_on_behind_file: bool,
    /// An option 67 without a NUL is read on into what follows.
    pub reads_on_behind_67: bool,
    /// What it asks of a TFTP server.
    pub tftp: Tftp,
}

const IPXE_TFTP: Tftp = Tftp {
    options: &[("blksize", 1432), ("tsize", 0)],
    needs_option_ack: false,
    needs_size: false,
    heeds_unreachable: false,
};

const EDK2_TFTP: Tftp = Tftp {
    options: &[("tsize", 0), ("blksize", 1468), ("windowsize", 4)],
    needs_option_ack: true,
    needs_size: true,
    heeds_unreachable: true,
};

const PLAIN_TFTP: Tftp = Tftp {
    options: &[("tsize", 0), ("blksize", 1456)],
    needs_option_ack: false,
    needs_size: false,
    heeds_unreachable: false,
};

/// The one that others differ from.
const IPXE: Profile = Profile {
    id: "ipxe",
    name: "iPXE",
    basis: Basis::Seen("iPXE 1.0.0+git-20190125 as a ROM, and snponly.efi loaded by EDK2"),
    architectures: &[0, 6, 7, 9, 10, 11, 15, 16, 18, 19, 20, 27, 37, 39],
    second_stage: false,
    ipxe: true,
    file: FileField::HeaderFirst,
    falls_back_to_54: false,
    wants_file_in_offer: false,
    prefers: Prefers::DhcpServer,
    proxy_needs_54: false,
    boot_server: BootServer::WhenFileIsMissing,
    reads_on_behind_file: false,
    reads_on_behind_67: false,
    tftp: IPXE_TFTP,
};

const EDK2: Profile = Profile {
    id: "edk2",
    name: "UEFI PXE (EDK2)",
    basis: Basis::Seen("EDK2 2022.11, x64, ia32 and arm64"),
    architectures: &[6, 7, 9, 11],
    second_stage: false,
    ipxe: false,
    file: FileField::OptionFirst,
    falls_back_to_54: true,
    wants_file_in_offer: true,
    prefers: Prefers::Proxy,
    proxy_needs_54: true,
    boot_server: BootServer::UnlessToldNotTo,
    reads_on_behind_file: true,
    reads_on_behind_67: false,
    tftp: EDK2_TFTP,
};

/// All of them. The first row of an architecture is what such a machine is
/// taken for; further ones are named beside it.
pub const TABLE: &[Profile] = &[
    Profile {
        id: "bios-rom",
        name: "a card's own ROM (BIOS)",
        basis: Basis::Read("PXE 2.1"),
        architectures: &[0],
        ipxe: false,
        tftp: PLAIN_TFTP,
        ..IPXE
    },
    Profile {
        id: "undi",
        name: "old card ROMs (BIOS)",
        basis: Basis::Read("netboot.xyz issue 1198 and MikroTik's forum, 180556"),
        architectures: &[0],
        ipxe: false,
        file: FileField::OptionFirst,
        reads_on_behind_67: true,
        tftp: PLAIN_TFTP,
        ..IPXE
    },
    Profile {
        id: "wdsnbp",
        name: "wdsnbp.com, when it is the boot file",
        basis: Basis::Read("logs of SMSPXE"),
        architectures: &[0],
        second_stage: true,
        ipxe: false,
        boot_server: BootServer::Always,
        tftp: PLAIN_TFTP,
        ..IPXE
    },
    EDK2,
    Profile {
        id: "edk2-others",
        name: "UEFI PXE (EDK2) of rarer processors",
        basis: Basis::Read("EDK2's PxeBcDhcp4.c, the same on all of them"),
        architectures: &[2, 8, 10, 25, 27, 29, 33, 34, 35, 36, 37, 39],
        ..EDK2
    },
    Profile {
        id: "shim",
        name: "shim, when it is the boot file",
        basis: Basis::Read("shim issue 710"),
        second_stage: true,
        file: FileField::HeaderOnly,
        boot_server: BootServer::Never,
        wants_file_in_offer: false,
        reads_on_behind_file: false,
        tftp: EDK2_TFTP,
        ..EDK2
    },
    Profile {
        id: "edk2-http",
        name: "UEFI HTTP Boot (EDK2)",
        basis: Basis::Seen("EDK2 2022.11, x64 and arm64"),
        architectures: &[15, 16, 17, 18, 19, 26, 28, 30, 38, 40],
        boot_server: BootServer::Never,
        ..EDK2
    },
    IPXE,
    Profile {
        id: "u-boot",
        name: "U-Boot",
        basis: Basis::Read("siderolabs/booter issue 12"),
        architectures: &[21, 22],
        file: FileField::HeaderOnly,
        prefers: Prefers::NoProxy,
        boot_server: BootServer::Never,
        ipxe: false,
        tftp: PLAIN_TFTP,
        ..IPXE
    },
];

impl Profile {
    /// The row of a short name.
    pub fn named(id: &str) -> Option<&'static Profile> {
        TABLE.iter().find(|profile| profile.id == id)
    }

    /// What a machine of this architecture is taken for.
    pub fn of(architecture: Architecture, ipxe: bool) -> &'static Profile {
        Profile::all_of(architecture, ipxe)
            .next()
            .unwrap_or(if ipxe { &IPXE } else { &TABLE[0] })
    }

    /// All firmware known of this architecture, and what it may load.
    pub fn all_of(
        architecture: Architecture,
        ipxe: bool,
    ) -> impl Iterator<Item = &'static Profile> {
        TABLE.iter().filter(move |profile| {
            profile.ipxe == ipxe && profile.architectures.contains(&architecture.0)
        })
    }

    /// How it fetches its boot file.
    pub fn transport(&self, architecture: Architecture) -> Transport {
        if self.ipxe {
            Transport::Tftp
        } else {
            architecture.transport()
        }
    }

    /// What option 60 of an answer must begin with.
    pub fn class(&self, architecture: Architecture) -> &'static str {
        match self.transport(architecture) {
            Transport::Tftp => "PXEClient",
            Transport::Http => "HTTPClient",
        }
    }

    /// What stands on its screen when it stops for this reason.
    pub fn screen(&self, reason: &Reason) -> Option<&'static str> {
        if !self.id.starts_with("edk2") {
            return None;
        }
        match reason {
            Reason::NoOffer
            | Reason::NoAddress
            | Reason::BootServerSilent { .. }
            | Reason::NoBootFile
            | Reason::OnlyInAck => Some("PXE-E16"),
            Reason::AckWithoutFile | Reason::NoOptionAck | Reason::PortUnreachable { .. } => {
                Some("PXE-E99")
            }
            Reason::NoSizeAgreed => Some("PXE-E53"),
            Reason::FileNotFound { .. } => Some("PXE-E23"),
            _ => None,
        }
    }

    /// Whether it can start a file that begins with these bytes.
    ///
    /// # Errors
    /// What the file is instead.
    pub fn starts(&self, architecture: Architecture, head: &[u8]) -> Result<(), Reason> {
        if self.ipxe {
            return Ok(());
        }
        image::check(architecture, head)
    }

    /// What is odd about a file that begins with these bytes.
    pub fn doubts(&self, architecture: Architecture, head: &[u8]) -> Option<String> {
        if self.ipxe {
            return None;
        }
        image::doubt(architecture, head)
    }

    /// Whether it goes on with what a TFTP server agreed to; `None` is an
    /// answer without an OACK.
    ///
    /// # Errors
    /// Why it does not.
    pub fn takes(&self, agreed: Option<&[(String, String)]>) -> Result<(), Reason> {
        match agreed {
            None if self.tftp.needs_option_ack => Err(Reason::NoOptionAck),
            Some(agreed)
                if self.tftp.needs_size && !agreed.iter().any(|(name, _)| name == "tsize") =>
            {
                Err(Reason::NoSizeAgreed)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
