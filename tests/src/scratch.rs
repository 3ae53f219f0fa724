use std::fs;
use std::path::PathBuf;

/// A folder for one test, removed at its end.
pub struct Scratch(pub PathBuf);

impl Scratch {
    /// An empty folder, whose name has `name` in it.
    ///
    /// # Panics
    /// If there is no room for one.
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pytree-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder for this test");
        Scratch(path)
    }

    /// The names of what is in it, in order.
    ///
    /// # Panics
    /// If it is no longer there.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
