//! Gathers evidence from one address: opens the connection, speaks TLS, asks
//! with HEAD. It judges nothing; the verifier inside TLS does.

mod conversation;
mod https;
mod made;
pub mod plain;
mod proxy;
mod resolve;
mod suites;
mod tls;
pub mod tunnel;
mod upgrade;

pub use proxy::{NoProxy, Proxy};
pub use resolve::{Family, Resolver};
pub use tls::{ClientAuth, TlsSettings, trusting_nobody};

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use tokio::time::{Instant, timeout_at};

use self::conversation::Conversation;
use self::made::Made;
use self::tls::Manner;
use crate::diagnosis::{Failure, Phase};
use crate::outcome::Answer;
use crate::target::Target;
use crate::verifier::{Record, Recorded, RecordingVerifier, Trust};

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
    /// Names and their addresses.
    pub resolver: Resolver,
    configurations: Made<Manner, Arc<ClientConfig>>,
    clients: Made<(Manner, bool), reqwest::Client>,
}

impl Settings {
    /// Nothing is opened or made yet.
    pub fn new(trust: Arc<Trust>, tls: TlsSettings, family: Family, proxy: Option<Proxy>) -> Self {
        Settings {
            trust,
            tls,
            family,
            proxy,
            resolver: Resolver::default(),
            configurations: Made::default(),
            clients: Made::default(),
        }
    }
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
    let address = match route {
        Route::Direct(address) => Some(address),
        Route::Proxied => None,
    };
    let record = Arc::new(Record::default());
    let conversation = Conversation {
        verifier: RecordingVerifier::new(
            Arc::clone(&settings.trust),
            target.expected_name().server_name(),
            Arc::clone(&record),
        ),
        record: Arc::clone(&record),
        address,
    };
    let conversation = conversation.run(async {
        if upgrade::applies(target) {
            let done = upgrade::handshake(target, route, settings, &record).await;
            done.map(|()| None)
        } else {
            let answer = https::head(target, route, settings, &record).await;
            answer.map(Some)
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
        if recorded.dialogue_begun {
            Phase::StartTls
        } else {
            Phase::Connecting
        }
    } else if matches!(recorded.verdict, Some(Ok(_))) {
        Phase::Answer
    } else {
        Phase::Handshake
    }
}
