use crate::build::compartment::Compartment;
use crate::build::index::Index;
use crate::build::tables::{Neurite, Tables, too_many};
use crate::build::values::Values;
use crate::build::verbs::verbs;
use crate::build::view::View;
use crate::channels::insertion::ChannelKind;
use crate::description::check::MAX_COMPARTMENTS;
use crate::description::export::Export;
use crate::description::setting::{ParamState, Parameters, Setting};
use crate::error::CableError;
use crate::mechanism::mechanism::Named;
use crate::run::cable::Cable;

/// An unbranched stretch of compartments.
///
/// ```
/// use cable::{Branch, Compartment, Leak};
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

verbs!(Branch);

impl Branch {
    /// `ncomp` compartments that are all the same.
    ///
    /// # Errors
    /// [`BuildError::Empty`](crate::BuildError::Empty) if `ncomp` is 0,
    /// [`BuildError::Value`](crate::BuildError::Value) if it is above 10000000, and those of
    /// [`from_compartments`](Self::from_compartments).
    ///
    /// ```
    /// use cable::{Branch, Compartment};
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// assert_eq!(branch.view().nodes(), [0, 1]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn new(compartment: &Compartment, ncomp: usize) -> Result<Self, CableError> {
        if ncomp > MAX_COMPARTMENTS {
            return Err(too_many("branch", ncomp));
        }
        Self::join(std::iter::repeat_n(compartment, ncomp))
    }

    /// The compartments in a row.
    ///
    /// # Errors
    /// [`BuildError::Empty`](crate::BuildError::Empty) if there are none,
    /// [`BuildError::TooEarly`](crate::BuildError::TooEarly) if one has stimuli, clamps, recordings or
    /// trainable parameters, and [`BuildError::Clash`](crate::BuildError::Clash) if one name stands
    /// for two kinds of channels.
    ///
    /// ```
    /// use cable::{Branch, Compartment};
    /// let (thin, mut thick) = (Compartment::new(), Compartment::new());
    /// thick.set("radius", 2.0)?;
    /// assert_eq!(Branch::from_compartments(&[thin, thick])?.get("radius")?, [1.0, 2.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn from_compartments(compartments: &[Compartment]) -> Result<Self, CableError> {
        Self::join(compartments.iter())
    }

    fn join<'a>(
        compartments: impl Iterator<Item = &'a Compartment> + Clone,
    ) -> Result<Self, CableError> {
        let whole = vec![vec![Neurite { ncomp: compartments.clone().count(), parent: None }]];
        let parts = compartments.map(|compartment| &compartment.tables);
        Ok(Self { tables: Tables::join("branch", "compartment", parts, whole)? })
    }

    /// Only these compartments.
    ///
    /// # Errors
    /// [`CableError::Index`] if one of them does not exist, and
    /// [`BuildError::NothingInView`](crate::BuildError::NothingInView) if none is named.
    ///
    /// ```
    /// use cable::{Branch, Compartment};
    /// let mut branch = Branch::new(&Compartment::new(), 2)?;
    /// branch.comp(1)?.set("v", -60.0)?;
    /// assert_eq!(branch.get("v")?, [-70.0, -60.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn comp(&mut self, index: impl Into<Index>) -> Result<View<&mut Tables>, CableError> {
        self.view_mut().comp(index)
    }

    /// Only the compartment at this place; see [`View::loc`].
    ///
    /// # Errors
    /// [`BuildError::Value`](crate::BuildError::Value) if `at` is not from 0 to 1.
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
}
