//! What would go wrong with a configuration, found before a client does.
//! Looks at files; opens no port and changes nothing.

use std::io;

use crate::config::Config;
use crate::dhcp::boot::BootTable;
use crate::dhcp::settings::Mode;
use crate::sys::root::Root;
use crate::tftp::path::RootPath;
use crate::wire::arch::Architecture;
use crate::wire::dhcp::FILE_MAX;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// What each kind of client gets.
    pub clients: Vec<Row>,
    /// What would go wrong.
    pub findings: Vec<Finding>,
}

/// One kind of client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Whom the row is about: a rule's name, or all.
    pub rule: Option<String>,
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
pub struct Finding {
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

/// Examines a configuration on this machine.
pub fn examine(config: &Config) -> Examined {
    let mut examined = Examined {
        clients: Vec::new(),
        findings: Vec::new(),
    };
    let root = match Root::open(&config.tftp.root) {
        Ok(root) => Some(root),
        Err(error) => {
            examined.findings.push(Finding::new(
                config.tftp.root.display().to_string(),
                format!("the folder of boot files cannot be opened: {error}"),
                "`[tftp] root` names it",
            ));
            None
        }
    };
    examined.table(None, &config.settings.boot, root.as_ref());
    for rule in &config.settings.rules {
        examined.table(Some(&rule.name), &rule.then.boot, root.as_ref());
    }
    let needs_leases = config.settings.mode == Mode::Full
        || config.settings.rules.iter().any(|rule| rule.then.once);
    if needs_leases && config.dhcp.leases.is_none() {
        examined.findings.push(Finding::new(
            "[dhcp] leases",
            "there is no place to keep leases, so `serve` will not start",
            "add `leases = \"/var/lib/pxe/leases\"` to `[dhcp]`",
        ));
    }
    examined
}

impl Examined {
    fn table(&mut self, rule: Option<&str>, table: &BootTable, root: Option<&Root>) {
        let by_architecture = table
            .by_architecture
            .iter()
            .map(|(arch, file)| (arch.to_string(), Some(*arch), file));
        let ipxe = table
            .ipxe
            .iter()
            .map(|file| ("ipxe".to_owned(), None, file));
        for (client, architecture, file) in by_architecture.chain(ipxe) {
            let size = self.file(&client, architecture, file, root);
            self.clients.push(Row {
                rule: rule.map(str::to_owned),
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
        root: Option<&Root>,
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
            return None;
        }
        let root = root?;
        let path = match RootPath::from_wire(file.as_bytes()) {
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
        match root
            .file(path.components())
            .and_then(|file| file.metadata())
        {
            Ok(metadata) if metadata.len() == 0 => {
                self.note(Finding::new(file, "the file is empty", "copy it again"));
                Some(0)
            }
            Ok(metadata) => Some(metadata.len()),
            Err(error) => {
                let (message, hint) = match error.kind() {
                    io::ErrorKind::NotFound => (
                        "there is no such file below the root".to_owned(),
                        format!("put it at `{path}` below `[tftp] root`"),
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

#[cfg(test)]
#[path = "check/tests.rs"]
mod tests;
