use std::fmt::{self, Display};
use std::sync::Arc;

use pytree::KeyPath;
use pytree::path::Key;

use crate::label::label;
use crate::plan::{Plan, State};

/// One entry of a state or a current, and what becomes of it.
///
/// ```
/// use dynamics::{Fate, build_dynamic_state_utils, example::Cell};
///
/// let rows = build_dynamic_state_utils(&Cell)?.explain();
/// let kept = rows.iter().filter(|row| row.fate.position().is_some());
/// assert!(kept.map(|row| row.to_label()).eq(["m[0]", "v[0]", "v[2]"]));
/// assert_eq!(rows[1].fate, Fate::Branchpoint);
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The state or the current.
    pub path: KeyPath,
    /// The node or the synapse; of a state of several axes, the position in row-major order. `None` for a
    /// 0-dimensional state, and for a current through synapses, which is one row however many synapses there are.
    pub index: Option<usize>,
    /// What becomes of it.
    pub fate: Fate,
    shape: Arc<[usize]>,
}

/// What becomes of an entry of a state or a current.
///
/// ```
/// use dynamics::{Fate, build_dynamic_state_utils, example::Cell};
///
/// let utils = build_dynamic_state_utils(&Cell)?;
/// let fates: Vec<_> = utils.explain().into_iter().map(|row| row.fate).collect();
/// assert_eq!(fates[..3], [Fate::Kept { position: 0 }, Fate::Branchpoint, Fate::Padding]);
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// It is part of the vector.
    Kept {
        /// Its index in the vector.
        position: usize,
    },
    /// It is part of the vector, although it is a current: a current that is among the initial states is
    /// a state. If it is an observable, leave it out of the initial states.
    KeptCurrent {
        /// Its index in the vector.
        position: usize,
    },
    /// It is the value at a branchpoint, which follows from the compartments around it.
    Branchpoint,
    /// It is the padding of a node that does not have the state.
    Padding,
    /// The state is NaN at every node, so it looks like padding everywhere and none of it is part of the
    /// vector. If it should be, set its initial values.
    NanEverywhere,
    /// It is a current, which follows from the states.
    Current,
    /// The state is excluded by name.
    Excluded,
}

impl Fate {
    /// The index in the vector; `None` if the entry is not part of it.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    ///
    /// let rows = build_dynamic_state_utils(&Cell)?.explain();
    /// assert_eq!((rows[0].fate.position(), rows[1].fate.position()), (Some(0), None));
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn position(self) -> Option<usize> {
        match self {
            Fate::Kept { position } | Fate::KeptCurrent { position } => Some(position),
            _ => None,
        }
    }
}

impl Explained {
    /// The name of the entry: `HH_m[3]`, or `HH_m` without an index. The keys of nested states are
    /// joined by `/`.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// assert_eq!(utils.explain()[0].to_label(), "m[0]");
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn to_label(&self) -> String {
        label(&self.path, &self.shape, self.index.unwrap_or_default())
    }
}

impl Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.to_label(), self.fate)
    }
}

impl Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fate::Kept { position } => write!(f, "kept at {position}"),
            Fate::Branchpoint => f.write_str("stripped: a branchpoint"),
            Fate::KeptCurrent { position } => write!(
                f,
                "kept at {position}: a current that is among the initial states is a state; \
                 if it is an observable, leave it out of them"
            ),
            Fate::Padding => f.write_str("stripped: the node has no such state"),
            Fate::NanEverywhere => f.write_str(
                "stripped: the state is NaN at every node; \
                 if it should be part of the vector, set its initial values",
            ),
            Fate::Current => f.write_str("stripped: a current"),
            Fate::Excluded => f.write_str("stripped: excluded by name"),
        }
    }
}

/// The rows of all states, in the order of the tree.
pub(crate) fn explain_states(plan: &Plan) -> impl Iterator<Item = Explained> {
    plan.states.iter().flat_map(|state| explain_state(plan, state))
}

/// The rows of the membrane currents by name, then those of the synapse currents.
pub(crate) fn explain_observables(plan: &Plan) -> impl Iterator<Item = Explained> {
    let current = |name: &String, index: Option<usize>| {
        let path = [Key::Dict(name.as_str().into())].into_iter().collect();
        let shape = index.map(|_| plan.num_nodes).into_iter().collect();
        Explained { path, index, fate: Fate::Current, shape }
    };
    let membrane = plan.membrane_observables.iter();
    let membrane = membrane
        .flat_map(move |name| (0..plan.num_nodes).map(move |node| current(name, Some(node))));
    let synapse = plan.synapse_observables.iter().map(move |name| current(name, None));
    membrane.chain(synapse)
}

/// The rows of a state.
fn explain_state(plan: &Plan, state: &State) -> Vec<Explained> {
    // Those of the kept entries are overwritten below.
    let mut fates: Vec<_> =
        (0..state.selection.full_len()).map(|index| plan.fate_of_removed(state, index)).collect();
    for (position, index) in (state.start..).zip(state.selection.kept()) {
        fates[index] =
            if state.is_current { Fate::KeptCurrent { position } } else { Fate::Kept { position } };
    }
    let row = |(index, fate)| {
        let index = Some(index).filter(|_| !state.shape.is_empty());
        Explained { path: state.path.clone(), index, fate, shape: Arc::clone(&state.shape) }
    };
    fates.into_iter().enumerate().map(row).collect()
}

impl Plan {
    /// What becomes of an entry of `state` that is not kept.
    pub(crate) fn fate_of_removed(&self, state: &State, index: usize) -> Fate {
        match index {
            _ if state.excluded => Fate::Excluded,
            node if self.branchpoints.contains(&node) => Fate::Branchpoint,
            _ if state.selection.len() == 0 => Fate::NanEverywhere,
            _ => Fate::Padding,
        }
    }
}
