//! Every session of the guide, run as it stands.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use workspace_tests::bins::{self, TOOLS, workspace};

fn docs() -> PathBuf {
    workspace().join("docs")
}

fn pages() -> Vec<PathBuf> {
    let entries = fs::read_dir(docs()).unwrap();
    let mut pages: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    pages.sort();
    assert!(pages.len() >= 5, "{pages:?}");
    pages
}

/// The blocks of a kind.
fn blocks(page: &str, kind: &str) -> Vec<String> {
    let fence = format!("```{kind}\n");
    let rest = page.split(fence.as_str()).skip(1);
    rest.map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

/// The commands of a session, each with the lines it is said to print.
fn session(block: &str) -> Vec<(String, Vec<String>)> {
    let mut session: Vec<(String, Vec<String>)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), session.last_mut()) {
            (Some(command), _) => session.push((command.to_owned(), Vec::new())),
            (None, Some((_, lines))) => lines.push(line.to_owned()),
            (None, None) => panic!("a session begins with a command: {line}"),
        }
    }
    session
}

/// Whether lines are as shown, where `...` stands for any number of them.
fn alike(shown: &[String], printed: &[&str]) -> bool {
    match shown {
        [] => printed.is_empty(),
        [dots, rest @ ..] if dots == "..." => {
            (0..=printed.len()).any(|skipped| alike(rest, &printed[skipped..]))
        }
        [line, rest @ ..] => match printed {
            [first, others @ ..] => first == line && alike(rest, others),
            [] => false,
        },
    }
}

/// A folder with the files of the guide, and the tools in `bin`.
fn scene() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(docs().join("data")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let boot = folder.path().join("boot");
    fs::create_dir(&boot).unwrap();
    fs::write(boot.join("pxelinux.0"), vec![0; 4000]).unwrap();
    fs::write(boot.join("grubx64.efi"), vec![0; 9000]).unwrap();
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    for tool in TOOLS {
        std::os::unix::fs::symlink(bins::tool(tool), bin.join(tool)).unwrap();
    }
    folder
}

fn run(folder: &Path, command: &str) -> String {
    let path = format!("{}:/usr/bin:/bin", folder.join("bin").display());
    let output = Command::new("bash")
        .args(["-c", &format!("exec 2>&1; {command}")])
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_session_prints_what_it_shows() {
    let mut commands = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let folder = scene();
        for block in blocks(&text, "console") {
            for (command, shown) in session(&block) {
                let printed = run(folder.path(), &command);
                let lines: Vec<&str> = printed.lines().collect();
                assert!(
                    alike(&shown, &lines),
                    "{}: `{command}` printed:\n{printed}",
                    page.display()
                );
                commands += 1;
            }
        }
    }
    assert!(commands > 12, "only {commands} commands");
}

#[test]
fn files_that_a_page_shows_are_those_it_uses() {
    let page = fs::read_to_string(docs().join("a-classroom-boots-at-once.md")).unwrap();
    let shown = blocks(&page, "toml");
    let used = fs::read_to_string(docs().join("data/classroom.toml")).unwrap();
    assert_eq!(shown, [used]);
    let page = fs::read_to_string(docs().join("wds-through-another-dhcp-server.md")).unwrap();
    let used = fs::read_to_string(docs().join("data/dhcpd.conf")).unwrap();
    assert_eq!(blocks(&page, "text"), [used]);
}

#[test]
fn every_link_of_the_guide_leads_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1) {
            let link = link.split(')').next().unwrap();
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = docs().join(file);
            assert!(target.exists(), "{}: {link}", page.display());
            if !heading.is_empty() {
                let headings = fs::read_to_string(&target).unwrap();
                assert!(
                    headings.lines().any(|line| anchor(line) == heading),
                    "{}: {link}",
                    page.display()
                );
            }
        }
    }
}

/// What a heading is called in links.
fn anchor(line: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || *c == ' ' || *c == '-';
    let text: String = line
        .trim_start_matches('#')
        .trim()
        .chars()
        .filter(kept)
        .collect();
    text.to_lowercase().replace(' ', "-")
}

/// Options of commands that need a network are at least understood.
#[test]
fn every_command_that_is_not_run_has_the_options_it_is_shown_with() {
    let mut seen = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for kind in ["sh", "yaml"] {
            for block in blocks(&text, kind) {
                for line in block.lines() {
                    let line = line.split(" #").next().unwrap();
                    let line = line.trim_start_matches("- run: ").trim();
                    let Some((tool, rest)) = line.split_once(' ') else {
                        continue;
                    };
                    if !TOOLS.contains(&tool) {
                        continue;
                    }
                    let output = Command::new(bins::tool(tool))
                        .args(rest.split_whitespace())
                        .arg("--help")
                        .output()
                        .unwrap();
                    assert!(output.status.success(), "{}: {line}", page.display());
                    seen += 1;
                }
            }
        }
    }
    assert!(seen >= 8, "only {seen} commands");
}
