use ndarray::ArrayD;
use pytree::error::Mismatch;
use pytree::{Flat, FromLeaves, Layout, PyTree};

use crate::error::{Error, Problem, ProblemKind};
use crate::plan::Plan;
use crate::scalar::Scalar;

impl Plan {
    /// All states without the observables, with entries that are 0.
    pub(crate) fn zeros<T: Scalar, R: FromLeaves<ArrayD<T>>>(&self) -> Result<R, Error> {
        let zeros = self.states.iter().map(|state| ArrayD::zeros(&*state.shape));
        let zeros = Flat::new(self.structure.clone(), zeros.collect()).and_then(Flat::unflatten);
        zeros.map_err(|error| Error::from_pytree("all_states", &error))
    }

    /// The layout of the dynamic states, which are an `R`.
    pub(crate) fn dynamic_layout<R>(&self) -> Result<Layout, Error>
    where
        R: PyTree + FromLeaves<ArrayD<f64>>,
    {
        let kept = self.states.iter().filter(|state| !state.excluded);
        let zeros = kept.map(|state| ArrayD::zeros(state.dynamic_shape()));
        let zeros: Result<R, _> =
            Flat::new(self.dynamic_structure.clone(), zeros.collect()).and_then(Flat::unflatten);
        zeros.map(|zeros| Layout::of(&zeros)).map_err(|error| {
            let excluded = self.states.iter().any(|state| state.excluded);
            let argument = if excluded { "excluded" } else { "initial states" };
            let problems = error.mismatches().iter().map(|mismatch| self.not_held(mismatch));
            Error::new(argument, problems.collect())
        })
    }

    /// Why a struct cannot hold a state without the entries that are not part of the vector.
    fn not_held(&self, mismatch: &Mismatch) -> Problem {
        let (kind, text) = match self.states.iter().find(|state| state.path == mismatch.path) {
            Some(state) if state.excluded => {
                let text = "only a field that is an Option can be excluded; declare it as one";
                (ProblemKind::Name, text.into())
            }
            Some(state) if state.selection.len() < state.selection.full_len() => {
                let (kept, full) = (state.selection.len(), state.selection.full_len());
                let text = format!(
                    "{kept} of {full} entries are part of the vector; \
                     the field must have any length, as a Vec has"
                );
                (ProblemKind::Module, text)
            }
            _ => (ProblemKind::Module, mismatch.kind.to_string()),
        };
        Problem::new(mismatch.path.clone(), kind, text)
    }
}
