//! Asks a running daemon.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::error::{Error, Kind, Result};
use crate::status::Ask;

/// Bytes of one answer: all clients, each with every step.
const LONGEST: u64 = 64 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(20);

/// The answers of a daemon, one after the other.
#[derive(Debug)]
pub(crate) struct Answers {
    stream: BufReader<UnixStream>,
    subject: String,
}

/// Asks the daemon behind a socket; nothing when nobody listens there.
///
/// # Errors
/// When the socket may not be used.
pub(crate) fn ask(socket: &Path, ask: Ask) -> Result<Option<Answers>> {
    let subject = socket.display().to_string();
    let failed = |error: io::Error| {
        let denied = error.kind() == io::ErrorKind::PermissionDenied;
        let failed = Error::new(Kind::System, &subject, "cannot be asked").because(error);
        if denied {
            failed.hint("root, the daemon's user and its group may")
        } else {
            failed.hint("`socket` in the configuration names it")
        }
    };
    let mut stream = match UnixStream::connect(socket) {
        Ok(stream) => stream,
        Err(error)
            if [io::ErrorKind::NotFound, io::ErrorKind::ConnectionRefused]
                .contains(&error.kind()) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    stream
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| stream.write_all(format!("{ask}\n").as_bytes()))
        .map_err(failed)?;
    Ok(Some(Answers {
        stream: BufReader::new(stream),
        subject,
    }))
}

impl Answers {
    /// The next answer; nothing when there is none any more.
    ///
    /// # Errors
    /// What the daemon says is wrong, or when it says nothing sensible.
    pub(crate) fn answer(&mut self) -> Result<Option<Value>> {
        let nonsense = |why: String| {
            Error::new(
                Kind::Peer,
                &self.subject,
                "the daemon's answer cannot be read",
            )
            .because(why)
            .hint("are daemon and command of one version?")
        };
        let mut line = Vec::new();
        let read = (&mut self.stream)
            .take(LONGEST)
            .read_until(b'\n', &mut line);
        match read {
            Ok(0) => return Ok(None),
            Ok(_) if line.ends_with(b"\n") => {}
            Ok(_) => return Err(nonsense("it is cut short".to_owned())),
            Err(error) => return Err(nonsense(error.to_string())),
        }
        let value: Value =
            serde_json::from_slice(&line).map_err(|error| nonsense(error.to_string()))?;
        match value.get("error") {
            None => Ok(Some(value)),
            Some(error) => Err(said(&self.subject, error)),
        }
    }

    /// Whether an answer has been read from the socket and waits here.
    pub(crate) fn is_buffered(&self) -> bool {
        self.stream.buffer().contains(&b'\n')
    }
}

impl AsFd for Answers {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.get_ref().as_fd()
    }
}

/// An error of the daemon as one of ours.
fn said(socket: &str, error: &Value) -> Error {
    let text = |field: &str| error[field].as_str().map(str::to_owned);
    let kind = match error["kind"].as_str() {
        Some("usage") => Kind::Usage,
        Some("input") => Kind::Input,
        Some("system") => Kind::System,
        _ => Kind::Peer,
    };
    let subject = text("subject").unwrap_or_else(|| socket.to_owned());
    let message = text("message").unwrap_or_else(|| "failed".to_owned());
    let mut said = Error::new(kind, subject, message);
    for hint in error["hints"].as_array().into_iter().flatten() {
        if let Some(hint) = hint.as_str() {
            said = said.hint(hint);
        }
    }
    said
}
