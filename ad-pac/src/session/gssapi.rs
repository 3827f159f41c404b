//! The SASL mechanism GSSAPI (RFC 4752) on a connection that is open.

use ldap3::asn1::parse_tag;
use libgssapi::context::{ClientCtx, CtxFlags, SecurityContext as _};
use libgssapi::error::Error as GssError;
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_NT_KRB5_PRINCIPAL};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::error::Error;
use crate::ldap::ResultCode;

use super::library::{bytes, parts};
use super::transport::{Answer, LARGEST_SEALED, Seal, Transport};

const MECHANISM: &str = "GSSAPI";
/// saslBindInProgress (RFC 4511 section 4.2.2)
const IN_PROGRESS: ResultCode = ResultCode(14);
/// Security layers (RFC 4752 section 3.3).
const NO_LAYER: u8 = 1;
const CONFIDENTIALITY: u8 = 4;
/// What a token of the context takes beside the text that it seals: headers,
/// confounder and checksum of every encryption type (RFC 4121 section 4.2.4,
/// RFC 3961), with room to spare.
const OVERHEAD: usize = 256;

/// Why there is no logon.
pub(super) enum Refusal {
    /// The Kerberos library says no.
    Library(String),
    /// The server says no.
    Server(Answer),
    /// The server does not answer, or not as the mechanism has it.
    Fault(Error),
    /// The server does not seal.
    NoLayer,
}

impl From<GssError> for Refusal {
    fn from(error: GssError) -> Self {
        Refusal::Library(error.to_string())
    }
}

/// Logs on with the credentials of the environment to `ldap/host`, and seals
/// the connection where TLS does not protect it.
pub(super) async fn bind(transport: &mut Transport, host: &str) -> Result<(), Refusal> {
    let binding = transport.certificate().and_then(endpoint);
    let tls = transport.certificate().is_some();
    let target = Name::new(
        format!("ldap/{host}").as_bytes(),
        Some(&GSS_NT_KRB5_PRINCIPAL),
    )?
    .canonicalize(Some(&GSS_MECH_KRB5))?;
    // Inside TLS a server takes no layer, so none is asked for.
    let flags = if tls {
        CtxFlags::GSS_C_MUTUAL_FLAG
    } else {
        CtxFlags::GSS_C_MUTUAL_FLAG
            | CtxFlags::GSS_C_REPLAY_FLAG
            | CtxFlags::GSS_C_SEQUENCE_FLAG
            | CtxFlags::GSS_C_INTEG_FLAG
            | CtxFlags::GSS_C_CONF_FLAG
    };
    let mut context = ClientCtx::new(None, target, flags, Some(&GSS_MECH_KRB5));
    let mut token = context
        .step(None, binding.as_deref())?
        .map(|token| token.to_vec());
    // Until both sides are done; then the server offers its layers.
    loop {
        let answer = step(transport, token.as_deref().unwrap_or_default()).await?;
        if context.is_complete() {
            return layer(transport, context, &answer.credentials, tls).await;
        }
        token = context
            .step(Some(&answer.credentials), binding.as_deref())?
            .map(|token| token.to_vec());
    }
}

/// Sends a token and takes the server's, for as long as it wants more.
async fn step(transport: &mut Transport, token: &[u8]) -> Result<Answer, Refusal> {
    let answer = transport
        .sasl(MECHANISM, token)
        .await
        .map_err(Refusal::Fault)?;
    match answer.code {
        IN_PROGRESS => Ok(answer),
        _ => Err(Refusal::Server(answer)),
    }
}

/// Chooses the layer among those that the server offers.
async fn layer(
    transport: &mut Transport,
    mut context: ClientCtx,
    offer: &[u8],
    tls: bool,
) -> Result<(), Refusal> {
    let offer = context.unwrap(offer)?;
    let Some((layers, size)) = offer.split_first() else {
        return Err(Refusal::NoLayer);
    };
    let wanted = if tls { NO_LAYER } else { CONFIDENTIALITY };
    if layers & wanted == 0 {
        return Err(Refusal::NoLayer);
    }
    let most = size
        .iter()
        .fold(0, |number, octet| number << 8 | usize::from(*octet));
    let ours = if tls { 0 } else { LARGEST_SEALED as u32 };
    let choice = (u32::from(wanted) << 24 | ours).to_be_bytes();
    // The choice itself is signed and not sealed.
    let choice = context.wrap(false, &choice)?;
    let answer = transport
        .sasl(MECHANISM, &choice)
        .await
        .map_err(Refusal::Fault)?;
    if answer.code != ResultCode::SUCCESS {
        return Err(Refusal::Server(answer));
    }
    if !tls {
        // Zero means no limit to some.
        let most = if most > OVERHEAD {
            most
        } else {
            LARGEST_SEALED
        };
        transport.seal(Box::new(Kerberos {
            context,
            most: most - OVERHEAD,
        }));
    }
    Ok(())
}

/// The layer of an established context.
struct Kerberos {
    context: ClientCtx,
    most: usize,
}

impl Seal for Kerberos {
    fn most(&self) -> usize {
        self.most
    }

    fn seal(&mut self, plain: &[u8]) -> Result<Vec<u8>, String> {
        let sealed = self.context.wrap(true, plain);
        sealed
            .map(|sealed| sealed.to_vec())
            .map_err(|error| error.to_string())
    }

    fn open(&mut self, sealed: &[u8]) -> Result<Vec<u8>, String> {
        let plain = self.context.unwrap(sealed);
        plain
            .map(|plain| plain.to_vec())
            .map_err(|error| error.to_string())
    }
}

/// The channel binding of type `tls-server-end-point` (RFC 5929 section 4):
/// the certificate, hashed as its own signature is, and with SHA-256 where
/// that is weaker. `None` where the signature has no one hash.
fn endpoint(certificate: &[u8]) -> Option<Vec<u8>> {
    let (_, tag) = parse_tag(certificate).ok()?;
    let algorithm = parts(tag)?.into_iter().nth(1)?;
    let identifier = bytes(parts(algorithm)?.into_iter().next()?)?;
    let hash = match identifier.as_slice() {
        // ecdsa-with-SHA256, and sha256WithRSAEncryption and the weaker md5, sha1.
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]
        | [
            0x2a,
            0x86,
            0x48,
            0x86,
            0xf7,
            0x0d,
            0x01,
            0x01,
            0x04 | 0x05 | 0x0b,
        ] => Sha256::digest(certificate).to_vec(),
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03]
        | [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c] => {
            Sha384::digest(certificate).to_vec()
        }
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04]
        | [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d] => {
            Sha512::digest(certificate).to_vec()
        }
        _ => return None,
    };
    Some([&b"tls-server-end-point:"[..], &hash].concat())
}
