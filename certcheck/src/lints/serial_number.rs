//! A serial number is positive and at most 20 octets long.

use super::{Basis, Lint, Role, Rule, Subject};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "serial-number",
    citation: "RFC 5280 section 4.1.2.2",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    // What a root calls itself is compared with nothing.
    if subject.role == Role::Root {
        return None;
    }
    let serial = subject.parsed.raw_serial();
    if serial.iter().all(|byte| *byte == 0) {
        return Some("the serial number is zero".into());
    }
    if serial[0] & 0x80 != 0 {
        return Some("the serial number is negative".into());
    }
    (serial.len() > 20).then(|| format!("the serial number has {} octets", serial.len()))
}
