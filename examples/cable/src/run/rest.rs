use crate::error::{CableError, ErrorKind, Place};
use crate::run::cable::Cable;
use crate::states::States;

impl Cable {
    /// The initial states with the gates of all channels at rest at the initial voltages.
    ///
    /// A gate moves exactly for constant rates, and after an infinite time it is at its fixed
    /// point.
    pub(crate) fn at_rest(&self) -> Result<States<f64>, CableError> {
        let mut states = self.initial_states().clone();
        self.append_channel_currents(&mut states, self.params(), self.delta_t())?;
        let mut views = self.states.views_mut(&mut states)?;
        let params = self.params.views(self.params())?;
        let v = views[self.v].to_vec();
        for channel in self.insertions.iter().filter(|channel| channel.membranes.driven == self.v) {
            channel.update(&mut views, &v, &params, f64::INFINITY);
        }
        for channel in &self.module.channels {
            for (state, array) in channel.mechanism.states.iter().map(|key| (key, &states[key])) {
                if let Some(&node) = channel.nodes.iter().find(|&&node| array[node].is_nan()) {
                    let place = Place::Channel(channel.mechanism.name.clone());
                    let v = states["v"][node];
                    let text = format!(
                        "{place} has no fixed point of '{state}' at node {node}, where v is {v} mV: \
                         change the voltage a little"
                    );
                    return Err(CableError::new(ErrorKind::Value, text));
                }
            }
        }
        Ok(states)
    }
}
