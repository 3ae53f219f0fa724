use std::collections::BTreeSet;
use std::sync::Arc;

use ndarray::{ArrayView1, ArrayViewD};
use pytree::error::{list, quote};
use pytree::{Flat, KeyPath, Layout, TreeDef};

use crate::error::{Error, Problem, ProblemKind};
use crate::label::label;
use crate::module::Module;
use crate::scalar::{Scalar, is_nan};
use crate::selection::Selection;

/// What becomes of each state. Decided once, from the initial states.
///
/// The rule is that of Jaxley's `build_dynamic_state_utils`: a membrane state loses the branchpoints
/// and the nodes at which it is NaN initially; a synapse state and a 0-dimensional state are kept
/// whole; a current that is not among the initial states is an observable.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// All states, in the order of the tree.
    pub states: Vec<State>,
    /// The structure of all states without the observables: one leaf for each of `states`.
    pub structure: TreeDef,
    /// The structure of the dynamic states: one leaf for each of `states` that is not excluded.
    pub dynamic_structure: TreeDef,
    pub num_nodes: usize,
    pub branchpoints: BTreeSet<usize>,
    /// The names of the membrane currents that are not states.
    pub membrane_observables: BTreeSet<String>,
    /// The names of the synapse currents that are not states.
    pub synapse_observables: BTreeSet<String>,
}

/// What becomes of one state.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub path: KeyPath,
    /// The shape among all states.
    pub shape: Arc<[usize]>,
    /// The position in the vector of the first kept entry.
    pub start: usize,
    /// The entries that are part of the vector. The others are filled with -1 at branchpoints, NaN at
    /// other nodes, and the initial values of an excluded state.
    pub selection: Selection,
    /// Whether the state has the name of a current.
    pub is_current: bool,
    /// Whether the state is excluded by name. The dynamic states then lack the leaf, whereas the leaf
    /// of a state that is NaN everywhere is an empty array.
    pub excluded: bool,
}

impl Plan {
    /// Decides on the leaves of `initial`, the initial states of `module`. States with a name in
    /// `excluded` keep no entry.
    pub(crate) fn new<M: Module>(
        module: &M,
        initial: &Flat<ArrayViewD<'_, f64>>,
        excluded: &BTreeSet<&str>,
    ) -> Result<Plan, Error> {
        let num_nodes = module.num_nodes();
        let branchpoints: BTreeSet<_> = module.branchpoints().into_iter().collect();
        let problems = branchpoints.range(num_nodes..).map(|index| {
            let text = format!("index {index} is out of range for {num_nodes} nodes");
            Problem::about_all(ProblemKind::Module, text)
        });
        Error::unless_none("branchpoints", problems.collect())?;

        let names: BTreeSet<_> =
            initial.iter_with_path().map(|(path, _)| state_name(&path)).collect();
        let [membrane, synapse] = [module.membrane_current_names(), module.synapse_current_names()];
        let currents: BTreeSet<_> = membrane.iter().chain(&synapse).cloned().collect();
        let not_states = |currents: Vec<String>| -> BTreeSet<String> {
            currents.into_iter().filter(|name| !names.contains(name)).collect()
        };
        let mut plan = Plan {
            states: Vec::new(),
            structure: initial.treedef().clone(),
            dynamic_structure: initial.treedef().clone(),
            num_nodes,
            branchpoints,
            membrane_observables: not_states(membrane),
            synapse_observables: not_states(synapse),
        };
        plan.check_excluded(excluded, &names)?;

        let (mut problems, mut start) = (Vec::new(), 0);
        for (path, leaf) in initial.iter_with_path() {
            let name = state_name(&path);
            let is_current = currents.contains(&name);
            if is_current && path.keys().len() > 1 {
                let text = format!(
                    "a nested state has the name of a current, and the two cannot be told apart; \
                     rename it, or take {} out of the names of the currents",
                    quote(&name)
                );
                problems.push(Problem::new(path, ProblemKind::Module, text));
                continue;
            }
            match plan.select(module, excluded, &name, leaf) {
                Ok((excluded, selection)) => {
                    let shape = leaf.shape().into();
                    let state = State { path, shape, start, selection, is_current, excluded };
                    start += state.selection.len();
                    // Only a state that is kept whole can have any.
                    problems.extend(state.nans(state.selection.kept_of(leaf.iter()), ONLY_PADDING));
                    plan.states.push(state);
                }
                Err(text) => problems.push(Problem::new(path, ProblemKind::Module, text)),
            }
        }
        Error::unless_none("initial states", problems)?;

        let mut states = plan.states.iter();
        let dynamic = initial.clone().retain(|_, _| states.next().is_some_and(|s| !s.excluded));
        plan.dynamic_structure = dynamic.treedef().clone();
        Ok(plan)
    }

    /// Keeps everything: the leaves of `layout` are the states.
    pub(crate) fn of_layout(layout: &Layout) -> Plan {
        let states = layout.leaves().map(|(path, shape, range)| {
            let selection = Selection::new(vec![0.0; range.len()], |_| true);
            State {
                path,
                shape: shape.into(),
                start: range.start,
                selection,
                is_current: false,
                excluded: false,
            }
        });
        Plan {
            states: states.collect(),
            structure: layout.treedef().clone(),
            dynamic_structure: layout.treedef().clone(),
            num_nodes: 0,
            branchpoints: BTreeSet::new(),
            membrane_observables: BTreeSet::new(),
            synapse_observables: BTreeSet::new(),
        }
    }

    /// Returns an error unless each name in `excluded` is one of `names`, the names of the states.
    fn check_excluded(
        &self,
        excluded: &BTreeSet<&str>,
        names: &BTreeSet<String>,
    ) -> Result<(), Error> {
        let unknown = excluded.iter().filter(|name| !names.contains(**name));
        let problems = unknown.map(|name| {
            let text = if self.is_current(name) {
                format!("{} is a current and not part of the vector anyway", quote(name))
            } else {
                no_such_state(name, names.iter().cloned())
            };
            Problem::about_all(ProblemKind::Name, text)
        });
        Error::unless_none("excluded", problems.collect())
    }

    /// The rule for one state: whether it is excluded, and its selection. The error is the text about a
    /// wrong shape.
    fn select<M: Module>(
        &self,
        module: &M,
        excluded: &BTreeSet<&str>,
        name: &str,
        initial: &ArrayViewD<'_, f64>,
    ) -> Result<(bool, Selection), String> {
        let fill = || initial.iter().copied();
        if excluded.contains(name) {
            return Ok((true, Selection::new(fill().collect(), |_| false)));
        }
        if !module.is_membrane_key(name) || initial.ndim() == 0 {
            return Ok((false, Selection::new(fill().collect(), |_| true)));
        }
        if initial.shape() != [self.num_nodes] {
            let expected = one_per_node(self.num_nodes);
            return Err(format!("expected {expected}, found shape {:?}", initial.shape()));
        }
        let is_branchpoint = |node| self.branchpoints.contains(&node);
        let fill = fill().enumerate().map(|(i, x)| if is_branchpoint(i) { -1.0 } else { x });
        // What is neither kept nor a branchpoint is NaN initially, which is thus its fill.
        let keep = |node| !is_branchpoint(node) && !initial[node].is_nan();
        Ok((false, Selection::new(fill.collect(), keep)))
    }

    /// The length of the vector.
    pub(crate) fn num_states(&self) -> usize {
        self.states.last().map_or(0, |state| state.start + state.selection.len())
    }

    /// Whether `name` is that of a current that is not a state.
    pub(crate) fn is_current(&self, name: &str) -> bool {
        self.membrane_observables.contains(name) || self.synapse_observables.contains(name)
    }

    /// Whether the leaf at `path` is a current that is not a state.
    pub(crate) fn is_observable(&self, path: &KeyPath) -> bool {
        path.last_name().is_some_and(|name| self.is_current(&name))
    }

    /// The elements of `vector` that are NaN. It has an element for each kept entry.
    pub(crate) fn nans<T: Scalar>(&self, vector: &ArrayView1<'_, T>) -> Vec<Problem> {
        if !vector.iter().any(is_nan) {
            return Vec::new();
        }
        let mut elements = vector.iter();
        let mut problems = Vec::new();
        for state in &self.states {
            problems
                .extend(state.nans(elements.by_ref().take(state.selection.len()), ONLY_PADDING));
        }
        problems
    }
}

impl State {
    /// The shape among the dynamic states: the entries of a state that is not kept whole lie on one
    /// axis.
    pub(crate) fn dynamic_shape(&self) -> Vec<usize> {
        let kept = self.selection.len();
        if kept == self.selection.full_len() { self.shape.to_vec() } else { vec![kept] }
    }

    /// Those of the dynamic entries `kept` that are NaN. `hint` completes the sentence about each.
    pub(crate) fn nans<'a, T: Scalar>(
        &self,
        kept: impl IntoIterator<Item = &'a T>,
        hint: &str,
    ) -> Vec<Problem> {
        let nans = self.selection.kept().zip(kept).filter(|(_, x)| is_nan(*x));
        let problem = |(index, _)| {
            let text = format!("{} is NaN, {hint}", self.label(index));
            Problem::new(self.path.clone(), ProblemKind::Nan { index }, text)
        };
        nans.map(problem).collect()
    }

    /// The name of the entry at `index` in row-major order, kept or not.
    pub(crate) fn label(&self, index: usize) -> String {
        label(&self.path, &self.shape, index)
    }
}

/// What to say about a NaN that a caller passed.
pub(crate) const ONLY_PADDING: &str = "but it is part of the vector; only padding may be NaN";

/// The entries of a membrane state, in words.
pub(crate) fn one_per_node(num_nodes: usize) -> String {
    format!("one value for each of the {num_nodes} nodes")
}

/// The text about a name that none of `states` has.
pub(crate) fn no_such_state(name: &str, states: impl ExactSizeIterator<Item = String>) -> String {
    let number = states.len();
    let states = list(states.map(|name| quote(&name)), number, ", ");
    format!("no state is called {}; the states are {states}", quote(name))
}

/// The name by which modules know the state at `path`: the last key.
fn state_name(path: &KeyPath) -> String {
    path.last_name().unwrap_or_default().into_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ArrayViewD, Flat, Plan};
    use crate::example::Cell;
    use crate::module::Module;
    use ndarray::array;

    /// The plan of the example, whose states are `m` and `v`.
    fn plan(excluded: &[&str]) -> Plan {
        let initial = Cell.initial_states();
        let flat: Flat<ArrayViewD<'_, f64>> = pytree::tree_flatten(&initial);
        Plan::new(&Cell, &flat, &excluded.iter().copied().collect()).unwrap()
    }

    /// The full array that `scatter` makes of `kept`.
    fn scattered(plan: &Plan, state: usize, kept: &[f64]) -> String {
        let mut full = array![0.0, 0.0, 0.0];
        plan.states[state].selection.scatter(kept, &mut full.view_mut());
        full.to_string()
    }

    #[test]
    fn a_membrane_state_keeps_compartments_that_have_it() {
        let plan = plan(&[]);
        assert_eq!(scattered(&plan, 0, &[0.5]), "[0.5, -1, NaN]");
        assert_eq!(scattered(&plan, 1, &[1.0, 2.0]), "[1, -1, 2]");
        assert_eq!(plan.membrane_observables, BTreeSet::from(["i_leak".to_string()]));
        assert_eq!(plan.structure, plan.dynamic_structure);
    }

    #[test]
    fn an_excluded_state_keeps_nothing_and_is_filled_with_its_initial_values() {
        let plan = plan(&["v"]);
        assert_eq!(scattered(&plan, 1, &[]), "[-70, -1, -65]");
        assert_eq!((plan.structure.num_leaves(), plan.dynamic_structure.num_leaves()), (2, 1));
    }
}
