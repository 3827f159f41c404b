//! Files are written whole or not at all.

use std::io::{BufWriter, Write};
use std::path::Path;

use crate::error::{Error, Kind, Result};

/// Writes a file through a temporary one in the same folder: synced, then
/// renamed.
///
/// # Errors
/// When the folder or the file cannot be written.
pub(crate) fn write_file(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::new(
            Kind::System,
            path.display().to_string(),
            "cannot be written",
        )
        .because(error)
        .hint("the folder must exist and be writable")
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new()
        .prefix(".rabbit-graph-")
        .permissions(permissions())
        .tempfile_in(folder)
        .map_err(failed)?;
    let mut buffer = BufWriter::with_capacity(256 * 1024, file.as_file_mut());
    content(&mut buffer)
        .and_then(|()| buffer.flush())
        .map_err(failed)?;
    drop(buffer);
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// As a shell would create it; the process's mask takes away what it must.
fn permissions() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o666)
}
