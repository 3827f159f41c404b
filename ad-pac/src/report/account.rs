//! An account as `show` prints it.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::account::Account;

use super::Paint;

/// The account as JSON.
pub fn json(account: &Account) -> Value {
    json!({
        "dn": account.dn.as_str(),
        "guid": account.guid.to_string(),
        "sid": account.sid.as_ref().map(ToString::to_string),
        "sam_account_name": account.sam_account_name,
        "class": account.class.name(),
        "dns_host_name": account.dns_host_name,
        "pac": if account.pac_free() { "absent" } else { "present" },
        "no_auth_data_required": account.pac_free(),
        "user_account_control": account.flags.bits(),
        "flags": account.flags.names().collect::<Vec<_>>(),
        "unknown_bits": account.flags.unnamed(),
        "encryption_types": account.encryption_type_names(),
        "spns": account.spns,
        "operating_system": account.operating_system,
        "when_changed": account.when_changed,
    })
}

/// The account as text.
///
/// # Errors
/// When `out` cannot be written.
pub(crate) fn text(
    out: &mut impl Write,
    account: &Account,
    server: &str,
    paint: Paint,
) -> io::Result<()> {
    let host = account.dns_host_name.as_deref();
    writeln!(out, "{}", host.unwrap_or(&account.sam_account_name))?;
    let pac = if account.pac_free() {
        paint.good("not in tickets for it (NO_AUTH_DATA_REQUIRED is set)")
    } else {
        paint.notable("in every ticket for it (NO_AUTH_DATA_REQUIRED is clear)")
    };
    let mut row = |name: &str, value: &str| writeln!(out, "  {name:<12} {value}");
    row("PAC", &pac)?;
    row(
        "account",
        &format!("{} ({})", account.sam_account_name, account.class.name()),
    )?;
    row("name", account.dn.as_str())?;
    row(
        "flags",
        &format!("{:#010x} {}", account.flags.bits(), account.flags),
    )?;
    let types = account.encryption_type_names();
    let types = if types.is_empty() {
        "as the domain says".to_owned()
    } else {
        types.join(", ")
    };
    row("enctypes", &types)?;
    for (index, spn) in account.spns.iter().enumerate() {
        row(if index == 0 { "SPNs" } else { "" }, spn)?;
    }
    if let Some(system) = &account.operating_system {
        row("system", system)?;
    }
    if let Some(time) = &account.when_changed {
        row("last change", time)?;
    }
    row("read from", server)
}
