//! What a registry gets: the manifests, what is packed, and the toolchain that
//! is promised.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use workspace_tests::bins::{TOOLS, workspace};

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(arguments)
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "cargo {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn metadata(arguments: &[&str]) -> Vec<Value> {
    let arguments = [
        &[
            "metadata",
            "--locked",
            "--offline",
            "--format-version",
            "1",
            "--all-features",
        ],
        arguments,
    ]
    .concat();
    let metadata: Value = serde_json::from_str(&cargo(&arguments)).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn package<'a>(packages: &'a [Value], name: &str) -> &'a Value {
    packages
        .iter()
        .find(|package| package["name"] == name && package["source"].is_null())
        .unwrap_or_else(|| panic!("{name} is no member"))
}

fn packed(tool: &str) -> BTreeSet<PathBuf> {
    cargo(&[
        "package",
        "--list",
        "--allow-dirty",
        "--offline",
        "-p",
        tool,
    ])
    .lines()
    .map(PathBuf::from)
    .collect()
}

#[test]
fn a_manifest_says_what_a_registry_and_a_reader_of_it_ask_for() {
    let packages = metadata(&["--no-deps"]);
    for tool in TOOLS {
        let package = package(&packages, tool);
        for key in ["description", "license", "documentation", "rust_version"] {
            let text = package[key].as_str().unwrap_or_default();
            assert!(text.len() > 3, "{tool}: {key}");
        }
        assert_eq!(package["readme"], "README.md", "{tool}");
        let words = |key: &str| -> Vec<String> {
            let words = package[key].as_array().unwrap();
            words
                .iter()
                .map(|word| word.as_str().unwrap().to_owned())
                .collect()
        };
        // A registry takes five of at most twenty letters.
        let keywords = words("keywords");
        assert!((3..=5).contains(&keywords.len()), "{tool}: {keywords:?}");
        for word in keywords {
            assert!(
                word.len() <= 20 && word.starts_with(|c: char| c.is_ascii_alphabetic()),
                "{tool}: {word}"
            );
        }
        assert!(words("categories").len() > 1, "{tool}");
        // What lies beside it is not there for others.
        for dependency in package["dependencies"].as_array().unwrap() {
            assert!(
                dependency["path"].is_null() && dependency["req"] != "*",
                "{tool}: {dependency}"
            );
        }
    }
}

/// The files that a source takes in when it is compiled, from its own folder.
fn taken_in(path: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(path).unwrap();
    let mut files = Vec::new();
    for name in ["include_str!(\"", "include_bytes!(\""] {
        for (at, _) in text.match_indices(name) {
            let rest = &text[at + name.len()..];
            files.push(PathBuf::from(rest.split('"').next().unwrap()));
        }
    }
    files
}

#[test]
fn a_packed_crate_holds_what_it_is_built_of_its_licences_and_little_else() {
    let mut taken = 0;
    for tool in TOOLS {
        let folder = workspace().join(tool);
        let packed = packed(tool);
        for file in [
            "Cargo.toml",
            "Cargo.lock",
            "README.md",
            "LICENSE-APACHE",
            "LICENSE-MIT",
            "src/lib.rs",
            "src/main.rs",
        ] {
            assert!(packed.contains(Path::new(file)), "{tool}: no {file}");
        }
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            assert_eq!(
                fs::read_to_string(folder.join(licence)).unwrap(),
                fs::read_to_string(workspace().join(licence)).unwrap(),
                "{tool}: {licence}"
            );
        }
        let mut size = 0;
        for file in &packed {
            assert!(
                !file.starts_with("tests") && !file.starts_with("fuzz"),
                "{tool}: {}",
                file.display()
            );
            let path = folder.join(file);
            size += fs::metadata(&path).map_or(0, |of| of.len());
            if path.extension().is_some_and(|ending| ending == "rs") {
                for other in taken_in(&path) {
                    taken += 1;
                    let whole = path.parent().unwrap().join(&other);
                    let whole = whole.canonicalize().unwrap();
                    let inside = whole.strip_prefix(&folder).unwrap_or_else(|_| {
                        panic!("{}: takes in {}", path.display(), whole.display())
                    });
                    assert!(
                        packed.contains(inside),
                        "{}: takes in {}, which is not packed",
                        path.display(),
                        inside.display()
                    );
                }
            }
        }
        assert!(size < 2 << 20, "{tool}: {size} bytes");
    }
    assert!(taken > 10, "the files that are taken in were not found");
}

/// Builds what was packed where nothing of the repository is at hand, with the
/// dependencies that the tests have built: the members' features are the same.
#[cfg(feature = "real-peers")]
#[test]
fn packed_crates_build_by_themselves_with_their_examples() {
    let target = std::env::current_exe().unwrap();
    let target = target.ancestors().nth(3).unwrap();
    let place = tempfile::tempdir().unwrap();
    let made = place.path().join("made");
    let mut pack = vec!["package", "--no-verify", "--allow-dirty", "--offline"];
    pack.extend(["--target-dir", made.to_str().unwrap()]);
    for tool in TOOLS {
        pack.extend(["-p", tool]);
    }
    cargo(&pack);
    // Cargo tells crates without a registry apart by their folders below the
    // workspace: in folders of the same names they would be taken for these.
    let manifest = fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    let members = manifest
        .lines()
        .find(|line| line.starts_with("members = "))
        .unwrap();
    let manifest = manifest.replace(members, r#"members = ["packed/*"]"#);
    fs::write(place.path().join("Cargo.toml"), manifest).unwrap();
    let members = place.path().join("packed");
    for file in ["Cargo.lock", ".cargo/config.toml"] {
        let to = place.path().join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(workspace().join(file), to).unwrap();
    }
    // The member that is not packed gives its dependencies, and no code.
    let manifest = fs::read_to_string(workspace().join("workspace-tests/Cargo.toml")).unwrap();
    let mut kept = String::new();
    let mut keep = true;
    for line in manifest.lines() {
        if line.starts_with('[') {
            keep = !line.starts_with("[[");
        }
        if keep {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    let empty = members.join("workspace-tests");
    fs::create_dir_all(empty.join("src")).unwrap();
    fs::write(empty.join("Cargo.toml"), kept).unwrap();
    fs::write(empty.join("src/lib.rs"), "//! Nothing.\n").unwrap();
    for tool in TOOLS {
        let mut files = fs::read_dir(made.join("package")).unwrap().flatten();
        let archive = files.find(|file| {
            let name = file.file_name().to_string_lossy().into_owned();
            name.starts_with(&format!("{tool}-")) && name.ends_with(".crate")
        });
        let archive = archive.unwrap_or_else(|| panic!("{tool} was not packed"));
        let folder = members.join(tool);
        fs::create_dir(&folder).unwrap();
        // Younger than what was built of an earlier packing: packed files
        // have no time of their own.
        let mut unpack = Command::new("tar");
        unpack
            .arg("-xmzf")
            .arg(archive.path())
            .arg("-C")
            .arg(&folder);
        unpack.arg("--strip-components=1");
        assert!(unpack.status().unwrap().success(), "{tool}");
    }
    let mut check = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    check
        .args(["check", "--offline", "--workspace", "--all-features"])
        .args(["--lib", "--bins", "--examples", "--target-dir"])
        .arg(target)
        .current_dir(place.path());
    let output = check.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    for tool in TOOLS {
        assert!(said.contains(&format!("Checking {tool} v")), "{said}");
    }
    assert!(!said.contains("warning: unused"), "{said}");
}

/// `1.95` or `1.95.0` as numbers.
fn version(text: &str) -> (u32, u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap());
    (
        parts.next().unwrap(),
        parts.next().unwrap(),
        parts.next().unwrap_or(0),
    )
}

fn promised() -> String {
    let manifest = fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    let line = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .unwrap();
    line.trim_matches('"').to_owned()
}

#[test]
fn the_oldest_toolchain_is_the_same_in_every_manifest_and_on_every_page() {
    let promised = promised();
    for package in metadata(&["--no-deps"]) {
        assert_eq!(package["rust_version"], *promised, "{}", package["name"]);
    }
    let mut pages: Vec<PathBuf> = vec!["README.md".into(), "CONTRIBUTING.md".into()];
    pages.extend(TOOLS.map(|tool| Path::new(tool).join("README.md")));
    for page in pages {
        let text = fs::read_to_string(workspace().join(&page)).unwrap();
        let stated: Vec<&str> = text
            .match_indices("Rust 1.")
            .map(|(at, _)| text[at + 5..].split([' ', ',', '\n', ':']).next().unwrap())
            .map(|word| word.trim_end_matches('.'))
            .collect();
        assert!(!stated.is_empty(), "{}: says nothing of it", page.display());
        for stated in stated {
            assert_eq!(stated, promised, "{}", page.display());
        }
    }
}

#[test]
fn this_toolchain_is_not_older_than_the_promised_one_and_its_lint_is_on() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let own = said.split([' ', '-']).nth(1).unwrap();
    assert!(version(own) >= version(&promised()), "{said}");
    let manifest = fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("\nincompatible_msrv = \"deny\"\n"));
}

#[test]
fn no_dependency_wants_a_newer_toolchain_than_the_promised_one() {
    let promised = promised();
    let packages = metadata(&[]);
    let mut stating = 0;
    for package in &packages {
        let Some(wanted) = package["rust_version"].as_str() else {
            continue;
        };
        stating += 1;
        assert!(
            version(wanted) <= version(&promised),
            "{} {} wants Rust {wanted}",
            package["name"],
            package["version"]
        );
    }
    assert!(stating > 100, "{stating} of {}", packages.len());
}

#[test]
fn the_four_tools_have_one_version_and_the_changes_speak_of_it_or_of_what_comes() {
    let packages = metadata(&["--no-deps"]);
    let versions: BTreeSet<&str> = TOOLS
        .iter()
        .map(|tool| package(&packages, tool)["version"].as_str().unwrap())
        .collect();
    assert_eq!(versions.len(), 1, "{versions:?}");
    let version = versions.first().unwrap();
    let changes = fs::read_to_string(workspace().join("CHANGELOG.md")).unwrap();
    let first = changes
        .lines()
        .find_map(|line| line.strip_prefix("## "))
        .unwrap();
    assert!(
        first.starts_with(version) || first == "Unreleased",
        "CHANGELOG.md begins with {first}, the tools are {version}"
    );
}
