//! Reads an account as a directory sends it, tells what its
//! `userAccountControl` says, and forecasts the tickets of a person in many
//! groups for it: with the PAC, and without.
//!
//! ```sh
//! cargo run --example ticket_size
//! ```

use std::io::{self, Write};

use ad_pac::account::{Plan, Policy, Wish};
use ad_pac::forecast::{Groups, LIMITS, Person, Zone, law::units, size};
use ad_pac::ldap::Entry;

/// S-1-5-21-1-2-3-RID, as `objectSid` and `tokenGroups` have it (MS-DTYP 2.4.2.2).
fn sid(relative_identifier: u32) -> Vec<u8> {
    let mut sid = vec![1, 5, 0, 0, 0, 0, 0, 5];
    for part in [21, 1, 2, 3, relative_identifier] {
        sid.extend(u32::to_le_bytes(part));
    }
    sid
}

fn write(out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    // What any LDAP client brings back for an NFS server's computer object.
    let mut entry = Entry::new("CN=NFS01,OU=Servers,DC=example,DC=test");
    for (attribute, value) in [
        ("objectClass", b"computer".to_vec()),
        ("objectGUID", vec![7; 16]),
        ("sAMAccountName", b"NFS01$".to_vec()),
        ("userAccountControl", b"4096".to_vec()),
        ("servicePrincipalName", b"nfs/nfs01.example.test".to_vec()),
    ] {
        entry.add(attribute, [value]);
    }
    let account = entry.account()?;
    writeln!(out, "{}: {}", account.sam_account_name, account.flags)?;

    // What would be done to take the PAC out of its tickets.
    let plan = match Plan::of(&account, Wish::Set, Policy::default()) {
        Plan::Nothing => "nothing to do".to_owned(),
        Plan::Refuse(refusal) => format!("not touched: {}", refusal.name()),
        Plan::Change(step) => format!("from {} to {}", step.old.to_ldap(), step.new.to_ldap()),
    };
    writeln!(out, "{plan}")?;

    // Somebody in 150 groups of that domain.
    let groups: Vec<Vec<u8>> = (2000..2150).map(sid).collect();
    let person = Person {
        name: units("alice"),
        principal_name: Some(units("alice@example.test")),
        texts: vec![units("Alice Example")],
        groups: Groups::count(&sid(1104), groups.iter().map(Vec::as_slice)),
    };
    for pac in [true, false] {
        let size = size(&person, "nfs/nfs01.example.test", "example.test", pac);
        let zone = Zone::of(size.token);
        writeln!(
            out,
            "{} PAC: {} bytes, {}; {} left to what {}",
            if pac { "with" } else { "without" },
            size.token,
            zone.meaning(),
            LIMITS[0].margin(size.token),
            LIMITS[0].name
        )?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    write(&mut io::stdout().lock())
}
