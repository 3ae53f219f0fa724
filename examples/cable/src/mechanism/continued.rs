use crate::mechanism::equations::{Mechanism, Membrane};
use crate::mechanism::keys::Key;
use crate::number::limit::Limit;
use crate::number::real::Real;

/// A channel whose rates have their limits where they are 0/0: `HH` at -40 and -55 mV, say. Without
/// it they are NaN there, as in Jaxley.
///
/// The name of the kind stays, so that a module has a kind either with the limits or without.
///
/// ```
/// use cable::channels::HH;
/// use cable::mechanism::Continued;
/// use cable::{Build, Cell, CableError, StepDynamics};
/// use ndarray::array;
///
/// # fn main() -> Result<(), CableError> {
/// let mut cell = Cell::default();
/// let cable = cell.insert(Continued(HH))?.build(0.025)?;
/// let utils = dynamics::build_dynamic_state_utils(&cable)?;
/// let step = StepDynamics::new(&utils, cable.externals_at(0)?);
/// let after = step.apply(&array![0.6, 0.05, 0.3, -40.0])?; // HH_h, HH_m, HH_n and v
/// assert!((0.05..0.1).contains(&after[1]));
///
/// let cable = Cell::default().insert(HH)?.build(0.025)?;
/// let utils = dynamics::build_dynamic_state_utils(&cable)?;
/// let step = StepDynamics::new(&utils, cable.externals_at(0)?);
/// assert!(step.apply(&array![0.6, 0.05, 0.3, -40.0]).is_err()); // NaN
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Continued<M>(pub M);

impl<M: Mechanism<P, S>, const P: usize, const S: usize> Mechanism<P, S> for Continued<M> {
    const NAME: &'static str = M::NAME;
    const PARAMS: [Key; P] = M::PARAMS;
    const STATES: [Key; S] = M::STATES;

    #[inline(always)]
    fn update<T: Real>(states: [T; S], delta_t: f64, v: T, params: [T; P]) -> [T; S] {
        unwrapped(M::update(wrapped(states), delta_t, Limit(v), wrapped(params)))
    }
}

impl<M: Membrane<P, S>, const P: usize, const S: usize> Membrane<P, S> for Continued<M> {
    const CURRENT: Option<&'static str> = M::CURRENT;
    const ION: Option<&'static str> = M::ION;

    #[inline(always)]
    fn current<T: Real>(states: [T; S], x: T, params: [T; P]) -> T {
        M::current(wrapped(states), Limit(x), wrapped(params)).0
    }
}

#[inline(always)]
fn wrapped<T: Real, const N: usize>(numbers: [T; N]) -> [Limit<T>; N] {
    let mut wrapped = [Limit(T::constant(0.0)); N];
    for (to, number) in wrapped.iter_mut().zip(numbers) {
        *to = Limit(number);
    }
    wrapped
}

#[inline(always)]
fn unwrapped<T: Real, const N: usize>(numbers: [Limit<T>; N]) -> [T; N] {
    let mut unwrapped = [T::constant(0.0); N];
    for (to, Limit(number)) in unwrapped.iter_mut().zip(numbers) {
        *to = number;
    }
    unwrapped
}
