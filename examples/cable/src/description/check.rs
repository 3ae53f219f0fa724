//! The checks of a description before a module is built from it: names and indices exist, nothing
//! occurs twice, lists that belong together have one length, and the numbers allow a step.
//!
//! The arrays, the edges as a graph and the keys of mechanisms are checked where they are resolved.

use crate::arrays::owner::Owner;
use crate::arrays::table::ArrayTable;
use crate::description::edge::Edge;
use crate::description::export::{Channel, Export, External, Synapse};
use crate::description::geometry::{AXIAL_KEYS, Cylinder, is_geometry};
use crate::description::limits::{
    check_derived, check_rows, check_series, check_steps, check_time_step, check_value, ends_early,
};
use crate::description::setting::Setting;
use crate::error::{CableError, ErrorKind, Place, Short};
use crate::states::{Params, Scalar};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Display;

impl Export {
    /// Checks names, indices, numbers and the lengths of lists. `states` has all states and
    /// currents.
    pub(crate) fn check(&self, states: &ArrayTable) -> Result<(), CableError> {
        check_time_step(self.delta_t)?;
        check_steps(Place::Module, self.steps)?;
        unique("branchpoints", &self.branchpoints)?;
        for &node in &self.branchpoints {
            Owner::Nodes(self.nodes).check_index(|| "branchpoints", node)?;
        }
        let branchpoints = self.branchpoints.iter().copied().collect();
        self.check_mechanisms(&branchpoints)?;
        self.check_numbers(&branchpoints)?;
        self.check_edges(&branchpoints)?;
        for (name, external) in &self.externals {
            self.check_external(name, external, &branchpoints, states)?;
        }
        self.trainables.iter().try_for_each(|trainable| self.check_setting(trainable))?;
        check_used(&self.trainables)?;
        check_rows("recordings", self.recordings.len(), self.steps)?;
        let synapses = self.num_synapses();
        for (index, recording) in self.recordings.iter().enumerate() {
            let owner = owner_of(states, &recording.state, &Place::Recording(index))?;
            counted(owner, synapses).check_index(|| Place::Recording(index), recording.index)?;
        }
        Ok(())
    }

    fn check_mechanisms(&self, branchpoints: &BTreeSet<usize>) -> Result<(), CableError> {
        let names = self.channels.iter().map(|channel| &channel.mechanism.name);
        unique("channels", names)?;
        let names = self.synapses.iter().map(|synapse| &synapse.mechanism.name);
        unique("synapses", names)?;
        let currents = self.synapses.iter().map(|synapse| &synapse.mechanism.current);
        unique("synapses", currents)?;
        let names = self.membrane_current_names.iter().chain(&self.synapse_current_names);
        unique("the list of currents", names)?;

        let listed = |names: &'_ [String]| -> BTreeSet<String> { names.iter().cloned().collect() };
        let membrane = listed(&self.membrane_current_names);
        for channel in &self.channels {
            let place = Place::Channel(&channel.mechanism.name);
            let current = &channel.mechanism.current;
            check_listed(&place, current, "membrane_current_names", &membrane)?;
            self.check_compartments(&place, &channel.nodes, branchpoints)?;
            unique(place, &channel.nodes)?;
        }
        let synaptic = listed(&self.synapse_current_names);
        for synapse in &self.synapses {
            let place = Place::Synapse(&synapse.mechanism.name);
            let current = &synapse.mechanism.current;
            check_listed(&place, current, "synapse_current_names", &synaptic)?;
            CableError::same_length(
                place,
                synapse.post.len(),
                synapse.pre.len(),
                "presynaptic nodes",
            )?;
            self.check_compartments(&place, &synapse.pre, branchpoints)?;
            self.check_compartments(&place, &synapse.post, branchpoints)?;
        }
        Ok(())
    }

    /// Checks the parameters and states where something has them: NaN says that nothing has. Also
    /// what follows from them and a step divides by.
    fn check_numbers(&self, branchpoints: &BTreeSet<usize>) -> Result<(), CableError> {
        let compartments: Vec<_> =
            (0..self.nodes).filter(|node| !branchpoints.contains(node)).collect();
        let geometry = GEOMETRY.into_iter().chain(AXIAL_KEYS).chain(Cylinder::<f64>::KEYS);
        check_live(&Place::Module, &self.params, geometry, &compartments, "node")?;
        check_live(&Place::Module, &self.states, ["v"], &compartments, "node")?;
        for Channel { mechanism, nodes } in &self.channels {
            let place = Place::Channel(&mechanism.name);
            let [params, states] = [&mechanism.params, &mechanism.states];
            check_live(&place, &self.params, params.iter().map(String::as_str), nodes, "node")?;
            check_live(&place, &self.states, states.iter().map(String::as_str), nodes, "node")?;
        }
        for Synapse { mechanism, pre, .. } in &self.synapses {
            let place = Place::Synapse(&mechanism.name);
            let all: Vec<_> = (0..pre.len()).collect();
            let [params, states] = [&mechanism.params, &mechanism.states];
            check_live(&place, &self.params, params.iter().map(String::as_str), &all, "synapse")?;
            check_live(&place, &self.states, states.iter().map(String::as_str), &all, "synapse")?;
        }
        let rates = self.axial_conductances.iter().copied();
        check_membranes(&self.params, compartments.into_iter())?;
        self.check_rates(rates)
    }

    /// Checks the axial conductances, one for each edge.
    fn check_rates(&self, rates: impl Iterator<Item = f64>) -> Result<(), CableError> {
        for (index, (rate, edge)) in rates.zip(&self.edges).enumerate() {
            let name = || {
                let (source, sink) = (edge.source, edge.sink);
                format!("the axial conductance of edge {index} ({source} -> {sink})")
            };
            if rate == 0.0 && self.has_infinite_load(edge) {
                let text = format!(
                    "{} is 0, as a resistive load there is infinite: where a point of an SWC file has \
                     a radius of 0, give the smallest one by min_radius(..)",
                    name()
                );
                return Err(CableError::new(ErrorKind::Value, text));
            }
            let from = "radius, length, axial_resistivity and capacitance of its ends";
            check_derived(name, from, rate)?;
        }
        Ok(())
    }

    /// Whether a resistive load at an end of the edge is infinite.
    fn has_infinite_load(&self, edge: &Edge) -> bool {
        let loads = ["resistive_load_in", "resistive_load_out"].map(|key| self.params.get(key));
        let mut ends = loads.into_iter().flatten().flat_map(|load| {
            [edge.source, edge.sink].map(|node| load.get(node).copied().unwrap_or(0.0))
        });
        ends.any(|load| load == f64::INFINITY)
    }

    /// Checks what follows from parameters that were changed: the geometry at the nodes of
    /// `changed` and all axial conductances.
    pub(crate) fn check_changed<T: Scalar>(
        &self,
        changed: &[Setting<T>],
        params: &Params<T>,
    ) -> Result<(), CableError> {
        for setting in changed.iter().filter(|setting| is_geometry(&setting.key)) {
            let nodes = || setting.indices.iter().flatten().copied();
            // Other keys change none of these; a load of an SWC file may be infinite.
            let derived =
                if GEOMETRY.contains(&&*setting.key) { &Cylinder::<T>::KEYS[..] } else { &[] };
            for node in nodes() {
                for key in derived {
                    let name = || format!("'{key}' of node {node}");
                    check_derived(name, "radius and length", params[*key][node].re())?;
                }
            }
            check_membranes(params, nodes())?;
        }
        let rates = params[Self::AXIAL].mapv(|rate| rate.re());
        self.check_rates(rates.into_iter())
    }

    /// Checks that the kinds of edges agree with the branchpoints, and that each branchpoint has
    /// edges.
    fn check_edges(&self, branchpoints: &BTreeSet<usize>) -> Result<(), CableError> {
        let found = self.axial_conductances.len();
        CableError::same_length("axial_conductances", found, self.edges.len(), "edges")?;
        let mut lone = branchpoints.clone();
        for (index, edge) in self.edges.iter().enumerate() {
            let ends = [edge.source, edge.sink].map(|node| branchpoints.contains(&node));
            if ends != edge.kind.branchpoints() {
                return Err(edge.wrong_kind(index));
            }
            lone.remove(&edge.sink);
        }
        match lone.first() {
            Some(node) => Err(CableError::conflict(format!(
                "branchpoint {node} has no edges: connect it or make it a compartment"
            ))),
            None => Ok(()),
        }
    }

    /// Checks that the module has what a setting is for, and that the values are allowed.
    pub(crate) fn check_setting<T: Scalar>(&self, setting: &Setting<T>) -> Result<(), CableError> {
        let Setting { key, indices, values } = setting;
        let place = || Place::Param(key);
        let arrays = [self.params.get(key), self.states.get(key)];
        if arrays.iter().all(Option::is_none) {
            let known = self.params.keys().chain(self.states.keys());
            return Err(CableError::unknown(Place::Module, key, known));
        }
        CableError::same_length(place(), values.len(), indices.len(), "groups of indices")?;
        for (index, value) in values.iter().map(T::re).enumerate() {
            let name = || format!("{}[{index}]", Short(key));
            check_value(key, name, "the parameters", value)?;
        }
        let shortest = arrays.iter().flatten().map(|array| array.len()).min().unwrap_or(0);
        if let Some(&index) = indices.iter().flatten().find(|&&index| index >= shortest) {
            return Err(CableError::index(place(), index, shortest, "values"));
        }
        let needed =
            ["radius", "length"].into_iter().chain(Cylinder::<f64>::KEYS).chain(AXIAL_KEYS);
        for needed in needed.filter(|_| is_geometry(key)) {
            if self.params.get(needed).is_none_or(|array| array.len() != self.nodes) {
                return Err(CableError::missing(place(), Place::Param(needed)));
            }
        }
        Ok(())
    }

    fn check_external(
        &self,
        name: &str,
        external: &External,
        branchpoints: &BTreeSet<usize>,
        states: &ArrayTable,
    ) -> Result<(), CableError> {
        let place = Place::External(name);
        let owner = if name == External::STIMULUS {
            Owner::Nodes(self.nodes)
        } else {
            // Stimuli add up; two clamps of one value contradict each other.
            unique(place, &external.nodes)?;
            owner_of(states, name, &place)?
        };
        if external.values.len() != external.nodes.len() {
            let (found, expected) = (external.values.len(), external.nodes.len());
            return Err(CableError::length(place, found, expected, External::PER));
        }
        for (row, values) in external.values.iter().enumerate() {
            if values.len() < self.steps.max(1) {
                return Err(ends_early(place, row, values.len(), self.steps));
            }
        }
        check_series(Place::Module, name, &external.values)?;
        match owner {
            Owner::Nodes(_) => self.check_compartments(&place, &external.nodes, branchpoints),
            Owner::Synapses(_) | Owner::Edges(_) => {
                let counted = counted(owner, self.num_synapses());
                external.nodes.iter().try_for_each(|&at| counted.check_index(|| &place, at))
            }
        }
    }

    fn num_synapses(&self) -> usize {
        self.synapses.iter().map(|synapse| synapse.pre.len()).sum()
    }

    /// Checks that the nodes that `place` lists are compartments.
    pub(crate) fn check_compartments(
        &self,
        place: &Place<'_>,
        nodes: &[usize],
        branchpoints: &BTreeSet<usize>,
    ) -> Result<(), CableError> {
        for &node in nodes {
            Owner::Nodes(self.nodes).check_index(|| place, node)?;
            if branchpoints.contains(&node) {
                return Err(CableError::conflict(format!(
                    "{place} is at node {node}, which is a branchpoint: move it to a compartment"
                )));
            }
        }
        Ok(())
    }
}

/// Checks that each call of `make_trainable` made something trainable: where two calls meet, the
/// later one counts.
fn check_used(trainables: &[Setting<f64>]) -> Result<(), CableError> {
    let mut taken: HashMap<(&str, usize), usize> = HashMap::new();
    for (call, Setting { key, indices, .. }) in trainables.iter().enumerate().rev() {
        let later = |index: &usize| taken.get(&(&**key, *index)).copied();
        if let Some(Some(later)) = indices.iter().flatten().map(later).min() {
            return Err(CableError::conflict(format!(
                "'{}' is made trainable by call {call} of make_trainable, and everywhere again from call \
                 {later} on, which replaces it: make it trainable once, after delete_trainables",
                Short(key)
            )));
        }
        for &index in indices.iter().flatten() {
            taken.entry((key, index)).or_insert(call);
        }
    }
    Ok(())
}

/// The parameters that the geometry of a compartment follows from.
const GEOMETRY: [&str; 2] = ["radius", "length"];

/// Checks by how much 1 nA charges the membrane of each of `compartments` in 1 ms.
fn check_membranes<T: Scalar>(
    params: &Params<T>,
    mut compartments: impl Iterator<Item = usize>,
) -> Result<(), CableError> {
    let [area, capacitance] = ["area", "capacitance"].map(|key| params[key].view());
    compartments.try_for_each(|node| {
        let charge = 1e5 / area[node].re() / capacitance[node].re();
        let name = || format!("the voltage (mV) that 1 nA adds to node {node} in 1 ms");
        check_derived(name, "area and capacitance", charge)
    })
}

/// Checks the arrays under those of `keys` that exist, at the indices `at`, which `per` counts.
fn check_live<'k>(
    place: &Place<'_>,
    arrays: &Params<f64>,
    keys: impl IntoIterator<Item = &'k str>,
    at: &[usize],
    per: &str,
) -> Result<(), CableError> {
    for (key, array) in keys.into_iter().filter_map(|key| Some((key, arrays.get(key)?))) {
        let value = |&index: &usize| Some((index, *array.get(index)?));
        for (index, value) in at.iter().filter_map(value) {
            let name = || format!("'{}' at {per} {index}", Short(key));
            check_value(key, name, place, value)?;
        }
    }
    Ok(())
}

/// What the indices of externals and recordings count: nodes, or, as in Jaxley, the `synapses` of
/// all types together.
fn counted(owner: Owner, synapses: usize) -> Owner {
    match owner {
        Owner::Nodes(_) | Owner::Edges(_) | Owner::Synapses(0) => owner,
        Owner::Synapses(_) => Owner::Synapses(synapses),
    }
}

fn owner_of(states: &ArrayTable, state: &str, place: &Place<'_>) -> Result<Owner, CableError> {
    let slot = states.find(state).map(|slot| states.owner(slot));
    slot.ok_or_else(|| CableError::unknown_state(place, state, states.keys()))
}

fn check_listed(
    place: &Place<'_>,
    current: &str,
    list: &str,
    names: &BTreeSet<String>,
) -> Result<(), CableError> {
    if names.contains(current) {
        return Ok(());
    }
    let current = Short(current);
    Err(CableError::conflict(format!(
        "{place} has the current '{current}', which {list} lacks: add it there"
    )))
}

pub(crate) fn unique<T: Ord + Display>(
    place: impl Display,
    entries: impl IntoIterator<Item = T>,
) -> Result<(), CableError> {
    let mut seen = BTreeSet::new();
    for entry in entries {
        let text = entry.to_string();
        if !seen.insert(entry) {
            return Err(CableError::duplicate(place, Short(&text)));
        }
    }
    Ok(())
}
