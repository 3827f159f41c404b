//! Where definitions come from: a file, standard input, a compressed file,
//! or the management API of a broker.

mod api;
mod password;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub(crate) use password::PASSWORD_VARIABLE;

use crate::error::{Error, Kind, Result};

/// No export is read beyond this size, compressed or not: a small archive
/// can unpack to any size, and a server can answer without end.
const LARGEST: u64 = 4 << 30;

/// How to reach a source.
#[derive(Debug, Clone, Default)]
pub(crate) struct Access {
    /// A file whose first line is the password.
    pub password_file: Option<PathBuf>,
    /// Certificates to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Only this virtual host, where the source can be asked for one.
    pub vhost: Option<String>,
}

/// The bytes of an export, and what to call it in messages.
#[derive(Debug)]
pub(crate) struct Input {
    /// The path, `standard input`, or the URL without user and password.
    pub subject: String,
    /// JSON, it is hoped.
    pub bytes: Vec<u8>,
}

/// Reads a source.
///
/// # Errors
/// When it cannot be opened, read or unpacked, or the server refuses.
pub(crate) fn load(source: &str, access: &Access) -> Result<Input> {
    if source.starts_with("http://") || source.starts_with("https://") {
        return api::definitions(source, access);
    }
    let (subject, bytes) = if source == "-" {
        ("standard input".to_owned(), all(io::stdin().lock(), 0))
    } else {
        (source.to_owned(), file(Path::new(source)))
    };
    let bytes = bytes.map_err(|error| {
        let failure = Error::new(Kind::Input, subject.clone(), "cannot be read").because(error);
        match source {
            "-" => failure.hint("pipe a definitions file into the command"),
            _ => {
                failure.hint("a source is a definitions file, `-`, or the URL of a management API")
            }
        }
    })?;
    let bytes = unpacked(bytes).map_err(|error| {
        Error::new(Kind::Input, subject.clone(), "cannot be unpacked")
            .because(error)
            .hint("was the file cut off? `gzip -t FILE` tells")
    })?;
    Ok(Input { subject, bytes })
}

fn file(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    all(file, size)
}

fn all(from: impl Read, expected: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more, so that reading to the end needs no second allocation.
    bytes.reserve_exact(usize::try_from(expected.min(LARGEST)).unwrap_or_default() + 1);
    from.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("more than {} GiB", LARGEST >> 30),
        ));
    }
    Ok(bytes)
}

/// Unpacks gzip, told by its first bytes rather than by the file's name.
fn unpacked(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        all(flate2::read::MultiGzDecoder::new(bytes.as_slice()), 0)
    } else {
        Ok(bytes)
    }
}

#[cfg(test)]
#[path = "source/tests.rs"]
mod tests;
