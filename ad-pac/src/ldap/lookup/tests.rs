use super::*;
use crate::account::{Guid, object::tests::nfs01};

#[test]
fn names_are_told_apart_by_their_form() {
    let is = |text: &str| Lookup::parse(text).unwrap();
    assert!(matches!(is("CN=a,DC=b"), Lookup::Dn(_)));
    assert!(matches!(is("S-1-5-21-1-2-3-4"), Lookup::Sid(_)));
    assert!(matches!(is("nfs/nfs01.lab.test"), Lookup::Spn(_)));
    assert_eq!(is("NFS01$"), Lookup::SamAccountName("NFS01$".into()));
    assert_eq!(
        is("nfs01.lab.test."),
        Lookup::DnsName("nfs01.lab.test".into())
    );
    assert_eq!(is("nfs01"), Lookup::ShortName("nfs01".into()));
}

#[test]
fn a_name_of_another_domain_is_known_by_its_end() {
    for (text, expected) in [
        ("nfs01.lab.test", None),
        ("nfs01.LAB.test", None),
        ("nfs01.child.lab.test", Some("child.lab.test")),
        ("nfs/nfs01.other.test", Some("other.test")),
        ("CN=NFS01,DC=other,DC=test", Some("other.test")),
        ("CN=NFS01,DC=lab,DC=test", None),
        ("nfs01", None),
        ("nfs01.local", None),
        ("NFS01$", None),
    ] {
        let lookup = Lookup::parse(text).unwrap();
        assert_eq!(
            lookup.other_domain("lab.test").as_deref(),
            expected,
            "{text}"
        );
    }
}

#[test]
fn malformed_names_are_refused() {
    for (text, message) in [
        ("", "not a host name"),
        ("a\nb", "not a host name"),
        (
            "CN=",
            "malformed distinguished name: a value is missing at character 4",
        ),
        ("S-1-x", "malformed SID"),
        ("nfs/", "malformed service principal name"),
    ] {
        assert_eq!(
            Lookup::parse(text).unwrap_err().to_string(),
            message,
            "{text:?}"
        );
    }
}

#[test]
fn a_name_cannot_widen_the_search() {
    let lookup = Lookup::parse("x*)(|").unwrap();
    let Question::Search(filter) = lookup.question() else {
        panic!("a search")
    };
    assert!(
        filter.as_str().contains("(sAMAccountName=x\\2a\\29\\28|$)"),
        "{filter}"
    );
}

#[test]
fn two_accounts_of_one_name_are_not_guessed_between() {
    let other = Account {
        dn: DistinguishedName::parse("CN=NAS,DC=lab,DC=test").unwrap(),
        guid: Guid::parse("11234567-89ab-cdef-0123-456789abcdef").unwrap(),
        ..nfs01()
    };
    let lookup = Lookup::parse("nfs01").unwrap();
    let error = lookup.choose(vec![nfs01(), other.clone()]).unwrap_err();
    assert_eq!(error, NotOne::Ambiguous(vec![other, nfs01()]));
    assert_eq!(lookup.choose(vec![]), Err(NotOne::Unknown));
    assert_eq!(lookup.choose(vec![nfs01(), nfs01()]), Ok(nfs01()));
}

#[test]
fn a_person_called_like_a_host_is_not_meant() {
    let person = Account {
        guid: Guid::parse("11234567-89ab-cdef-0123-456789abcdef").unwrap(),
        class: AccountClass::User,
        sam_account_name: "nfs01".into(),
        spns: vec![],
        ..nfs01()
    };
    let lookup = Lookup::parse("nfs01").unwrap();
    assert_eq!(lookup.choose(vec![person.clone(), nfs01()]), Ok(nfs01()));
    assert_eq!(lookup.choose(vec![person.clone()]), Ok(person));
}
