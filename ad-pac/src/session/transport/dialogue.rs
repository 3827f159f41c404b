//! One request and its answer, before `ldap3` takes the connection over:
//! StartTLS and the steps of a SASL logon.

use ldap3::asn1::{TagClass, parse_tag, parse_uint};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::ldap::{ResultCode, frame};
use crate::session::library::{bytes, parts};

/// `[APPLICATION 1]` BindResponse, `[APPLICATION 24]` ExtendedResponse.
const ANSWERS: [u64; 2] = [1, 24];
/// `serverSaslCreds [7]`
const CREDENTIALS: u64 = 7;

/// LDAPMessage 1, ExtendedRequest, 1.3.6.1.4.1.1466.20037 (RFC 4511 section 4.14.1).
pub(super) const START_TLS: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// How the server answered.
#[derive(Debug)]
pub(in crate::session) struct Answer {
    pub(in crate::session) code: ResultCode,
    pub(in crate::session) text: String,
    /// What the SASL mechanism has to say.
    pub(in crate::session) credentials: Vec<u8>,
}

/// LDAPMessage 1, BindRequest of version 3 without a name (RFC 4511 section 4.2).
pub(super) fn sasl_bind(mechanism: &str, credentials: &[u8]) -> Vec<u8> {
    const OCTET_STRING: u8 = 0x04;
    const SASL: u8 = 0xa3;
    const BIND_REQUEST: u8 = 0x60;
    const SEQUENCE: u8 = 0x30;
    let sasl = [
        element(OCTET_STRING, mechanism.as_bytes()),
        element(OCTET_STRING, credentials),
    ];
    let bind = [&b"\x02\x01\x03\x04\x00"[..], &element(SASL, &sasl.concat())];
    let message = [&b"\x02\x01\x01"[..], &element(BIND_REQUEST, &bind.concat())];
    element(SEQUENCE, &message.concat())
}

/// Lengths of four bytes throughout, as Active Directory writes them itself.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    [&[tag, 0x84][..], &length.to_be_bytes(), content].concat()
}

/// Sends a request and waits for the answer, which must be all that comes:
/// what a stranger slips in before TLS begins is not to be taken for an answer
/// given inside.
pub(super) async fn ask(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    request: &[u8],
) -> Result<Answer, String> {
    let lost = |error: std::io::Error| error.to_string();
    stream.write_all(request).await.map_err(lost)?;
    stream.flush().await.map_err(lost)?;
    let mut received = Vec::new();
    loop {
        if let Some(length) = frame::message(&received).map_err(|error| error.to_string())? {
            if length < received.len() {
                return Err("the server said more than it was asked".to_owned());
            }
            return read(&received).ok_or_else(|| frame::NotMessage::Malformed.to_string());
        }
        if stream.read_buf(&mut received).await.map_err(lost)? == 0 {
            return Err("the server closed the connection".to_owned());
        }
    }
}

/// LDAPResult, and what follows it.
fn read(message: &[u8]) -> Option<Answer> {
    let (_, message) = parse_tag(message).ok()?;
    let operation = parts(message)?.into_iter().nth(1)?;
    if operation.class != TagClass::Application || !ANSWERS.contains(&operation.id) {
        return None;
    }
    let mut fields = parts(operation)?.into_iter();
    let code = bytes(fields.next()?)?;
    let (_, code) = parse_uint(&code).ok()?;
    let _matched = fields.next()?;
    let text = bytes(fields.next()?)?;
    let credentials = fields
        .find(|field| field.class == TagClass::Context && field.id == CREDENTIALS)
        .and_then(bytes);
    Some(Answer {
        code: ResultCode(u32::try_from(code).ok()?),
        text: String::from_utf8_lossy(&text).into_owned(),
        credentials: credentials.unwrap_or_default(),
    })
}

#[cfg(test)]
#[path = "dialogue/tests.rs"]
mod tests;
