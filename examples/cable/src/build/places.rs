//! Where the compartments in a [`View`] lie.

use crate::build::tables::Tables;
use crate::build::view::View;
use crate::swc::frusta::split;
use std::borrow::Borrow;

impl<M: Borrow<Tables>> View<M> {
    /// The points that each compartment in view is traced by, `[x, y, z, radius]` in um, from its start
    /// to its end, in ascending order of the compartments.
    ///
    /// The first and the last point are where the branch is cut, so that the last one of a
    /// compartment is the first of the next one. A compartment of a sphere, as a soma of one point is,
    /// has that point alone. One that is not from an SWC file has no points.
    ///
    /// The points are those of the file, whatever radius or length is [`set`](Self::set). Jaxley's
    /// `xyzr` has the points of each branch.
    ///
    /// ```
    /// use cable::{Build, Cell};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let swc = "1 1 0 0 0 1 -1\n 2 1 2 0 0 1 1\n 3 1 4 0 0 0.5 2"; // one branch, along x
    /// let cell = Cell::from_swc(swc, 2)?;
    /// let along = [[0.0, 0.0, 0.0, 1.0], [2.0, 0.0, 0.0, 1.0], [4.0, 0.0, 0.0, 0.5]];
    /// assert_eq!(cell.view().xyzr(), [&along[..2], &along[1..]]);
    /// assert_eq!(cell.view().comp(1)?.xyzr(), [&along[1..]]);
    /// assert!(Cell::default().view().xyzr()[0].is_empty()); // built by hand
    /// # Ok(())
    /// # }
    /// ```
    pub fn xyzr(&self) -> Vec<Vec<[f64; 4]>> {
        let mut parts = Vec::with_capacity(self.comps.len());
        let (mut first, mut comps) = (0, &*self.comps);
        for branch in self.tables.borrow().cells.iter().flatten() {
            let past = first + branch.ncomp;
            let (here, later) = comps.split_at(comps.partition_point(|&comp| comp < past));
            if let (Some(trace), false) = (&branch.trace, here.is_empty()) {
                let mut all = split(&trace.points, branch.ncomp);
                parts.extend(here.iter().map(|&comp| std::mem::take(&mut all[comp - first])));
            } else {
                parts.resize(parts.len() + here.len(), Vec::new());
            }
            (first, comps) = (past, later);
        }
        parts
    }
}
