use crate::step::order::Order;

/// The externals of one step, as currents and clamps.
#[derive(Clone, Debug)]
pub(crate) struct Inputs<T = f64> {
    /// The node that each stimulus acts on, and its current (nA).
    pub stimuli: Vec<Input<T>>,
    /// The number that each clamp sets, among the states of a step, and its value.
    pub clamps: Vec<Input<T>>,
}

/// One of the externals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input<T = f64> {
    /// What it acts on.
    pub index: usize,
    pub value: T,
    /// Its number among all externals.
    pub number: usize,
}

// Not derived, because numbers need no default.
impl<T> Default for Inputs<T> {
    fn default() -> Self {
        Self { stimuli: Vec::new(), clamps: Vec::new() }
    }
}

impl<T> Inputs<T> {
    /// The clamps of voltages, or all others.
    pub fn clamps(&self, order: &Order, voltage: bool) -> impl Iterator<Item = &Input<T>> {
        let v = order.voltages.v..order.voltages.v + order.voltages.nodes;
        self.clamps.iter().filter(move |clamp| v.contains(&clamp.index) == voltage)
    }
}
