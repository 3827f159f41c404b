//! LDAP: one extended request, one extended response (RFC 4511 section 4.14),
//! in BER.

use super::{Refusal, Step, quote};

/// LDAPMessage { 1, [APPLICATION 23] { [0] "1.3.6.1.4.1.1466.20037" } }
pub(super) const REQUEST: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const ENUMERATED: u8 = 0x0a;
const OCTET_STRING: u8 = 0x04;
const EXTENDED_RESPONSE: u8 = 0x78;

/// A part of BER that is not there, or not yet.
enum Lack {
    More,
    Wrong,
}

pub(super) fn receive(input: &mut Vec<u8>) -> Result<Step, Refusal> {
    match response(input) {
        Ok((length, 0, _)) => {
            input.drain(..length);
            Ok(Step::Ready)
        }
        Ok((_, code, text)) => {
            let text = quote(&text);
            Err(Refusal::Denied(
                format!("result {code} {text}").trim_end().to_owned(),
            ))
        }
        Err(Lack::More) => Ok(Step::Send(Vec::new())),
        Err(Lack::Wrong) => Err(Refusal::Nonsense(quote(input))),
    }
}

/// The length of the message, its result code and diagnostic text.
fn response(input: &[u8]) -> Result<(usize, u32, Vec<u8>), Lack> {
    let (message, rest) = element(SEQUENCE, input)?;
    let length = input.len() - rest.len();
    let whole = |lack| match lack {
        // Inside a complete message nothing more will come.
        Lack::More | Lack::Wrong => Lack::Wrong,
    };
    let (_id, message) = element(INTEGER, message).map_err(whole)?;
    let (response, _) = element(EXTENDED_RESPONSE, message).map_err(whole)?;
    let (code, response) = element(ENUMERATED, response).map_err(whole)?;
    let (_matched, response) = element(OCTET_STRING, response).map_err(whole)?;
    let (text, _) = element(OCTET_STRING, response).map_err(whole)?;
    if code.is_empty() || code.len() > 4 {
        return Err(Lack::Wrong);
    }
    let code = code
        .iter()
        .fold(0, |code, octet| code << 8 | u32::from(*octet));
    Ok((length, code, text.to_vec()))
}

/// The content of an element with this tag, and what follows it.
fn element(tag: u8, input: &[u8]) -> Result<(&[u8], &[u8]), Lack> {
    match input.first() {
        None => return Err(Lack::More),
        Some(first) if *first != tag => return Err(Lack::Wrong),
        Some(_) => {}
    }
    let first = *input.get(1).ok_or(Lack::More)?;
    let (header, length) = if first < 0x80 {
        (2, usize::from(first))
    } else {
        let octets = usize::from(first & 0x7f);
        // Indefinite lengths are not allowed (RFC 4511 section 5.1).
        if !(1..=4).contains(&octets) {
            return Err(Lack::Wrong);
        }
        let bytes = input.get(2..2 + octets).ok_or(Lack::More)?;
        let length = bytes
            .iter()
            .fold(0, |length, octet| length << 8 | usize::from(*octet));
        (2 + octets, length)
    };
    let content = input.get(header..).ok_or(Lack::More)?;
    content.split_at_checked(length).ok_or(Lack::More)
}
