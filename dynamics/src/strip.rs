use ndarray::{Array1, ArrayD, ArrayView1, ArrayViewD, Ix1, IxDyn};
use pytree::error::MismatchKind;
use pytree::{Flat, FromLeaves};

use crate::error::{Error, Problem, ProblemKind};
use crate::module::{Scalar, scalar};
use crate::plan::{Kept, Plan, State};

impl Plan {
    /// What is wrong with the leaves of all states, which may not be those of the plan.
    pub(crate) fn problems<T: Scalar>(&self, all_states: &Flat<ArrayViewD<'_, T>>) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (index, (path, leaf)) in all_states.iter_with_path().enumerate() {
            // Where nothing is missing and nothing extra, it is the one of the same number.
            let same = self.states.get(index).filter(|state| state.path == path);
            match same.or_else(|| self.state(&path)) {
                Some(state) if leaf.shape() == state.shape => {
                    let taken = state.take(leaf);
                    problems.extend(taken.iter().flat_map(|taken| state.nans(taken.iter())));
                }
                Some(state) => problems.push(Problem { kind: state.misshapen(leaf.shape()), path }),
                None => {}
            }
        }
        problems
    }

    /// The dynamic states among all states, which have the leaves of the plan and no others.
    pub(crate) fn strip<T: Scalar, R: FromLeaves<ArrayD<T>>>(
        &self,
        all_states: Flat<ArrayViewD<'_, T>>,
    ) -> Result<R, Error> {
        let mut states = self.states.iter();
        let taken = all_states.map(|leaf| states.next()?.take(&leaf));
        let dynamic = taken.retain(|_, leaf| leaf.is_some());
        let (treedef, leaves) = (dynamic.treedef().clone(), dynamic.into_leaves());
        Flat::new(treedef, leaves.into_iter().flatten().collect())
            .and_then(Flat::unflatten)
            .map_err(|error| Error::from_pytree("states without those removed", &error))
    }
}

impl State {
    /// The dynamic entries; `None` for a state that is excluded, or of another shape.
    fn take<T: Scalar>(&self, leaf: &ArrayViewD<'_, T>) -> Option<ArrayD<T>> {
        match &self.kept {
            Kept::Excluded(_) => None,
            Kept::Whole => Some(leaf.to_owned()),
            Kept::Nodes(live) => {
                let full = leaf.view().into_dimensionality::<Ix1>().ok()?;
                Some(live.kept().map(|node| full[node].clone()).collect::<Array1<T>>().into_dyn())
            }
        }
    }

    /// The full state of which `values` are the dynamic entries, with -1 outside of `compartments`.
    /// An excluded one is as it is initially.
    pub(crate) fn restore<T: Scalar>(&self, values: &ArrayView1<'_, T>, plan: &Plan) -> ArrayD<T> {
        match &self.kept {
            Kept::Excluded(initial) => initial.mapv(scalar),
            Kept::Whole => ArrayD::from_shape_vec(IxDyn(&self.shape), values.to_vec())
                .expect("a state has as many entries as its shape says"),
            Kept::Nodes(live) => {
                let mut full = Array1::from_elem(live.full_len(), scalar::<T>(f64::NAN));
                live.restore(&values.to_vec(), &plan.compartments, &mut full.view_mut());
                full.into_dyn()
            }
        }
    }

    /// What is wrong with another shape among all states.
    fn misshapen(&self, found: &[usize]) -> ProblemKind {
        match (&self.shape[..], found) {
            (&[expected], &[found]) if self.is_of_nodes() && found == self.len() => {
                ProblemKind::Stripped { expected, found }
            }
            (expected, found) => ProblemKind::Mismatch(MismatchKind::Shape {
                expected: expected.to_vec(),
                found: found.to_vec(),
            }),
        }
    }
}
