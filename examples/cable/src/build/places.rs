//! Where the compartments in a [`View`] lie.

use crate::build::tables::{Neurite, Tables};
use crate::build::view::{Sharing, View};
use crate::error::{CableError, ErrorKind};
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

    /// The middle (um) of each compartment in view along its [points](Self::xyzr): the `x`, `y` and `z`
    /// of Jaxley's `nodes` after `read_swc`.
    ///
    /// Unlike in Jaxley, a point of the soma that a branch leaves out does not count, and points at one
    /// position are not 1e-5 um apart.
    ///
    /// # Errors
    /// [`Missing`](crate::ErrorKind::Missing) if a compartment is not from an SWC file.
    ///
    /// ```
    /// use cable::Build;
    /// let cell = cable::Cell::from_swc("1 3 0 0 0 1 -1\n 2 3 20 0 0 1 1", 2)?;
    /// assert_eq!(cell.view().centers()?, [[5.0, 0.0, 0.0], [15.0, 0.0, 0.0]]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn centers(&self) -> Result<Vec<[f64; 3]>, CableError> {
        let middle = |points: Vec<[f64; 4]>| {
            let half = split(&points, 2).swap_remove(0);
            let [x, y, z, _] = half[half.len() - 1];
            [x, y, z]
        };
        let known = |points: &Vec<_>| !points.is_empty();
        let xyzr = self.xyzr();
        match xyzr.iter().position(|points| !known(points)) {
            None => Ok(xyzr.into_iter().map(middle).collect()),
            Some(at) => Err(CableError::new(
                ErrorKind::Missing,
                format!(
                    "compartment {at} of {} has no position: only those from an SWC file have one",
                    self.path
                ),
            )),
        }
    }

    /// Only the compartment that holds the point with this id of the SWC file, in each cell.
    ///
    /// A point where compartments meet is in the first of them; the point of a sphere is in the
    /// middle one.
    ///
    /// # Errors
    /// [`Unknown`](crate::ErrorKind::Unknown) if no point has the id, and
    /// [`Empty`](crate::ErrorKind::Empty) if the compartment was not in view.
    ///
    /// ```
    /// use cable::{Build, Cell};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let cell = Cell::from_swc("1 3 0 0 0 1 -1\n 2 3 12 0 0 1 1\n 7 3 20 0 0 1 2", 2)?;
    /// assert_eq!(cell.view().point(2)?.nodes(), [1]);
    /// assert!(cell.view().point(3).is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn point(self, id: i64) -> Result<Self, CableError> {
        let (mut found, mut first) = (Vec::new(), 0);
        for cell in &self.tables.borrow().cells {
            let mut here = None;
            for Neurite { ncomp, trace, .. } in cell {
                let trace = trace.as_ref().filter(|_| here.is_none());
                here = here.or_else(|| Some(first + trace?.comp_of_point(id, *ncomp)?));
                first += ncomp;
            }
            found.extend(here);
        }
        if found.is_empty() {
            let tables = self.tables.borrow();
            let was_read = tables.cells.iter().flatten().any(|branch| branch.trace.is_some());
            let text = if was_read {
                "use the id of one that was read"
            } else {
                "it was not read from an SWC file, so use branch(..) and comp(..)"
            };
            let text = format!("{} has no point {id}: {text}", self.path);
            return Err(CableError::new(ErrorKind::Unknown, text));
        }
        found.retain(|comp| self.comps.binary_search(comp).is_ok());
        self.keep(&format!("point({id})"), found, Sharing::Comp)
    }
}
