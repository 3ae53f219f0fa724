//! Channels and pumps, to be inserted into compartments.
//!
//! Each is a struct whose docs have its equations and its keys: the value of each where it is
//! inserted, and its unit. A key that starts with `_` has the name of the mechanism before it:
//! `HH_gNa`. The others are shared: `eK` is the same for `K` and `Km`.

pub(crate) mod hh;
pub(crate) mod pospischil;
pub(crate) mod calcium;
pub(crate) mod spiking;

use crate::mechanism::kinds::ours;

pub use crate::mechanism::kinds::ChannelKind;

ours! {
    ChannelKind {
        hh::HH,
        pospischil::Leak,
        pospischil::Na,
        pospischil::K,
        pospischil::Km,
        pospischil::CaL,
        pospischil::CaT,
        calcium::CaPump,
        calcium::CaNernstReversal,
        calcium::CaFaradayConcentrationChange,
        spiking::AdEx,
        spiking::Izhikevich,
        spiking::Rate,
        spiking::Fire,
    }
}
