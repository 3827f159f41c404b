//! What lies beneath LDAP: the connection, its protection, and a guard
//! between the server and `ldap3`.
//!
//! `ldap3` could open TLS and seal by itself. It loses answers on sealed
//! connections (messages that share a SASL frame), buffers a message of any
//! announced length, and recurses as deep as a message is nested. So it is
//! given one end of a socket pair instead, and [`relay`] gives it whole,
//! checked messages; entries it puts on the [`Shelf`] instead.

mod dialogue;
mod relay;
mod shelf;

use std::sync::{Arc, OnceLock};

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, StdStream};
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use crate::error::{Error, Kind, Result};
use crate::ldap::ResultCode;

use super::{Endpoint, Protection, failure, library};

pub(super) use dialogue::Answer;
pub(super) use relay::{LARGEST_SEALED, Seal};
pub(super) use shelf::Shelf;

pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// An open connection that `ldap3` has not taken over yet.
pub(super) struct Transport {
    stream: Box<dyn Stream>,
    certificate: Option<Vec<u8>>,
    seal: Option<Box<dyn Seal>>,
    server: String,
}

impl Transport {
    /// Connects, and protects the connection with TLS where the endpoint says so.
    ///
    /// # Errors
    /// Names the server and what can be done.
    pub(super) async fn open(endpoint: &Endpoint, tls: Arc<ClientConfig>) -> Result<Self> {
        let server = endpoint.address();
        let mut tcp = tcp(endpoint).await?;
        let (stream, certificate): (Box<dyn Stream>, _) = match endpoint.protection {
            Protection::Sealed => (Box::new(tcp), None),
            Protection::Ldaps | Protection::StartTls => {
                if endpoint.protection == Protection::StartTls {
                    start_tls(&mut tcp, &server).await?;
                }
                let name = ServerName::try_from(endpoint.host.clone()).map_err(|_| {
                    Error::new(
                        Kind::Usage,
                        &server,
                        "not a name that a certificate can have",
                    )
                    .hint("name the server by its DNS name, as in its certificate")
                })?;
                let stream = TlsConnector::from(tls)
                    .connect(name, tcp)
                    .await
                    .map_err(|error| failure::of_tls(&server, &error))?;
                let (_, connection) = stream.get_ref();
                let certificate = connection
                    .peer_certificates()
                    .and_then(|chain| chain.first())
                    .map(|certificate| certificate.to_vec());
                (Box::new(stream), certificate)
            }
        };
        Ok(Transport {
            stream,
            certificate,
            seal: None,
            server,
        })
    }

    /// The certificate the server showed, where there is TLS.
    pub(super) fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// One step of a SASL logon (RFC 4511 section 4.2).
    ///
    /// # Errors
    /// When the server does not answer, or answers something else.
    pub(super) async fn sasl(&mut self, mechanism: &str, credentials: &[u8]) -> Result<Answer> {
        let request = dialogue::sasl_bind(mechanism, credentials);
        dialogue::ask(&mut self.stream, &request)
            .await
            .map_err(|cause| self.failed(cause))
    }

    /// From here on everything is sealed.
    pub(super) fn seal(&mut self, seal: Box<dyn Seal>) {
        self.seal = Some(seal);
    }

    /// Hands the connection to `ldap3`. What ends it is kept in `broken`;
    /// entries go to the shelf.
    ///
    /// # Errors
    /// When this system gives no sockets.
    pub(super) async fn into_ldap(
        self,
        broken: Arc<OnceLock<String>>,
        shelf: Arc<Shelf>,
    ) -> Result<Ldap> {
        let failed = |cause: Box<dyn std::error::Error + Send + Sync>| {
            Error::new(
                Kind::System,
                &self.server,
                "no connection inside of this program",
            )
            .because(cause)
        };
        let (ours, theirs) = UnixStream::pair().map_err(|error| failed(error.into()))?;
        let theirs = theirs.into_std().map_err(|error| failed(error.into()))?;
        let settings = LdapConnSettings::new().set_std_stream(StdStream::Unix(theirs));
        let (connection, ldap) = LdapConnAsync::with_settings(settings, "ldapi:///")
            .await
            .map_err(|error| failed(error.into()))?;
        let cause = Arc::clone(&broken);
        tokio::spawn(async move {
            if let Err(fault) = library::caught(connection.drive()).await {
                let _ = cause.set(failure::text(&fault));
            }
        });
        tokio::spawn(relay::run(ours, self.stream, self.seal, shelf, broken));
        Ok(ldap)
    }

    fn failed(&self, cause: String) -> Error {
        Error::new(Kind::Peer, &self.server, "the logon was not answered")
            .because(cause)
            .hint("is this an LDAP port of a domain controller?")
    }
}

async fn start_tls(tcp: &mut TcpStream, server: &str) -> Result<()> {
    let answer = dialogue::ask(tcp, dialogue::START_TLS)
        .await
        .map_err(|cause| {
            Error::new(Kind::Peer, server, "no protected connection")
                .because(cause)
                .hint("is this an LDAP port? --ldaps is for port 636")
        })?;
    if answer.code == ResultCode::SUCCESS {
        return Ok(());
    }
    let what = "StartTLS was refused";
    Err(failure::refused(server, what, answer.code, &answer.text)
        .hint("the server may have no certificate; ask its administrator"))
}

async fn tcp(endpoint: &Endpoint) -> Result<TcpStream> {
    let unreachable = |error: std::io::Error| {
        Error::new(Kind::Peer, endpoint.address(), "cannot connect")
            .because(error)
            .hint("check the name, the port and the firewall; --server names another server")
    };
    let stream = TcpStream::connect((endpoint.host.as_str(), endpoint.port))
        .await
        .map_err(unreachable)?;
    // Requests are small and answered one by one: waiting to fill a segment
    // costs 40 ms each.
    stream.set_nodelay(true).map_err(unreachable)?;
    Ok(stream)
}
