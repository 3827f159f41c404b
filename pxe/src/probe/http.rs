//! A boot file over HTTP, asked for as UEFI HTTP Boot does: HEAD, then GET.

use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::pin::pin;
use std::time::{Duration, Instant};

use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Download, keep_head};
use crate::error::{Error, Kind, Result};

/// How long a server may be silent.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest file that is downloaded.
const LONGEST: u64 = 8 << 30;

/// Downloads a file.
///
/// # Errors
/// Names the URL, and what the server said.
pub(crate) fn fetch(url: &[u8]) -> Result<Download> {
    let subject = String::from_utf8_lossy(url).into_owned();
    let failed = |what: &str| Error::new(Kind::Peer, &subject, what);
    let uri: Uri = subject
        .parse()
        .map_err(|error| failed("this is no URL").because(error))?;
    if uri.scheme_str() != Some("http") {
        return Err(failed("only http:// is fetched here").hint("leave --download out"));
    }
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let port = uri.port_u16().unwrap_or(80);
    let server = (host, port)
        .to_socket_addrs()
        .ok()
        .and_then(|mut found| found.next())
        .ok_or_else(|| {
            failed("its host is not known here").hint("firmware asks the servers of option 6")
        })?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(Kind::System, &subject, "cannot be fetched").because(error))?;
    runtime
        .block_on(fetch_from(server, &uri))
        .map_err(|problem| match problem {
            Problem::Io(error) => failed("the HTTP server cannot be reached")
                .because(error)
                .hint("does an HTTP server listen there, and is the port open?"),
            Problem::Http(error) => failed("the transfer broke off").because(error),
            Problem::Said(what) => failed(&what).hint("the HTTP server's log says more"),
        })
}

enum Problem {
    Io(io::Error),
    Http(hyper::Error),
    Said(String),
}

impl From<hyper::Error> for Problem {
    fn from(error: hyper::Error) -> Problem {
        Problem::Http(error)
    }
}

fn silent(_: tokio::time::error::Elapsed) -> Problem {
    let seconds = PATIENCE.as_secs();
    Problem::Said(format!("the server was silent for {seconds} s"))
}

async fn fetch_from(server: SocketAddr, uri: &Uri) -> Result<Download, Problem> {
    let begin = Instant::now();
    let stream = timeout(PATIENCE, TcpStream::connect(server))
        .await
        .map_err(silent)?
        .map_err(Problem::Io)?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let mut connection = pin!(connection);
    let download = async {
        let known = ask(&mut sender, Method::HEAD, uri).await?;
        let announced = length(&known);
        sender.ready().await?;
        let answer = ask(&mut sender, Method::GET, uri).await?;
        let announced = length(&answer).or(announced);
        let mut body = pin!(answer.into_body());
        let (mut size, mut head, mut digest) = (0, Vec::new(), Sha256::new());
        loop {
            let frame = poll_fn(|context| body.as_mut().poll_frame(context));
            let Some(frame) = timeout(PATIENCE, frame).await.map_err(silent)? else {
                break;
            };
            if let Some(bytes) = frame?.data_ref() {
                size += bytes.len() as u64;
                digest.update(bytes);
                keep_head(&mut head, bytes);
            }
            if size > LONGEST {
                return Err(Problem::Said("longer than any boot file".to_owned()));
            }
        }
        if let Some(announced) = announced.filter(|announced| *announced != size) {
            return Err(Problem::Said(format!(
                "the server announced {announced} bytes and sent {size}"
            )));
        }
        let sha256 = digest.finalize();
        Ok(Download {
            size,
            sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
            head,
            agreed: None,
            took: begin.elapsed(),
        })
    };
    // The connection must be driven for the download to go on; when it ends
    // first, the download knows why.
    let mut download = pin!(download);
    tokio::select! {
        biased;
        done = &mut download => done,
        _ = &mut connection => download.await,
    }
}

async fn ask(
    sender: &mut SendRequest<String>,
    method: Method,
    uri: &Uri,
) -> Result<Response<Incoming>, Problem> {
    let said = |text: String| Problem::Said(text);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let request = Request::builder()
        .method(method.clone())
        .uri(path)
        .header("Host", host)
        .header("Accept", "*/*")
        .header("User-Agent", "UefiHttpBoot/1.0")
        .body(String::new())
        .map_err(|error| said(error.to_string()))?;
    let answer = timeout(PATIENCE, sender.send_request(request))
        .await
        .map_err(silent)??;
    if !answer.status().is_success() {
        return Err(said(format!(
            "the server answered {method} with {}",
            answer.status()
        )));
    }
    Ok(answer)
}

fn length(answer: &Response<Incoming>) -> Option<u64> {
    let value = answer.headers().get("content-length")?;
    value.to_str().ok()?.parse().ok()
}
