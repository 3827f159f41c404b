//! The status by HTTP: for whom, under which name, and with which words to
//! the browser.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use super::body::Content;
use super::empty;
use crate::log::Log;
use crate::status::{self, Page};
use crate::sys::clock::unix_millis;

/// However many look, the clients' book is opened this often.
const FRESH: Duration = Duration::from_millis(500);
/// The page loads what this server has, and nothing else; nobody puts it into
/// a frame. Should a client's text ever become markup, it still could not run.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The status, and who may see it.
#[derive(Debug)]
pub(crate) struct Gate {
    /// First and last address of each network; this machine may always.
    from: Vec<(Ipv4Addr, Ipv4Addr)>,
    /// Addresses lent now, where addresses are given.
    lent: Option<Arc<AtomicUsize>>,
    recent: Mutex<Option<(Instant, Bytes)>>,
}

impl Gate {
    /// For this machine and those networks.
    pub(crate) fn new(from: Vec<(Ipv4Addr, Ipv4Addr)>, lent: Option<Arc<AtomicUsize>>) -> Gate {
        Gate {
            from,
            lent,
            recent: Mutex::default(),
        }
    }

    fn admits(&self, client: IpAddr) -> bool {
        client.is_loopback()
            || matches!(client, IpAddr::V4(client) if self
                .from
                .iter()
                .any(|(first, last)| (*first..=*last).contains(&client)))
    }

    /// Answers a request that is for the status; nothing when it is for a
    /// boot file.
    pub(super) fn answer(
        &self,
        log: &Log,
        request: &Request<Incoming>,
        client: IpAddr,
    ) -> Option<Response<Content>> {
        let page = status::asked(request.uri().path(), request.uri().query())?;
        if !self.admits(client) {
            let text = "the status is for this machine alone; `[http] status-from` lists others\n";
            return Some(words(StatusCode::FORBIDDEN, text));
        }
        if !names_an_address(request) {
            // A page of somebody else's whose name was made to lead here
            // (DNS rebinding) must not read it in the visitor's browser.
            let text = "the status is had by an address, such as http://127.0.0.1/status\n";
            return Some(words(StatusCode::MISDIRECTED_REQUEST, text));
        }
        if ![Method::GET, Method::HEAD].contains(request.method()) {
            let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
            let allowed = HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(ALLOW, allowed);
            return Some(response);
        }
        let (code, body) = self.body(log, page);
        let mut response = bytes(code, body);
        let headers = response.headers_mut();
        for (name, value) in [
            (CONTENT_TYPE, page.content_type()),
            (CACHE_CONTROL, "no-store"),
            (HeaderName::from_static("content-security-policy"), POLICY),
            (HeaderName::from_static("x-content-type-options"), "nosniff"),
            (HeaderName::from_static("referrer-policy"), "no-referrer"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        Some(response)
    }

    fn body(&self, log: &Log, page: Page) -> (StatusCode, Bytes) {
        let now = unix_millis();
        let text = match page {
            Page::Fixed(asset) => {
                return (StatusCode::OK, Bytes::from_static(asset.content.as_bytes()));
            }
            Page::Snapshot => return (StatusCode::OK, self.snapshot(log)),
            Page::Metrics => {
                let lent = self.lent.as_ref().map(|lent| lent.load(Ordering::Relaxed));
                status::metrics(&log.timeline.counts(now), lent)
            }
            Page::Client(id) => match log.timeline.detail(id, now) {
                Some(detail) => status::detail(&detail).to_string(),
                None => return (StatusCode::NOT_FOUND, Bytes::from_static(b"{}")),
            },
            Page::Unknown => return (StatusCode::NOT_FOUND, Bytes::from_static(b"{}")),
        };
        (StatusCode::OK, text.into())
    }

    fn snapshot(&self, log: &Log) -> Bytes {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made, bytes)) = &*recent
            && made.elapsed() < FRESH
        {
            return bytes.clone();
        }
        let snapshot = log.timeline.snapshot(unix_millis());
        let bytes = Bytes::from(status::snapshot(&snapshot).to_string());
        *recent = Some((Instant::now(), bytes.clone()));
        bytes
    }
}

/// Whether the request was made to an address, or to this machine's own name.
fn names_an_address(request: &Request<Incoming>) -> bool {
    let host = request.headers().get(HOST).map(HeaderValue::as_bytes);
    let Some(host) = host.and_then(|host| std::str::from_utf8(host).ok()) else {
        // HTTP/1.0, which no browser speaks.
        return request.headers().get(HOST).is_none();
    };
    let name = match host.strip_prefix('[') {
        Some(rest) => return rest.contains(']'),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse::<Ipv4Addr>().is_ok()
}

fn words(status: StatusCode, text: &'static str) -> Response<Content> {
    let mut response = bytes(status, Bytes::from_static(text.as_bytes()));
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

fn bytes(status: StatusCode, body: Bytes) -> Response<Content> {
    let mut response = Response::new(Content::Bytes(Some(body)));
    *response.status_mut() = status;
    response
}
