use crate::arrays::table::ArrayTable;
use crate::description::export::{Channel, Export, Mechanism, Synapse};
use crate::error::{CableError, Place, list};
use crate::kinds::Kinds;
use crate::mechanism::code::Code;
use crate::mechanism::keys::{Key, Keys};
use crate::step::forest::Forest;
use crate::step::order::{Order, Unplaced};
use crate::step::voltages::Voltages;
use std::collections::BTreeSet;

impl Export {
    /// What a step of the module does, with mechanisms of these kinds.
    pub(crate) fn order(
        &self,
        kinds: &Kinds,
        states: &ArrayTable,
        params: &ArrayTable,
    ) -> Result<Order, CableError> {
        let find = |code: &'static Code, mechanism: &Mechanism, place: &Place<'_>| {
            let located = Located::new(code.keys, mechanism, place, params, states)?;
            let start = located.params.into_iter().map(|array| params.start(array));
            Ok::<_, CableError>(Unplaced {
                code,
                own: Vec::new(),
                ends: None,
                states: located.states,
                params: start.collect(),
                driven: states.need(code.ion.unwrap_or("v"), place)?,
                current: states.need(&mechanism.current, place)?,
            })
        };
        let membrane = |channel: &Channel| {
            let place = Place::Channel(&channel.mechanism.name);
            let kind = kinds.find_channel(&channel.mechanism.kind, &place)?;
            let unplaced = find(kind.code(), &channel.mechanism, &place)?;
            Ok::<_, CableError>(Unplaced { own: channel.nodes.clone(), ..unplaced })
        };
        let contact = |synapse: &Synapse| {
            let place = Place::Synapse(&synapse.mechanism.name);
            let kind = kinds.find_synapse(&synapse.mechanism.kind, &place)?;
            let unplaced = find(kind.code(), &synapse.mechanism, &place)?;
            let ends = Some([synapse.pre.clone(), synapse.post.clone()]);
            Ok::<_, CableError>(Unplaced {
                own: (0..synapse.pre.len()).collect(),
                ends,
                ..unplaced
            })
        };
        let membranes = self.channels.iter().map(membrane).collect::<Result<_, _>>()?;
        let contacts = self.synapses.iter().map(contact).collect::<Result<_, _>>()?;
        let currents = self.membrane_current_names.iter();
        let currents = currents.map(|name| states.need(name, &Place::Module));
        let currents = currents.collect::<Result<Vec<_>, _>>()?;
        let voltage = states.need("v", &Place::Module)?;
        let param = |key| params.need(key, &Place::Module).map(|array| params.start(array));
        let [to_branchpoints, to_compartments] = Voltages::pulls(&self.edges);
        let branchpoints: BTreeSet<_> = self.branchpoints.iter().copied().collect();
        let voltages = Voltages {
            forest: Forest::new(self.nodes, &self.edges)?,
            nodes: self.nodes,
            compartments: (0..self.nodes).filter(|node| !branchpoints.contains(node)).collect(),
            branchpoints: branchpoints.into_iter().collect(),
            to_branchpoints,
            to_compartments,
            v: 0,
            slope: 0,
            constant: 0,
            capacitance: param("capacitance")?,
            rates: param(Export::AXIAL)?,
        };
        let area = param("area")?;
        Ok(Order::new(states, area, membranes, contacts, &currents, voltage, voltages))
    }
}

/// Where the arrays of one mechanism are, in the order of its [`Keys`].
#[derive(Clone, Debug)]
struct Located {
    params: Vec<usize>,
    states: Vec<usize>,
}

impl Located {
    /// Finds the arrays of a mechanism whose kind has these keys, and checks that it lists just
    /// them.
    fn new(
        keys: Keys,
        mechanism: &Mechanism,
        place: &Place<'_>,
        params: &ArrayTable,
        states: &ArrayTable,
    ) -> Result<Self, CableError> {
        let own: BTreeSet<_> = keys.params.iter().chain(keys.states).copied().map(key_of).collect();
        if own.len() < keys.params.len() + keys.states.len() {
            let kind = &mechanism.kind;
            return Err(CableError::conflict(format!(
                "{place} is of kind '{kind}', which has a key twice among its PARAMS and STATES: \
                 rename one"
            )));
        }
        let under = |key: &Key| key.under(&mechanism.name);
        let find = |keys: &[Key], field, listed: &[String], slots: &ArrayTable| {
            let expected = keys.iter().filter(|key| key.comes_with_it()).map(under);
            let (mut expected, mut listed) = (expected.collect::<Vec<_>>(), listed.to_owned());
            expected.sort_unstable();
            listed.sort_unstable();
            if listed != expected {
                let (kind, listed, expected) = (&mechanism.kind, list(listed), list(expected));
                return Err(CableError::conflict(format!(
                    "{place} lists the {field} [{listed}], but kind '{kind}' has [{expected}]: \
                     list those"
                )));
            }
            keys.iter().map(|key| slots.need(&under(key), place)).collect()
        };
        Ok(Self {
            params: find(keys.params, "params", &mechanism.params, params)?,
            states: find(keys.states, "states", &mechanism.states, states)?,
        })
    }
}

/// The key of a parameter or a state without the name of its mechanism, and whether it has one.
fn key_of(key: Key) -> (bool, String) {
    (matches!(key, Key::Own(..)), key.under(""))
}
