use crate::arrays::table::ArraysMut;
use crate::description::export::External;
use crate::description::limits::check_external;
use crate::error::{CableError, ErrorKind, Place, Short};
use crate::run::cable::Cable;
use crate::states::{Externals, Scalar};

/// The externals of one step, as currents and clamps.
pub(crate) struct Inputs {
    /// Nodes and the currents (nA) injected there.
    pub stimuli: Vec<(usize, f64)>,
    pub clamps: Vec<Clamp>,
}

/// A value that a state is set to.
pub(crate) struct Clamp {
    /// The slot of the state.
    pub slot: usize,
    /// The node or the synapse.
    pub index: usize,
    pub value: f64,
}

impl Inputs {
    /// Finds where `externals` act on `cable`.
    pub fn new(cable: &Cable, externals: &Externals) -> Result<Self, CableError> {
        let mut inputs = Self { stimuli: Vec::new(), clamps: Vec::new() };
        for (name, values) in externals {
            let place = || Place::External(name);
            let unknown = || {
                let name = Short(name);
                let text = format!(
                    "the module has no external '{name}': stimulate or clamp before it is built"
                );
                CableError::new(ErrorKind::Unknown, text)
            };
            let External { nodes, .. } = cable.externals().get(name).ok_or_else(unknown)?;
            if values.len() != nodes.len() {
                let (found, expected) = (values.len(), nodes.len());
                return Err(CableError::length(place(), found, expected, External::PER));
            }
            for (index, &value) in values.iter().enumerate() {
                check_external(place(), index, value)?;
            }
            let pairs = nodes.iter().copied().zip(values.iter().copied());
            if name == External::STIMULUS {
                inputs.stimuli.extend(pairs);
            } else {
                let slot = cable.states.find(name).ok_or_else(unknown)?;
                // Jaxley counts the synapses of a clamp over all types, but applies the indices to
                // the array of one type, and ignores those past its end. So does this.
                let len = cable.states.owner(slot).len();
                let pairs = pairs.filter(|&(index, _)| index < len);
                inputs.clamps.extend(pairs.map(|(index, value)| Clamp { slot, index, value }));
            }
        }
        Ok(inputs)
    }

    /// Sets the clamped states, of the slots for which `which` is true.
    pub fn clamp<T: Scalar>(&self, states: &mut ArraysMut<'_, T>, which: impl Fn(usize) -> bool) {
        for clamp in self.clamps.iter().filter(|clamp| which(clamp.slot)) {
            states[clamp.slot][clamp.index] = T::from(clamp.value);
        }
    }
}
