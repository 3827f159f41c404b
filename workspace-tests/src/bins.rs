//! The four binaries, built once and never stale.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, bail};

/// The four tools.
pub const TOOLS: [&str; 4] = ["ad-pac", "certcheck", "pxe", "rabbit-graph"];

/// The folder of the workspace's `Cargo.toml`.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate lies in the workspace")
}

/// The path of a tool's binary.
///
/// `TOOLS_BIN_DIR` names a folder whose binaries are known to be fresh (the
/// test command sets it, having built them); without it Cargo brings them up
/// to date once a process.
///
/// # Panics
/// When the tools cannot be built: nothing can be tested then.
pub fn tool(name: &str) -> PathBuf {
    assert!(TOOLS.contains(&name), "{name} is not one of the tools");
    folder().join(name)
}

/// The path of an example of one of the crates, built as the tools are.
///
/// # Panics
/// When it cannot be built: nothing can be tested then.
pub fn example(name: &str) -> PathBuf {
    folder().join("examples").join(name)
}

fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| match std::env::var_os("TOOLS_BIN_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => build().expect("the tools can be built"),
    })
}

fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(workspace()).args([
        "build",
        "--quiet",
        "--workspace",
        "--bins",
        "--examples",
    ]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    if cfg!(feature = "real-peers") {
        command.arg("--all-features");
    }
    let status = command.status().context("cargo cannot be started")?;
    if !status.success() {
        bail!("`cargo build --workspace --bins --examples` failed: {status}");
    }
    // <target>/<profile>/deps/test-… or <target>/<profile>/tour
    let own = std::env::current_exe().context("the running program has no path")?;
    let mut folder = own.parent().context("the running program lies nowhere")?;
    if folder.ends_with("deps") {
        folder = folder.parent().context("deps lies nowhere")?;
    }
    Ok(folder.to_owned())
}
