use super::list::{parse_lines, parse_toml};
use super::*;

fn target(text: &str) -> Target {
    Target::parse(text, Options::default()).unwrap()
}

#[test]
fn targets_are_read_in_every_form() {
    for (text, host, port, path) in [
        ("example.org", "example.org", 443, "/"),
        ("EXAMPLE.org.", "example.org", 443, "/"),
        ("example.org:8443", "example.org", 8443, "/"),
        ("https://example.org", "example.org", 443, "/"),
        ("https://example.org:1/a?b#c", "example.org", 1, "/a?b"),
        ("HTTPS://example.org?b", "example.org", 443, "/?b"),
        ("192.0.2.1:9", "192.0.2.1", 9, "/"),
        ("2001:db8::1", "[2001:db8::1]", 443, "/"),
        ("[2001:db8::1]:9", "[2001:db8::1]", 9, "/"),
        ("b\u{fc}cher.example", "xn--bcher-kva.example", 443, "/"),
        ("_dmarc.example.org", "_dmarc.example.org", 443, "/"),
    ] {
        let target = target(text);
        assert_eq!(
            (
                target.host.in_url().as_str(),
                target.port,
                target.path.as_str()
            ),
            (host, port, path),
            "{text}"
        );
    }
}

#[test]
fn bad_targets_are_refused_with_what_is_wrong() {
    for (text, part) in [
        ("", "missing"),
        (":443", "missing"),
        ("example.org:0", "not a port"),
        ("example.org:+5", "not a port"),
        ("example.org:65536", "not a port"),
        ("example.org/x", "whole URL"),
        ("http://example.org", "not protected"),
        ("ftp://example.org", "not https"),
        ("https://u:p@example.org/", "no user name"),
        ("a b", "not a host name"),
        ("127.1", "neither"),
        ("0x7f.0.0.0x1", "neither"),
        ("[::1", "not"),
        ("[::1]x", "not host:port"),
    ] {
        let message = Target::parse(text, Options::default()).unwrap_err();
        assert!(message.contains(part), "{text}: {message}");
        assert!(!message.contains("u:p"), "{message}");
    }
}

#[test]
fn an_international_name_is_shown_in_both_forms() {
    assert_eq!(
        target("b\u{fc}cher.example").host.to_string(),
        "xn--bcher-kva.example (b\u{fc}cher.example)"
    );
}

#[test]
fn starttls_brings_its_own_port() {
    let options = Options {
        starttls: Some(StartTls::Postgres),
        ..Options::default()
    };
    assert_eq!(Target::parse("db", options).unwrap().port, 5432);
}

#[test]
fn thresholds_are_shares_or_durations() {
    let day = 86_400;
    assert_eq!(Threshold::parse("21d").unwrap().seconds(1), 21 * day);
    assert_eq!(
        Threshold::parse("33%").unwrap().seconds(300 * day),
        99 * day
    );
    for (lifetime, warn, crit) in [
        (200, 21 * 24, 7 * 24),
        (100, 21 * 24, 7 * 24),
        (47, 282, 112),
        (6, 36, 14),
    ] {
        let hours = |threshold: Threshold| threshold.seconds(lifetime * day) / 3600;
        assert_eq!(hours(Threshold::WARN), warn, "{lifetime}");
        assert_eq!(hours(Threshold::CRIT), crit, "{lifetime}");
    }
    for bad in ["", "21", "d", "101%", "-1d", "1y", "99999999999999999d"] {
        assert!(Threshold::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_list_carries_options_and_comments() {
    let text = "\u{feff}# ours\n\nwww.example.org\nmail.example.org --starttls smtp --warn=33% # mx\n\
                a.example --expect-issuer 'Our CA' --strict\n";
    let targets = parse_lines(text, &Options::default()).unwrap();
    assert_eq!(targets.len(), 3);
    assert_eq!(targets[1].port, 25);
    assert_eq!(targets[1].options.warn, Some(Threshold::Share(33)));
    assert_eq!(targets[2].options.expect_issuer.as_deref(), Some("Our CA"));
    assert_eq!(targets[2].options.strict, Some(true));
}

#[test]
fn a_bad_line_is_named_with_its_column() {
    for (text, line, column, part) in [
        (
            "a.example\nb.example --wran 3d",
            2,
            11,
            "did you mean `warn`",
        ),
        ("a.example --wran", 1, 11, "did you mean `warn`"),
        ("a.example --warn", 1, 11, "needs a value"),
        ("a.example 'x", 1, 11, "not closed"),
        ("a.example x", 1, 11, "not an option"),
        ("  a..example", 1, 3, "not a host name"),
        ("--warn 3d a.example", 1, 1, "comes first"),
    ] {
        let error = parse_lines(text, &Options::default()).unwrap_err();
        assert_eq!(
            (error.line, error.column),
            (line, column),
            "{text}: {error:?}"
        );
        assert!(error.what.contains(part), "{text}: {error:?}");
    }
}

#[test]
fn toml_carries_defaults_and_options() {
    let text = "[defaults]\nwarn = \"10d\"\n[[target]]\ntarget = \"a.example\"\nsni = \"none\"\n\
                [[target]]\ntarget = \"b.example:1\"\nwarn = \"50%\"\nstrict = true\n";
    let targets = parse_toml(text, &Options::default()).unwrap();
    assert_eq!(targets[0].options.warn, Some(Threshold::Before(864_000)));
    assert_eq!(targets[0].options.sni, Sni::None);
    assert_eq!(targets[1].options.warn, Some(Threshold::Share(50)));
    assert_eq!(targets[1].options.strict, Some(true));
}

#[test]
fn a_bad_toml_value_is_named_with_its_place() {
    for (text, line, column, part) in [
        ("x = 1", 1, 1, "unknown key `x`"),
        ("[[target]]\nname = \"a\"", 1, 1, "`target` is missing"),
        (
            "[[target]]\ntarget = \"a\"\nwran = \"3d\"",
            3,
            1,
            "did you mean `warn`",
        ),
        (
            "[[target]]\ntarget = \"a\"\nwarn = \"3\"",
            3,
            8,
            "not a duration",
        ),
        (
            "[[target]]\ntarget = \"a\"\nwarn = 3",
            3,
            8,
            "string is expected",
        ),
        ("[[target]]\ntarget = ", 2, 10, ""),
        ("target = \"a\"", 1, 1, "[[target]]"),
    ] {
        let error = parse_toml(text, &Options::default()).unwrap_err();
        assert_eq!(
            (error.line, error.column),
            (line, column),
            "{text}: {error:?}"
        );
        assert!(error.what.contains(part), "{text}: {error:?}");
    }
}

#[test]
fn a_fingerprint_is_read_with_or_without_colons() {
    let mut options = Options::default();
    let plain = "ab".repeat(32);
    let colons = vec!["AB"; 32].join(":");
    options.set("expect-fingerprint", &plain).unwrap();
    options.set("expect-fingerprint", &colons).unwrap();
    assert_eq!(options.expect_fingerprint, [[0xab; 32]; 2]);
    assert!(options.set("expect-fingerprint", "abcd").is_err());
}

#[test]
fn the_shipped_example_is_valid_and_shows_every_key() {
    let text = include_str!("../../examples/hosts.toml");
    let targets = parse_toml(text, &Options::default()).unwrap();
    assert_eq!(targets.len(), 5);
    for key in KEYS {
        let shown = text
            .lines()
            .any(|line| line.starts_with(&format!("{key} = ")));
        assert!(shown, "{key}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parsers_panic(text in "\\PC*") {
        let _ = Target::parse(&text, Options::default());
        let _ = parse_lines(&text, &Options::default());
        let _ = parse_toml(&text, &Options::default());
    }
}
