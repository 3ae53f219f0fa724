//! From the branches of an SWC file to the compartments of a cell.

use crate::build::cell::Cell;
use crate::build::tables::{Neurite, Tables, too_many};
use crate::description::limits::MAX_COMPARTMENTS;
use crate::error::CableError;
use crate::swc::swc::Swc;
use crate::swc::traced::{GEOMETRY, TracedBranch};
use std::sync::Arc;

impl Swc {
    /// The cell, with `ncomp` compartments a branch.
    ///
    /// # Errors
    /// [`Text`](crate::ErrorKind::Text) with the line if the points do not form one tree, a branch
    /// has no length, or a compartment has a radius of 0; [`Empty`](crate::ErrorKind::Empty) if
    /// `ncomp` is 0; and [`Value`](crate::ErrorKind::Value) if an area or the like is beyond the
    /// [limits](crate#numbers), or there would be more than 10000000 compartments.
    ///
    /// ```
    /// use cable::{Build, Swc};
    /// let cell = Swc::new("1 1 0 0 0 8 -1\n 2 3 9 0 0 1 1\n 3 3 39 0 0 1 2")?.cell(2)?;
    /// assert_eq!(cell.get("length")?, [8.0, 8.0, 15.0, 15.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn cell(&self, ncomp: usize) -> Result<Cell, CableError> {
        self.cell_by(|_| ncomp)
    }

    /// The cell, with as many compartments a branch as a function says.
    ///
    /// # Errors
    /// Those of [`cell`](Self::cell).
    ///
    /// ```
    /// use cable::{Build, Swc};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let swc = Swc::new("1 1 0 0 0 8 -1\n 2 3 9 0 0 1 1\n 3 3 99 0 0 1 2")?;
    /// // Two for each tenth of the length constant at 100 Hz, but an odd number, as in NEURON.
    /// let cell = swc.cell_by(|branch| {
    ///     let [resistivity, capacitance] = [100.0, 1.0]; // ohm cm, uF/cm^2
    ///     let diameter = 2.0 * branch.radius();
    ///     let constant = 1e5 * (diameter / (400.0 * 3.14159 * resistivity * capacitance)).sqrt();
    ///     2 * ((branch.length() / (0.1 * constant) + 0.9) / 2.0) as usize + 1
    /// })?;
    /// assert_eq!(cell.view().branch(1)?.nodes(), [1, 2, 3]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn cell_by(
        &self,
        mut ncomp: impl FnMut(&TracedBranch) -> usize,
    ) -> Result<Cell, CableError> {
        let (mut tree, mut len) = (Vec::new(), 0_usize);
        for (parent, branch) in self.branches()? {
            let ncomp = ncomp(&branch);
            if ncomp == 0 {
                return Err(CableError::empty(&branch.place(), "compartment"));
            }
            len = len.saturating_add(ncomp);
            if len > MAX_COMPARTMENTS {
                return Err(too_many("cell", ncomp));
            }
            tree.push(Neurite { ncomp, parent, trace: Some(Arc::new(branch)) });
        }
        let compartment = Tables::compartment();
        let cells = vec![tree.clone()];
        let mut tables = Tables::repeat("cell", "compartment", &compartment, len, cells)?;
        let mut first = 0;
        for Neurite { ncomp, trace, .. } in tree {
            let Some(branch) = trace else { continue };
            for (comp, values) in (first..).zip(branch.compartments(ncomp)?) {
                for (key, value) in GEOMETRY.into_iter().zip(values) {
                    if let Some(column) = tables.columns.get_mut(key) {
                        column[comp] = value;
                    }
                }
            }
            tables.groups.entry(branch.group()).or_default().extend(first..first + ncomp);
            first += ncomp;
        }
        Ok(Cell { tables })
    }
}
