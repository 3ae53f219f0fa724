use ndarray::{ArrayD, ArrayViewD, IxDyn};
use pytree::{Flat, FromLeaves};

use crate::error::Error;
use crate::plan::{Plan, State};
use crate::scalar::{Scalar, any_nan};

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
        mut vector: &[T],
    ) -> Result<R, Error> {
        let leaves = self.states.iter().map_while(|state| {
            let kept = vector.split_off(..state.selection.len())?;
            Some(state.scatter(kept))
        });
        Flat::new(self.structure.clone(), leaves.collect())
            .and_then(Flat::unflatten)
            .map_err(|error| Error::from_pytree("all_states", &error))
    }
}

impl State {
    /// The full array whose dynamic entries are `kept`.
    fn scatter<T: Scalar>(&self, kept: &[T]) -> ArrayD<T> {
        let mut full = ArrayD::from_elem(IxDyn(&self.shape), T::zero());
        self.selection.scatter(kept, &mut full.view_mut());
        full
    }
}

/// The array of this shape.
fn array<T>(shape: &[usize], elements: Vec<T>) -> ArrayD<T> {
    ArrayD::from_shape_vec(IxDyn(shape), elements)
        .expect("a selection keeps as many entries as the shape of the dynamic state says")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{ArrayD, Plan, Scalar};
    use crate::module::Module;
    use ndarray::array;
    use pytree::tree_flatten;

    /// A synapse state with two axes beside a 0-dimensional membrane state: both are kept whole.
    struct Network;

    impl Module for Network {
        type States<T: Scalar> = BTreeMap<String, ArrayD<T>>;

        fn initial_states(&self) -> BTreeMap<String, ArrayD<f64>> {
            let s = array![[1.0, 2.0], [3.0, 4.0]].into_dyn();
            let calcium = ndarray::arr0(5.0).into_dyn();
            BTreeMap::from([("s".into(), s), ("calcium".into(), calcium)])
        }

        fn num_nodes(&self) -> usize {
            2
        }

        fn branchpoints(&self) -> Vec<usize> {
            vec![]
        }

        fn is_membrane_key(&self, name: &str) -> bool {
            name == "calcium"
        }

        fn membrane_current_names(&self) -> Vec<String> {
            vec![]
        }

        fn synapse_current_names(&self) -> Vec<String> {
            vec![]
        }
    }

    #[test]
    fn a_state_that_is_kept_whole_keeps_its_shape() {
        let initial = Network.initial_states();
        let plan = Plan::new(&Network, &tree_flatten(&initial), &BTreeSet::new()).unwrap();
        let dynamic: BTreeMap<String, ArrayD<f64>> =
            plan.dynamic_states(tree_flatten(&initial)).unwrap();
        assert_eq!(dynamic, initial);
        let vector = [5.0, 1.0, 2.0, 3.0, 4.0];
        let all_states: BTreeMap<String, ArrayD<f64>> = plan.all_states(&vector).unwrap();
        assert_eq!(all_states, initial);
    }
}
