use std::collections::HashMap;
use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::*;
use crate::render;
use crate::wire::arch::Architecture;

mod shapes;

/// Included files by name.
#[derive(Default)]
struct Folder(HashMap<String, String>);

impl Files for Folder {
    fn read(&mut self, name: &str) -> Result<String, String> {
        self.0
            .get(name)
            .cloned()
            .ok_or_else(|| "not found".to_owned())
    }

    fn list(&mut self, folder: &str) -> Result<Vec<String>, String> {
        let start = format!("{folder}/");
        let mut names: Vec<String> = (self.0.keys())
            .filter_map(|name| name.strip_prefix(&start).map(str::to_owned))
            .collect();
        names.sort();
        Ok(names)
    }
}

fn read(target: &str, text: &str) -> Reading {
    let target = Target::named(target).unwrap();
    target
        .read("file", text.to_owned(), &mut Folder::default())
        .unwrap_or_else(|error| panic!("{error:?}\n{text}"))
}

fn findings(target: &str, text: &str) -> Vec<Finding> {
    check(Target::named(target).unwrap(), &read(target, text))
}

fn rules(target: &str, text: &str) -> Vec<&'static str> {
    findings(target, text)
        .iter()
        .map(|finding| finding.rule)
        .collect()
}

fn mended(target: &str, text: &str, rule: &str) -> Option<String> {
    let only = |finding: &Finding| finding.rule == rule;
    let target = Target::named(target).unwrap();
    let fixed = fix::fix(target, "file", text, &mut Folder::default(), &only).unwrap();
    fixed.into_iter().next().map(|file| file.after)
}

/// A fault and its cure.
struct Twins {
    rule: &'static str,
    target: &'static str,
    bad: &'static str,
    good: &'static str,
    /// Whether `--fix` finds the cure by itself.
    fixed: bool,
}

const fn fixed(
    rule: &'static str,
    target: &'static str,
    bad: &'static str,
    good: &'static str,
) -> Twins {
    Twins {
        rule,
        target,
        bad,
        good,
        fixed: true,
    }
}

const fn by_hand(
    rule: &'static str,
    target: &'static str,
    bad: &'static str,
    good: &'static str,
) -> Twins {
    Twins {
        rule,
        target,
        bad,
        good,
        fixed: false,
    }
}

const TWINS: &[Twins] = &[
    fixed(
        "eaten-backslash",
        "isc-dhcpd",
        r#"option bootfile-name "\boot\x86\wdsnbp.com";"#,
        r#"option bootfile-name "\\boot\\x86\\wdsnbp.com";"#,
    ),
    fixed(
        "eaten-backslash",
        "kea",
        r#"{ "Dhcp4": { "option-data": [ { "name": "boot-file-name", "data": "\boot\x86\a.com" } ] } }"#,
        r#"{ "Dhcp4": { "option-data": [ { "name": "boot-file-name", "data": "\\boot\\x86\\a.com" } ] } }"#,
    ),
    fixed(
        "eaten-backslash",
        "dnsmasq",
        r#"dhcp-boot="\boot\x86\a b.com""#,
        r#"dhcp-boot="\\boot\\x86\\a b.com""#,
    ),
    fixed(
        "eaten-backslash",
        "mikrotik",
        r#"/ip dhcp-server network add address=10.0.0.0/24 next-server=10.0.0.5 boot-file-name="\boot\x86\a.com""#,
        r#"/ip dhcp-server network add address=10.0.0.0/24 next-server=10.0.0.5 boot-file-name="\\boot\\x86\\a.com""#,
    ),
    fixed(
        "eaten-backslash",
        "mikrotik",
        r#"/ip dhcp-server option add name=file code=67 value="s'\boot\a.com'""#,
        r#"/ip dhcp-server option add name=file code=67 value="s'\\boot\\a.com'""#,
    ),
    fixed(
        "eaten-backslash",
        "infoblox",
        "header-network,address*,netmask*,boot_file,next_server\nnetwork,10.0.0.0,255.255.255.0,\\boot\\a.com,10.0.0.5\n",
        "header-network,address*,netmask*,boot_file,next_server\nnetwork,10.0.0.0,255.255.255.0,\\\\boot\\\\a.com,10.0.0.5\n",
    ),
    fixed(
        "eaten-backslash",
        "opnsense",
        r"<dhcpd><lan><nextserver>10.0.0.5</nextserver><filename>\boot\a&amp;b.com</filename></lan></dhcpd>",
        r"<dhcpd><lan><nextserver>10.0.0.5</nextserver><filename>\\boot\\a&amp;b.com</filename></lan></dhcpd>",
    ),
    fixed(
        "doubled-backslash",
        "isc-dhcpd",
        r#"filename "\\\\boot\\\\a.com";"#,
        r#"filename "\\boot\\a.com";"#,
    ),
    fixed(
        "doubled-backslash",
        "dnsmasq",
        r"dhcp-boot=\\boot\\a.com",
        r"dhcp-boot=\boot\a.com",
    ),
    fixed(
        "doubled-backslash",
        "windows",
        r"Set-DhcpServerv4OptionValue -OptionId 67 -Value 'boot\\x64\\a.com'",
        r"Set-DhcpServerv4OptionValue -OptionId 67 -Value 'boot\x64\a.com'",
    ),
    fixed(
        "doubled-backslash",
        "windows",
        "Dhcp Server \\\\dc1 Scope 10.0.0.0 set optionvalue 67 STRING \"boot\\\\x64\\\\a.com\" \r\n",
        "Dhcp Server \\\\dc1 Scope 10.0.0.0 set optionvalue 67 STRING \"boot\\x64\\a.com\" \r\n",
    ),
    fixed(
        "doubled-backslash",
        "cisco-ios",
        "ip dhcp pool a\n next-server 10.0.0.5\n bootfile boot\\\\a.com\n",
        "ip dhcp pool a\n next-server 10.0.0.5\n bootfile boot\\a.com\n",
    ),
    fixed(
        "doubled-backslash",
        "udhcpd",
        "siaddr 10.0.0.5\nboot_file \\\\boot\\\\a.com\n",
        "siaddr 10.0.0.5\nboot_file \\boot\\a.com\n",
    ),
    fixed(
        "cut-short",
        "kea",
        r#"{ "Dhcp4": { "option-data": [ { "code": 67, "data": "boot/a,b.0" } ] } }"#,
        r#"{ "Dhcp4": { "option-data": [ { "code": 67, "data": "boot/a\\,b.0" } ] } }"#,
    ),
    by_hand(
        "cut-short",
        "udhcpd",
        "siaddr 10.0.0.5\nboot_file a.0\noption bootfile a b.0\n",
        "siaddr 10.0.0.5\nboot_file a.0\noption bootfile a-b.0\n",
    ),
    fixed(
        "missing-terminator",
        "isc-dhcpd",
        r#"option bootfile-name "pxelinux.0";"#,
        r#"option bootfile-name "pxelinux.0\000";"#,
    ),
    fixed(
        "missing-terminator",
        "cisco-ios",
        "ip dhcp pool a\n option 67 hex 5c62.6f6f\n",
        "ip dhcp pool a\n option 67 hex 5c62.6f6f.00\n",
    ),
    fixed(
        "missing-terminator",
        "mikrotik",
        "/ip dhcp-server option\nadd code=67 name=a value=0x5c62\n",
        "/ip dhcp-server option\nadd code=67 name=a value=0x5c6200\n",
    ),
    fixed(
        "quotes-in-value",
        "isc-dhcpd",
        "filename \u{201c}pxelinux.0\u{201d};",
        "filename \"pxelinux.0\";",
    ),
    fixed(
        "quotes-in-value",
        "kea",
        "{ \"Dhcp4\": { \"boot-file-name\": \u{201c}pxelinux.0\u{201d}, \"subnet4\": [] } }",
        "{ \"Dhcp4\": { \"boot-file-name\": \"pxelinux.0\", \"subnet4\": [] } }",
    ),
    fixed(
        "quotes-in-value",
        "udhcpd",
        "boot_file \"pxelinux.0\"\n",
        "boot_file pxelinux.0\n",
    ),
    fixed(
        "surrounding-blanks",
        "isc-dhcpd",
        "filename \"pxelinux.0 \";",
        "filename \"pxelinux.0\";",
    ),
    fixed(
        "surrounding-blanks",
        "udhcpd",
        "boot_file pxelinux.0\r\n",
        "boot_file pxelinux.0\n",
    ),
    fixed(
        "surrounding-blanks",
        "windows",
        "<DHCPServer><IPv4><OptionValues><OptionValue><OptionId>67</OptionId><Value>a.efi </Value></OptionValue></OptionValues></IPv4></DHCPServer>",
        "<DHCPServer><IPv4><OptionValues><OptionValue><OptionId>67</OptionId><Value>a.efi</Value></OptionValue></OptionValues></IPv4></DHCPServer>",
    ),
    by_hand(
        "path-too-long",
        "isc-dhcpd",
        "filename \"a/very/long/and/deep/path/that/goes/on/and/on/and/on/and/on/and/on/and/on/and/on/and/on/and/on/and/on/and/on/and/on/and/on/and/on/and.0\";",
        "filename \"a/short/path.0\";",
    ),
    by_hand(
        "files-differ",
        "isc-dhcpd",
        "filename \"a.0\"; option bootfile-name \"b.0\";",
        "filename \"a.0\"; option bootfile-name \"a.0\";",
    ),
    fixed(
        "option-67-alone",
        "isc-dhcpd",
        "subnet 10.0.0.0 netmask 255.0.0.0 {\n  option bootfile-name \"a.0\\000\";\n}\n",
        "subnet 10.0.0.0 netmask 255.0.0.0 {\n  option bootfile-name \"a.0\\000\";\n  filename \"a.0\";\n}\n",
    ),
    fixed(
        "option-67-alone",
        "kea",
        "{ \"Dhcp4\": {\n  \"option-data\": [ { \"code\": 67, \"data\": \"a.0\" } ]\n} }",
        "{ \"Dhcp4\": {\n  \"boot-file-name\": \"a.0\",\n  \"option-data\": [ { \"code\": 67, \"data\": \"a.0\" } ]\n} }",
    ),
    by_hand(
        "no-next-server",
        "isc-dhcpd",
        "filename \"a.0\";",
        "filename \"a.0\"; next-server 10.0.0.5;",
    ),
    fixed(
        "server-name-ignored",
        "isc-dhcpd",
        "group {\n\toption tftp-server-name \"10.0.0.5\";\n}\n",
        "group {\n\toption tftp-server-name \"10.0.0.5\";\n\tnext-server 10.0.0.5;\n}\n",
    ),
    fixed(
        "server-name-ignored",
        "kea",
        "{ \"Dhcp4\": { \"option-data\": [ { \"name\": \"tftp-server-name\", \"data\": \"10.0.0.5\" } ] } }",
        "{ \"Dhcp4\": { \"next-server\": \"10.0.0.5\", \"option-data\": [ { \"name\": \"tftp-server-name\", \"data\": \"10.0.0.5\" } ] } }",
    ),
    fixed(
        "server-name-ignored",
        "udhcpd",
        "option tftp 10.0.0.5\n",
        "option tftp 10.0.0.5\nsiaddr 10.0.0.5\n",
    ),
    fixed(
        "server-name-ignored",
        "cisco-ios",
        "ip dhcp pool a\n option 66 ascii 10.0.0.5\n",
        "ip dhcp pool a\n option 66 ascii 10.0.0.5\n next-server 10.0.0.5\n",
    ),
    by_hand(
        "servers-differ",
        "isc-dhcpd",
        "next-server 10.0.0.5; option tftp-server-name \"10.0.0.6\";",
        "next-server 10.0.0.5; option tftp-server-name \"10.0.0.5\";",
    ),
    by_hand(
        "pxeclient-from-dhcp",
        "isc-dhcpd",
        "option vendor-class-identifier \"PXEClient\";",
        "option vendor-class-identifier \"PXEClient\"; option vendor-encapsulated-options 6:1:8:ff;",
    ),
    by_hand(
        "pxeclient-from-dhcp",
        "windows",
        "Dhcp Server \\\\dc1 set optionvalue 60 STRING \"PXEClient\"",
        "# Dhcp Server \\\\dc1 set optionvalue 60 STRING \"PXEClient\"\nDhcp Server \\\\dc1 set optionvalue 66 STRING \"10.0.0.5\"",
    ),
    fixed(
        "wrong-field",
        "isc-dhcpd",
        "option tftp-server-name \"pxelinux.0\"; option bootfile-name \"10.0.0.5\";",
        "option tftp-server-name \"10.0.0.5\"; option bootfile-name \"pxelinux.0\";",
    ),
    by_hand(
        "url-for-tftp",
        "isc-dhcpd",
        "filename \"http://10.0.0.5/a.efi\";",
        "if exists user-class and option user-class = \"iPXE\" { filename \"http://10.0.0.5/a.efi\"; }",
    ),
    by_hand(
        "path-for-http",
        "kea",
        "{ \"Dhcp4\": { \"client-classes\": [ { \"name\": \"h\", \"test\": \"option[93].hex == 0x0010\", \"boot-file-name\": \"a.efi\" } ] } }",
        "{ \"Dhcp4\": { \"client-classes\": [ { \"name\": \"h\", \"test\": \"option[93].hex == 0x0010\", \"boot-file-name\": \"http://10.0.0.5/a.efi\" } ] } }",
    ),
    fixed(
        "http-client-missing",
        "isc-dhcpd",
        "if option arch = 00:10 {\n  filename \"http://10.0.0.5/a.efi\";\n}\n",
        "if option arch = 00:10 {\n  filename \"http://10.0.0.5/a.efi\";\n  option vendor-class-identifier \"HTTPClient\";\n}\n",
    ),
    fixed(
        "http-client-missing",
        "kea",
        "{ \"Dhcp4\": { \"client-classes\": [ { \"name\": \"h\", \"test\": \"option[93].hex == 0x0010\", \"option-data\": [ { \"code\": 67, \"data\": \"http://10.0.0.5/a.efi\" } ] } ] } }",
        "{ \"Dhcp4\": { \"client-classes\": [ { \"name\": \"h\", \"test\": \"option[93].hex == 0x0010\", \"option-data\": [ { \"code\": 67, \"data\": \"http://10.0.0.5/a.efi\" }, { \"name\": \"vendor-class-identifier\", \"data\": \"HTTPClient\", \"always-send\": true } ] } ] } }",
    ),
    fixed(
        "http-client-missing",
        "dnsmasq",
        "dhcp-match=set:h,option:client-arch,16\ndhcp-boot=tag:h,http://10.0.0.5/a.efi\n",
        "dhcp-match=set:h,option:client-arch,16\ndhcp-boot=tag:h,http://10.0.0.5/a.efi\ndhcp-option-force=tag:h,60,HTTPClient\n",
    ),
    by_hand(
        "http-client-for-tftp",
        "isc-dhcpd",
        "option vendor-class-identifier \"HTTPClient\";",
        "if option arch = 00:10 { option vendor-class-identifier \"HTTPClient\"; }",
    ),
    fixed(
        "half-of-x64",
        "isc-dhcpd",
        "if option arch = 00:07 { filename \"a.efi\"; }",
        "if option arch = 00:07 or option arch = 00:09 { filename \"a.efi\"; }",
    ),
    fixed(
        "half-of-x64",
        "kea",
        "{ \"Dhcp4\": { \"client-classes\": [ { \"name\": \"x\", \"test\": \"option[93].hex == 0x0009\", \"boot-file-name\": \"a.efi\" } ] } }",
        "{ \"Dhcp4\": { \"client-classes\": [ { \"name\": \"x\", \"test\": \"option[93].hex == 0x0009 or option[93].hex == 0x0007\", \"boot-file-name\": \"a.efi\" } ] } }",
    ),
    fixed(
        "half-of-x64",
        "dnsmasq",
        "dhcp-vendorclass=set:x,PXEClient:Arch:00007\ndhcp-boot=tag:x,a.efi\n",
        "dhcp-vendorclass=set:x,PXEClient:Arch:00007\ndhcp-vendorclass=set:x,PXEClient:Arch:00009\ndhcp-boot=tag:x,a.efi\n",
    ),
    fixed(
        "half-of-x64",
        "dnsmasq-proxy",
        "dhcp-range=10.0.0.0,proxy\npxe-service=x86-64_EFI,\"Boot\",a.efi\n",
        "dhcp-range=10.0.0.0,proxy\npxe-service=x86-64_EFI,\"Boot\",a.efi\npxe-service=9,\"Boot\",a.efi\n",
    ),
    by_hand(
        "architecture-without-file",
        "isc-dhcpd",
        "if option arch = 00:07 or option arch = 00:09 { filename \"a.efi\"; }",
        "if option arch = 00:07 or option arch = 00:09 { filename \"a.efi\"; } else { filename \"a.0\"; }",
    ),
    by_hand(
        "file-of-another-kind",
        "dnsmasq",
        "dhcp-match=set:x,option:client-arch,7\ndhcp-boot=tag:x,pxelinux.0\n",
        "dhcp-match=set:x,option:client-arch,7\ndhcp-boot=tag:x,grubx64.efi\n",
    ),
];

#[test]
fn every_fault_is_found_and_its_cure_is_clean() {
    for twins in TWINS {
        let found = rules(twins.target, twins.bad);
        assert!(
            found.contains(&twins.rule),
            "{}: {}\n{found:?}",
            twins.rule,
            twins.bad
        );
        let left = rules(twins.target, twins.good);
        assert!(
            !left.contains(&twins.rule),
            "{}: {}\n{left:?}",
            twins.rule,
            twins.good
        );
        let fixed = mended(twins.target, twins.bad, twins.rule);
        assert_eq!(
            fixed.as_deref(),
            twins.fixed.then_some(twins.good),
            "{}",
            twins.rule
        );
    }
    for rule in RULES {
        assert!(
            TWINS.iter().any(|twins| twins.rule == rule.id),
            "no example of {}",
            rule.id
        );
    }
}

#[test]
fn rules_are_sorted_by_name_and_say_why() {
    for (index, one) in RULES.iter().enumerate() {
        assert!(
            RULES[..index].iter().all(|other| other.id < one.id),
            "{}",
            one.id
        );
        for text in [one.summary, one.why, one.fix, one.link] {
            assert!(!text.is_empty(), "{}", one.id);
        }
    }
}

#[test]
fn a_finding_points_at_the_value_and_says_what_is_sent() {
    let text = "# ours\nsubnet 10.0.0.0 netmask 255.0.0.0 {\n  next-server 10.0.0.5;\n  filename \"\\boot\\a.0\";\n}\n";
    let found = findings("isc-dhcpd", text);
    let one = found
        .iter()
        .find(|one| one.rule == "eaten-backslash")
        .unwrap();
    assert_eq!((one.line, one.column), (4, 12));
    assert_eq!(one.object, "subnet 10.0.0.0: file");
    assert_eq!(one.sent.as_deref(), Some(&b"\x08oota.0"[..]));
    assert_eq!(
        one.corrected.as_deref(),
        Some("  filename \"\\\\boot\\\\a.0\";")
    );
}

#[test]
fn a_foreign_file_is_refused_with_its_place() {
    for target in TARGETS {
        for text in ["", "hello world\n", "%PDF-1.4", "{ \"a\": [1, 2] }"] {
            let error = target
                .read("file", text.to_owned(), &mut Folder::default())
                .expect_err(&format!("{}: {text}", target.name));
            assert_eq!(error.source, "file");
            assert!(error.line > 0 && !error.expected.is_empty());
        }
    }
    let broken = "subnet 10.0.0.0 netmask 255.0.0.0 {\n  filename \"a;\n}\n";
    let error =
        Target::named("isc-dhcpd")
            .unwrap()
            .read("file", broken.to_owned(), &mut Folder::default());
    let error = error.unwrap_err();
    assert_eq!((error.line, error.column), (2, 12), "{error:?}");
}

#[test]
fn every_target_of_render_can_be_linted() {
    let names = |list: Vec<&'static str>| list;
    assert_eq!(
        names(TARGETS.iter().map(|target| target.name).collect()),
        names(render::TARGETS.iter().map(|target| target.name).collect())
    );
}

#[test]
fn waivers_accept_what_they_name_and_become_stale() {
    let text = "option vendor-class-identifier \"PXEClient\";";
    let found = findings("isc-dhcpd", text);
    let file = waivers::write(&found).unwrap();
    let read = waivers::read("w.toml", &file).unwrap();
    assert_eq!(waivers::apply(found.clone(), &read), (Vec::new(), 1));
    let (left, waived) = waivers::apply(Vec::new(), &read);
    assert_eq!((left.len(), waived), (1, 0));
    assert_eq!(left[0].rule, waivers::STALE);
    for bad in [
        "waiver = 1",
        "[[waiver]]\nrule = \"x\"\nobject = \"y\"\nreason = \"z\"",
        "[[waiver]]\nrule = \"cut-short\"\nobject = \"y\"\nreason = \" \"",
    ] {
        let error = waivers::read("w.toml", bad).unwrap_err();
        assert!(error.subject().starts_with("w.toml:1:"), "{error}");
        assert!(!error.hints().is_empty());
    }
}

fn class(name: &str, path: &str) -> render::Class {
    render::Class {
        name: name.to_owned(),
        architectures: Architecture::selected_by(name).unwrap(),
        file: render::BootFile::new(path).unwrap(),
    }
}

proptest! {
    #[test]
    fn whatever_render_writes_is_clean(
        path in r#"[\\/]?[a-zé0-9,'"$&<>%#@+=~{};.-]{1,12}([\\/][a-z0-9 ,-]{1,8}[a-z]){0,3}"#,
        classes in any::<[bool; 4]>(),
    ) {
        // A name that is a program's of one kind, an address or a URL is a finding of its own.
        let path = format!("{path}x");
        let all = [
            class("bios", &path),
            class("uefi-x64", r"\boot\x64\wdsmgfw.efi"),
            class("uefi-arm64", "boot/arm64.efi"),
            class("uefi-x64-http", "http://10.0.0.5/a.efi"),
        ];
        let plan = render::Plan {
            next_server: Ipv4Addr::new(10, 0, 0, 5),
            file: render::BootFile::new(&path).unwrap(),
            classes: all.into_iter().zip(classes).filter(|(_, wanted)| *wanted).map(|(one, _)| one).collect(),
            nul: true,
        };
        for target in render::TARGETS {
            // It says itself that these paths need another name.
            let words = matches!(target.name, "udhcpd" | "cisco-ios");
            let quoted = path.starts_with(['"', '\'']) || path.ends_with(['"', '\'']);
            if words && (path.contains([' ', '#']) || quoted) {
                continue;
            }
            let text = target.fragment(&plan);
            let found = findings(target.name, &text);
            prop_assert!(found.is_empty(), "{}: {found:#?}\n{text}", target.name);
        }
    }

    #[test]
    fn no_text_panics_a_reader_or_a_rule(
        text in r#"([a-z0-9"'\\=:,;{}\[\]<>/#! \n\r\t“”.-]|option |filename |dhcp-boot=|"Dhcp4"|<OptionValue>|/ip dhcp-server ){0,200}"#
    ) {
        for target in TARGETS {
            if let Ok(reading) = target.read("file", text.clone(), &mut Folder::default()) {
                check(target, &reading);
                let _ = fix::fix(target, "file", &text, &mut Folder::default(), &|_| true);
            }
        }
    }

    #[test]
    fn what_is_mended_is_read_as_it_was_meant(path in r"[a-z0-9\\/ ,$]{1,30}[a-z]") {
        for writing in [model::Writing::Isc, model::Writing::Json, model::Writing::Dnsmasq, model::Writing::RouterOs] {
            let Some(text) = escape::written(writing, path.as_bytes()) else { continue };
            let inner = text.trim_matches('"');
            let decoded = match writing {
                model::Writing::Isc => escape::isc(inner),
                model::Writing::Json => escape::json(inner),
                model::Writing::Dnsmasq if text.starts_with('"') => escape::dnsmasq(inner),
                model::Writing::RouterOs => escape::routeros(inner),
                _ => escape::Decoded::plain(inner),
            };
            prop_assert_eq!(decoded.bytes.as_deref(), Some(path.as_bytes()));
            prop_assert!(decoded.eaten.is_empty());
        }
    }
}
