//! The two things that are asked of the GSS-API library.

use libgssapi::context::{ClientCtx, CtxFlags};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::error::Error;
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_NT_KRB5_PRINCIPAL, OidSet};

/// Copies the default credentials into a new file.
pub(super) fn copy_credentials(path: &str) -> Result<(), String> {
    let copied = credentials().and_then(|credentials| {
        let cache = format!("FILE:{path}");
        credentials.store_into(
            &cache,
            true,
            false,
            CredUsage::Initiate,
            Some(&GSS_MECH_KRB5),
        )
    });
    copied.map_err(|error| text(&error))
}

/// The first token of a context with a service, after the client's name and its
/// length in two bytes.
pub(super) fn token(service: &str) -> Result<Vec<u8>, String> {
    first_token(service).map_err(|error| text(&error))
}

fn first_token(service: &str) -> Result<Vec<u8>, Error> {
    let credentials = credentials()?;
    let client = credentials.name()?.display_name()?.to_vec();
    let target = Name::new(service.as_bytes(), Some(&GSS_NT_KRB5_PRINCIPAL))?
        .canonicalize(Some(&GSS_MECH_KRB5))?;
    // What rpc.gssd asks for, so that the size is the one it would have.
    let flags = CtxFlags::GSS_C_MUTUAL_FLAG;
    let mut context = ClientCtx::new(Some(credentials), target, flags, Some(&GSS_MECH_KRB5));
    let token = context.step(None, None)?;
    let length = u16::try_from(client.len()).unwrap_or(0).to_be_bytes();
    let token = token.as_deref().unwrap_or_default();
    Ok([
        &length,
        &client[..usize::from(u16::from_be_bytes(length))],
        token,
    ]
    .concat())
}

fn credentials() -> Result<Cred, Error> {
    let mut mechanisms = OidSet::new()?;
    mechanisms.add(&GSS_MECH_KRB5)?;
    Cred::acquire(None, None, CredUsage::Initiate, Some(&mechanisms))
}

/// The part that says something: the minor status in parentheses.
fn text(error: &Error) -> String {
    let whole = error.to_string();
    let minor = whole
        .split_once(" (")
        .map(|(_, rest)| rest.strip_suffix(')').unwrap_or(rest));
    match minor {
        Some(minor) if !minor.is_empty() && minor != "Success" => minor.to_owned(),
        _ => whole,
    }
}
