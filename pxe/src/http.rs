//! Boot files over HTTP, read only: for UEFI HTTP Boot and for what iPXE
//! chains to. The same path policy and root handle as TFTP.

mod body;
mod gate;
mod range;

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::header::{
    ACCEPT_RANGES, ALLOW, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, IF_RANGE, RANGE,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::Semaphore;

use crate::log::Log;
use crate::sys::clock::unix_millis;
use crate::sys::root::Root;
use crate::sys::runtime::{Rounds, place};
use crate::sys::stop::Stop;
use crate::tftp::admission::{Admission, Bounds};
use crate::tftp::path::{Refused, RootPath};
use crate::timeline::Way;

use body::{Content, Piecewise, Sending};
pub(crate) use gate::Gate;
pub use range::{Wanted, wanted};

/// Connections at once, of one client and in all.
const BOUNDS: Bounds = Bounds {
    per_client: 32,
    in_all: 512,
};
/// Time for a client to say what it wants.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// Time for one connection with all its requests.
const CONNECTION_TIME: Duration = Duration::from_secs(3600);
/// How long nobody new is let in when the system cannot.
const PAUSE: Duration = Duration::from_secs(1);

/// What is served.
#[derive(Debug)]
pub(crate) struct Site {
    /// The folder of boot files.
    pub root: Root,
    /// Who is behind an address, and how its boot goes.
    pub log: Arc<Log>,
    /// The status, where it is to be seen.
    pub status: Option<Gate>,
}

/// What the server waits on. Opened before the first client is let in: the
/// transfers of the others could take the last descriptor.
#[derive(Debug)]
pub(crate) struct Waiting {
    rounds: Rounds,
    listener: tokio::net::TcpListener,
}

impl Waiting {
    /// For a listener.
    ///
    /// # Errors
    /// When there is no descriptor left.
    pub(crate) fn open(listener: TcpListener, stop: &Stop) -> io::Result<Waiting> {
        listener.set_nonblocking(true)?;
        let rounds = Rounds::open(&listener, stop)?;
        let listener = {
            let _within = rounds.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        Ok(Waiting { rounds, listener })
    }
}

/// Serves until told to stop.
///
/// # Errors
/// When the listener cannot be used.
pub(crate) fn run(waiting: Waiting, site: Site) -> io::Result<()> {
    let Waiting { rounds, listener } = waiting;
    rounds.run(async |told| {
        let site = Arc::new(site);
        let admission = Arc::new(Mutex::new(Admission::default()));
        let places = Arc::new(Semaphore::new(BOUNDS.in_all as usize));
        loop {
            // A place first: what cannot be served waits in the backlog.
            let Some(place) = place(&places, told).await else {
                return Ok(());
            };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = told.readable() => return Ok(()),
            };
            let (stream, client) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of descriptors, most likely. The connection stays in
                    // the backlog, so to try again at once is to turn in a
                    // circle; in a moment others may have ended.
                    tracing::error!(target: "pxe::http", "no new connections for a second: {error}");
                    let stopped = tokio::time::timeout(PAUSE, told.readable()).await;
                    if stopped.is_ok() {
                        return Ok(());
                    }
                    continue;
                }
            };
            let Some(ticket) = Ticket::enter(&admission, client.ip()) else {
                continue;
            };
            let site = Arc::clone(&site);
            tokio::spawn(async move {
                let _place = place;
                let _ticket = ticket;
                let service = service_fn(|request| {
                    let response = answer(&site, &request, client);
                    async move { Ok::<_, Infallible>(response) }
                });
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEADER_TIME)
                    .max_buf_size(16 * 1024)
                    .serve_connection(TokioIo::new(stream), service);
                // How a connection ends is the client's business.
                let _ = tokio::time::timeout(CONNECTION_TIME, connection).await;
            });
        }
    })
}

/// A place among the connections of a client.
struct Ticket {
    admission: Arc<Mutex<Admission>>,
    client: IpAddr,
}

impl Ticket {
    fn enter(admission: &Arc<Mutex<Admission>>, client: IpAddr) -> Option<Ticket> {
        let entered = admission
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .enter(client, BOUNDS);
        entered.then(|| Ticket {
            admission: Arc::clone(admission),
            client,
        })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.admission
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .leave(self.client);
    }
}

fn answer(site: &Site, request: &Request<Incoming>, client: SocketAddr) -> Response<Content> {
    let log = &site.log;
    let status = site.status.as_ref();
    if let Some(response) = status.and_then(|gate| gate.answer(log, request, client.ip())) {
        // Who looks is no client; but who may not is worth a line.
        if !response.status().is_success() && log.refusals.admit(Instant::now()) {
            tracing::info!(
                target: "pxe::http",
                address = %client.ip(), asked = %request.method(), file = %request.uri().path(),
                status = response.status().as_u16(),
                "no status"
            );
        }
        return response;
    }
    let mut response = respond(&site.root, request);
    note(site, request, client, &mut response);
    if response.status().is_success() || log.refusals.admit(Instant::now()) {
        let who = log.machines.at(client.ip());
        tracing::info!(
            target: "pxe::http",
            mac = %who.mac, address = %client.ip(), arch = %who.arch,
            asked = %request.method(), file = %request.uri().path(), rule = who.rule,
            status = response.status().as_u16(),
            bytes = response.body().left(),
            "answered"
        );
    }
    response
}

/// The step in its client's timeline.
fn note(
    site: &Site,
    request: &Request<Incoming>,
    client: SocketAddr,
    response: &mut Response<Content>,
) {
    let IpAddr::V4(address) = client.ip() else {
        return;
    };
    let (file, status) = (request.uri().path(), response.status());
    if status.is_success() {
        // HEAD only asks how long it is.
        if request.method() == Method::GET {
            let sending = Sending::new(&site.log, address, file, response.body().left());
            response.body_mut().tell(sending);
        }
    } else {
        let why = status.canonical_reason().unwrap_or_default();
        let timeline = &site.log.timeline;
        timeline.refused(
            address,
            Way::Http,
            file,
            status.as_u16(),
            why,
            unix_millis(),
        );
    }
}

fn respond(root: &Root, request: &Request<Incoming>) -> Response<Content> {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
        response
            .headers_mut()
            .insert(ALLOW, hyper::header::HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let Some(name) = decoded(request.uri().path()) else {
        return empty(StatusCode::BAD_REQUEST);
    };
    let path = match RootPath::from_wire(&name) {
        Ok(path) => path,
        Err(Refused::Upward) => return empty(StatusCode::FORBIDDEN),
        Err(_) => return empty(StatusCode::NOT_FOUND),
    };
    let opened = root.file(path.components()).and_then(|file| {
        let size = file.metadata()?.len();
        Ok((file, size))
    });
    let (file, size) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            return empty(match error.kind() {
                io::ErrorKind::NotFound
                | io::ErrorKind::NotADirectory
                | io::ErrorKind::IsADirectory => StatusCode::NOT_FOUND,
                io::ErrorKind::PermissionDenied => StatusCode::FORBIDDEN,
                _ => StatusCode::SERVICE_UNAVAILABLE,
            });
        }
    };
    // A condition on the range that cannot be checked: the whole file is
    // always right (RFC 9110 §13.1.5).
    let header = request
        .headers()
        .get(RANGE)
        .filter(|_| !request.headers().contains_key(IF_RANGE));
    let wanted = wanted(header.map(hyper::header::HeaderValue::as_bytes), size);
    let (status, first, len, content_range) = match wanted {
        Wanted::All => (StatusCode::OK, 0, size, None),
        Wanted::Part { first, last } => (
            StatusCode::PARTIAL_CONTENT,
            first,
            last - first + 1,
            Some(format!("bytes {first}-{last}/{size}")),
        ),
        Wanted::Beyond => {
            let mut response = empty(StatusCode::RANGE_NOT_SATISFIABLE);
            if let Ok(value) = format!("bytes */{size}").parse() {
                response.headers_mut().insert(CONTENT_RANGE, value);
            }
            return response;
        }
    };
    let left = if request.method() == Method::HEAD {
        0
    } else {
        len
    };
    let mut response = Response::new(Content::File(Piecewise::new(file, first, left)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, len.into());
    headers.insert(
        ACCEPT_RANGES,
        hyper::header::HeaderValue::from_static("bytes"),
    );
    headers.insert(
        CONTENT_TYPE,
        hyper::header::HeaderValue::from_static(content_type(&path)),
    );
    if let Some(value) = content_range.and_then(|text| text.parse().ok()) {
        headers.insert(CONTENT_RANGE, value);
    }
    response
}

fn empty(status: StatusCode) -> Response<Content> {
    let mut response = Response::new(Content::Bytes(None));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_LENGTH, 0.into());
    response
}

/// UEFI tells a boot program from a disk image by type or ending.
fn content_type(path: &RootPath) -> &'static str {
    let name = path
        .components()
        .last()
        .map(|name| name.to_ascii_lowercase())
        .unwrap_or_default();
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("efi") => "application/efi",
        Some("iso") => "application/vnd.efi-iso",
        Some("img") => "application/vnd.efi-img",
        Some("ipxe" | "cfg" | "txt") => "text/plain",
        _ => "application/octet-stream",
    }
}

/// `%5c` and its like as bytes.
pub fn decoded(path: &str) -> Option<Vec<u8>> {
    let mut bytes = path.bytes();
    let mut decoded = Vec::with_capacity(path.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        let value = digit()? * 16 + digit()?;
        decoded.push(u8::try_from(value).ok()?);
    }
    Some(decoded)
}
