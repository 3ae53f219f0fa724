use pytree::error::{Mismatch, MismatchKind};
use pytree::{Key, KeyPath, Node};

use crate::error::{Error, Problem, ProblemKind};
use crate::plan::{Kept, Plan};

impl Plan {
    /// Why states that differ from the dynamic ones as `error` says are none, in terms of states.
    pub(crate) fn not_dynamic(&self, error: &pytree::Error) -> Error {
        let problems = error.mismatches().iter().flat_map(|mismatch| self.unfit(mismatch));
        Error::new("dynamic_states", problems.collect())
    }

    fn unfit(&self, Mismatch { path, kind }: &Mismatch) -> Vec<Problem> {
        let kind = match kind {
            MismatchKind::ExtraKeys(keys) => return self.extra_keys(path, keys),
            // A field of a struct that should be empty.
            MismatchKind::Node { expected: Node::None, .. } if self.left_out(path).is_some() => {
                return self.left_out(path).into_iter().collect();
            }
            MismatchKind::Shape { expected, found } => match self.state(path) {
                Some(state) if state.is_of_nodes() && state.shape == *found => {
                    ProblemKind::NotStripped { expected: expected[0], found: found[0] }
                }
                _ => ProblemKind::Mismatch(kind.clone()),
            },
            kind => ProblemKind::Mismatch(kind.clone()),
        };
        vec![Problem { path: path.clone(), kind }]
    }

    /// Tells keys that are left out of the vector from those that are not known at all.
    fn extra_keys(&self, path: &KeyPath, keys: &[Key]) -> Vec<Problem> {
        let (mut problems, mut unknown) = (Vec::new(), Vec::new());
        for key in keys {
            let below = path.keys().iter().chain([key]).cloned().collect();
            match self.left_out(&below) {
                Some(problem) => problems.push(problem),
                None => unknown.push(key.clone()),
            }
        }
        if !unknown.is_empty() {
            let kind = ProblemKind::Mismatch(MismatchKind::ExtraKeys(unknown));
            problems.push(Problem { path: path.clone(), kind });
        }
        problems
    }

    /// That the leaf at `path` is known and not part of the vector, if so.
    fn left_out(&self, path: &KeyPath) -> Option<Problem> {
        let kind = match self.state(path).map(|state| &state.kept) {
            Some(Kept::Excluded(_)) => ProblemKind::Excluded,
            None if self.is_observable(path) => ProblemKind::Observable,
            _ => return None,
        };
        Some(Problem { path: path.clone(), kind })
    }
}
