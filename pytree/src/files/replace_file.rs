use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::error::Error;
use crate::files::error::FileError;

/// Replaces the file at `path` atomically: writes a temporary file in the same folder, and renames it when it is
/// complete. At any time, `path` is either the complete old file or the complete new file; with `sync`, also after a crash
/// of the system.
pub(crate) fn replace_file(
    path: &Path,
    sync: bool,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), FileError>,
) -> Result<(), Error> {
    // If `path` is a link, replace the file that it points to, and not the link.
    let target = fs::canonicalize(path).unwrap_or_else(|_| match fs::read_link(path) {
        // The file that the link points to does not exist yet.
        Ok(link) => path.parent().map_or(link.clone(), |folder| folder.join(link)),
        Err(_) => path.to_path_buf(),
    });
    let write = || {
        let (file, unfinished) = Unfinished::beside(&target)?;
        if let Ok(old) = fs::metadata(&target) {
            file.set_permissions(old.permissions()).map_err(FileError::Io)?;
        }
        let mut writer = BufWriter::new(file);
        write(&mut writer)?;
        writer.flush().map_err(FileError::Io)?;
        if sync {
            // Otherwise the new name could reach the disk before the content.
            writer.get_ref().sync_all().map_err(FileError::Io)?;
        }
        drop(writer);
        fs::rename(&unfinished.0, &target).map_err(FileError::Io)
    };
    write().map_err(|error: FileError| error.in_file(path))
}

/// A temporary file. Dropping it removes the file, unless it was renamed.
struct Unfinished(PathBuf);

impl Unfinished {
    /// Creates the file in the folder of `target`.
    fn beside(target: &Path) -> Result<(File, Self), FileError> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        loop {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let name = format!(".checkpoint-{}-{count}.tmp", std::process::id());
            let path = target.with_file_name(name);
            match File::create_new(&path) {
                Ok(file) => return Ok((file, Unfinished(path))),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(FileError::Io(error)),
            }
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}
