use crate::error::{CableError, ErrorKind, Place};
use crate::run::cable::Cable;
use crate::states::States;
use crate::step::solver::Solver;

/// The initial states with the gates of all channels at rest at the initial voltages.
///
/// A gate moves by the exact solution for constant rates: an infinite step leads to its fixed
/// point.
pub(crate) fn gates_at_rest(cable: &Cable) -> Result<States<f64>, CableError> {
    let mut states = cable.initial_states().clone();
    cable.append_currents(&mut states, cable.params(), cable.delta_t())?;
    let model = cable.model(cable.params(), Solver::FwdEuler, f64::INFINITY)?;
    let mut values = cable.read_states(&states, &[])?;
    model.rest(&cable.order, &mut values);
    cable.states.write(&values[..cable.order.states], &mut states);
    for channel in &cable.module.channels {
        for (state, array) in channel.mechanism.states.iter().map(|key| (key, &states[key])) {
            if let Some(&node) = channel.nodes.iter().find(|&&node| array[node].is_nan()) {
                let place = Place::Channel(&channel.mechanism.name);
                let v = states["v"][node];
                let text = format!(
                    "{place} has no fixed point of '{state}' at node {node}, where v is {v} mV: \
                     change the voltage a little, or insert the channel as `Continued`"
                );
                return Err(CableError::new(ErrorKind::Value, text));
            }
        }
    }
    Ok(states)
}
