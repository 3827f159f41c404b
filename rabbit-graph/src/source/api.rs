//! The management API: `GET /api/definitions`.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use reqwest::blocking::Client;
use reqwest::{StatusCode, Url};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::{Access, Input, LARGEST, password};
use crate::error::{Error, Kind, Result};

const CONNECT: Duration = Duration::from_secs(10);
/// A broker with very many objects takes a while to list them.
const WHOLE: Duration = Duration::from_secs(300);

pub(super) fn definitions(source: &str, access: &Access) -> Result<Input> {
    let mut url = Url::parse(source).map_err(|error| {
        // The text may contain a password, so it is not repeated.
        Error::new(Kind::Usage, "source", "not a URL")
            .because(error)
            .hint("for example https://user@broker.example:15671")
    })?;
    if url.password().is_some() {
        return Err(Error::new(
            Kind::Usage,
            shown(&url),
            "the URL has a password, and command lines are not secret",
        )
        .hint(format!(
            "leave it out; it is asked for, or use --password-file or {}",
            super::PASSWORD_VARIABLE
        )));
    }
    let user = percent_decoded(url.username());
    let _ = url.set_username("");
    let path = url.path().trim_end_matches('/').to_owned();
    if !path.contains("/api/definitions") {
        url.set_path(&format!("{path}/api/definitions"));
        if let Some(vhost) = &access.vhost
            && let Ok(mut parts) = url.path_segments_mut()
        {
            parts.push(vhost);
        }
    }
    let subject = shown(&url);
    let client = client(&subject, access)?;
    let mut request = client.get(url.clone());
    if !user.is_empty() {
        let password = password::password(&user, access.password_file.as_deref())?;
        request = request.basic_auth(&user, Some(password));
    }
    tracing::info!("asking {subject}");
    let response = request.send().map_err(|error| {
        let error = error.without_url();
        let mut failure = Error::new(Kind::Peer, subject.clone(), "cannot be reached");
        if error.is_timeout() {
            failure = Error::new(Kind::Peer, subject.clone(), "gave no answer in time");
        }
        (failure.because(error))
            .hint("the management plugin listens on port 15672 (http) or 15671 (https)")
    })?;
    refused(&subject, response.status(), &user)?;
    let mut bytes = Vec::new();
    (response.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(|error| {
        Error::new(Kind::Peer, subject.clone(), "the answer broke off")
            .because(error)
            .hint("ask again; a proxy in between may have a limit")
    })?;
    if bytes.len() as u64 > LARGEST {
        let what = format!("the answer is larger than {} GiB", LARGEST >> 30);
        return Err(Error::new(Kind::Peer, subject, what).hint("is this a management API?"));
    }
    tracing::info!("{} bytes from {subject}", bytes.len());
    Ok(Input { subject, bytes })
}

fn refused(subject: &str, status: StatusCode, user: &str) -> Result<()> {
    let failure = |what: String| Error::new(Kind::Peer, subject, what);
    match status.as_u16() {
        200..=299 => Ok(()),
        401 if user.is_empty() => Err(failure("the API wants to know who asks (401)".into())
            .hint("put the user into the URL: https://user@host:15671")),
        401 | 403 => Err(failure(format!("the API refused `{user}` ({status})"))
            .hint("exporting definitions takes the tag `administrator`")
            .hint("the user `guest` may log in from the broker's own machine only")),
        404 => Err(failure("there is no management API here (404)".into())
            .hint("is the plugin on? `rabbitmq-plugins enable rabbitmq_management`")
            .hint("does --vhost name a virtual host that exists?")),
        _ => {
            Err(failure(format!("the API answered {status}")).hint("the broker's log may tell why"))
        }
    }
}

fn client(subject: &str, access: &Access) -> Result<Client> {
    let config = tls(access)?;
    Client::builder()
        .tls_backend_preconfigured(config)
        .connect_timeout(CONNECT)
        .timeout(WHOLE)
        // A redirect could take the password elsewhere.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("rabbit-graph/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| {
            Error::new(Kind::System, subject, "no HTTP client can be made").because(error)
        })
}

fn tls(access: &Access) -> Result<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    match &access.ca_file {
        Some(path) => {
            let bad = |what: &str| {
                Error::new(Kind::Input, path.display().to_string(), what.to_owned())
                    .hint("--ca-file names a PEM file with the certificates to trust")
            };
            let pem = std::fs::read(path).map_err(|error| bad("cannot be read").because(error))?;
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                let certificate =
                    certificate.map_err(|error| bad("not PEM").because(error.to_string()))?;
                (roots.add(certificate))
                    .map_err(|error| bad("has a broken certificate").because(error))?;
            }
            if roots.is_empty() {
                return Err(bad("has no certificate"));
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Kind::System, "TLS", "cannot be set up").because(error))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// The URL as it may be shown.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = (*first == b'%' && tail.len() >= 2)
            .then(|| std::str::from_utf8(&tail[..2]).ok())
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
