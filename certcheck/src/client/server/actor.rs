//! One connection from accept to end, with a deadline.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::{ServerConfig, ServerConnection};

use super::super::hello::{ClientHello, LONGEST, Opening, opening};
use super::super::legacy::{self, Refusal, Version};
use super::super::pki::rsa::RsaKey;
use super::super::verdict::Ended;

/// How long the rest of a request is waited for, once it has begun.
const REST_OF_REQUEST: Duration = Duration::from_millis(300);
const CHUNK: usize = 4096;

/// What a server does on each connection.
pub(super) enum Actor {
    Tls(Arc<ServerConfig>),
    Redirect(Arc<ServerConfig>, String),
    Legacy(Version, Vec<CertificateDer<'static>>, RsaKey),
    Plain,
    Downgrade {
        tls: Arc<ServerConfig>,
        chain: Vec<CertificateDer<'static>>,
        key: RsaKey,
        /// The version of the first ClientHello.
        first: Mutex<Option<u16>>,
    },
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";
const BAD_REQUEST: &str = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\
     Content-Length: 34\r\nConnection: close\r\n\r\nThis port speaks HTTP without TLS.\n";

fn redirect(location: &str) -> String {
    format!(
        "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
}

impl Actor {
    pub(super) fn downgrade(
        tls: Arc<ServerConfig>,
        chain: Vec<CertificateDer<'static>>,
        key: RsaKey,
    ) -> Self {
        Actor::Downgrade {
            tls,
            chain,
            key,
            first: Mutex::new(None),
        }
    }

    /// Plays until the client has shown what it makes of the server.
    pub(super) fn play(&self, stream: TcpStream, deadline: Instant) -> Ended {
        let mut line = Line { stream, deadline };
        let (begin, opening) = match line.opening() {
            Ok(opened) => opened,
            Err(error) => return lost(&error, Ended::Silent),
        };
        let hello = match opening {
            Opening::Incomplete if begin.is_empty() => return Ended::Silent,
            Opening::Incomplete => return Ended::Closed,
            Opening::Other => {
                line.answer_plainly(OK);
                return Ended::PlainRequest;
            }
            Opening::Tls(hello) => hello,
        };
        let result = match self {
            Actor::Tls(config) => line.tls(config, &begin, OK),
            Actor::Redirect(config, location) => line.tls(config, &begin, &redirect(location)),
            Actor::Legacy(version, chain, key) => line.legacy(
                legacy::Server::new(*version, chain.clone(), key.clone()),
                &begin,
            ),
            Actor::Plain => {
                line.answer_plainly(BAD_REQUEST);
                Ok(Ended::SpokeTls)
            }
            Actor::Downgrade {
                tls,
                chain,
                key,
                first,
            } => {
                let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
                match lowered(&mut first, &hello) {
                    None => return Ended::BrokenOff,
                    Some(0x0303..) => line.tls(tls, &begin, OK),
                    Some(0x0302) => line.legacy(
                        legacy::Server::new(Version::Tls11, chain.clone(), key.clone()),
                        &begin,
                    ),
                    Some(_) => line.legacy(
                        legacy::Server::new(Version::Tls10, chain.clone(), key.clone()),
                        &begin,
                    ),
                }
            }
        };
        result.unwrap_or_else(|error| lost(&error, Ended::Closed))
    }
}

/// The version of this ClientHello, if an earlier one had a higher one.
fn lowered(first: &mut Option<u16>, hello: &ClientHello) -> Option<u16> {
    let version = hello.highest_version();
    let highest = first.get_or_insert(version);
    (version < *highest).then_some(version)
}

/// A connection that broke; `otherwise` when the client just went away.
fn lost(error: &io::Error, otherwise: Ended) -> Ended {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            Ended::Failed("neither went on nor closed".to_owned())
        }
        _ => otherwise,
    }
}

struct Line {
    stream: TcpStream,
    deadline: Instant,
}

impl Line {
    /// Reads at most `CHUNK` bytes; none at the end.
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(Some(left))?;
        let mut chunk = vec![0; CHUNK];
        let count = self.stream.read(&mut chunk)?;
        chunk.truncate(count);
        Ok(chunk)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream
            .set_write_timeout(Some(Duration::from_secs(5)))?;
        self.stream.write_all(bytes)
    }

    /// What the client begins with.
    fn opening(&mut self) -> io::Result<(Vec<u8>, Opening)> {
        let mut begin = Vec::new();
        loop {
            let chunk = self.read()?;
            begin.extend_from_slice(&chunk);
            match opening(&begin) {
                Opening::Incomplete if !chunk.is_empty() && begin.len() <= LONGEST => {}
                opening => return Ok((begin, opening)),
            }
        }
    }

    /// Bounds the rest of a connection that has shown all it has to show.
    fn hurry(&mut self) {
        self.deadline = self.deadline.min(Instant::now() + REST_OF_REQUEST);
    }

    /// Closes so that the client reads the answer before the end.
    fn finish(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
        self.hurry();
        while self.read().is_ok_and(|chunk| !chunk.is_empty()) {}
    }

    fn answer_plainly(&mut self, answer: &str) {
        let _ = self.write(answer.as_bytes());
        self.finish();
    }

    fn tls(&mut self, config: &Arc<ServerConfig>, begin: &[u8], answer: &str) -> io::Result<Ended> {
        let mut tls = match ServerConnection::new(Arc::clone(config)) {
            Ok(tls) => tls,
            Err(error) => return Ok(Ended::Unplayable(error.to_string())),
        };
        let mut request = Vec::new();
        let mut bytes = begin.to_vec();
        loop {
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                tls.read_tls(&mut rest)?;
                match tls.process_new_packets() {
                    Ok(state) if state.plaintext_bytes_to_read() > 0 => {
                        let mut plain = vec![0; state.plaintext_bytes_to_read()];
                        tls.reader().read_exact(&mut plain)?;
                        request.extend(plain);
                    }
                    Ok(_) => {}
                    // What came before it was still a request.
                    Err(_) if !request.is_empty() => rest = &[],
                    Err(error) => {
                        let _ = self.flush(&mut tls);
                        self.finish();
                        return Ok(refused(&error));
                    }
                }
            }
            // The client may be gone already: a failure to write says nothing.
            let _ = self.flush(&mut tls);
            if !request.is_empty() {
                self.hurry();
                if whole(&request) || bytes.is_empty() {
                    break;
                }
            } else if bytes.is_empty() {
                break;
            }
            bytes = match self.read() {
                Ok(bytes) => bytes,
                Err(_) if !request.is_empty() => break,
                Err(error) if !tls.is_handshaking() => return Ok(lost(&error, Ended::Nothing)),
                Err(error) => return Err(error),
            };
        }
        if request.is_empty() {
            return Ok(if tls.is_handshaking() {
                Ended::Closed
            } else {
                Ended::Nothing
            });
        }
        let _ = tls.writer().write_all(answer.as_bytes());
        tls.send_close_notify();
        let _ = self.flush(&mut tls);
        self.finish();
        Ok(Ended::Request)
    }

    fn flush(&mut self, tls: &mut ServerConnection) -> io::Result<()> {
        let mut out = Vec::new();
        while tls.wants_write() {
            tls.write_tls(&mut out)?;
        }
        self.write(&out)
    }

    fn legacy(&mut self, mut server: legacy::Server, begin: &[u8]) -> io::Result<Ended> {
        let mut bytes = begin.to_vec();
        while !bytes.is_empty() {
            let result = server.receive(&bytes);
            let _ = self.write(&server.take_output());
            match result {
                Err(_) if server.has_request() => break,
                Err(refusal) => {
                    self.finish();
                    return Ok(refused_legacy(refusal, server.is_open()));
                }
                Ok(()) => {}
            }
            if server.has_request() {
                break;
            }
            bytes = match self.read() {
                Ok(bytes) => bytes,
                Err(error) if server.is_open() => return Ok(lost(&error, Ended::Nothing)),
                Err(error) => return Err(error),
            };
        }
        if !server.has_request() {
            return Ok(if server.is_open() {
                Ended::Nothing
            } else {
                Ended::Closed
            });
        }
        if server.respond(OK.as_bytes()).is_ok() {
            let _ = self.write(&server.take_output());
        }
        self.finish();
        Ok(Ended::Request)
    }
}

/// Whether the head of an HTTP request is complete.
fn whole(request: &[u8]) -> bool {
    request.len() > LONGEST || request.windows(4).any(|window| window == b"\r\n\r\n")
}

fn refused(error: &rustls::Error) -> Ended {
    match error {
        rustls::Error::AlertReceived(alert) => Ended::Alert((*alert).into()),
        rustls::Error::PeerIncompatible(why) => Ended::Unplayable(format!(
            "the client and this server have nothing in common: {why:?}"
        )),
        other => Ended::Failed(other.to_string()),
    }
}

fn refused_legacy(refusal: Refusal, open: bool) -> Ended {
    match refusal {
        // close_notify after the handshake: the client did not like what it saw.
        Refusal::Alert(0) if open => Ended::Nothing,
        Refusal::Alert(code) => Ended::Alert(code),
        Refusal::VersionNotOffered => Ended::Failed("does not offer the version".to_owned()),
        Refusal::NoCommonSuite => {
            Ended::Unplayable("the client and this server share no cipher suite".to_owned())
        }
        Refusal::Malformed => Ended::Failed("broke the protocol off".to_owned()),
        Refusal::System => Ended::Unplayable("the handshake cannot be computed here".to_owned()),
    }
}
