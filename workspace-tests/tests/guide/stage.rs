//! Where the sessions of a page are run: a folder with the files of the guide,
//! and the peers that the page speaks of.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use workspace_tests::bins::{self, TOOLS, workspace};
use workspace_tests::netns::Host;
use workspace_tests::peers::samba::{Keytab, Samba, Settings};
use workspace_tests::peers::tls::{Authority, Server};
use workspace_tests::process::type_into;

/// The day on which the certificates of the page are as it shows them.
const TODAY: &str = "2026-11-20 16:14:19";

/// A folder to be in, and peers.
pub(crate) struct Stage {
    folder: TempDir,
    peers: Peers,
}

enum Peers {
    None,
    Domain(Samba),
    Servers {
        // Dropped in this order: first the servers, then their network.
        _servers: Server,
        authority: Box<Authority>,
        host: Host,
    },
}

impl Stage {
    /// Without a peer.
    pub(crate) fn alone() -> Self {
        Stage {
            folder: scene(),
            peers: Peers::None,
        }
    }

    /// In a real domain. `$` is an administrator with a ticket, `bob$` is bob,
    /// and `nfs01#` bob on the server, whose keytab may be read there.
    pub(crate) fn domain() -> Self {
        let samba = Samba::start(Settings::default()).unwrap();
        samba.wait_until_it_answers().unwrap();
        Stage {
            folder: scene(),
            peers: Peers::Domain(samba),
        }
    }

    /// With the web servers of example.org, on their port, whose certificates
    /// are of a CA that the system trusts.
    pub(crate) fn servers() -> Self {
        let authority = Authority::new().unwrap();
        let host = Host::new("guide").unwrap();
        let blocks: String = CERTIFICATES
            .iter()
            .map(|(name, shown_by, ends)| {
                let (year, month, day) = *ends;
                let files = authority
                    .issue_with(name, year, |params| {
                        let subject = &mut params.distinguished_name;
                        *subject = rcgen::DistinguishedName::new();
                        subject.push(rcgen::DnType::CommonName, *name);
                        params.not_before = rcgen::date_time_ymd(year - 1, month, day);
                        params.not_after = rcgen::date_time_ymd(year, month, day);
                    })
                    .unwrap();
                files.block(&format!(
                    "listen 127.0.0.1:443 ssl; server_name {shown_by}; return 200;"
                ))
            })
            .collect();
        let servers = host.within(|| authority.nginx(&blocks)).unwrap().unwrap();
        let folder = scene();
        let names: Vec<&str> = CERTIFICATES.iter().map(|(_, name, _)| *name).collect();
        let hosts = format!("127.0.0.1 localhost\n127.0.0.1 {}\n", names.join(" "));
        fs::write(folder.path().join("hosts"), hosts).unwrap();
        Stage {
            folder,
            peers: Peers::Servers {
                _servers: servers,
                authority: Box::new(authority),
                host,
            },
        }
    }

    /// A file that a command made, wherever it put it.
    pub(crate) fn file(&self, name: &str) -> Option<Vec<u8>> {
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.file_name().unwrap() == name {
                    return Some(fs::read(path).unwrap());
                }
            }
        }
        None
    }

    /// What a command prints to both outputs.
    pub(crate) fn run(&self, who: &str, typed: &str) -> String {
        let folder = self.folder.path();
        let output = match &self.peers {
            Peers::None => shell(Command::new("bash"), folder, typed).output(),
            Peers::Domain(samba) => {
                let person = if who.is_empty() { "uacadmin" } else { "bob" };
                let keytab = samba.keytab(Keytab::Nfs01);
                let typed = typed.replace("/etc/krb5.keytab", &keytab.display().to_string());
                let mut command = shell(samba.command("bash"), folder, &typed);
                command.env("KRB5CCNAME", samba.kinit(person).unwrap());
                command.env("SSL_CERT_FILE", samba.ca_file()).output()
            }
            Peers::Servers {
                authority, host, ..
            } => {
                let mut command = Command::new("unshare");
                command.args([
                    "--mount",
                    "sh",
                    "-c",
                    "mount --bind hosts /etc/hosts && exec \"$@\"",
                    "sh",
                    "faketime",
                    TODAY,
                    "bash",
                ]);
                let mut command = shell(command, folder, typed);
                command
                    .env("TZ", "UTC")
                    // Deadlines are of this clock, which need not be another.
                    .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                    .env("SSL_CERT_FILE", authority.ca_file());
                host.within(|| command.output()).unwrap()
            }
        };
        String::from_utf8(output.unwrap().stdout).unwrap()
    }
}

/// The name in a certificate, the server that shows it, and its last day.
const CERTIFICATES: &[(&str, &str, (i32, u8, u8))] = &[
    ("www.example.org", "www.example.org", (2027, 2, 2)),
    ("shop.example.org", "shop.example.org", (2026, 11, 14)),
    (
        "intranet.example.org",
        "intranet.example.org",
        (2027, 1, 12),
    ),
    ("docs.example.org", "wiki.example.org", (2027, 3, 1)),
];

fn shell(mut command: Command, folder: &Path, typed: &str) -> Command {
    type_into(&mut command, typed, &folder.join("bin")).current_dir(folder);
    command
}

/// A folder with the files of the guide, and the tools in `bin`.
fn scene() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(workspace().join("docs/data")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let boot = folder.path().join("boot");
    fs::create_dir(&boot).unwrap();
    fs::write(boot.join("pxelinux.0"), vec![0; 4000]).unwrap();
    fs::write(boot.join("grubx64.efi"), vec![0; 9000]).unwrap();
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    for tool in TOOLS {
        symlink(bins::tool(tool), bin.join(tool)).unwrap();
    }
    folder
}
