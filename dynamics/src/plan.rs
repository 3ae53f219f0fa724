use std::collections::BTreeSet;

use ndarray::{ArrayView1, ArrayViewD};
use pytree::error::{list, quote};
use pytree::{Flat, KeyPath, TreeDef};

use crate::error::{Error, Problem, ProblemKind};
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
    pub shape: Vec<usize>,
    /// The entries that are part of the vector. The others are filled with -1 at branchpoints, NaN at
    /// other nodes, and the initial values of an excluded state.
    pub selection: Selection,
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
        let without_states = |currents: Vec<String>| -> BTreeSet<String> {
            currents.into_iter().filter(|name| !names.contains(name)).collect()
        };
        let membrane_observables = without_states(module.membrane_current_names());
        let synapse_observables = without_states(module.synapse_current_names());
        let unknown = excluded.iter().filter(|name| !names.contains(**name)).map(|name| {
            let is_current =
                membrane_observables.contains(*name) || synapse_observables.contains(*name);
            let text = if is_current {
                format!("{} is a current and not part of the vector anyway", quote(name))
            } else {
                no_such_state(name, &names)
            };
            Problem::about_all(ProblemKind::Name, text)
        });
        Error::unless_none("excluded", unknown.collect())?;

        let mut problems = Vec::new();
        let mut states = Vec::new();
        for (path, leaf) in initial.iter_with_path() {
            let name = state_name(&path);
            let fill = leaf.iter().copied();
            let excluded = excluded.contains(name.as_str());
            let selection = if excluded {
                Selection::new(fill.collect(), |_| false)
            } else if !module.is_membrane_key(&name) || leaf.ndim() == 0 {
                Selection::new(fill.collect(), |_| true)
            } else if leaf.shape() == [num_nodes] {
                let is_branchpoint = |node| branchpoints.contains(&node);
                let fill = fill.enumerate().map(|(i, x)| if is_branchpoint(i) { -1.0 } else { x });
                Selection::new(fill.collect(), |i| !is_branchpoint(i) && !leaf[i].is_nan())
            } else {
                let shape = leaf.shape();
                let text = format!("expected {}, found shape {shape:?}", one_per_node(num_nodes));
                problems.push(Problem::new(path, ProblemKind::Module, text));
                continue;
            };
            let state = State { path, shape: leaf.shape().to_vec(), selection, excluded };
            let mut kept = vec![0.0; state.selection.len()];
            state.selection.gather(leaf, &mut kept);
            problems.extend(state.nans(&kept));
            states.push(state);
        }
        Error::unless_none("initial states", problems)?;

        let mut dynamic = states.iter().map(|state| !state.excluded);
        let dynamic = initial.clone().retain(|_, _| dynamic.next() == Some(true));
        Ok(Plan {
            states,
            structure: initial.treedef().clone(),
            dynamic_structure: dynamic.treedef().clone(),
            num_nodes,
            branchpoints,
            membrane_observables,
            synapse_observables,
        })
    }

    /// Whether the leaf at `path` is a current that is not a state.
    pub(crate) fn is_observable(&self, path: &KeyPath) -> bool {
        path.last_name().is_some_and(|name| {
            self.membrane_observables.contains(&*name) || self.synapse_observables.contains(&*name)
        })
    }

    /// The elements of `vector` that are NaN. It has an element for each kept entry.
    pub(crate) fn nans<T: Scalar>(&self, vector: &ArrayView1<'_, T>) -> Vec<Problem> {
        if !vector.iter().any(is_nan) {
            return Vec::new();
        }
        let mut elements = vector.iter();
        let mut problems = Vec::new();
        for state in &self.states {
            problems.extend(state.nans(elements.by_ref().take(state.selection.len())));
        }
        problems
    }
}

impl State {
    /// The shape among the dynamic states: the entries of a state that is not kept whole lie on one
    /// axis.
    pub(crate) fn dynamic_shape(&self) -> Vec<usize> {
        let kept = self.selection.len();
        if kept == self.selection.full_len() { self.shape.clone() } else { vec![kept] }
    }

    /// Those of the dynamic entries `kept` that are NaN, by their index in the full array.
    pub(crate) fn nans<'a, T: Scalar>(
        &self,
        kept: impl IntoIterator<Item = &'a T>,
    ) -> Vec<Problem> {
        let nans = self.selection.kept().zip(kept).filter(|(_, x)| is_nan(*x));
        let problem = |(index, _)| {
            let text = format!(
                "NaN at index {index}, which is part of the vector; only padding may be NaN"
            );
            Problem::new(self.path.clone(), ProblemKind::Nan { index }, text)
        };
        nans.map(problem).collect()
    }
}

/// What a membrane state has, in words.
pub(crate) fn one_per_node(num_nodes: usize) -> String {
    format!("one value for each of the {num_nodes} nodes")
}

/// What to say of a name that none of `states` has.
pub(crate) fn no_such_state(name: &str, states: &BTreeSet<String>) -> String {
    let states = list(states.iter().map(|name| quote(name)), states.len(), ", ");
    format!("no state is called {}; the states are {states}", quote(name))
}

/// The name by which modules know the state at `path`: the last key.
fn state_name(path: &KeyPath) -> String {
    path.last_name().unwrap_or_default().into_owned()
}
