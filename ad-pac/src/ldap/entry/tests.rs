use proptest::prelude::*;

use super::*;

fn computer() -> Entry {
    let mut entry = Entry::new("CN=NFS01,OU=Servers,DC=lab,DC=test");
    entry.add("objectGUID", [vec![7; 16]]);
    for (name, value) in [
        ("objectClass", "computer"),
        ("sAMAccountName", "NFS01$"),
        ("userAccountControl", "4096"),
        ("servicePrincipalName", "nfs/nfs01"),
        ("isCriticalSystemObject", "FALSE"),
        ("whenChanged", "20261121053534.0Z"),
    ] {
        entry.add(name, [value.as_bytes().to_vec()]);
    }
    entry
}

#[test]
fn an_account_is_read_whatever_the_case_of_attribute_names() {
    let account = computer().account().unwrap();
    assert_eq!(account.sam_account_name, "NFS01$");
    assert_eq!(account.flags.bits(), 4096);
    assert_eq!(
        account.when_changed.as_deref(),
        Some("2026-11-21T05:35:34Z")
    );
    assert!(!account.critical);
    assert_eq!(account.writable, None);
    assert_eq!(computer().text("SAMACCOUNTNAME").as_deref(), Some("NFS01$"));
}

#[test]
fn what_may_be_written_is_known_only_where_it_was_asked() {
    let mut entry = computer();
    entry.add(ALLOWED_ATTRIBUTES_EFFECTIVE, [b"description".to_vec()]);
    assert_eq!(entry.account().unwrap().writable, Some(false));
    entry.add(
        ALLOWED_ATTRIBUTES_EFFECTIVE,
        [b"useraccountcontrol".to_vec()],
    );
    assert_eq!(entry.account().unwrap().writable, Some(true));
}

#[test]
fn a_missing_attribute_is_named() {
    let mut entry = Entry::new("CN=a,DC=b");
    entry.add("objectGUID", [vec![0; 16]]);
    entry.add("sAMAccountName", [b"a".to_vec()]);
    let error = entry.account().unwrap_err().to_string();
    assert_eq!(
        error,
        "CN=a,DC=b: userAccountControl is missing or may not be read"
    );
}

#[test]
fn what_would_steer_a_terminal_is_not_shown() {
    let mut entry = computer();
    entry.add(
        "operatingSystem",
        ["a\u{1b}[2Jb\u{202e}c".as_bytes().to_vec()],
    );
    let account = entry.account().unwrap();
    assert_eq!(account.operating_system.as_deref(), Some("a?[2Jb?c"));
}

#[test]
fn a_name_that_would_steer_a_terminal_is_shown_escaped_and_names_the_same_object() {
    let mut entry = Entry::new("CN=a\u{9b}31m\u{202e}b,DC=c");
    let error = entry.account().unwrap_err().to_string();
    assert!(
        error.starts_with(r"CN=a\c2\9b31m\e2\80\aeb,DC=c: "),
        "{error}"
    );
    for (name, values) in computer().attributes() {
        entry.add(name, values.to_vec());
    }
    let account = entry.account().unwrap();
    assert_eq!(account.dn.as_str(), r"CN=a\c2\9b31m\e2\80\aeb,DC=c");
    assert_eq!(account.dn.name(), "a\u{9b}31m\u{202e}b");
}

proptest! {
    #[test]
    fn no_entry_makes_the_reader_panic(
        dn in "\\PC{0,40}",
        values: Vec<(usize, Vec<u8>)>,
    ) {
        let mut entry = Entry::new(dn);
        for (index, value) in values {
            entry.add(ACCOUNT_ATTRIBUTES[index % ACCOUNT_ATTRIBUTES.len()], [value]);
        }
        let _ = entry.account();
    }
}
