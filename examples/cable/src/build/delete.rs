//! How a [`View`] removes recordings, stimuli and clamps.

use crate::build::tables::Tables;
use crate::build::view::View;
use crate::description::export::External;
use crate::error::CableError;
use std::borrow::BorrowMut;
use std::collections::BTreeSet;

impl<M: BorrowMut<Tables>> View<M> {
    /// Removes all recordings of what is in view.
    ///
    /// ```
    /// use cable::{Branch, Build, Compartment};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut branch = Branch::new(&Compartment::new(), 3)?;
    /// branch.record("v")?.comp(0)?.delete_recordings();
    /// assert_eq!(branch.build(0.025)?.recordings().len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete_recordings(&mut self) -> &mut Self {
        let mut recordings = std::mem::take(&mut self.tables.borrow_mut().recordings);
        recordings.retain(|(state, place)| !self.in_view(state).contains(place));
        self.tables.borrow_mut().recordings = recordings;
        self
    }

    /// Removes all stimuli of compartments in view.
    ///
    /// ```
    /// use cable::{Branch, Build, Compartment};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut branch = Branch::new(&Compartment::new(), 3)?;
    /// branch.stimulate(vec![0.1; 4])?.comp(0)?.delete_stimuli(); // nA
    /// assert_eq!(branch.build(0.025)?.externals()["i"].nodes, [1, 2]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete_stimuli(&mut self) -> &mut Self {
        self.delete_external(External::STIMULUS);
        self
    }

    /// Removes the clamps of what is in view: those of one state, or all for `None`.
    ///
    /// # Errors
    /// [`Unknown`](crate::ErrorKind::Unknown) if the module has no such state.
    ///
    /// ```
    /// use cable::channels::HH;
    /// use cable::{Build, Compartment};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut comp = Compartment::new();
    /// comp.insert(HH)?.clamp("v", vec![-65.0])?.clamp("HH_m", vec![0.1])?; // mV, 1
    /// comp.delete_clamps(Some("v"))?;
    /// assert!(comp.build(0.025)?.externals().keys().eq(["HH_m"]));
    /// assert!(comp.delete_clamps(None)?.build(0.025)?.externals().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete_clamps(&mut self, state: Option<&str>) -> Result<&mut Self, CableError> {
        let names: Vec<_> = match state {
            Some(state) if self.tables.borrow().has_state(state) => vec![state.to_owned()],
            Some(state) => return Err(self.tables.borrow().unknown_state(&self.path, state)),
            None => self.tables.borrow().externals.keys().cloned().collect(),
        };
        for name in names.iter().filter(|name| *name != External::STIMULUS) {
            self.delete_external(name);
        }
        Ok(self)
    }

    fn delete_external(&mut self, name: &str) {
        let here = self.in_view(name);
        let externals = &mut self.tables.borrow_mut().externals;
        let Some(External { nodes, values }) = externals.remove(name) else { return };
        let kept = nodes.into_iter().zip(values).filter(|(node, _)| !here.contains(node));
        let (nodes, values): (Vec<_>, Vec<_>) = kept.unzip();
        if !nodes.is_empty() {
            externals.insert(name.to_owned(), External { nodes, values });
        }
    }

    /// Where the state, the current or the stimulus called `name` can be in view, as the built
    /// module counts it.
    fn in_view(&self, name: &str) -> BTreeSet<usize> {
        let kind = self.tables.borrow().synapse_of(name);
        kind.map_or_else(|| self.nodes(), |kind| self.synapses(kind)).into_iter().collect()
    }
}
