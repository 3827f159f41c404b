use super::*;

/// A member server as a directory would give it.
pub(crate) fn nfs01() -> Account {
    Account {
        dn: DistinguishedName::parse("CN=NFS01,OU=Servers,DC=lab,DC=test").unwrap(),
        guid: Guid::parse("01234567-89ab-cdef-0123-456789abcdef").unwrap(),
        sid: Some(Sid::parse("S-1-5-21-1-2-3-1105").unwrap()),
        sam_account_name: "NFS01$".to_owned(),
        class: AccountClass::Computer,
        flags: UserAccountControl::WORKSTATION_TRUST_ACCOUNT,
        dns_host_name: Some("nfs01.lab.test".to_owned()),
        spns: vec![
            "host/nfs01.lab.test".to_owned(),
            "nfs/nfs01.lab.test".to_owned(),
        ],
        operating_system: None,
        encryption_types: Some(24),
        primary_group: Some(515),
        critical: false,
        secondary_krbtgt: false,
        when_changed: None,
        writable: None,
    }
}

#[test]
fn service_classes_are_lower_case_and_listed_once() {
    let account = Account {
        spns: ["HTTP/a", "http/b", "nfs/a", "broken"]
            .map(str::to_owned)
            .to_vec(),
        ..nfs01()
    };
    assert_eq!(account.service_classes(), ["http", "nfs"]);
}

#[test]
fn encryption_types_are_named_strongest_first() {
    assert_eq!(
        nfs01().encryption_type_names(),
        ["aes256-cts-hmac-sha1-96", "aes128-cts-hmac-sha1-96"]
    );
    let silent = Account {
        encryption_types: None,
        ..nfs01()
    };
    assert!(silent.encryption_type_names().is_empty());
}
