use proptest::prelude::*;

use super::*;

fn dn(text: &str) -> DistinguishedName {
    DistinguishedName::parse(text).unwrap()
}

#[test]
fn the_examples_of_rfc_4514_are_read() {
    for (text, name) in [
        ("UID=jsmith,DC=example,DC=net", "jsmith"),
        ("OU=Sales+CN=J.  Smith,DC=example,DC=net", "Sales"),
        (
            r#"CN=James \"Jim\" Smith\, III,DC=example,DC=net"#,
            r#"James "Jim" Smith, III"#,
        ),
        (r"CN=Before\0dAfter,DC=example,DC=net", "Before\rAfter"),
        (r"CN=Lu\C4\8Di\C4\87", "Lučić"),
    ] {
        assert_eq!(dn(text).name(), name, "{text}");
    }
}

#[test]
fn what_is_no_name_is_refused_with_its_place() {
    for (text, place) in [
        ("", "an attribute name is missing at character 1"),
        ("nfs01", "`=` is missing at character 6"),
        ("CN=", "a value is missing at character 4"),
        (
            "CN=a;b",
            "a character that needs a backslash before it at character 5",
        ),
        ("CN=a,", "an attribute name is missing at character 6"),
        (
            r"CN=a\",
            "nothing that can be escaped follows the backslash at character 6",
        ),
        (r"CN=a\4", "a hexadecimal digit is missing at character 7"),
    ] {
        let error = DistinguishedName::parse(text).unwrap_err();
        assert_eq!(error.to_string(), place, "{text}");
    }
}

#[test]
fn names_are_compared_as_a_directory_does() {
    let base = dn("ou=servers,DC=Lab,DC=example");
    assert!(dn("CN=NFS01,OU=Servers,dc=lab, dc=EXAMPLE").is_within(&base));
    assert!(base.is_within(&base));
    assert!(!dn("CN=NFS01,OU=Workstations,DC=lab,DC=example").is_within(&base));
    assert!(!dn("DC=example").is_within(&base));
}

#[test]
fn the_domain_is_made_of_the_dc_parts() {
    assert_eq!(
        dn("CN=NFS01,OU=x,DC=lab,DC=example,DC=test").domain(),
        "lab.example.test"
    );
}

proptest! {
    #[test]
    fn an_escaped_value_is_read_back_as_it_was(value in "\\PC{1,40}") {
        let text = format!("CN={},OU=a,DC=b", escape(&value));
        prop_assert_eq!(dn(&text).name(), value);
    }

    #[test]
    fn a_harmless_name_is_the_same_name_and_a_wrong_one_stays_wrong(
        text in "CN=[a-c \\\\,\\x00-\\x1f\\x7f-\\x9f\u{200f}\u{202e}0-9]{1,12}",
    ) {
        let harmless = harmless(&text);
        prop_assert!(!harmless.contains(steers_a_terminal), "{harmless:?}");
        let parsed = |text| DistinguishedName::parse(text).map(|name| name.rdns).ok();
        // A raw NUL is in no name, an escaped one may be.
        if !text.contains('\0') {
            prop_assert_eq!(parsed(&harmless), parsed(&text), "{}", harmless);
        }
    }

    #[test]
    fn no_value_escapes_from_its_place(value in "[ #\"+,;<=>\\\\a-z\\x00\\r\\n]{1,12}") {
        let text = format!("CN={},DC=b", escape(&value));
        prop_assert_eq!(dn(&text).rdns.len(), 2);
        prop_assert_eq!(dn(&text).name(), value);
    }

    #[test]
    fn reading_never_panics(text in "\\PC{0,60}") {
        let _ = DistinguishedName::parse(&text);
    }
}
