use std::collections::BTreeSet;
use std::sync::Arc;

use ndarray::{Array1, ArrayView1};
use pytree::{Layout, tree_flatten};

use crate::error::Error;
use crate::explain::{Explained, explain_observables, explain_states};
use crate::in_place::InPlace;
use crate::module::{ChannelCurrents, Module};
use crate::plan::Plan;
use crate::scalar::Scalar;

/// Decides once, from the initial states of `module`, which of its states are true ODE states, and
/// returns the functions that lead from all states to their vector and back.
///
/// This is Jaxley's `jaxley.utils.dynamics.build_dynamic_state_utils`. The
/// [rule](crate#the-rule) is Jaxley's, too.
///
/// # Errors
/// If a membrane state does not have one value for each node, a branchpoint is not a node, or a
/// synapse state is NaN.
///
/// ```
/// use dynamics::{build_dynamic_state_utils, example::Cell};
///
/// let utils = build_dynamic_state_utils(&Cell)?;
/// assert_eq!(utils.num_states(), 3);
/// # Ok::<(), dynamics::Error>(())
/// ```
pub fn build_dynamic_state_utils<M: Module>(module: &M) -> Result<DynamicStateUtils<'_, M>, Error> {
    DynamicStateUtils::new(module, &BTreeSet::new())
}

/// The way from all states of a module to the vector of its true ODE states, and back.
///
/// [`remove_observables`](Self::remove_observables) and [`flatten`](Self::flatten) lead to the vector,
/// [`unflatten`](Self::unflatten) and [`add_observables`](Self::add_observables) lead back. They never
/// change their arguments. [`in_place`](Self::in_place) does the same without an allocation.
///
/// # Laws
/// - `remove_observables` after `add_observables` is the identity, except for a current that is also a
///   state: `add_observables` computes it anew, as Jaxley does.
/// - `add_observables` after `remove_observables` is the identity, except for the values at
///   branchpoints, which become -1; the nodes at which a state is NaN initially, which become NaN; and
///   the currents, which are computed anew.
///
/// ```
/// use dynamics::{build_dynamic_state_utils, example::Cell};
/// use ndarray::array;
///
/// let utils = build_dynamic_state_utils(&Cell)?;
/// let all_states = Cell.all_states();
/// let dynamic = utils.remove_observables(&all_states)?;
/// let vector = utils.flatten(&dynamic)?;
/// assert_eq!(vector, array![0.1, -70.0, -65.0]);
///
/// let restored = utils.add_observables(&utils.unflatten(&vector)?, &(), 0.025)?;
/// assert_eq!(restored["v"], all_states["v"]);
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Debug)]
pub struct DynamicStateUtils<'m, M> {
    module: &'m M,
    /// Shared with the Jacobians that are named by it.
    pub(crate) plan: Arc<Plan>,
    /// The layout of the dynamic states. Private, because it counts the kept entries of a state, and
    /// labels count nodes.
    layout: Layout,
}

impl<'m, M: Module> DynamicStateUtils<'m, M> {
    fn new(module: &'m M, excluded: &BTreeSet<&str>) -> Result<Self, Error> {
        let initial = module.initial_states();
        let initial = tree_flatten(&initial);
        let plan = Plan::new(module, &initial, excluded)?;
        let layout = plan.dynamic_layout::<M::States<f64>>()?;
        Ok(DynamicStateUtils { module, plan: Arc::new(plan), layout })
    }

    /// The same utilities, with every state of these names left out of the vector: for example a
    /// reversal potential that follows from other states. [`add_observables`](Self::add_observables)
    /// sets these states to their initial values.
    ///
    /// # Errors
    /// If there is no state of that name, or it is a field of a struct and not an `Option`.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?.excluding(&["m"])?;
    /// assert_eq!(utils.labels(), ["v[0]", "v[2]"]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn excluding(&self, names: &[&str]) -> Result<Self, Error> {
        let excluded = self.plan.states.iter().filter(|state| state.excluded);
        let excluded: Vec<_> = excluded.filter_map(|state| state.path.last_name()).collect();
        let names = excluded.iter().map(|name| &**name).chain(names.iter().copied());
        DynamicStateUtils::new(self.module, &names.collect())
    }

    /// The states without the observables: no currents, no branchpoints, no NaN padding.
    ///
    /// The arrays have the kept entries alone, so node 2 may be entry 1. [`index`](Self::index) finds the element
    /// of the vector that belongs to a node, and [`add_observables`](Self::add_observables) restores the arrays by node.
    ///
    /// # Errors
    /// If a state is missing, unknown, of another shape than initially, or NaN at an entry that is part
    /// of the vector.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    /// use ndarray::array;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let dynamic = utils.remove_observables(&Cell.all_states())?;
    /// assert!(dynamic.keys().eq(["m", "v"]));
    /// assert_eq!(dynamic["v"], array![-70.0, -65.0]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn remove_observables<T: Scalar>(
        &self,
        all_states: &M::States<T>,
    ) -> Result<M::States<T>, Error> {
        let mut vector = vec![T::zero(); self.num_states()];
        self.in_place(all_states)?.gather_into(all_states, &mut vector)?;
        let states = self.layout.unravel(&vector);
        states.map_err(|error| Error::from_pytree("dynamic_states", &error))
    }

    /// The dynamic states as one vector.
    ///
    /// # Errors
    /// If a state is missing, unknown, has another shape, still has its observables, or is NaN
    /// somewhere.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    /// use ndarray::array;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let dynamic = utils.remove_observables(&Cell.all_states())?;
    /// assert_eq!(utils.flatten(&dynamic)?, array![0.1, -70.0, -65.0]);
    ///
    /// let error = utils.flatten(&Cell.all_states()).unwrap_err();
    /// assert!(error.to_string().contains("call remove_observables first"));
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn flatten<T: Scalar>(&self, dynamic_states: &M::States<T>) -> Result<Array1<T>, Error> {
        let vector = self.layout.ravel(dynamic_states);
        let vector = vector.map_err(|_| self.plan.not_dynamic(tree_flatten(dynamic_states)))?;
        Error::unless_none("dynamic_states", self.plan.nans(&vector.view()))?;
        Ok(vector)
    }

    /// The vector as dynamic states.
    ///
    /// # Errors
    /// If the vector has another length, or an element that is NaN, which would be taken for padding
    /// among all states.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    /// use ndarray::array;
    ///
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

    /// All states again: -1 at branchpoints, NaN at the nodes that do not have the state, and the
    /// currents as the module computes them from the states.
    ///
    /// # Errors
    /// As [`flatten`](Self::flatten), and the error of the module. Also if the module did not compute a current
    /// that it names, or computed one with another number of entries than it has nodes.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    /// use ndarray::array;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let dynamic = utils.unflatten(&array![0.2_f64, -60.0, -55.0])?;
    /// let all_states = utils.add_observables(&dynamic, &(), 0.025)?;
    /// assert_eq!(all_states["v"], array![-60.0, -1.0, -55.0]);
    /// assert!(all_states["m"][2].is_nan());
    /// assert_eq!(all_states["i_leak"], array![10.0, 69.0, 15.0]);
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
        let (vector, _) = self.flatten(dynamic_states)?.into_raw_vec_and_offset();
        let mut states = self.plan.zeros()?;
        let all_are_states = vec![true; self.plan.states.len()];
        InPlace::new(&self.plan, &states, all_are_states).restore_into(&vector, &mut states)?;
        self.append_currents(&mut states, params, delta_t)?;
        self.plan.check_currents(tree_flatten(&states))?;
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
        let appended = self.module.append_channel_currents(states, params, delta_t);
        appended.map_err(|error| Error::failed("currents", Box::new(error)))
    }

    /// The way between all states and the vector without an allocation, for states of the structure of
    /// `all_states`.
    ///
    /// # Errors
    /// If a state is missing, unknown, or of another shape than initially.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    /// use ndarray::array;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let mut states = Cell.all_states();
    /// let in_place = utils.in_place(&states)?;
    /// let mut vector = vec![0.0; utils.num_states()];
    /// in_place.gather_into(&states, &mut vector)?;
    /// vector[1] = -50.0;
    /// in_place.scatter_into(&vector, &mut states)?;
    /// assert_eq!(states["v"], array![-50.0, -1.0, -65.0]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn in_place<T: Scalar>(&self, all_states: &M::States<T>) -> Result<InPlace<'_>, Error> {
        let is_state = self.plan.match_states(tree_flatten(all_states))?;
        Ok(InPlace::new(&self.plan, all_states, is_state))
    }

    /// The module that the utilities were built for.
    ///
    /// ```
    /// use dynamics::{Module, build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// assert_eq!(utils.module().num_nodes(), 3);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn module(&self) -> &'m M {
        self.module
    }

    /// The length of the vector.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// assert_eq!(utils.num_states(), utils.labels().len());
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn num_states(&self) -> usize {
        self.layout.len()
    }

    /// What becomes of every entry of every state and current: its position in the vector, or the
    /// reason why it is not part of the vector. States come in the order of the tree, then the currents.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let rows = utils.explain();
    /// assert_eq!(rows[0].to_string(), "m[0]: kept at 0");
    /// assert_eq!(rows[1].to_string(), "m[1]: stripped: a branchpoint");
    /// assert_eq!(rows[2].to_string(), "m[2]: stripped: the node has no such state");
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn explain(&self) -> Vec<Explained> {
        explain_states(&self.plan).chain(explain_observables(&self.plan)).collect()
    }
}
