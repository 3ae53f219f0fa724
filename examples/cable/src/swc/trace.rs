//! Where a branch lies, as it is kept by a cell.

/// The points that a branch is traced by.
#[derive(Debug)]
pub(crate) struct Trace {
    /// Positions and radii (um), from the start of the branch to its end.
    pub points: Vec<[f64; 4]>,
}
