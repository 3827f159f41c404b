//! x509-limbo through real handshakes: a rustls server shows the chain with
//! the leaf's own key, and `certcheck check` judges as `certcheck verify`
//! does, save where `limbo/handshakes.txt` says why not.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod limbo {
    pub(crate) mod corpus;
}

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use limbo::corpus::{self, Case};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

#[test]
fn a_handshake_gives_the_verdict_that_the_corpus_or_an_exception_names() {
    let Some(cases) = corpus::load("a_handshake_gives_the_verdict") else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let next = AtomicUsize::new(0);
    let answers: Mutex<BTreeMap<String, (bool, String)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Some(served) = served(case) else { continue };
                    let address = runtime.block_on(serve(served));
                    let answer = check(case, address, folder.path());
                    answers.lock().unwrap().insert(case.id.clone(), answer);
                }
            });
        }
    });
    let answers = answers.into_inner().unwrap();
    corpus::say(&format!(
        "x509-limbo: {} of {} cases posed as real handshakes\n",
        answers.len(),
        cases.len()
    ));
    assert!(
        answers.len() > 150,
        "only {} cases could be posed",
        answers.len()
    );

    let mut excepted = exceptions(include_str!("limbo/exceptions.txt"));
    excepted.extend(exceptions(include_str!("limbo/handshakes.txt")));
    let mut wrong = Vec::new();
    for case in &cases {
        let Some((accepted, reason)) = answers.get(&case.id) else {
            continue;
        };
        let expected = excepted
            .get(case.id.as_str())
            .copied()
            .unwrap_or(case.valid);
        if *accepted != expected {
            wrong.push(format!("{}: accepted is {accepted} ({reason})", case.id));
        }
    }
    for id in exceptions(include_str!("limbo/handshakes.txt")).keys() {
        if !answers.contains_key(*id) {
            wrong.push(format!("{id} was not run"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn exceptions(text: &str) -> BTreeMap<&str, bool> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut words = line.splitn(3, ' ');
            let (id, what) = (words.next().unwrap(), words.next().unwrap());
            assert!(words.next().is_some(), "{id} has no reason");
            (id, what == "accepts")
        })
        .collect()
}

/// What the server shows, when the case comes with a key that can sign.
fn served(case: &Case) -> Option<Arc<CertifiedKey>> {
    if case.unposable().is_some() {
        return None;
    }
    let key = PrivateKeyDer::from_pem_slice(case.key.as_ref()?.as_bytes()).ok()?;
    let key = aws_lc_rs::default_provider()
        .key_provider
        .load_private_key(key)
        .ok()?;
    let chain = std::iter::once(&case.leaf)
        .chain(&case.intermediates)
        .map(|pem| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
        .collect();
    // A chain is served as it is, however broken.
    Some(Arc::new(CertifiedKey::new(chain, key)))
}

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

async fn serve(shown: Arc<CertifiedKey>) -> SocketAddr {
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Always(shown)));
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).await;
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                    .await;
                let _ = stream.shutdown().await;
            }
        }
    });
    address
}

/// Whether certcheck accepts the server, and its reason if not.
fn check(case: &Case, address: SocketAddr, folder: &std::path::Path) -> (bool, String) {
    let files = case.write(folder);
    let target = if case.name.contains(':') {
        format!("[{}]", case.name)
    } else {
        case.name.clone()
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_certcheck"));
    command
        .env_remove("HTTPS_PROXY")
        .args(["check", "--json", "--warn", "0d", "--crit", "0d"])
        .args(["--at", &case.time, "--connect-to", &address.to_string()])
        .arg("--ca-file")
        .arg(&files.roots)
        .arg(target);
    if let Some(crls) = &files.crls {
        command.arg("--crl").arg(crls);
    }
    let output = command.output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    match output.status.code() {
        Some(0) => (true, String::new()),
        Some(1 | 2) => {
            let parsed: serde_json::Value = serde_json::from_str(&stdout).unwrap();
            (false, parsed["findings"][0]["message"].to_string())
        }
        other => panic!("{}: exit status {other:?}: {stdout}", case.id),
    }
}
