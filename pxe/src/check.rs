//! What would go wrong with a configuration, found before a client does.
//! Looks at files; opens no port and changes nothing.

use std::io::{self, Read as _};
use std::net::Ipv4Addr;
use std::path::Path;

use crate::config::Config;
use crate::dhcp::boot::BootTable;
use crate::dhcp::network::Network;
use crate::sys::folder::Folder;
use crate::sys::net;
use crate::sys::root::Root;
use crate::tftp::path::RootPath;
use crate::wire::arch::Architecture;
use crate::wire::dhcp::FILE_MAX;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Examined {
    /// What each kind of client gets.
    pub clients: Vec<Row>,
    /// What would go wrong.
    pub findings: Vec<Finding>,
}

/// One kind of client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// The rule that it is about.
    pub rule: Option<String>,
    /// The network that it is about; without either it is about all.
    pub network: Option<String>,
    /// The firmware, or `ipxe`.
    pub client: String,
    /// Its architecture number.
    pub architecture: Option<u16>,
    /// The boot file as it is sent.
    pub file: String,
    /// Its size, where it is a file of ours that can be read.
    pub size: Option<u64>,
}

/// Something that would go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The boot file, folder or key.
    pub subject: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl Finding {
    fn new(
        subject: impl Into<String>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Finding {
            subject: subject.into(),
            message: message.into(),
            hint: hint.into(),
        }
    }
}

/// The folders of boot files, where they could be opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Roots<'a> {
    /// `[tftp] root`.
    pub tftp: Option<&'a Root>,
    /// `[http] root`.
    pub http: Option<&'a Root>,
}

/// Examines a configuration on this machine, as the user who runs it.
pub(crate) fn examine(config: &Config) -> Examined {
    let mut findings = Vec::new();
    let mut open = |path: &Path, key: &str| {
        Root::open(path)
            .map_err(|error| {
                findings.push(Finding::new(
                    path.display().to_string(),
                    format!("the folder of boot files cannot be opened: {error}"),
                    format!("`{key}` names it"),
                ));
            })
            .ok()
    };
    let tftp = open(&config.tftp.root, "[tftp] root");
    let http = config
        .http
        .as_ref()
        .and_then(|http| open(&http.root, "[http] root"));
    let roots = Roots {
        tftp: tftp.as_ref(),
        http: http.as_ref(),
    };
    let mut examined = examine_files(config, &roots);
    examined.findings.splice(0..0, findings);
    let kept = [
        ("pid-file", config.pid_file.as_ref()),
        ("log-file", config.log_file.as_ref()),
        (
            "socket",
            Some(&config.socket.path).filter(|_| !config.socket.is_default),
        ),
        (
            "[dhcp] leases",
            Some(&config.dhcp.leases).filter(|_| config.remembers()),
        ),
    ];
    for (key, path) in kept {
        let Some(path) = path else { continue };
        let problem = match Folder::of(path) {
            Ok((folder, _)) if folder.may_change() => continue,
            Ok(_) => "its folder cannot be written".to_owned(),
            Err(error) => format!("its folder cannot be opened: {error}"),
        };
        examined.note(Finding::new(
            path.display().to_string(),
            problem,
            format!("`{key}` names it; the daemon makes and renames files there as its user"),
        ));
    }
    examined
}

/// Examines what a configuration says of files in folders that are open.
pub(crate) fn examine_files(config: &Config, roots: &Roots<'_>) -> Examined {
    let mut examined = Examined {
        clients: Vec::new(),
        findings: Vec::new(),
    };
    let place = Place {
        roots,
        url: config.http.as_ref().map(|http| OwnUrl {
            port: http.port,
            addresses: own_addresses(config),
        }),
    };
    examined.table(Whom::All, &config.settings.boot, &place);
    for subnet in &config.settings.subnets {
        examined.table(Whom::Network(subnet.network), &subnet.boot, &place);
    }
    for rule in &config.settings.rules {
        examined.table(Whom::Rule(&rule.name), &rule.then.boot, &place);
    }
    examined
}

impl Examined {
    fn table(&mut self, whom: Whom<'_>, table: &BootTable, place: &Place<'_>) {
        let by_architecture = table
            .by_architecture
            .iter()
            .map(|(arch, file)| (arch.to_string(), Some(*arch), file));
        let ipxe = table
            .ipxe
            .iter()
            .map(|file| ("ipxe".to_owned(), None, file));
        for (client, architecture, file) in by_architecture.chain(ipxe) {
            let size = self.file(&client, architecture, file, place);
            self.clients.push(Row {
                rule: match whom {
                    Whom::Rule(name) => Some(name.to_owned()),
                    Whom::All | Whom::Network(_) => None,
                },
                network: match whom {
                    Whom::Network(network) => Some(network.to_string()),
                    Whom::All | Whom::Rule(_) => None,
                },
                client,
                architecture: architecture.map(|arch: Architecture| arch.0),
                file: file.clone(),
                size,
            });
        }
    }

    fn file(
        &mut self,
        client: &str,
        architecture: Option<Architecture>,
        file: &str,
        place: &Place<'_>,
    ) -> Option<u64> {
        if file.len() > FILE_MAX {
            self.note(Finding::new(
                file,
                format!(
                    "has {} bytes; the header field holds {FILE_MAX}, so clients that read only the header (iPXE, shim, U-Boot) get no file",
                    file.len()
                ),
                "use a shorter path",
            ));
        }
        if let Some((scheme, _)) = file.split_once("://") {
            let speaks = architecture.is_none() || (scheme == "http" && client.ends_with("-http"));
            if !speaks {
                self.note(Finding::new(
                    file,
                    format!("a URL with `{scheme}://`, but this firmware fetches its boot file by {}", if client.ends_with("-http") { "plain HTTP" } else { "TFTP" }),
                    "give a path below the TFTP root; URLs are for iPXE and for the `-http` clients",
                ));
            }
            let path = place.url.as_ref()?.path_of(file)?;
            return self.below(file, path.as_bytes(), place.roots.http?, "[http] root");
        }
        self.below(file, file.as_bytes(), place.roots.tftp?, "[tftp] root")
    }

    /// Looks at a file as a client would have it.
    fn below(&mut self, file: &str, name: &[u8], root: &Root, key: &str) -> Option<u64> {
        let path = match RootPath::from_wire(name) {
            Ok(path) => path,
            Err(_) => {
                self.note(Finding::new(
                    file,
                    "names no file below the root",
                    "boot files are named from the root down, without `..`",
                ));
                return None;
            }
        };
        match root.file(path.components()).and_then(|mut file| {
            // A disk that cannot be read gives a handle all the same.
            let _ = file.read(&mut [0; 1])?;
            file.metadata()
        }) {
            Ok(metadata) if metadata.len() == 0 => {
                self.note(Finding::new(file, "the file is empty", "copy it again"));
                Some(0)
            }
            Ok(metadata) => Some(metadata.len()),
            Err(error) => {
                let (message, hint) = match error.kind() {
                    io::ErrorKind::NotFound => (
                        "there is no such file below the root".to_owned(),
                        format!("put it at `{path}` below `{key}`"),
                    ),
                    io::ErrorKind::PermissionDenied => (
                        format!("cannot be read: {error}"),
                        "a symbolic link must stay below the root, and the file be readable"
                            .to_owned(),
                    ),
                    _ => (
                        format!("cannot be read: {error}"),
                        "it must be a plain file".to_owned(),
                    ),
                };
                self.note(Finding::new(file, message, hint));
                None
            }
        }
    }

    /// The same file for several kinds of client is one finding.
    fn note(&mut self, finding: Finding) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }
}

/// Whose boot files.
#[derive(Debug, Clone, Copy)]
enum Whom<'a> {
    All,
    Network(Network),
    Rule(&'a str),
}

/// Where boot files are looked for.
struct Place<'a> {
    roots: &'a Roots<'a>,
    url: Option<OwnUrl>,
}

/// How URLs begin that our own HTTP server answers.
struct OwnUrl {
    port: u16,
    addresses: Vec<Ipv4Addr>,
}

impl OwnUrl {
    /// The path of a URL that leads here; other servers are their own affair.
    fn path_of<'u>(&self, url: &'u str) -> Option<&'u str> {
        let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
        let (host, port) = match host.split_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (host, 80),
        };
        let path = path.split(['?', '#']).next().unwrap_or(path);
        // What is written with `%` or in variables of iPXE is only known to
        // the client.
        let plain = !path.contains(['%', '$']);
        let ours = port == self.port && self.addresses.contains(&host.parse().ok()?);
        (ours && plain).then_some(path)
    }
}

fn own_addresses(config: &Config) -> Vec<Ipv4Addr> {
    let mut addresses: Vec<Ipv4Addr> = config.address.into_iter().collect();
    let all = net::interfaces().unwrap_or_default();
    let served = all
        .iter()
        .filter(|interface| config.interfaces.contains(&interface.name));
    addresses.extend(served.map(|interface| interface.address));
    addresses
}

#[cfg(test)]
#[path = "check/tests.rs"]
mod tests;
