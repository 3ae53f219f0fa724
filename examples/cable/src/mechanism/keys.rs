/// A parameter or a state as seen from one mechanism: its name, its value where the mechanism is
/// inserted anew, and its unit.
///
/// ```
/// use cable::mechanism::Key;
///
/// let keys = [Key::Own("gNa", 0.12, "S/cm^2"), Key::Shared("eNa", 50.0, "mV")];
/// assert_eq!((keys[0].value(), keys[1].unit()), (0.12, "mV"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Key {
    /// The mechanism's own: `gNa` of a mechanism called `HH` is `HH_gNa`.
    Own(&'static str, f64, &'static str),
    /// Shared by all mechanisms: `eNa` is `eNa`.
    Shared(&'static str, f64, &'static str),
    /// What every compartment has, by its key: a parameter such as `radius`, or the state `v` of a
    /// channel that sets the voltage. An insertion leaves its value alone.
    Compartment(&'static str),
}

impl Key {
    /// The key in the dictionaries for the mechanism called `name`.
    pub(crate) fn under(self, name: &str) -> String {
        match self {
            Self::Own(key, ..) => format!("{name}_{key}"),
            Self::Shared(key, ..) | Self::Compartment(key) => key.to_owned(),
        }
    }

    /// The value where the mechanism is inserted anew; NaN of what a compartment has anyway.
    ///
    /// ```
    /// assert_eq!(cable::mechanism::Key::Own("tau", 5.0, "ms").value(), 5.0);
    /// ```
    pub fn value(self) -> f64 {
        match self {
            Self::Own(_, value, _) | Self::Shared(_, value, _) => value,
            Self::Compartment(_) => f64::NAN,
        }
    }

    /// The unit; `"1"` if there is none. What a compartment has is in [its units](crate#keys-and-units).
    ///
    /// ```
    /// assert_eq!(cable::mechanism::Key::Own("tau", 5.0, "ms").unit(), "ms");
    /// ```
    pub fn unit(self) -> &'static str {
        match self {
            Self::Own(.., unit) | Self::Shared(.., unit) => unit,
            Self::Compartment(_) => "",
        }
    }

    /// Whether it comes with the mechanism.
    pub(crate) fn comes_with_it(&self) -> bool {
        !matches!(self, Self::Compartment(_))
    }
}

/// The keys of a kind of mechanism.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys {
    pub params: &'static [Key],
    pub states: &'static [Key],
}
