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
    /// Exponential Euler: each membrane by itself, whose linear equation is solved exactly, and then
    /// the exchange with the neighbours, by the exponential of its matrix (Lie and Trotter's
    /// splitting, of first order). Stable, but with a dense matrix for each cell: time and memory
    /// grow with the square of its compartments. Jaxley's `exp_euler`.
    ///
    /// As in Jaxley, branchpoints pass on the mean of their neighbours, and their own voltage stays
    /// as it was.
    ExpEuler,
}
