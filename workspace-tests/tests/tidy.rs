//! Holds the code to `ARCHITECTURE.md`: the rooms on its map, the way
//! dependencies point, what a pure room may not name.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use workspace_tests::bins::{TOOLS, workspace};

/// Code files longer than this are two things in one file.
const LONGEST_FILE: usize = 600;

/// What a pure room does not name: runtimes, sockets, files, environment,
/// clocks, randomness, threads, terminals.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "UdpSocket",
    "TcpStream",
    "TcpListener",
    "tokio::",
    "clap::",
    "reqwest::",
    "socket2::",
    "println!",
    "io::stdout",
    "io::stderr",
    "io::stdin",
    "rand::",
];

#[derive(Debug, Default)]
struct Room {
    pure: bool,
    imports: BTreeSet<String>,
}

/// The tables under `### <crate>` headings.
fn map() -> BTreeMap<String, BTreeMap<String, Room>> {
    let page = fs::read_to_string(workspace().join("ARCHITECTURE.md")).unwrap();
    let mut crates: BTreeMap<String, BTreeMap<String, Room>> = BTreeMap::new();
    let mut current = None;
    for line in page.lines() {
        if let Some(name) = line.strip_prefix("### ") {
            current = Some(name.to_owned());
            crates.insert(name.to_owned(), BTreeMap::new());
        } else if line.starts_with("## ") {
            current = None;
        } else if let (Some(name), Some(row)) = (&current, line.strip_prefix("| `")) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            assert!(
                cells.len() >= 4,
                "ARCHITECTURE.md: `{line}` has too few cells"
            );
            assert!(
                ["pure", "edge"].contains(&cells[1]),
                "ARCHITECTURE.md: `{line}`: kind is pure or edge"
            );
            let room = Room {
                pure: cells[1] == "pure",
                imports: cells[2]
                    .split_whitespace()
                    .map(|word| word.trim_matches('`').to_owned())
                    .collect(),
            };
            let added = crates
                .get_mut(name)
                .unwrap()
                .insert(cells[0].trim_matches('`').to_owned(), room);
            assert!(added.is_none(), "ARCHITECTURE.md: `{line}` is there twice");
        }
    }
    crates
}

fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                // What Cargo builds; `src/target` is a room.
                if !path.ends_with("target") || folder.ends_with("src") {
                    folders.push(path);
                }
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs")
}

/// The room a file below `src` belongs to.
fn room_of(source: &Path, path: &Path) -> String {
    let first = path
        .strip_prefix(source)
        .unwrap()
        .components()
        .next()
        .unwrap();
    first
        .as_os_str()
        .to_string_lossy()
        .trim_end_matches(".rs")
        .to_owned()
}

/// A file without comments, strings kept: they do not name modules.
fn code(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| line.split_once("//").map_or(line, |(before, _)| before))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The rooms that `crate::…` paths of this text lead to.
fn rooms_named(text: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut rooms = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            rooms.insert(word(rest));
            continue;
        };
        // `crate::{a::B, c::{D, E}}`: the words at the first level.
        let mut depth = 0;
        let mut start = true;
        for (index, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if c.is_whitespace() => {}
                _ if start && depth == 0 => {
                    rooms.insert(word(&group[index..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    rooms
}

#[test]
fn every_room_is_on_the_map_and_every_room_of_the_map_exists() {
    for (name, rooms) in map() {
        let source = workspace().join(&name).join("src");
        let existing: BTreeSet<String> = fs::read_dir(&source)
            .unwrap()
            .map(|entry| room_of(&source, &entry.unwrap().path()))
            .filter(|room| !["main", "lib", "error", "bin"].contains(&room.as_str()))
            .collect();
        let mapped: BTreeSet<String> = rooms.keys().cloned().collect();
        assert_eq!(
            existing, mapped,
            "{name}: left: rooms of the code, right: ARCHITECTURE.md"
        );
    }
}

#[test]
fn rooms_import_only_what_the_map_allows() {
    let mut violations = Vec::new();
    for (name, rooms) in map() {
        let source = workspace().join(&name).join("src");
        for path in files_below(&source, ".rs") {
            let room = room_of(&source, &path);
            let Some(rules) = rooms.get(&room) else {
                continue;
            };
            if is_test(&path) {
                continue;
            }
            for named in rooms_named(&code(&path)) {
                let free = named == room
                    || named == "error"
                    || rules.imports.contains("*")
                    || !rooms.contains_key(&named);
                if !free && !rules.imports.contains(&named) {
                    violations.push(format!("{}: imports `{named}`", path.display()));
                }
            }
        }
    }
    assert!(
        violations.is_empty(),
        "ARCHITECTURE.md forbids:\n{}",
        violations.join("\n")
    );
}

#[test]
fn the_map_has_no_circle() {
    for (name, rooms) in map() {
        let mut order: Vec<&String> = Vec::new();
        let mut left: BTreeSet<&String> = rooms.keys().collect();
        while !left.is_empty() {
            let next = left.iter().copied().find(|room| {
                rooms[*room]
                    .imports
                    .iter()
                    .all(|import| !left.contains(import))
            });
            let Some(next) = next else {
                panic!("{name}: these rooms import in a circle: {left:?}")
            };
            left.remove(next);
            order.push(next);
        }
    }
}

#[test]
fn pure_rooms_are_pure() {
    let mut violations = Vec::new();
    for (name, rooms) in map() {
        let source = workspace().join(&name).join("src");
        for path in files_below(&source, ".rs") {
            let pure = rooms
                .get(&room_of(&source, &path))
                .is_some_and(|room| room.pure);
            if !pure || is_test(&path) {
                continue;
            }
            let code = code(&path);
            for name in IMPURE.iter().filter(|name| code.contains(**name)) {
                violations.push(format!("{}: names `{name}`", path.display()));
            }
        }
    }
    assert!(
        violations.is_empty(),
        "these rooms are pure:\n{}",
        violations.join("\n")
    );
}

#[test]
fn a_crate_exports_pure_rooms_and_the_edges_that_the_map_names() {
    let page = fs::read_to_string(workspace().join("ARCHITECTURE.md")).unwrap();
    let exceptions = page.split("The exceptions: ").nth(1).unwrap();
    let exceptions: BTreeSet<&str> = exceptions
        .split_once("because")
        .unwrap()
        .0
        .split('`')
        .skip(1)
        .step_by(2)
        .collect();
    let mut left = exceptions.clone();
    for (name, rooms) in map() {
        let Ok(library) = fs::read_to_string(workspace().join(&name).join("src/lib.rs")) else {
            continue;
        };
        if !TOOLS.contains(&name.as_str()) {
            continue;
        }
        let mut exported = 0;
        for line in library.lines() {
            let Some(room) = line
                .strip_prefix("pub mod ")
                .and_then(|it| it.strip_suffix(';'))
            else {
                continue;
            };
            exported += 1;
            if room == "error" || rooms[room].pure {
                continue;
            }
            assert!(
                exceptions.contains(name.as_str()) && exceptions.contains(room),
                "{name} exports the edge `{room}`"
            );
            left.remove(room);
            left.remove(name.as_str());
        }
        assert!(exported > 3, "{name}: what it exports was not found");
    }
    assert!(
        left.is_empty(),
        "ARCHITECTURE.md: {left:?} are not exported"
    );
}

#[test]
fn the_crates_do_not_depend_on_each_other() {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(workspace())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert_eq!(packages.len(), TOOLS.len() + 1);
    for package in packages {
        for dependency in package["dependencies"].as_array().unwrap() {
            let name = dependency["name"].as_str().unwrap();
            assert!(
                !TOOLS.contains(&name),
                "{} depends on {name}",
                package["name"]
            );
        }
    }
}

#[test]
fn the_edge_to_the_shell_is_the_same_in_every_tool() {
    let files = |tool: &str| -> BTreeMap<PathBuf, String> {
        let source = workspace().join(tool).join("src");
        let mut files = files_below(&source.join("terminal"), "");
        files.push(source.join("terminal.rs"));
        files
            .into_iter()
            .map(|path| {
                let text = fs::read_to_string(&path).unwrap();
                (path.strip_prefix(&source).unwrap().to_owned(), text)
            })
            .collect()
    };
    let first = files(TOOLS[0]);
    assert!(first.len() > 2, "{:?}", first.keys());
    for tool in &TOOLS[1..] {
        let other = files(tool);
        assert!(
            other.keys().eq(first.keys()),
            "{tool}: {:?}, {}: {:?}",
            other.keys(),
            TOOLS[0],
            first.keys()
        );
        for (file, text) in &other {
            assert!(
                *text == first[file],
                "{tool}/src/{} differs from {}",
                file.display(),
                TOOLS[0]
            );
        }
    }
}

#[test]
fn every_test_that_the_security_page_names_exists_where_its_tool_is_tested() {
    let page = fs::read_to_string(workspace().join("SECURITY.md")).unwrap();
    let read = |folders: &[PathBuf]| -> String {
        let files = folders.iter().flat_map(|folder| files_below(folder, ".rs"));
        files
            .map(|file| fs::read_to_string(file).unwrap())
            .collect()
    };
    let mut rows = 0;
    for section in page.split("\n## ").skip(1) {
        let heading = section.lines().next().unwrap();
        let code = if TOOLS.contains(&heading) {
            read(&[
                workspace().join(heading),
                workspace().join("workspace-tests/tests").join(heading),
            ])
        } else {
            let all = TOOLS.iter().chain(&["workspace-tests"]);
            read(&all.map(|name| workspace().join(name)).collect::<Vec<_>>())
        };
        for row in section.lines().filter(|line| {
            line.starts_with("| ") && !line.starts_with("| others") && !line.starts_with("| ---")
        }) {
            rows += 1;
            let held_by = row.split('|').nth_back(1).unwrap();
            let tests: Vec<&str> = held_by.split('`').skip(1).step_by(2).collect();
            assert!(!tests.is_empty(), "SECURITY.md: nothing holds `{row}`");
            for test in tests {
                assert!(
                    code.contains(&format!("fn {test}(")),
                    "SECURITY.md: {heading}: there is no test {test}"
                );
            }
        }
    }
    assert!(rows > 20, "the tables are gone");
}

#[test]
fn every_path_on_the_page_for_contributors_exists() {
    let page = fs::read_to_string(workspace().join("CONTRIBUTING.md")).unwrap();
    let paths: Vec<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|text| text.contains('/') && !text.contains([' ', '\n']))
        .filter(|text| *text != "src/cli")
        .collect();
    assert!(paths.len() > 25, "{paths:?}");
    for path in paths {
        assert!(
            workspace().join(path).exists(),
            "CONTRIBUTING.md: there is no {path}"
        );
    }
}

#[test]
fn every_crate_keeps_the_lints_of_the_workspace() {
    for name in TOOLS.iter().chain(&["workspace-tests"]) {
        let manifest = fs::read_to_string(workspace().join(name).join("Cargo.toml")).unwrap();
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{name}/Cargo.toml"
        );
    }
}

#[test]
fn unsafe_code_is_only_where_the_map_says() {
    for tool in TOOLS {
        for path in files_below(&workspace().join(tool).join("src"), ".rs") {
            let allowed = path.starts_with(workspace().join("pxe/src/sys"));
            let unsafe_code = code(&path).contains("unsafe {") || code(&path).contains("unsafe fn");
            assert!(allowed || !unsafe_code, "{}: unsafe code", path.display());
        }
    }
}

#[test]
fn no_file_is_two_things() {
    let mut long = Vec::new();
    for name in TOOLS.iter().chain(&["workspace-tests"]) {
        for path in files_below(&workspace().join(name).join("src"), ".rs") {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            if lines > LONGEST_FILE && !is_test(&path) {
                long.push(format!("{}: {lines} lines", path.display()));
            }
        }
    }
    assert!(
        long.is_empty(),
        "longer than {LONGEST_FILE} lines:\n{}",
        long.join("\n")
    );
}

#[test]
fn an_ignored_test_says_why() {
    let bare = concat!("#[", "ignore]");
    for name in TOOLS.iter().chain(&["workspace-tests"]) {
        for path in files_below(&workspace().join(name), ".rs") {
            let text = fs::read_to_string(&path).unwrap();
            assert!(
                !text.contains(bare),
                "{}: a test is ignored without a reason",
                path.display()
            );
        }
    }
}

#[test]
fn every_package_has_its_reason() {
    let list = fs::read_to_string(workspace().join("workspace-tests/packages.txt")).unwrap();
    for line in list
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (name, reason) = line
            .split_once("  # ")
            .unwrap_or_else(|| panic!("packages.txt: `{line}` is not NAME  # REASON"));
        assert!(
            !name.trim().contains(' ') && reason.len() > 10,
            "packages.txt: `{line}`"
        );
    }
}

#[test]
fn nothing_names_a_place_that_only_one_machine_has() {
    // Put together here, so that this file does not find itself.
    let places = [
        concat!("/", "work/"),
        concat!("/root", "/"),
        concat!("/tmp/", "bash"),
    ];
    for ending in [".rs", ".toml", ".md", ".txt", ".sh", ".json", ".py"] {
        for path in files_below(workspace(), ending) {
            let Ok(text) = fs::read_to_string(&path) else {
                continue;
            };
            for place in places {
                assert!(!text.contains(place), "{} names {place}", path.display());
            }
        }
    }
}
