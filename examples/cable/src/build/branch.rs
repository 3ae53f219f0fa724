use crate::build::compartment::Compartment;
use crate::build::index::Index;
use crate::build::tables::{Neurite, Tables, too_many};
use crate::build::view::View;
use crate::build::whole::{Build, build};
use crate::description::limits::MAX_COMPARTMENTS;
use crate::error::CableError;

/// An unbranched stretch of compartments.
///
/// ```
/// use cable::channels::Leak;
/// use cable::{Branch, Build, Compartment};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut branch = Branch::new(&Compartment::new(), 3)?;
/// branch.comp(1)?.insert(Leak)?;
/// let export = branch.export("branch", 0.025, 40);
/// assert_eq!(export.channels[0].nodes, [1]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Branch {
    pub(crate) tables: Tables,
}

build!(Branch);

impl Branch {
    /// `ncomp` copies of a compartment.
    ///
    /// # Errors
    /// [`Empty`](crate::ErrorKind::Empty) if `ncomp` is 0,
    /// [`Value`](crate::ErrorKind::Value) if it is above 10000000, and those of
    /// [`from_compartments`](Self::from_compartments).
    ///
    /// ```
    /// use cable::{Branch, Build, Compartment};
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// assert_eq!(branch.view().nodes(), [0, 1]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn new(compartment: &Compartment, ncomp: usize) -> Result<Self, CableError> {
        if ncomp > MAX_COMPARTMENTS {
            return Err(too_many("branch", ncomp));
        }
        let whole = vec![vec![Neurite::new(ncomp, None)]];
        let tables = Tables::repeat("branch", "compartment", &compartment.tables, ncomp, whole)?;
        Ok(Self { tables })
    }

    /// The compartments in a row.
    ///
    /// # Errors
    /// [`Empty`](crate::ErrorKind::Empty) if there are none,
    /// [`Conflict`](crate::ErrorKind::Conflict) if one has stimuli, clamps, recordings or trainable
    /// parameters, and [`Conflict`](crate::ErrorKind::Conflict) if channels of two kinds have one
    /// name.
    ///
    /// ```
    /// use cable::{Branch, Build, Compartment};
    /// let (thin, mut thick) = (Compartment::new(), Compartment::new());
    /// thick.set("radius", 2.0)?;
    /// assert_eq!(Branch::from_compartments(&[thin, thick])?.get("radius")?, [1.0, 2.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn from_compartments(compartments: &[Compartment]) -> Result<Self, CableError> {
        let whole = vec![vec![Neurite::new(compartments.len(), None)]];
        let parts = compartments.iter().map(|compartment| &compartment.tables);
        Ok(Self { tables: Tables::join("branch", "compartment", parts, whole)? })
    }

    /// Only these compartments.
    ///
    /// # Errors
    /// [`Index`](crate::ErrorKind::Index) if one of them does not exist, and
    /// [`Empty`](crate::ErrorKind::Empty) if none is named.
    ///
    /// ```
    /// use cable::{Branch, Build, Compartment};
    /// let mut branch = Branch::new(&Compartment::new(), 2)?;
    /// branch.comp(1)?.set("v", -60.0)?;
    /// assert_eq!(branch.get("v")?, [-70.0, -60.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn comp(&mut self, index: impl Into<Index>) -> Result<View<&mut Tables>, CableError> {
        self.view_mut().comp(index)
    }

    /// Only the compartment at this position along the branch; see [`View::loc`].
    ///
    /// # Errors
    /// [`Value`](crate::ErrorKind::Value) if `at` is not from 0 to 1.
    ///
    /// ```
    /// use cable::{Branch, Compartment};
    /// let mut branch = Branch::new(&Compartment::new(), 4)?;
    /// assert_eq!(branch.loc(0.6)?.nodes(), [2]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn loc(&mut self, at: f64) -> Result<View<&mut Tables>, CableError> {
        self.view_mut().loc(at)
    }

    /// Cuts the branch into `ncomp` compartments; see [`View::set_ncomp`].
    ///
    /// # Errors
    /// Those of [`View::set_ncomp`].
    ///
    /// ```
    /// use cable::{Branch, Build, Compartment};
    /// let mut branch = Branch::new(&Compartment::new(), 4)?;
    /// assert_eq!(branch.set_ncomp(2)?.get("length")?, [20.0, 20.0]); // um
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn set_ncomp(&mut self, ncomp: usize) -> Result<&mut Self, CableError> {
        self.view_mut().set_ncomp(ncomp)?;
        Ok(self)
    }
}
