//! Where the password comes from: a file, the environment, or a prompt
//! without echo. Never the command line.

use std::fmt;
use std::path::Path;

use crate::error::{Error, Kind, Result};

/// The environment variable that may hold the password of `--bind-user`.
pub(crate) const PASSWORD_VARIABLE: &str = "AD_PAC_PASSWORD";

/// Longer than any password of a directory (256 characters) can be.
const LARGEST_FILE: u64 = 4096;

/// A password. It has no `Display`, and `Debug` hides it.
#[derive(Clone)]
pub(crate) struct Password(String);

impl Password {
    /// The password itself, for the bind request alone.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

/// Gets the password of `user`.
///
/// # Errors
/// When there is none, or an empty one: a bind with an empty password succeeds
/// as nobody on some servers (RFC 4513 section 5.1.2).
pub(crate) fn password(user: &str, file: Option<&Path>) -> Result<Password> {
    let (from, text) = if let Some(path) = file {
        (path.display().to_string(), from_file(path)?)
    } else if let Some(value) = std::env::var_os(PASSWORD_VARIABLE) {
        let text = value.into_string().map_err(|_| {
            Error::new(Kind::Input, PASSWORD_VARIABLE, "not valid UTF-8")
                .hint("the password must be UTF-8 text")
        })?;
        (PASSWORD_VARIABLE.to_owned(), text)
    } else {
        let text =
            rpassword::prompt_password(format!("Password of {user}: ")).map_err(|error| {
                Error::new(
                    Kind::Usage,
                    user,
                    "no password was given and there is no terminal to ask on",
                )
                .because(error)
                .hint(format!("use --password-file, or set {PASSWORD_VARIABLE}"))
            })?;
        (user.to_owned(), text)
    };
    if text.is_empty() {
        return Err(Error::new(Kind::Input, from, "the password is empty")
            .hint("an empty password would be an anonymous logon"));
    }
    Ok(Password(text))
}

/// The first line of the file.
fn from_file(path: &Path) -> Result<String> {
    let subject = path.display().to_string();
    let unreadable = |error: std::io::Error| {
        Error::new(Kind::Input, subject.clone(), "cannot be read")
            .because(error)
            .hint("--password-file names a file whose first line is the password")
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    std::io::Read::read_to_string(&mut std::io::Read::take(file, LARGEST_FILE), &mut text)
        .map_err(unreadable)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
