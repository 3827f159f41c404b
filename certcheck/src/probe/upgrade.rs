//! TLS without HTTP: services that are TLS from the first byte, and protocols
//! that upgrade with STARTTLS. The same configuration, the same verifier.

use std::io;
use std::sync::Arc;

use rustls::Error as TlsError;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::https::is_end;
use super::tls::{Manner, configuration, hello_name};
use super::{Route, Settings, phase, tunnel};
use crate::diagnosis::{Failure, Phase};
use crate::starttls;
use crate::target::Target;
use crate::verifier::Record;

/// Whether the target is checked without HTTP.
pub(super) fn applies(target: &Target) -> bool {
    target.options.starttls.is_some() || target.options.tls_only == Some(true)
}

/// Dials, upgrades if asked to, and ends after the handshake.
pub(super) async fn handshake(
    target: &Target,
    route: Route,
    settings: &Settings,
    record: &Record,
) -> Result<(), Failure> {
    let mut stream = match (route, &settings.proxy) {
        (Route::Direct(address), _) => {
            TcpStream::connect(address)
                .await
                .map_err(|error| Failure::Connect {
                    address: Some(address),
                    kind: error.kind(),
                    text: error.to_string(),
                })?
        }
        (Route::Proxied, Some(proxy)) => {
            tunnel::open(proxy, &target.dialled(), &settings.resolver).await?
        }
        (Route::Proxied, None) => return Err(Failure::Proxy("there is none".into())),
    };
    if let Some(protocol) = target.options.starttls {
        record.dialogue_begun();
        starttls::upgrade(&mut stream, protocol, target.expected_name())
            .await
            .map_err(|error| match error.kind() {
                kind if is_end(kind) => Failure::Closed(Phase::StartTls),
                _ => Failure::StartTls(error.to_string()),
            })?;
    }
    let manner = Manner::of(target);
    let config = settings.configurations.get_or_make(manner, || {
        configuration(manner, &settings.tls).map(Arc::new)
    })?;
    let connector = TlsConnector::from(config);
    let mut stream = connector
        .connect(hello_name(target).server_name(), stream)
        .await
        .map_err(|error| failure(&error, record))?;
    // Say goodbye (RFC 8446 section 6.1); the answer is not waited for.
    let _ = stream.shutdown().await;
    Ok(())
}

fn failure(error: &io::Error, record: &Record) -> Failure {
    if let Some(tls) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<TlsError>())
    {
        return Failure::Tls(tls.clone());
    }
    if is_end(error.kind()) {
        return Failure::Closed(phase(&record.snapshot()));
    }
    Failure::Tls(TlsError::General(error.to_string()))
}
