//! What certcheck's README shows is what certcheck does.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use workspace_tests::bins;
use workspace_tests::examples::{blocks_of, session};
use workspace_tests::peers::tls::{Authority, Server};
use workspace_tests::process::type_into;

fn readme() -> String {
    std::fs::read_to_string(bins::workspace().join("certcheck/README.md")).unwrap()
}

/// `www.example.org` with a good certificate, `wrong.example.org` with one of
/// the first; both as the README has them.
fn servers(ca: &Authority) -> Server {
    let issue = |year, month, day| {
        let key = ca.folder().join(format!("{month}"));
        let files = ca
            .issue_with("www.example.org", year, |params| {
                params.not_before = rcgen::date_time_ymd(2026, 10, 1);
                params.not_after = rcgen::date_time_ymd(year, month, day);
            })
            .unwrap();
        // Certificates of one name and year would lie in the same files.
        std::fs::create_dir(&key).unwrap();
        let moved = |path: &Path| {
            let to = key.join(path.file_name().unwrap());
            std::fs::rename(path, &to).unwrap();
            to
        };
        workspace_tests::peers::tls::Files {
            chain: moved(&files.chain),
            leaf: moved(&files.leaf),
            key: moved(&files.key),
        }
    };
    let good = issue(2027, 1, 21).block("server_name www.example.org; return 200;");
    let wrong = issue(2026, 12, 3).block("server_name wrong.example.org; return 200;");
    ca.nginx(&format!("{good} {wrong}")).unwrap()
}

/// The tool under its name, which finds the hosts of the README on `server`,
/// at the time when the README was written.
fn install(folder: &Path, ca: &Authority, server: &Server) {
    let script = format!(
        "#!/bin/sh\nverb=$1; shift\n[ \"$verb\" = check ] && set -- --at 2026-11-20T16:14:19Z \
         --ca-file {} --connect-to 127.0.0.1:{} \"$@\"\nexec {} \"$verb\" \"$@\"\n",
        ca.ca_file().display(),
        server.port,
        bins::tool("certcheck").display()
    );
    let file = folder.join("certcheck");
    std::fs::write(&file, script).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn sessions_print_what_they_show() {
    let ca = Authority::new().unwrap();
    let server = servers(&ca);
    let bin = tempfile::tempdir().unwrap();
    install(bin.path(), &ca, &server);
    let blocks = blocks_of(&readme(), "console");
    assert!(!blocks.is_empty());
    for typed in blocks.iter().flat_map(|block| session(block)) {
        let mut shell = Command::new("sh");
        let output = type_into(&mut shell, &typed.command, bin.path())
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(lines, typed.shown, "{}", typed.command);
    }
}
