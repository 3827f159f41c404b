use super::*;

fn is_match(pattern: &str, name: &str) -> bool {
    Pattern::new(pattern).unwrap().is_match(name)
}

#[test]
fn patterns_are_unanchored_pcre_on_bytes() {
    for (pattern, name, expected) in [
        ("a", "bab", true),
        ("^a", "ba", false),
        ("^(?!amq[.])", "amq.x", false),
        ("^(?!amq[.])", "orders", true),
        ("(a)\\1", "xaa", true),
        ("A", "a", false),
        ("(?i)A", "a", true),
        (".", "", false),
        ("", "", true),
        // Bytes: `ü` is two of them.
        ("^..$", "ü", true),
        ("^a.b$", "a\nb", false),
        ("^a$", "a\n", true),
        ("^a.*", "ab", true),
        ("^a-b[.]c$", "a-b.c", true),
        ("^a\\.b", "axb", false),
        ("^.*$", "a\nb", false),
    ] {
        assert_eq!(is_match(pattern, name), expected, "{pattern:?} on {name:?}");
    }
}

#[test]
fn shortcuts_decide_as_the_engine_does() {
    let names = ["", "a", "a\n", "ab", "a.b", "axb", "b", "a-b", "\n", "aa"];
    for pattern in [
        "", ".*", "^", "^.*", ".*$", "$", "^a", "^a$", "^a.*", "^a\\.b", "^a-b$", "^a\\-b", "^$",
        "^a\\.b$",
    ] {
        let shortcut = Pattern {
            compiled: simple(pattern).unwrap_or_else(|| panic!("{pattern} has a shortcut")),
        };
        let engine = RegexBuilder::new().build(pattern).unwrap();
        for name in names {
            assert_eq!(
                shortcut.is_match(name),
                engine.is_match(name.as_bytes()).unwrap(),
                "{pattern:?} on {name:?}"
            );
        }
    }
}

#[test]
fn a_pattern_that_would_run_for_years_reaches_its_limit() {
    let pattern = Pattern::new("^(a+)+$").unwrap();
    assert_eq!(
        pattern.test(&format!("{}!", "a".repeat(60))),
        Outcome::LimitReached
    );
    // A pattern cannot lift the limit.
    let pattern = Pattern::new("(*LIMIT_MATCH=4000000000)^(a+)+$").unwrap();
    assert_eq!(
        pattern.test(&format!("{}!", "a".repeat(60))),
        Outcome::LimitReached
    );
}

#[test]
fn what_is_no_pattern_says_why() {
    let error = Pattern::new("a(b").unwrap_err();
    assert!(
        error.contains("parenthes") && error.ends_with("at byte 3"),
        "{error}"
    );
    assert!(Pattern::new(&"a".repeat(100_000)).is_err());
}
