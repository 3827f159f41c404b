//! An LDAP directory in this process, for what needs no real one: it speaks
//! LDAP over TCP and TLS and behaves as a Samba domain controller was seen to,
//! result code by result code. The scenarios that run against it run against
//! a real domain controller too, so that it cannot become a fiction.

mod certificates;
pub mod lab;
mod matching;
mod serve;
mod store;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};
use tokio::sync::oneshot;

pub use certificates::Certificate;
pub use store::{Behaviour, Store};

/// A running directory; dropped, it ends and closes all connections.
#[derive(Debug)]
pub struct Directory {
    store: Arc<Mutex<Store>>,
    ldap_port: u16,
    ldaps_port: u16,
    ca_file: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Directory {
    /// Starts one with the objects of [`lab`], its CA certificate in `folder`.
    ///
    /// # Errors
    /// When no port or no file is to be had.
    pub fn start(folder: &Path, certificate: Certificate) -> Result<Self> {
        let (ca, tls) = certificates::make(certificate)?;
        let ca_file = folder.join("directory-ca.pem");
        std::fs::write(&ca_file, ca).with_context(|| format!("{}", ca_file.display()))?;
        let store = Arc::new(Mutex::new(Store::new(lab::objects())));
        let listen = || -> Result<(TcpListener, u16)> {
            let listener = TcpListener::bind(("127.0.0.1", 0)).context("no port")?;
            listener.set_nonblocking(true)?;
            let port = listener.local_addr()?.port();
            Ok((listener, port))
        };
        let (ldap, ldap_port) = listen()?;
        let (ldaps, ldaps_port) = listen()?;
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("no runtime")?;
        let served = Arc::clone(&store);
        let thread = std::thread::Builder::new()
            .name("directory".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = serve::accept(ldap, served.clone(), tls.clone(), false) => {}
                        () = serve::accept(ldaps, served, tls, true) => {}
                        _ = stopped => {}
                    }
                });
            })
            .context("no thread")?;
        Ok(Directory {
            store,
            ldap_port,
            ldaps_port,
            ca_file,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The port for plain LDAP and StartTLS.
    pub fn ldap_port(&self) -> u16 {
        self.ldap_port
    }

    /// The port for LDAP over TLS.
    pub fn ldaps_port(&self) -> u16 {
        self.ldaps_port
    }

    /// The CA to trust.
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// The objects and the settings, to look at and to change.
    pub fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
