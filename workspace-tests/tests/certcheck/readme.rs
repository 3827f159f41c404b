//! What certcheck's README shows is what certcheck does.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use workspace_tests::bins;
use workspace_tests::peers::tls::{Authority, Server};

fn readme() -> String {
    std::fs::read_to_string(bins::workspace().join("certcheck/README.md")).unwrap()
}

/// The contents of the fenced blocks of a kind.
fn blocks(readme: &str, kind: &str) -> Vec<String> {
    let fence = format!("```{kind}\n");
    readme
        .split(fence.as_str())
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// The command of a console block, and what it prints. A command goes on
/// while its line ends in a backslash or an apostrophe is open.
fn session(block: &str) -> (String, String) {
    let mut command = String::new();
    let mut lines = block.strip_prefix("$ ").unwrap().lines();
    for line in lines.by_ref() {
        command.push_str(line);
        command.push('\n');
        if !line.ends_with('\\') && command.matches('\'').count().is_multiple_of(2) {
            break;
        }
    }
    let printed = lines.map(|line| format!("{line}\n")).collect();
    (command, printed)
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

/// How long something took is not the same twice.
fn without_times(text: &str) -> String {
    let mut parts = text.split("time'=");
    let mut kept = parts.next().unwrap().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        kept.push_str("time'=");
        kept.push_str(rest);
    }
    kept
}

#[test]
fn sessions_print_what_they_show() {
    let ca = Authority::new().unwrap();
    let server = servers(&ca);
    let bin = tempfile::tempdir().unwrap();
    install(bin.path(), &ca, &server);
    let mut seen = 0;
    for block in blocks(&readme(), "console") {
        let (command, shown) = session(&block);
        if shown.is_empty() {
            continue;
        }
        let output = Command::new("sh")
            .args(["-c", &command])
            .env("PATH", format!("{}:/usr/bin:/bin", bin.path().display()))
            .env_remove("HTTPS_PROXY")
            .output()
            .unwrap();
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8(printed).unwrap();
        assert_eq!(without_times(&printed), without_times(&shown), "{command}");
        seen += 1;
    }
    assert!(seen >= 3, "only {seen} sessions");
}

#[test]
fn every_command_has_the_options_it_is_shown_with() {
    let readme = readme();
    let mut commands = Vec::new();
    for kind in ["cron", "console", "yaml"] {
        for block in blocks(&readme, kind) {
            for line in block.lines() {
                if let Some(at) = line.find("certcheck ") {
                    let line = &line[at + "certcheck ".len()..];
                    commands.push(line.trim_end_matches('\\').trim().to_owned());
                }
            }
        }
    }
    let commands: Vec<_> = commands.iter().filter(|line| line.contains(" -")).collect();
    assert!(commands.len() >= 6, "{commands:?}");
    for line in commands {
        // Everything before --help must be understood.
        let ours = line.split(" -- ").next().unwrap().trim_end_matches(" --");
        let output = Command::new(bins::tool("certcheck"))
            .args(ours.split_whitespace())
            .arg("--help")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
