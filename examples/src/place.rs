use std::fmt;

/// A part of a module that an error points to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The module as a whole.
    Module,
    /// A field of the module.
    Field(&'static str),
    /// The state of this key.
    State(String),
    /// The parameter of this key.
    Param(String),
    /// The channel or pump of this name.
    Channel(String),
    /// The synapse type of this name.
    Synapse(String),
    /// The external of this name.
    External(String),
    /// A view of a module, or a part of it, as it was asked for: `cell.branch(0)`.
    View(String),
    /// The recording with this index.
    Recording(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module => f.write_str("the module"),
            Self::Field(name) => f.write_str(name),
            Self::State(key) => write!(f, "state '{key}'"),
            Self::Param(key) => write!(f, "parameter '{key}'"),
            Self::Channel(name) => write!(f, "channel '{name}'"),
            Self::Synapse(name) => write!(f, "synapse '{name}'"),
            Self::External(name) => write!(f, "external '{name}'"),
            Self::View(path) => f.write_str(path),
            Self::Recording(index) => write!(f, "recording {index}"),
        }
    }
}
