use crate::channels;
use crate::description::export::{Channel, Mechanism};
use crate::error::{CableError, ErrorKind, Place, Short};
use crate::mechanism::keys::Key;
use crate::mechanism::kinds::{ChannelKind, IntoChannel, IntoSynapse, SynapseKind};
use crate::synapses;

/// The kinds of mechanisms that a module may have, by their names: those of [`channels`] and
/// [`synapses`], and your own. [`Cable::from_json_with`] looks them up.
///
/// [`channels`]: crate::channels
/// [`synapses`]: crate::synapses
/// [`Cable::from_json_with`]: crate::Cable::from_json_with
///
/// ```
/// use cable::{Build, Cable, Cell, Kinds};
/// use cable::mechanism::{Key, Mechanism, Membrane, Real};
///
/// /// A leak whose conductance is in siemens per square metre.
/// #[derive(Clone, Copy)]
/// struct Metric;
///
/// impl Mechanism<2, 0> for Metric {
///     const NAME: &str = "Metric";
///     const PARAMS: [Key; 2] = [Key::Own("g", 1.0, "S/m^2"), Key::Own("e", -70.0, "mV")];
///     const STATES: [Key; 0] = [];
/// }
///
/// impl Membrane<2, 0> for Metric {
///     fn current<T: Real>(_: [T; 0], v: T, [g, e]: [T; 2]) -> T {
///         g * (v - e) * 1e-4
///     }
/// }
///
/// # fn main() -> Result<(), cable::CableError> {
/// let export = Cell::default().insert(Metric)?.export("metric", 0.025, 0);
/// assert!(Cable::new(export.clone()).is_err());
/// let cable = Cable::with_kinds(export, &Kinds::default().channel(Metric))?;
/// assert_eq!(cable.membrane_current_names(), ["i_Metric"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Kinds {
    channels: Vec<ChannelKind>,
    synapses: Vec<SynapseKind>,
}

impl Default for Kinds {
    fn default() -> Self {
        Self { channels: channels::OURS.to_vec(), synapses: synapses::OURS.to_vec() }
    }
}

impl Kinds {
    /// Adds a channel or pump, in the place of one with the same name.
    #[must_use]
    pub fn channel<const P: usize, const S: usize>(mut self, kind: impl IntoChannel<P, S>) -> Self {
        let kind = kind.mechanism().kind;
        self.channels.retain(|other| other.name() != kind.name());
        self.channels.push(kind);
        self
    }

    /// Adds a type of synapse, in the place of one with the same name.
    #[must_use]
    pub fn synapse<const P: usize, const S: usize>(mut self, kind: impl IntoSynapse<P, S>) -> Self {
        let kind = kind.mechanism().kind;
        self.synapses.retain(|other| other.name() != kind.name());
        self.synapses.push(kind);
        self
    }

    /// The names of channels with each parameter that they read of their compartments.
    pub(crate) fn read_of_compartments<'m>(
        &self,
        channels: &'m [Channel],
    ) -> Vec<(&'m str, &'static str)> {
        let read = |channel: &'m Channel| {
            let Mechanism { kind, name, .. } = &channel.mechanism;
            let kind = self.channels.iter().find(|known| known.name() == kind);
            let params = kind.into_iter().flat_map(|kind| kind.params());
            params.filter_map(move |key| match key {
                Key::Compartment(key) => Some((name.as_str(), *key)),
                Key::Own(..) | Key::Shared(..) => None,
            })
        };
        channels.iter().flat_map(read).collect()
    }

    /// The channel or pump called `kind`; `place` is what is of that kind.
    pub(crate) fn find_channel(
        &self,
        kind: &str,
        place: &Place<'_>,
    ) -> Result<ChannelKind, CableError> {
        find(&self.channels, ChannelKind::name, kind, place)
    }

    /// The type of synapse called `kind`; `place` is what is of that kind.
    pub(crate) fn find_synapse(
        &self,
        kind: &str,
        place: &Place<'_>,
    ) -> Result<SynapseKind, CableError> {
        find(&self.synapses, SynapseKind::name, kind, place)
    }
}

fn find<K: Copy>(
    kinds: &[K],
    name: fn(K) -> &'static str,
    kind: &str,
    place: &Place<'_>,
) -> Result<K, CableError> {
    let found = kinds.iter().copied().find(|known| name(*known) == kind);
    found.ok_or_else(|| {
        let known: Vec<_> = kinds.iter().copied().map(name).collect();
        let (kind, known) = (Short(kind), known.join(", "));
        let text = format!("{place} is of unknown kind '{kind}': use one of {known}");
        CableError::new(ErrorKind::Unknown, text)
    })
}
