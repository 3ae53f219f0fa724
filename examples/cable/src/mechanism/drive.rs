use crate::states::Scalar;
use ndarray::ArrayViewMut1;

/// How far apart currents are evaluated to find their slope (mV, or mM for a pump).
pub(crate) const SHIFT: f64 = 1e-3;

/// What drives one state at every node: `dx/dt = constant - slope x`, with the x after the step.
pub(crate) struct Drive<T> {
    pub slope: Vec<T>,
    pub constant: Vec<T>,
}

impl<T: Scalar> Drive<T> {
    /// No drive at any of `nodes` nodes.
    pub fn none(nodes: usize) -> Self {
        Self { slope: vec![T::zero(); nodes], constant: vec![T::zero(); nodes] }
    }

    /// Adds an outward current that goes from `current` to `shifted` as `x` grows by [`SHIFT`].
    ///
    /// The slope is this finite difference for duals too: the derivative of a step is that of what
    /// the step computes.
    #[inline]
    pub fn add(&mut self, node: usize, x: T, [current, shifted]: [T; 2]) {
        let slope = (shifted - current) / SHIFT;
        self.slope[node] += slope;
        self.constant[node] -= current - slope * x;
    }

    /// Multiplies the drive by `factor`.
    pub fn scale(&mut self, factor: f64) {
        for value in self.slope.iter_mut().chain(&mut self.constant) {
            *value *= factor;
        }
    }

    /// Moves `states` by `delta_t` (ms) with implicit Euler, each node by itself.
    pub fn relax(&self, delta_t: f64, states: &mut ArrayViewMut1<'_, T>) {
        for ((x, &slope), &constant) in states.iter_mut().zip(&self.slope).zip(&self.constant) {
            *x = (*x + constant * delta_t) / (slope * delta_t + 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_linear_current_relaxes_to_where_it_vanishes() {
        let leak = |x: f64| 0.5 * (x + 70.0);
        let mut drive = Drive::none(2);
        drive.add(1, -60.0, [-60.0, -60.0 + SHIFT].map(leak));
        let mut x = array![3.0, -60.0];
        drive.relax(1e12, &mut x.view_mut());
        assert!((&x - &array![3.0, -70.0]).iter().all(|error| error.abs() < 1e-8), "{x}");
    }

    #[test]
    fn a_step_is_implicit_euler() {
        let mut drive = Drive { slope: vec![0.25], constant: vec![-8.0] };
        drive.scale(2.0);
        let mut x = array![-60.0];
        drive.relax(0.5, &mut x.view_mut());
        assert_eq!(x, array![(-60.0 + 0.5 * -16.0) / (1.0 + 0.5 * 0.5)]);
    }
}
