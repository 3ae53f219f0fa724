use crate::arrays::table::Arrays;
use crate::mechanism::drive::Drive;
use crate::run::cable::Cable;
use crate::states::Scalar;
use ndarray::{ArrayView1, ArrayViewMut1};

/// How the voltage moves in a step. It does not change how gates and concentrations move.
///
/// The voltages `v` of all nodes obey `dv/dt = f(v)`, where f is linear within a step: currents
/// through the membrane are replaced by their secants.
///
/// ```
/// assert_eq!(cable::Solver::default(), cable::Solver::BwdEuler);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Solver {
    /// Implicit Euler, `v1 = v0 + delta_t f(v1)`: of first order and always stable. Jaxley's
    /// `bwd_euler`.
    #[default]
    BwdEuler,
    /// The trapezoidal rule, `v1 = v0 + delta_t (f(v0) + f(v1)) / 2`: of second order and always
    /// stable, but slow to damp stiff modes. Jaxley's `crank_nicolson`.
    ///
    /// As in Jaxley (and NEURON), it is taken as half a step of implicit Euler, extrapolated to a
    /// whole one; so the voltages of branchpoints, which have no dynamics, are extrapolated too.
    CrankNicolson,
    /// Explicit Euler, `v1 = v0 + delta_t f(v0)`: of first order, and stable only if `delta_t` is
    /// smaller than every time constant, those of the coupling of neighbours among them. Jaxley's
    /// `fwd_euler`.
    ///
    /// As in Jaxley, branchpoints pass on the mean of their neighbours, weighted by conductance,
    /// but their own voltage stays as it was.
    FwdEuler,
}

impl Solver {
    /// Moves the voltages by one step; `drive` is in uA/cm^2.
    pub(crate) fn advance<T: Scalar>(
        self,
        cable: &Cable,
        drive: &Drive<T>,
        v: &mut ArrayViewMut1<'_, T>,
        params: &Arrays<'_, T>,
        delta_t: f64,
    ) {
        let capacitance = &params[cable.capacitance]; // uF/cm^2
        let rates = &params[cable.axial_conductances];
        match self {
            Solver::BwdEuler => {
                let new = implicit(cable, drive, &v.view(), capacitance, rates, delta_t);
                v.assign(&ArrayView1::from(&new));
            }
            Solver::CrankNicolson => {
                let half = implicit(cable, drive, &v.view(), capacitance, rates, delta_t / 2.0);
                v.zip_mut_with(&ArrayView1::from(&half), |v, &half| *v = half * 2.0 - *v);
            }
            Solver::FwdEuler => {
                let slope = slope(cable, drive, &v.view(), capacitance, rates);
                v.zip_mut_with(&ArrayView1::from(&slope), |v, &slope| *v += slope * delta_t);
            }
        }
    }
}

/// The voltages that implicit Euler leads to.
fn implicit<T: Scalar>(
    cable: &Cable,
    drive: &Drive<T>,
    v: &ArrayView1<'_, T>,
    capacitance: &ArrayView1<'_, T>,
    rates: &ArrayView1<'_, T>,
    delta_t: f64,
) -> Vec<T> {
    let (mut diagonal, mut right) = voltage_system(cable, drive, v, capacitance, delta_t);
    cable.forest.solve(delta_t, rates, &mut diagonal, &mut right);
    right
}

/// What the voltages at the end of a step solve, see
/// [`Forest::solve`](crate::run::forest::Forest): the diagonal without the pull of neighbours,
/// and the right side; `drive` is in uA/cm^2, `capacitance` in uF/cm^2.
pub(crate) fn voltage_system<T: Scalar>(
    cable: &Cable,
    drive: &Drive<T>,
    v: &ArrayView1<'_, T>,
    capacitance: &ArrayView1<'_, T>,
    delta_t: f64,
) -> (Vec<T>, Vec<T>) {
    // A branchpoint has neither a time term nor a right side.
    let (mut diagonal, mut right) = (vec![T::zero(); v.len()], vec![T::zero(); v.len()]);
    for &node in &cable.compartments {
        diagonal[node] = drive.slope[node] / capacitance[node] * delta_t + 1.0;
        right[node] = v[node] + drive.constant[node] / capacitance[node] * delta_t;
    }
    (diagonal, right)
}

/// The time derivatives (mV/ms) of the voltages; 0 at branchpoints.
fn slope<T: Scalar>(
    cable: &Cable,
    drive: &Drive<T>,
    v: &ArrayView1<'_, T>,
    capacitance: &ArrayView1<'_, T>,
    rates: &ArrayView1<'_, T>,
) -> Vec<T> {
    let mut v = v.to_vec();
    let mut slope = vec![T::zero(); v.len()];
    for &node in &cable.compartments {
        let current = drive.constant[node] - drive.slope[node] * v[node];
        slope[node] = current / capacitance[node];
    }
    let edges = || cable.module.edges.iter().zip(rates);
    let (mut sums, mut weights) = (vec![T::zero(); v.len()], vec![T::zero(); v.len()]);
    for (edge, &rate) in edges().filter(|(edge, _)| edge.kind.branchpoints()[1]) {
        sums[edge.sink] += rate * v[edge.source];
        weights[edge.sink] += rate;
    }
    for &node in &cable.module.branchpoints {
        v[node] = sums[node] / weights[node];
    }
    for (edge, &rate) in edges().filter(|(edge, _)| !edge.kind.branchpoints()[1]) {
        slope[edge.sink] += (v[edge.source] - v[edge.sink]) * rate;
    }
    slope
}
