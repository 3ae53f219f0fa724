use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::error::Error;
use crate::files::error::FileError;

/// Writes a file beside `path` and renames it to `path` when it is complete: there is the old file or
/// the new file, and never half of it.
pub(crate) fn replace_file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), FileError>,
) -> Result<(), Error> {
    // A link is to lead to the new file, and not to be replaced by it.
    let target = fs::canonicalize(path).unwrap_or_else(|_| match fs::read_link(path) {
        // Of a link that leads nowhere yet, the place it leads to.
        Ok(place) => path.parent().map_or(place.clone(), |folder| folder.join(place)),
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
        // Else the name could reach the disk before the content.
        writer.get_ref().sync_all().map_err(FileError::Io)?;
        drop(writer);
        fs::rename(&unfinished.0, &target).map_err(FileError::Io)
    };
    write().map_err(|error: FileError| error.in_file(path))
}

/// A file that is removed, unless it has been renamed.
struct Unfinished(PathBuf);

impl Unfinished {
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
