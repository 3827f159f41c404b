//! TLS 1.0 and 1.1 (RFC 2246, RFC 4346) as a server, without I/O: just enough
//! to find out whether a client sends its request over them.
//!
//! Two cipher suites, no resumption, no renegotiation, no client certificates.
//! Not for anything else: RFC 8996 forbids both versions.

use aws_lc_rs::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use aws_lc_rs::{digest, rand};
use md5::{Digest as _, Md5};
use rustls::pki_types::CertificateDer;

use self::protection::{Opened, Protection, prf};
use super::hello::{ClientHello, LONGEST};
use super::pki::rsa::RsaKey;

mod protection;

/// Record types (RFC 2246 section 6.2.1).
const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

/// Handshake types (RFC 2246 section 7.4).
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const SERVER_KEY_EXCHANGE: u8 = 12;
const SERVER_HELLO_DONE: u8 = 14;
const CLIENT_KEY_EXCHANGE: u8 = 16;
const FINISHED: u8 = 20;

/// TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA (RFC 8422) and
/// TLS_RSA_WITH_AES_128_CBC_SHA (RFC 3268): what clients of that age share.
const ECDHE_RSA_AES128_SHA: u16 = 0xc013;
const RSA_AES128_SHA: u16 = 0x002f;
const SECP256R1: u16 = 23;

/// One of the two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// TLS 1.0
    Tls10,
    /// TLS 1.1
    Tls11,
}

impl Version {
    /// As it stands in records.
    pub fn wire(self) -> u16 {
        match self {
            Version::Tls10 => 0x0301,
            Version::Tls11 => 0x0302,
        }
    }
}

/// Why a handshake ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The client sent this alert.
    Alert(u8),
    /// The client would speak the version, but has none of the cipher suites
    /// of this server.
    NoCommonSuite,
    /// The client does not offer the version, and no cipher suite of it.
    VersionNotOffered,
    /// What the client sent is not TLS.
    Malformed,
    /// This system could not do its part.
    System,
}

#[derive(Debug)]
enum State {
    Hello,
    KeyExchange(Box<Pending>),
    ChangeCipherSpec,
    Finished,
    Open,
}

struct Pending {
    client_random: [u8; 32],
    server_random: [u8; 32],
    ephemeral: Option<EphemeralPrivateKey>,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pending")
    }
}

/// One connection.
#[derive(Debug)]
pub struct Server {
    version: Version,
    chain: Vec<CertificateDer<'static>>,
    key: RsaKey,
    state: State,
    input: Vec<u8>,
    handshake: Vec<u8>,
    transcript: Vec<u8>,
    master: Vec<u8>,
    reading: Option<Protection>,
    writing: Option<Protection>,
    pending_writing: Option<Protection>,
    /// Both directions, until their ChangeCipherSpec.
    agreed: Option<(Protection, Protection)>,
    output: Vec<u8>,
    request: bool,
}

impl Server {
    /// A server with this chain and the key of its leaf.
    pub fn new(version: Version, chain: Vec<CertificateDer<'static>>, key: RsaKey) -> Self {
        Server {
            version,
            chain,
            key,
            state: State::Hello,
            input: Vec::new(),
            handshake: Vec::new(),
            transcript: Vec::new(),
            master: Vec::new(),
            reading: None,
            writing: None,
            pending_writing: None,
            agreed: None,
            output: Vec::new(),
            request: false,
        }
    }

    /// Whether application data has been received.
    pub fn has_request(&self) -> bool {
        self.request
    }

    /// Whether the handshake is complete.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Open)
    }

    /// What is to be sent now.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Takes what the client sent.
    ///
    /// # Errors
    /// When the handshake cannot go on.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.input.extend_from_slice(bytes);
        while let Some(header) = self.input.get(..5) {
            let kind = header[0];
            let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
            // RFC 2246 section 6.2.3: a protected record is at most 2^14 + 2048.
            if header[1] != 3 || length > (1 << 14) + 2048 {
                return Err(Refusal::Malformed);
            }
            if self.input.len() < 5 + length {
                break;
            }
            let record: Vec<u8> = self.input.drain(..5 + length).skip(5).collect();
            let content = match &mut self.reading {
                None => record,
                Some(protection) => match protection.open(kind, &record) {
                    Opened::Content(content) => content,
                    Opened::Bad => return Err(Refusal::Malformed),
                },
            };
            self.record(kind, &content)?;
        }
        Ok(())
    }

    /// Protects an answer and the end of the connection.
    ///
    /// # Errors
    /// When this system cannot encrypt.
    pub fn respond(&mut self, content: &[u8]) -> Result<(), Refusal> {
        self.send(APPLICATION_DATA, content)?;
        // close_notify
        self.send(ALERT, &[1, 0])
    }

    fn record(&mut self, kind: u8, content: &[u8]) -> Result<(), Refusal> {
        match (kind, &self.state) {
            (ALERT, _) => Err(Refusal::Alert(content.get(1).copied().unwrap_or_default())),
            (CHANGE_CIPHER_SPEC, State::ChangeCipherSpec) => {
                let (reading, writing) = self.agreed.take().ok_or(Refusal::Malformed)?;
                self.reading = Some(reading);
                self.pending_writing = Some(writing);
                self.state = State::Finished;
                Ok(())
            }
            (APPLICATION_DATA, State::Open) => {
                // An empty record hides the next one's start from an attacker
                // and carries no request (RFC 4346 section 6.2.3.2).
                self.request |= !content.is_empty();
                Ok(())
            }
            (HANDSHAKE, _) => {
                self.handshake.extend_from_slice(content);
                while let Some(message) = self.next_message()? {
                    self.message(&message)?;
                }
                Ok(())
            }
            _ => Err(Refusal::Malformed),
        }
    }

    fn next_message(&mut self) -> Result<Option<Vec<u8>>, Refusal> {
        let Some(header) = self.handshake.get(1..4) else {
            return Ok(None);
        };
        let length = header
            .iter()
            .fold(0, |length, octet| length << 8 | usize::from(*octet));
        if length > LONGEST {
            return Err(Refusal::Malformed);
        }
        if self.handshake.len() < 4 + length {
            return Ok(None);
        }
        Ok(Some(self.handshake.drain(..4 + length).collect()))
    }

    fn message(&mut self, message: &[u8]) -> Result<(), Refusal> {
        let (kind, body) = (message[0], &message[4..]);
        match (kind, std::mem::replace(&mut self.state, State::Hello)) {
            (CLIENT_HELLO, State::Hello) => {
                self.transcript.extend_from_slice(message);
                let hello = ClientHello::parse(body).ok_or(Refusal::Malformed)?;
                self.state = State::KeyExchange(Box::new(self.answer(&hello)?));
                Ok(())
            }
            (CLIENT_KEY_EXCHANGE, State::KeyExchange(pending)) => {
                self.transcript.extend_from_slice(message);
                self.agree(*pending, body)?;
                self.state = State::ChangeCipherSpec;
                Ok(())
            }
            (FINISHED, State::Finished) => {
                if body != self.verify_data(b"client finished") {
                    return Err(Refusal::Malformed);
                }
                self.transcript.extend_from_slice(message);
                let verify_data = self.verify_data(b"server finished");
                self.send(CHANGE_CIPHER_SPEC, &[1])?;
                self.writing = self.pending_writing.take();
                let finished = handshake(FINISHED, &verify_data);
                self.send(HANDSHAKE, &finished)?;
                self.state = State::Open;
                Ok(())
            }
            _ => Err(Refusal::Malformed),
        }
    }

    /// ServerHello to ServerHelloDone.
    fn answer(&mut self, hello: &ClientHello) -> Result<Pending, Refusal> {
        let elliptic = hello.cipher_suites.contains(&ECDHE_RSA_AES128_SHA)
            && hello.groups.contains(&SECP256R1);
        let suite = if elliptic {
            ECDHE_RSA_AES128_SHA
        } else if hello.cipher_suites.contains(&RSA_AES128_SHA) {
            RSA_AES128_SHA
        } else {
            // handshake_failure, fatal
            self.send(ALERT, &[2, 40])?;
            return Err(if hello.offers(self.version.wire()) {
                Refusal::NoCommonSuite
            } else {
                Refusal::VersionNotOffered
            });
        };
        let mut server_random = [0; 32];
        rand::fill(&mut server_random).map_err(|_| Refusal::System)?;

        let mut extensions = Vec::new();
        if hello.secure_renegotiation {
            extensions.extend_from_slice(&[0xff, 0x01, 0, 1, 0]);
        }
        if elliptic {
            // ec_point_formats: uncompressed (RFC 8422 section 5.2).
            extensions.extend_from_slice(&[0, 11, 0, 2, 1, 0]);
        }
        let mut body = self.version.wire().to_be_bytes().to_vec();
        body.extend_from_slice(&server_random);
        body.push(0);
        body.extend_from_slice(&suite.to_be_bytes());
        body.push(0);
        if !extensions.is_empty() {
            body.extend(vector(2, &extensions));
        }
        let mut flight = handshake(SERVER_HELLO, &body);

        let certificates: Vec<u8> = self
            .chain
            .iter()
            .flat_map(|certificate| vector(3, certificate))
            .collect();
        flight.extend(handshake(CERTIFICATE, &vector(3, &certificates)));

        let mut ephemeral = None;
        if elliptic {
            let own = EphemeralPrivateKey::generate(&ECDH_P256, &rand::SystemRandom::new())
                .map_err(|_| Refusal::System)?;
            let point = own.compute_public_key().map_err(|_| Refusal::System)?;
            // named_curve, secp256r1 (RFC 8422 section 5.4)
            let mut params = vec![3];
            params.extend_from_slice(&SECP256R1.to_be_bytes());
            params.extend(vector(1, point.as_ref()));
            let signed = [&hello.random[..], &server_random, &params].concat();
            let signature = self.key.sign_encoded(&both_digests(&signed));
            params.extend(vector(2, &signature));
            flight.extend(handshake(SERVER_KEY_EXCHANGE, &params));
            ephemeral = Some(own);
        }
        flight.extend(handshake(SERVER_HELLO_DONE, &[]));
        self.transcript.extend_from_slice(&flight);
        self.send(HANDSHAKE, &flight)?;
        Ok(Pending {
            client_random: hello.random,
            server_random,
            ephemeral,
        })
    }

    fn agree(&mut self, pending: Pending, body: &[u8]) -> Result<(), Refusal> {
        let secret = match pending.ephemeral {
            Some(own) => {
                let (length, point) = body.split_first().ok_or(Refusal::Malformed)?;
                if usize::from(*length) != point.len() {
                    return Err(Refusal::Malformed);
                }
                let peer = UnparsedPublicKey::new(&ECDH_P256, point);
                agree_ephemeral(own, peer, Refusal::Malformed, |secret| Ok(secret.to_vec()))?
            }
            None => {
                let secret = body.get(2..).and_then(|secret| self.key.decrypt(secret));
                secret
                    .filter(|secret| secret.len() == 48)
                    .ok_or(Refusal::Malformed)?
            }
        };
        let randoms = [pending.client_random, pending.server_random].concat();
        self.master = prf(&secret, b"master secret", &randoms, 48);
        let randoms = [pending.server_random, pending.client_random].concat();
        let block = prf(&self.master, b"key expansion", &randoms, 104);
        let explicit = self.version == Version::Tls11;
        let protection = |mac: std::ops::Range<usize>, key: std::ops::Range<usize>, iv| {
            Protection::new(self.version.wire(), explicit, &block[mac], &block[key], iv)
        };
        let client = protection(0..20, 40..56, &block[72..88]);
        let server = protection(20..40, 56..72, &block[88..104]);
        self.agreed = Some((client, server));
        Ok(())
    }

    fn verify_data(&self, label: &[u8]) -> Vec<u8> {
        prf(&self.master, label, &both_digests(&self.transcript), 12)
    }

    fn send(&mut self, kind: u8, content: &[u8]) -> Result<(), Refusal> {
        for fragment in content.chunks(1 << 14) {
            let payload = match &mut self.writing {
                None => fragment.to_vec(),
                Some(protection) => protection.seal(kind, fragment).ok_or(Refusal::System)?,
            };
            self.output.push(kind);
            self.output
                .extend_from_slice(&self.version.wire().to_be_bytes());
            self.output.extend(vector(2, &payload));
        }
        Ok(())
    }
}

/// MD5 and SHA-1 side by side (RFC 2246 section 4.7 and 7.4.9).
fn both_digests(content: &[u8]) -> Vec<u8> {
    let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, content);
    [&Md5::digest(content)[..], sha1.as_ref()].concat()
}

fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &vector(3, body)].concat()
}

/// A vector with a length of so many octets; what this server sends fits.
fn vector(octets: usize, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    [&length[length.len() - octets..], content].concat()
}

#[cfg(test)]
#[path = "legacy/tests.rs"]
mod tests;
