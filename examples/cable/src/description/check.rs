//! What has to hold between the fields of an export before a module is built from it: names and
//! indices exist, nothing occurs twice, and lists that belong together have one length.
//!
//! The arrays, the edges as a graph and the equations are checked where they are resolved.

use crate::arrays::numbered::Slots;
use crate::arrays::owner::Home;
use crate::build_error::BuildError;
use crate::description::export::{Channel, Export, External, Synapse};
use crate::description::geometry::{AXIAL_KEYS, Cylinder, is_geometry};
use crate::description::setting::Setting;
use crate::error::{CableError, EdgeProblem};
use crate::place::Place;
use crate::states::{Params, Scalar};
use std::collections::BTreeSet;
use std::fmt::Display;

/// Checks that a time step (ms) is positive and finite.
pub(crate) fn check_time_step(delta_t: f64) -> Result<(), CableError> {
    if delta_t > 0.0 && delta_t.is_finite() {
        Ok(())
    } else {
        Err(CableError::TimeStep { delta_t })
    }
}

/// How many steps a module may take, and a stimulus have values for: 8 bytes each are 0.8 GB.
pub(crate) const MAX_STEPS: usize = 100_000_000;

/// How many compartments [`Branch::new`](crate::Branch::new) and
/// [`Cell::from_swc`](crate::Cell::from_swc) make: about 1 GB.
pub(crate) const MAX_COMPARTMENTS: usize = 10_000_000;

/// Checks that there are not so many steps that memory cannot hold what they take.
fn check_steps(steps: usize) -> Result<(), CableError> {
    if steps <= MAX_STEPS {
        return Ok(());
    }
    let (place, key, value) = (Place::Module, "steps".to_owned(), steps as f64);
    Err(BuildError::Value { place, key, value, allowed: "at most 100000000" }.into())
}

/// What is allowed for the parameter or the state `key`, if `value` is not.
fn allowed_instead(key: &str, value: f64) -> Option<&'static str> {
    let positive = is_geometry(key) || Cylinder::<f64>::KEYS.contains(&key);
    if value.is_finite() && (value > 0.0 || !positive) {
        return None;
    }
    Some(if positive { "a positive, finite number" } else { "a finite number" })
}

/// Checks a value that is to be set for `key`.
pub(crate) fn check_value(place: &Place, key: &str, value: f64) -> Result<(), CableError> {
    let Some(allowed) = allowed_instead(key, value) else { return Ok(()) };
    Err(BuildError::Value { place: place.clone(), key: key.to_owned(), value, allowed }.into())
}

/// Checks that all values of a stimulus or a clamp, called `key` in errors, are finite.
pub(crate) fn check_series(place: &Place, key: &str, rows: &[Vec<f64>]) -> Result<(), CableError> {
    for (row, values) in rows.iter().enumerate() {
        if let Some(step) = values.iter().position(|value| !value.is_finite()) {
            let key = format!("'{key}' in row {row} at step {step}");
            let (place, value, allowed) = (place.clone(), values[step], "a finite number");
            return Err(BuildError::Value { place, key, value, allowed }.into());
        }
    }
    Ok(())
}

impl Export {
    /// Checks names, indices and the lengths of lists, once the states are known.
    pub(crate) fn check(&self, states: &Slots) -> Result<(), CableError> {
        check_time_step(self.delta_t)?;
        check_steps(self.steps)?;
        unique(&Place::Field("branchpoints"), &self.branchpoints)?;
        for &node in &self.branchpoints {
            Home::Nodes(self.nodes).check_index(|| Place::Field("branchpoints"), node)?;
        }
        let branchpoints = self.branchpoints.iter().copied().collect();
        self.check_mechanisms(&branchpoints)?;
        self.check_numbers(&branchpoints)?;
        self.check_edges(&branchpoints)?;
        for (name, external) in &self.externals {
            self.check_external(name, external, &branchpoints, states)?;
        }
        self.trainables.iter().try_for_each(|trainable| self.check_setting(trainable))?;
        for (index, recording) in self.recordings.iter().enumerate() {
            let home = home_of(states, &recording.state, Place::Recording(index))?;
            self.counted(home).check_index(|| Place::Recording(index), recording.index)?;
        }
        Ok(())
    }

    fn check_mechanisms(&self, branchpoints: &BTreeSet<usize>) -> Result<(), CableError> {
        let names = self.channels.iter().map(|channel| &channel.mechanism.name);
        unique(&Place::Field("channels"), names)?;
        let names = self.synapses.iter().map(|synapse| &synapse.mechanism.name);
        unique(&Place::Field("synapses"), names)?;
        let currents = self.synapses.iter().map(|synapse| &synapse.mechanism.current);
        unique(&Place::Field("synapses"), currents)?;
        let names = self.membrane_current_names.iter().chain(&self.synapse_current_names);
        unique(&Place::Field("the list of currents"), names)?;

        for channel in &self.channels {
            let place = Place::Channel(channel.mechanism.name.clone());
            listed(
                &place,
                &channel.mechanism.current,
                "membrane_current_names",
                &self.membrane_current_names,
            )?;
            self.check_compartments(&place, &channel.nodes, branchpoints)?;
            unique(&place, &channel.nodes)?;
        }
        for synapse in &self.synapses {
            let place = Place::Synapse(synapse.mechanism.name.clone());
            listed(
                &place,
                &synapse.mechanism.current,
                "synapse_current_names",
                &self.synapse_current_names,
            )?;
            same_length(place.clone(), synapse.post.len(), synapse.pre.len(), "presynaptic nodes")?;
            self.check_compartments(&place, &synapse.pre, branchpoints)?;
            self.check_compartments(&place, &synapse.post, branchpoints)?;
        }
        Ok(())
    }

    /// Checks that parameters and states are finite where something has them: NaN says that nothing
    /// has.
    fn check_numbers(&self, branchpoints: &BTreeSet<usize>) -> Result<(), CableError> {
        let compartments: Vec<_> =
            (0..self.nodes).filter(|node| !branchpoints.contains(node)).collect();
        let [area, capacitance, v] = ["area", "capacitance", "v"].map(str::to_owned);
        check_live(Place::Module, &self.params, &[area, capacitance], &compartments, "node")?;
        check_live(Place::Module, &self.states, &[v], &compartments, "node")?;
        for Channel { mechanism, nodes } in &self.channels {
            let place = || Place::Channel(mechanism.name.clone());
            check_live(place(), &self.params, &mechanism.params, nodes, "node")?;
            check_live(place(), &self.states, &mechanism.states, nodes, "node")?;
        }
        for Synapse { mechanism, pre, .. } in &self.synapses {
            let (place, all) = (|| Place::Synapse(mechanism.name.clone()), 0..pre.len());
            let all: Vec<_> = all.collect();
            check_live(place(), &self.params, &mechanism.params, &all, "synapse")?;
            check_live(place(), &self.states, &mechanism.states, &all, "synapse")?;
        }
        Ok(())
    }

    /// Checks that the edges' types say which of their ends are branchpoints, and that no
    /// branchpoint is without edges.
    fn check_edges(&self, branchpoints: &BTreeSet<usize>) -> Result<(), CableError> {
        let place = Place::Field("axial_conductances");
        same_length(place, self.axial_conductances.len(), self.edges.len(), "edges")?;
        let mut lone = branchpoints.clone();
        for (index, edge) in self.edges.iter().enumerate() {
            let ends = [edge.source, edge.sink].map(|node| branchpoints.contains(&node));
            let fits = match ends {
                [false, false] => edge.kind == 0,
                [true, false] => edge.kind == 1 || edge.kind == 2,
                [false, true] => edge.kind == 3 || edge.kind == 4,
                [true, true] => false,
            };
            if !fits {
                return Err(edge.error(index, EdgeProblem::Type { found: edge.kind }));
            }
            lone.remove(&edge.sink);
        }
        match lone.first() {
            Some(&node) => Err(CableError::LoneBranchpoint { node }),
            None => Ok(()),
        }
    }

    /// Checks that a setting is for something the module has, and its values.
    pub(crate) fn check_setting<T: Scalar>(&self, setting: &Setting<T>) -> Result<(), CableError> {
        let Setting { key, indices, values } = setting;
        let place = || Place::Param(key.clone());
        let arrays = [self.params.get(key), self.states.get(key)];
        if arrays.iter().all(Option::is_none) {
            let known = self.params.keys().chain(self.states.keys()).cloned().collect();
            return Err(BuildError::NoKey { place: Place::Module, key: key.clone(), known }.into());
        }
        same_length(place(), values.len(), indices.len(), "groups of indices")?;
        for (index, value) in values.iter().map(T::re).enumerate() {
            if let Some(allowed) = allowed_instead(key, value) {
                let (place, key) = (Place::Field("the parameters"), format!("{key}[{index}]"));
                return Err(BuildError::Value { place, key, value, allowed }.into());
            }
        }
        let shortest = arrays.iter().flatten().map(|array| array.len()).min().unwrap_or(0);
        if let Some(&index) = indices.iter().flatten().find(|&&index| index >= shortest) {
            let (len, per) = (shortest, "values");
            return Err(CableError::Index { place: place(), index, len, per });
        }
        let needed =
            ["radius", "length"].into_iter().chain(Cylinder::<f64>::KEYS).chain(AXIAL_KEYS);
        for needed in needed.filter(|_| is_geometry(key)) {
            if self.params.get(needed).is_none_or(|array| array.len() != self.nodes) {
                let array = Place::Param(needed.to_owned());
                return Err(CableError::Missing { place: place(), array });
            }
        }
        Ok(())
    }

    fn check_external(
        &self,
        name: &str,
        external: &External,
        branchpoints: &BTreeSet<usize>,
        states: &Slots,
    ) -> Result<(), CableError> {
        let place = Place::External(name.to_owned());
        let home = if name == External::STIMULUS {
            Home::Nodes(self.nodes)
        } else {
            // Stimuli add up; two clamps of one value contradict each other.
            unique(&place, &external.nodes)?;
            home_of(states, name, place.clone())?
        };
        if external.values.len() != external.nodes.len() {
            return Err(External::wrong_count(name, external.values.len(), external.nodes.len()));
        }
        for (row, values) in external.values.iter().enumerate() {
            if values.len() < self.steps.max(1) {
                let (external, values, steps) = (name.to_owned(), values.len(), self.steps);
                return Err(CableError::Short { external, row, values, steps });
            }
        }
        check_series(&Place::Module, name, &external.values)?;
        match home {
            Home::Nodes(_) => self.check_compartments(&place, &external.nodes, branchpoints),
            Home::Synapses(_) | Home::Edges(_) => external
                .nodes
                .iter()
                .try_for_each(|&synapse| self.counted(home).check_index(|| place.clone(), synapse)),
        }
    }

    /// What the indices of externals and recordings count: nodes, or, as in Jaxley, the synapses of
    /// all types together.
    fn counted(&self, home: Home) -> Home {
        match home {
            Home::Nodes(_) | Home::Edges(_) | Home::Synapses(0) => home,
            Home::Synapses(_) => {
                Home::Synapses(self.synapses.iter().map(|synapse| synapse.pre.len()).sum())
            }
        }
    }

    fn check_compartments(
        &self,
        place: &Place,
        nodes: &[usize],
        branchpoints: &BTreeSet<usize>,
    ) -> Result<(), CableError> {
        for &node in nodes {
            Home::Nodes(self.nodes).check_index(|| place.clone(), node)?;
            if branchpoints.contains(&node) {
                return Err(CableError::OnBranchpoint { place: place.clone(), node });
            }
        }
        Ok(())
    }
}

/// Checks that the arrays under `keys` are finite at the places `at`, which `per` counts.
fn check_live(
    place: Place,
    arrays: &Params<f64>,
    keys: &[String],
    at: &[usize],
    per: &'static str,
) -> Result<(), CableError> {
    for (key, array) in keys.iter().filter_map(|key| Some((key, arrays.get(key)?))) {
        if let Some(&index) = at.iter().find(|&&index| !array[index].is_finite()) {
            let (key, value) = (format!("'{key}' at {per} {index}"), array[index]);
            let allowed = "a finite number";
            return Err(BuildError::Value { place, key, value, allowed }.into());
        }
    }
    Ok(())
}

fn home_of(states: &Slots, state: &str, place: Place) -> Result<Home, CableError> {
    let slot = states.find(state).map(|slot| states.home(slot));
    slot.ok_or_else(|| {
        let known = states.keys().map(str::to_owned).collect();
        CableError::UnknownState { place, state: state.to_owned(), known }
    })
}

fn same_length(
    place: Place,
    found: usize,
    expected: usize,
    per: &'static str,
) -> Result<(), CableError> {
    if found == expected { Ok(()) } else { Err(CableError::Length { place, found, expected, per }) }
}

fn listed(
    place: &Place,
    current: &str,
    list: &'static str,
    names: &[String],
) -> Result<(), CableError> {
    if names.iter().any(|name| name == current) {
        return Ok(());
    }
    Err(CableError::UnlistedCurrent { place: place.clone(), current: current.to_owned(), list })
}

fn unique<T: Ord + Display>(
    place: &Place,
    entries: impl IntoIterator<Item = T>,
) -> Result<(), CableError> {
    let mut seen = BTreeSet::new();
    for entry in entries {
        let text = entry.to_string();
        if !seen.insert(entry) {
            return Err(CableError::Duplicate { place: place.clone(), entry: text });
        }
    }
    Ok(())
}
