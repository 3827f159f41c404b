//! What a port speaks when it does not speak TLS.

use std::net::SocketAddr;
use std::time::Duration;

use rustls::{Error as TlsError, InvalidMessage};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::diagnosis::{Failure, Phase, PlainProtocol};
use crate::target::Target;
use crate::verifier::Recorded;

/// A greeting or an answer comes within this time or is not waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether a failure looks as if the port spoke something else than TLS.
pub(super) fn may_be_plain(failure: &Failure, recorded: &Recorded, target: &Target) -> bool {
    if recorded.negotiated.is_some() || target.options.starttls.is_some() {
        return false;
    }
    matches!(
        failure,
        Failure::Tls(TlsError::InvalidMessage(
            InvalidMessage::InvalidContentType
                | InvalidMessage::UnknownProtocolVersion
                | InvalidMessage::MessageTooLarge,
        )) | Failure::Closed(Phase::Handshake)
    )
}

/// Opens the port once more and looks at what it says to a plain request.
pub(super) async fn ask(address: SocketAddr) -> Option<PlainProtocol> {
    timeout(PATIENCE, async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let mut seen = [0_u8; 512];
        let mut length = 0;
        // Protocols whose server speaks first are recognised by the greeting;
        // the others get a request that an HTTP server must answer.
        let greeted = timeout(PATIENCE / 8, stream.read(&mut seen)).await;
        if let Ok(Ok(read)) = greeted {
            length = read;
        }
        if length == 0 {
            stream.write_all(b"HEAD / HTTP/1.0\r\n\r\n").await.ok()?;
            length = stream.read(&mut seen).await.ok()?;
        }
        classify(&seen[..length])
    })
    .await
    .ok()
    .flatten()
}

/// Names the protocol by its first bytes; nothing for TLS and for silence.
pub fn classify(bytes: &[u8]) -> Option<PlainProtocol> {
    if bytes.is_empty() {
        return None;
    }
    let starts = |prefix: &str| bytes.starts_with(prefix.as_bytes());
    let contains = |part: &str| {
        String::from_utf8_lossy(bytes)
            .to_ascii_uppercase()
            .contains(part)
    };
    Some(if starts("HTTP/") {
        PlainProtocol::Http
    } else if starts("SSH-") {
        PlainProtocol::Named("SSH")
    } else if starts("* OK") || starts("* PREAUTH") {
        PlainProtocol::Named("IMAP")
    } else if starts("+OK") {
        PlainProtocol::Named("POP3")
    } else if starts("220") && contains("FTP") && !contains("SMTP") {
        PlainProtocol::Named("FTP")
    } else if starts("220") {
        PlainProtocol::Named("SMTP")
    } else if matches!(bytes, [0x15 | 0x16] | [0x15 | 0x16, 3, ..]) {
        // A TLS alert or handshake record (RFC 8446, section 5.1), however
        // short: it does speak TLS, and the failure is another one.
        return None;
    } else {
        PlainProtocol::Unknown
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_begins_a_tls_record_speaks_tls() {
        for bytes in [&[0x16][..], &[0x16, 3, 3], &[0x15, 3, 1, 0, 2, 2, 40]] {
            assert!(classify(bytes).is_none(), "{bytes:?}");
        }
    }

    #[test]
    fn other_protocols_are_told_by_their_greeting() {
        assert_eq!(classify(b"HTTP/1.1 400"), Some(PlainProtocol::Http));
        assert_eq!(classify(b"SSH-2.0-x"), Some(PlainProtocol::Named("SSH")));
        assert_eq!(classify(b"\x16garbage"), Some(PlainProtocol::Unknown));
    }
}
