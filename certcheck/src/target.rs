//! What is to be checked: a host, a port, and what may differ from one target
//! to the next. Pure: no name is resolved and no clock is read here.

mod host;
pub mod list;
mod options;
mod threshold;

pub use host::{Endpoint, Host};
pub use options::{KEYS, Options, Sni, StartTls, TlsMin};
pub use threshold::{Threshold, duration};

use std::fmt;

/// One peer to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// As the user wrote it: results are reported under this name.
    pub text: String,
    /// The host: it is dialled, sent as SNI, and must be in the certificate,
    /// each unless an option says otherwise.
    pub host: Host,
    /// The port: given, or that of the protocol.
    pub port: u16,
    /// What the HTTP request asks for.
    pub path: String,
    /// What was asked for this target.
    pub options: Options,
}

impl Target {
    /// Reads `host`, `host:port`, `[v6]:port` or `https://host[:port]/path`.
    ///
    /// # Errors
    /// Says in lower case what is wrong.
    pub fn parse(text: &str, options: Options) -> Result<Self, String> {
        let (rest, path) = match split_scheme(text)? {
            Some(rest) => {
                let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                let (authority, path) = rest.split_at(end);
                // A fragment is never sent (RFC 9110 section 4.2.5).
                let path = path.split('#').next().unwrap_or_default();
                if authority.contains('@') {
                    return Err("a target carries no user name or password".into());
                }
                let path = match path.strip_prefix('/') {
                    Some(_) => path.to_owned(),
                    None => format!("/{path}"),
                };
                (authority, path)
            }
            None => {
                if text.contains('/') {
                    return Err("a path needs the whole URL, as in https://host/path".to_owned());
                }
                (text, "/".to_owned())
            }
        };
        let (host, port) = host::split_port(rest)?;
        let port = match port {
            Some(port) => port,
            None => options.starttls.map_or(443, StartTls::port),
        };
        Ok(Target {
            text: text.to_owned(),
            host: Host::parse(host)?,
            port,
            path,
            options,
        })
    }

    /// The identity that the certificate must carry.
    pub fn expected_name(&self) -> &Host {
        self.options.name.as_ref().unwrap_or(&self.host)
    }

    /// Where the connection goes.
    pub fn dialled(&self) -> Endpoint {
        self.options.connect_to.clone().unwrap_or_else(|| Endpoint {
            host: self.host.clone(),
            port: self.port,
        })
    }

    /// `host:port`, with brackets around an IPv6 address.
    pub fn authority(&self) -> String {
        let host = self.host.in_url();
        format!("{host}:{}", self.port)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The part behind `https://`, or nothing when there is no scheme.
fn split_scheme(text: &str) -> Result<Option<&str>, String> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Ok(None);
    };
    if scheme.eq_ignore_ascii_case("https") {
        return Ok(Some(rest));
    }
    if scheme.eq_ignore_ascii_case("http") {
        return Err("http:// is not protected by TLS; there is nothing to check".into());
    }
    Err(format!(
        "the scheme `{}` is not https",
        scheme.escape_debug()
    ))
}

#[cfg(test)]
mod tests;
