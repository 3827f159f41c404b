//! Real servers that upgrade to TLS on their own port, each with a throw-away
//! folder, a certificate for `localhost` and a port of its own.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::process::Background;

const START: Duration = Duration::from_secs(30);

/// A running server.
#[derive(Debug)]
pub struct Server {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    // Ended before its folder goes.
    _process: Background,
    _folder: tempfile::TempDir,
}

/// A CA and a certificate for `localhost`, made with the OpenSSL tool.
#[derive(Debug)]
pub struct Certificates {
    folder: tempfile::TempDir,
}

impl Certificates {
    /// Makes them.
    ///
    /// # Errors
    /// When `openssl` is missing or fails.
    pub fn new() -> Result<Self> {
        let folder = open_folder()?;
        let new_key = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        fs::write(
            folder.path().join("extensions"),
            "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\n",
        )?;
        for line in [
            &format!("{new_key} -x509 -keyout ca.key -out ca.pem -days 30 -subj /CN=test"),
            &format!("{new_key} -keyout key.pem -out request.pem -subj /CN=localhost"),
            "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 20 \
             -extfile extensions -out leaf.pem",
        ] {
            let output = Command::new("openssl")
                .args(line.split_whitespace())
                .current_dir(folder.path())
                .output()
                .context("openssl cannot be started: apt-get install openssl")?;
            ensure!(
                output.status.success(),
                "openssl {line}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        fs::set_permissions(
            folder.path().join("key.pem"),
            fs::Permissions::from_mode(0o644),
        )?;
        Ok(Certificates { folder })
    }

    /// A file: `ca.pem`, `leaf.pem` or `key.pem`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Starts the server for a protocol, under the name that `--starttls` has.
///
/// # Errors
/// When it is not installed or does not come up.
pub fn start(protocol: &str, certificates: &Certificates) -> Result<Server> {
    let folder = open_folder()?;
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port();
    let path = folder.path();
    let (leaf, key) = (certificates.file("leaf.pem"), certificates.file("key.pem"));
    let (leaf, key) = (leaf.display(), key.display());
    let mut command = match protocol {
        "smtp" => {
            let mut command = program("/usr/bin/python3", "python3-aiosmtpd")?;
            command.args(["-m", "aiosmtpd", "-n", "-l"]);
            command.arg(format!("127.0.0.1:{port}"));
            command.arg("--tlscert").arg(certificates.file("leaf.pem"));
            command.arg("--tlskey").arg(certificates.file("key.pem"));
            command
        }
        "imap" | "pop3" => {
            let other = if protocol == "imap" { "pop3" } else { "imap" };
            let text = format!(
                "base_dir = {path}/run\nlog_path = /dev/stderr\nprotocols = {protocol}\nssl = yes\n\
                 ssl_cert = <{leaf}\nssl_key = <{key}\nlisten = 127.0.0.1\n\
                 mail_location = maildir:{path}/mail\n\
                 passdb {{\n  driver = static\n  args = password=x\n}}\n\
                 userdb {{\n  driver = static\n  args = uid=65534 gid=65534 home={path}/mail\n}}\n\
                 service {protocol}-login {{\n\
                 \x20 inet_listener {protocol} {{\n    port = {port}\n  }}\n\
                 \x20 inet_listener {protocol}s {{\n    port = 0\n  }}\n}}\n# no {other}\n",
                path = path.display()
            );
            configured(
                "/usr/sbin/dovecot",
                "dovecot-imapd dovecot-pop3d",
                path,
                &text,
                &["-F", "-c"],
            )?
        }
        "ftp" => {
            fs::create_dir(path.join("empty"))?;
            let text = format!(
                "listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\nbackground=NO\n\
                 ssl_enable=YES\nallow_anon_ssl=YES\nanonymous_enable=YES\nssl_ciphers=HIGH\n\
                 rsa_cert_file={leaf}\nrsa_private_key_file={key}\nsecure_chroot_dir={}/empty\n",
                path.display()
            );
            configured("/usr/sbin/vsftpd", "vsftpd", path, &text, &[])?
        }
        "ldap" => {
            let text = format!(
                "include /etc/ldap/schema/core.schema\nTLSCertificateFile {leaf}\n\
                 TLSCertificateKeyFile {key}\nTLSCACertificateFile {}\npidfile {}/pid\n",
                certificates.file("ca.pem").display(),
                path.display()
            );
            let url = format!("ldap://127.0.0.1:{port}");
            configured(
                "/usr/sbin/slapd",
                "slapd",
                path,
                &text,
                &["-d", "0", "-h", &url, "-f"],
            )?
        }
        "xmpp" => {
            let text = format!(
                "run_as_root = true\npidfile = \"{path}/pid\"\ndata_path = \"{path}\"\n\
                 interfaces = {{ \"127.0.0.1\" }}\nc2s_ports = {{ {port} }}\n\
                 modules_enabled = {{ \"tls\"; \"saslauth\" }}\nmodules_disabled = {{ \"s2s\" }}\n\
                 log = {{ info = \"*console\" }}\nc2s_require_encryption = true\n\
                 ssl = {{ certificate = \"{leaf}\", key = \"{key}\" }}\nVirtualHost \"localhost\"\n",
                path = path.display()
            );
            configured(
                "/usr/bin/prosody",
                "prosody",
                path,
                &text,
                &["-F", "--config"],
            )?
        }
        "postgres" => postgres(path, port, certificates)?,
        other => bail!("{other}: no server is known"),
    };
    command.current_dir("/");
    let mut process = Background::start(protocol, command, &path.join("log"))?;
    process.wait_until("a listening port", START, |_| {
        TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .map(drop)
            .map_err(|error| error.to_string())
    })?;
    Ok(Server {
        port,
        _process: process,
        _folder: folder,
    })
}

fn postgres(path: &Path, port: u16, certificates: &Certificates) -> Result<Command> {
    let programs = fs::read_dir("/usr/lib/postgresql")
        .ok()
        .and_then(|entries| {
            entries
                .flatten()
                .map(|entry| entry.path().join("bin"))
                .max()
        })
        .context("postgres is missing: apt-get install postgresql")?;
    let as_postgres = |name: &str| {
        // The server refuses to run as root.
        let mut command = Command::new("setpriv");
        command
            .args([
                "--reuid",
                "postgres",
                "--regid",
                "postgres",
                "--init-groups",
            ])
            .arg(programs.join(name))
            .arg("-D")
            .arg(path.join("data"))
            .current_dir("/");
        command
    };
    for name in ["leaf.pem", "key.pem"] {
        fs::copy(certificates.file(name), path.join(name))?;
    }
    fs::set_permissions(path.join("key.pem"), fs::Permissions::from_mode(0o600))?;
    let owned = Command::new("chown")
        .args(["-R", "postgres:postgres"])
        .arg(path)
        .status()?;
    ensure!(owned.success(), "the folder cannot be given to postgres");
    let output = as_postgres("initdb").args(["-A", "trust", "-N"]).output()?;
    ensure!(
        output.status.success(),
        "initdb: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut command = as_postgres("postgres");
    command.args(["-p", &port.to_string()]);
    for setting in [
        "listen_addresses=127.0.0.1".to_owned(),
        "unix_socket_directories=".to_owned(),
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", path.join("leaf.pem").display()),
        format!("ssl_key_file={}", path.join("key.pem").display()),
    ] {
        command.args(["-c", &setting]);
    }
    Ok(command)
}

fn program(path: &str, package: &str) -> Result<Command> {
    ensure!(
        Path::new(path).exists(),
        "{path} is missing: apt-get install {package}"
    );
    Ok(Command::new(path))
}

/// A program whose last argument is its configuration file.
fn configured(
    path: &str,
    package: &str,
    folder: &Path,
    text: &str,
    args: &[&str],
) -> Result<Command> {
    // Prosody takes no other ending; the others do not mind.
    let file = folder.join("config.lua");
    fs::write(&file, text)?;
    let mut command = program(path, package)?;
    command.args(args).arg(file);
    Ok(command)
}

/// A folder that the servers' own users can enter.
fn open_folder() -> Result<tempfile::TempDir> {
    Ok(tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o755))
        .tempdir()?)
}
