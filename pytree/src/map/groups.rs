use std::borrow::Cow;

use crate::error::error::Error;
use crate::error::from_text::ToPattern;
use crate::error::mismatch::{Mismatch, MismatchKind, Mismatches};
use crate::error::print::{SHOWN, quote};
use crate::map::flat::Flat;
use crate::path::key::KeyPath;
use crate::path::pattern::Pattern;
use crate::structure::select::for_each_node;
use crate::structure::treedef::TreeDef;
use crate::walk::node::Node;
use crate::walk::pytree::PyTree;

/// Gives each leaf the value of the first rule whose pattern matches its path: a learning rate, a decay or the name of
/// an optimiser for each group of parameters.
///
/// [Zip](Flat::zip) the result with the parameters.
///
/// # Errors
/// If a pattern is not valid. If a leaf is in no group, if a pattern matches no leaf (the error names the nearest
/// path), or if earlier rules have all leaves that a pattern matches: the error lists all of these.
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::{PyTree, tree_flatten, tree_groups};
///
/// #[derive(PyTree)]
/// struct Dense { w: Array1<f64>, b: f64 }
/// #[derive(PyTree)]
/// struct Mlp { layers: Vec<Dense> }
///
/// let layers = vec![Dense { w: array![1.0], b: 2.0 }, Dense { w: array![3.0], b: 4.0 }];
/// let params = Mlp { layers };
/// let rates = tree_groups(&params, [("**.b", 0.0), ("layers[0].**", 1e-4), ("**", 1e-3)])?;
/// assert_eq!(rates.leaves(), [1e-4, 0.0, 1e-3, 0.0]);
/// let scaled: Mlp =
///     tree_flatten(&params).zip(rates)?.map(|(leaf, rate)| &leaf * rate).unflatten()?;
///
/// let error = tree_groups(&params, [("layers[*].w", 1e-3), ("layers[0].**", 1e-4)]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the groups do not match the tree (a last rule \"**\" takes all leaves that are left): \
///      at .layers[1].b: the leaf is in no group"
/// );
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "multi_transform")]
#[doc(alias = "partition")]
#[doc(alias = "param_groups")]
#[doc(alias = "labels")]
pub fn tree_groups<P, S, V>(
    tree: &P,
    rules: impl IntoIterator<Item = (S, V)>,
) -> Result<Flat<V>, Error>
where
    P: PyTree,
    S: ToPattern,
    V: Clone,
{
    let (texts, values): (Vec<S>, Vec<V>) = rules.into_iter().unzip();
    let patterns = texts.iter().map(ToPattern::to_pattern).collect::<Result<Vec<_>, _>>()?;
    let treedef = TreeDef::of(tree);
    let groups = groups(&patterns, &treedef)?;
    let values = groups.into_iter().map(|rule| values[rule].clone());
    Ok(Flat::from_parts(treedef, values.collect()))
}

/// For each leaf, the first of `patterns` that matches it.
fn groups(patterns: &[Cow<'_, Pattern>], treedef: &TreeDef) -> Result<Vec<usize>, Error> {
    // All alternatives of all patterns are matched in one pass. Alternative `i` is one of pattern `owner[i].0`, and
    // `owner[i].1` says whether it excludes.
    let all = Pattern::any_of(patterns.iter().map(|pattern| &**pattern));
    let owner = patterns.iter().enumerate().flat_map(|(rule, pattern)| {
        (0..pattern.num_alternatives()).map(move |index| (rule, pattern.excludes(index)))
    });
    let owner: Vec<(usize, bool)> = owner.collect();
    // A pattern of exclusions alone matches all other leaves.
    let excluding = patterns.iter().enumerate().filter(|(_, pattern)| pattern.only_excludes());
    let excluding: Vec<usize> = excluding.map(|(rule, _)| rule).collect();

    let mut matched = vec![false; owner.len()];
    let mut used = vec![false; patterns.len()];
    let (mut groups, mut without) =
        (Vec::with_capacity(treedef.num_leaves()), Mismatches::default());
    let (mut included, mut excluded) = (Vec::new(), Vec::new());
    for_each_node(&all, treedef, |path, _, node, alternatives| {
        if node != Node::Leaf {
            return;
        }
        included.clear();
        excluded.clear();
        for alternative in alternatives {
            matched[alternative] = true;
            let (rule, excludes) = owner[alternative];
            if excludes { excluded.push(rule) } else { included.push(rule) }
        }
        excluded.sort_unstable();
        let is_left = |rule: &&usize| excluded.binary_search(rule).is_err();
        let first = included.iter().filter(is_left).min();
        // `excluding` is sorted.
        if let Some(rule) = first.into_iter().chain(excluding.iter().find(is_left)).min() {
            used[*rule] = true;
            groups.push(*rule);
        } else {
            without.push(path, MismatchKind::other("the leaf is in no group"));
        }
    });

    let mut mismatches = without.into_vec();
    let mut complete = used;
    for ((rule, _), matched) in owner.iter().zip(&matched) {
        complete[*rule] &= matched;
    }
    let incomplete = (0..patterns.len()).filter(|rule| !complete[*rule]);
    for (count, rule) in incomplete.enumerate() {
        let quoted = quote(&patterns[rule].to_string());
        // Only the patterns that are printed get a hint, because a hint takes a search of the whole tree.
        let text = match (count < SHOWN).then(|| patterns[rule].select(treedef)) {
            None => format!("no leaf for {quoted}"),
            Some(Ok(_)) => format!("no leaf for {quoted}: earlier rules have all that it matches"),
            Some(Err(error)) => {
                mismatches.extend_from_slice(error.mismatches());
                continue;
            }
        };
        let kind = MismatchKind::Whole(text.into());
        mismatches.push(Mismatch { path: KeyPath::root(), kind });
    }
    if mismatches.is_empty() {
        return Ok(groups);
    }
    let subject = if groups.len() < treedef.num_leaves() {
        "the groups do not match the tree (a last rule \"**\" takes all leaves that are left)"
    } else {
        "the groups do not match the tree"
    };
    Err(Error::not_found(subject, mismatches))
}
