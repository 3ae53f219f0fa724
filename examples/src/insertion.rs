use crate::drive::{Drive, SHIFT};
use crate::error::CableError;
use crate::export;
use crate::hh::HH;
use crate::mechanism::{Keys, Located, Membrane, find_kind};
use crate::place::Place;
use crate::pospischil::{CaL, CaT, K, Km, Leak, Na};
use crate::pumps::{CaNernstReversal, CaPump};
use crate::scalar::Scalar;
use crate::slots::{Arrays, ArraysMut, Slots, columns, columns_mut, gather, gather_mut};

/// A channel or pump and the nodes it is inserted in.
#[derive(Clone, Debug)]
pub(crate) struct Insertion {
    kind: Kind,
    keys: Located,
    nodes: Vec<usize>,
    /// The slot of the current.
    pub current: usize,
    /// The slot of the state that the current drives: the voltage, or the concentration of an ion.
    pub driven: usize,
}

/// The channels and pumps there are.
#[derive(Clone, Copy, Debug)]
enum Kind {
    HH,
    Leak,
    Na,
    K,
    Km,
    CaL,
    CaT,
    CaPump,
    CaNernstReversal,
}

const KINDS: [(&str, Kind); 9] = [
    ("HH", Kind::HH),
    ("Leak", Kind::Leak),
    ("Na", Kind::Na),
    ("K", Kind::K),
    ("Km", Kind::Km),
    ("CaL", Kind::CaL),
    ("CaT", Kind::CaT),
    ("CaPump", Kind::CaPump),
    ("CaNernstReversal", Kind::CaNernstReversal),
];

/// The code of a kind for one element type: its equations, looped over the nodes of an insertion.
struct Code<T> {
    keys: Keys,
    ion: Option<&'static str>,
    update: Update<T>,
    add_currents: AddCurrents<T>,
}

/// As [`Insertion::update`].
type Update<T> = fn(&Insertion, &mut ArraysMut<'_, T>, &[T], &Arrays<'_, T>, f64);

/// As [`Insertion::add_currents`].
type AddCurrents<T> =
    fn(&Insertion, &ArraysMut<'_, T>, &Arrays<'_, T>, &mut [T], Option<&mut Drive<T>>);

impl Kind {
    fn code<T: Scalar>(self) -> Code<T> {
        match self {
            Self::HH => Code::of::<HH, _, _>(),
            Self::Leak => Code::of::<Leak, _, _>(),
            Self::Na => Code::of::<Na, _, _>(),
            Self::K => Code::of::<K, _, _>(),
            Self::Km => Code::of::<Km, _, _>(),
            Self::CaL => Code::of::<CaL, _, _>(),
            Self::CaT => Code::of::<CaT, _, _>(),
            Self::CaPump => Code::of::<CaPump, _, _>(),
            Self::CaNernstReversal => Code::of::<CaNernstReversal, _, _>(),
        }
    }
}

impl<T: Scalar> Code<T> {
    fn of<M: Membrane<P, S>, const P: usize, const S: usize>() -> Self {
        Self {
            keys: Keys { params: M::PARAMS, states: M::STATES },
            ion: M::ION,
            update: |this, states, v, params, delta_t| {
                if S == 0 {
                    return;
                }
                let mut states: [_; S] = columns_mut(states, &this.keys.states);
                let params: [_; P] = columns(params, &this.keys.params);
                for &node in &this.nodes {
                    let old = gather_mut(&states, node);
                    let new = M::update(old, delta_t, v[node], gather(&params, node));
                    for (states, new) in states.iter_mut().zip(new) {
                        states[node] = new;
                    }
                }
            },
            add_currents: |this, states, params, currents, mut drive| {
                let gates: [_; S] = columns(states, &this.keys.states);
                let params: [_; P] = columns(params, &this.keys.params);
                let driven = states[this.driven].view();
                for &node in &this.nodes {
                    let (gates, own) = (gather(&gates, node), gather(&params, node));
                    let x = driven[node];
                    let current = M::current(gates, x, own);
                    if let Some(drive) = &mut drive {
                        drive.add(node, x, [current, M::current(gates, x + SHIFT, own)]);
                    }
                    currents[node] += current;
                }
            },
        }
    }
}

impl Insertion {
    /// Finds the arrays of a channel or pump.
    pub fn new(
        channel: &export::Channel,
        params: &Slots,
        states: &Slots,
    ) -> Result<Self, CableError> {
        let place = Place::Channel(channel.mechanism.name.clone());
        let kind = find_kind(&KINDS, &channel.mechanism, &place)?;
        let code = kind.code::<f64>();
        let keys = code.keys.locate(&channel.mechanism, &place, params, states)?;
        let driven = states.need(code.ion.unwrap_or("v"), &place)?;
        let current = states.need(&channel.mechanism.current, &place)?;
        Ok(Self { kind, keys, nodes: channel.nodes.clone(), current, driven })
    }

    /// Moves the states by `delta_t` (ms) at the voltages `v` (mV) of all nodes.
    pub fn update<T: Scalar>(
        &self,
        states: &mut ArraysMut<'_, T>,
        v: &[T],
        params: &Arrays<'_, T>,
        delta_t: f64,
    ) {
        (self.kind.code().update)(self, states, v, params, delta_t);
    }

    /// Adds the current of every node to `currents`, and to the `drive` of the driven state if that
    /// is wanted.
    pub fn add_currents<T: Scalar>(
        &self,
        states: &ArraysMut<'_, T>,
        params: &Arrays<'_, T>,
        currents: &mut [T],
        drive: Option<&mut Drive<T>>,
    ) {
        (self.kind.code().add_currents)(self, states, params, currents, drive);
    }
}
