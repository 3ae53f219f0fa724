//! How a [`View`] is narrowed down.

use crate::build::index::Index;
use crate::build::tables::{Address, Neurite, Tables};
use crate::build::view::{Sharing, View};
use crate::error::{CableError, ErrorKind, Number};
use std::borrow::Borrow;
use std::collections::BTreeSet;

impl<M: Borrow<Tables>> View<M> {
    /// Only these cells of a network.
    ///
    /// # Errors
    /// [`Index`](crate::ErrorKind::Index) if one of them does not exist, and
    /// [`Empty`](crate::ErrorKind::Empty) if none is left.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// let cell = Cell::new(&branch, &[-1, 0, 0])?;
    /// let net = cable::Network::new(&[cell.clone(), cell])?;
    /// assert_eq!(net.view().cell(0)?.nodes().len(), 6);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn cell(self, index: impl Into<Index>) -> Result<Self, CableError> {
        self.narrow(Sharing::Cell, "cell", "cells", &index.into(), |at, _| [0, at.cell])
    }

    /// Only these branches of each cell.
    ///
    /// # Errors
    /// [`Index`](crate::ErrorKind::Index) if no cell has one of them, and
    /// [`Empty`](crate::ErrorKind::Empty) if none is left.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// let cell = Cell::new(&branch, &[-1, 0, 0])?;
    /// assert_eq!(cell.view().branch(1)?.nodes(), [2, 3]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn branch(self, index: impl Into<Index>) -> Result<Self, CableError> {
        self.narrow(Sharing::Branch, "branch", "branches", &index.into(), |at, _| {
            [at.cell, at.branch]
        })
    }

    /// Only these compartments of each branch.
    ///
    /// # Errors
    /// [`Index`](crate::ErrorKind::Index) if no branch has one of them, and
    /// [`Empty`](crate::ErrorKind::Empty) if none is left.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// let cell = Cell::new(&branch, &[-1, 0, 0])?;
    /// assert_eq!(cell.view().branch(1)?.comp(0)?.nodes(), [2]);
    /// assert!(cell.view().comp(2).is_err());
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn comp(self, index: impl Into<Index>) -> Result<Self, CableError> {
        self.narrow(Sharing::Comp, "comp", "compartments", &index.into(), |at, comp| {
            [at.branch, comp]
        })
    }

    /// Only the compartment at this position along each branch, from 0 at its start to 1 at its
    /// end. The border of two compartments belongs to the earlier one.
    ///
    /// The position is along the whole branch, also where some of its compartments are out of view.
    ///
    /// # Errors
    /// [`Value`](crate::ErrorKind::Value) if `at` is not from 0 to 1, and
    /// [`Empty`](crate::ErrorKind::Empty) if none of the compartments there was in view.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let [short, long] = [1, 4].map(|ncomp| Branch::new(&Compartment::new(), ncomp));
    /// let cell = Cell::from_branches(&[short?, long?], &[-1, 0])?;
    /// assert_eq!(cell.view().loc(1.0)?.nodes(), [0, 4]);
    /// assert_eq!(cell.view().branch(1)?.loc(0.5)?.nodes(), [2]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn loc(self, at: f64) -> Result<Self, CableError> {
        if !(0.0..=1.0).contains(&at) {
            return Err(CableError::value("loc", &self.path, Number(at), "a number from 0 to 1"));
        }
        let mut found = Vec::new();
        let mut first = 0;
        for Neurite { ncomp, .. } in self.tables.borrow().cells.iter().flatten() {
            // As in Jaxley, a little beyond the borders of the compartments.
            let border = |comp: usize| comp as f64 * (1.0 + 1e-10) / *ncomp as f64;
            let before = (1..*ncomp).take_while(|&comp| border(comp) <= at).count();
            found.push(first + before);
            first += ncomp;
        }
        found.retain(|comp| self.comps.binary_search(comp).is_ok());
        self.keep(&format!("loc({at})"), found, Sharing::Comp)
    }

    /// Only the compartments of a group, as `"soma"` of a cell from an SWC file.
    ///
    /// # Errors
    /// [`Unknown`](crate::ErrorKind::Unknown) if there is no such group, and
    /// [`Empty`](crate::ErrorKind::Empty) if none of it was in view.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    /// cell.branch([1, 2])?.add_to_group("dendrites")?;
    /// assert_eq!(cell.view().group("dendrites")?.branch(0)?.nodes(), [2, 3]);
    /// assert!(cell.view().branch(0)?.group("dendrites").is_err()); // not in view
    /// # Ok(())
    /// # }
    /// ```
    pub fn group(self, name: &str) -> Result<Self, CableError> {
        let groups = &self.tables.borrow().groups;
        let unknown = || CableError::unknown(&self.path, name, groups.keys());
        let members = groups.get(name).ok_or_else(unknown)?;
        let comps = self.comps.iter().copied().filter(|comp| members.contains(comp)).collect();
        let step = format!("group({name:?})");
        self.keep(&step, comps, Sharing::All)
    }

    /// The groups that have compartments in view, in alphabetical order.
    ///
    /// ```
    /// use cable::{Build, Cell};
    /// let cell = Cell::from_swc("1 1 0 0 0 8 -1\n 2 3 8 0 0 1 1\n 3 3 58 0 0 1 2", 2)?;
    /// assert_eq!(cell.view().group_names(), ["basal", "soma"]);
    /// assert_eq!(cell.view().branch(1)?.group_names(), ["basal"]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn group_names(&self) -> Vec<String> {
        let in_view =
            |members: &BTreeSet<usize>| self.comps.iter().any(|comp| members.contains(comp));
        let groups = self.tables.borrow().groups.iter();
        groups.filter(|(_, members)| in_view(members)).map(|(name, _)| name.clone()).collect()
    }

    /// Only these synapses, counted in the order in which they were connected, and the compartments
    /// at their ends.
    ///
    /// # Errors
    /// [`Index`](crate::ErrorKind::Index) if one of them does not exist, and
    /// [`Empty`](crate::ErrorKind::Empty) if none is left.
    ///
    /// ```
    /// use cable::synapses::TestSynapse;
    /// use cable::{Build, Cell, Network};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut net = Network::new(&vec![Cell::default(); 4])?;
    /// let [pre, post] = [net.cell([0, 1])?.selection(), net.cell([2, 3])?.selection()];
    /// net.connect(&pre, &post, TestSynapse)?;
    /// assert_eq!(net.view().edge(1)?.nodes(), [1, 3]);
    /// // Counted within what is in view:
    /// assert_eq!(net.view().cell([1, 3])?.edge(0)?.nodes(), [1, 3]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn edge(mut self, index: impl Into<Index>) -> Result<Self, CableError> {
        let index = index.into();
        self.path = format!("{}.edge({index})", self.path);
        let len = self.edges.len();
        if let Some(index) = index.past(len) {
            return Err(CableError::index(&self.path, index, len, "synapses"));
        }
        let sorted = index.sorted();
        let kept = (0..len).filter(|&rank| sorted.keeps(rank));
        self.edges = kept.map(|rank| self.edges[rank]).collect();
        self.at_ends(Sharing::Edge)
    }

    /// Only the synapses of the type called `name`, and the compartments at their ends.
    ///
    /// # Errors
    /// [`Unknown`](crate::ErrorKind::Unknown) if there is no such type, and
    /// [`Empty`](crate::ErrorKind::Empty) if none of its synapses was in view.
    ///
    /// ```
    /// use cable::synapses::{IonotropicSynapse, TestSynapse};
    /// use cable::{Build, Cell, Network};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut net = Network::new(&vec![Cell::default(); 3])?;
    /// let [first, last] = [net.view().cell(0)?.selection(), net.view().cell(2)?.selection()];
    /// net.connect(&first, &last, TestSynapse)?.connect(&last, &last, IonotropicSynapse)?;
    /// assert_eq!(net.view().synapse("TestSynapse")?.nodes(), [0, 2]);
    /// assert_eq!(net.view().synapse("IonotropicSynapse")?.nodes(), [2]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn synapse(mut self, name: &str) -> Result<Self, CableError> {
        let tables = self.tables.borrow();
        let names = tables.synapses.iter().map(|connected| &connected.mechanism.name);
        let Some(wanted) = names.clone().position(|known| known == name) else {
            return Err(CableError::unknown(&self.path, name, names));
        };
        let kept = self.edges.iter().copied().filter(|&edge| tables.edges[edge].0 == wanted);
        self.edges = kept.collect();
        self.path = format!("{}.synapse({name:?})", self.path);
        self.at_ends(Sharing::All)
    }

    fn narrow(
        self,
        sharing: Sharing,
        step: &str,
        per: &'static str,
        index: &Index,
        item: fn(&Address, usize) -> [usize; 2],
    ) -> Result<Self, CableError> {
        let addresses = self.tables.borrow().addresses();
        let sorted = index.sorted();
        let (mut kept, mut ranks) = (Vec::new(), 0);
        let (mut last, mut rank): (Option<[usize; 2]>, _) = (None, 0);
        for &comp in &self.comps {
            let [group, member] = item(&addresses[comp], comp);
            rank = match last {
                Some([g, m]) if g == group => rank + usize::from(m != member),
                _ => 0,
            };
            last = Some([group, member]);
            ranks = ranks.max(rank + 1);
            if sorted.keeps(rank) {
                kept.push(comp);
            }
        }
        let step = format!("{step}({index})");
        if let Some(index) = index.past(ranks) {
            let place = format_args!("{}.{step}", self.path);
            return Err(CableError::index(place, index, ranks, per));
        }
        self.keep(&step, kept, sharing)
    }

    pub(crate) fn keep(
        mut self,
        step: &str,
        comps: Vec<usize>,
        sharing: Sharing,
    ) -> Result<Self, CableError> {
        let Tables { edges, synapses, .. } = self.tables.borrow();
        let within = |comp: usize| comps.binary_search(&comp).is_ok();
        self.edges.retain(|&edge| {
            let (kind, place) = edges[edge];
            let (pre, post) = synapses[kind].ends[place];
            within(pre) && within(post)
        });
        let path = format!("{}.{step}", self.path);
        if comps.is_empty() {
            return Err(nothing_left(&path, "compartment"));
        }
        Ok(Self { path, comps, sharing, ..self })
    }

    fn at_ends(mut self, sharing: Sharing) -> Result<Self, CableError> {
        if self.edges.is_empty() {
            return Err(nothing_left(&self.path, "synapse"));
        }
        let Tables { edges, synapses, .. } = self.tables.borrow();
        let ends = self.edges.iter().map(|&edge| {
            let (kind, place) = edges[edge];
            synapses[kind].ends[place]
        });
        let mut comps: Vec<_> = ends.flat_map(|(pre, post)| [pre, post]).collect();
        comps.sort_unstable();
        comps.dedup();
        self.comps.retain(|comp| comps.binary_search(comp).is_ok());
        Ok(Self { sharing, ..self })
    }
}

/// The view at `path` keeps nothing.
fn nothing_left(path: &str, part: &str) -> CableError {
    let text = format!("nothing is left in {path}: keep at least one {part}");
    CableError::new(ErrorKind::Empty, text)
}
