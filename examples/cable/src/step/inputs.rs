use crate::step::order::Order;

/// The externals of one step, as currents and clamps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    /// The node that each stimulus acts on, and its current (nA).
    pub stimuli: Vec<Input>,
    /// The number that each clamp sets, among the states of a step, and its value.
    pub clamps: Vec<Input>,
}

/// One of the externals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input {
    /// What it acts on.
    pub index: usize,
    pub value: f64,
    /// Its number among all externals.
    pub number: usize,
}

impl Inputs {
    /// The clamps of voltages, or all others.
    pub fn clamps(&self, order: &Order, voltage: bool) -> impl Iterator<Item = &Input> {
        let v = order.voltages.v..order.voltages.v + order.voltages.nodes;
        self.clamps.iter().filter(move |clamp| v.contains(&clamp.index) == voltage)
    }
}
