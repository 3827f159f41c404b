//! HTTPS by reqwest over rustls: a real request, HEAD, one hop.

use std::error::Error as StdError;
use std::io;

use reqwest::header::{HOST, HeaderValue, LOCATION};
use reqwest::{Client, Url};
use rustls::{ClientConfig, Error as TlsError};

use super::conversation::CurrentAddress;
use super::tls::{Manner, configuration, hello_name};
use super::{Proxy, Route, Settings, phase};
use crate::diagnosis::Failure;
use crate::outcome::Answer;
use crate::target::{Sni, Target};
use crate::verifier::Record;

/// Sends HEAD and gives the head of the answer.
pub(super) async fn head(
    target: &Target,
    route: Route,
    settings: &Settings,
    record: &Record,
) -> Result<Answer, Failure> {
    let manner = Manner::of(target);
    let proxy = settings.proxy.as_ref().filter(|_| route == Route::Proxied);
    let client = settings
        .clients
        .get_or_make((manner, proxy.is_some()), || {
            client(configuration(manner, &settings.tls)?, proxy)
        })?;
    // The URL says where reqwest dials and what the ClientHello carries; the
    // identity that counts is in the verifier, the site in the Host header.
    let hello = hello_name(target);
    let (host, port) = match route {
        // reqwest resolves no address, so it is dialled as it is.
        Route::Direct(address) if hello.address().is_some() => {
            (socket_host(address), address.port())
        }
        Route::Direct(address) => (hello.in_url(), address.port()),
        Route::Proxied => (hello.in_url(), target.port),
    };
    let url = Url::parse(&format!("https://{host}:{port}{}", target.path))
        .map_err(|error| Failure::Http(format!("the URL cannot be used: {error}")))?;
    let mut request = client.head(url);
    let dialled_as_written = target.options.connect_to.is_none()
        && target.options.sni == Sni::Host
        && target.host.address().is_none();
    if !dialled_as_written && let Ok(site) = HeaderValue::from_str(&site(target)) {
        request = request.header(HOST, site);
    }
    let response = request
        .send()
        .await
        .map_err(|error| failure(error.without_url(), route, record))?;
    Ok(Answer {
        status: response.status().as_u16(),
        location: response
            .headers()
            .get(LOCATION)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
    })
}

/// A client for every probe of a manner. Without a pool each request has a
/// connection of its own, made in its task.
fn client(mut config: ClientConfig, proxy: Option<&Proxy>) -> Result<Client, Failure> {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let builder = Client::builder()
        .tls_backend_preconfigured(config)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .https_only(true)
        .http1_only()
        .pool_max_idle_per_host(0)
        .no_proxy()
        .user_agent(concat!("certcheck/", env!("CARGO_PKG_VERSION")));
    let builder = match proxy {
        None => builder.dns_resolver(CurrentAddress),
        // The proxy resolves the names of targets, the system that of the proxy.
        Some(proxy) => builder.proxy(
            reqwest::Proxy::all(proxy.url())
                .map_err(|error| Failure::Proxy(words(&error.without_url())))?,
        ),
    };
    builder
        .build()
        .map_err(|error| Failure::Http(words(&error)))
}

/// What the Host header says (RFC 9110 section 7.2).
fn site(target: &Target) -> String {
    if target.port == 443 {
        target.host.in_url()
    } else {
        target.authority()
    }
}

fn socket_host(address: std::net::SocketAddr) -> String {
    match address {
        std::net::SocketAddr::V4(v4) => v4.ip().to_string(),
        std::net::SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
    }
}

/// What a failed request means.
fn failure(error: reqwest::Error, route: Route, record: &Record) -> Failure {
    let recorded = record.snapshot();
    if let Some(tls) = find::<TlsError>(&error) {
        return Failure::Tls(tls.clone());
    }
    if let Some(system) = innermost_io(&error) {
        if !recorded.hello_made && route != Route::Proxied {
            return Failure::Connect {
                address: match route {
                    Route::Direct(address) => Some(address),
                    Route::Proxied => None,
                },
                kind: system.kind(),
                text: system.to_string(),
            };
        }
        if recorded.hello_made && is_end(system.kind()) {
            return Failure::Closed(phase(&recorded));
        }
    }
    if !recorded.hello_made {
        return Failure::Proxy(words(&error));
    }
    // hyper reports a connection that ends before the answer as its own kind.
    let words = words(&error);
    if words.contains("connection closed before message completed") {
        return Failure::Closed(phase(&recorded));
    }
    if matches!(recorded.verdict, Some(Ok(_))) {
        Failure::Http(words)
    } else {
        Failure::Tls(TlsError::General(words))
    }
}

pub(super) fn is_end(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
    )
}

/// The deepest error of the system: those above it only wrap it.
fn innermost_io<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a io::Error> {
    let mut found = find::<io::Error>(error)?;
    loop {
        let inner: Option<&io::Error> = match found.get_ref() {
            Some(inner) => find::<io::Error>(inner),
            None => None,
        };
        match inner {
            Some(inner) => found = inner,
            None => return Some(found),
        }
    }
}

/// The first error of a type among the causes, also inside `io::Error`, which
/// does not count its content among its sources.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<T>() {
            return Some(found);
        }
        if let Some(inner) = current
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            && let Some(found) = find::<T>(inner)
        {
            return Some(found);
        }
        next = current.source();
    }
    None
}

/// The innermost cause, which is the one that says something.
fn words(error: &(dyn StdError + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
