use proptest::prelude::*;

use super::*;

#[test]
fn filters_are_put_together() {
    let filter = Filter::and([
        Filter::or([
            Filter::equals("cn", "a(b)*\\"),
            Filter::starts_with("spn", "nfs/"),
        ]),
        Filter::negated(&Filter::has_bits("userAccountControl", 2)),
    ]);
    assert_eq!(
        filter.as_str(),
        "(&(|(cn=a\\28b\\29\\2a\\5c)(spn=nfs/*))(!(userAccountControl:1.2.840.113556.1.4.803:=2)))"
    );
}

#[test]
fn well_formed_filters_are_accepted() {
    for text in [
        "(cn=*)",
        "(&(objectClass=computer)(|(cn=a*b)(!(cn>=c))))",
        "(userAccountControl:1.2.840.113556.1.4.803:=2)",
        "(cn=)",
        "(description=caf\u{e9} \\28x\\29)",
    ] {
        assert_eq!(Filter::parse(text).map(|f| f.0), Ok(text.to_owned()));
    }
}

#[test]
fn malformed_filters_are_refused_with_their_place() {
    for (text, place) in [
        ("", "`(` is missing at character 1"),
        ("cn=*", "`(` is missing at character 1"),
        ("(cn=*", "`)` is missing at character 6"),
        (
            "(cn=a)(cn=b)",
            "something follows the filter at character 7",
        ),
        ("(=a)", "an attribute name is missing at character 2"),
        ("(cn)", "`=` is missing at character 4"),
        ("(&)", "`(` is missing at character 3"),
        (
            "(cn=\\2)",
            "two hexadecimal digits must follow the backslash at character 5",
        ),
        ("(cn=a(b)", "`(` in a value is written \\28 at character 6"),
    ] {
        assert_eq!(
            Filter::parse(text).unwrap_err().to_string(),
            place,
            "{text}"
        );
    }
    let deep = "(!".repeat(1000) + "(cn=a)" + &")".repeat(1000);
    assert!(Filter::parse(&deep).is_err());
}

proptest! {
    #[test]
    fn no_value_becomes_syntax(value in "[()*\\\\&|!=a\\x00\u{e9}]{0,30}") {
        let filter = Filter::equals("cn", &value);
        prop_assert!(Filter::parse(filter.as_str()).is_ok());
        let inner = &filter.as_str()[4..filter.as_str().len() - 1];
        prop_assert!(!inner.contains(['(', ')', '*', '\0']));
        prop_assert_eq!(unescaped(inner), value);
    }

    #[test]
    fn checking_never_panics(text in "\\PC{0,60}") {
        let _ = Filter::parse(&text);
    }
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'\\' {
            let digits = std::str::from_utf8(&after[..2]).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}
