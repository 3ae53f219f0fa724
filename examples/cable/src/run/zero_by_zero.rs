use crate::error::{Number, Short};
use crate::run::cable::Cable;

impl Cable {
    /// What to do if a step has led to NaN because the rates of a channel are 0/0 at a voltage, as those
    /// of `HH` at -40 mV: then a step from a voltage beside it does not. `step` gives all states after
    /// a step from those before it.
    pub(crate) fn zero_by_zero(
        &self,
        before: &[f64],
        step: impl Fn(&[f64]) -> Option<Vec<f64>>,
    ) -> Option<String> {
        let (name, node) = self.channel_with_nan(&step(before)?)?;
        let v = self.order.voltages.v + node;
        let mut beside = before.to_vec();
        beside[v] += 1e-6 * before[v].abs().max(1.0);
        if self.channel_with_nan(&step(&beside)?) == Some((name, node)) {
            return None;
        }
        Some(format!(
            "the rates of channel '{}' are 0/0 at node {node}, where v is {} mV: change the voltage a \
             little, or insert the channel as `Continued`",
            Short(name),
            Number(before[v])
        ))
    }

    /// The first channel with a state that is NaN where the channel is, and the node.
    fn channel_with_nan(&self, values: &[f64]) -> Option<(&str, usize)> {
        self.module.channels.iter().find_map(|channel| {
            let keys = channel.mechanism.states.iter();
            let starts = keys.filter_map(|key| Some(self.states.start(self.states.find(key)?)));
            let nan = |&&node: &&usize| starts.clone().any(|start| values[start + node].is_nan());
            Some((&*channel.mechanism.name, *channel.nodes.iter().find(nan)?))
        })
    }
}
