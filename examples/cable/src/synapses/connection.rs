use crate::arrays::table::{ArrayTable, Arrays, ArraysMut};
use crate::description::export;
use crate::error::{CableError, Place};
use crate::mechanism::drive::Drive;
use crate::states::Scalar;
use crate::synapses::kind::SynapseKind;
use crate::synapses::loops::Contacts;

/// The synapses of one type in a module.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    kind: SynapseKind,
    pub contacts: Contacts,
}

impl Connection {
    /// Finds the arrays of a type of synapse.
    pub fn new(
        synapse: &export::Synapse,
        params: &ArrayTable,
        states: &ArrayTable,
    ) -> Result<Self, CableError> {
        let place = Place::Synapse(&synapse.mechanism.name);
        let kind = SynapseKind::find(&synapse.mechanism.kind, &place)?;
        let contacts = Contacts {
            keys: kind.code::<f64>().keys.locate(&synapse.mechanism, &place, params, states)?,
            ends: synapse.pre.iter().copied().zip(synapse.post.iter().copied()).collect(),
            v: states.need("v", &place)?,
            area: params.need("area", &place)?,
            current: states.need(&synapse.mechanism.current, &place)?,
        };
        Ok(Self { kind, contacts })
    }

    /// The same synapses, each between two nodes of its own: the first from node 0 to node 1, the
    /// second from node 2 to node 3.
    pub fn apart(&self) -> Self {
        let synapses = 0..self.contacts.ends.len();
        let ends = synapses.map(|synapse| (2 * synapse, 2 * synapse + 1)).collect();
        Self { kind: self.kind, contacts: Contacts { ends, ..self.contacts.clone() } }
    }

    /// Moves the states by `delta_t` (ms).
    pub fn update<T: Scalar>(
        &self,
        states: &mut ArraysMut<'_, T>,
        params: &Arrays<'_, T>,
        delta_t: f64,
    ) {
        (self.kind.code().update)(&self.contacts, states, params, delta_t);
    }

    /// Stores the current of every synapse, and adds it to the `drive` of the postsynaptic voltage.
    pub fn add_currents<T: Scalar>(
        &self,
        states: &mut ArraysMut<'_, T>,
        params: &Arrays<'_, T>,
        drive: &mut Drive<T>,
    ) {
        (self.kind.code().add_currents)(&self.contacts, states, params, drive);
    }
}
