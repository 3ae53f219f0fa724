use crate::error::CableError;
use serde::Deserialize;

/// A directed edge: the voltage of `source` pulls that of `sink`. Every edge has a partner the
/// other way.
///
/// ```
/// use cable::{Branch, Build, Compartment, EdgeKind};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let branch = Branch::new(&Compartment::new(), 2)?;
/// let edges = branch.export("branch", 0.025, 0).edges;
/// let ends: Vec<_> = edges.iter().map(|edge| (edge.source, edge.sink)).collect();
/// assert_eq!(ends, [(0, 1), (1, 0)]);
/// assert_eq!(edges[0].kind, EdgeKind::Compartments);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(expecting = "an edge: an object with source, sink and type")]
pub struct Edge {
    /// The node that pulls.
    pub source: usize,
    /// The node that is pulled.
    pub sink: usize,
    /// What the ends are; a number from 0 to 4 under `type` in the JSON.
    #[serde(rename = "type")]
    pub kind: EdgeKind,
}

/// Which ends of an [`Edge`] are branchpoints. The numbers are those of the JSON.
///
/// ```
/// use cable::{Branch, Build, Cell, Compartment, EdgeKind};
///
/// # fn main() -> Result<(), cable::CableError> {
/// // Two branches, nodes 0 and 1, meet at branchpoint 2.
/// let cell = Cell::new(&Branch::new(&Compartment::new(), 1)?, &[-1, 0])?;
/// let edges = cell.export("cell", 0.025, 0).edges;
/// let to = edges.iter().filter(|edge| edge.kind == EdgeKind::StartToBranchpoint);
/// assert!(to.map(|edge| (edge.source, edge.sink)).eq([(1, 2)]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "u64")]
pub enum EdgeKind {
    /// Both ends are compartments.
    Compartments = 0,
    /// From a branchpoint to the last compartment of the branch that ends there.
    BranchpointToEnd = 1,
    /// From a branchpoint to the first compartment of a branch that starts there.
    BranchpointToStart = 2,
    /// From the last compartment of a branch to the branchpoint where the branch ends.
    EndToBranchpoint = 3,
    /// From the first compartment of a branch to the branchpoint where the branch starts.
    StartToBranchpoint = 4,
}

impl TryFrom<u64> for EdgeKind {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, String> {
        let kinds = [
            Self::Compartments,
            Self::BranchpointToEnd,
            Self::BranchpointToStart,
            Self::EndToBranchpoint,
            Self::StartToBranchpoint,
        ];
        let kind = kinds.into_iter().find(|&kind| kind as u64 == number);
        kind.ok_or_else(|| format!("an edge of type {number}, {TYPES}"))
    }
}

/// What the numbers of the JSON mean.
const TYPES: &str = "use 0 between compartments, 1 or 2 from a branchpoint, 3 or 4 to one";

impl EdgeKind {
    /// Which of source and sink are branchpoints.
    pub(crate) fn branchpoints(self) -> [bool; 2] {
        match self {
            Self::Compartments => [false, false],
            Self::BranchpointToEnd | Self::BranchpointToStart => [true, false],
            Self::EndToBranchpoint | Self::StartToBranchpoint => [false, true],
        }
    }

    /// The kind of the edge the other way.
    pub(crate) fn reversed(self) -> Self {
        match self {
            Self::Compartments => Self::Compartments,
            Self::BranchpointToEnd => Self::EndToBranchpoint,
            Self::BranchpointToStart => Self::StartToBranchpoint,
            Self::EndToBranchpoint => Self::BranchpointToEnd,
            Self::StartToBranchpoint => Self::BranchpointToStart,
        }
    }
}

impl Edge {
    /// The error of this edge, the one at `index`: what is `wrong`, and what to do.
    pub(crate) fn error(self, index: usize, wrong: &str) -> CableError {
        let Self { source, sink, .. } = self;
        CableError::conflict(format!("edge {index} ({source} -> {sink}) {wrong}"))
    }

    /// The error of an edge whose kind contradicts what its ends are.
    pub(crate) fn wrong_kind(self, index: usize) -> CableError {
        self.error(index, &format!("has type {}: {TYPES}", self.kind as u64))
    }
}
