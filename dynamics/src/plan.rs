use std::collections::BTreeSet;

use ndarray::{ArrayD, ArrayView1, ArrayViewD};
use pytree::{Flat, KeyPath};

use crate::error::{Error, Problem, ProblemKind};
use crate::module::{Module, Scalar, is_nan};
use crate::selection::Selection;

/// What becomes of each state: made once, from the initial states.
///
/// The rule is that of Jaxley's `build_dynamic_state_utils`: a state of nodes loses the
/// branchpoints and then the nodes at which it is NaN; a state of synapses is kept whole, as is one
/// that is a single number; a current that is no state is an observable.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub states: Vec<State>,
    /// The compartments among the nodes.
    pub compartments: Selection,
    /// The names of the currents that are no states: first of membranes, then of synapses.
    pub observables: (Vec<String>, Vec<String>),
}

/// What becomes of one state.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub path: KeyPath,
    pub shape: Vec<usize>,
    pub kept: Kept,
}

/// Which entries of a state are dynamic.
#[derive(Clone, Debug)]
pub(crate) enum Kept {
    /// All: a state of synapses, or a single number.
    Whole,
    /// A state of nodes: those at which it lives; NaN elsewhere, but for the branchpoints.
    Nodes(Selection),
    /// None: the state is excluded by name, and stays as it is initially, which is this.
    Excluded(ArrayD<f64>),
}

impl Plan {
    /// Decides on the leaves of `initial`, the initial states of `module`; the states in `excluded`
    /// are not kept.
    pub(crate) fn new<M: Module>(
        module: &M,
        initial: &Flat<ArrayViewD<'_, f64>>,
        excluded: &[&str],
    ) -> Result<Plan, Error> {
        let compartments = compartments(module)?;
        let names: Vec<String> =
            initial.iter_with_path().map(|(path, _)| state_name(&path)).collect();
        no_states(module, excluded, &names)?;

        let mut problems = Vec::new();
        let mut states = Vec::new();
        for ((path, leaf), name) in initial.iter_with_path().zip(&names) {
            let kept = if excluded.contains(&name.as_str()) {
                Ok(Kept::Excluded(leaf.to_owned()))
            } else if module.is_membrane_key(name) && leaf.ndim() > 0 {
                live_nodes(leaf, &compartments)
            } else {
                whole(leaf)
            };
            match kept {
                Ok(kept) => states.push(State { shape: leaf.shape().to_vec(), path, kept }),
                Err(kinds) => {
                    let problem = |kind| Problem { path: path.clone(), kind };
                    problems.extend(kinds.into_iter().map(problem));
                }
            }
        }
        Error::unless_none("initial states", problems)?;

        let unseen = |mut currents: Vec<String>| {
            currents.retain(|name| !names.contains(name));
            currents.sort_unstable();
            currents.dedup();
            currents
        };
        let membrane = unseen(module.membrane_current_names());
        let synapse = unseen(module.synapse_current_names());
        Ok(Plan { states, compartments, observables: (membrane, synapse) })
    }

    /// The elements of the vector that are NaN.
    pub(crate) fn nans<T: Scalar>(&self, vector: &ArrayView1<'_, T>) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut values = vector.iter();
        for state in &self.states {
            problems.extend(state.nans(values.by_ref().take(state.len())));
        }
        problems
    }

    /// The state at `path`.
    pub(crate) fn state(&self, path: &KeyPath) -> Option<&State> {
        self.states.iter().find(|state| state.path == *path)
    }

    /// Whether a leaf is a current that is no state.
    pub(crate) fn is_observable(&self, path: &KeyPath) -> bool {
        let (membrane, synapse) = &self.observables;
        path.last_name()
            .is_some_and(|name| membrane.iter().chain(synapse).any(|other| *other == name))
    }
}

impl State {
    /// Whether it is one of nodes, of which some are not part of the vector.
    pub(crate) fn is_of_nodes(&self) -> bool {
        matches!(self.kept, Kept::Nodes(_))
    }

    /// The number of dynamic entries.
    pub(crate) fn len(&self) -> usize {
        match &self.kept {
            Kept::Whole => self.shape.iter().product(),
            Kept::Nodes(live) => live.len(),
            Kept::Excluded(_) => 0,
        }
    }

    /// Where in the full state its dynamic entries are, in order: nodes, or synapses.
    fn indices(&self) -> Box<dyn Iterator<Item = usize> + '_> {
        match &self.kept {
            Kept::Nodes(live) => Box::new(live.kept()),
            Kept::Whole | Kept::Excluded(_) => Box::new(0..self.len()),
        }
    }

    /// The ones among its dynamic entries, which are `values`, that are NaN.
    pub(crate) fn nans<'a, T: Scalar>(
        &self,
        values: impl Iterator<Item = &'a T>,
    ) -> impl Iterator<Item = Problem> {
        let nans = self.indices().zip(values).filter(|(_, x)| is_nan(*x));
        nans.map(|(node, _)| Problem { path: self.path.clone(), kind: ProblemKind::Nan { node } })
    }
}

/// Says which of the names that are to be excluded are no states, apart from those that are currents.
fn no_states<M: Module>(module: &M, excluded: &[&str], states: &[String]) -> Result<(), Error> {
    let unknown = excluded.iter().map(ToString::to_string).filter(|name| !states.contains(name));
    let currents = [module.membrane_current_names(), module.synapse_current_names()].concat();
    let (currents, unknown): (Vec<_>, Vec<_>) = unknown.partition(|name| currents.contains(name));
    let mut problems = Vec::new();
    if !unknown.is_empty() {
        problems.push(ProblemKind::NoSuchState { names: unknown, states: states.to_vec() });
    }
    problems.extend(currents.into_iter().map(|name| ProblemKind::ExcludedCurrent { name }));
    let problem = |kind| Problem { path: KeyPath::root(), kind };
    Error::unless_none("excluded", problems.into_iter().map(problem).collect())
}

/// The name a state is known by: the last key of its path.
fn state_name(path: &KeyPath) -> String {
    path.last_name().unwrap_or_default().into_owned()
}

fn compartments<M: Module>(module: &M) -> Result<Selection, Error> {
    let nodes = module.num_nodes();
    let branchpoints: BTreeSet<_> = module.branchpoints().into_iter().collect();
    let problem = |&index| {
        let kind = ProblemKind::Branchpoint { index, nodes };
        Problem { path: KeyPath::root(), kind }
    };
    Error::unless_none("branchpoints", branchpoints.range(nodes..).map(problem).collect())?;
    Ok(Selection::new(nodes, |node| !branchpoints.contains(&node), -1.0))
}

/// The compartments at which a state of nodes is not NaN.
fn live_nodes(
    leaf: &ArrayViewD<'_, f64>,
    compartments: &Selection,
) -> Result<Kept, Vec<ProblemKind>> {
    let nodes = compartments.full_len();
    if leaf.shape() != [nodes] {
        return Err(vec![ProblemKind::NotPerNode { nodes, found: leaf.shape().to_vec() }]);
    }
    let kept: BTreeSet<_> = compartments.kept().filter(|&node| !leaf[node].is_nan()).collect();
    Ok(Kept::Nodes(Selection::new(nodes, |node| kept.contains(&node), f64::NAN)))
}

/// A state that is kept whole has no padding.
fn whole(leaf: &ArrayViewD<'_, f64>) -> Result<Kept, Vec<ProblemKind>> {
    let nans = leaf.iter().enumerate().filter(|(_, x)| x.is_nan());
    let problems: Vec<_> = nans.map(|(node, _)| ProblemKind::Nan { node }).collect();
    if problems.is_empty() { Ok(Kept::Whole) } else { Err(problems) }
}
