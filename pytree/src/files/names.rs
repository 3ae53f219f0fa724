use std::collections::HashMap;

use crate::error::error::Error;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::error::print::{SHOWN, did_you_mean, list, quote};
use crate::files::archive::path_of;
use crate::files::array_info::ArrayInfo;
use crate::files::error::FileError;
use crate::files::select::Selector;
use crate::path::key::KeyPath;
use crate::path::parse::parse_path;
use crate::path::pattern::Pattern;
use crate::structure::nearest::likely_meant;

/// Which array of a file belongs to which leaf.
pub(crate) struct Matched {
    /// The index of the array of each leaf; `None` if the leaf is not selected.
    pub arrays: Vec<Option<usize>>,
    /// The indices of the arrays that are not selected.
    pub unused: Vec<usize>,
}

/// Finds the array of each leaf that `pattern` selects; without a pattern, of each leaf.
///
/// Without `names`, the name of an array is the key path of its leaf, as [`KeyPath`] prints it. If no leaf has that
/// path, the names of its keys must be those of one leaf: `layers.0.w` and `.layers[0].w` are both the array of
/// `['layers'][0]['w']`. With `names`, which has a name for each leaf, the array has that name.
///
/// `pattern` is compared with the path of a leaf and, without `names`, with the names of its arrays as paths. A
/// pattern that selects arrays for a [`Tree`](crate::Tree), whose children have string keys, then selects its leaves too.
///
/// `check` returns the mismatches of the array of a leaf. It is called only for arrays that belong to a leaf, because a
/// file may have any number of other arrays.
pub(crate) fn match_leaves(
    paths: &[KeyPath],
    names: Option<&[String]>,
    arrays: &[ArrayInfo],
    pattern: Option<&Pattern>,
    mut check: impl FnMut(usize, &ArrayInfo) -> Result<Vec<MismatchKind>, FileError>,
) -> Result<Matched, FileError> {
    let names = Names::new(paths, names);
    let found: Vec<_> = arrays.iter().map(|array| names.find(&array.name)).collect();
    let mut selector = pattern.map(Selector::new);
    let mut selected = vec![true; paths.len()];
    if let Some(selector) = &mut selector {
        let mut named: Vec<Vec<KeyPath>> = vec![Vec::new(); paths.len()];
        for (array, leaves) in arrays.iter().zip(&found) {
            if let (&&[leaf], None) = (leaves, names.given) {
                named[leaf].push(path_of(&array.name));
            }
        }
        for (leaf, path) in paths.iter().enumerate() {
            selected[leaf] = selector.selects_one([path].into_iter().chain(&named[leaf]));
        }
    }
    let mut select = |path: &KeyPath| selector.as_mut().is_none_or(|one| one.selects(path));

    let mut order: Vec<_> = (0..arrays.len()).collect();
    order.sort_by_key(|array| &arrays[*array].name);
    let mut of_leaf: Vec<Vec<usize>> = paths.iter().map(|_| Vec::new()).collect();
    // Leaves for which there is an array whose name is ambiguous. They are not reported as missing too.
    let mut ambiguous = vec![false; paths.len()];
    let (mut extra, mut unused, mut mismatches) = (Vec::new(), Vec::new(), Vec::new());
    for array in order {
        let name = arrays[array].name.as_str();
        match found[array] {
            &[leaf] if selected[leaf] => of_leaf[leaf].push(array),
            [] if pattern.is_none() || select(&path_of(name)) => extra.push(name),
            &[] | &[_] => unused.push(array),
            leaves => {
                leaves.iter().for_each(|leaf| ambiguous[*leaf] = true);
                mismatches.push(shared_name(name, leaves, paths));
            }
        }
    }
    if let Some(selector) = selector {
        selector.finish("neither a leaf nor an array matches", |search| {
            paths.iter().for_each(|path| search.compare(path));
            arrays.iter().for_each(|array| search.compare(&path_of(&array.name)));
        })?;
    }
    unused.sort_unstable();

    let mut missing = Vec::new();
    let mut matched = vec![None; paths.len()];
    for (leaf, (path, found)) in paths.iter().zip(of_leaf).enumerate() {
        let mut report = |kind| mismatches.push(Mismatch { path: path.clone(), kind });
        match found.as_slice() {
            &[array] => {
                check(leaf, &arrays[array])?.into_iter().for_each(report);
                matched[leaf] = Some(array);
            }
            [] if ambiguous[leaf] || !selected[leaf] => {}
            [] => {
                let text = format!("missing array {}", names.expected(leaf, path));
                report(MismatchKind::other(text));
                missing.push(path);
            }
            several => {
                let found = several.iter().map(|array| quote(&arrays[*array].name));
                let found = list(found, several.len(), " and ");
                report(MismatchKind::other(format!("expected one array, found {found}")));
            }
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
        Ok(Matched { arrays: matched, unused })
    } else {
        Err(Error::mismatch(NO_MATCH, mismatches).into())
    }
}

pub(crate) const NO_MATCH: &str = "the arrays do not match the tree";

/// The names that the arrays of the leaves may have.
struct Names<'n> {
    given: Option<&'n [String]>,
    /// The leaf with this name or key path.
    exact: HashMap<String, Vec<usize>>,
    /// The leaves whose keys have these names. Empty if the names are given.
    simple: HashMap<String, Vec<usize>>,
}

impl<'n> Names<'n> {
    fn new(paths: &[KeyPath], given: Option<&'n [String]>) -> Self {
        let (exact, simple) = match given {
            Some(names) => (by_name(names.iter().cloned()), HashMap::new()),
            None => (
                by_name(paths.iter().map(ToString::to_string)),
                by_name(paths.iter().map(|path| path.simple("."))),
            ),
        };
        Names { given, exact, simple }
    }

    /// The leaves that an array with this name may belong to.
    fn find(&self, name: &str) -> &[usize] {
        let found = self.exact.get(name).or_else(|| self.simple.get(name));
        let found = found.or_else(|| match self.given {
            Some(_) => None,
            None => self.simple.get(&parse_path(name).ok()?.simple(".")),
        });
        found.map_or(&[], Vec::as_slice)
    }

    /// The names that the array of a leaf may have, as an error prints them.
    fn expected(&self, leaf: usize, path: &KeyPath) -> String {
        let mut names = match self.given {
            Some(names) => vec![names[leaf].clone()],
            None => vec![path.to_string(), path.simple(".")],
        };
        names.dedup();
        list(names.iter().map(|name| quote(name)), names.len(), " or ")
    }
}

/// Returns an error if `check` refuses one of the names of the leaves at `paths`, or if two names are equal.
pub(crate) fn check_names(
    paths: &[KeyPath],
    names: &[String],
    check: impl Fn(&str) -> Result<(), &'static str>,
) -> Result<(), Error> {
    let mut mismatches = Vec::new();
    for (path, name) in paths.iter().zip(names) {
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
        mismatches.push(shared_name(&name, &leaves, paths));
    }
    if mismatches.is_empty() {
        Ok(())
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
