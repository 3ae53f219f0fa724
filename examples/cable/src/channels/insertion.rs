use crate::arrays::table::{ArrayTable, Arrays, ArraysMut};
use crate::channels::kind::ChannelKind;
use crate::channels::loops::Membranes;
use crate::description::export;
use crate::error::{CableError, Place};
use crate::mechanism::drive::Drive;
use crate::states::Scalar;

/// A channel or pump of a module.
#[derive(Clone, Debug)]
pub(crate) struct Insertion {
    kind: ChannelKind,
    pub membranes: Membranes,
}

impl Insertion {
    /// Finds the arrays of a channel or pump.
    pub fn new(
        channel: &export::Channel,
        params: &ArrayTable,
        states: &ArrayTable,
    ) -> Result<Self, CableError> {
        let place = Place::Channel(&channel.mechanism.name);
        let kind = ChannelKind::find(&channel.mechanism.kind, &place)?;
        let code = kind.code::<f64>();
        let keys = code.keys.locate(&channel.mechanism, &place, params, states)?;
        let driven = states.need(code.ion.unwrap_or("v"), &place)?;
        let current = states.need(&channel.mechanism.current, &place)?;
        let membranes = Membranes { keys, nodes: channel.nodes.clone(), current, driven };
        Ok(Self { kind, membranes })
    }

    /// Moves the states by `delta_t` (ms) at the voltages `v` (mV) of all nodes.
    pub fn update<T: Scalar>(
        &self,
        states: &mut ArraysMut<'_, T>,
        v: &[T],
        params: &Arrays<'_, T>,
        delta_t: f64,
    ) {
        (self.kind.code().update)(&self.membranes, states, v, params, delta_t);
    }

    /// Adds the current of every node to `currents`, and to the `drive` of the driven state if that
    /// is wanted.
    pub fn add_currents<T: Scalar>(
        &self,
        states: &ArraysMut<'_, T>,
        params: &Arrays<'_, T>,
        currents: &mut [T],
        drive: Option<&mut Drive<T>>,
    ) {
        (self.kind.code().add_currents)(&self.membranes, states, params, currents, drive);
    }
}
