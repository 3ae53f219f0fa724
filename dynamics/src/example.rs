//! A small module and a small simulator that the examples of this crate use. The source of [`Cell`] is a
//! template for a module of your own.

use std::collections::BTreeMap;
use std::convert::Infallible;

use ndarray::{Array1, Array2, array};

use crate::differentiable::Differentiable;
use crate::module::{ChannelCurrents, Module};
use crate::scalar::Scalar;

/// Two compartments, nodes 0 and 2, and the branchpoint between them, node 1.
///
/// | state | meaning | initially |
/// |---|---|---|
/// | `v` | the voltage in mV | `[-70, -1, -65]`, where -1 is not read |
/// | `m` | a gate that only node 0 has | `[0.1, -1, NaN]`, where NaN is padding |
/// | `i_leak` | the leak current, `v + 70`: an observable | |
///
/// ```
/// use dynamics::{build_dynamic_state_utils, example::Cell};
///
/// let utils = build_dynamic_state_utils(&Cell)?;
/// assert_eq!(utils.labels(), ["m[0]", "v[0]", "v[2]"]);
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Cell;

impl Cell {
    /// The initial states with the current.
    ///
    /// ```
    /// use dynamics::example::Cell;
    ///
    /// let states = Cell.all_states();
    /// assert!(states.keys().eq(["i_leak", "m", "v"]));
    /// assert_eq!(states["i_leak"], ndarray::array![0.0, 69.0, 5.0]);
    /// ```
    #[must_use]
    pub fn all_states(&self) -> BTreeMap<String, Array1<f64>> {
        let mut states = self.initial_states();
        let Ok(()) = self.append_channel_currents(&mut states, &(), 0.0);
        states
    }

    /// A step of explicit Euler, `v -= delta_t * i_leak`, with `delta_t` in ms. The gate does not change.
    ///
    /// # Errors
    /// Never; the type is the one that [`Step`](crate::Step) expects of a simulator.
    ///
    /// # Panics
    /// If `v` or `i_leak` is missing.
    ///
    /// ```
    /// use dynamics::example::Cell;
    ///
    /// let mut states = Cell.all_states();
    /// Cell.step(&mut states, 0.5)?;
    /// assert_eq!(states["v"][2], -67.5);
    /// # Ok::<(), std::convert::Infallible>(())
    /// ```
    pub fn step<T: Scalar>(
        &self,
        states: &mut BTreeMap<String, Array1<T>>,
        delta_t: f64,
    ) -> Result<(), Infallible> {
        let voltages = &states["v"] - &states["i_leak"] * T::of(delta_t);
        states.insert("v".into(), voltages);
        Ok(())
    }
}

impl Module for Cell {
    type States<T: Scalar> = BTreeMap<String, Array1<T>>;

    fn initial_states(&self) -> BTreeMap<String, Array1<f64>> {
        let (v, m) = (array![-70.0, -1.0, -65.0], array![0.1, -1.0, f64::NAN]);
        BTreeMap::from([("v".into(), v), ("m".into(), m)])
    }

    fn num_nodes(&self) -> usize {
        3
    }

    fn branchpoints(&self) -> Vec<usize> {
        vec![1]
    }

    fn is_membrane_key(&self, _: &str) -> bool {
        true
    }

    fn membrane_current_names(&self) -> Vec<String> {
        vec!["i_leak".into()]
    }

    fn synapse_current_names(&self) -> Vec<String> {
        vec![]
    }
}

impl<T: Scalar> ChannelCurrents<T> for Cell {
    type Params = ();
    type Error = Infallible;

    fn append_channel_currents(
        &self,
        states: &mut BTreeMap<String, Array1<T>>,
        (): &(),
        _delta_t: f64,
    ) -> Result<(), Infallible> {
        let current = &states["v"] - T::of(-70.0);
        states.insert("i_leak".into(), current);
        Ok(())
    }
}

/// A simulator with a single state, which each step multiplies by the single parameter.
///
/// ```
/// use dynamics::{Linearization, example::Decay};
/// use ndarray::array;
/// use pytree::Layout;
///
/// let (after, linear) = Linearization::at(&Decay(0.5), 0, &[4.0], &Layout::of(&[0.0]))?;
/// assert_eq!(after, array![2.0]);
/// assert_eq!((linear.to_dense(), linear.jvp_params(&[1.0])?), (array![[0.5]], array![4.0]));
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Decay(pub f64);

impl Differentiable for Decay {
    type Linear = Array2<f64>;
    type Error = Infallible;

    fn num_states(&self) -> usize {
        1
    }

    fn num_params(&self) -> usize {
        1
    }

    fn apply(&self, _step: usize, before: &[f64], after: &mut [f64]) -> Result<(), Infallible> {
        after[0] = self.0 * before[0];
        Ok(())
    }

    fn linearize(
        &self,
        step: usize,
        before: &[f64],
        after: &mut [f64],
        linear: &mut Array2<f64>,
    ) -> Result<(), Infallible> {
        // The derivatives with respect to the state and to the parameter.
        *linear = array![[self.0, before[0]]];
        self.apply(step, before, after)
    }
}
