use crate::arrays::numbered::{Arrays, ArraysMut, Slots, columns, gather};
use crate::description::export;
use crate::error::CableError;
use crate::mechanism::drive::{Drive, SHIFT};
use crate::mechanism::mechanism::{Keys, Located, Synapse, kinds};
use crate::place::Place;
use crate::states::Scalar;
use crate::synapses::chemical::{
    IonotropicSynapse, TanhConductanceSynapse, TanhRateSynapse, TestSynapse,
};

/// A type of synapse and the compartments it connects.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    kind: SynapseKind,
    pub keys: Located,
    /// For each synapse, the presynaptic and the postsynaptic node.
    pub ends: Vec<(usize, usize)>,
    /// The slot of the voltage.
    v: usize,
    /// The slot of the membrane area.
    area: usize,
    /// The slot of the current.
    pub current: usize,
}

kinds! {
    /// The types of synapses; their [equations](crate#mechanisms) and
    /// [keys](crate#keys-and-units) are listed in the docs of the crate.
    ///
    /// ```
    /// use cable::{Cell, Network, SynapseKind};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut net = Network::new(&vec![Cell::default(); 2])?;
    /// let [pre, post] = [net.cell(0)?.selection(), net.cell(1)?.selection()];
    /// for kind in [SynapseKind::IonotropicSynapse, SynapseKind::TanhConductanceSynapse] {
    ///     net.connect(&pre, &post, kind)?;
    ///     assert_eq!(net.get(&format!("{}_gS", kind.name()))?, [1e-4]); // uS
    /// }
    /// # Ok(())
    /// # }
    /// ```
    SynapseKind {
        /// Receptors that open with the presynaptic voltage.
        IonotropicSynapse,
        /// A rate synapse without state.
        TanhRateSynapse,
        /// A conductance synapse without state.
        TanhConductanceSynapse,
        /// An ionotropic synapse with everything but its conductance fixed.
        TestSynapse,
    }
}

impl SynapseKind {
    /// The keys of its parameters and states.
    pub(crate) fn keys(self) -> Keys {
        self.code::<f64>().keys
    }
}

/// The code of a kind for one element type: its equations, looped over the synapses of a
/// connection.
struct Code<T> {
    keys: Keys,
    update: fn(&Connection, &mut ArraysMut<'_, T>, &Arrays<'_, T>, f64),
    add_currents: fn(&Connection, &mut ArraysMut<'_, T>, &Arrays<'_, T>, &mut Drive<T>),
}

impl<T: Scalar> Code<T> {
    fn of<M: Synapse<P, S>, const P: usize, const S: usize>() -> Self {
        Self {
            keys: Keys { params: M::PARAMS, states: M::STATES },
            update: |this, states, params, delta_t| {
                let v = states[this.v].to_vec();
                let pairs = this.ends.iter().enumerate().map(|(synapse, &(pre, _))| (synapse, pre));
                this.keys.update::<M, _, _, _>(pairs, &v, states, params, delta_t);
            },
            add_currents: |this, states, params, drive| {
                for (synapse, &(pre, post)) in this.ends.iter().enumerate() {
                    let gates = gather(&columns(states, &this.keys.states), synapse);
                    let own = gather(&columns(params, &this.keys.params), synapse);
                    let [x, y] = [pre, post].map(|node| states[this.v][node]);
                    // Both voltages are shifted, so the slope counts a change of the presynaptic
                    // one too.
                    let secant = [0.0, SHIFT].map(|by| M::current(gates, x + by, y + by, own));
                    let area = params[this.area][post];
                    drive.add(post, y, secant.map(|current| density(current, area)));
                    states[this.current][synapse] = secant[0];
                }
            },
        }
    }
}

impl Connection {
    /// Finds the arrays of a type of synapse.
    pub fn new(
        synapse: &export::Synapse,
        params: &Slots,
        states: &Slots,
    ) -> Result<Self, CableError> {
        let place = Place::Synapse(synapse.mechanism.name.clone());
        let kind = SynapseKind::find(&synapse.mechanism.kind, &place)?;
        Ok(Self {
            kind,
            keys: kind.code::<f64>().keys.locate(&synapse.mechanism, &place, params, states)?,
            ends: synapse.pre.iter().copied().zip(synapse.post.iter().copied()).collect(),
            v: states.need("v", &place)?,
            area: params.need("area", &place)?,
            current: states.need(&synapse.mechanism.current, &place)?,
        })
    }

    /// The same synapses, each between two nodes of its own: the first from node 0 to node 1, the
    /// second from node 2 to node 3.
    pub fn apart(&self) -> Self {
        let ends = (0..self.ends.len()).map(|synapse| (2 * synapse, 2 * synapse + 1)).collect();
        Self { ends, ..self.clone() }
    }

    /// Moves the states by `delta_t` (ms).
    pub fn update<T: Scalar>(
        &self,
        states: &mut ArraysMut<'_, T>,
        params: &Arrays<'_, T>,
        delta_t: f64,
    ) {
        (self.kind.code().update)(self, states, params, delta_t);
    }

    /// Stores the current of every synapse, and adds it to the `drive` of the postsynaptic voltage.
    pub fn add_currents<T: Scalar>(
        &self,
        states: &mut ArraysMut<'_, T>,
        params: &Arrays<'_, T>,
        drive: &mut Drive<T>,
    ) {
        (self.kind.code().add_currents)(self, states, params, drive);
    }
}

/// A current at a point (nA) spread over the `area` (um^2) of its compartment, in uA/cm^2.
pub(crate) fn density<T: Scalar>(current: T, area: T) -> T {
    current / area * 1e5
}
