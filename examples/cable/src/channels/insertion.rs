use crate::arrays::numbered::{Arrays, ArraysMut, Slots, columns, gather};
use crate::channels::calcium::{CaNernstReversal, CaPump};
use crate::channels::hh::HH;
use crate::channels::pospischil::{CaL, CaT, K, Km, Leak, Na};
use crate::description::export;
use crate::error::CableError;
use crate::mechanism::drive::{Drive, SHIFT};
use crate::mechanism::mechanism::{Keys, Located, Membrane, Named, kinds};
use crate::place::Place;
use crate::states::Scalar;

/// A channel or pump and the nodes it is inserted in.
#[derive(Clone, Debug)]
pub(crate) struct Insertion {
    kind: ChannelKind,
    keys: Located,
    nodes: Vec<usize>,
    /// The slot of the current.
    pub current: usize,
    /// The slot of the state that the current drives: the voltage, or the concentration of an ion.
    pub driven: usize,
}

kinds! {
    /// The kinds of channels and pumps; their [equations](crate#mechanisms) and
    /// [keys](crate#keys-and-units) are listed in the docs of the crate.
    ///
    /// ```
    /// use cable::{Branch, Compartment, HH, Leak};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut branch = Branch::new(&Compartment::new(), 2)?;
    /// branch.insert(Leak)?;
    /// branch.comp(0)?.insert(HH.change_name("Soma"))?;
    /// assert_eq!(branch.get("Soma_gNa")?, [0.12]);
    /// # Ok(())
    /// # }
    /// ```
    ChannelKind {
        /// Sodium, potassium and leak of the squid axon.
        HH,
        /// A leak.
        Leak,
        /// The fast sodium channel.
        Na,
        /// The delayed rectifier.
        K,
        /// The slow, non-inactivating M current.
        Km,
        /// The high-threshold calcium channel.
        CaL,
        /// The low-threshold calcium channel.
        CaT,
        /// Calcium that enters a shell under the membrane and is pumped out.
        CaPump,
        /// The reversal potential of calcium from its concentrations.
        CaNernstReversal,
    }
}

impl ChannelKind {
    /// The keys of its parameters and states.
    pub(crate) fn keys(self) -> Keys {
        self.code::<f64>().keys
    }

    /// The concentration that it drives if it is a pump.
    pub(crate) fn ion(self) -> Option<&'static str> {
        self.code::<f64>().ion
    }
}

impl Named<ChannelKind> {
    /// The name of its current.
    pub(crate) fn current(&self) -> String {
        let shared = self.kind.code::<f64>().current;
        shared.map_or_else(|| format!("i_{}", self.made_as), str::to_owned)
    }
}

/// The code of a kind for one element type: its equations, looped over the nodes of an insertion.
struct Code<T> {
    keys: Keys,
    current: Option<&'static str>,
    ion: Option<&'static str>,
    update: Update<T>,
    add_currents: AddCurrents<T>,
}

/// As [`Insertion::update`].
type Update<T> = fn(&Insertion, &mut ArraysMut<'_, T>, &[T], &Arrays<'_, T>, f64);

/// As [`Insertion::add_currents`].
type AddCurrents<T> =
    fn(&Insertion, &ArraysMut<'_, T>, &Arrays<'_, T>, &mut [T], Option<&mut Drive<T>>);

impl<T: Scalar> Code<T> {
    fn of<M: Membrane<P, S>, const P: usize, const S: usize>() -> Self {
        Self {
            keys: Keys { params: M::PARAMS, states: M::STATES },
            current: M::CURRENT,
            ion: M::ION,
            update: |this, states, v, params, delta_t| {
                let pairs = this.nodes.iter().map(|&node| (node, node));
                this.keys.update::<M, _, _, _>(pairs, v, states, params, delta_t);
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
        let kind = ChannelKind::find(&channel.mechanism.kind, &place)?;
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
