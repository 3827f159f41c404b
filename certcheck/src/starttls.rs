//! The dialogues that ask a server to begin TLS on a plain connection.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::target::{Host, StartTls};

/// Speaks `protocol` on `stream` until the server expects a ClientHello.
///
/// # Errors
/// When the server does not offer TLS or answers nonsense; the text is the
/// explanation.
pub async fn upgrade<S>(_stream: &mut S, protocol: StartTls, _name: &Host) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        format!("the dialogue of {} is not known yet", protocol.name()),
    ))
}
