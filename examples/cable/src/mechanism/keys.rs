use crate::arrays::table::ArrayTable;
use crate::description::export;
use crate::error::{CableError, Place, list};

/// A parameter or a state as seen from one mechanism: its name, and its value where the mechanism
/// is inserted anew.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key {
    /// The mechanism's own: `gNa` of a mechanism called `HH` is `HH_gNa`.
    Own(&'static str, f64),
    /// Shared by all mechanisms: `eNa` is `eNa`.
    Shared(&'static str, f64),
}

impl Key {
    /// The key in the dictionaries for the mechanism called `name`.
    pub fn under(self, name: &str) -> String {
        match self {
            Self::Own(key, _) => format!("{name}_{key}"),
            Self::Shared(key, _) => key.to_owned(),
        }
    }

    /// The value where the mechanism is inserted anew.
    pub fn value(self) -> f64 {
        let (Self::Own(_, value) | Self::Shared(_, value)) = self;
        value
    }
}

/// The keys of a kind of mechanism.
#[derive(Clone, Copy)]
pub(crate) struct Keys {
    pub params: &'static [Key],
    pub states: &'static [Key],
}

/// Where the arrays of one mechanism are, in the order of its [`Keys`].
#[derive(Clone, Debug)]
pub(crate) struct Located {
    pub params: Vec<usize>,
    pub states: Vec<usize>,
}

impl Keys {
    /// Finds the arrays of a mechanism whose kind has these keys, and checks that it lists just
    /// them.
    pub fn locate(
        &self,
        mechanism: &export::Mechanism,
        place: &Place<'_>,
        params: &ArrayTable,
        states: &ArrayTable,
    ) -> Result<Located, CableError> {
        let find = |keys: &[Key], field, listed: &[String], slots: &ArrayTable| {
            let keys: Vec<_> = keys.iter().map(|key| key.under(&mechanism.name)).collect();
            let (mut expected, mut listed) = (keys.clone(), listed.to_owned());
            expected.sort_unstable();
            listed.sort_unstable();
            if listed != expected {
                let (kind, listed, expected) = (&mechanism.kind, list(listed), list(expected));
                return Err(CableError::conflict(format!(
                    "{place} lists the {field} [{listed}], but kind '{kind}' has [{expected}]: \
                     list those"
                )));
            }
            keys.iter().map(|key| slots.need(key, place)).collect()
        };
        Ok(Located {
            params: find(self.params, "params", &mechanism.params, params)?,
            states: find(self.states, "states", &mechanism.states, states)?,
        })
    }
}
