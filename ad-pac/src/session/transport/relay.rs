//! Moves bytes between `ldap3` and the server: checks the messages that come
//! in, takes the entries out, and seals and unseals where Kerberos protects the connection (RFC 4422
//! section 3.7).

use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::ldap::{answer, frame};

use super::{Shelf, Stream};

/// The largest sealed buffer that is taken; the server is told so.
pub(in crate::session) const LARGEST_SEALED: usize = 1 << 20;
/// What is read at once.
const CHUNK: usize = 64 << 10;
const CLOSED: &str = "the server closed the connection";

/// The layer that a SASL mechanism puts on the connection.
pub(in crate::session) trait Seal: Send {
    /// How much may be put into one buffer.
    fn most(&self) -> usize;
    /// Makes a buffer for the server.
    ///
    /// # Errors
    /// With what the mechanism says.
    fn seal(&mut self, plain: &[u8]) -> Result<Vec<u8>, String>;
    /// Opens a buffer of the server.
    ///
    /// # Errors
    /// When it was not sealed by the server, or not for now.
    fn open(&mut self, sealed: &[u8]) -> Result<Vec<u8>, String>;
}

type Shared = Option<Mutex<Box<dyn Seal>>>;

/// Runs until one side ends; why the server's side did goes into `broken`.
pub(super) async fn run(
    library: impl AsyncRead + AsyncWrite,
    server: Box<dyn Stream>,
    seal: Option<Box<dyn Seal>>,
    shelf: Arc<Shelf>,
    broken: Arc<OnceLock<String>>,
) {
    let seal = seal.map(Mutex::new);
    let (mut from_library, mut to_library) = tokio::io::split(library);
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let ended = tokio::select! {
        ended = requests(&mut from_library, &mut to_server, &seal) => ended,
        ended = answers(&mut from_server, &mut to_library, &seal, &shelf) => ended,
    };
    // Before the library notices, which asks for the reason then.
    if let Err(reason) = ended {
        let _ = broken.set(reason);
    }
    let _ = to_library.shutdown().await;
}

async fn requests(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    seal: &Shared,
) -> Result<(), String> {
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = from.read(&mut buffer).await.map_err(lost)?;
        if count == 0 {
            return to.shutdown().await.map_err(lost);
        }
        match seal {
            None => to.write_all(&buffer[..count]).await.map_err(lost)?,
            Some(seal) => {
                let sealed = seal_all(seal, &buffer[..count])?;
                to.write_all(&sealed).await.map_err(lost)?;
            }
        }
        to.flush().await.map_err(lost)?;
    }
}

fn lost(error: io::Error) -> String {
    match error.kind() {
        // However it says so: TLS without a goodbye, a reset.
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            CLOSED.to_owned()
        }
        _ => error.to_string(),
    }
}

/// Buffers of a size that the server takes, each with its length.
fn seal_all(seal: &Mutex<Box<dyn Seal>>, plain: &[u8]) -> Result<Vec<u8>, String> {
    let mut seal = seal.lock().unwrap_or_else(PoisonError::into_inner);
    let mut sealed = Vec::with_capacity(plain.len() + 128);
    for part in plain.chunks(seal.most().max(1)) {
        let buffer = seal.seal(part)?;
        let length = u32::try_from(buffer.len()).map_err(|error| error.to_string())?;
        sealed.extend(length.to_be_bytes());
        sealed.extend(buffer);
    }
    Ok(sealed)
}

async fn answers(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    seal: &Shared,
    shelf: &Shelf,
) -> Result<(), String> {
    let mut received = Vec::with_capacity(CHUNK);
    let mut opened = Vec::new();
    let mut passed = Vec::new();
    loop {
        received.reserve(CHUNK);
        if from.read_buf(&mut received).await.map_err(lost)? == 0 {
            return Err(CLOSED.to_owned());
        }
        let plain = match seal {
            None => &mut received,
            Some(seal) => {
                open_all(seal, &mut received, &mut opened)?;
                &mut opened
            }
        };
        let whole = sort(plain, shelf, &mut passed)?;
        plain.drain(..whole);
        // The library has ended: nobody waits for an answer any more.
        if to.write_all(&passed).await.is_err() {
            return Ok(());
        }
        passed.clear();
    }
}

/// Puts the entries among the whole messages on the shelf and the others into
/// `passed`; tells how many bytes these messages have.
fn sort(bytes: &[u8], shelf: &Shelf, passed: &mut Vec<u8>) -> Result<usize, String> {
    let malformed = |error: frame::NotMessage| error.to_string();
    let mut whole = 0;
    while let Some(length) = frame::message(&bytes[whole..]).map_err(malformed)? {
        let message = &bytes[whole..whole + length];
        match answer::entry(message) {
            Some(entry) => {
                let (id, entry) = entry.map_err(malformed)?;
                shelf.put(id, entry, length)?;
            }
            None => passed.extend(message),
        }
        whole += length;
    }
    Ok(whole)
}

/// Moves what is in whole buffers out of `received`.
fn open_all(
    seal: &Mutex<Box<dyn Seal>>,
    received: &mut Vec<u8>,
    opened: &mut Vec<u8>,
) -> Result<(), String> {
    let mut seal = seal.lock().unwrap_or_else(PoisonError::into_inner);
    let mut at = 0;
    while let Some((length, rest)) = received[at..].split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        if length > LARGEST_SEALED {
            return Err(format!(
                "the server announced a sealed buffer of {length} bytes, and was told that {LARGEST_SEALED} are the most"
            ));
        }
        let Some(sealed) = rest.get(..length) else {
            break;
        };
        opened.extend(seal.open(sealed)?);
        at += 4 + length;
    }
    received.drain(..at);
    Ok(())
}

#[cfg(test)]
#[path = "relay/tests.rs"]
mod tests;
