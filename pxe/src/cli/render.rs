//! `pxe render`.

use std::io::Write as _;
use std::net::Ipv4Addr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::error::{Error, Kind, Result};
use crate::render::{BootFile, Class, Plan, TARGETS, Target};
use crate::terminal::Output;
use crate::wire::arch::Architecture;

/// Write the boot offer as another DHCP server needs it, escapes and all
///
/// Prints lines for the global scope of that server, without a subnet. What
/// the server cannot do is said in a comment beside it. A path is sent exactly
/// as it is written here.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pxe render --for isc-dhcpd --next-server 10.0.0.5 --boot-file '\\boot\\x86\\wdsnbp.com'
  pxe render --for kea --next-server 10.0.0.5 --boot-file pxelinux.0 --arch uefi-x64=grubx64.efi")]
pub(super) struct Args {
    /// The server to write for
    ///
    /// Each needs other escapes and other fields for the same bytes on the
    /// wire.
    #[arg(long = "for", value_name = "TARGET", value_parser = target())]
    target: &'static Target,
    /// Where the boot files are
    ///
    /// The address of the TFTP server. It goes into siaddr, which firmware
    /// reads, as well as into option 66.
    #[arg(long, value_name = "ADDRESS")]
    next_server: Ipv4Addr,
    /// What clients get that no --arch is about
    ///
    /// As it is on the server, with plain backslashes: each is escaped as that
    /// server needs it.
    #[arg(long, value_name = "PATH", value_parser = BootFile::new)]
    boot_file: BootFile,
    /// What clients of an architecture get; uefi-x64 is 7 and 9
    ///
    /// Where BIOS and UEFI machines share a network, neither can boot the
    /// other's file.
    #[arg(long = "arch", value_name = "ARCH=PATH", value_parser = class)]
    classes: Vec<Class>,
    /// Option 67 without a NUL at its end
    ///
    /// For the rare firmware that takes the NUL for a part of the name.
    #[arg(long)]
    no_nul: bool,
}

pub(super) fn run(args: &Args, out: &mut Output) -> Result<u8> {
    for (index, class) in args.classes.iter().enumerate() {
        if args.classes[..index]
            .iter()
            .any(|other| other.name == class.name)
        {
            return Err(Error::new(
                Kind::Usage,
                format!("--arch {}", class.name),
                "given twice",
            ));
        }
    }
    let plan = Plan {
        next_server: args.next_server,
        file: args.boot_file.clone(),
        classes: args.classes.clone(),
        nul: !args.no_nul,
    };
    write!(out, "{}", args.target.fragment(&plan)).map_err(|error| {
        Error::new(Kind::System, "standard output", "cannot write").because(error)
    })?;
    Ok(0)
}

fn target() -> impl TypedValueParser<Value = &'static Target> {
    let names = TARGETS
        .iter()
        .map(|target| PossibleValue::new(target.name).help(target.what));
    PossibleValuesParser::new(names).try_map(|name| Target::named(&name).ok_or("unknown target"))
}

fn class(text: &str) -> Result<Class, String> {
    let (name, path) = text
        .split_once('=')
        .ok_or("expected ARCH=PATH, such as uefi-x64=boot/x64/wdsmgfw.efi")?;
    let architectures = Architecture::selected_by(name)
        .ok_or_else(|| format!("unknown architecture `{name}`, such as uefi-x64 or bios"))?;
    let class = Class {
        name: name.to_owned(),
        architectures,
        file: BootFile::new(path)?,
    };
    if class.boots_over_http() && !path.contains("://") {
        return Err(format!("`{name}` boots over HTTP and needs a URL"));
    }
    Ok(class)
}
