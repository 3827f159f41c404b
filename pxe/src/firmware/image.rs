//! Whether a boot file is for the machine that loads it, by its first bytes.

use super::Reason;
use crate::wire::arch::{Architecture, Transport};

/// How much of a file is looked at: the place of the header of a PE image is
/// in its first 64 bytes, the header itself near them.
pub const HEAD: usize = 1024;

/// What a file is (Microsoft PE and COFF specification, "Machine Types").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Image {
    /// A PE image for a machine.
    Pe(u16),
    /// A script of iPXE.
    IpxeScript,
    /// A page, as web servers answer in place of a file.
    Page,
    /// Anything else: a BIOS loads it as it is.
    Bytes,
}

/// The machine of a PE image that UEFI of an architecture starts.
const MACHINES: &[(u16, &str, &[u16])] = &[
    (0x014c, "32 bit x86", &[6, 15]),
    (0x8664, "x64", &[7, 9, 16, 17]),
    (0x0ebc, "EFI byte code", &[6, 7, 9, 11, 15, 16, 17, 19]),
    (0x01c2, "32 bit ARM", &[10, 18]),
    (0x01c4, "32 bit ARM", &[10, 18]),
    (0xaa64, "64 bit ARM", &[11, 19]),
    (0x5032, "32 bit RISC-V", &[25, 26]),
    (0x5064, "64 bit RISC-V", &[27, 28]),
    (0x5128, "128 bit RISC-V", &[29, 30]),
    (0x6232, "32 bit LoongArch", &[37, 38]),
    (0x6264, "64 bit LoongArch", &[39, 40]),
];

impl Image {
    fn of(head: &[u8]) -> Image {
        let word = |at: usize| -> Option<usize> {
            let bytes: [u8; 4] = head.get(at..at + 4)?.try_into().ok()?;
            usize::try_from(u32::from_le_bytes(bytes)).ok()
        };
        if head.starts_with(b"#!ipxe") {
            return Image::IpxeScript;
        }
        let start = head.trim_ascii_start().get(..5).unwrap_or_default();
        if [&b"<!doc"[..], b"<html"].contains(&&*start.to_ascii_lowercase()) {
            return Image::Page;
        }
        if head.starts_with(b"MZ")
            && let Some(at) = word(0x3c)
            && let Some(header) = head.get(at..)
            && let [b'P', b'E', 0, 0, low, high, ..] = header
        {
            return Image::Pe(u16::from_le_bytes([*low, *high]));
        }
        Image::Bytes
    }

    fn name(self) -> String {
        match self {
            Image::Pe(code) => MACHINES.iter().find(|(own, ..)| *own == code).map_or_else(
                || format!("a UEFI program for machine {code:04x}"),
                |(_, name, _)| format!("a UEFI program for {name}"),
            ),
            Image::IpxeScript => "a script of iPXE".to_owned(),
            Image::Page => "an HTML page".to_owned(),
            Image::Bytes => "no UEFI program".to_owned(),
        }
    }
}

/// Whether firmware can start a file that begins so. What cannot be told from
/// the beginning counts as fit, and so does what is nothing known: a disk
/// image over HTTP is started too.
///
/// # Errors
/// What it is instead.
pub(super) fn check(architecture: Architecture, head: &[u8]) -> Result<(), Reason> {
    let image = Image::of(head);
    let fits = match image {
        Image::Pe(code) => {
            !is_uefi(architecture)
                || MACHINES
                    .iter()
                    .any(|(own, _, codes)| *own == code && codes.contains(&architecture.0))
        }
        Image::Page => false,
        Image::IpxeScript => !is_uefi(architecture),
        Image::Bytes => true,
    };
    if fits {
        return Ok(());
    }
    let wanted = if is_uefi(architecture) {
        format!("a UEFI program for {architecture}")
    } else {
        "a boot program".to_owned()
    };
    Err(Reason::WrongImage {
        found: image.name(),
        wanted,
    })
}

/// What is odd about a file that may still be one: UEFI loads programs with a
/// header over TFTP, and nothing else.
pub(super) fn doubt(architecture: Architecture, head: &[u8]) -> Option<String> {
    let known = head.len() >= HEAD || !head.starts_with(b"MZ");
    let over_tftp = architecture.transport() == Transport::Tftp;
    let bytes = Image::of(head) == Image::Bytes && !head.is_empty();
    (known && over_tftp && bytes && is_uefi(architecture))
        .then(|| format!("what it loads is no UEFI program: {architecture} does not start it"))
}

fn is_uefi(architecture: Architecture) -> bool {
    MACHINES
        .iter()
        .any(|(_, _, codes)| codes.contains(&architecture.0))
}
