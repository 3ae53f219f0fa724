use crate::description::export::External;
use crate::description::limits::check_external;
use crate::error::{CableError, ErrorKind, Place, Short};
use crate::run::cable::Cable;
use crate::states::{Externals, Scalar};
use crate::step::inputs::{Input, Inputs};

impl Cable {
    /// Finds where `externals` act.
    pub(crate) fn inputs<T: Scalar>(&self, externals: &Externals) -> Result<Inputs<T>, CableError> {
        let mut inputs = Inputs::default();
        for (name, values) in externals {
            let place = || Place::External(name);
            let unknown = || {
                let name = Short(name);
                let text = format!(
                    "the module has no external '{name}': stimulate or clamp before it is built"
                );
                CableError::new(ErrorKind::Unknown, text)
            };
            let External { nodes, .. } = self.externals().get(name).ok_or_else(unknown)?;
            if values.len() != nodes.len() {
                let (found, expected) = (values.len(), nodes.len());
                return Err(CableError::length(place(), found, expected, External::PER));
            }
            for (index, &value) in values.iter().enumerate() {
                check_external(place(), index, value)?;
            }
            let values = values.iter().map(|&value| T::from(value));
            let before = self.externals().iter().take_while(|(other, _)| *other != name);
            let first: usize = before.map(|(_, external)| external.nodes.len()).sum();
            let each = nodes.iter().zip(values).enumerate();
            let each = each.map(|(at, (&index, value))| Input { index, value, number: first + at });
            if name == External::STIMULUS {
                inputs.stimuli.extend(each);
            } else {
                let slot = self.states.find(name).ok_or_else(unknown)?;
                // Jaxley counts the synapses of a clamp over all types, but applies the indices to
                // the array of one type, and ignores those past its end. So does this.
                let range = self.states.range(slot);
                let each = each.filter(|input| input.index < range.len());
                let each = each.map(|input| Input { index: range.start + input.index, ..input });
                inputs.clamps.extend(each);
            }
        }
        Ok(inputs)
    }
}
