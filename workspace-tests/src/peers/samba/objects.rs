//! What is in the directory: servers with and without the bit, people with
//! few and many groups, a delegated administrator, accounts that must never be
//! touched, and names that are hard to quote.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{BASE, DNS_DOMAIN, PASSWORD};
use crate::directory::lab::HARD_NAMES;

/// The groups of bob: five in six hold him, one in six holds a group that does.
pub const BOB_GROUPS: usize = 600;

/// The people between alice and bob, one for each interesting group count:
/// `edge<n>` is in n groups.
pub const EDGES: [usize; 6] = [0, 40, 79, 80, 100, 340];

/// `userAccountControl` values the objects are made with.
const NORMAL: u32 = 0x200;
const WORKSTATION: u32 = 0x1000;
const DONT_EXPIRE: u32 = 0x10000;
const DISABLED: u32 = 0x2;
const TRUSTED_FOR_DELEGATION: u32 = 0x80000;
const NO_AUTH_DATA_REQUIRED: u32 = 0x200_0000;

/// All of it as LDIF.
pub(super) fn ldif() -> String {
    let mut text = String::new();
    for unit in [
        "Lab",
        "Servers",
        "Workstations",
        "People",
        "Groups",
        "Service",
    ] {
        let dn = match unit {
            "Lab" => format!("OU=Lab,{BASE}"),
            _ => format!("OU={unit},OU=Lab,{BASE}"),
        };
        entry(&mut text, &dn, &[("objectClass", "organizationalUnit")]);
    }
    people(&mut text);
    computers(&mut text);
    groups(&mut text);
    text
}

fn people(text: &mut String) {
    for name in ["alice", "bob", "nobody2", "uacadmin"] {
        user(text, name, "People", NORMAL | DONT_EXPIRE, &[]);
    }
    for count in EDGES {
        user(
            text,
            &format!("edge{count}"),
            "People",
            NORMAL | DONT_EXPIRE,
            &[],
        );
    }
    let long = "a-user-with-a-longname"; // sAMAccountName ends at 20 characters for people
    user(text, &long[..20], "People", NORMAL | DONT_EXPIRE, &[]);
    let bit = NORMAL | DONT_EXPIRE | NO_AUTH_DATA_REQUIRED;
    user(text, "oldnopac", "Service", bit, &[]);
    let spn = format!("nfs/nfs-cluster.{DNS_DOMAIN}");
    user(text, "svc-nfs", "Service", NORMAL | DONT_EXPIRE, &[&spn]);
}

fn computers(text: &mut String) {
    for number in 1..=8 {
        computer(
            text,
            &format!("NFS{number:02}"),
            "Servers",
            &["host", "nfs"],
            WORKSTATION,
        );
    }
    let nfs = ["host", "nfs"];
    computer(
        text,
        "NFS09",
        "Servers",
        &nfs,
        WORKSTATION | NO_AUTH_DATA_REQUIRED,
    );
    computer(text, "NFS10", "Servers", &nfs, WORKSTATION | DISABLED);
    computer(
        text,
        "NFS11",
        "Servers",
        &nfs,
        WORKSTATION | TRUSTED_FOR_DELEGATION,
    );
    for number in 12..=20 {
        computer(
            text,
            &format!("SRV{number}"),
            "Servers",
            &["host"],
            WORKSTATION,
        );
    }
    for number in 21..=30 {
        computer(
            text,
            &format!("WKS{number}"),
            "Workstations",
            &["host"],
            WORKSTATION,
        );
    }
    // The object of a storage head is often not called as the host is.
    let dn = format!("CN=FILER-OBJ,OU=Servers,OU=Lab,{BASE}");
    let spn = format!("nfs/storage.{DNS_DOMAIN}");
    let dns = format!("storage.{DNS_DOMAIN}");
    let mut attributes = account("FILER-OBJ$", "computer", WORKSTATION);
    attributes.push(("dNSHostName", dns));
    attributes.push(("servicePrincipalName", spn));
    entry_owned(text, &dn, &attributes);
    // Two accounts that claim one name.
    for (number, class) in [(1, "nfs"), (2, "host")] {
        let name = format!("TWIN{number}");
        let dn = format!("CN={name},OU=Servers,OU=Lab,{BASE}");
        let mut attributes = account(&format!("{name}$"), "computer", WORKSTATION);
        attributes.push(("servicePrincipalName", format!("{class}/twin.{DNS_DOMAIN}")));
        entry_owned(text, &dn, &attributes);
    }
    for (number, (_, rdn)) in HARD_NAMES.iter().enumerate() {
        let dn = format!("CN={rdn},OU=Servers,OU=Lab,{BASE}");
        let host = format!("hard{number}.{DNS_DOMAIN}");
        let mut attributes = account(&format!("HARD{number}$"), "computer", WORKSTATION);
        attributes.push(("servicePrincipalName", format!("nfs/{host}")));
        attributes.push(("dNSHostName", host));
        entry_owned(text, &dn, &attributes);
    }
}

fn groups(text: &mut String) {
    let person = |name: &str| format!("CN={name},OU=People,OU=Lab,{BASE}");
    for number in 1..=3 {
        group(text, &format!("team-{number}"), &[person("alice")]);
    }
    let direct = BOB_GROUPS * 5 / 6;
    let holds = |name: &str, count: usize, number: usize| (number <= count).then(|| person(name));
    for number in 1..=direct {
        let mut members = vec![person("bob")];
        for count in EDGES {
            members.extend(holds(&format!("edge{count}"), count, number));
        }
        group(text, &format!("proj-{number:04}"), &members);
    }
    for number in direct + 1..=BOB_GROUPS {
        // Groups of bob alone, so that a person at an edge is in no nested one.
        let inner = direct - (number - direct - 1);
        let inner = format!("CN=proj-{inner:04},OU=Groups,OU=Lab,{BASE}");
        group(text, &format!("proj-{number:04}"), &[inner]);
    }
    group(text, "uac-writers", &[person("uacadmin")]);
}

fn user(text: &mut String, name: &str, unit: &str, flags: u32, spns: &[&str]) {
    let dn = format!("CN={name},OU={unit},OU=Lab,{BASE}");
    let mut attributes = account(name, "user", flags);
    attributes.push(("userPrincipalName", format!("{name}@{DNS_DOMAIN}")));
    for spn in spns {
        attributes.push(("servicePrincipalName", (*spn).to_owned()));
    }
    entry_owned(text, &dn, &attributes);
}

fn computer(text: &mut String, name: &str, unit: &str, services: &[&str], flags: u32) {
    let dn = format!("CN={name},OU={unit},OU=Lab,{BASE}");
    let host = format!("{}.{DNS_DOMAIN}", name.to_ascii_lowercase());
    let mut attributes = account(&format!("{name}$"), "computer", flags);
    for service in services {
        attributes.push(("servicePrincipalName", format!("{service}/{host}")));
        attributes.push(("servicePrincipalName", format!("{service}/{name}")));
    }
    attributes.push(("dNSHostName", host));
    entry_owned(text, &dn, &attributes);
}

fn group(text: &mut String, name: &str, members: &[String]) {
    let dn = format!("CN={name},OU=Groups,OU=Lab,{BASE}");
    let mut attributes = vec![
        ("objectClass", "group".to_owned()),
        ("sAMAccountName", name.to_owned()),
        // A global security group.
        ("groupType", "-2147483646".to_owned()),
    ];
    for member in members {
        attributes.push(("member", member.clone()));
    }
    entry_owned(text, &dn, &attributes);
}

fn account(name: &str, class: &str, flags: u32) -> Vec<(&'static str, String)> {
    let quoted: Vec<u8> = format!("\"{PASSWORD}\"")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    vec![
        ("objectClass", class.to_owned()),
        ("sAMAccountName", name.to_owned()),
        ("userAccountControl", flags.to_string()),
        // AES with SHA-1, both sizes.
        ("msDS-SupportedEncryptionTypes", "24".to_owned()),
        // `::` marks base64 (RFC 2849).
        ("unicodePwd:", STANDARD.encode(quoted)),
    ]
}

fn entry(text: &mut String, dn: &str, attributes: &[(&str, &str)]) {
    let owned: Vec<_> = attributes
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    entry_owned(text, dn, &owned);
}

fn entry_owned(text: &mut String, dn: &str, attributes: &[(&str, String)]) {
    let _ = writeln!(text, "dn:: {}", STANDARD.encode(dn));
    for (name, value) in attributes {
        let _ = writeln!(text, "{name}: {value}");
    }
    text.push('\n');
}

/// Accounts that only the system itself may make and that this project's tool
/// must never change: a trust to another domain, a read-only domain controller.
pub(super) fn guarded_ldif() -> String {
    let mut text = String::new();
    let dn = format!("CN=OTHER$,CN=Users,{BASE}");
    let mut attributes = account("OTHER$", "user", 0x800 | 0x20);
    // Its password is set over another protocol only.
    attributes.retain(|(name, _)| *name != "unicodePwd:");
    entry_owned(&mut text, &dn, &attributes);
    let dn = format!("CN=RODC1,OU=Domain Controllers,{BASE}");
    let mut attributes = account("RODC1$", "computer", 0x400_0000 | WORKSTATION);
    attributes.push(("primaryGroupID", "521".to_owned()));
    attributes.push(("dNSHostName", format!("rodc1.{DNS_DOMAIN}")));
    attributes.push(("servicePrincipalName", format!("nfs/rodc1.{DNS_DOMAIN}")));
    entry_owned(&mut text, &dn, &attributes);
    text
}
