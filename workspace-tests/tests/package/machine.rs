//! The packages, made once a run, and a Debian with them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use workspace_tests::bins::{self, TOOLS, workspace};
use workspace_tests::peers::debian::Debian;

/// All packages of one version.
pub(crate) struct Packages {
    folder: PathBuf,
    version: &'static str,
}

/// The version that the others are upgraded from.
pub(crate) fn first() -> &'static Packages {
    static MADE: OnceLock<Packages> = OnceLock::new();
    MADE.get_or_init(|| Packages::make("0.0.1"))
}

/// A later one.
pub(crate) fn second() -> &'static Packages {
    static MADE: OnceLock<Packages> = OnceLock::new();
    MADE.get_or_init(|| Packages::make(Packages::SECOND))
}

impl Packages {
    pub(crate) const SECOND: &'static str = "0.0.2";

    /// Of the binaries that all tests use; the folder is kept in the target
    /// folder and filled anew by each run.
    fn make(version: &'static str) -> Packages {
        let folder = workspace().join("target/peers/packages").join(version);
        let mut command = Command::new(workspace().join("workspace-tests/package"));
        command
            .args(["--version", version, "--bin-dir"])
            .arg(bins::tool("pxe").parent().unwrap())
            .arg("--out")
            .arg(&folder);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        Packages { folder, version }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn package(&self, tool: &str) -> PathBuf {
        let machine = Command::new("dpkg").arg("--print-architecture").output();
        let machine = String::from_utf8(machine.unwrap().stdout).unwrap();
        let name = format!("{tool}_{}-1_{}.deb", self.version, machine.trim());
        self.folder().join(name)
    }

    pub(crate) fn archive(&self, tool: &str) -> PathBuf {
        let machine = std::env::consts::ARCH;
        self.folder()
            .join(format!("{tool}_{}_{machine}.tar.xz", self.version))
    }

    pub(crate) fn bill(&self, tool: &str) -> PathBuf {
        self.folder()
            .join(format!("{tool}_{}.cdx.json", self.version))
    }

    pub(crate) fn field(&self, tool: &str, name: &str) -> String {
        let mut ask = Command::new("dpkg-deb");
        let output = ask.arg("-f").arg(self.package(tool)).arg(name).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    }
}

/// Runs a program that must exit 0, and gives what it printed.
pub(crate) fn right(debian: &Debian, program: &[&str]) -> String {
    let output = debian.output(program).unwrap();
    assert!(output.status.success(), "{program:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Without waiting for the disk; a machine of a test has no power cut.
pub(crate) const DPKG: [&str; 3] = ["dpkg", "--force-unsafe-io", "--force-confold"];

/// Installs all packages with dpkg, which insists on their dependencies.
pub(crate) fn install(debian: &Debian, packages: &Packages) {
    let names = lay(debian, packages);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    right(debian, &[&DPKG[..], &["--install"], &names[..]].concat());
    for name in &names {
        fs::remove_file(debian.root().join(&name[1..])).unwrap();
    }
}

/// Puts the packages into its root folder and gives their paths there.
pub(crate) fn lay(debian: &Debian, packages: &Packages) -> Vec<String> {
    let lay_one = |tool: &str| {
        let package = packages.package(tool);
        let name = package.file_name().unwrap().to_str().unwrap();
        fs::copy(&package, debian.root().join(name)).unwrap();
        format!("/{name}")
    };
    TOOLS.map(lay_one).to_vec()
}

/// The files of a folder whose names begin so, as paths in there.
pub(crate) fn installed(debian: &Debian, folder: &str, names: &[&str]) -> Vec<String> {
    let found = fs::read_dir(debian.root().join(folder)).unwrap();
    let mut found: Vec<String> = found
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|file| names.iter().any(|name| file.starts_with(name)))
        .map(|file| format!("/{folder}/{file}"))
        .collect();
    found.sort();
    found
}

/// Every path in there but for what Debian keeps of any package that ever was
/// installed: dpkg's own lists and logs, the index of manual pages, and backups
/// of the list of users, who stay.
pub(crate) fn ways(root: &Path) -> BTreeSet<PathBuf> {
    const KEPT: &[&str] = &[
        "var/lib/dpkg",
        "var/log/dpkg.log",
        "var/cache/man",
        "var/cache/debconf",
        "var/cache/ldconfig",
        "etc/passwd-",
        "etc/group-",
        "etc/shadow-",
        "etc/gshadow-",
        "etc/.pwd.lock",
    ];
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let inside = path.strip_prefix(root).unwrap().to_owned();
            if KEPT.iter().any(|kept| inside.starts_with(kept)) {
                continue;
            }
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            }
            found.insert(inside);
        }
    }
    found
}
