//! Values, stimuli and clamps that a run is given, and that leave the module as it is.

use crate::build::tables::Tables;
use crate::build::values::Values;
use crate::build::view::{Rows, View};
use crate::description::export::External;
use crate::error::CableError;
use crate::run::data::DataExternal;
use std::borrow::Borrow;

impl<M: Borrow<Tables>> View<M> {
    /// Adds a stimulus (nA, inward positive) of every compartment in view to `data_stimuli`, and
    /// leaves the module unchanged. This is for stimuli that differ from run to run, and for
    /// derivatives with respect to stimuli. `current` is a series with one value a step: one for all
    /// compartments in view, or one each, of any type of number.
    ///
    /// Stimuli of one compartment add up, those of the module included. After its end, a stimulus is
    /// 0; what is longer than the run is cut.
    ///
    /// # Errors
    /// [`Length`](crate::ErrorKind::Length) if there are neither one series nor as many as
    /// compartments. A value that is not finite is an error of the run.
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Build, CableError, Cell, RunData, Scalar, Solver};
    /// use cable::{build_init_and_step_fn, step_current};
    /// use ndarray::Array2;
    /// use num_dual::{Dual64, DualNum};
    ///
    /// # fn main() -> Result<(), CableError> {
    /// let mut cell = Cell::default();
    /// cell.insert(Leak)?.record("v")?;
    /// let cable = cell.build(0.5)?; // ms
    /// let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    ///
    /// // The voltage at the end by the amplitude (nA), with a dual number:
    /// let amplitude = Dual64::from_re(0.02).derivative();
    /// let mut by_dual = vec![];
    /// cell.data_stimulate(step_current(0.5, 1.0, amplitude, 0.5, 2.0)?, &mut by_dual)?;
    /// let v = run.integrate(&vec![], RunData { data_stimuli: &by_dual, ..RunData::default() })?;
    /// let slope = v[[0, 6]].eps; // mV per nA
    ///
    /// // The same by every sample at once, in reverse:
    /// let mut data_stimuli = vec![];
    /// cell.data_stimulate(step_current(0.5, 1.0, 0.02, 0.5, 2.0)?, &mut data_stimuli)?;
    /// let data = RunData { data_stimuli: &data_stimuli, ..RunData::default() };
    /// let last = |v: &Array2<f64>| {
    ///     let mut cotangent = Array2::zeros(v.dim());
    ///     cotangent[[0, 6]] = 1.0;
    ///     (v[[0, 6]], cotangent)
    /// };
    /// let (_, gradient) = run.value_and_grad_of(&vec![], data, last)?;
    /// let samples = &gradient.data_stimuli[0].values[0];
    /// assert!((samples[1] + samples[2] - slope).abs() < 1e-9 * slope); // the two of the step
    /// # Ok(())
    /// # }
    /// ```
    pub fn data_stimulate<T: Clone>(
        &self,
        current: impl Into<Values<Vec<T>>>,
        data_stimuli: &mut Vec<DataExternal<T>>,
    ) -> Result<(), CableError> {
        let rows = Rows::Compartments(self.comps.clone());
        data_stimuli.push(self.data_external(External::STIMULUS, current.into(), &rows)?);
        Ok(())
    }

    /// Adds a clamp of everything in view to `data_clamps`, and leaves the module unchanged.
    /// `values` is a series with one value a step in the [units](crate#keys-and-units) of the state:
    /// one for everything in view, or one each, of any type of number. It acts where
    /// [`clamp`](Self::clamp) does.
    ///
    /// What is longer than the run is cut. A clamp that ends before the run does, a value that is not
    /// finite, and a state that is clamped twice, also by the module, are errors of the run.
    ///
    /// # Errors
    /// [`Unknown`](crate::ErrorKind::Unknown) if the module, or everything in view, lacks the
    /// state, and [`Length`](crate::ErrorKind::Length).
    ///
    /// ```
    /// use cable::{Branch, Build, Compartment, RunData, Solver, build_init_and_step_fn};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut branch = Branch::new(&Compartment::new(), 2)?;
    /// branch.comp(0)?.record("v")?;
    /// let cable = branch.build_for(0.025, 0.025)?; // two steps
    /// let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    /// for v in [-60.0, -50.0] {
    ///     let mut data_clamps = vec![];
    ///     branch.view().comp(0)?.data_clamp("v", vec![v; 2], &mut data_clamps)?; // mV
    ///     let data = RunData { data_clamps: &data_clamps, ..RunData::default() };
    ///     assert_eq!(run.integrate(&vec![], data)?, ndarray::array![[-70.0, v, v]]);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn data_clamp<T: Clone>(
        &self,
        state: &str,
        values: impl Into<Values<Vec<T>>>,
        data_clamps: &mut Vec<DataExternal<T>>,
    ) -> Result<(), CableError> {
        let rows = self.state_rows(state)?;
        data_clamps.push(self.data_external(state, values.into(), &rows)?);
        Ok(())
    }

    fn data_external<T: Clone>(
        &self,
        state: &str,
        values: Values<Vec<T>>,
        rows: &Rows,
    ) -> Result<DataExternal<T>, CableError> {
        rows.check_series(&values)?;
        let values = self.spread(state, values, rows)?;
        Ok(DataExternal { state: state.to_owned(), indices: self.built_indices(rows), values })
    }
}
