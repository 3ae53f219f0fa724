use ndarray::{ArrayD, ArrayView1, ArrayViewD, IxDyn};
use pytree::{Flat, FromLeaves};

use crate::error::Error;
use crate::plan::{Plan, State};
use crate::scalar::{Scalar, any_nan, scalar};

impl Plan {
    /// The dynamic states, from all states.
    pub(crate) fn dynamic_states<T: Scalar, R: FromLeaves<ArrayD<T>>>(
        &self,
        all_states: Flat<ArrayViewD<'_, T>>,
    ) -> Result<R, Error> {
        let full = self.match_states(all_states)?;
        let (mut leaves, mut problems) = (Vec::new(), Vec::new());
        for (state, full) in self.states.iter().zip(&full).filter(|(state, _)| !state.excluded) {
            let kept = state.gather(full);
            if any_nan(&kept) {
                problems.extend(state.nans(&kept));
            }
            leaves.push(array(&state.dynamic_shape(), kept));
        }
        Error::unless_none("all_states", problems)?;
        Flat::new(self.dynamic_structure.clone(), leaves)
            .and_then(Flat::unflatten)
            .map_err(|error| Error::from_pytree("states without the removed ones", &error))
    }

    /// All states without the observables, from the vector, which has an element for each kept entry.
    pub(crate) fn all_states<T: Scalar, R: FromLeaves<ArrayD<T>>>(
        &self,
        vector: &ArrayView1<'_, T>,
    ) -> Result<R, Error> {
        let mut elements = vector.iter().cloned();
        let leaves = self.states.iter().map(|state| {
            let kept: Vec<_> = elements.by_ref().take(state.selection.len()).collect();
            state.scatter(&kept)
        });
        Flat::new(self.structure.clone(), leaves.collect())
            .and_then(Flat::unflatten)
            .map_err(|error| Error::from_pytree("all_states", &error))
    }
}

impl State {
    /// The dynamic entries of `full`, which has the shape of the state.
    pub(crate) fn gather<T: Scalar>(&self, full: &ArrayViewD<'_, T>) -> Vec<T> {
        let mut kept = vec![scalar(0.0); self.selection.len()];
        self.selection.gather(full, &mut kept);
        kept
    }

    /// The full array whose dynamic entries are `kept`.
    fn scatter<T: Scalar>(&self, kept: &[T]) -> ArrayD<T> {
        let mut full = ArrayD::from_elem(IxDyn(&self.shape), scalar(0.0));
        self.selection.scatter(kept, &mut full.view_mut());
        full
    }
}

fn array<T>(shape: &[usize], elements: Vec<T>) -> ArrayD<T> {
    ArrayD::from_shape_vec(IxDyn(shape), elements)
        .expect("a selection keeps as many entries as the shape of the dynamic state says")
}
