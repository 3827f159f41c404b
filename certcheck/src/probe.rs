//! Gathers evidence from one address: opens the connection, speaks TLS, asks
//! with HEAD. It judges nothing; the verifier inside TLS does.

mod https;
mod plain;
mod proxy;
mod resolve;
mod tls;
mod upgrade;

pub use proxy::{NoProxy, Proxy};
pub use resolve::{Family, resolve};
pub use tls::{ClientAuth, TlsSettings, trusting_nobody};

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::diagnosis::{Failure, Phase};
use crate::outcome::Answer;
use crate::target::Target;
use crate::verifier::{Record, Recorded, Trust};

/// What holds for every probe of a run.
#[derive(Debug)]
pub struct Settings {
    /// Who is trusted.
    pub trust: Arc<Trust>,
    /// How TLS is spoken.
    pub tls: TlsSettings,
    /// Which addresses are used.
    pub family: Family,
    /// The way through a proxy.
    pub proxy: Option<Proxy>,
}

/// What one probe saw.
#[derive(Debug)]
pub struct Evidence {
    /// Where the connection went; nothing when a proxy made it.
    pub address: Option<SocketAddr>,
    /// What TLS showed.
    pub recorded: Recorded,
    /// The HTTP answer, or how far it came.
    pub answer: Result<Option<Answer>, Failure>,
}

/// Where a probe goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// To this address.
    Direct(SocketAddr),
    /// Through the proxy of the settings.
    Proxied,
}

/// Probes one target at one address until `deadline`; `allowed` is what the
/// user gave for the whole check, for the message.
pub async fn probe(
    target: &Target,
    route: Route,
    settings: &Settings,
    deadline: Instant,
    allowed: Duration,
) -> Evidence {
    let record = Arc::new(Record::default());
    let talk = Arc::clone(&record);
    let conversation = tls::recording_into(Arc::clone(&record), async move {
        match route {
            Route::Direct(address) if upgrade::applies(target) => {
                upgrade::handshake(target, address, settings, &talk)
                    .await
                    .map(|()| None)
            }
            route => https::head(target, route, settings, &talk).await.map(Some),
        }
    });
    let answer = match timeout_at(deadline, conversation).await {
        Ok(answer) => answer,
        Err(_) => Err(Failure::Timeout {
            phase: phase(&record.snapshot()),
            seconds: allowed.as_secs(),
        }),
    };
    let recorded = record.snapshot();
    let address = match route {
        Route::Direct(address) => Some(address),
        Route::Proxied => None,
    };
    let answer = match (answer, address) {
        (Err(failure), Some(address)) if plain::may_be_plain(&failure, &recorded, target) => {
            // The remaining time bounds this too.
            let spoken = timeout_at(deadline, plain::ask(address)).await;
            match spoken {
                Ok(Some(protocol)) => Err(Failure::Plain(protocol)),
                _ => Err(failure),
            }
        }
        (answer, _) => answer,
    };
    Evidence {
        address,
        recorded,
        answer,
    }
}

/// How far a connection had come.
fn phase(recorded: &Recorded) -> Phase {
    if !recorded.hello_made {
        Phase::Connecting
    } else if matches!(recorded.verdict, Some(Ok(_))) {
        Phase::Answer
    } else {
        Phase::Handshake
    }
}
