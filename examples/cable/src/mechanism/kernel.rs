//! The loops over the sites of a mechanism: values, and values with their derivatives.
//!
//! The inputs of the equations of the states are the states, the voltage, and the parameters. Those
//! of a current are the states, the driven state (for a synapse the voltages at both ends), the
//! parameters, and for a synapse the area of the postsynaptic compartment. The outputs of a current
//! are the current itself, and the slope and the constant of the drive.

use crate::mechanism::equations::{Mechanism, Membrane, Synapse};
use crate::mechanism::keys::Key;
use crate::mechanism::pattern::{CURRENT_DIRECTIONS, Pattern, UPDATE_DIRECTIONS};
use crate::mechanism::sites::Sites;
use crate::number::depends::Depends;
use crate::number::dual::Dual;
use crate::number::element::{At, LANES, Pack};
use crate::number::lanes::Lanes;
use crate::number::real::Real;

/// How far apart currents are evaluated to find their slope (mV, or mM for a pump).
pub(crate) const SHIFT: f64 = 1e-3;

type Wide = Lanes<LANES>;

/// The current of a mechanism as a function of one kind of number.
pub(crate) trait Current<const P: usize, const S: usize>: Mechanism<P, S> {
    /// Whether the mechanism is a synapse, which has two voltages and spreads its current over an
    /// area.
    const SYNAPSE: bool;

    /// The current (of a synapse in nA) at `pre` and `x`.
    fn current<T: Real>(states: [T; S], pre: T, x: T, params: [T; P]) -> T;

    /// The current, and the slope and the constant of the drive.
    ///
    /// The slope is a finite difference for derivatives too: the derivative of a step is that of
    /// what the step computes. Both voltages of a synapse are shifted, so that its slope counts a
    /// change of the presynaptic one as well.
    #[inline(always)]
    fn drive<T: Real>(
        states: [T; S],
        [pre, x]: [T; 2],
        params: [T; P],
        area: T,
        scale: f64,
    ) -> [T; 3] {
        let current = Self::current(states, pre, x, params);
        let shifted = Self::current(states, pre + SHIFT, x + SHIFT, params);
        let spread = |current: T| if Self::SYNAPSE { density(current, area) } else { current };
        let (density, shifted) = (spread(current), spread(shifted));
        let slope = (shifted - density) / SHIFT;
        [current, slope * scale, (slope * x - density) * scale]
    }
}

/// A current at a point (nA) spread over the `area` (um^2) of its compartment, in uA/cm^2.
#[inline(always)]
pub(crate) fn density<T: Real>(current: T, area: T) -> T {
    current / area * 1e5
}

/// The current of a channel or pump.
pub(crate) struct InMembrane<M>(M);

/// The current of a synapse.
pub(crate) struct AtSynapse<M>(M);

/// Passes on what a wrapped mechanism says of itself.
macro_rules! wraps {
    ($($wrapper:ident: $equations:ident),*) => {$(
        impl<M: $equations<P, S>, const P: usize, const S: usize> Mechanism<P, S> for $wrapper<M> {
            const NAME: &'static str = M::NAME;
            const PARAMS: [Key; P] = M::PARAMS;
            const STATES: [Key; S] = M::STATES;

            #[inline(always)]
            fn update<T: Real>(states: [T; S], delta_t: f64, v: T, params: [T; P]) -> [T; S] {
                M::update(states, delta_t, v, params)
            }
        }
    )*};
}
wraps!(InMembrane: Membrane, AtSynapse: Synapse);

impl<M: Membrane<P, S>, const P: usize, const S: usize> Current<P, S> for InMembrane<M> {
    const SYNAPSE: bool = false;

    #[inline(always)]
    fn current<T: Real>(states: [T; S], _: T, x: T, params: [T; P]) -> T {
        M::current(states, x, params)
    }
}

impl<M: Synapse<P, S>, const P: usize, const S: usize> Current<P, S> for AtSynapse<M> {
    const SYNAPSE: bool = true;

    #[inline(always)]
    fn current<T: Real>(states: [T; S], pre: T, x: T, params: [T; P]) -> T {
        M::current(states, pre, x, params)
    }
}

/// The numbers of a pack of sites in several arrays.
#[inline(always)]
fn load_all<T: Pack, const N: usize>(from: &[T::Elem], starts: &[usize], at: At<'_>) -> [T; N] {
    let mut loaded = [T::constant(0.0); N];
    for (loaded, &start) in loaded.iter_mut().zip(starts) {
        *loaded = T::load(&from[start..], at);
    }
    loaded
}

/// The numbers of a pack of sites that a current depends on.
#[inline(always)]
#[allow(clippy::type_complexity, reason = "the arguments of `Current::drive`")]
fn load_current<T: Pack, M: Current<P, S>, const P: usize, const S: usize>(
    sites: &Sites,
    [own, pre, post]: [At<'_>; 3],
    values: &[T::Elem],
    params: &[T::Elem],
) -> ([T; S], [T; 2], [T; P], T) {
    let states = load_all(values, &sites.states, own);
    let x = T::load(&values[sites.driven..], post);
    let parameters = load_all(params, &sites.params, own);
    if M::SYNAPSE {
        let pre = T::load(&values[sites.driven..], pre);
        (states, [pre, x], parameters, T::load(&params[sites.area..], post))
    } else {
        (states, [x, x], parameters, T::constant(1.0))
    }
}

/// The indices of each pack of `lanes` sites: their own, those before and those after.
#[inline(always)]
fn packs(sites: &Sites, synapse: bool, lanes: usize) -> impl Iterator<Item = [At<'_>; 3]> {
    let packs = sites.own.chunks(lanes).zip(sites.pre.chunks(lanes));
    packs.zip(sites.post.chunks(lanes)).map(move |((own, pre), post)| {
        let own = At::new(own);
        // A channel is where both of its ends are.
        if synapse { [own, At::new(pre), At::new(post)] } else { [own; 3] }
    })
}

/// Moves the states by `delta_t` (ms).
#[inline(always)]
pub(crate) fn update<T: Pack, M: Current<P, S>, const P: usize, const S: usize>(
    sites: &Sites,
    delta_t: f64,
    values: &mut [T::Elem],
    params: &[T::Elem],
) {
    for [own, pre, _] in packs(sites, M::SYNAPSE, T::LANES) {
        let states = load_all::<T, S>(values, &sites.states, own);
        let v = T::load(&values[sites.v..], pre);
        let states = M::update(states, delta_t, v, load_all(params, &sites.params, own));
        for (state, &start) in states.into_iter().zip(&sites.states) {
            state.store(&mut values[start..], own);
        }
    }
}

/// Adds the current and its drive.
#[inline(always)]
pub(crate) fn currents<T: Pack, M: Current<P, S>, const P: usize, const S: usize>(
    sites: &Sites,
    values: &mut [T::Elem],
    params: &[T::Elem],
) {
    for at in packs(sites, M::SYNAPSE, T::LANES) {
        let (states, voltages, own, area) = load_current::<T, M, P, S>(sites, at, values, params);
        let [current, slope, constant] = M::drive(states, voltages, own, area, sites.scale);
        let [own, _, post] = at;
        current.add_to(&mut values[sites.current..], own);
        slope.add_to(&mut values[sites.slope..], post);
        constant.add_to(&mut values[sites.constant..], post);
    }
}

/// Moves the states, and writes the derivatives that the pattern lists: for each of its entries, one
/// number a site.
#[inline(always)]
pub(crate) fn linear_update<M: Current<P, S>, const P: usize, const S: usize>(
    sites: &Sites,
    delta_t: f64,
    values: &mut [f64],
    params: &[f64],
    pattern: &Pattern<UPDATE_DIRECTIONS>,
    derivatives: &mut [f64],
) {
    let mut first = 0;
    for [own, pre, _] in packs(sites, M::SYNAPSE, LANES) {
        let mut states = load_all::<Wide, S>(values, &sites.states, own);
        let v = Wide::load(&values[sites.v..], pre);
        let parameters = load_all::<Wide, P>(params, &sites.params, own);
        let mut after = states;
        for pass in &pattern.passes {
            let states = seeded(&states, &pass.seeds);
            let [v] = seeded(&[v], &pass.seeds[S..]);
            let moved = M::update(states, delta_t, v, seeded(&parameters, &pass.seeds[S + 1..]));
            for part in &pass.parts {
                let lanes = moved[part.output].eps[part.direction];
                write(derivatives, sites.own.len(), part.entry, first, own.each.len(), lanes);
            }
            for (after, moved) in after.iter_mut().zip(moved) {
                *after = moved.re;
            }
        }
        states = after;
        for (state, &start) in states.into_iter().zip(&sites.states) {
            state.store(&mut values[start..], own);
        }
        first += own.each.len();
    }
}

/// Adds the current and its drive, and writes the derivatives that the pattern lists.
#[inline(always)]
pub(crate) fn linear_currents<M: Current<P, S>, const P: usize, const S: usize>(
    sites: &Sites,
    values: &mut [f64],
    params: &[f64],
    pattern: &Pattern<CURRENT_DIRECTIONS>,
    derivatives: &mut [f64],
) {
    let voltages = if M::SYNAPSE { 2 } else { 1 };
    let mut first = 0;
    for at in packs(sites, M::SYNAPSE, LANES) {
        let (states, [pre, x], parameters, area) =
            load_current::<Wide, M, P, S>(sites, at, values, params);
        let [own, _, post] = at;
        let mut after = [Wide::constant(0.0); 3];
        for pass in &pattern.passes {
            let seeds = &pass.seeds[S..];
            let [x] = seeded(&[x], &seeds[voltages - 1..]);
            let [pre] = if M::SYNAPSE { seeded(&[pre], seeds) } else { [x] };
            let seeds = &seeds[voltages..];
            let area = if M::SYNAPSE { seeded(&[area], &seeds[P..])[0] } else { x };
            let states = seeded(&states, &pass.seeds);
            let driven = M::drive(states, [pre, x], seeded(&parameters, seeds), area, sites.scale);
            for part in &pass.parts {
                let lanes = driven[part.output].eps[part.direction];
                write(derivatives, sites.own.len(), part.entry, first, own.each.len(), lanes);
            }
            for (after, driven) in after.iter_mut().zip(driven) {
                *after = driven.re;
            }
        }
        after[0].add_to(&mut values[sites.current..], own);
        after[1].add_to(&mut values[sites.slope..], post);
        after[2].add_to(&mut values[sites.constant..], post);
        first += own.each.len();
    }
}

/// Numbers that move at the rates `seeds`.
#[inline(always)]
fn seeded<const D: usize, const N: usize>(
    numbers: &[Wide; N],
    seeds: &[[f64; D]],
) -> [Dual<Wide, D>; N] {
    let mut duals = [Dual { re: Wide::constant(0.0), eps: [Wide::constant(0.0); D] }; N];
    for ((dual, number), seed) in duals.iter_mut().zip(numbers).zip(seeds) {
        dual.re = *number;
        for (eps, seed) in dual.eps.iter_mut().zip(seed) {
            *eps = Wide::constant(*seed);
        }
    }
    duals
}

/// Writes the lanes of `len` sites from `first` on to the row `entry` of the derivatives.
#[inline(always)]
fn write(
    derivatives: &mut [f64],
    sites: usize,
    entry: usize,
    first: usize,
    len: usize,
    lanes: Wide,
) {
    let start = entry * sites + first;
    if len == LANES
        && let Some(to) = derivatives[start..].first_chunk_mut()
    {
        *to = lanes.0;
        return;
    }
    derivatives[start..start + len].copy_from_slice(&lanes.0[..len]);
}

/// Which inputs each state depends on after it has moved: a bit each.
pub(crate) fn update_depends<M: Mechanism<P, S>, const P: usize, const S: usize>() -> Vec<u64> {
    let [v] = bits(S);
    let after = M::update(bits(0), 1.0, v, bits(S + 1));
    after.map(|Depends(inputs): Depends| inputs).to_vec()
}

/// Which inputs a current, its slope and its constant depend on: a bit each.
pub(crate) fn current_depends<M: Current<P, S>, const P: usize, const S: usize>() -> Vec<u64> {
    let voltages = if M::SYNAPSE { 2 } else { 1 };
    let [pre, x]: [Depends; 2] = if M::SYNAPSE { bits(S) } else { [bits::<1>(S)[0]; 2] };
    let area = bits::<1>(S + voltages + P)[0];
    let drive = M::drive(bits(0), [pre, x], bits(S + voltages), area, 1.0);
    drive.map(|Depends(inputs)| inputs).to_vec()
}

/// Inputs from the number `first` on.
fn bits<const N: usize>(first: usize) -> [Depends; N] {
    std::array::from_fn(|at| Depends(1 << (first + at)))
}
