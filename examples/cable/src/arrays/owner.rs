use crate::error::CableError;
use std::fmt::Display;

/// What an array has one value for each of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// All nodes.
    Nodes(usize),
    /// The synapses of one type.
    Synapses(usize),
    /// All directed edges between neighbours.
    Edges(usize),
}

impl Owner {
    /// The length of the array.
    pub fn len(self) -> usize {
        let (Self::Nodes(len) | Self::Synapses(len) | Self::Edges(len)) = self;
        len
    }

    /// The word for what is counted.
    pub fn per(self) -> &'static str {
        match self {
            Self::Nodes(_) => "nodes",
            Self::Synapses(_) => "synapses",
            Self::Edges(_) => "edges",
        }
    }

    /// Checks the length of an array, which errors call `place`.
    pub fn check<P: Display>(
        self,
        place: impl FnOnce() -> P,
        found: usize,
    ) -> Result<(), CableError> {
        let expected = self.len();
        if found == expected {
            return Ok(());
        }
        Err(CableError::length(place(), found, expected, self.per()))
    }

    /// Checks an index into an array; errors call the one who has the index `place`.
    pub fn check_index<P: Display>(
        self,
        place: impl FnOnce() -> P,
        index: usize,
    ) -> Result<(), CableError> {
        if index < self.len() {
            return Ok(());
        }
        Err(CableError::index(place(), index, self.len(), self.per()))
    }
}
