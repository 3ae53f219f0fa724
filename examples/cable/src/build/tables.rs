use crate::description::export::External;
use crate::description::geometry::Cylinder;
use crate::description::limits::MAX_COMPARTMENTS;
use crate::description::setting::Setting;
use crate::error::{CableError, ErrorKind};
use crate::mechanism::keys::Key;
use crate::mechanism::kinds::{ChannelKind, Named, SynapseKind};
use crate::swc::traced::TracedBranch;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a module is made of: a table of its compartments and one of its synapses, as Jaxley's
/// `.nodes` and `.edges`. It is read and changed through a [`View`](crate::View): of `&Tables` to
/// read, of `&mut Tables` to change, whatever module they are of.
///
/// ```
/// use cable::channels::Leak;
/// use cable::{Build, Cell, Compartment, Tables, View};
///
/// /// Makes a part of a module a leaky cable of 20 um a compartment.
/// fn leaky(mut part: View<&mut Tables>) -> Result<(), cable::CableError> {
///     part.insert(Leak)?.set("length", 20.0)?;
///     Ok(())
/// }
///
/// # fn main() -> Result<(), cable::CableError> {
/// let (mut comp, mut cell) = (Compartment::new(), Cell::default());
/// leaky(comp.view_mut())?;
/// leaky(cell.branch(0)?)?;
/// assert_eq!(comp.get("length")?, cell.get("length")?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Tables {
    /// What a selection shares with its module and the module's clones alone.
    pub(crate) module: Arc<()>,
    /// What the module is: `"compartment"`, `"branch"`, `"cell"` or `"network"`.
    pub(crate) name: &'static str,
    /// The branches of each cell.
    pub(crate) cells: Vec<Vec<Neurite>>,
    /// The values of each key, one a compartment; NaN where it has none.
    pub(crate) columns: BTreeMap<String, Vec<f64>>,
    /// The channels and pumps, in the order of their first insertion.
    pub(crate) channels: Vec<Inserted>,
    /// The compartments of each group.
    pub(crate) groups: BTreeMap<String, BTreeSet<usize>>,
    /// The types of synapses, in the order of their first connection.
    pub(crate) synapses: Vec<Connected>,
    /// The type of every synapse and its index within the type, in the order of connection.
    pub(crate) edges: Vec<(usize, usize)>,
    /// Stimuli and clamps; their nodes are those of the description.
    pub(crate) externals: BTreeMap<String, External>,
    /// What is recorded: a state, and a node or the index of a synapse within its type.
    pub(crate) recordings: Vec<(String, usize)>,
    /// What `make_trainable` has collected.
    pub(crate) trainables: Vec<Setting<f64>>,
}

/// The kind of a group in errors.
const GROUP: &str = "group";

/// An unbranched stretch of compartments.
#[derive(Clone, Debug)]
pub(crate) struct Neurite {
    /// How many compartments it has.
    pub ncomp: usize,
    /// The branch of the same cell at whose end it starts.
    pub parent: Option<usize>,
    /// The points that it is traced by, if it is from an SWC file. Copies of a cell share them.
    pub trace: Option<Arc<TracedBranch>>,
}

impl Neurite {
    /// A branch that no points trace.
    pub fn new(ncomp: usize, parent: Option<usize>) -> Self {
        Self { ncomp, parent, trace: None }
    }
}

/// A channel or pump.
#[derive(Clone, Debug)]
pub(crate) struct Inserted {
    pub mechanism: Named<ChannelKind>,
    /// Whether each compartment has it.
    pub here: Vec<bool>,
}

/// The synapses of one type.
#[derive(Clone, Debug)]
pub(crate) struct Connected {
    pub mechanism: Named<SynapseKind>,
    /// The presynaptic and the postsynaptic compartment of each.
    pub ends: Vec<(usize, usize)>,
    /// The values of each key, one a synapse.
    pub columns: BTreeMap<String, Vec<f64>>,
}

/// Where a compartment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub cell: usize,
    /// Counted over all cells.
    pub branch: usize,
    /// The node of the description.
    pub node: usize,
}

impl Tables {
    /// One compartment with Jaxley's values.
    pub(crate) fn compartment() -> Self {
        let columns = [
            ("length", 10.0),
            ("radius", 1.0),
            ("axial_resistivity", 5000.0),
            ("capacitance", 1.0),
            ("v", -70.0),
        ];
        let mut columns: BTreeMap<_, _> =
            columns.map(|(key, value)| (key.to_owned(), vec![value])).into();
        let derived = Cylinder::new(1.0, 10.0).derived();
        let derived = Cylinder::<f64>::KEYS.into_iter().zip(derived);
        columns.extend(derived.map(|(key, value)| (key.to_owned(), vec![value])));
        Self {
            module: Arc::default(),
            name: "compartment",
            cells: vec![vec![Neurite::new(1, None)]],
            columns,
            channels: Vec::new(),
            groups: BTreeMap::new(),
            synapses: Vec::new(),
            edges: Vec::new(),
            externals: BTreeMap::new(),
            recordings: Vec::new(),
            trainables: Vec::new(),
        }
    }

    /// Puts `count` copies of `one`, each called `part` in errors, side by side.
    ///
    /// # Errors
    /// Those of [`join`](Self::join).
    pub(crate) fn repeat(
        name: &'static str,
        part: &'static str,
        one: &Self,
        count: usize,
        cells: Vec<Vec<Neurite>>,
    ) -> Result<Self, CableError> {
        check_size(name, part, one.len().saturating_mul(count), count)?;
        one.check_bare(&format!("{part} 0"))?;
        let columns = one.columns.iter().map(|(key, column)| (key.clone(), column.repeat(count)));
        let channels = one.channels.iter().map(|Inserted { mechanism, here }| {
            let (mechanism, here) = (mechanism.clone(), here.repeat(count));
            Inserted { mechanism, here }
        });
        let groups = one.groups.iter().map(|(group, members)| {
            let firsts = (0..count).map(|copy| copy * one.len());
            let all = firsts.flat_map(|first| members.iter().map(move |comp| first + comp));
            (group.clone(), all.collect())
        });
        Ok(Self {
            name,
            cells,
            columns: columns.collect(),
            channels: channels.collect(),
            groups: groups.collect(),
            ..Self::compartment()
        })
    }

    /// Puts the compartments of `parts`, each called `part` in errors, side by side.
    ///
    /// # Errors
    /// If there are no parts or too many compartments, if a part has externals, recordings or
    /// trainables, or if one name stands for two kinds.
    pub(crate) fn join<'a>(
        name: &'static str,
        part: &'static str,
        parts: impl Iterator<Item = &'a Self> + Clone,
        cells: Vec<Vec<Neurite>>,
    ) -> Result<Self, CableError> {
        let mut joined = Self { name, cells, ..Self::compartment() };
        joined.columns.clear();
        let len = parts.clone().map(Self::len).sum();
        check_size(name, part, len, parts.clone().count())?;
        let mut first = 0;
        for (index, other) in parts.enumerate() {
            let place = format!("{part} {index}");
            other.check_bare(&place)?;
            let rows = first..first + other.len();
            for (key, column) in &other.columns {
                let all = joined.columns.entry(key.clone()).or_insert_with(|| vec![f64::NAN; len]);
                all[rows.clone()].copy_from_slice(column);
            }
            for (group, members) in &other.groups {
                let all = joined.members(group, &place)?;
                all.extend(members.iter().map(|comp| first + comp));
            }
            for Inserted { mechanism, here } in &other.channels {
                let all = joined.inserted(mechanism, len, &place)?;
                all[rows.clone()].copy_from_slice(here);
            }
            first = rows.end;
        }
        Ok(joined)
    }

    /// Checks that the part has nothing that only a whole module can have.
    fn check_bare(&self, place: &str) -> Result<(), CableError> {
        let Some(what) = self.what_is_added_last() else { return Ok(()) };
        Err(CableError::conflict(format!(
            "{place} has {what}, which belong to the whole module: add them once it is put together"
        )))
    }

    /// What the module has of those things that are added once its compartments are known.
    pub(crate) fn what_is_added_last(&self) -> Option<&'static str> {
        if !self.externals.is_empty() {
            Some("stimuli or clamps")
        } else if !self.recordings.is_empty() {
            Some("recordings")
        } else if !self.trainables.is_empty() {
            Some("trainable parameters")
        } else {
            None
        }
    }

    /// Where each of `len` compartments has a channel or pump, which is added if it is new.
    pub(crate) fn inserted(
        &mut self,
        mechanism: &Named<ChannelKind>,
        len: usize,
        place: &str,
    ) -> Result<&mut [bool], CableError> {
        let mut kinds = self.channels.iter().map(|other| other.mechanism.kind);
        if kinds.any(|other| other != mechanism.kind && other.name() == mechanism.kind.name()) {
            return Err(two_kinds(place, mechanism.kind.name()));
        }
        let found = self.channels.iter().position(|other| other.mechanism.name == mechanism.name);
        if let Some(Inserted { mechanism: other, .. }) = found.map(|found| &self.channels[found])
            && other.kind != mechanism.kind
        {
            let [kind, other] = [mechanism.kind, other.kind].map(ChannelKind::name);
            return Err(CableError::clash(place, &mechanism.name, kind, other));
        }
        if self.groups.contains_key(&mechanism.name) {
            let kind = mechanism.kind.name();
            return Err(CableError::clash(place, &mechanism.name, kind, GROUP));
        }
        for Connected { mechanism: synapse, .. } in &self.synapses {
            check_names(mechanism, synapse, mechanism.kind.name(), synapse.kind.name(), place)?;
        }
        let at = found.unwrap_or_else(|| {
            let inserted = Inserted { mechanism: mechanism.clone(), here: vec![false; len] };
            self.channels.push(inserted);
            self.channels.len() - 1
        });
        Ok(&mut self.channels[at].here)
    }

    /// The members of the group `name`, which is added if it is new.
    pub(crate) fn members(
        &mut self,
        name: &str,
        place: &str,
    ) -> Result<&mut BTreeSet<usize>, CableError> {
        let taken = self.channels.iter().find(|other| other.mechanism.name == name);
        if let Some(taken) = taken {
            return Err(CableError::clash(place, name, GROUP, taken.mechanism.kind.name()));
        }
        Ok(self.groups.entry(name.to_owned()).or_default())
    }

    /// The names of the currents through the membrane, in the order of their first insertion.
    pub(crate) fn current_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for Inserted { mechanism, .. } in &self.channels {
            let current = mechanism.current();
            if !names.contains(&current) {
                names.push(current);
            }
        }
        names
    }

    /// The number of compartments.
    pub(crate) fn len(&self) -> usize {
        self.cells.iter().flatten().map(|branch| branch.ncomp).sum()
    }

    /// The branches of a cell that have children, in order; each is followed by a branchpoint.
    pub(crate) fn parents(cell: &[Neurite]) -> Vec<usize> {
        let mut parents: Vec<_> = cell.iter().filter_map(|branch| branch.parent).collect();
        parents.sort_unstable();
        parents.dedup();
        parents
    }

    /// The address of every compartment. The nodes of a cell are its compartments, branch by
    /// branch, and then its branchpoints.
    pub(crate) fn addresses(&self) -> Vec<Address> {
        let mut addresses = Vec::with_capacity(self.len());
        let (mut branch, mut node) = (0, 0);
        for (cell, branches) in self.cells.iter().enumerate() {
            for neurite in branches {
                addresses.extend((0..neurite.ncomp).map(|n| Address {
                    cell,
                    branch,
                    node: node + n,
                }));
                branch += 1;
                node += neurite.ncomp;
            }
            node += Self::parents(branches).len();
        }
        addresses
    }

    /// The channels and pumps that have the state or the current `state`.
    pub(crate) fn carriers(&self, state: &str) -> impl Iterator<Item = &Inserted> {
        self.channels.iter().filter(move |Inserted { mechanism, .. }| {
            has_key(mechanism.kind.keys().states, &mechanism.name, state)
                || mechanism.current() == state
        })
    }

    /// Whether something has the state or the current `state`.
    pub(crate) fn has_state(&self, state: &str) -> bool {
        state == "v" || self.carriers(state).next().is_some() || self.synapse_of(state).is_some()
    }

    /// The error that says that nothing has the state or the current `state`.
    pub(crate) fn unknown_state(&self, place: &str, state: &str) -> CableError {
        let under = |keys: &[Key], name: &str| -> Vec<String> {
            keys.iter().filter(|key| key.comes_with_it()).map(|key| key.under(name)).collect()
        };
        let mut known = BTreeSet::from(["v".to_owned()]);
        for Inserted { mechanism, .. } in &self.channels {
            known.extend(under(mechanism.kind.keys().states, &mechanism.name));
            known.insert(mechanism.current());
        }
        for Connected { mechanism, .. } in &self.synapses {
            known.extend(under(mechanism.kind.keys().states, &mechanism.name));
            known.insert(format!("i_{}", mechanism.name));
        }
        CableError::unknown_state(place, state, known)
    }

    /// The type of synapse that has the state or the current `state`.
    pub(crate) fn synapse_of(&self, state: &str) -> Option<usize> {
        self.synapses.iter().position(|connected| {
            let Named { kind, name, .. } = &connected.mechanism;
            has_key(kind.keys().states, name, state)
                || state.strip_prefix("i_").is_some_and(|current| current == name)
        })
    }
}

/// Checks that a module of `len` compartments in `count` parts is not empty and that memory can
/// hold it.
fn check_size(name: &str, part: &str, len: usize, count: usize) -> Result<(), CableError> {
    if len == 0 {
        return Err(CableError::empty(name, part));
    }
    if len <= MAX_COMPARTMENTS {
        return Ok(());
    }
    let text = format!(
        "the {name} would have {len} compartments in {count} parts: give at most \
         {MAX_COMPARTMENTS} compartments"
    );
    Err(CableError::new(ErrorKind::Value, text))
}

/// The error that says that two different kinds of mechanisms are called `name`.
pub(crate) fn two_kinds(place: &str, name: &str) -> CableError {
    CableError::conflict(format!(
        "{place} has another kind of mechanism whose NAME is '{name}' already: give one of them another"
    ))
}

/// The error that says that `ncomp` of a branch or a cell makes too many compartments.
pub(crate) fn too_many(module: &'static str, ncomp: usize) -> CableError {
    let allowed = "so many that there are at most 10000000 compartments";
    CableError::value("ncomp", module, ncomp, allowed)
}

/// Checks that a channel and a type of synapse share neither the name nor the current, and that the
/// current of the synapse is not a state of the channel, as `i_Ca` is a state of a pump. `kind` is the
/// one that is added, and `other` the one that is there already.
pub(crate) fn check_names(
    channel: &Named<ChannelKind>,
    synapse: &Named<SynapseKind>,
    kind: &'static str,
    other: &'static str,
    place: &str,
) -> Result<(), CableError> {
    let current = format!("i_{}", synapse.name);
    let taken = channel.current() == current
        || has_key(channel.kind.keys().states, &channel.name, &current);
    if channel.name != synapse.name && !taken {
        return Ok(());
    }
    Err(CableError::clash(place, &synapse.name, kind, other))
}

fn has_key(keys: &[Key], name: &str, wanted: &str) -> bool {
    keys.iter().any(|key| key.comes_with_it() && key.under(name) == wanted)
}
