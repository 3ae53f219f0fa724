use ndarray::{Array1, ArrayView1, ArrayViewD, Axis};
use pytree::{Flat, Layout, tree_flatten, tree_structure};

use crate::error::{Error, Problem, ProblemKind};
use crate::explain::{Explained, Fate, explain};
use crate::in_place::InPlace;
use crate::module::{ChannelCurrents, Module, Scalar};
use crate::plan::{Kept, Plan};

/// Decides once, from the initial states of `module`, which of its states are true ODE states, and
/// returns the functions that lead from all states to their vector and back.
///
/// This is Jaxley's `jaxley.utils.dynamics.build_dynamic_state_utils`. Not part of the vector are
/// the currents through channels and synapses, the values at branchpoints and the NaN padding of
/// states at nodes that have them not. A current that is also a state, such as `i_Ca` where a pump
/// reads it, is one.
///
/// # Errors
/// If a state of nodes has not one value for each node, a branchpoint is no node, or a state of
/// synapses is NaN.
///
/// ```
/// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
/// # use cell::*;
/// let utils = build_dynamic_state_utils(&Cell)?;
/// assert_eq!(utils.num_states(), 3);
/// # Ok::<(), dynamics::Error>(())
/// ```
pub fn build_dynamic_state_utils<M: Module>(module: &M) -> Result<DynamicStateUtils<'_, M>, Error> {
    DynamicStateUtils::new(module, &[])
}

/// The way from all states of a module to the vector of its true ODE states, and back.
///
/// [`remove_observables`](Self::remove_observables) and [`flatten`](Self::flatten) lead there,
/// [`unflatten`](Self::unflatten) and [`add_observables`](Self::add_observables) back. Nothing that
/// is passed in is ever changed.
///
/// # Laws
/// - `remove_observables` after `add_observables` is the identity, but for a current that is also a
///   state: adding computes it anew, as Jaxley does.
/// - `add_observables` after `remove_observables` restores all but the values at branchpoints,
///   which become -1, what stands where the initial states have padding, which becomes NaN, and the
///   currents, which are computed anew.
///
/// ```
/// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
/// # use cell::*;
/// let utils = build_dynamic_state_utils(&Cell)?;
/// let all = all_states();
/// let dynamic = utils.remove_observables(&all)?;
/// let vector = utils.flatten(&dynamic)?;
/// assert_eq!(vector, array![0.1, -70.0, -65.0]);
/// let restored = utils.add_observables(&utils.unflatten(vector.view())?, &(), 0.025)?;
/// assert_eq!(restored["v"], all["v"]);
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Debug)]
pub struct DynamicStateUtils<'m, M: Module> {
    module: &'m M,
    initial: M::States<f64>,
    plan: Plan,
    /// The layout of the vector.
    layout: Layout,
}

impl<'m, M: Module> DynamicStateUtils<'m, M> {
    fn new(module: &'m M, excluded: &[&str]) -> Result<Self, Error> {
        let initial = module.initial_states();
        let flat = tree_flatten(&initial);
        let plan = Plan::new(module, &flat, excluded)?;
        let states: M::States<f64> = plan.strip(flat)?;
        let layout = Layout::of(&states);
        Ok(DynamicStateUtils { module, initial, plan, layout })
    }

    /// The same utilities with some more states left out of the vector by name, such as a reversal
    /// potential that follows from other states. They keep their initial values.
    ///
    /// # Errors
    /// If there is no state of that name, or the states cannot be without it.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?.excluding(&["m"])?;
    /// assert_eq!(utils.labels(), ["v[0]", "v[2]"]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn excluding(&self, names: &[&str]) -> Result<Self, Error> {
        let excluded =
            self.plan.states.iter().filter(|state| matches!(state.kept, Kept::Excluded(_)));
        let excluded: Vec<_> = excluded.filter_map(|state| state.path.last_name()).collect();
        let names: Vec<_> =
            excluded.iter().map(|name| &**name).chain(names.iter().copied()).collect();
        DynamicStateUtils::new(self.module, &names)
    }

    /// The states without the observables: no currents, no branchpoints, no NaN padding.
    ///
    /// # Errors
    /// If a state is missing, unknown, of another length than initially, or NaN at a node where it
    /// lives.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let dynamic = utils.remove_observables(&all_states())?;
    /// assert!(dynamic.keys().eq(["m", "v"]));
    /// assert_eq!(dynamic["v"], array![-70.0, -65.0]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn remove_observables<T: Scalar>(
        &self,
        all_states: &M::States<T>,
    ) -> Result<M::States<T>, Error> {
        self.plan.strip(self.matched(all_states)?)
    }

    /// The leaves of `all_states` but for the currents: one for each state of the plan.
    fn matched<'a, T: Scalar>(
        &self,
        all_states: &'a M::States<T>,
    ) -> Result<Flat<ArrayViewD<'a, T>>, Error> {
        let flat = tree_flatten(all_states).retain(|path, _| !self.plan.is_observable(path));
        let structure = tree_flatten(&self.initial).zip(flat.clone()).err();
        let mut problems: Vec<_> = structure.iter().flat_map(Problem::from_pytree).collect();
        problems.extend(self.plan.problems(&flat));
        Error::unless_none("all_states", problems)?;
        Ok(flat)
    }

    /// The dynamic states as one vector.
    ///
    /// # Errors
    /// If a state is missing, unknown, still has its observables or another length, or is NaN.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let dynamic = utils.remove_observables(&all_states())?;
    /// assert_eq!(utils.flatten(&dynamic)?, array![0.1, -70.0, -65.0]);
    /// let error = utils.flatten(&all_states()).unwrap_err();
    /// assert!(error.to_string().contains("call remove_observables first"));
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn flatten<T: Scalar>(&self, dynamic_states: &M::States<T>) -> Result<Array1<T>, Error> {
        let vector = self.layout.ravel(dynamic_states);
        let vector = vector.map_err(|error| self.plan.not_dynamic(&error))?;
        Error::unless_none("dynamic_states", self.plan.nans(&vector.view()))?;
        Ok(vector)
    }

    /// The vector as dynamic states.
    ///
    /// # Errors
    /// If the vector has another length, or is NaN somewhere: put back among all states, a NaN
    /// would look like padding.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let dynamic = utils.unflatten(&array![0.2, -60.0, -55.0])?;
    /// assert_eq!(dynamic["v"], array![-60.0, -55.0]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn unflatten<'v, T: Scalar>(
        &self,
        vector: impl Into<ArrayView1<'v, T>>,
    ) -> Result<M::States<T>, Error> {
        let vector = vector.into();
        let states = self.layout.unravel(vector);
        let states = states.map_err(|error| Error::from_pytree("vector", &error))?;
        Error::unless_none("vector", self.plan.nans(&vector))?;
        Ok(states)
    }

    /// All states again: NaN where a state has no mechanism, -1 at branchpoints, and the currents as
    /// the module computes them from the states.
    ///
    /// # Errors
    /// As [`flatten`](Self::flatten), and whatever the module says.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let dynamic = utils.unflatten(&array![0.2_f64, -60.0, -55.0])?;
    /// let all_states = utils.add_observables(&dynamic, &(), 0.025)?;
    /// assert_eq!(all_states["v"], array![-60.0, -1.0, -55.0]);
    /// assert!(all_states["m"][2].is_nan());
    /// assert!(all_states.contains_key("i_leak"));
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn add_observables<T: Scalar>(
        &self,
        dynamic_states: &M::States<T>,
        params: &<M as ChannelCurrents<T>>::Params,
        delta_t: f64,
    ) -> Result<M::States<T>, Error>
    where
        M: ChannelCurrents<T>,
    {
        let vector = self.flatten(dynamic_states)?;
        let mut rest = vector.view();
        let restored = self.plan.states.iter().map(|state| {
            let (values, behind) = rest.split_at(Axis(0), state.len());
            rest = behind;
            state.restore(&values, &self.plan)
        });
        let leaves = restored.collect();
        let mut states: M::States<T> = Flat::new(tree_structure(&self.initial), leaves)
            .and_then(Flat::unflatten)
            .map_err(|error| Error::from_pytree("all_states", &error))?;
        self.append_currents(&mut states, params, delta_t)?;
        Ok(states)
    }

    /// Has the module compute its currents.
    pub(crate) fn append_currents<T: Scalar>(
        &self,
        states: &mut M::States<T>,
        params: &<M as ChannelCurrents<T>>::Params,
        delta_t: f64,
    ) -> Result<(), Error>
    where
        M: ChannelCurrents<T>,
    {
        self.module
            .append_channel_currents(states, params, delta_t)
            .map_err(|error| Error::about("currents", ProblemKind::Module(Box::new(error))))
    }

    /// Prepares the way between `all_states` and the vector without an allocation, for states that
    /// have the structure of these.
    ///
    /// # Errors
    /// As [`remove_observables`](Self::remove_observables).
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let mut states = all_states();
    /// let in_place = utils.in_place(&states)?;
    /// let mut vector = vec![0.0; utils.num_states()];
    /// in_place.gather_into(&states, &mut vector)?;
    /// vector[1] = -50.0;
    /// in_place.scatter_into(&vector, &mut states)?;
    /// assert_eq!(states["v"], array![-50.0, -1.0, -65.0]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn in_place<T: Scalar>(&self, all_states: &M::States<T>) -> Result<InPlace<'_>, Error> {
        self.remove_observables(all_states)?;
        Ok(InPlace::new(&self.plan, self.layout.len(), all_states))
    }

    /// The module that the utilities were built for.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// assert_eq!(utils.module().num_nodes(), 3);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn module(&self) -> &'m M {
        self.module
    }

    /// The layout of the vector, with the states by path.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let v = "['v']".parse().unwrap();
    /// assert_eq!(utils.layout().range(&v).unwrap(), 1..3);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The length of the vector.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// assert_eq!(utils.num_states(), utils.labels().len());
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn num_states(&self) -> usize {
        self.layout.len()
    }

    /// The name of each element of the vector: `HH_m[3]` is the state `HH_m` of node 3, and
    /// `IonotropicSynapse_s[3]` that of synapse 3.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// assert_eq!(utils.labels(), ["m[0]", "v[0]", "v[2]"]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn labels(&self) -> Vec<String> {
        let kept = explain(&self.plan).filter(|row| matches!(row.fate, Fate::Kept { .. }));
        kept.map(|row| row.to_label()).collect()
    }

    /// For every state and current and every node or synapse, whether it is part of the vector and
    /// where, or why it is not.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let rows = utils.explain();
    /// assert_eq!(rows[0].to_string(), "m[0]: kept at 0");
    /// assert_eq!(rows[1].to_string(), "m[1]: stripped: a branchpoint");
    /// assert_eq!(rows[2].to_string(), "m[2]: stripped: the node has no such state");
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn explain(&self) -> Vec<Explained> {
        explain(&self.plan).collect()
    }
}
