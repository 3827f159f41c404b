//! Getting a fresh service ticket without touching the user's credential cache.
//!
//! A ticket that lies in a cache may be older than the change it is to prove,
//! so the cache is copied without its service tickets, into a file without a
//! name in memory, and the KDC is asked with that. The library reads its
//! settings from the environment, which a running process cannot change for
//! itself: both steps are done by this program started again.

mod failure;
#[cfg(feature = "kerberos")]
mod library;

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::error::{Error, Kind, Result};
use crate::kerberos::ccache;

/// The hidden command that does a step.
pub(crate) const STEP: &str = "kerberos-step";

/// The largest answer of a step: a token, or a credential cache.
const LARGEST_ANSWER: u64 = 32 << 20;

/// Names a keytab that is not there: the library would otherwise fill the
/// user's cache from the default client keytab.
const NO_KEYTAB: &str = "FILE:/nonexistent/client.keytab";

/// A fresh ticket as a client sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fresh {
    /// Whose ticket it is: `bob@EXAMPLE.TEST`.
    pub client: String,
    /// The GSS-API token.
    pub token: Vec<u8>,
}

/// Whether no ticket was had because the clocks differ too much.
pub(crate) fn is_of_clock(error: &Error) -> bool {
    failure::is_of_clock(&error.message())
}

/// Credentials of this process alone: who asks is the owner of the user's
/// cache, or of the client keytab.
#[derive(Debug)]
pub(crate) enum Private {
    /// A copy of the user's cache with only what grants tickets.
    Cache(File),
    /// `KRB5_CLIENT_KTNAME`, because there is no cache.
    Keytab,
}

impl Private {
    /// Copies what grants tickets out of the user's cache.
    ///
    /// # Errors
    /// When there are no credentials, or this build has no Kerberos.
    pub(crate) fn copy() -> Result<Self> {
        if !cfg!(feature = "kerberos") {
            return Err(
                Error::new(Kind::Usage, "verify", "this build has no Kerberos")
                    .hint("install a build with the cargo feature `kerberos`"),
            );
        }
        source()
    }

    /// Gets a fresh ticket for a service (`nfs/nfs01.example.test`).
    ///
    /// # Errors
    /// When the KDC refuses.
    pub(crate) fn fresh(&self, service: &str) -> Result<Fresh> {
        let mut command = step("token")?;
        command.arg(service);
        self.lend(&mut command)?;
        let answer = run(command)?.map_err(|cause| failure::of_ticket(service, &cause))?;
        let malformed = || Error::new(Kind::System, service, "the ticket got lost on the way");
        let (length, rest) = answer.split_at_checked(2).ok_or_else(malformed)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let (client, token) = rest.split_at_checked(length).ok_or_else(malformed)?;
        Ok(Fresh {
            client: String::from_utf8_lossy(client).into_owned(),
            token: token.to_vec(),
        })
    }

    /// Asks the directory: runs this program with other arguments, which must
    /// ask for JSON, and gives the document it prints.
    ///
    /// # Errors
    /// What that run fails with.
    pub(crate) fn ask(&self, arguments: impl IntoIterator<Item = OsString>) -> Result<Value> {
        let mut command = this_program()?;
        command.args(arguments);
        self.lend(&mut command)?;
        let output = command
            .stderr(Stdio::null())
            .output()
            .map_err(not_started)?;
        let document: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
            Error::new(Kind::System, "ad-pac", "a step of it gave no answer").because(error)
        })?;
        match document.get("error") {
            Some(error) => Err(told(error)),
            None => Ok(document),
        }
    }

    /// Makes another process use these credentials.
    fn lend(&self, command: &mut Command) -> Result<()> {
        command.env_remove("KRB5CCNAME");
        match self {
            Private::Cache(file) => command
                // The file has no name but this one, and only in the new process.
                .env("KRB5CCNAME", "FILE:/proc/self/fd/0")
                .env("KRB5_CLIENT_KTNAME", NO_KEYTAB)
                .stdin(file.try_clone().map_err(|error| no_room(&error))?),
            Private::Keytab => command.env("KRB5CCNAME", "MEMORY:").stdin(Stdio::null()),
        };
        Ok(())
    }
}

/// Copies what grants tickets out of the user's cache, wherever that is kept.
fn source() -> Result<Private> {
    let folder = tempfile::Builder::new()
        .prefix("ad-pac-")
        .tempdir_in(memory())
        .map_err(|error| no_room(&error))?;
    let path = folder.path().join("ccache");
    let mut command = step("copy")?;
    command
        .arg(&path)
        .env("KRB5_CLIENT_KTNAME", NO_KEYTAB)
        .stdin(Stdio::null());
    if let Err(cause) = run(command)? {
        if std::env::var_os("KRB5_CLIENT_KTNAME").is_some() {
            return Ok(Private::Keytab);
        }
        return Err(failure::of_credentials(&cause));
    }
    let whole = read(&path)?;
    drop(folder);
    let copy = ccache::ticket_granting(&whole).map_err(|error| {
        Error::new(Kind::Peer, "credential cache", "cannot be copied").because(error)
    })?;
    tracing::debug!(client = %copy.client, left_out = copy.left_out, "copied the credential cache");
    if copy.kept == 0 {
        return Err(Error::new(
            Kind::Peer,
            copy.client.to_string(),
            "the credential cache holds no ticket to ask the KDC with",
        )
        .hint("get one with kinit"));
    }
    let mut file = tempfile::tempfile_in(memory()).map_err(|error| no_room(&error))?;
    file.write_all(&copy.file)
        .map_err(|error| no_room(&error))?;
    Ok(Private::Cache(file))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let unreadable = |error: std::io::Error| {
        Error::new(Kind::System, path.display().to_string(), "cannot be read").because(error)
    };
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(unreadable)?
        .take(LARGEST_ANSWER)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}

/// A folder that lies in memory, where there is one.
fn memory() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let candidates = runtime.into_iter().chain([PathBuf::from("/dev/shm")]);
    candidates
        .into_iter()
        .find(|folder| folder.is_absolute() && tempfile::tempfile_in(folder).is_ok())
        .unwrap_or_else(std::env::temp_dir)
}

fn no_room(error: &std::io::Error) -> Error {
    Error::new(
        Kind::System,
        memory().display().to_string(),
        "no room for a private credential cache",
    )
    .because(error.to_string())
}

/// The error that another run of this program printed.
fn told(error: &Value) -> Error {
    let text = |field: &str| error[field].as_str().unwrap_or("?").to_owned();
    let kind = match error["kind"].as_str() {
        Some("usage") => Kind::Usage,
        Some("input") => Kind::Input,
        Some("refused") => Kind::Refused,
        Some("system") => Kind::System,
        _ => Kind::Peer,
    };
    let hints = error["hints"].as_array().into_iter().flatten();
    hints.filter_map(Value::as_str).fold(
        Error::new(kind, text("subject"), text("message")),
        Error::hint,
    )
}

/// This program, to be started once more.
fn this_program() -> Result<Command> {
    std::env::current_exe()
        .map(Command::new)
        .map_err(not_started)
}

fn not_started(error: std::io::Error) -> Error {
    Error::new(Kind::System, "ad-pac", "cannot be started again").because(error)
}

/// This program, to be started for one step.
fn step(name: &str) -> Result<Command> {
    let mut command = this_program()?;
    command.args([STEP, name]);
    Ok(command)
}

/// Runs a step: what it gave, or what the library said.
fn run(mut command: Command) -> Result<Result<Vec<u8>, String>> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(not_started)?;
    match output.stdout.split_first() {
        Some((&GIVEN, answer)) => Ok(Ok(answer.to_vec())),
        Some((&FAILED, text)) => Ok(Err(String::from_utf8_lossy(text).into_owned())),
        _ => Err(Error::new(
            Kind::System,
            "ad-pac",
            format!("a step of it ended with {}", output.status),
        )),
    }
}

/// The first byte of a step's answer.
const GIVEN: u8 = b'+';
const FAILED: u8 = b'-';

/// Does a step, in the process that was started for it, and gives its answer.
#[cfg(feature = "kerberos")]
pub(crate) fn answer(name: &str, argument: &str) -> Vec<u8> {
    let result = match name {
        "copy" => library::copy_credentials(argument).map(|()| Vec::new()),
        "token" => library::token(argument),
        _ => Err("no such step".to_owned()),
    };
    match result {
        Ok(answer) => [vec![GIVEN], answer].concat(),
        Err(text) => [vec![FAILED], text.into_bytes()].concat(),
    }
}

/// Without the library there is nothing to do.
#[cfg(not(feature = "kerberos"))]
pub(crate) fn answer(_name: &str, _argument: &str) -> Vec<u8> {
    [&[FAILED], &b"this build has no Kerberos"[..]].concat()
}
