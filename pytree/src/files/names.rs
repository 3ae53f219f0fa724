use std::collections::HashMap;

use crate::error::error::Error;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::error::print::{SHOWN, did_you_mean, list, quote};
use crate::layout::layout::Layout;
use crate::path::key::{Key, KeyPath};
use crate::structure::nearest::likely_meant;
use crate::structure::treedef::TreeDef;

/// The description of an array in a file, without its elements.
pub(crate) struct Stored<T> {
    /// The element type, as errors print it.
    pub dtype: String,
    pub shape: Vec<usize>,
    /// What the reader of the format needs to find the elements.
    pub location: T,
}

/// Finds the array of each leaf, and returns their names and locations in the order of the leaves. Each array has the
/// shape of its leaf and the element type `dtype`.
///
/// The name of an array is the key path of its leaf, as [`KeyPath`] prints it. If no leaf has that path, the name is
/// the [`KeyPath::simple`]`(".")` of its leaf, which must be unique. `describe` is called only for arrays that belong to
/// a leaf, because a file may have any number of others.
pub(crate) fn arrays_of_leaves<A, T>(
    layout: &Layout,
    dtype: &'static str,
    mut arrays: Vec<(String, A)>,
    mut describe: impl FnMut(&str, A) -> Result<Stored<T>, Error>,
) -> Result<Vec<(String, T)>, Error> {
    arrays.sort_by(|(a, _), (b, _)| a.cmp(b));
    let paths: Vec<_> = layout.treedef().leaf_paths().collect();
    let by_path: HashMap<_, _> = paths.iter().map(ToString::to_string).zip(0..).collect();
    let by_simple = by_name(paths.iter().map(|path| path.simple(".")));

    let mut named: Vec<Vec<(String, A)>> = paths.iter().map(|_| Vec::new()).collect();
    // Leaves for which there is an array whose name is ambiguous. They are not reported as missing too.
    let mut ambiguous = vec![false; paths.len()];
    let (mut extra, mut mismatches) = (Vec::new(), Vec::new());
    for (name, array) in arrays {
        let leaves = by_path.get(&name).map(std::slice::from_ref);
        match leaves.or_else(|| by_simple.get(&name).map(Vec::as_slice)) {
            None => extra.push(name),
            Some(&[leaf]) => named[leaf].push((name, array)),
            Some(leaves) => {
                leaves.iter().for_each(|leaf| ambiguous[*leaf] = true);
                mismatches.push(shared_name(&name, leaves, &paths));
            }
        }
    }

    let mut missing = Vec::new();
    let mut found = Vec::with_capacity(paths.len());
    for (leaf, (path, mut arrays)) in paths.into_iter().zip(named).enumerate() {
        let mut report = |kind| mismatches.push(Mismatch { path: path.clone(), kind });
        if arrays.len() > 1 {
            let (count, names) = (arrays.len(), arrays.iter().map(|(name, _)| quote(name)));
            let names = list(names, count, " and ");
            report(MismatchKind::other(format!("expected one array, found {names}")));
        } else if let Some((name, array)) = arrays.pop() {
            let array = describe(&name, array)?;
            if array.dtype != dtype {
                report(MismatchKind::other(format!("expected {dtype}, found {}", array.dtype)));
            }
            let expected = layout.shape(leaf);
            if array.shape != expected {
                report(MismatchKind::Shape { expected: expected.to_vec(), found: array.shape });
            }
            found.push((name, array.location));
        } else if !ambiguous[leaf] {
            let mut names = vec![path.to_string(), path.simple(".")];
            names.dedup();
            let names = list(names.iter().map(|name| quote(name)), names.len(), " or ");
            report(MismatchKind::other(format!("missing array {names}")));
            missing.push(path);
        }
    }

    let typos: Vec<_> = extra.iter().take(SHOWN).map(|name| path_of(name)).collect();
    let nearest =
        likely_meant(&typos, |search| missing.iter().for_each(|path| search.compare(path)));
    for (name, nearest) in extra.iter().zip(nearest.chain(std::iter::repeat(None))) {
        let text = format!("extra array {}{}", quote(name), did_you_mean(nearest));
        mismatches.push(Mismatch { path: KeyPath::root(), kind: MismatchKind::Whole(text.into()) });
    }
    if mismatches.is_empty() {
        Ok(found)
    } else {
        Err(Error::mismatch("the arrays do not match the tree", mismatches))
    }
}

/// Names each leaf with `name`, in order. Returns an error if two names are equal, or if `check` refuses one.
pub(crate) fn leaf_names(
    treedef: &TreeDef,
    name: impl FnMut(&KeyPath) -> String,
    check: impl Fn(&str) -> Result<(), &'static str>,
) -> Result<Vec<String>, Error> {
    let paths: Vec<_> = treedef.leaf_paths().collect();
    let names: Vec<_> = paths.iter().map(name).collect();
    let mut mismatches = Vec::new();
    for (path, name) in paths.iter().zip(&names) {
        if let Err(reason) = check(name) {
            let text = format!("no array can be named {}: {reason}", quote(name));
            let kind = MismatchKind::other(text);
            mismatches.push(Mismatch { path: path.clone(), kind });
        }
    }
    let mut shared: Vec<_> = by_name(names.iter().cloned()).into_iter().collect();
    shared.retain(|(_, leaves)| leaves.len() > 1);
    shared.sort();
    for (name, leaves) in shared {
        mismatches.push(shared_name(&name, &leaves, &paths));
    }
    if mismatches.is_empty() {
        Ok(names)
    } else {
        Err(Error::mismatch("the leaves cannot be saved under their names", mismatches))
    }
}

/// The mismatch for several leaves with the same name.
fn shared_name(name: &str, leaves: &[usize], paths: &[KeyPath]) -> Mismatch {
    let (name, paths) = (quote(name), leaves.iter().map(|leaf| &paths[*leaf]));
    let paths = list(paths, leaves.len(), ", ");
    let text = format!("{name} names more than one leaf: {paths}; name each by its key path");
    Mismatch { path: KeyPath::root(), kind: MismatchKind::Whole(text.into()) }
}

/// The indices of the leaves with each name.
fn by_name(names: impl Iterator<Item = String>) -> HashMap<String, Vec<usize>> {
    let mut leaves = HashMap::<_, Vec<_>>::new();
    for (leaf, name) in names.enumerate() {
        leaves.entry(name).or_default().push(leaf);
    }
    leaves
}

/// Converts the name of an array to a key path: the text of a path, or names of keys joined by dots.
fn path_of(name: &str) -> KeyPath {
    let key = |name: &str| match name.parse() {
        Ok(index) => Key::Sequence(index),
        Err(_) => Key::GetAttr(name.to_string().into()),
    };
    name.parse().unwrap_or_else(|_| name.split('.').map(key).collect())
}
