//! What may differ from one target to the next. One table of keys serves the
//! command line, the lines of a list and the TOML file.

use super::host::{Endpoint, Host};
use super::threshold::{Threshold, duration};

/// Options of one target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Expect this identity instead of the host.
    pub name: Option<Host>,
    /// The name sent in the ClientHello.
    pub sni: Sni,
    /// Dial this instead of the host.
    pub connect_to: Option<Endpoint>,
    /// Speak this protocol first, then upgrade to TLS.
    pub starttls: Option<StartTls>,
    /// End after the handshake instead of sending a request.
    pub tls_only: Option<bool>,
    /// Refuse TLS below this version.
    pub tls_min: Option<TlsMin>,
    /// Warn this long before the expiry.
    pub warn: Option<Threshold>,
    /// Fail this long before the expiry.
    pub crit: Option<Threshold>,
    /// The whole check may take this many seconds.
    pub timeout: Option<u64>,
    /// Judge by the lints too.
    pub strict: Option<bool>,
    /// Part of the subject of the certificate that issued the leaf.
    pub expect_issuer: Option<String>,
    /// SHA-256 fingerprints of which the leaf must have one.
    pub expect_fingerprint: Vec<[u8; 32]>,
}

/// The server name indication (RFC 6066 section 3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sni {
    /// The target's host, if it is a name.
    #[default]
    Host,
    /// None at all.
    None,
    /// Another name.
    Name(Host),
}

/// The lowest TLS version that is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMin {
    /// TLS 1.2
    Tls12,
    /// TLS 1.3
    Tls13,
}

/// A protocol that upgrades to TLS on its own port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartTls {
    /// SMTP (RFC 3207)
    Smtp,
    /// IMAP (RFC 9051 section 6.2.1)
    Imap,
    /// POP3 (RFC 2595 section 4)
    Pop3,
    /// LDAP (RFC 4511 section 4.14)
    Ldap,
    /// PostgreSQL's SSLRequest
    Postgres,
    /// XMPP (RFC 6120 section 5)
    Xmpp,
    /// FTP (RFC 4217)
    Ftp,
}

impl StartTls {
    /// All protocols, by the name that the option takes.
    pub const ALL: [(&'static str, StartTls); 7] = [
        ("smtp", StartTls::Smtp),
        ("imap", StartTls::Imap),
        ("pop3", StartTls::Pop3),
        ("ldap", StartTls::Ldap),
        ("postgres", StartTls::Postgres),
        ("xmpp", StartTls::Xmpp),
        ("ftp", StartTls::Ftp),
    ];

    /// Reads the name of a protocol.
    ///
    /// # Errors
    /// Lists the protocols.
    pub fn parse(text: &str) -> Result<Self, String> {
        StartTls::ALL
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, protocol)| *protocol)
            .ok_or_else(|| {
                let names = StartTls::ALL.map(|(name, _)| name).join(", ");
                format!("`{}` is not one of {names}", text.escape_debug())
            })
    }

    /// The name that the option takes.
    pub fn name(self) -> &'static str {
        StartTls::ALL
            .iter()
            .find(|(_, protocol)| *protocol == self)
            .map_or("", |(name, _)| name)
    }

    /// The port that IANA assigns.
    pub fn port(self) -> u16 {
        match self {
            StartTls::Smtp => 25,
            StartTls::Imap => 143,
            StartTls::Pop3 => 110,
            StartTls::Ldap => 389,
            StartTls::Postgres => 5432,
            StartTls::Xmpp => 5222,
            StartTls::Ftp => 21,
        }
    }
}

/// The keys that a list or a TOML file may use; each is also an option of
/// `certcheck check`.
pub const KEYS: [&str; 12] = [
    "name",
    "sni",
    "connect-to",
    "starttls",
    "tls-only",
    "tls-min",
    "warn",
    "crit",
    "timeout",
    "strict",
    "expect-issuer",
    "expect-fingerprint",
];

impl Options {
    /// Whether the key stands alone, without a value.
    pub fn is_flag(key: &str) -> bool {
        matches!(key, "tls-only" | "strict")
    }

    /// Sets one key from its text.
    ///
    /// # Errors
    /// Says in lower case what is wrong with the key or the value.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "name" => self.name = Some(Host::parse(value)?),
            "sni" => {
                self.sni = match value {
                    "none" => Sni::None,
                    name => match Host::parse(name)? {
                        Host::Address(_) => {
                            return Err(
                                "an address cannot be sent as SNI (RFC 6066 section 3)".into()
                            );
                        }
                        host => Sni::Name(host),
                    },
                }
            }
            "connect-to" => self.connect_to = Some(Endpoint::parse(value)?),
            "starttls" => self.starttls = Some(StartTls::parse(value)?),
            "tls-only" => self.tls_only = Some(flag(value)?),
            "tls-min" => {
                self.tls_min = Some(match value {
                    "1.2" => TlsMin::Tls12,
                    "1.3" => TlsMin::Tls13,
                    _ => return Err(format!("`{}` is not 1.2 or 1.3", value.escape_debug())),
                });
            }
            "warn" => self.warn = Some(Threshold::parse(value)?),
            "crit" => self.crit = Some(Threshold::parse(value)?),
            "timeout" => {
                self.timeout = Some(match duration(value)? {
                    0 => return Err("a timeout of zero allows nothing".into()),
                    seconds => seconds,
                });
            }
            "strict" => self.strict = Some(flag(value)?),
            "expect-issuer" => self.expect_issuer = Some(value.to_owned()),
            "expect-fingerprint" => self.expect_fingerprint.push(fingerprint(value)?),
            _ => return Err(unknown_key(key)),
        }
        Ok(())
    }

    /// These options, and where they say nothing, those of `defaults`.
    #[must_use]
    pub fn or(self, defaults: &Options) -> Options {
        let defaults = defaults.clone();
        Options {
            name: self.name.or(defaults.name),
            sni: match self.sni {
                Sni::Host => defaults.sni,
                own => own,
            },
            connect_to: self.connect_to.or(defaults.connect_to),
            starttls: self.starttls.or(defaults.starttls),
            tls_only: self.tls_only.or(defaults.tls_only),
            tls_min: self.tls_min.or(defaults.tls_min),
            warn: self.warn.or(defaults.warn),
            crit: self.crit.or(defaults.crit),
            timeout: self.timeout.or(defaults.timeout),
            strict: self.strict.or(defaults.strict),
            expect_issuer: self.expect_issuer.or(defaults.expect_issuer),
            expect_fingerprint: if self.expect_fingerprint.is_empty() {
                defaults.expect_fingerprint
            } else {
                self.expect_fingerprint
            },
        }
    }
}

fn flag(value: &str) -> Result<bool, String> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("`{}` is not true or false", value.escape_debug())),
    }
}

/// Reads 64 hexadecimal digits, with or without colons.
fn fingerprint(text: &str) -> Result<[u8; 32], String> {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    let bad = || {
        format!(
            "`{}` is not a SHA-256 fingerprint of 64 hexadecimal digits",
            text.escape_debug()
        )
    };
    if digits.len() != 64 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(bad());
    }
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).map_err(|_| bad())?;
    }
    Ok(bytes)
}

/// The message for a key that does not exist, with the nearest that does.
fn unknown_key(key: &str) -> String {
    let nearest = KEYS
        .iter()
        .map(|known| (distance(key, known), known))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    let quoted = key.escape_debug();
    match nearest {
        Some((_, known)) => format!("unknown option `{quoted}`; did you mean `{known}`?"),
        None => format!("unknown option `{quoted}`; there are {}", KEYS.join(", ")),
    }
}

/// The Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
