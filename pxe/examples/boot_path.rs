//! Writes one boot offer as other DHCP servers need it, escapes and all, and
//! finds the backslash that one of them ate in a configuration that exists.
//!
//! ```sh
//! cargo run --example boot_path
//! ```

use std::io::{self, Write};
use std::net::Ipv4Addr;

use pxe::lint::{self, fix, read::Files};
use pxe::render::{self, BootFile, Class, Plan};
use pxe::wire::arch::Architecture;

const DHCPD_CONF: &str = r#"subnet 192.0.2.0 netmask 255.255.255.0 {
  range 192.0.2.100 192.0.2.150;
  next-server 192.0.2.5;
  filename "\boot\x64\wdsnbp.com";
}
"#;

/// A configuration that is judged without the files it includes.
struct Alone;

impl Files for Alone {
    fn read(&mut self, name: &str) -> Result<String, String> {
        Err(format!("{name} is not at hand"))
    }
    fn list(&mut self, folder: &str) -> Result<Vec<String>, String> {
        Err(format!("{folder} is not at hand"))
    }
}

fn write(out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let plan = Plan {
        next_server: Ipv4Addr::new(192, 0, 2, 5),
        file: BootFile::new(r"\boot\x86\wdsnbp.com")?,
        classes: vec![Class {
            name: "uefi-x64".to_owned(),
            architectures: Architecture::selected_by("uefi-x64").ok_or("unknown")?,
            file: BootFile::new(r"\boot\x64\wdsmgfw.efi")?,
        }],
        nul: true,
    };
    for name in ["isc-dhcpd", "kea"] {
        let target = render::Target::named(name).ok_or("no such target")?;
        writeln!(out, "== {name}\n{}", target.fragment(&plan))?;
    }

    let target = lint::Target::named("isc-dhcpd").ok_or("no such target")?;
    let reading = target.read("dhcpd.conf", DHCPD_CONF.to_owned(), &mut Alone)?;
    writeln!(out, "== what is wrong with the old one")?;
    for finding in lint::check(target, &reading) {
        writeln!(
            out,
            "{}:{}: {} {}: {}",
            finding.file,
            finding.line,
            finding.severity.name(),
            finding.rule,
            finding.message
        )?;
    }
    let fixed = fix::fix(target, "dhcpd.conf", DHCPD_CONF, &mut Alone, &|_| true)?;
    for file in fixed {
        write!(out, "{}", file.patch())?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    write(&mut io::stdout().lock())
}
