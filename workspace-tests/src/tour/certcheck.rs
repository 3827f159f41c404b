//! Five HTTPS servers in this process, one good and four each broken in one
//! way; certcheck tells them apart.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use super::{Stage, Step, expect_part};

pub(super) const STEP: Step = Step {
    tool: "certcheck",
    title: "tells a good HTTPS server from four bad ones, and says why",
    run,
};

fn run(stage: &mut Stage) -> Result<()> {
    let root = authority("Tour Root")?;
    let stranger = authority("Unknown Root")?;
    let ca = stage.write("root.pem", root.pem())?;
    let ca = ca.to_string_lossy().into_owned();
    let servers = Servers::new()?;

    let good = servers.start(&leaf(&["localhost"], "tour")?, &root, false)?;
    let mut expired = leaf(&["localhost"], "tour")?;
    expired.not_after = rcgen::date_time_ymd(2024, 2, 29);
    let expired = servers.start(&expired, &root, false)?;
    let wrong_name = servers.start(&leaf(&["www.example.org"], "tour")?, &root, false)?;
    let unknown_root = servers.start(&leaf(&["localhost"], "tour")?, &stranger, true)?;
    let only_common_name = servers.start(&leaf(&[], "localhost")?, &root, false)?;
    stage.hold(servers);

    stage.say("A good server, its root given with --ca-file:");
    let checked = stage.run(
        "certcheck",
        &[
            "check",
            "--ca-file",
            &ca,
            &format!("localhost:{}", good.port()),
        ],
        &[],
        0,
    )?;
    expect_part(&checked.stdout, "ok ")?;
    expect_part(&checked.stdout, "HTTP 200")?;

    stage.say("Four bad ones in a list, and the good one again under a name it does not have:");
    let list = format!(
        "localhost:{}  # expired\n\
         localhost:{}  # for another name\n\
         localhost:{}  # from a root that nobody trusts\n\
         localhost:{}  # the name in the common name alone\n\
         other.example --connect-to 127.0.0.1:{}\n",
        expired.port(),
        wrong_name.port(),
        unknown_root.port(),
        only_common_name.port(),
        good.port(),
    );
    let list = stage.write("hosts.txt", list)?;
    let list = list.to_string_lossy().into_owned();
    let args = ["check", "--ca-file", &ca, "-f", &list];
    let checked = stage.run("certcheck", &args, &[], 1)?;
    for part in [
        "expired: the certificate CN=tour expired",
        "name-mismatch: the certificate is for www.example.org, not for localhost",
        "untrusted-root: the chain ends in CN=Unknown Root",
        "name-only-in-cn: localhost stands only in the common name",
        "name-mismatch: the certificate is for localhost, not for other.example",
    ] {
        expect_part(&checked.stdout, part)?;
    }

    stage.say("The same for programs; an invalid certificate is measured too:");
    let args = [
        "check",
        "--ca-file",
        &ca,
        "--json",
        &format!("localhost:{}", expired.port()),
    ];
    let checked = stage.run("certcheck", &args, &[], 1)?;
    let peer: serde_json::Value = serde_json::from_str(&checked.stdout)?;
    ensure!(peer["reason"] == "expired", "{peer}");
    ensure!(
        peer["expiry"]["not_after"] == "2024-02-29T00:00:00Z",
        "{peer}"
    );
    ensure!(peer["tls"]["version"] == "TLSv1.3", "{peer}");
    Ok(())
}

fn authority(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>> {
    let mut params = leaf(&[], name)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

fn leaf(names: &[&str], common_name: &str) -> Result<CertificateParams> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.not_before = rcgen::date_time_ymd(2023, 1, 1);
    params.not_after = rcgen::date_time_ymd(2045, 1, 1);
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    Ok(params)
}

/// Servers on loopback that end with this.
#[derive(Debug)]
struct Servers {
    runtime: Runtime,
}

impl Servers {
    fn new() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        Ok(Servers { runtime })
    }

    /// Issues the certificate and serves it.
    fn start(
        &self,
        params: &CertificateParams,
        issuer: &CertifiedIssuer<'static, KeyPair>,
        with_root: bool,
    ) -> Result<SocketAddr> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, issuer)?;
        let mut chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        if with_root {
            chain.push(issuer.der().clone());
        }
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        let listener = self
            .runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .context("no port on loopback")?;
        let address = listener.local_addr()?;
        self.runtime
            .spawn(serve(listener, TlsAcceptor::from(Arc::new(config))));
        Ok(address)
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            // A client that refuses the certificate ends the handshake.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                return;
            };
            let mut request = [0; 1024];
            if stream.read(&mut request).await.is_ok() {
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                let _ = stream.write_all(answer).await;
                let _ = stream.shutdown().await;
            }
        });
    }
}
