//! The command as a user runs it.

use std::process::Command;

#[test]
fn the_version_is_printed_on_stdout() {
    let output = Command::new(env!("CARGO_BIN_EXE_pxe"))
        .arg("--version")
        .output()
        .expect("it starts");
    assert!(output.status.success());
    assert_eq!(
        output.stdout,
        concat!("pxe ", env!("CARGO_PKG_VERSION"), "\n").as_bytes()
    );
    assert!(output.stderr.is_empty());
}

/// A dhcpd.conf with the classical fault, in a folder of its own.
fn faulty() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "# ours\nsubnet 10.0.0.0 netmask 255.255.255.0 {\n  next-server 10.0.0.5;\n  \
                filename \"\\boot\\x86\\wdsnbp.com\";\n}\n";
    std::fs::write(folder.path().join("dhcpd.conf"), text).expect("it is written");
    folder
}

fn lint(folder: &std::path::Path, args: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_pxe"))
        .arg("lint")
        .args(args)
        .current_dir(folder)
        .output()
        .expect("it starts")
}

fn stdout(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn lint_says_where_what_is_sent_why_and_what_is_right() {
    let folder = faulty();
    let output = lint(folder.path(), &["--for", "isc-dhcpd", "dhcpd.conf"]);
    assert_eq!(output.status.code(), Some(1));
    let expected = r#"dhcpd.conf:4:12: error: subnet 10.0.0.0: file: between these quotes `\b` sends the byte 08, `\x86` sends the byte 86, `\w` sends "w" (eaten-backslash)
  sent:  15 bytes 08 6f 6f 74 86 77 64 73 6e 62 70 2e 63 6f 6d  "<08>oot<86>wdsnbp.com"
  why:   The path on the wire has other bytes, and no error tells: the firmware asks for a file that does not exist.
  right: filename "\\boot\\x86\\wdsnbp.com";
1 error, 0 warnings, 0 notes
"#;
    assert_eq!(stdout(&output), expected);
}

#[test]
fn lint_prints_a_patch_of_what_can_be_mended() {
    let folder = faulty();
    let output = lint(
        folder.path(),
        &["--for", "isc-dhcpd", "dhcpd.conf", "--fix"],
    );
    let expected = r#"--- dhcpd.conf
+++ dhcpd.conf
@@ -1,5 +1,5 @@
 # ours
 subnet 10.0.0.0 netmask 255.255.255.0 {
   next-server 10.0.0.5;
-  filename "\boot\x86\wdsnbp.com";
+  filename "\\boot\\x86\\wdsnbp.com";
 }
"#;
    assert_eq!(stdout(&output), expected);
    let allowed = [
        "--for",
        "isc-dhcpd",
        "dhcpd.conf",
        "--fix",
        "--allow",
        "eaten-backslash",
    ];
    assert_eq!(stdout(&lint(folder.path(), &allowed)), "");
}

#[test]
fn lint_as_json_has_findings_and_what_each_class_gets() {
    let folder = faulty();
    let output = lint(
        folder.path(),
        &["--for", "isc-dhcpd", "dhcpd.conf", "--json"],
    );
    let document: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(document["errors"], 1);
    assert_eq!(document["findings"][0]["line"], 4);
    assert_eq!(
        document["findings"][0]["sent"]["hex"],
        "086f6f74867764736e62702e636f6d"
    );
    assert_eq!(document["classes"][0]["scope"], "subnet 10.0.0.0");
    assert_eq!(document["classes"][0]["siaddr"], "10.0.0.5");
    let sarif = lint(
        folder.path(),
        &["--for", "isc-dhcpd", "dhcpd.conf", "-T", "sarif"],
    );
    let sarif: serde_json::Value = serde_json::from_str(&stdout(&sarif)).expect("JSON");
    let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region["startLine"], 4);
}

#[test]
fn lint_accepts_what_a_waiver_explains() {
    let folder = faulty();
    let file = ["--for", "isc-dhcpd", "dhcpd.conf"];
    let write = lint(
        folder.path(),
        &[&file[..], &["--write-waivers", "w.toml"]].concat(),
    );
    assert_eq!(write.status.code(), Some(0), "{write:?}");
    let waived = lint(
        folder.path(),
        &[&file[..], &["--waivers", "w.toml"]].concat(),
    );
    assert_eq!(waived.status.code(), Some(0), "{waived:?}");
    assert_eq!(stdout(&waived), "0 errors, 0 warnings, 0 notes, 1 waived\n");
    let fix = lint(
        folder.path(),
        &[&file[..], &["--waivers", "w.toml", "--fix"]].concat(),
    );
    assert_eq!(stdout(&fix), "");
}

#[test]
fn lint_refuses_foreign_files_with_their_place() {
    let folder = faulty();
    let cases: &[(&str, &[u8], &str)] = &[
        ("kea", b"option x;\n", "pxe: f:1:1: expected `{ \"Dhcp4\""),
        (
            "udhcpd",
            b"start 10.0.0.1\n<xml>\n",
            "pxe: f:2:1: expected lines of udhcpd.conf",
        ),
        (
            "isc-dhcpd",
            b"# a\nfilename \"\xff\";\n",
            "pxe: f:2:11: expected text in UTF-8",
        ),
        ("opnsense", b"<a>\n<b></a>", "pxe: f:2:"),
    ];
    for (target, text, start) in cases {
        std::fs::write(folder.path().join("f"), text).expect("it is written");
        let output = lint(folder.path(), &["--for", target, "f"]);
        assert_eq!(output.status.code(), Some(2), "{target}: {output:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            said.starts_with(start) && said.contains("\nhint: "),
            "{said}"
        );
    }
    let missing = lint(folder.path(), &["--for", "kea", "nowhere"]);
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn lint_reads_what_powershell_writes_in_utf_16() {
    let folder = faulty();
    let text = "Dhcp Server \\\\dc1 set optionvalue 60 STRING \"PXEClient\"\r\n";
    let wide: Vec<u8> = std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    std::fs::write(folder.path().join("f"), wide).expect("it is written");
    let output = lint(folder.path(), &["--for", "windows", "f"]);
    assert!(
        stdout(&output).contains("(pxeclient-from-dhcp)"),
        "{output:?}"
    );
}

#[test]
fn a_configuration_larger_than_any_is_refused_with_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = std::fs::File::create(folder.path().join("dhcpd.conf")).expect("it is made");
    // Without a byte on the disk.
    file.set_len((16 << 20) + 1).expect("it is long");
    let output = lint(folder.path(), &["--for", "isc-dhcpd", "dhcpd.conf"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.starts_with("pxe: dhcpd.conf: cannot be read: longer than 16 MiB"),
        "{said}"
    );
}

#[test]
fn the_readme_shows_what_lint_prints() {
    let readme = include_str!("../README.md");
    let (_, rest) = readme
        .split_once("## Another server's configuration")
        .expect("the section");
    let (_, rest) = rest.split_once("```text\n").expect("the file");
    let (config, rest) = rest.split_once("```").expect("its end");
    let (_, rest) = rest.split_once("```console\n").expect("the run");
    let (run, _) = rest.split_once("```").expect("its end");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("dhcpd.conf"), config).expect("it is written");
    for part in run.split("$ pxe lint ").filter(|part| !part.is_empty()) {
        let (command, shown) = part.split_once('\n').expect("a line");
        let args: Vec<&str> = command.split_whitespace().collect();
        assert_eq!(stdout(&lint(folder.path(), &args)), shown, "{command}");
    }
}
