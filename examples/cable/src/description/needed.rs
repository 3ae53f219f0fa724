//! Which arrays a module has, and where each lives: on all nodes, or on the synapses of one type.

use crate::arrays::numbered::Slots;
use crate::arrays::owner::Home;
use crate::description::export::{Export, Mechanism};
use crate::error::CableError;
use crate::place::Place;
use ndarray::Array1;
use std::collections::BTreeMap;

/// An array that something needs: who, its key, and where it lives.
type Claim<'a> = (Place, &'a str, Home);

impl Export {
    /// Numbers the states and the currents.
    pub(crate) fn state_slots(&self) -> Result<Slots, CableError> {
        let on_nodes = Home::Nodes(self.nodes);
        for claim in self.claims(&["v"], |mechanism| &mechanism.states) {
            check_claim(claim, &self.states, Place::State)?;
        }
        let mut homes = BTreeMap::new();
        for (key, array) in &self.states {
            let synapse =
                self.synapses.iter().find(|synapse| synapse.mechanism.states.contains(key));
            let home = match synapse {
                _ if self.membrane_keys.contains(key) => on_nodes,
                Some(synapse) => Home::Synapses(synapse.pre.len()),
                None => return Err(CableError::Homeless { state: key.clone() }),
            };
            home.check(|| Place::State(key.clone()), array.len())?;
            homes.insert(key.clone(), home);
        }
        let mut add_current = |name: &String, home: Home| match homes.insert(name.clone(), home) {
            // A current may be a state as well, as `i_Ca` is for a calcium pump.
            Some(state) => home.check(|| Place::State(name.clone()), state.len()),
            None => Ok(()),
        };
        for name in &self.membrane_current_names {
            if name == "v" {
                let (place, entry) = (Place::Module, Place::State(name.clone()).to_string());
                return Err(CableError::Duplicate { place, entry });
            }
            add_current(name, on_nodes)?;
        }
        for name in &self.synapse_current_names {
            let synapse = self.synapses.iter().find(|synapse| synapse.mechanism.current == *name);
            let synapse =
                synapse.ok_or_else(|| CableError::OrphanCurrent { current: name.clone() })?;
            add_current(name, Home::Synapses(synapse.pre.len()))?;
        }
        Ok(Slots::new(Place::State, homes))
    }

    /// Numbers the parameters that a step needs; others are left alone.
    pub(crate) fn param_slots(&self) -> Result<Slots, CableError> {
        let on_nodes = Home::Nodes(self.nodes);
        for (key, array) in &self.params {
            if self.membrane_keys.contains(key) {
                on_nodes.check(|| Place::Param(key.clone()), array.len())?;
            }
        }
        let mut homes = BTreeMap::new();
        homes.insert(Self::AXIAL.to_owned(), Home::Edges(self.edges.len()));
        for claim in self.claims(&["area", "capacitance"], |mechanism| &mechanism.params) {
            homes.insert(claim.1.to_owned(), claim.2);
            check_claim(claim, &self.params, Place::Param)?;
        }
        Ok(Slots::new(Place::Param, homes))
    }

    /// The arrays of one sort that the module and its mechanisms need.
    fn claims<'a>(
        &'a self,
        module: &[&'static str],
        keys: fn(&Mechanism) -> &Vec<String>,
    ) -> Vec<Claim<'a>> {
        let mut claims: Vec<Claim<'a>> = Vec::new();
        let on_nodes = Home::Nodes(self.nodes);
        claims.extend(module.iter().map(|&key| (Place::Module, key, on_nodes)));
        for channel in &self.channels {
            let place = Place::Channel(channel.mechanism.name.clone());
            claims.extend(
                keys(&channel.mechanism).iter().map(|key| (place.clone(), key.as_str(), on_nodes)),
            );
        }
        for synapse in &self.synapses {
            let place = Place::Synapse(synapse.mechanism.name.clone());
            let home = Home::Synapses(synapse.pre.len());
            claims.extend(
                keys(&synapse.mechanism).iter().map(|key| (place.clone(), key.as_str(), home)),
            );
        }
        claims
    }
}

/// Checks that a claimed array is there and has the claimed length.
fn check_claim(
    (user, key, home): Claim<'_>,
    arrays: &BTreeMap<String, Array1<f64>>,
    place: fn(String) -> Place,
) -> Result<(), CableError> {
    let Some(array) = arrays.get(key) else {
        return Err(CableError::Missing { place: user, array: place(key.to_owned()) });
    };
    home.check(|| place(key.to_owned()), array.len())
}
