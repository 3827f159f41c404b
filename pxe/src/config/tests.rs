use super::*;
use crate::dhcp::settings::Mode;
use crate::wire::arch::Architecture;

const SMALLEST: &str = "interface = \"eth0\"\n[tftp]\nroot = \"/srv/tftp\"\n";

fn fails(text: &str) -> String {
    let error = Config::parse("pxe.toml", text).expect_err("it is wrong");
    let hints: Vec<String> = error
        .hints()
        .iter()
        .map(|hint| format!(" | {hint}"))
        .collect();
    format!("{error}{}", hints.concat())
}

#[test]
fn interface_and_root_are_enough() {
    let config = Config::parse("pxe.toml", SMALLEST).unwrap();
    assert_eq!(config.interfaces, ["eth0"]);
    assert_eq!(config.tftp.port, 69);
    assert_eq!(config.settings.mode, Mode::Off);
    assert!(config.http.is_none());
}

#[test]
fn every_line_of_the_example_is_understood() {
    let text = include_str!("../../examples/pxe.toml");
    let config = Config::parse("pxe.toml", text).unwrap();
    let boot = &config.settings.boot;
    assert_eq!(
        boot.by_architecture[&Architecture(0)],
        r"\boot\x86\wdsnbp.com"
    );
    assert_eq!(
        boot.by_architecture[&Architecture(7)],
        r"\boot\x64\wdsmgfw.efi"
    );
    assert_eq!(
        boot.by_architecture[&Architecture(9)],
        r"\boot\x64\wdsmgfw.efi"
    );
    assert_eq!(
        boot.by_architecture[&Architecture(16)],
        "http://10.0.0.5/boot/x64/bootx64.efi"
    );
    assert_eq!(config.http.as_ref().map(|http| http.port), Some(80));
    assert_eq!(config.settings.mode, Mode::Proxy);
    assert_eq!(config.settings.subnets[0].lease, 12 * 3600);
    assert_eq!(config.on_interface, [0]);
    assert!(config.settings.rules[0].when.mac.is_some());
}

/// The configuration that every description of this tool begins with.
const USUAL: &str = r#"interface = "eth0"                    # or interfaces = [...]

[tftp]
root = "/srv/tftp"

[boot]                                # by firmware; / or \ both accepted
bios       = '\boot\x86\wdsnbp.com'
uefi-x64   = '\boot\x64\wdsmgfw.efi'
uefi-ia32  = 'boot/ia32/bootia32.efi'
uefi-arm64 = 'boot/arm64/bootaa64.efi'
uefi-x64-http = "http://10.0.0.5/boot/x64/bootx64.efi"
ipxe       = "http://10.0.0.5/menu.ipxe"
server     = "10.0.0.5"

[http]
root = "/srv/tftp"

[dhcp]
mode   = "proxy"
leases = "/var/lib/pxe/leases"

[dhcp.pool]
range   = "10.0.1.10-10.0.1.250"
router  = "10.0.1.1"
dns     = ["10.0.1.1"]
lease   = "12h"

[[client]]
mac  = "52:54:00:*"
boot = { bios = 'pxelinux.0' }
"#;

#[test]
fn every_line_but_interface_and_root_can_be_left_out() {
    let lines: Vec<&str> = USUAL.lines().collect();
    for mode in ["proxy", "full", "off"] {
        let usual = USUAL.replace("\"proxy\"", &format!("\"{mode}\""));
        Config::parse("pxe.toml", &usual).unwrap();
        let is_needed = |at: usize| lines[at].starts_with("interface") || at == 3;
        for left_out in (0..lines.len()).filter(|at| !is_needed(*at)) {
            // A table goes with what is in it, and those within it.
            let is_table = lines[left_out].starts_with('[');
            let kept: Vec<&str> = usual
                .lines()
                .enumerate()
                .scan(false, |gone, (at, line)| {
                    if at == left_out {
                        *gone = is_table;
                        return Some(None);
                    }
                    let within = line.starts_with("[dhcp.") && lines[left_out] == "[dhcp]";
                    *gone &= !line.starts_with('[') || within;
                    Some((!*gone).then_some(line))
                })
                .flatten()
                .collect();
            let result = Config::parse("pxe.toml", &kept.join("\n"));
            match lines[left_out] {
                // The one line that needs another: addresses are given from it.
                "[dhcp.pool]" if mode == "full" => assert!(result.is_err()),
                "[tftp]" => assert!(result.is_err()),
                line => assert!(result.is_ok(), "{mode} without `{line}`: {result:?}"),
            }
        }
    }
    let without = USUAL.replace("root = \"/srv/tftp\"\n\n[dhcp]", "[dhcp]");
    let config = Config::parse("pxe.toml", &without).unwrap();
    assert_eq!(config.http.unwrap().root, config.tftp.root);
}

/// Lines that are commented out say what holds without them, and are right
/// when they are put in; and no key is missing.
#[test]
fn the_example_has_every_key_and_those_commented_out_are_understood() {
    let text = include_str!("../../examples/pxe.toml");
    let is_key = |line: &str| {
        let key = line.split('=').next().unwrap_or_default().trim_end();
        line.contains('=') && key.chars().all(|c| c.is_ascii_lowercase() || c == '-')
    };
    let all: Vec<&str> = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(inner) if is_key(inner) || inner.starts_with('[') => inner,
            _ => line,
        })
        .collect();
    let all = all.join("\n");
    let config = Config::parse("pxe.toml", &all).unwrap();
    assert!(config.tftp.upload.is_some() && config.chroot.is_some());
    let keys = include_str!("raw.rs").lines().filter_map(|line| {
        let field = line.trim().strip_prefix("pub(super) ")?;
        let (name, _) = field.split_once(':')?;
        Some(name.replace('_', "-"))
    });
    for key in keys {
        let named = all.contains(&format!("{key} ="))
            || all.lines().any(|line| {
                let line = line.trim_start();
                line.starts_with(&format!("{key} ")) || line.starts_with('[') && line.contains(&key)
            });
        assert!(named, "`{key}` is not in the example");
    }
}

#[test]
fn boot_files_without_a_mode_are_offered_as_a_proxy() {
    let config = Config::parse("pxe.toml", &format!("{SMALLEST}[boot]\nbios = 'x.0'\n")).unwrap();
    assert_eq!(config.settings.mode, Mode::Proxy);
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_what_was_meant() {
    let with = |more: &str| format!("{SMALLEST}{more}\n");
    for (text, expected) in [
        (
            "interfaec = \"eth0\"\n[tftp]\nroot = \"/\"".to_owned(),
            "pxe.toml:1:1: unknown field `interfaec`",
        ),
        (
            "interfaec = \"eth0\"\n[tftp]\nroot = \"/\"".to_owned(),
            "did you mean `interface`?",
        ),
        (
            "[tftp]\nroot = \"/\"".to_owned(),
            "pxe.toml: `interface` is missing",
        ),
        ("interface = \"eth0\"".to_owned(), "missing field `tftp`"),
        ("interface = \"eth0".to_owned(), "pxe.toml:1:18: "),
        ("interface = 5".to_owned(), "pxe.toml:1:13: invalid type"),
        (with("port = 70000"), "pxe.toml:4:8: "),
        (with("port = 0"), "pxe.toml:4:8: port 0 does not exist"),
        (
            with("window-size = 0"),
            "pxe.toml:4:15: a window has at least one block",
        ),
        (with("engine = \"segmentin\""), "did you mean `segmenting`?"),
        (
            with("[dhcp]\nmode = \"poxy\""),
            "pxe.toml:5:8: unknown mode `poxy` | did you mean `proxy`?",
        ),
        (
            with("[dhcp]\nmode = \"full\""),
            "pxe.toml:5:8: mode `full` gives addresses, but there are none",
        ),
        (
            with("[dhcp.pool]\nrange = \"10.0.0.9-10.0.0.1\""),
            "pxe.toml:5:9: `10.0.0.9-10.0.0.1`: the range ends before it begins",
        ),
        (
            with("[dhcp.pool]\nlease = \"12\""),
            "pxe.toml:5:9: `12` is not a duration",
        ),
        (
            with("[dhcp.pool]\nnetwork = \"10.0.0.0/24\"\nrange = \"10.0.1.1-10.0.1.9\""),
            "pxe.toml:6:9: range 10.0.1.1-10.0.1.9 is not within",
        ),
        (
            with("[[dhcp.subnet]]\nrouter = \"10.0.1.1\""),
            "neither `range` nor `network`",
        ),
        (
            with("[boot]\nuefi-x46 = 'a'"),
            "pxe.toml:5:1: unknown client `uefi-x46` | did you mean `uefi-x64`?",
        ),
        (with("[boot]\nbios = \"\\boot\\x86\""), "pxe.toml:5:"),
        (
            with("[boot]\nbios = \"\\boot\""),
            "pxe.toml:5:8: the boot file has a control character (\\u{8}) | in double quotes",
        ),
        (
            with("[boot]\nbios = ''"),
            "pxe.toml:5:8: the boot file is empty",
        ),
        (
            with("[boot]\nuefi-x64-http = 'boot.efi'"),
            "pxe.toml:5:17: `uefi-x64-http` boots over HTTP and needs a URL",
        ),
        (
            with("[boot]\nserver = 'wds'"),
            "pxe.toml:5:10: `wds`: invalid IPv4 address syntax",
        ),
        (
            with("[[client]]\nmac = \"zz\""),
            "pxe.toml:5:7: not a hardware address",
        ),
        (
            with("[[client]]\nuuid = \"12\""),
            "pxe.toml:5:8: not a UUID",
        ),
        (
            with("[[client]]\narch = \"uefi\""),
            "pxe.toml:5:8: unknown architecture `uefi`",
        ),
        (
            with("[[client]]\nignore = true\nlocal-disk = true"),
            "a client that is ignored gets nothing",
        ),
        (
            with("[[client]]\nfields = [\"68\"]"),
            "pxe.toml:5:11: unknown field `68`",
        ),
        (
            with("[dhcp.options]\nntp-server = \"10.0.0.1\""),
            "pxe.toml:5:1: unknown option `ntp-server` | did you mean `ntp-servers`?",
        ),
        (
            with("[dhcp.options]\nntp-servers = \"ten\""),
            "pxe.toml:5:15: option `ntp-servers`: expected IPv4 addresses",
        ),
        (
            with("[dhcp.options]\n53 = \"1\""),
            "pxe.toml:5:1: option `53` is set by the server itself",
        ),
    ] {
        let found = fails(&text);
        assert!(
            found.contains(expected),
            "{text}\nexpected: {expected}\nfound:    {found}"
        );
    }
}

#[test]
fn the_status_is_for_this_machine_unless_networks_are_listed() {
    let with = |more: &str| format!("{SMALLEST}[http]\n{more}");
    let http = |more: &str| {
        Config::parse("pxe.toml", &with(more))
            .unwrap()
            .http
            .unwrap()
    };
    assert!(!http("").status);
    assert!(http("status = true").status_from.is_empty());
    let listed = http("status = true\nstatus-from = [\"10.0.0.0/24\", \"10.1.0.7\"]");
    let address = |text: &str| text.parse::<Ipv4Addr>().unwrap();
    assert_eq!(
        listed.status_from,
        [
            (address("10.0.0.0"), address("10.0.0.255")),
            (address("10.1.0.7"), address("10.1.0.7")),
        ]
    );
    let error = fails(&with("status-from = [\"10.0.0.0/24\"]"));
    assert!(error.starts_with("pxe.toml:5:15: "), "{error}");
    assert!(error.contains("status = true"), "{error}");
    let error = fails(&with("status = true\nstatus-from = [\"10.0.0\"]"));
    assert!(error.starts_with("pxe.toml:6:16: "), "{error}");
}

#[test]
fn the_local_socket_has_a_place_of_its_own() {
    let socket = |text: &str| Config::parse("pxe.toml", text).unwrap().socket;
    let default = socket(SMALLEST);
    assert!(default.is_default && default.path.ends_with("pxe/socket"));
    let own = socket(&format!("socket = \"/run/other\"\n{SMALLEST}"));
    assert!(!own.is_default);
    let error = fails(&format!("socket = \"here\"\n{SMALLEST}"));
    assert!(error.contains("not an absolute path"), "{error}");
}
