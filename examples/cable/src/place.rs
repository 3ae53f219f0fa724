use std::fmt;

/// A part of a module that an error points to. It prints as it stands in the error:
///
/// ```
/// use cable::{CableError, Compartment, Place, States};
///
/// # fn main() -> Result<(), CableError> {
/// let mut comp = Compartment::new();
/// let cable = comp.record("v")?.build(0.025)?;
/// let error = cable.record(&States::<f64>::new()).unwrap_err();
/// let CableError::NotPassed { array } = error else { panic!("{error}") };
/// assert_eq!(array, Place::State("v".to_owned()));
/// assert_eq!(array.to_string(), "state 'v'");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The module as a whole.
    Module,
    /// A field of the module, or a function or one of its arguments.
    Field(&'static str),
    /// The state of this key.
    State(String),
    /// The parameter of this key; in a [`Setting`](crate::Setting) the state too.
    Param(String),
    /// The channel or pump of this name.
    Channel(String),
    /// The synapse type of this name.
    Synapse(String),
    /// The external of this name.
    External(String),
    /// A view of a module, or a part of it, as it was asked for: `cell.branch(0)`.
    View(String),
    /// The recording with this index, counted from 0.
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
