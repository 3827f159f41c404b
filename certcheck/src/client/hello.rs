//! The ClientHello, read before anybody answers it.

/// The longest ClientHello that is waited for; a record holds this much.
pub(crate) const LONGEST: usize = 16 * 1024;

const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const SERVER_NAME: u16 = 0;
const SUPPORTED_GROUPS: u16 = 10;
const SUPPORTED_VERSIONS: u16 = 43;
const RENEGOTIATION_INFO: u16 = 0xff01;
/// The cipher suite that stands for the extension (RFC 5746 section 3.3).
const RENEGOTIATION_SCSV: u16 = 0x00ff;

/// What the first bytes of a connection are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// More is needed to tell.
    Incomplete,
    /// A TLS client.
    Tls(ClientHello),
    /// Something else, such as an HTTP request in the clear.
    Other,
}

/// The fields that decide how a case is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientHello {
    /// The legacy version, in full the highest one before TLS 1.3.
    pub version: u16,
    /// The client's random.
    pub random: [u8; 32],
    /// Cipher suites in the client's order.
    pub cipher_suites: Vec<u16>,
    /// The host named in SNI.
    pub server_name: Option<String>,
    /// Named groups.
    pub groups: Vec<u16>,
    /// Whether secure renegotiation is understood (RFC 5746).
    pub secure_renegotiation: bool,
    versions: Vec<u16>,
}

impl ClientHello {
    /// The highest protocol version on offer.
    pub fn highest_version(&self) -> u16 {
        self.versions
            .iter()
            .copied()
            // GREASE values (RFC 8701) are not versions.
            .filter(|version| version >> 8 == 3)
            .max()
            .unwrap_or(self.version)
    }

    /// Whether the client would speak this version, as far as it says.
    pub fn offers(&self, version: u16) -> bool {
        if self.versions.is_empty() {
            // An older client gives its highest version only.
            self.version >= version
        } else {
            self.versions.contains(&version)
        }
    }

    /// Reads the body of a ClientHello (RFC 5246 section 7.4.1.2).
    pub fn parse(body: &[u8]) -> Option<Self> {
        let mut reader = Reader(body);
        let version = reader.number()?;
        let random = reader.take(32)?.try_into().ok()?;
        reader.short()?;
        let cipher_suites = numbers(reader.long()?);
        reader.short()?;
        let mut hello = ClientHello {
            version,
            random,
            secure_renegotiation: cipher_suites.contains(&RENEGOTIATION_SCSV),
            cipher_suites,
            server_name: None,
            groups: Vec::new(),
            versions: Vec::new(),
        };
        if reader.0.is_empty() {
            return Some(hello);
        }
        let mut extensions = Reader(reader.long()?);
        while !extensions.0.is_empty() {
            let kind = extensions.number()?;
            let content = extensions.long()?;
            match kind {
                SERVER_NAME => hello.server_name = server_name(content),
                SUPPORTED_GROUPS => hello.groups = numbers(Reader(content).long()?),
                SUPPORTED_VERSIONS => hello.versions = numbers(Reader(content).short()?),
                RENEGOTIATION_INFO => hello.secure_renegotiation = true,
                _ => {}
            }
        }
        Some(hello)
    }
}

/// Judges the first bytes of a connection.
pub fn opening(bytes: &[u8]) -> Opening {
    let mut message = Vec::new();
    let mut reader = Reader(bytes);
    loop {
        match reader.0.first() {
            None => return Opening::Incomplete,
            Some(&HANDSHAKE) => {}
            Some(_) => return Opening::Other,
        }
        if reader.0.get(1).is_some_and(|major| *major != 3) {
            return Opening::Other;
        }
        let Some(header) = reader.take(5) else {
            return Opening::Incomplete;
        };
        let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
        let whole = reader.0.len() >= length;
        let fragment = reader.take(length.min(reader.0.len())).unwrap_or_default();
        message.extend_from_slice(fragment);
        if let Some(hello) = hello_in(&message) {
            return hello;
        }
        if !whole {
            return Opening::Incomplete;
        }
    }
}

/// The ClientHello at the start of these handshake bytes, once it is whole.
fn hello_in(message: &[u8]) -> Option<Opening> {
    let [kind, length @ ..] = message.get(..4)? else {
        return None;
    };
    if *kind != CLIENT_HELLO {
        return Some(Opening::Other);
    }
    let length = length
        .iter()
        .fold(0, |length, octet| length << 8 | usize::from(*octet));
    if length > LONGEST {
        return Some(Opening::Other);
    }
    let body = message.get(4..4 + length)?;
    Some(ClientHello::parse(body).map_or(Opening::Other, Opening::Tls))
}

fn server_name(content: &[u8]) -> Option<String> {
    let mut list = Reader(Reader(content).long()?);
    // 0 is host_name, the only type there is (RFC 6066 section 3).
    if list.take(1)? != [0] {
        return None;
    }
    String::from_utf8(list.long()?.to_vec()).ok()
}

fn numbers(bytes: &[u8]) -> Vec<u16> {
    bytes
        .chunks_exact(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .collect()
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn number(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    /// A vector with a length of one octet.
    fn short(&mut self) -> Option<&'a [u8]> {
        let length = self.take(1)?[0];
        self.take(usize::from(length))
    }

    /// A vector with a length of two octets.
    fn long(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(usize::from(length))
    }
}

#[cfg(test)]
#[path = "hello/tests.rs"]
mod tests;
