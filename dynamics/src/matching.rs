use std::collections::{BTreeMap, BTreeSet};

use ndarray::ArrayViewD;
use pytree::{Flat, KeyPath, TreeDef};

use crate::error::{Error, Problem, ProblemKind};
use crate::plan::{Plan, State, one_per_node};

const REMOVE_FIRST: &str = "call remove_observables first";

impl Plan {
    /// Whether each leaf of all states is a state: the next one of the plan, with its shape. The other
    /// leaves are currents.
    pub(crate) fn match_states<T>(
        &self,
        all_states: Flat<ArrayViewD<'_, T>>,
    ) -> Result<Vec<bool>, Error> {
        let mut is_state = Vec::with_capacity(all_states.leaves().len());
        let found = all_states.retain(|path, _| {
            is_state.push(!self.is_observable(path));
            is_state.ends_with(&[true])
        });
        let mut states_and_leaves = self.states.iter().zip(found.leaves());
        if *found.treedef() == self.structure
            && states_and_leaves.all(|(state, leaf)| *state.shape == *leaf.shape())
        {
            return Ok(is_state);
        }
        Err(Error::new("all_states", self.differences(&self.structure, found, State::check_shape)))
    }

    /// Why `found` are not the dynamic states, which the layout of the vector has shown already.
    #[cold]
    pub(crate) fn not_dynamic<T>(&self, found: Flat<ArrayViewD<'_, T>>) -> Error {
        let excluded = self.states.iter().filter(|state| state.excluded);
        let excluded: BTreeSet<_> = excluded.map(|state| &state.path).collect();
        let mut problems = Vec::new();
        let found = found.retain(|path, _| {
            let what = if excluded.contains(path) {
                "a state that is excluded by name"
            } else if self.is_observable(path) {
                "an observable, not a dynamic state"
            } else {
                return true;
            };
            let text = format!("this is {what}; {REMOVE_FIRST}");
            problems.push(Problem::new(path.clone(), ProblemKind::Observable, text));
            false
        });
        let check = State::check_dynamic_shape;
        problems.extend(self.differences(&self.dynamic_structure, found, check));
        Error::new("dynamic_states", problems)
    }

    /// Where the structure of `found` differs from `expected`, and what `check` reports about the shapes
    /// of its states.
    #[cold]
    fn differences<T>(
        &self,
        expected: &TreeDef,
        found: Flat<ArrayViewD<'_, T>>,
        check: impl Fn(&State, &[usize]) -> Option<(ProblemKind, String)>,
    ) -> Vec<Problem> {
        let states: BTreeMap<&KeyPath, &State> =
            self.states.iter().map(|state| (&state.path, state)).collect();
        let shapes = found.iter_with_path().filter_map(|(path, leaf)| {
            let (kind, text) = check(states.get(&path)?, leaf.shape())?;
            Some(Problem::new(path, kind, text))
        });
        let shapes: Vec<_> = shapes.collect();
        let structure = Flat::new(expected.clone(), vec![(); expected.num_leaves()])
            .and_then(|expected| expected.zip(found));
        let structure = structure.err();
        let structure =
            structure.iter().flat_map(|error| Problem::from_pytree(ProblemKind::Mismatch, error));
        structure.chain(shapes).collect()
    }
}

impl State {
    /// What is wrong with the shape `found` of this state among all states; `None` if nothing is.
    pub(crate) fn check_shape(&self, found: &[usize]) -> Option<(ProblemKind, String)> {
        if *self.shape == *found {
            return None;
        }
        let text = if self.dynamic_shape() == found {
            let expected = one_per_node(self.selection.full_len());
            let kept = self.selection.len();
            format!(
                "expected {expected}, found the {kept} dynamic entries; the observables are removed already"
            )
        } else {
            format!("expected shape {:?}, found {found:?}", self.shape)
        };
        Some((ProblemKind::Mismatch, text))
    }

    /// What is wrong with the shape `found` of this state among the dynamic states; `None` if nothing is.
    fn check_dynamic_shape(&self, found: &[usize]) -> Option<(ProblemKind, String)> {
        let expected = self.dynamic_shape();
        if expected == found {
            None
        } else if *self.shape == *found {
            let (kept, full) = (self.selection.len(), self.selection.full_len());
            let text =
                format!("expected the {kept} dynamic entries, found all {full}; {REMOVE_FIRST}");
            Some((ProblemKind::Observable, text))
        } else {
            Some((ProblemKind::Mismatch, format!("expected shape {expected:?}, found {found:?}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyPath, ProblemKind, State};
    use crate::selection::Selection;

    /// A membrane state that two of three nodes have.
    fn state() -> State {
        let selection = Selection::new(vec![0.0, f64::NAN, 0.0], |node| node != 1);
        State {
            path: KeyPath::root(),
            shape: [3].into(),
            start: 0,
            selection,
            is_current: false,
            excluded: false,
        }
    }

    #[test]
    fn states_without_their_observables_are_recognised_among_all_states() {
        let check = |found: &[usize]| {
            state().check_shape(found).map(|(kind, text)| (kind, text.contains("removed already")))
        };
        assert_eq!(check(&[3]), None);
        assert_eq!(check(&[2]), Some((ProblemKind::Mismatch, true)));
        assert_eq!(check(&[4]), Some((ProblemKind::Mismatch, false)));
        assert_eq!(check(&[3, 1]), Some((ProblemKind::Mismatch, false)));
    }

    #[test]
    fn states_with_their_observables_are_recognised_among_the_dynamic_ones() {
        let check = |found: &[usize]| state().check_dynamic_shape(found).map(|(kind, _)| kind);
        assert_eq!(check(&[2]), None);
        assert_eq!(check(&[3]), Some(ProblemKind::Observable));
        assert_eq!(check(&[4]), Some(ProblemKind::Mismatch));
    }
}
