use crate::error::CableError;
use crate::place::Place;

/// What an array has one value for each of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// All nodes.
    Nodes(usize),
    /// The synapses of one type.
    Synapses(usize),
    /// All directed edges between neighbours.
    Edges(usize),
}

impl Home {
    /// The length of an array that lives here.
    pub fn len(self) -> usize {
        let (Self::Nodes(len) | Self::Synapses(len) | Self::Edges(len)) = self;
        len
    }

    /// What is counted.
    pub fn per(self) -> &'static str {
        match self {
            Self::Nodes(_) => "nodes",
            Self::Synapses(_) => "synapses",
            Self::Edges(_) => "edges",
        }
    }

    /// Checks the length of an array that lives here.
    pub fn check(self, place: impl FnOnce() -> Place, found: usize) -> Result<(), CableError> {
        let expected = self.len();
        if found == expected {
            return Ok(());
        }
        Err(CableError::Length { place: place(), found, expected, per: self.per() })
    }

    /// Checks an index into an array that lives here.
    pub fn check_index(
        self,
        place: impl FnOnce() -> Place,
        index: usize,
    ) -> Result<(), CableError> {
        if index < self.len() {
            return Ok(());
        }
        Err(CableError::Index { place: place(), index, len: self.len(), per: self.per() })
    }
}
