use crate::mechanism::equations::{Membrane, Synapse};
use crate::mechanism::kernel::{
    AtSynapse, Current, InMembrane, current_depends, currents, linear_currents, linear_update,
    update, update_depends,
};
use crate::mechanism::keys::Keys;
use crate::mechanism::pattern::{CURRENT_DIRECTIONS, Pattern, UPDATE_DIRECTIONS};
use crate::mechanism::sites::Sites;
use crate::number::element::{LANES, Pack};
use crate::number::lanes::Lanes;
use multiversion::multiversion;
use num_dual::Dual64;
use pytree::grad::{Duals, NestedDuals};
use std::any::TypeId;
use std::fmt::{self, Debug};

/// The equations of a kind of mechanism, as loops for each type of number.
pub struct Code {
    pub(crate) id: fn() -> TypeId,
    pub(crate) name: &'static str,
    pub(crate) keys: Keys,
    /// The name of the current, if all mechanisms of the kind share it.
    pub(crate) current: Option<&'static str>,
    /// The concentration that a pump drives.
    pub(crate) ion: Option<&'static str>,
    pub(crate) update_depends: fn() -> Vec<u64>,
    pub(crate) current_depends: fn() -> Vec<u64>,
    pub(crate) linear_update: LinearUpdate,
    pub(crate) linear_currents: LinearCurrents,
    numbers: Loops<f64>,
    dual: Loops<Dual64>,
    duals: Loops<Duals>,
    nested: Loops<NestedDuals>,
}

/// The loops for one type of number.
pub struct Loops<T> {
    pub(crate) update: fn(&Sites, f64, &mut [T], &[T]),
    pub(crate) currents: fn(&Sites, &mut [T], &[T]),
}

type LinearUpdate = fn(&Sites, f64, &mut [f64], &[f64], &Pattern<UPDATE_DIRECTIONS>, &mut [f64]);

type LinearCurrents = fn(&Sites, &mut [f64], &[f64], &Pattern<CURRENT_DIRECTIONS>, &mut [f64]);

/// A number that mechanisms have loops for.
pub trait Simulated: Sized {
    /// Those of a kind of mechanism.
    fn loops(code: &Code) -> &Loops<Self>;
}

macro_rules! simulated {
    ($($number:ty: $field:ident),*) => {$(
        impl Simulated for $number {
            fn loops(code: &Code) -> &Loops<Self> {
                &code.$field
            }
        }
    )*};
}
simulated!(f64: numbers, Dual64: dual, Duals: duals, NestedDuals: nested);

impl<T: Pack<Elem = T>> Loops<T> {
    const fn one_by_one<M: Current<P, S>, const P: usize, const S: usize>() -> Self {
        Self { update: update::<T, M, P, S>, currents: currents::<T, M, P, S> }
    }
}

/// The equations of the mechanism `M`.
pub(crate) struct Of<M, const P: usize, const S: usize>(M);

impl<M: Membrane<P, S>, const P: usize, const S: usize> Of<M, P, S> {
    /// Those of a channel or pump.
    pub const MEMBRANE: &Code =
        &Code { current: M::CURRENT, ion: M::ION, ..Of::<InMembrane<M>, P, S>::CODE };
}

impl<M: Synapse<P, S>, const P: usize, const S: usize> Of<M, P, S> {
    /// Those of a type of synapse.
    pub const SYNAPSE: &Code = &Of::<AtSynapse<M>, P, S>::CODE;
}

impl<M: Current<P, S>, const P: usize, const S: usize> Of<M, P, S> {
    const CODE: Code = {
        assert!(P + S + 3 <= 64, "a mechanism has at most 61 parameters and states");
        assert!(size_of::<M>() == 0, "a mechanism has no fields: what differs is a parameter");
        Code {
            id: TypeId::of::<M>,
            name: M::NAME,
            keys: Keys { params: &M::PARAMS, states: &M::STATES },
            current: None,
            ion: None,
            update_depends: update_depends::<M, P, S>,
            current_depends: current_depends::<M, P, S>,
            linear_update: wide::linear_update_of::<M, P, S>,
            linear_currents: wide::linear_currents_of::<M, P, S>,
            numbers: Loops {
                update: wide::update_of::<M, P, S>,
                currents: wide::currents_of::<M, P, S>,
            },
            dual: Loops::one_by_one::<M, P, S>(),
            duals: Loops::one_by_one::<M, P, S>(),
            nested: Loops::one_by_one::<M, P, S>(),
        }
    };
}

impl Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The loops over lanes, compiled for wide registers too where the processor may have them.
mod wide {
    use super::{
        CURRENT_DIRECTIONS, Current, LANES, Lanes, Pattern, Sites, UPDATE_DIRECTIONS, currents,
        linear_currents, linear_update, multiversion, update,
    };

    #[multiversion(targets("x86_64+avx2"))]
    pub fn update_of<M: Current<P, S>, const P: usize, const S: usize>(
        sites: &Sites,
        delta_t: f64,
        values: &mut [f64],
        params: &[f64],
    ) {
        update::<Lanes<LANES>, M, P, S>(sites, delta_t, values, params);
    }

    #[multiversion(targets("x86_64+avx2"))]
    pub fn currents_of<M: Current<P, S>, const P: usize, const S: usize>(
        sites: &Sites,
        values: &mut [f64],
        params: &[f64],
    ) {
        currents::<Lanes<LANES>, M, P, S>(sites, values, params);
    }

    #[multiversion(targets("x86_64+avx2"))]
    pub fn linear_update_of<M: Current<P, S>, const P: usize, const S: usize>(
        sites: &Sites,
        delta_t: f64,
        values: &mut [f64],
        params: &[f64],
        pattern: &Pattern<UPDATE_DIRECTIONS>,
        derivatives: &mut [f64],
    ) {
        linear_update::<M, P, S>(sites, delta_t, values, params, pattern, derivatives);
    }

    #[multiversion(targets("x86_64+avx2"))]
    pub fn linear_currents_of<M: Current<P, S>, const P: usize, const S: usize>(
        sites: &Sites,
        values: &mut [f64],
        params: &[f64],
        pattern: &Pattern<CURRENT_DIRECTIONS>,
        derivatives: &mut [f64],
    ) {
        linear_currents::<M, P, S>(sites, values, params, pattern, derivatives);
    }
}
