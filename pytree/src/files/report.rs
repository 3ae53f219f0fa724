use std::fmt::{self, Display};

use crate::error::print::{count, cut_path, list, quote};
use crate::path::key::KeyPath;

/// What [`Archive::load`](crate::files::Archive::load) did with each leaf and each array.
///
/// `Display` prints a line for each of the lists that is not empty, with at most twelve of its items.
///
/// ```
/// use std::io::Cursor;
/// use pytree::npz;
/// let mut bytes = Vec::new();
/// npz::Writer::new().add("w", &[1.0_f32, 2.0])?.add("step", &7_i64)?.write(&mut bytes)?;
///
/// let mut tree = std::collections::BTreeMap::from([("w", [0.0_f64; 2]), ("v", [0.0; 2])]);
/// let report = npz::read(Cursor::new(bytes))?.only("['w']").cast().load(&mut tree)?;
/// assert_eq!(
///     report.to_string(),
///     "loaded 1 leaf: ['w']\n\
///      left 1 leaf as it was: ['v']\n\
///      did not use 1 array: \".step\"\n\
///      cast 1 leaf: ['w'] from f32"
/// );
/// # Ok::<(), pytree::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The leaves that were loaded, in the order of the tree.
    pub loaded: Vec<KeyPath>,
    /// The leaves that were not selected, and keep their elements.
    pub left: Vec<KeyPath>,
    /// The names of the arrays that were not used, in the order of the file.
    pub unused: Vec<String>,
    /// The leaves that were loaded from another element type, and the name of that type.
    pub cast: Vec<(KeyPath, String)>,
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let leaves = |leaves: &[KeyPath]| {
            let paths = list(leaves.iter().map(cut_path), leaves.len(), ", ");
            (count(leaves.len(), "leaf", "leaves"), paths)
        };
        let (loaded, paths) = leaves(&self.loaded);
        let colon = if self.loaded.is_empty() { "" } else { ": " };
        write!(f, "loaded {loaded}{colon}{paths}")?;
        if !self.left.is_empty() {
            let (left, paths) = leaves(&self.left);
            let as_before = if self.left.len() == 1 { "as it was" } else { "as they were" };
            write!(f, "\nleft {left} {as_before}: {paths}")?;
        }
        if !self.unused.is_empty() {
            let names = list(self.unused.iter().map(|name| quote(name)), self.unused.len(), ", ");
            let unused = count(self.unused.len(), "array", "arrays");
            write!(f, "\ndid not use {unused}: {names}")?;
        }
        if !self.cast.is_empty() {
            let each =
                self.cast.iter().map(|(path, from)| format!("{} from {from}", cut_path(path)));
            let each = list(each, self.cast.len(), ", ");
            write!(f, "\ncast {}: {each}", count(self.cast.len(), "leaf", "leaves"))?;
        }
        Ok(())
    }
}
