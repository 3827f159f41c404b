use super::*;

const WDS: &str = r"\boot\x86\wdsnbp.com";

fn plan(path: &str) -> Plan {
    Plan {
        next_server: Ipv4Addr::new(10, 0, 0, 5),
        file: BootFile::new(path).unwrap(),
        classes: Vec::new(),
        nul: true,
    }
}

fn class(name: &str, path: &str) -> Class {
    Class {
        name: name.to_owned(),
        architectures: Architecture::selected_by(name).unwrap(),
        file: BootFile::new(path).unwrap(),
    }
}

fn fragment(target: &str, plan: &Plan) -> String {
    Target::named(target).unwrap().fragment(plan)
}

/// Target, and the line of it in which the path stands as it must be written.
const WRITTEN: &[(&str, &str)] = &[
    (
        "isc-dhcpd",
        r#"option bootfile-name "\\boot\\x86\\wdsnbp.com\000";"#,
    ),
    ("isc-dhcpd", r#"filename "\\boot\\x86\\wdsnbp.com";"#),
    ("kea", r#""boot-file-name": "\\boot\\x86\\wdsnbp.com","#),
    (
        "kea",
        r#"  { "name": "boot-file-name", "data": "\\boot\\x86\\wdsnbp.com" }"#,
    ),
    (
        "dnsmasq",
        r"dhcp-boot=\boot\x86\wdsnbp.com,10.0.0.5,10.0.0.5",
    ),
    (
        "dnsmasq-proxy",
        r#"pxe-service=0,"Network boot (bios)",\boot\x86\wdsnbp.com,10.0.0.5"#,
    ),
    ("infoblox", r"Boot File:    \\boot\\x86\\wdsnbp.com"),
    (
        "windows",
        r"Set-DhcpServerv4OptionValue -OptionId 67 -Value '\boot\x86\wdsnbp.com'",
    ),
    (
        "mikrotik",
        r#"/ip dhcp-server option add name=pxe-file code=67 value=0x5c626f6f745c7838365c7764736e62702e636f6d00 comment="\\boot\\x86\\wdsnbp.com""#,
    ),
    (
        "cisco-ios",
        " option 67 hex 5c62.6f6f.745c.7838.365c.7764.736e.6270.2e63.6f6d.00",
    ),
    ("opnsense", r"<filename>\\boot\\x86\\wdsnbp.com</filename>"),
    ("udhcpd", r"option bootfile \boot\x86\wdsnbp.com"),
];

#[test]
fn a_backslash_is_escaped_as_each_server_needs_it() {
    for (target, line) in WRITTEN {
        let text = fragment(target, &plan(WDS));
        assert!(
            text.lines().any(|found| found == *line),
            "{target}: no line {line} in\n{text}"
        );
    }
    for target in TARGETS {
        assert!(
            WRITTEN.iter().any(|(name, _)| *name == target.name),
            "{}",
            target.name
        );
    }
}

#[test]
fn no_nul_is_written_where_none_is_wanted() {
    let plan = Plan {
        nul: false,
        ..plan(WDS)
    };
    for target in TARGETS {
        let text = fragment(target.name, &plan);
        assert!(!text.contains(r"\000"), "{}: {text}", target.name);
        assert!(!text.contains("636f6d00"), "{}: {text}", target.name);
    }
}

#[test]
fn every_class_is_served_or_named_as_one_that_cannot_be() {
    let plan = Plan {
        classes: vec![
            class("uefi-x64", r"\boot\x64\wdsmgfw.efi"),
            class("uefi-arm64-http", "http://10.0.0.5/a.efi"),
        ],
        ..plan(WDS)
    };
    for target in TARGETS {
        let text = fragment(target.name, &plan);
        let file = text.contains("wdsmgfw.efi");
        assert!(file, "{}: {text}", target.name);
        assert!(
            text.contains("http://10.0.0.5/a.efi") || text.contains("uefi-arm64-http"),
            "{}: {text}",
            target.name
        );
    }
}

#[test]
fn a_path_that_would_write_lines_of_its_own_is_refused() {
    for bad in ["", "a\nnext-server 6.6.6.6;", "a\0", &"x".repeat(128)] {
        assert!(BootFile::new(bad).is_err(), "{bad:?}");
    }
    BootFile::new(&"x".repeat(127)).unwrap();
}

#[test]
fn quotes_commas_and_spaces_stay_part_of_the_path() {
    let plan = plan(r#"a "b",c.efi"#);
    assert!(fragment("isc-dhcpd", &plan).contains(r#"filename "a \"b\",c.efi";"#));
    assert!(fragment("kea", &plan).contains(r#""data": "a \"b\"\\,c.efi""#));
    assert!(fragment("dnsmasq", &plan).contains(r#"dhcp-boot="a \"b\",c.efi",10.0.0.5"#));
    assert!(fragment("windows", &plan).contains(r#"-Value 'a "b",c.efi'"#));
    assert!(fragment("mikrotik", &plan).contains(r#"boot-file-name="a \"b\",c.efi""#));
}

#[test]
fn a_backslash_before_a_comma_does_not_end_the_path_in_kea() {
    // Kea reads `\\` as one backslash and `\,` as a comma that is no end.
    let text = fragment("kea", &plan(r"a\,b\c.efi"));
    assert!(text.contains(r#""data": "a\\\\\\,b\\\\c.efi""#), "{text}");
}

#[test]
fn opnsense_leaves_option_67_out_where_it_would_overrule_an_architecture() {
    let plan = Plan {
        classes: vec![class("uefi-x64", "a.efi")],
        ..plan(WDS)
    };
    let text = fragment("opnsense", &plan);
    assert!(!text.contains("<bootfilename>"), "{text}");
}
