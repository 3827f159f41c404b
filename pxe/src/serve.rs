//! The service: everything opened in order, then one loop for DHCP, workers
//! for TFTP, and the signals. The only clock.

mod confine;
mod dhcp;
mod open;
mod pace;
mod ports;
mod probing;
mod reload;
mod supervise;

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, mpsc};
use std::thread::{self, Scope};
use std::time::Instant;

use crate::check::Roots;
use crate::config::{self, Config};
use crate::control::{self, Desk, Hall};
use crate::dhcp::responder::Responder;
use crate::dhcp::settings::Mode;
use crate::engine::files::{Files, Granted};
use crate::engine::upload::Uploads;
use crate::engine::{portable, segmenting};
use crate::error::{Error, Kind, Result};
use crate::http::{self, Gate, Site};
use crate::log::Log;
use crate::store::Store;
use crate::sys::echo::Echo;
use crate::sys::local::LocalSocket;
use crate::sys::net::{Interface, PacketSocket};
use crate::sys::notify::Notify;
use crate::sys::pid_file::PidFile;
use crate::sys::root::Root;
use crate::sys::sink::Sink;
use crate::sys::stop::{Signals, Stop};

use ports::Ports;
use probing::Probing;
use reload::Mailbox;
use supervise::Supervised;

pub(crate) use confine::identity;
pub(crate) use open::interfaces_of;
pub(crate) use reload::Source;

/// Everything that is open before the first packet is read.
pub(crate) struct Service {
    interfaces: Vec<Interface>,
    config: Config,
    files: Arc<Files>,
    log: Arc<Log>,
    tftp: PacketSocket,
    http: Option<(TcpListener, Root)>,
    dhcp: Option<Ports>,
    echo: Option<Echo>,
    responder: Responder,
    store: Box<dyn Store>,
    signals: Signals,
    stop: Stop,
    source: Source,
    sink: Sink,
    notify: Notify,
    workers: usize,
    /// Removes the file when the service ends.
    pid_file: Option<PidFile>,
    local: Option<LocalSocket>,
}

impl Service {
    /// Opens everything, gives the rights up that this took, and closes the
    /// sandbox. Nothing is answered yet. The order is the point: each step
    /// says why it stands where it stands. The configuration was read before
    /// the first of them, as the caller, whose file it is.
    ///
    /// # Errors
    /// Names what could not be opened, and what to do about it.
    pub(crate) fn open(config: Config, source: Source, sink: Sink) -> Result<Service> {
        // Sockets of a supervisor have fixed numbers: taken over before
        // anything else is opened.
        let mut handed = open::activation()?;
        // Before the first thread, so that every thread inherits the blocked
        // signals.
        let signals = Signals::take_over().map_err(|error| {
            Error::new(Kind::System, "signals", "cannot be received").because(error)
        })?;
        let stop = Stop::new()
            .map_err(|error| Error::new(Kind::System, "event", "cannot be made").because(error))?;
        // The supervisor's socket may be out of reach after a chroot.
        let notify = Notify::from_environment().map_err(|error| {
            Error::new(Kind::System, "NOTIFY_SOCKET", "cannot be reached").because(error)
        })?;
        // Before anything is opened: a name that does not exist must not be
        // found out with ports in hand; and the databases of users are out of
        // reach after a chroot.
        let identity = identity(&config)?;
        let interfaces = interfaces_of(&config)?;
        let mut config = config;
        let elsewhere = config.resolve_networks(&open::networks(&interfaces));
        for network in elsewhere
            .iter()
            .filter(|_| config.settings.mode == Mode::Full)
        {
            tracing::warn!(
                target: "pxe", %network,
                "a range lies in the network of no served interface: only clients behind a relay \
                 get its addresses (`network` says which network it is)"
            );
        }

        // Files before ports: a wrong path is found without a client ever
        // seeing a port that then closes. All are held open by their folder,
        // which is what a chroot, a rotation and a sandbox leave in reach.
        let root = open::root(&config.tftp.root, "[tftp] root")?;
        let http_root = config
            .http
            .as_ref()
            .map(|http| open::root(&http.root, "[http] root"))
            .transpose()?;
        let upload = open::upload(&config)?;
        let (store, remembered) = open::store(&config, identity.as_ref())?;
        let log_file = open::log_file(&config, identity.as_ref())?;
        let pid_file = open::pid_file(&config, identity.as_ref())?;
        let socket = open::socket(&config)?;

        // All ports while there is a right to the low ones, and before that
        // right is given up for good.
        let tftp = open::udp(
            &mut handed,
            SocketAddrV4::new(config.tftp.listen, config.tftp.port),
            "[tftp] port",
        )?;
        let http = match (&config.http, http_root) {
            (Some(http), Some(root)) => Some((open::tcp(&mut handed, http)?, root)),
            _ => None,
        };
        let dhcp = (config.settings.mode != Mode::Off)
            .then(|| Ports::open(&config, &interfaces, &mut handed))
            .transpose()?;
        let echo = open::echo(&config)?;
        open::nothing_left(&handed)?;
        // It reads files of /sys and /proc that the next steps hide.
        let workers = thread::available_parallelism().map_or(1, usize::from);

        // Only root may change the root folder, so before the user changes.
        confine::chroot(&config)?;
        // From here on we are the user: groups, group, user, capabilities.
        confine::assume(identity.as_ref(), &config)?;
        // As the user, since the user is who will rotate and remove: root
        // could do it in any folder.
        let folders = [
            (upload.as_ref(), "uploads are put there"),
            (store.folder(), "the leases are rewritten from time to time"),
            (
                log_file.as_ref().map(crate::sys::sink::LogFile::folder),
                "after a rotation the log is made anew",
            ),
            (
                pid_file.as_ref().map(PidFile::folder),
                "the PID file is removed at the end",
            ),
        ];
        confine::may_change(&folders, &config)?;
        // As the user too, whose socket it is, and who will remove it.
        let local = open::listen(&config, socket)?;
        confine::warn_of_findings(&config, &source, &root, http.as_ref().map(|http| &http.1));
        // The sandbox last of all: every step before would need a hole in it.
        confine::sandbox(&confine::Reach {
            source: &source,
            roots: Roots {
                tftp: Some(&root),
                http: http.as_ref().map(|http| &http.1),
            },
            kept: folders.iter().filter_map(|(folder, _)| *folder).collect(),
            socket: local.as_ref().map(LocalSocket::folder),
        })?;
        if let Some(file) = log_file {
            sink.redirect(file);
        }
        let log = Arc::new(Log::default());
        let uploads = upload
            .zip(config.tftp.upload.as_ref())
            .map(|(folder, upload)| Uploads::new(folder, upload.rules.clone(), stop.clone()))
            .map(Arc::new);
        let files = Files::new(root, granted(&config), Arc::clone(&log), uploads);
        let responder = Responder::new(config.settings.clone(), remembered);
        Ok(Service {
            interfaces,
            config,
            files,
            log,
            tftp,
            http,
            dhcp,
            echo,
            responder,
            store,
            signals,
            stop,
            source,
            sink,
            notify,
            workers,
            pid_file,
            local,
        })
    }

    /// Serves until told to stop.
    ///
    /// # Errors
    /// When a part of the service cannot go on; the others are stopped first.
    pub(crate) fn run(self) -> Result<()> {
        let Service {
            interfaces,
            config,
            files,
            log,
            tftp,
            http,
            dhcp,
            echo,
            responder,
            store,
            signals,
            stop,
            source,
            sink,
            notify,
            workers,
            pid_file,
            mut local,
        } = self;
        let mailbox = Mailbox::new()
            .map(Arc::new)
            .map_err(|error| Error::new(Kind::System, "event", "cannot be made").because(error))?;
        let tftp_waiting = TftpWaiting::open(config.tftp.engine, workers, &tftp, &stop)
            .map_err(|error| no_descriptor("TFTP", error))?;
        let http = http
            .map(|(listener, root)| Ok((http::Waiting::open(listener, &stop)?, root)))
            .transpose()
            .map_err(|error| no_descriptor("HTTP", error))?;
        let control = local
            .as_mut()
            .and_then(LocalSocket::listener)
            .map(|listener| control::Waiting::open(listener, &stop))
            .transpose()
            .map_err(|error| no_descriptor("local socket", error))?;
        let gives_addresses = config.settings.mode == Mode::Full;
        let lent: Arc<AtomicUsize> = Arc::default();
        let names: Vec<&str> = interfaces
            .iter()
            .map(|interface| interface.name.as_str())
            .collect();
        let mode = format!("{:?}", config.settings.mode).to_lowercase();
        let leases = responder.leases.len();
        tracing::info!(
            target: "pxe", interfaces = %names.join(","), %mode, leases, "ready"
        );
        let serves = format!("serves {}, mode {mode}", names.join(", "));
        let (ended, ends) = mpsc::channel::<Option<Error>>();
        thread::scope(|scope| {
            let part = |name, body| spawn(scope, name, &stop, &ended, body);
            let (tftp, files, log, stop) = (&tftp, &files, &log, &stop);
            match tftp_waiting {
                TftpWaiting::Segmenting(workers) => {
                    for waiting in workers {
                        part(
                            "TFTP",
                            Box::new(move || segmenting::run(waiting, tftp, files, stop)),
                        );
                    }
                }
                TftpWaiting::Portable(waiting) => {
                    part("TFTP", Box::new(move || portable::run(waiting, files)));
                }
            }
            if let Some(ports) = dhcp {
                let service = dhcp::Dhcp {
                    ports,
                    probing: echo.map(Probing::new),
                    interfaces: interfaces.clone(),
                    address: config.address,
                    client_port: config.dhcp.client_port,
                    responder,
                    store,
                    log: Arc::clone(log),
                    sink: sink.clone(),
                    mailbox: Arc::clone(&mailbox),
                    lent: Arc::clone(&lent),
                    releases: Vec::new(),
                };
                part("DHCP", Box::new(move || service.run(stop)));
            }
            if let (Some((waiting, root)), Some(http)) = (http, &config.http) {
                let site = Site {
                    root,
                    log: Arc::clone(log),
                    status: http.status.then(|| {
                        let lent = gives_addresses.then(|| Arc::clone(&lent));
                        Gate::new(http.status_from.clone(), lent)
                    }),
                };
                part("HTTP", Box::new(move || http::run(waiting, site)));
            }
            if let Some(waiting) = control {
                let desk = Arc::clone(&mailbox);
                let hall = Hall {
                    log: Arc::clone(log),
                    desk: gives_addresses.then_some(desk as Arc<dyn Desk>),
                };
                part(
                    "local socket",
                    Box::new(move || control::run(waiting, hall)),
                );
            }
            // Nobody is told of a service that is not there yet.
            notify.ready(&serves);
            Supervised {
                signals: &signals,
                stop,
                notify: &notify,
                serves: &serves,
                log,
                mailbox: &mailbox,
                has_dhcp: config.settings.mode != Mode::Off,
            }
            .listen(|| {
                // Before the configuration: what is said of it belongs into
                // the new file.
                if let Err(error) = sink.reopen() {
                    tracing::error!(target: "pxe", "the log cannot be opened anew: {error}");
                }
                let new = source.changed(&config, &interfaces)?;
                files.grant(granted(&new));
                if let (Some(uploads), Some(upload)) = (&files.uploads, new.tftp.upload) {
                    uploads.reconfigure(upload.rules);
                }
                mailbox.put(new.settings);
                Ok(())
            });
            notify.stopping();
            stop.set();
            supervise::tell_of_held_back(log, Instant::now() + supervise::TICK);
        });
        if let Some(uploads) = &files.uploads {
            uploads.finish();
        }
        drop(local);
        drop(pid_file);
        drop(ended);
        ends.iter().flatten().next().map_or(Ok(()), Err)
    }
}

/// What the workers of the chosen engine wait on.
enum TftpWaiting {
    Segmenting(Vec<segmenting::Waiting>),
    Portable(portable::Waiting),
}

impl TftpWaiting {
    fn open(
        engine: config::Engine,
        workers: usize,
        listener: &PacketSocket,
        stop: &Stop,
    ) -> io::Result<TftpWaiting> {
        Ok(match engine {
            config::Engine::Segmenting => TftpWaiting::Segmenting(
                (0..workers.min(4))
                    .map(|_| segmenting::Waiting::open(listener, stop))
                    .collect::<io::Result<_>>()?,
            ),
            config::Engine::Portable => {
                TftpWaiting::Portable(portable::Waiting::open(listener.socket(), stop)?)
            }
        })
    }
}

fn granted(config: &Config) -> Granted {
    Granted {
        limits: config.tftp.limits,
        bounds: config.tftp.bounds,
    }
}

fn no_descriptor(part: &str, error: io::Error) -> Error {
    Error::new(Kind::System, part, "cannot begin")
        .because(error)
        .hint("`ulimit -n` and systemd's LimitNOFILE= bound how many descriptors a process has")
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

/// Our own address towards clients of this interface.
fn own_address(config: Option<Ipv4Addr>, interface: &Interface) -> Ipv4Addr {
    config.unwrap_or(interface.address)
}
