use crate::mechanism::keys::Keys;
use crate::mechanism::kinds::kinds;
use crate::synapses::loops::Code;

kinds! {
    /// A type of synapse, for code that chooses one: `connect` takes it like the struct of that
    /// name.
    ///
    /// ```
    /// use cable::synapses::SynapseKind;
    /// use cable::{Build, Cell, Network};
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
    synapses: SynapseKind {
        chemical::IonotropicSynapse,
        chemical::TanhRateSynapse,
        chemical::TanhConductanceSynapse,
        chemical::TestSynapse,
    }
}

impl SynapseKind {
    /// The keys of its parameters and states.
    pub(crate) fn keys(self) -> Keys {
        self.code::<f64>().keys
    }
}
