//! What `ldap3` leaves to be done: its panics, and reading what it hands over
//! without the conversions that panic.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use futures_util::FutureExt as _;
use ldap3::asn1::{PL, StructureTag};
use ldap3::{LdapError, LdapResult};

/// Why an operation of the library gave nothing.
#[derive(Debug)]
pub(super) enum Fault {
    /// It said why.
    Error(LdapError),
    /// It panicked, because the peer sent what it did not expect.
    Panic,
}

impl From<LdapError> for Fault {
    fn from(error: LdapError) -> Self {
        Fault::Error(error)
    }
}

/// Runs an operation of the library and turns a panic in it into a fault.
pub(super) async fn caught<T>(
    operation: impl Future<Output = Result<T, LdapError>>,
) -> Result<T, Fault> {
    match AssertUnwindSafe(operation).catch_unwind().await {
        Ok(result) => result.map_err(Fault::Error),
        Err(panic) => {
            let _: Box<dyn Any + Send> = panic;
            Err(Fault::Panic)
        }
    }
}

/// A panic of the library is the peer's fault and is reported as such; the
/// line that asks for a bug report is for our own.
pub(super) fn keep_panics_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let of_library = panic.location().is_some_and(|place| {
                ["/ldap3", "/lber"]
                    .iter()
                    .any(|name| place.file().contains(name))
            });
            if !of_library {
                report(panic);
            }
        }));
    });
}

/// The cookie of the next page, empty on the last one (RFC 2696).
pub(super) fn page_cookie(result: &LdapResult) -> Result<Vec<u8>, ()> {
    const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
    let control = result
        .ctrls
        .iter()
        .find(|control| control.1.ctype == PAGED_RESULTS);
    let Some(value) = control.and_then(|control| control.1.val.as_deref()) else {
        return Ok(Vec::new());
    };
    let Ok((_, tag)) = ldap3::asn1::parse_tag(value) else {
        return Err(());
    };
    // SEQUENCE { size INTEGER, cookie OCTET STRING }
    match parts(tag).as_deref_mut() {
        Some([_, cookie]) => bytes(std::mem::replace(cookie, empty())).ok_or(()),
        _ => Err(()),
    }
}

/// The elements of a constructed one.
pub(super) fn parts(tag: StructureTag) -> Option<Vec<StructureTag>> {
    match tag.payload {
        PL::C(parts) => Some(parts),
        PL::P(_) => None,
    }
}

/// The content of a primitive one.
pub(super) fn bytes(tag: StructureTag) -> Option<Vec<u8>> {
    match tag.payload {
        PL::P(bytes) => Some(bytes),
        PL::C(_) => None,
    }
}

fn empty() -> StructureTag {
    StructureTag {
        class: ldap3::asn1::TagClass::Universal,
        id: 0,
        payload: PL::P(Vec::new()),
    }
}
