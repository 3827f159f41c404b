//! What `pxe lint` says that a server sends, beside what that server sends;
//! and what it mends, read by that server.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod scene;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use scene::{Scene, answer};
use serde_json::Value;
use workspace_tests::bins;
use workspace_tests::dhcp::{Message, Request, hex};
use workspace_tests::peers::{dhcpd, dnsmasq, kea};

const POOL: (Ipv4Addr, Ipv4Addr) = (Ipv4Addr::new(10, 20, 0, 150), Ipv4Addr::new(10, 20, 0, 250));

fn lint(folder: &Path, target: &str, file: &str, more: &[&str]) -> Output {
    let mut command = Command::new(bins::tool("pxe"));
    command.args(["lint", "--for", target]).args(more).arg(file);
    command.current_dir(folder).output().unwrap()
}

fn predicted(folder: &Path, target: &str, text: &str) -> Value {
    fs::write(folder.join("lint.conf"), text).unwrap();
    let output = lint(folder, target, "lint.conf", &["--json"]);
    let code = output.status.code().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(code == 0 || code == 1, "{target}: {output:?}");
    serde_json::from_str(&shown).unwrap()
}

fn class<'p>(predicted: &'p Value, scope: &str) -> &'p Value {
    let classes = predicted["classes"].as_array().unwrap();
    let found = classes.iter().find(|class| class["scope"] == scope);
    found.unwrap_or_else(|| panic!("no scope {scope} in {classes:#?}"))
}

/// The hexadecimal digits that are predicted for a field.
fn digits(value: &Value) -> String {
    value["hex"].as_str().unwrap_or_default().to_owned()
}

fn wire(bytes: Option<&[u8]>) -> String {
    hex(bytes.unwrap_or_default()).replace(' ', "")
}

fn mac(index: usize) -> [u8; 6] {
    [2, 0, 0, 0, 9, u8::try_from(index).unwrap()]
}

fn mac_text(index: usize) -> String {
    format!("02:00:00:00:09:{index:02x}")
}

/// The offer to each of as many clients.
fn offers(scene: &Scene, count: usize) -> Vec<Message> {
    let client = scene.lan.host("client", "10.20.0.90/24").unwrap();
    let ask = |index| {
        let request = Request::new(1, mac(index), 7).by_broadcast().as_firmware(7);
        answer(&client, &request.finish()).unwrap_or_else(|error| panic!("{index}: {error}"))
    };
    (0..count).map(ask).collect()
}

/// Holds a scope's prediction to an offer.
fn as_predicted(what: &str, class: &Value, offer: &Message) {
    for code in [43_u8, 60, 66, 67, 150] {
        let expected = digits(&class["options"][code.to_string()]);
        let seen = wire(offer.option(code));
        assert_eq!(seen, expected, "{what}: option {code}; left: on the wire");
    }
    // The header's fields end at their NUL.
    for (field, seen) in [("file", offer.file()), ("sname", offer.sname())] {
        let expected = digits(&class[field]);
        let expected = expected.strip_suffix("00").unwrap_or(&expected);
        assert_eq!(wire(Some(seen)), expected, "{what}: {field}");
    }
    if let Some(siaddr) = class["siaddr"].as_str() {
        assert_eq!(offer.siaddr().to_string(), siaddr, "{what}: siaddr");
    }
}

/// Texts between the quotes of ISC dhcpd.
const ISC: &[&str] = &[
    r"\\boot\\x86\\wdsnbp.com",
    r"\\boot\\x86\\wdsnbp.com\000",
    r"\boot\x86\wdsnbp.com",
    r"boot\x64\tools\new\r.efi",
    r"\101\102\303\244.efi",
    r"a\'b\q\-.0",
    r#"a \"b\",c.efi"#,
    r"pxelinux.0 ",
    r"\\\\server\\share",
    r"b\x2f\x2E0",
    "it's #1; {x}",
    r"\6\7.0",
];

#[test]
fn isc_dhcpd_sends_what_lint_says() {
    let scene = Scene::new();
    let mut text = "authoritative;\nping-check false;\n\
        option pxe-servers code 150 = array of ip-address;\n\
        subnet 10.20.0.0 netmask 255.255.255.0 { range 10.20.0.150 10.20.0.250; }\n"
        .to_owned();
    for (index, value) in ISC.iter().enumerate() {
        let _ = writeln!(
            text,
            "host h{index} {{ hardware ethernet {}; filename \"{value}\"; option bootfile-name \"{value}\";\n\
             next-server 10.20.0.7; server-name \"{value}\"; }}",
            mac_text(index)
        );
    }
    let others = [
        "option bootfile-name = 5c:62:6f:0;",
        "option vendor-encapsulated-options 6:01:08:ff; option vendor-class-identifier \"PXEClient\";",
        "option pxe-servers 10.20.0.7, 10.20.0.8; option tftp-server-name \"ten\";",
    ];
    for (index, line) in others.iter().enumerate() {
        let index = index + ISC.len();
        let _ = writeln!(
            text,
            "host h{index} {{ hardware ethernet {}; {line} }}",
            mac_text(index)
        );
    }
    // Firmware asks for 150 only where the list is forced.
    text.insert_str(
        0,
        "option dhcp-parameter-request-list = concat(option dhcp-parameter-request-list, 96);\n",
    );
    let predicted = predicted(scene.folder(), "isc-dhcpd", &text);
    let _server = dhcpd::start_with(&scene.host, &text, scene.folder()).unwrap();
    let count = ISC.len() + others.len();
    for (index, offer) in offers(&scene, count).iter().enumerate() {
        let what = ISC
            .get(index)
            .or_else(|| others.get(index - ISC.len()))
            .unwrap();
        as_predicted(what, class(&predicted, &format!("host h{index}")), offer);
    }
}

#[test]
fn isc_dhcpd_refuses_what_lint_calls_refused() {
    let folder = tempfile::tempdir().unwrap();
    for value in [r"\xzz", r"\x8", r"\09"] {
        let text = format!(
            "subnet 10.20.0.0 netmask 255.255.255.0 {{ option bootfile-name \"{value}\"; }}\n"
        );
        let predicted = predicted(folder.path(), "isc-dhcpd", &text);
        assert!(
            predicted["findings"][0]["sent"].is_null(),
            "{value}: {predicted}"
        );
        let output = Command::new("dhcpd")
            .args(["-4", "-t", "-cf", "lint.conf"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() || said.contains("invalid"),
            "{value}: {said}"
        );
    }
}

/// Members of option data for code 67 in Kea, without name.
const KEA: &[&str] = &[
    r#""data": "\\boot\\x86\\wdsnbp.com""#,
    r#""data": "\\\\boot\\\\x86\\\\wdsnbp.com""#,
    r#""data": "\boot\foo""#,
    r#""data": "a\\,b,c.efi""#,
    r#""data": " pxelinux.0 ""#,
    r#""data": "pxelinux.0\u0000""#,
    r#""data": "boot/\u0061.0", "csv-format": true"#,
    r#""data": "5c626f6f7400", "csv-format": false"#,
    r#""data": "0x5C626F", "csv-format": false"#,
    r#""data": "5c:62:6f", "csv-format": false"#,
    r#""data": "'pxe linux.0'", "csv-format": false"#,
    r#""data": "\\q\\x41\\""#,
    r#""data": "a\\\\\\,b\\\\\\\\c.efi""#,
];

#[test]
fn kea_sends_what_lint_says() {
    let scene = Scene::new();
    let config = kea::configuration("10.20.0.0/24", POOL, scene.folder());
    let mut reservations: Vec<String> = KEA
        .iter()
        .enumerate()
        .map(|(index, data)| {
            format!(
                "{{ \"hw-address\": \"{}\", \"option-data\": [ {{ \"code\": 67, {data} }} ] }}",
                mac_text(index)
            )
        })
        .collect();
    let header = [
        r#""boot-file-name": "\\boot\\x86", "server-hostname": "a,b""#,
        r#""boot-file-name": "\boot,\tnew", "next-server": "10.20.0.7""#,
    ];
    for (index, members) in header.iter().enumerate() {
        let index = index + KEA.len();
        reservations.push(format!(
            "{{ \"hw-address\": \"{}\", {members} }}",
            mac_text(index)
        ));
    }
    let text = config.to_string().replacen(
        "\"subnet\":",
        &format!(
            "# a comment\n\"reservations\": [ // another\n{} /* and one */ ],\n\"subnet\":",
            reservations.join(",\n")
        ),
        1,
    );
    let predicted = predicted(scene.folder(), "kea", &text);
    let _server = kea::start_with(&scene.host, &text, scene.folder()).unwrap();
    let count = KEA.len() + header.len();
    for (index, offer) in offers(&scene, count).iter().enumerate() {
        let what = KEA
            .get(index)
            .or_else(|| header.get(index - KEA.len()))
            .unwrap();
        let scope = format!("reservation {}", mac_text(index));
        as_predicted(what, class(&predicted, &scope), offer);
        let named = class(&predicted, &scope)["siaddr"].is_string();
        assert!(
            named || offer.siaddr().is_unspecified(),
            "{what}: {}",
            offer.siaddr()
        );
    }
}

#[test]
fn kea_refuses_what_lint_calls_refused() {
    let folder = tempfile::tempdir().unwrap();
    for value in [r"\boot\x86\wdsnbp.com", r"\windows", r"\u12"] {
        let text = format!(
            "{{\"Dhcp4\": {{ \"boot-file-name\": \"{value}\", \"next-server\": \"10.20.0.7\" }} }}"
        );
        let predicted = predicted(folder.path(), "kea", &text);
        assert_eq!(
            predicted["findings"][0]["rule"], "eaten-backslash",
            "{predicted}"
        );
        assert!(
            predicted["findings"][0]["sent"].is_null(),
            "{value}: {predicted}"
        );
        let said = kea_checks(folder.path(), "lint.conf");
        assert!(said.contains("failed"), "{value}: {said}");
    }
}

fn kea_checks(folder: &Path, file: &str) -> String {
    let output = Command::new("kea-dhcp4")
        .args(["-t", file])
        .current_dir(folder)
        .env("KEA_LOGGER_DESTINATION", "stdout")
        .env("KEA_LOCKFILE_DIR", folder)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    format!("{} {}", output.status, String::from_utf8_lossy(&said))
}

/// Lines of dnsmasq, each for a client of its own; `TAG` stands for its tag.
const DNSMASQ: &[&str] = &[
    r"dhcp-boot=TAG,\boot\x86\wdsnbp.com,wds,10.20.0.7",
    r"dhcp-boot=TAG,\\boot\\x86\\wdsnbp.com",
    r#"dhcp-boot=TAG,"\\boot\\x86\\wdsnbp.com""#,
    r#"dhcp-boot=TAG,"\boot\x86\wdsnbp.com""#,
    r#"dhcp-option=TAG,67,"\\boot\\x86\\wdsnbp.com""#,
    r#"dhcp-option=TAG,67,"\boot\new\x86.efi""#,
    r"dhcp-option=TAG,67,\\boot",
    r"dhcp-option=TAG,option:bootfile-name,pxelinux.0 # a comment",
    r#"dhcp-boot=TAG,"a, b #1.efi" , name , 10.20.0.7 "#,
    r"dhcp-boot=TAG,a#b.0",
    r#"dhcp-option-force=TAG,60,PXEClient"#,
    r"dhcp-option=TAG,option:tftp-server,10.20.0.7",
    r"dhcp-option=TAG,66,10.20.0.7",
    r"dhcp-option-force=TAG,150,10.20.0.7,10.20.0.8",
    r"dhcp-option-force=TAG,43,06:01:08",
    "dhcp-boot=TAG,x\"y\\\"z\"w.0",
];

fn dnsmasq_text(lines: &[&str]) -> String {
    let mut text = format!("dhcp-range={},{},255.255.255.0,1h\n", POOL.0, POOL.1);
    for (index, line) in lines.iter().enumerate() {
        let _ = writeln!(text, "dhcp-mac=set:t{index},{}", mac_text(index));
        let _ = writeln!(text, "{}", line.replace("TAG", &format!("tag:t{index}")));
    }
    text
}

fn dnsmasq_sends(text: &str, lines: &[&str]) {
    let scene = Scene::new();
    let predicted = predicted(scene.folder(), "dnsmasq", text);
    let file = scene.folder().join("own.conf");
    fs::write(&file, text).unwrap();
    let options = [format!("--conf-file={}", file.display())];
    let _server = dnsmasq::start(&scene.host, &options, &[67], scene.folder()).unwrap();
    for (index, offer) in offers(&scene, lines.len()).iter().enumerate() {
        as_predicted(
            lines[index],
            class(&predicted, &format!("tag t{index}")),
            offer,
        );
        // It is why no finding asks for a next server here.
        assert!(!offer.siaddr().is_unspecified(), "{}: siaddr", lines[index]);
    }
}

#[test]
fn dnsmasq_sends_what_lint_says() {
    dnsmasq_sends(&dnsmasq_text(DNSMASQ), DNSMASQ);
}

#[test]
fn dnsmasq_without_override_sends_what_lint_says() {
    let lines = [
        r"dhcp-boot=TAG,\boot\x86\wdsnbp.com,wds,10.20.0.7",
        r#"dhcp-boot=TAG,"\boot""#,
    ];
    let text = format!("dhcp-no-override\n{}", dnsmasq_text(&lines));
    dnsmasq_sends(&text, &lines);
}

/// Runs `patch -p0` as the help says.
fn patch(folder: &Path, diff: &[u8]) {
    let mut command = Command::new("patch")
        .arg("-p0")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("hint: apt-get install patch");
    command.stdin.take().unwrap().write_all(diff).unwrap();
    let output = command.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{output:?}\n{}",
        String::from_utf8_lossy(diff)
    );
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!said.contains("fuzz") && !said.contains("offset"), "{said}");
}

/// A file full of faults, mended: nothing is left to find.
fn mended(folder: &Path, target: &str, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
    let before = lint(folder, target, name, &[]);
    assert_eq!(before.status.code(), Some(1), "{before:?}");
    let output = lint(folder, target, name, &["--fix"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    patch(folder, &output.stdout);
    let after = lint(folder, target, name, &["--deny", "notes"]);
    let said = String::from_utf8_lossy(&after.stdout).into_owned();
    let now = fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(after.status.code(), Some(0), "{target}: {said}\n{now}");
}

#[test]
fn a_mended_dhcpd_conf_lints_clean_and_is_accepted_by_dhcpd() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(
        folder.join("more.conf"),
        "host a { hardware ethernet 02:00:00:00:00:01; filename \"\\boot\\a.0\"; next-server 10.20.0.5; }",
    )
    .unwrap();
    let text = "# Ours\noption arch code 93 = unsigned integer 16;\n\
        subnet 10.20.0.0 netmask 255.255.255.0 {\n\
        \x20 option tftp-server-name \"10.20.0.5 \";\n\
        \x20 if option arch = 00:07 {\n    filename \u{201c}boot/shim.efi\u{201d};\n\
        \x20 } elsif option arch = 00:10 {\n    filename \"http://10.20.0.5/a.efi\";\n\
        \x20 } else {\n    option bootfile-name \"\\boot\\x86\\wdsnbp.com\";\n  }\n}\n\
        include \"more.conf\";\n";
    mended(folder, "isc-dhcpd", "dhcpd.conf", text);
    let checked = Command::new("dhcpd")
        .args(["-4", "-t", "-cf", "dhcpd.conf"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );
}

#[test]
fn a_mended_kea_configuration_lints_clean_and_is_accepted_by_kea() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"{ "Dhcp4": {
  # Ours
  "option-data": [
    { "name": "tftp-server-name", "data": "10.20.0.5" }, // the server
    { "name": "boot-file-name", "data": "boot/a,b.0" }
  ],
  "client-classes": [
    { "name": "x64", "test": "option[93].hex == 0x0007",
      "boot-file-name": "\boot\x64\wdsmgfw.efi",
      "option-data": [ { "name": "boot-file-name", "data": "\\boot\\x64\\wdsmgfw.efi" } ] },
    { "name": "http", "test": "option[93].hex == 0x0010",
      "boot-file-name": "http://10.20.0.5/a.efi",
      "option-data": [ { "code": 67, "data": "http://10.20.0.5/a.efi" } ] }
  ],
  "subnet4": [ { "subnet": "10.20.0.0/24", "pools": [ { "pool": "10.20.0.20 - 10.20.0.30" } ] } ]
} }
"#;
    mended(folder.path(), "kea", "kea.json", text);
    let said = kea_checks(folder.path(), "kea.json");
    assert!(said.starts_with("exit status: 0"), "{said}");
}

#[test]
fn a_mended_dnsmasq_conf_lints_clean_and_is_accepted_by_dnsmasq() {
    let folder = tempfile::tempdir().unwrap();
    let text = "# Ours\ninterface=eth0\ndhcp-range=10.20.0.20,10.20.0.30,1h\n\
        dhcp-match=set:x64,option:client-arch,7\ndhcp-boot=tag:x64,\"\\boot\\x64\\tools.efi\",10.20.0.5,10.20.0.5\n\
        dhcp-match=set:http,option:client-arch,16\ndhcp-boot=tag:http,http://10.20.0.5/a.efi\n\
        dhcp-boot=\\\\boot\\\\pxelinux.0,10.20.0.5,10.20.0.5\n";
    mended(folder.path(), "dnsmasq", "dnsmasq.conf", text);
    let checked = Command::new("dnsmasq")
        .args(["--test", "--conf-file=dnsmasq.conf"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );
}
