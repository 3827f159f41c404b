//! One boot offer in the words of other DHCP servers, with the escapes that
//! each of them needs. What was wanted is the same everywhere: the server in
//! `siaddr`, `sname` and option 66, the path in `file` and option 67, there
//! with a NUL where the server can be brought to send one (firmware reads on
//! where it is missing). Where a server cannot, the fragment says so.
//!
//! Fragments are for the global scope and name no subnet. Their lines are
//! made of checked parts only: a [`BootFile`] holds no control character, so
//! no path can add a line of its own.

mod cisco;
mod dnsmasq;
mod infoblox;
mod isc;
mod kea;
mod mikrotik;
mod opnsense;
pub mod quoting;
mod udhcpd;
mod windows;

use std::net::Ipv4Addr;

use crate::wire::arch::{Architecture, Transport};

/// What firmware takes from the header (RFC 2131 §2: 128 bytes with the NUL).
const LONGEST: usize = 127;

/// The path or URL of a boot file, as it shall be on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootFile(String);

impl BootFile {
    /// Checks a path.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn new(path: &str) -> Result<BootFile, String> {
        if path.is_empty() {
            return Err("a boot file needs a name".to_owned());
        }
        if path.len() > LONGEST {
            return Err(format!(
                "{} bytes long, and the header has room for {LONGEST}",
                path.len()
            ));
        }
        if let Some(found) = path.chars().find(|c| c.is_control()) {
            return Err(format!(
                "holds the control character {}; quote the path in single quotes in the shell",
                found.escape_default()
            ));
        }
        Ok(BootFile(path.to_owned()))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Hexadecimal digits of the path's bytes, and of a NUL if wanted.
    fn hex(&self, nul: bool) -> String {
        use std::fmt::Write as _;

        let end: &[u8] = if nul { b"\0" } else { b"" };
        let bytes = self.0.bytes().chain(end.iter().copied());
        bytes.fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// The machines of one architecture, and what they boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// The name of the architecture, as in `[boot]`.
    pub name: String,
    /// The values of option 93 it stands for.
    pub architectures: &'static [Architecture],
    /// What they get.
    pub file: BootFile,
}

impl Class {
    /// Whether its firmware wants to hear `HTTPClient` in option 60.
    pub fn boots_over_http(&self) -> bool {
        self.architectures
            .iter()
            .any(|one| one.transport() == Transport::Http)
    }
}

/// What is to be offered.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where the files are.
    pub next_server: Ipv4Addr,
    /// What every client gets that is in no class.
    pub file: BootFile,
    /// Clients by architecture.
    pub classes: Vec<Class>,
    /// Option 67 ends with a NUL.
    pub nul: bool,
}

/// A server to write for.
#[derive(Debug)]
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is.
    pub what: &'static str,
    render: fn(&Plan) -> String,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    target("isc-dhcpd", "ISC dhcpd: lines for dhcpd.conf", isc::render),
    target("kea", "Kea: members of Dhcp4", kea::render),
    target("dnsmasq", "dnsmasq as the DHCP server", dnsmasq::full),
    target(
        "dnsmasq-proxy",
        "dnsmasq beside another DHCP server",
        dnsmasq::proxy,
    ),
    target("infoblox", "Infoblox NIOS", infoblox::render),
    target(
        "windows",
        "Windows DHCP Server: PowerShell",
        windows::render,
    ),
    target("mikrotik", "MikroTik RouterOS 7", mikrotik::render),
    target(
        "cisco-ios",
        "Cisco IOS: lines of an ip dhcp pool",
        cisco::render,
    ),
    target(
        "opnsense",
        "OPNsense with ISC dhcpd: config.xml",
        opnsense::render,
    ),
    target(
        "udhcpd",
        "BusyBox udhcpd: lines for udhcpd.conf",
        udhcpd::render,
    ),
];

const fn target(name: &'static str, what: &'static str, render: fn(&Plan) -> String) -> Target {
    Target { name, what, render }
}

impl Target {
    /// The target of this name.
    pub fn named(name: &str) -> Option<&'static Target> {
        TARGETS.iter().find(|target| target.name == name)
    }

    /// The lines, each ended.
    pub fn fragment(&self, plan: &Plan) -> String {
        (self.render)(plan)
    }
}

#[cfg(test)]
mod tests;
