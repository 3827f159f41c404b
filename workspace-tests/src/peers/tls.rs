//! TLS servers of other libraries, and certificates for them.

use std::fmt::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    DistinguishedName, DnType, IsCa, KeyIdMethod, KeyPair, RevokedCertParams, SerialNumber,
};
use tempfile::TempDir;

use crate::process::Background;

const READY: Duration = Duration::from_secs(15);

/// A CA of its own, and the folder where everything lies.
#[derive(Debug)]
pub struct Authority {
    folder: TempDir,
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
}

/// The files of a certificate.
#[derive(Debug, Clone)]
pub struct Files {
    /// The leaf with its intermediate.
    pub chain: PathBuf,
    /// The leaf alone.
    pub leaf: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl Authority {
    /// Makes a root and an intermediate.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let root = CertifiedIssuer::self_signed(issuer("Test Root")?, KeyPair::generate()?)?;
        let intermediate =
            CertifiedIssuer::signed_by(issuer("Test Intermediate")?, KeyPair::generate()?, &root)?;
        std::fs::write(folder.path().join("ca.pem"), root.pem())?;
        Ok(Authority {
            folder,
            root,
            intermediate,
        })
    }

    /// The intermediate, DER.
    pub fn intermediate(&self) -> &[u8] {
        self.intermediate.der()
    }

    /// The revocation lists of root and intermediate in one file, good until
    /// `year`; the intermediate's revokes these serial numbers.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn revocation_lists(&self, year: i32, revoked: &[u64]) -> Result<PathBuf> {
        let list = |revoked: &[u64]| CertificateRevocationListParams {
            this_update: rcgen::date_time_ymd(2020, 1, 1),
            next_update: rcgen::date_time_ymd(year, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked
                .iter()
                .map(|serial| RevokedCertParams {
                    serial_number: SerialNumber::from(*serial),
                    revocation_time: rcgen::date_time_ymd(2020, 1, 1),
                    reason_code: None,
                    invalidity_date: None,
                })
                .collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let file = self.folder.path().join(format!("{year}-{revoked:?}.crl"));
        let lists = format!(
            "{}{}",
            list(&[]).signed_by(&self.root)?.pem()?,
            list(revoked).signed_by(&self.intermediate)?.pem()?
        );
        std::fs::write(&file, lists)?;
        Ok(file)
    }

    /// Where files of a test may lie.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The root as a file.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Issues a certificate that ends in `year`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn issue(&self, name: &str, year: i32) -> Result<Files> {
        self.issue_with(name, year, |_| ())
    }

    /// Issues a certificate that ends in `year`, with changes.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn issue_with(
        &self,
        name: &str,
        year: i32,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Result<Files> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        change(&mut params);
        let leaf = params.signed_by(&key, &self.intermediate)?;
        let path = |ending: &str| self.folder.path().join(format!("{name}-{year}.{ending}"));
        let files = Files {
            chain: path("chain.pem"),
            leaf: path("pem"),
            key: path("key"),
        };
        let chain = format!("{}{}", leaf.pem(), self.intermediate.pem());
        std::fs::write(&files.chain, chain)?;
        std::fs::write(&files.leaf, leaf.pem())?;
        std::fs::write(&files.key, key.serialize_pem())?;
        Ok(files)
    }

    fn start(&self, name: &str, command: Command, port: u16) -> Result<Server> {
        let log = self.folder.path().join(format!("{name}-{port}.log"));
        let mut process = Background::start(name, command, &log)?;
        process.wait_until(&format!("{name} listens"), READY, |_| {
            TcpStream::connect(("127.0.0.1", port))
                .map(drop)
                .map_err(|error| error.to_string())
        })?;
        Ok(Server { process, port })
    }

    /// `openssl s_server` with further arguments.
    ///
    /// # Errors
    /// When it is missing or does not start.
    pub fn openssl(&self, files: &Files, more: &[&str]) -> Result<Server> {
        let port = free_port()?;
        let mut command = Command::new("openssl");
        command
            .args([
                "s_server",
                "-quiet",
                "-accept",
                &format!("127.0.0.1:{port}"),
            ])
            .arg("-cert")
            .arg(&files.leaf)
            .arg("-cert_chain")
            .arg(&files.chain)
            .arg("-key")
            .arg(&files.key)
            .args(more);
        self.start("openssl", command, port)
            .context("hint: apt-get install openssl")
    }

    /// `gnutls-serv` with a priority string.
    ///
    /// # Errors
    /// When it is missing or does not start.
    pub fn gnutls(&self, files: &Files, priority: &str) -> Result<Server> {
        let port = free_port()?;
        let mut command = Command::new("gnutls-serv");
        command
            .args([
                "--http",
                "--port",
                &port.to_string(),
                "--priority",
                priority,
            ])
            .arg("--x509certfile")
            .arg(&files.chain)
            .arg("--x509keyfile")
            .arg(&files.key);
        self.start("gnutls-serv", command, port)
            .context("hint: apt-get install gnutls-bin")
    }

    /// nginx with one `server` block, in which `PORT` stands for the port.
    ///
    /// # Errors
    /// When it is missing or does not start.
    pub fn nginx(&self, block: &str) -> Result<Server> {
        let port = free_port()?;
        let folder = self.folder.path().join(format!("nginx-{port}"));
        std::fs::create_dir(&folder)?;
        let path = folder.display();
        let mut config = format!(
            "daemon off; pid {path}/pid; error_log {path}/log; events {{}}\nhttp {{ access_log off;\n\
             ssl_protocols TLSv1.2 TLSv1.3;\n"
        );
        for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
            writeln!(config, "{kind}_temp_path {path}/{kind};")?;
        }
        config.push_str(&block.replace("PORT", &port.to_string()));
        config.push_str("\n}\n");
        let file = folder.join("nginx.conf");
        std::fs::write(&file, config)?;
        let mut command = Command::new("nginx");
        command
            .arg("-e")
            .arg(folder.join("log"))
            .arg("-c")
            .arg(&file);
        self.start("nginx", command, port)
            .context("hint: apt-get install nginx")
    }

    /// tinyproxy; it opens tunnels to `ports` only.
    ///
    /// # Errors
    /// When it is missing or does not start.
    pub fn tinyproxy(&self, ports: &[u16]) -> Result<Server> {
        let port = free_port()?;
        let mut config = format!("Port {port}\nListen 127.0.0.1\nTimeout 20\nAllow 127.0.0.1\n");
        for port in ports {
            writeln!(config, "ConnectPort {port}")?;
        }
        let file = self.folder.path().join(format!("tinyproxy-{port}.conf"));
        std::fs::write(&file, config)?;
        let mut command = Command::new("tinyproxy");
        command.arg("-d").arg("-c").arg(&file);
        self.start("tinyproxy", command, port)
            .context("hint: apt-get install tinyproxy")
    }
}

fn issuer(name: &str) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(vec![])?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Ok(params)
}

impl Files {
    /// A `server` block of nginx with this chain, in which `PORT` stands for
    /// the port, and further directives.
    pub fn block(&self, directives: &str) -> String {
        block(&self.chain, &self.key, directives)
    }

    /// The same, without the intermediate.
    pub fn block_of_leaf(&self, directives: &str) -> String {
        block(&self.leaf, &self.key, directives)
    }
}

fn block(chain: &Path, key: &Path, directives: &str) -> String {
    format!(
        "server {{ listen 127.0.0.1:PORT ssl; ssl_certificate {}; ssl_certificate_key {}; {directives} }}",
        chain.display(),
        key.display()
    )
}

/// A server that ends with this.
#[derive(Debug)]
pub struct Server {
    process: Background,
    /// Its port on loopback.
    pub port: u16,
}

impl Server {
    /// What it printed.
    pub fn output(&self) -> String {
        self.process.output()
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
