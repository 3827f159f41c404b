//! A tunnel through an HTTP proxy (RFC 9110 section 9.3.6) for what is not
//! HTTPS; the tunnels of HTTPS are reqwest's.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Family, Proxy, Resolver};
use crate::diagnosis::Failure;
use crate::target::Endpoint;

/// No proxy says more before it opens a tunnel.
const MOST_HEAD: usize = 16 * 1024;

/// Asks the proxy for a tunnel; the stream begins with the target's first byte.
pub(super) async fn open(
    proxy: &Proxy,
    to: &Endpoint,
    resolver: &Resolver,
) -> Result<TcpStream, Failure> {
    let addresses = resolver
        .resolve(proxy.endpoint(), Family::Any)
        .await
        .map_err(|failure| match failure {
            Failure::Dns(cause) => Failure::Proxy(cause),
            other => other,
        })?;
    let failed = |error: std::io::Error| Failure::Proxy(error.to_string());
    let mut stream = TcpStream::connect(addresses.as_slice())
        .await
        .map_err(failed)?;
    let request = request(to, proxy.authorization().as_deref());
    stream.write_all(request.as_bytes()).await.map_err(failed)?;
    let mut head = Head::default();
    let mut seen = [0; 2048];
    loop {
        // Looked at first: what follows the head is the target's.
        let count = stream.peek(&mut seen).await.map_err(failed)?;
        if count == 0 {
            return Err(Failure::Proxy("it closed the connection".into()));
        }
        let (taken, whole) = head.receive(&seen[..count]).map_err(Failure::Proxy)?;
        stream
            .read_exact(&mut seen[..taken])
            .await
            .map_err(failed)?;
        if whole {
            return Ok(stream);
        }
    }
}

fn request(to: &Endpoint, authorization: Option<&str>) -> String {
    let to = format!("{}:{}", to.host.in_url(), to.port);
    let authorization = authorization.map_or_else(String::new, |credentials| {
        format!("Proxy-Authorization: {credentials}\r\n")
    });
    format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n{authorization}\r\n")
}

/// The head of the proxy's answer, as it comes in.
#[derive(Debug, Default)]
pub struct Head {
    bytes: Vec<u8>,
}

impl Head {
    /// Takes from `seen` what belongs to the head: how many bytes that is,
    /// and whether the tunnel stands.
    ///
    /// # Errors
    /// When the proxy refuses, says too much, or does not speak HTTP.
    pub fn receive(&mut self, seen: &[u8]) -> Result<(usize, bool), String> {
        for (index, byte) in seen.iter().enumerate() {
            self.bytes.push(*byte);
            if self.bytes.ends_with(b"\r\n\r\n") {
                return tunnel_stands(&self.bytes).map(|()| (index + 1, true));
            }
            if self.bytes.len() > MOST_HEAD {
                return Err(format!("it sent {MOST_HEAD} bytes and no end of them"));
            }
        }
        Ok((seen.len(), false))
    }
}

/// Any 2xx opens the tunnel.
fn tunnel_stands(head: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(head);
    let line = text.lines().next().unwrap_or_default();
    let mut words = line.splitn(3, ' ');
    let version = words.next().unwrap_or_default();
    let status = words.next().and_then(|status| status.parse::<u16>().ok());
    match status {
        Some(200..=299) if version.starts_with("HTTP/1.") => Ok(()),
        Some(407) => Err("it wants a user name and a password (407)".into()),
        Some(status) if version.starts_with("HTTP/1.") => {
            let reason = words.next().unwrap_or_default().trim();
            Err(format!("it answers {status} {reason}")
                .trim_end()
                .to_owned())
        }
        _ => Err("its answer is not HTTP".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Host;

    #[test]
    fn a_head_ends_where_the_target_begins_however_it_is_cut() {
        let answer = b"HTTP/1.0 200 Connection established\r\nVia: x\r\n\r\n220 mail\r\n";
        for size in 1..answer.len() {
            let mut head = Head::default();
            let mut at = 0;
            loop {
                let seen = &answer[at..answer.len().min(at + size)];
                let (taken, whole) = head.receive(seen).unwrap();
                at += taken;
                if whole {
                    break;
                }
            }
            assert_eq!(&answer[at..], b"220 mail\r\n", "{size}");
        }
    }

    #[test]
    fn a_refusal_is_told_and_an_endless_answer_ends() {
        for (answer, said) in [
            ("HTTP/1.1 403 Filtered\r\n\r\n", "it answers 403 Filtered"),
            ("HTTP/1.1 502\r\n\r\n", "it answers 502"),
            (
                "HTTP/1.1 407 Auth\r\n\r\n",
                "it wants a user name and a password (407)",
            ),
            ("SSH-2.0\r\n\r\n", "its answer is not HTTP"),
            ("HTTP/1.1 2000 x\r\n\r\n", "it answers 2000 x"),
        ] {
            let refused = Head::default().receive(answer.as_bytes()).unwrap_err();
            assert_eq!(refused, said);
        }
        let endless = vec![b'x'; MOST_HEAD + 1];
        assert!(Head::default().receive(&endless).is_err());
    }

    #[test]
    fn a_request_names_the_target_as_a_proxy_reads_it() {
        let to = |host: &str| Endpoint {
            host: Host::parse(host).unwrap(),
            port: 25,
        };
        assert_eq!(
            request(&to("a.example"), None),
            "CONNECT a.example:25 HTTP/1.1\r\nHost: a.example:25\r\n\r\n"
        );
        assert!(request(&to("::1"), Some("Basic eDp5")).starts_with(
            "CONNECT [::1]:25 HTTP/1.1\r\nHost: [::1]:25\r\nProxy-Authorization: Basic eDp5\r\n"
        ));
    }
}
