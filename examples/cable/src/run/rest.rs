use crate::error::{CableError, ErrorKind, Number, Place};
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
    let mut moved = values.clone();
    model.rest(&cable.order, &mut values);
    cable.states.write(&values[..cable.order.states], &mut states);
    for channel in &cable.module.channels {
        for (state, array) in channel.mechanism.states.iter().map(|key| (key, &states[key])) {
            let Some(&node) = channel.nodes.iter().find(|&&node| !array[node].is_finite()) else {
                continue;
            };
            let (place, v) =
                (Place::Channel(&channel.mechanism.name), cable.order.voltages.v + node);
            let voltage = Number(moved[v]);
            moved[v] += 1e-6 * moved[v].abs().max(1.0);
            model.rest(&cable.order, &mut moved);
            let start = cable.states.start(cable.states.need(state, &place)?);
            let advice = if moved[start + node].is_finite() {
                "change the voltage a little, or insert the channel as `Continued`"
            } else {
                "its update after an infinite time is not finite, as that of explicit Euler; solve the \
                 state exactly for constant rates, as in mechanism::gate, or set it"
            };
            let text = format!(
                "{place} has no fixed point of '{state}' at node {node}, where v is {voltage} mV: {advice}"
            );
            return Err(CableError::new(ErrorKind::Value, text));
        }
    }
    Ok(states)
}
