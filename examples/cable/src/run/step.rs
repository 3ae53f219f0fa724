//! How the states of a module move in one step of time. [`InitAndStep::step`] describes the order.
//!
//! [`InitAndStep::step`]: crate::InitAndStep::step

use crate::arrays::table::{Arrays, ArraysMut};
use crate::description::limits::check_time_step;
use crate::error::CableError;
use crate::mechanism::drive::Drive;
use crate::run::cable::Cable;
use crate::run::inputs::Inputs;
use crate::run::solver::Solver;
use crate::states::{Externals, Params, Scalar, States};
use crate::synapses::loops::density;
use ndarray::ArrayView1;
use std::collections::BTreeMap;

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

    /// Adds all currents to `states`. `delta_t` (ms) is checked; the currents do not depend on it.
    ///
    /// A current that is a state as well, as `i_Ca` is for a calcium pump, is replaced after the
    /// pump has read it.
    ///
    /// # Errors
    /// If an array is missing or of another length, or `delta_t` is not a time step. The states are
    /// then as before.
    pub(crate) fn append_currents<T: Scalar>(
        &self,
        states: &mut States<T>,
        params: &Params<T>,
        delta_t: f64,
    ) -> Result<(), CableError> {
        check_time_step(delta_t)?;
        let params = self.params.views(params)?;
        self.states.renew(&self.appended, states)?;
        let mut states = self.states.views_mut(states)?;
        self.membrane_currents(&mut states, &params, None);
        if !self.connections.is_empty() {
            let mut unused = Drive::none(self.nodes());
            for connection in &self.connections {
                connection.add_currents(&mut states, &params, &mut unused);
            }
        }
        Ok(())
    }

    /// Moves `states`, which include the currents, by `delta_t` (ms).
    ///
    /// # Errors
    /// Those of [`InitAndStep::step`](crate::InitAndStep::step). The states are then as before.
    pub(crate) fn advance<T: Scalar>(
        &self,
        solver: Solver,
        states: &mut States<T>,
        params: &Params<T>,
        externals: &Externals,
        delta_t: f64,
    ) -> Result<(), CableError> {
        check_time_step(delta_t)?;
        let params = self.params.views(params)?;
        let inputs = Inputs::new(self, externals)?;
        let mut states = self.states.views_mut(states)?;

        let drive = self.drive_voltage(&mut states, &params, &inputs, delta_t);
        inputs.clamp(&mut states, |slot| slot != self.v);
        solver.advance(self, &drive, &mut states[self.v], &params, delta_t);
        inputs.clamp(&mut states, |slot| slot == self.v);
        Ok(())
    }

    /// Moves all states but the voltage, without clamps. Returns what drives the voltage, in
    /// uA/cm^2.
    pub(crate) fn drive_voltage<T: Scalar>(
        &self,
        states: &mut ArraysMut<'_, T>,
        params: &Arrays<'_, T>,
        inputs: &Inputs,
        delta_t: f64,
    ) -> Drive<T> {
        let mut drive = self.step_membrane(states, params, delta_t);
        for connection in &self.connections {
            connection.update(states, params, delta_t);
            connection.add_currents(states, params, &mut drive);
        }
        for &(node, current) in &inputs.stimuli {
            drive.constant[node] += density(T::from(current), params[self.area][node]);
        }
        drive
    }

    /// Moves the states of channels and pumps and the concentrations that these drive, and stores
    /// the membrane currents. Returns what drives the voltage, in uA/cm^2.
    pub(crate) fn step_membrane<T: Scalar>(
        &self,
        states: &mut ArraysMut<'_, T>,
        params: &Arrays<'_, T>,
        delta_t: f64,
    ) -> Drive<T> {
        let v = states[self.v].to_vec();
        for insertion in &self.insertions {
            insertion.update(states, &v, params, delta_t);
        }
        let mut drives = BTreeMap::new();
        self.membrane_currents(states, params, Some(&mut drives));
        let mut drive = drives.remove(&self.v).unwrap_or_else(|| Drive::none(self.nodes()));
        drive.scale(1000.0); // mA/cm^2 to uA/cm^2
        for (ion, drive) in drives {
            drive.relax(delta_t, &mut states[ion]);
        }
        drive
    }

    /// Stores the membrane currents. With `drives`, also adds each current to the drive of the
    /// state that it drives, by the slot of that state.
    fn membrane_currents<T: Scalar>(
        &self,
        states: &mut ArraysMut<'_, T>,
        params: &Arrays<'_, T>,
        mut drives: Option<&mut BTreeMap<usize, Drive<T>>>,
    ) {
        let none = || vec![T::zero(); self.nodes()];
        // Stored only once all are known: a pump reads the sums of the step before.
        let mut currents: BTreeMap<_, _> =
            self.currents.iter().map(|&slot| (slot, none())).collect();
        for insertion in &self.insertions {
            let current = currents.entry(insertion.membranes.current).or_insert_with(none);
            let drive = drives.as_mut().map(|drives| {
                drives
                    .entry(insertion.membranes.driven)
                    .or_insert_with(|| Drive::none(self.nodes()))
            });
            insertion.add_currents(states, params, current, drive);
        }
        for (slot, current) in currents {
            states[slot].assign(&ArrayView1::from(&current));
        }
    }
}
