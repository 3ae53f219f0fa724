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
    /// Adds all currents to `states`: through the membrane (mA/cm^2, one value a node, 0 where
    /// there is none) and through synapses (nA, one value a synapse).
    ///
    /// They depend on `states` and `params` only; `delta_t` (ms) is checked. A current that is a
    /// state as well, as `i_Ca` is for a calcium pump, is replaced, after the pump has read it.
    ///
    /// # Errors
    /// [`Missing`](crate::ErrorKind::Missing) or [`Length`](crate::ErrorKind::Length) if an array
    /// is missing or of another length, and [`Value`](crate::ErrorKind::Value). The states are then
    /// as before.
    ///
    /// ```
    /// # fn main() -> Result<(), cable::CableError> {
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/jaxley/single_compartment/module.json"));
    /// let cable = cable::Cable::from_json(text)?;
    /// let mut states = cable.initial_states().clone();
    /// states.insert("v".to_owned(), ndarray::array![-60.0]);
    /// cable.append_channel_currents(&mut states, cable.params(), cable.delta_t())?;
    /// assert_eq!(states["i_Leak"][0], 1e-4 * (-60.0 + 70.0));
    /// # Ok(())
    /// # }
    /// ```
    pub fn append_channel_currents<T: Scalar>(
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

    /// Moves `states`, which include the currents, by `delta_t` (ms), with Jaxley's implicit Euler
    /// scheme.
    ///
    /// 1. Channels and pumps move their states one after the other, each seeing those before it, at
    ///    the old voltage.
    /// 2. Membrane currents are linearised around the old voltage (or concentration) by a finite
    ///    difference and stored.
    /// 3. Pumped ions take an implicit Euler step, each node on its own.
    /// 4. Synapses move and are linearised likewise; states are clamped.
    /// 5. The voltage takes an implicit Euler step, all nodes at once; it is clamped.
    ///
    /// Branchpoints have no capacitance: their voltage balances that of their neighbours. All of it
    /// is differentiated if `T` is a dual number, including the finite difference.
    ///
    /// # Errors
    /// [`Missing`](crate::ErrorKind::Missing), [`Length`](crate::ErrorKind::Length) or
    /// [`Unknown`](crate::ErrorKind::Unknown) if an array is missing, of another length or without
    /// a place in the module, [`Value`](crate::ErrorKind::Value) if an external is not finite, and
    /// [`Value`](crate::ErrorKind::Value). The states are then as before.
    ///
    /// ```
    /// # fn main() -> Result<(), cable::CableError> {
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/jaxley/single_compartment/module.json"));
    /// use num_dual::{Dual64, DualNum};
    /// let cable = cable::Cable::from_json(text)?;
    /// let lift = |array: &ndarray::Array1<f64>| array.mapv(Dual64::from_re);
    /// let mut states: cable::States<_> =
    ///     cable.initial_states().iter().map(|(key, array)| (key.clone(), lift(array))).collect();
    /// let params = cable.params().iter().map(|(key, array)| (key.clone(), lift(array))).collect();
    /// cable.append_channel_currents(&mut states, &params, 0.025)?;
    /// states.insert("v".to_owned(), ndarray::array![Dual64::new(-70.0, 1.0)]);
    /// cable.step(&mut states, &params, &cable.externals_at(0)?, 0.025)?;
    /// assert!((states["v"][0].eps - 1.0 / (1.0 + 0.025 * 0.1)).abs() < 1e-12);
    /// # Ok(())
    /// # }
    /// ```
    pub fn step<T: Scalar>(
        &self,
        states: &mut States<T>,
        params: &Params<T>,
        externals: &Externals,
        delta_t: f64,
    ) -> Result<(), CableError> {
        self.step_with(Solver::BwdEuler, states, params, externals, delta_t)
    }

    /// As [`step`](Self::step), with the voltage moved by `solver`.
    ///
    /// # Errors
    /// Those of [`step`](Self::step).
    pub(crate) fn step_with<T: Scalar>(
        &self,
        solver: Solver,
        states: &mut States<T>,
        params: &Params<T>,
        externals: &Externals,
        delta_t: f64,
    ) -> Result<(), CableError> {
        check_time_step(delta_t)?;
        let params = self.params.views(params)?;
        let inputs = self.inputs(externals)?;
        let mut states = self.states.views_mut(states)?;

        let drive = self.drive_voltage(&mut states, &params, &inputs, delta_t);
        inputs.clamp(&mut states, |slot| slot != self.v);
        self.step_voltage(solver, &drive, &mut states[self.v], &params, delta_t);
        inputs.clamp(&mut states, |slot| slot == self.v);
        Ok(())
    }

    /// Moves all states but the voltage, without clamps, and gives what drives the voltage, in
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

    /// Moves the states of channels and pumps and the concentrations they drive, stores the
    /// membrane currents, and gives what drives the voltage, in uA/cm^2.
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

    /// Stores the membrane currents, and adds them to what they drive, by slot, if that is wanted.
    fn membrane_currents<T: Scalar>(
        &self,
        states: &mut ArraysMut<'_, T>,
        params: &Arrays<'_, T>,
        mut drives: Option<&mut BTreeMap<usize, Drive<T>>>,
    ) {
        let none = || vec![T::zero(); self.nodes()];
        // Kept apart until all are known: pumps read the old sums.
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
