use crate::channels::loops::Code;
use crate::mechanism::keys::Keys;
use crate::mechanism::kinds::{Named, kinds};

kinds! {
    /// A kind of channel or pump, for code that chooses one: `insert` takes it like the struct of
    /// that name.
    ///
    /// ```
    /// use cable::channels::{ChannelKind, HH};
    /// use cable::{Build, Compartment};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut comp = Compartment::new();
    /// for kind in [ChannelKind::Leak, ChannelKind::K] {
    ///     comp.insert(kind)?;
    /// }
    /// comp.insert(HH)?; // as ChannelKind::HH
    /// assert_eq!(comp.build(0.025)?.membrane_current_names(), ["i_Leak", "i_K", "i_HH"]);
    /// assert_eq!(ChannelKind::CaPump.name(), "CaPump");
    /// # Ok(())
    /// # }
    /// ```
    channels: ChannelKind {
        hh::HH,
        pospischil::Leak,
        pospischil::Na,
        pospischil::K,
        pospischil::Km,
        pospischil::CaL,
        pospischil::CaT,
        calcium::CaPump,
        calcium::CaNernstReversal,
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
