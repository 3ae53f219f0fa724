use ndarray::{Array1, ArrayD, ArrayView1, ArrayViewD, Ix1, IxDyn};
use pytree::{Flat, Key, KeyPath, Layout, MismatchKind, tree_flatten};

use crate::error::{Error, Problem, ProblemKind};
use crate::explain::{Explained, explain};
use crate::fused::Fused;
use crate::module::{ChannelCurrents, Module, Scalar, scalar};
use crate::plan::{Kept, Plan, State};

/// Decides once, from the initial states of `module`, which of its states are true ODE states, and
/// returns the functions that lead from all states to their vector and back.
///
/// This is Jaxley's `jaxley.utils.dynamics.build_dynamic_state_utils`. Not part of the vector are
/// the currents through channels and synapses, the values at branchpoints and the NaN padding of
/// states at nodes that have them not. A current that is also a state, such as `i_Ca` where a pump
/// reads it, is one.
///
/// # Errors
/// If a state of nodes has not one value for each node, a branchpoint is no node, a state of
/// synapses is NaN, or the states cannot be without their currents.
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
///   which become -1, and the currents, which are computed anew.
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
        let states: M::States<f64> = without(&plan, flat)?;
        let layout = Layout::of(&states);
        Ok(DynamicStateUtils { module, initial, plan, layout })
    }

    /// The same utilities with some states left out of the vector by name, such as a reversal
    /// potential that follows from other states. They keep their initial values.
    ///
    /// # Errors
    /// If there is no state of that name.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?.excluding(&["m"])?;
    /// assert_eq!(utils.labels(), ["v[0]", "v[2]"]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn excluding(&self, names: &[&str]) -> Result<Self, Error> {
        DynamicStateUtils::new(self.module, names)
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
        without(&self.plan, self.matched(all_states)?)
    }

    /// The leaves of `all_states` but for the currents: one for each state of the plan.
    fn matched<'a, T: Scalar>(
        &self,
        all_states: &'a M::States<T>,
    ) -> Result<Flat<ArrayViewD<'a, T>>, Error> {
        let flat = tree_flatten(all_states).retain(|path, _| !self.plan.is_observable(path));
        let pairs = tree_flatten(&self.initial).zip(flat.clone());
        pairs.map_err(|error| Error::from_pytree("all_states", &error))?;
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
        let vector = vector.map_err(|error| self.not_dynamic("dynamic_states", &error))?;
        no_problems("dynamic_states", self.plan.nans(&vector.view()))?;
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
        no_problems("vector", self.plan.nans(&vector))?;
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
        let initial = tree_flatten(&self.initial);
        let treedef = initial.treedef().clone();
        let mut rest = vector.view();
        let restored =
            self.plan.states.iter().zip(initial.into_leaves()).map(|(state, initial)| {
                let (values, behind) = rest.split_at(ndarray::Axis(0), state.len());
                rest = behind;
                self.restore(state, &values, &initial)
            });
        let leaves = restored.collect();
        let mut states: M::States<T> = Flat::new(treedef, leaves)
            .and_then(Flat::unflatten)
            .map_err(|error| Error::from_pytree("all_states", &error))?;
        self.module
            .append_channel_currents(&mut states, params, delta_t)
            .map_err(|error| Error::about("currents", ProblemKind::Module(Box::new(error))))?;
        Ok(states)
    }

    /// The full state of which `values` are the dynamic entries.
    fn restore<T: Scalar>(
        &self,
        state: &State,
        values: &ArrayView1<'_, T>,
        initial: &ArrayViewD<'_, f64>,
    ) -> ArrayD<T> {
        match &state.kept {
            Kept::Excluded => initial.mapv(scalar),
            Kept::Whole => ArrayD::from_shape_vec(IxDyn(&state.shape), values.to_vec())
                .expect("a state has as many entries as its shape says"),
            Kept::Nodes(live) => {
                let mut full = Array1::from_elem(live.full_len(), scalar::<T>(f64::NAN));
                live.restore(&values.to_vec(), &self.plan.compartments, &mut full.view_mut());
                full.into_dyn()
            }
        }
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
    /// let fused = utils.fused(&states)?;
    /// let mut vector = vec![0.0; utils.num_states()];
    /// fused.gather_into(&states, &mut vector)?;
    /// vector[1] = -50.0;
    /// fused.scatter_into(&vector, &mut states)?;
    /// assert_eq!(states["v"], array![-50.0, -1.0, -65.0]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn fused<T: Scalar>(&self, all_states: &M::States<T>) -> Result<Fused<'_>, Error> {
        self.remove_observables(all_states)?;
        Ok(Fused::new(&self.plan, self.layout.len(), all_states))
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
        let kept = explain(&self.plan).filter(|row| matches!(row.fate, crate::Fate::Kept { .. }));
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

    /// The mismatches of `error` as what they are where dynamic states are due.
    fn not_dynamic(&self, argument: &'static str, error: &pytree::Error) -> Error {
        let problems = error.mismatches().iter().flat_map(|mismatch| {
            let path = mismatch.path.clone();
            match &mismatch.kind {
                MismatchKind::ExtraKeys(keys) => self.extra_keys(&path, keys),
                MismatchKind::Shape { expected, found } if self.is_full(&path, found) => {
                    let (expected, found) = (expected[0], found[0]);
                    vec![Problem { path, kind: ProblemKind::NotStripped { expected, found } }]
                }
                kind => vec![Problem { path, kind: ProblemKind::Mismatch(kind.clone()) }],
            }
        });
        Error::new(argument, problems.collect())
    }

    /// Tells observables from keys that are not known at all.
    fn extra_keys(&self, path: &KeyPath, keys: &[Key]) -> Vec<Problem> {
        let below = |key: &Key| path.keys().iter().chain([key]).cloned().collect::<KeyPath>();
        let (observables, unknown): (Vec<_>, Vec<_>) =
            keys.iter().partition(|key| self.plan.is_observable(&below(key)));
        let observables = observables
            .into_iter()
            .map(|key| Problem { path: below(key), kind: ProblemKind::Observable });
        let unknown: Vec<_> = unknown.into_iter().cloned().collect();
        let unknown = (!unknown.is_empty()).then(|| Problem {
            path: path.clone(),
            kind: ProblemKind::Mismatch(MismatchKind::ExtraKeys(unknown)),
        });
        observables.chain(unknown).collect()
    }

    fn is_full(&self, path: &KeyPath, shape: &[usize]) -> bool {
        let mut states = self.plan.states.iter().filter(|state| state.path == *path);
        states.any(|state| matches!(state.kept, Kept::Nodes(_)) && state.shape == shape)
    }
}

/// The leaves of all states, one for each state of `plan`, without the observables.
fn without<T: Scalar, R: pytree::FromLeaves<ArrayD<T>>>(
    plan: &Plan,
    flat: Flat<ArrayViewD<'_, T>>,
) -> Result<R, Error> {
    let mut problems = Vec::new();
    let mut states = plan.states.iter();
    let taken = flat.map_with_path(|path, leaf| {
        let state = states.next()?;
        if leaf.shape() != state.shape {
            let (expected, found) = (state.shape.clone(), leaf.shape().to_vec());
            let kind = ProblemKind::Mismatch(MismatchKind::Shape { expected, found });
            problems.push(Problem { path: path.clone(), kind });
            return None;
        }
        let taken = take(state, leaf)?;
        problems.extend(state.nans(taken.iter()));
        Some(taken)
    });
    no_problems("all_states", problems)?;
    let dynamic = taken.retain(|_, leaf| leaf.is_some());
    let (treedef, leaves) = (dynamic.treedef().clone(), dynamic.into_leaves());
    Flat::new(treedef, leaves.into_iter().flatten().collect())
        .and_then(Flat::unflatten)
        .map_err(|error| Error::from_pytree("states without observables", &error))
}

/// The dynamic entries of a state of the right shape; `None` for one that is excluded.
fn take<T: Scalar>(state: &State, leaf: ArrayViewD<'_, T>) -> Option<ArrayD<T>> {
    match &state.kept {
        Kept::Excluded => None,
        Kept::Whole => Some(leaf.to_owned()),
        Kept::Nodes(live) => {
            let full = leaf.into_dimensionality::<Ix1>().ok()?;
            Some(live.kept().map(|node| full[node].clone()).collect::<Array1<T>>().into_dyn())
        }
    }
}

fn no_problems(argument: &'static str, problems: Vec<Problem>) -> Result<(), Error> {
    if problems.is_empty() { Ok(()) } else { Err(Error::new(argument, problems)) }
}
