use std::fmt::{self, Display};

use pytree::{Key, KeyPath};

use crate::plan::{Kept, Plan, State};

/// One entry of a state or a current, and what becomes of it.
///
/// ```
/// use dynamics::Fate;
/// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
/// # use cell::*;
/// let rows = build_dynamic_state_utils(&Cell)?.explain();
/// let kept = rows.iter().filter(|row| matches!(row.fate, Fate::Kept { .. }));
/// assert!(kept.map(|row| row.to_label()).eq(["m[0]", "v[0]", "v[2]"]));
/// assert_eq!(rows[1].fate, Fate::Branchpoint);
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The state or the current.
    pub path: KeyPath,
    /// The node or the synapse; `None` for a single number, and for a current through synapses,
    /// which goes whatever their number.
    pub index: Option<usize>,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of an entry of a state or a current.
///
/// ```
/// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
/// # use cell::*;
/// let utils = build_dynamic_state_utils(&Cell)?;
/// let fates: Vec<_> = utils.explain().into_iter().map(|entry| entry.fate).collect();
/// assert!(fates.contains(&dynamics::Fate::Kept { position: 0 }));
/// assert!(fates.contains(&dynamics::Fate::Branchpoint));
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// It is part of the vector.
    Kept {
        /// Where in the vector.
        position: usize,
    },
    /// It is the value at a branchpoint, which follows from the compartments around it.
    Branchpoint,
    /// It is the padding of a node that has no such state.
    Padding,
    /// It is a current, which follows from the states.
    Current,
    /// The state is excluded by name.
    Excluded,
}

impl Explained {
    /// The name of the element in the vector: `HH_m[3]`, or `HH_m` for a single number.
    ///
    /// The keys of nested states are separated by `/`.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// assert_eq!(utils.explain()[0].to_label(), "m[0]");
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn to_label(&self) -> String {
        let name = self.path.simple("/");
        match self.index {
            Some(index) => format!("{name}[{index}]"),
            None => name,
        }
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
            Fate::Padding => f.write_str("stripped: the node has no such state"),
            Fate::Current => f.write_str("stripped: a current"),
            Fate::Excluded => f.write_str("stripped: excluded by name"),
        }
    }
}

/// The rows of all states in the order of the vector, then those of the currents.
pub(crate) fn explain(plan: &Plan) -> impl Iterator<Item = Explained> {
    let starts = plan.states.iter().scan(0, |next, state| {
        let start = *next;
        *next += state.len();
        Some(start)
    });
    let states = plan.states.iter().zip(starts);
    let states = states.flat_map(|(state, start)| explain_state(plan, state, start));

    let (membrane, synapse) = &plan.observables;
    let current = |name: &String, index| {
        let path = [Key::Dict(name.as_str().into())].into_iter().collect();
        Explained { path, index, fate: Fate::Current }
    };
    let nodes = plan.compartments.full_len();
    let membrane =
        membrane.iter().flat_map(move |name| (0..nodes).map(move |node| current(name, Some(node))));
    states.chain(membrane).chain(synapse.iter().map(move |name| current(name, None)))
}

fn explain_state(plan: &Plan, state: &State, start: usize) -> Vec<Explained> {
    let number = state.shape.is_empty();
    let row = |index, fate| Explained {
        path: state.path.clone(),
        index: Some(index).filter(|_| !number),
        fate,
    };
    let len = state.shape.iter().product();
    match &state.kept {
        Kept::Excluded(_) => (0..len).map(|index| row(index, Fate::Excluded)).collect(),
        Kept::Whole => {
            (0..len).map(|index| row(index, Fate::Kept { position: start + index })).collect()
        }
        Kept::Nodes(live) => {
            let mut fates = vec![Fate::Branchpoint; len];
            plan.compartments.kept().for_each(|node| fates[node] = Fate::Padding);
            for (offset, node) in live.kept().enumerate() {
                fates[node] = Fate::Kept { position: start + offset };
            }
            fates.into_iter().enumerate().map(|(node, fate)| row(node, fate)).collect()
        }
    }
}
