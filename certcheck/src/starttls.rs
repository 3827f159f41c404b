//! The dialogues that ask a server to begin TLS on a plain connection: what
//! is said is in [`dialogue`], how it gets there is here.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use self::dialogue::{Dialogue, Step};
use crate::target::{Host, StartTls};

pub(crate) mod dialogue;

/// Speaks `protocol` on `stream` until the server expects a ClientHello. The
/// caller bounds the time, the dialogue the amount.
///
/// # Errors
/// When the server does not offer TLS or answers nonsense; the text is the
/// explanation.
pub(crate) async fn upgrade<S>(stream: &mut S, protocol: StartTls, name: &Host) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let (mut dialogue, opening) = Dialogue::new(protocol, &name.server_name().to_str());
    stream.write_all(&opening).await?;
    let mut chunk = [0; 2048];
    loop {
        let count = stream.read(&mut chunk).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match dialogue.receive(&chunk[..count]) {
            Ok(Step::Send(bytes)) => stream.write_all(&bytes).await?,
            Ok(Step::Ready) => return Ok(()),
            Err(refusal) => return Err(io::Error::other(refusal)),
        }
    }
}
