//! How the states of a module move in one step of time. [`InitAndStep::step`] describes the order.
//!
//! [`InitAndStep::step`]: crate::InitAndStep::step

use crate::description::limits::check_time_step;
use crate::error::CableError;
use crate::run::cable::Cable;
use crate::states::{Externals, Params, Scalar, States};
use crate::step::solver::Solver;
use crate::step::values::Model;

impl Cable {
    /// All initial states, currents included: what Jaxley's `init_fn` gives.
    ///
    /// # Errors
    /// [`Value`](crate::ErrorKind::Value) if the time step of the module is not positive and
    /// finite, which [`new`](Self::new) has checked.
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Build, Cell};
    ///
    /// let mut cell = Cell::default();
    /// let states = cell.insert(Leak)?.set("v", -60.0)?.build(0.025)?.init()?;
    /// assert!(states.keys().eq(["i_Leak", "v"]));
    /// assert_eq!(states["i_Leak"][0], 1e-4 * (-60.0 + 70.0)); // mA/cm^2
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn init(&self) -> Result<States<f64>, CableError> {
        let mut states = self.initial_states().clone();
        self.append_currents(&mut states, self.params(), self.delta_t())?;
        Ok(states)
    }

    /// Appends the currents of the states, in place of those that are there: Jaxley's
    /// `append_channel_currents_to_states`.
    pub(crate) fn append_currents<T: Scalar>(
        &self,
        states: &mut States<T>,
        params: &Params<T>,
        delta_t: f64,
    ) -> Result<(), CableError> {
        check_time_step(delta_t)?;
        // Of all solvers, explicit Euler prepares nothing.
        let model = self.model(params, Solver::FwdEuler, delta_t)?;
        let mut values = self.read_states(states, &self.appended)?;
        model.append(&self.order, &mut values);
        self.states.write(&values[..self.order.states], states);
        Ok(())
    }

    /// Moves `states` by one step. Nothing is written if there is an error.
    pub(crate) fn advance<T: Scalar>(
        &self,
        solver: Solver,
        states: &mut States<T>,
        params: &Params<T>,
        externals: &Externals,
        delta_t: f64,
    ) -> Result<(), CableError> {
        check_time_step(delta_t)?;
        let model = self.model(params, solver, delta_t)?;
        let inputs = self.inputs(externals)?;
        let mut values = self.read_states(states, &[])?;
        model.step(&self.order, &mut values, &inputs, &mut [vec![], vec![]]);
        self.states.write(&values[..self.order.states], states);
        Ok(())
    }

    /// What steps of `delta_t` (ms) with these parameters need.
    pub(crate) fn model<T: Scalar>(
        &self,
        params: &Params<T>,
        solver: Solver,
        delta_t: f64,
    ) -> Result<Model<T>, CableError> {
        let mut numbers = Vec::with_capacity(self.params.numbers());
        self.params.read(params, &[], &mut numbers)?;
        Ok(Model::new(&self.order, numbers, solver, delta_t))
    }

    /// The values of a step that start from `states`, without the arrays `ignored`.
    pub(crate) fn read_states<T: Scalar>(
        &self,
        states: &States<T>,
        ignored: &[usize],
    ) -> Result<Vec<T>, CableError> {
        let mut values = Vec::with_capacity(self.order.len);
        self.states.read(states, ignored, &mut values)?;
        values.resize(self.order.len, T::zero());
        Ok(values)
    }
}
