//! The servers of one case: each on a port of its own, on loopback, for as
//! long as the command runs.
//!
//! A server writes down how each connection ended and judges nothing.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustls::ServerConfig;

use self::actor::Actor;
use super::cases::{Case, Host, Play, Recipe};
use super::legacy::Version;
use super::pki::{Names, Pki};
use super::verdict::{Seen, Stage};
use crate::error::{Error, Kind, Result};

mod actor;
mod tls;

/// More connections than this in one case are closed at once.
const MOST_CONNECTIONS: usize = 64;
/// How long connections may linger after the command has ended.
const GRACE: Duration = Duration::from_secs(2);

/// The servers of a case while they are up.
#[derive(Debug)]
pub(crate) struct Stand {
    /// What the command is told to connect to.
    pub host: String,
    /// The port of the first server.
    pub port: u16,
    log: Arc<Log>,
    servers: Vec<Server>,
}

#[derive(Debug)]
struct Server {
    address: SocketAddr,
    thread: JoinHandle<()>,
}

/// What the threads of a case share.
#[derive(Debug, Default)]
struct Log {
    closing: AtomicBool,
    entries: Mutex<Entries>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct Entries {
    accepted: usize,
    active: usize,
    seen: Vec<(SocketAddr, Seen)>,
    /// To cut off what outlives the command.
    streams: HashMap<SocketAddr, TcpStream>,
}

impl Log {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether this case can be posed with these names.
pub(crate) fn host_of(case: &Case, names: &Names) -> Option<String> {
    let needs_domain = matches!(
        case.play,
        Play::Tls(
            Recipe::Wildcard
                | Recipe::PartialWildcard
                | Recipe::MiddleWildcard
                | Recipe::PublicSuffixWildcard
        )
    );
    if needs_domain && names.domain.is_none() {
        return None;
    }
    match case.host {
        Host::Name => Some(names.host.clone()),
        Host::Address => Some(Ipv4Addr::LOCALHOST.to_string()),
        Host::Apex => names.domain.clone(),
        Host::Deep => names.deep(),
    }
}

impl Stand {
    /// Starts the servers of a case; `limit` bounds every connection.
    ///
    /// # Errors
    /// When a port or a certificate cannot be had.
    pub(crate) fn open(
        case: &Case,
        pki: &Pki,
        names: &Names,
        host: String,
        limit: Duration,
    ) -> Result<Self> {
        let log = Arc::new(Log::default());
        let mut servers = Vec::new();
        let domain = names.domain.as_deref();
        let tls = |recipe| -> Result<Arc<ServerConfig>> {
            tls::config(tls::Certificates::Always(
                pki.identity(recipe, &host, domain)?,
            ))
        };
        let mut start = |stage, actor| -> Result<SocketAddr> {
            let server = Server::start(actor, stage, &log, limit)?;
            let address = server.address;
            servers.push(server);
            Ok(address)
        };
        let first = match case.play {
            Play::Tls(recipe) => start(Stage::Judged, Actor::Tls(tls(recipe)?))?,
            Play::NeedsSni(recipe) => {
                let config = tls::config(tls::Certificates::Named {
                    name: host.clone(),
                    named: pki.identity(recipe, &host, domain)?,
                    otherwise: pki.identity(Recipe::OtherHost, &host, domain)?,
                })?;
                start(Stage::Judged, Actor::Tls(config))?
            }
            Play::RightBehind(recipe) => {
                let mut identity = pki.identity(recipe, &host, domain)?;
                let right = pki.identity(Recipe::Good, &host, domain)?;
                identity.chain.extend(right.chain.into_iter().next());
                let config = tls::config(tls::Certificates::Always(identity))?;
                start(Stage::Judged, Actor::Tls(config))?
            }
            Play::Tls10 | Play::Tls11 => {
                let version = match case.play {
                    Play::Tls10 => Version::Tls10,
                    _ => Version::Tls11,
                };
                let (chain, key) = pki.rsa_identity(&host)?;
                start(Stage::Judged, Actor::Legacy(version, chain, key))?
            }
            Play::PlainHttp => start(Stage::Judged, Actor::Plain)?,
            Play::RedirectTo(recipe) => {
                let target = start(Stage::Judged, Actor::Tls(tls(recipe)?))?;
                let location = format!("https://{host}:{}/", target.port());
                start(Stage::Lead, Actor::Redirect(tls(Recipe::Good)?, location))?
            }
            Play::Downgrade => {
                let (chain, key) = pki.rsa_identity(&host)?;
                let actor = Actor::downgrade(tls(Recipe::Good)?, chain, key);
                start(Stage::Judged, actor)?
            }
        };
        Ok(Stand {
            host,
            port: first.port(),
            log,
            servers,
        })
    }

    /// Takes the servers down and tells what they saw. To be called when the
    /// command has ended: what it had sent until then still counts.
    pub(crate) fn close(self) -> Vec<Seen> {
        self.log.closing.store(true, Ordering::SeqCst);
        // A connection of our own wakes each server, which then takes what
        // waits in its queue and ends.
        let own: Vec<SocketAddr> = self
            .servers
            .iter()
            .filter_map(|server| TcpStream::connect(server.address).ok()?.local_addr().ok())
            .collect();
        for server in self.servers {
            let _ = server.thread.join();
        }
        let entries = self.log.entries();
        let (mut entries, _) = self
            .log
            .ended
            .wait_timeout_while(entries, GRACE, |entries| entries.active > 0)
            .unwrap_or_else(PoisonError::into_inner);
        for (_, stream) in entries.streams.drain() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        let (entries, _) = self
            .log
            .ended
            .wait_timeout_while(entries, GRACE, |entries| entries.active > 0)
            .unwrap_or_else(PoisonError::into_inner);
        entries
            .seen
            .iter()
            .filter(|(peer, _)| !own.contains(peer))
            .map(|(_, seen)| seen.clone())
            .collect()
    }
}

impl Server {
    fn start(actor: Actor, stage: Stage, log: &Arc<Log>, limit: Duration) -> Result<Self> {
        let no_port =
            |error| Error::new(Kind::System, "127.0.0.1", "no port can be had").because(error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(no_port)?;
        let address = listener.local_addr().map_err(no_port)?;
        let log = Arc::clone(log);
        let actor = Arc::new(actor);
        let thread = std::thread::spawn(move || {
            while let Ok((stream, peer)) = listener.accept() {
                serve(&actor, stage, &log, limit, (stream, peer));
                if log.closing.load(Ordering::SeqCst) {
                    break;
                }
            }
            if listener.set_nonblocking(true).is_ok() {
                while let Ok(waiting) = listener.accept() {
                    serve(&actor, stage, &log, limit, waiting);
                }
            }
        });
        Ok(Server { address, thread })
    }
}

/// Plays one connection on a thread of its own.
fn serve(
    actor: &Arc<Actor>,
    stage: Stage,
    log: &Arc<Log>,
    limit: Duration,
    (stream, peer): (TcpStream, SocketAddr),
) {
    let mut entries = log.entries();
    entries.accepted += 1;
    if entries.accepted > MOST_CONNECTIONS {
        return;
    }
    if stream.set_nonblocking(false).is_err() {
        return;
    }
    entries
        .streams
        .extend(stream.try_clone().map(|stream| (peer, stream)));
    entries.active += 1;
    drop(entries);
    let (actor, log) = (Arc::clone(actor), Arc::clone(log));
    std::thread::spawn(move || {
        let ended = actor.play(stream, Instant::now() + limit);
        let mut entries = log.entries();
        entries.streams.remove(&peer);
        entries.seen.push((peer, Seen { stage, ended }));
        entries.active -= 1;
        log.ended.notify_all();
    });
}
