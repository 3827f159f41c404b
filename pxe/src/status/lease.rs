//! Leases as JSON.

use serde_json::{Value, json};

use super::instant;
use crate::dhcp::leases::{Lease, State};
use crate::timeline::Millis;

/// Leases, by address.
pub(crate) fn leases(leases: &[Lease], now: Millis) -> Value {
    let mut sorted: Vec<&Lease> = leases.iter().collect();
    sorted.sort_unstable_by_key(|lease| lease.address);
    let rows: Vec<Value> = sorted.iter().map(|one| lease(one, now)).collect();
    json!({ "leases": rows })
}

fn lease(lease: &Lease, now: Millis) -> Value {
    let identifier = match &*lease.key.0 {
        // Known by its hardware address: nothing to add.
        [0, 61, identifier @ ..] => Some(hex(identifier)),
        _ => None,
    };
    json!({
        "address": lease.address.to_string(),
        "mac": lease.mac.to_string(),
        "client_id": identifier,
        "state": word(lease, now),
        "until": instant(lease.until.saturating_mul(1000)),
    })
}

/// What an address is now.
fn word(lease: &Lease, now: Millis) -> &'static str {
    let over = lease.until.saturating_mul(1000) <= now;
    match lease.state {
        State::Bound if !over => "lent",
        State::Offered if !over => "offered",
        State::Declined if !over => "in use by somebody else",
        State::Released => "released",
        State::Bound | State::Offered | State::Declined => "free",
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
