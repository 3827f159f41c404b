//! The service: everything opened in order, then one loop for DHCP, workers
//! for TFTP, and the signals. The only clock.

mod dhcp;
mod known;
mod open;
mod reload;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4, TcpListener};
use std::os::fd::AsFd as _;
use std::sync::{Arc, mpsc};
use std::thread::{self, Scope};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::config::{self, Config};
use crate::dhcp::responder::Responder;
use crate::dhcp::settings::Mode;
use crate::engine::files::{Directory, Files};
use crate::engine::{portable, segmenting};
use crate::error::{Error, Kind, Result};
use crate::http;
use crate::store::Store;
use crate::sys::net::{Interface, PacketSocket};
use crate::sys::notify::Notify;
use crate::sys::root::Root;
use crate::sys::stop::{Signals, Stop, Told};

use reload::Mailbox;

pub use open::interfaces_of;
pub use reload::Source;

/// Everything that is open before the first packet is read.
pub struct Service {
    interfaces: Vec<Interface>,
    config: Config,
    files: Arc<Files>,
    known: Arc<known::Known>,
    tftp: PacketSocket,
    http: Option<(TcpListener, Root)>,
    dhcp: Option<dhcp::Sockets>,
    responder: Responder,
    store: Box<dyn Store>,
    signals: Signals,
    stop: Stop,
    source: Source,
    notify: Notify,
}

impl Service {
    /// Opens everything. Nothing is answered yet.
    ///
    /// # Errors
    /// Names what could not be opened, and what to do about it.
    pub fn open(config: Config, source: Source) -> Result<Service> {
        // First of all, so that every thread inherits the blocked signals.
        let signals = Signals::take_over().map_err(|error| {
            Error::new(Kind::System, "signals", "cannot be received").because(error)
        })?;
        let stop = Stop::new()
            .map_err(|error| Error::new(Kind::System, "event", "cannot be made").because(error))?;
        let notify = Notify::from_environment().map_err(|error| {
            Error::new(Kind::System, "NOTIFY_SOCKET", "cannot be reached").because(error)
        })?;
        // Before anything is opened: a name that does not exist must not be
        // found out with ports in hand.
        let identity = open::identity(&config)?;
        let interfaces = interfaces_of(&config)?;
        let mut config = config;
        if let Some(first) = interfaces.first() {
            config.resolve_pool(crate::dhcp::network::Network::of(
                first.address,
                first.prefix,
            ));
        }
        let root = open::root(&config.tftp.root)?;
        let (store, remembered) = open::store(&config, identity.as_ref())?;
        let tftp = open::socket(
            SocketAddrV4::new(config.tftp.listen, config.tftp.port),
            "[tftp] port",
        )?;
        let http = config.http.as_ref().map(open::http).transpose()?;
        let dhcp = (config.settings.mode != Mode::Off)
            .then(|| dhcp::Sockets::open(&config))
            .transpose()?;
        let known = Arc::new(known::Known::default());
        let directory: Arc<dyn Directory> = Arc::<known::Known>::clone(&known);
        let files = Files::new(root, config.tftp.limits, config.tftp.bounds, directory);
        let responder = Responder::new(config.settings.clone(), remembered);
        // Everything that takes root is open; from here on we are the user.
        open::assume(identity.as_ref(), &config)?;
        Ok(Service {
            interfaces,
            config,
            files,
            known,
            tftp,
            http,
            dhcp,
            responder,
            store,
            signals,
            stop,
            source,
            notify,
        })
    }

    /// Serves until told to stop.
    ///
    /// # Errors
    /// When a part of the service cannot go on; the others are stopped first.
    pub fn run(self) -> Result<()> {
        let Service {
            interfaces,
            config,
            files,
            known,
            tftp,
            http,
            dhcp,
            responder,
            store,
            signals,
            stop,
            source,
            notify,
        } = self;
        let mailbox = Mailbox::new()
            .map(Arc::new)
            .map_err(|error| Error::new(Kind::System, "event", "cannot be made").because(error))?;
        let names: Vec<&str> = interfaces
            .iter()
            .map(|interface| interface.name.as_str())
            .collect();
        tracing::info!(
            target: "pxe",
            interfaces = %names.join(","),
            mode = %format!("{:?}", config.settings.mode).to_lowercase(),
            leases = responder.leases.len(),
            "ready"
        );
        let (ended, ends) = mpsc::channel::<Option<Error>>();
        thread::scope(|scope| {
            let part = |name, body| spawn(scope, name, &stop, &ended, body);
            match config.tftp.engine {
                config::Engine::Segmenting => {
                    let workers = thread::available_parallelism()
                        .map_or(1, usize::from)
                        .min(4);
                    for _ in 0..workers {
                        part("TFTP", Box::new(|| segmenting::run(&tftp, &files, &stop)));
                    }
                }
                config::Engine::Portable => part(
                    "TFTP",
                    Box::new(|| portable::run(tftp.socket().try_clone()?, &files, &stop)),
                ),
            }
            if let Some(sockets) = dhcp {
                let service = dhcp::Dhcp {
                    sockets,
                    interfaces: interfaces.clone(),
                    address: config.address,
                    client_port: config.dhcp.client_port,
                    responder,
                    store,
                    known: Arc::clone(&known),
                    mailbox: Arc::clone(&mailbox),
                };
                let stop = &stop;
                part("DHCP", Box::new(move || service.run(stop)));
            }
            if let Some((listener, root)) = http {
                let stop = &stop;
                part("HTTP", Box::new(move || http::run(listener, root, stop)));
            }
            notify.ready();
            listen(&signals, &stop, &notify, || {
                let settings = source.settings(&config, &interfaces)?;
                mailbox.put(settings);
                Ok(())
            });
            notify.stopping();
            stop.set();
        });
        drop(ended);
        ends.iter().flatten().next().map_or(Ok(()), Err)
    }
}

type Body<'scope> = Box<dyn FnOnce() -> io::Result<()> + Send + 'scope>;

/// Runs a part of the service in a thread. A part that ends takes the others
/// with it: a boot server that gives addresses but no files is worse than
/// none, and whoever supervises the process starts it again.
fn spawn<'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &'static str,
    stop: &Stop,
    ended: &mpsc::Sender<Option<Error>>,
    body: Body<'scope>,
) {
    let (stop, ended) = (stop.clone(), ended.clone());
    scope.spawn(move || {
        let _stopping = OnDrop(stop);
        let error = body()
            .err()
            .map(|error| Error::new(Kind::System, name, "cannot go on").because(error));
        let _ = ended.send(error);
    });
}

/// Stops the service when a part of it ends, also by a panic.
struct OnDrop(Stop);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.set();
    }
}

/// Waits for signals until the service is to end.
fn listen(signals: &Signals, stop: &Stop, notify: &Notify, reload: impl Fn() -> Result<()>) {
    while !stop.is_set() {
        let mut fds = [
            PollFd::new(signals.as_fd(), PollFlags::POLLIN),
            PollFd::new(stop.as_fd(), PollFlags::POLLIN),
        ];
        let pause = notify
            .watchdog
            .and_then(|pause| PollTimeout::try_from(pause.as_millis()).ok())
            .unwrap_or(PollTimeout::NONE);
        if poll(&mut fds, pause).is_err() {
            continue;
        }
        notify.alive();
        match signals.next() {
            Ok(Some(Told::Stop)) => {
                tracing::info!(target: "pxe", "told to stop");
                return;
            }
            Ok(Some(Told::Reload)) => {
                notify.reloading();
                match reload() {
                    Ok(()) => tracing::info!(target: "pxe", "the new configuration holds"),
                    Err(error) => tracing::error!(
                        target: "pxe",
                        "the old configuration stays: {error}"
                    ),
                }
                notify.ready();
            }
            Ok(None) | Err(_) => {}
        }
    }
}

impl Directory for known::Known {
    fn describe(&self, address: IpAddr) -> String {
        match address {
            IpAddr::V4(address) => self.name(address),
            IpAddr::V6(_) => String::new(),
        }
    }
}

/// Our own address towards clients of this interface.
fn own_address(config: Option<Ipv4Addr>, interface: &Interface) -> Ipv4Addr {
    config.unwrap_or(interface.address)
}
