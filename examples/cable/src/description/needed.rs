//! Which arrays a module needs, and what each has one value for: all nodes, or the synapses of one
//! type.

use crate::arrays::owner::Owner;
use crate::arrays::table::ArrayTable;
use crate::description::export::{Export, Mechanism};
use crate::error::{CableError, Place, Short};
use ndarray::Array1;
use std::collections::BTreeMap;

/// An array that something needs.
struct Need<'a> {
    user: Place<'a>,
    key: &'a str,
    owner: Owner,
}

impl Need<'_> {
    /// Checks that the array exists and has the length that its user needs. Errors call it `place`
    /// of its key.
    fn check(
        self,
        arrays: &BTreeMap<String, Array1<f64>>,
        place: fn(&str) -> Place<'_>,
    ) -> Result<(), CableError> {
        let Self { user, key, owner } = self;
        let array = arrays.get(key).ok_or_else(|| CableError::missing(user, place(key)))?;
        owner.check(|| place(key), array.len())
    }
}

impl Export {
    /// The table of the states and the currents.
    pub(crate) fn state_table(&self) -> Result<ArrayTable, CableError> {
        let on_nodes = Owner::Nodes(self.nodes);
        for need in self.needs(&["v"], |mechanism| &mechanism.states) {
            need.check(&self.states, |key| Place::State(key))?;
        }
        let membrane = self.membrane_key_set();
        let states = self.synapses.iter().flat_map(|synapse| {
            synapse.mechanism.states.iter().map(|key| (key.as_str(), synapse.pre.len()))
        });
        let of_synapses: BTreeMap<_, _> = states.rev().collect();
        let mut owners = BTreeMap::new();
        for (key, array) in &self.states {
            let owner = match of_synapses.get(key.as_str()) {
                _ if membrane.contains(key.as_str()) => on_nodes,
                Some(&synapses) => Owner::Synapses(synapses),
                None => {
                    let text = format!(
                        "state '{}' belongs neither to nodes nor to synapses: \
                         add it to membrane_keys or to the states of its synapse",
                        Short(key)
                    );
                    return Err(CableError::conflict(text));
                }
            };
            owner.check(|| Place::State(key), array.len())?;
            owners.insert(key.clone(), owner);
        }
        let mut add_current = |name: &String, owner: Owner| {
            match owners.insert(name.clone(), owner) {
                // A current may be a state as well, as `i_Ca` is for a calcium pump.
                Some(state) => owner.check(|| Place::State(name), state.len()),
                None => Ok(()),
            }
        };
        for name in &self.membrane_current_names {
            if name == "v" {
                return Err(CableError::duplicate(Place::Module, Place::State(name)));
            }
            add_current(name, on_nodes)?;
        }
        let currents =
            self.synapses.iter().map(|synapse| (&*synapse.mechanism.current, synapse.pre.len()));
        let of_currents: BTreeMap<_, _> = currents.rev().collect();
        for name in &self.synapse_current_names {
            let Some(&synapses) = of_currents.get(name.as_str()) else {
                let text = format!(
                    "synapse_current_names has '{}', which no synapse has: remove it",
                    Short(name)
                );
                return Err(CableError::conflict(text));
            };
            add_current(name, Owner::Synapses(synapses))?;
        }
        Ok(ArrayTable::new(|key| Place::State(key), owners))
    }

    /// The table of the parameters that a step needs. The module may have others. `read` lists the
    /// names of channels with what each reads of its compartments.
    pub(crate) fn param_table(&self, read: &[(&str, &str)]) -> Result<ArrayTable, CableError> {
        let on_nodes = Owner::Nodes(self.nodes);
        let membrane = self.membrane_key_set();
        for (key, array) in &self.params {
            if membrane.contains(key.as_str()) {
                on_nodes.check(|| Place::Param(key), array.len())?;
            }
        }
        let mut owners = BTreeMap::new();
        owners.insert(Self::AXIAL.to_owned(), Owner::Edges(self.edges.len()));
        let mut needs = self.needs(&["area", "capacitance"], |mechanism| &mechanism.params);
        needs.extend(read.iter().map(|&(name, key)| {
            let user = Place::Channel(name);
            Need { user, key, owner: on_nodes }
        }));
        for need in needs {
            owners.insert(need.key.to_owned(), need.owner);
            need.check(&self.params, |key| Place::Param(key))?;
        }
        Ok(ArrayTable::new(|key| Place::Param(key), owners))
    }

    /// What the module itself and its mechanisms need.
    fn needs<'a>(
        &'a self,
        module: &[&'static str],
        keys: fn(&Mechanism) -> &Vec<String>,
    ) -> Vec<Need<'a>> {
        let owner = Owner::Nodes(self.nodes);
        let mut needs: Vec<Need<'a>> =
            module.iter().map(|&key| Need { user: Place::Module, key, owner }).collect();
        for channel in &self.channels {
            let user = Place::Channel(&channel.mechanism.name);
            let keys = keys(&channel.mechanism).iter();
            needs.extend(keys.map(|key| Need { user, key, owner }));
        }
        for synapse in &self.synapses {
            let user = Place::Synapse(&synapse.mechanism.name);
            let owner = Owner::Synapses(synapse.pre.len());
            let keys = keys(&synapse.mechanism).iter();
            needs.extend(keys.map(|key| Need { user, key, owner }));
        }
        needs
    }
}
