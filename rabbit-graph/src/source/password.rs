//! Where the password comes from: a file, the environment, or a prompt
//! without echo. Never the command line.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{Error, Kind, Result};

/// The environment variable that may hold the password.
pub(crate) const PASSWORD_VARIABLE: &str = "RABBIT_GRAPH_PASSWORD";

/// Longer than any sensible password.
const LARGEST_FILE: u64 = 64 * 1024;

/// Gets the password of a user.
///
/// # Errors
/// When there is none.
pub(super) fn password(user: &str, file: Option<&Path>) -> Result<String> {
    if let Some(path) = file {
        return from_file(path);
    }
    if let Some(value) = std::env::var_os(PASSWORD_VARIABLE) {
        return value.into_string().map_err(|_| {
            Error::new(Kind::Input, PASSWORD_VARIABLE, "not valid UTF-8")
                .hint("the password must be UTF-8 text")
        });
    }
    rpassword::prompt_password(format!("Password of {user}: ")).map_err(|error| {
        Error::new(
            Kind::Usage,
            user,
            "no password was given and there is no terminal to ask on",
        )
        .because(error)
        .hint(format!("use --password-file, or set {PASSWORD_VARIABLE}"))
    })
}

fn from_file(path: &Path) -> Result<String> {
    let unreadable = |error: std::io::Error| {
        Error::new(Kind::Input, path.display().to_string(), "cannot be read")
            .because(error)
            .hint("--password-file names a file whose first line is the password")
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    (file.take(LARGEST_FILE).read_to_string(&mut text)).map_err(unreadable)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
