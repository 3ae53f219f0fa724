use crate::build::tables::{Inserted, Tables};
use crate::build::values::Values;
use crate::description::limits::check_rows;
use crate::description::setting::{ParamState, Setting};
use crate::error::{CableError, ErrorKind, Short};
use std::borrow::Borrow;
use std::sync::Arc;

/// Some of the compartments and synapses of a module, to be read or changed.
///
/// A view is narrowed down by [`cell`](Self::cell), [`branch`](Self::branch) and
/// [`comp`](Self::comp), each counted from 0 within what is in view, as in Jaxley, by
/// [`group`](Self::group), and by [`edge`](Self::edge) and [`synapse`](Self::synapse). A synapse is
/// in view if both of its ends are.
///
/// A view has at least one compartment, and has its compartments in ascending order, whatever the
/// order of the indices: values given to [`set`](Self::set) and read by [`get`](Self::get) are in
/// this order.
///
/// `cell.branch(0)?` borrows the cell to change it; `cell.view().branch(0)?` only reads.
///
/// ```
/// use cable::channels::{HH, Leak};
/// use cable::{Branch, Build, Cell, Compartment};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let branch = Branch::new(&Compartment::new(), 2)?;
/// let mut cell = Cell::new(&branch, &[-1, 0, 0])?;
/// cell.insert(Leak)?.set("Leak_gLeak", 2e-4)?;
/// cell.branch(0)?.comp(1)?.insert(HH)?;
/// cell.branch(1)?.set("radius", [1.0, 0.5])?;
/// assert_eq!(cell.view().branch(1)?.get("radius")?, [1.0, 0.5]);
/// assert_eq!(cell.view().get("HH_gNa")?, [0.12]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct View<M> {
    pub(crate) tables: M,
    /// How it was made, for errors.
    pub(crate) path: String,
    /// The compartments in view, ascending.
    pub(crate) comps: Vec<usize>,
    /// The synapses in view, ascending.
    pub(crate) edges: Vec<usize>,
    pub(crate) sharing: Sharing,
}

/// Which compartments or synapses share one trainable parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    All,
    Cell,
    Branch,
    Comp,
    Edge,
}

/// Some compartments of a network, in ascending order, as the ends of synapses; see
/// [`Network::connect`](crate::Network::connect).
///
/// It borrows nothing: the network can be changed while a selection is kept.
///
/// ```
/// use cable::synapses::TestSynapse;
/// use cable::{Build, Cell, Network, Selection};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut net = Network::new(&vec![Cell::default(); 3])?;
/// let hub: Selection = net.cell(0)?.selection();
/// for index in 1..3 {
///     let post = net.cell(index)?.selection();
///     net.connect(&hub, &post, TestSynapse)?;
/// }
/// assert_eq!(net.get("TestSynapse_gC")?.len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Selection {
    pub(crate) path: String,
    pub(crate) comps: Vec<usize>,
    /// What it is a selection of.
    pub(crate) module: Arc<()>,
    /// The seed with which one compartment of a cell is drawn.
    pub(crate) seed: Option<u64>,
}

impl Selection {
    /// The same compartments, but each synapse is at one of its cell that is drawn at random, each with
    /// the same probability: Jaxley's `random_post_comp=True`, also for `pre`. Without this, a synapse is
    /// at the first.
    ///
    /// Equal seeds draw equal compartments, on every machine, with one version of [`fastrand`]: two calls
    /// with one selection draw the same for the same number of synapses.
    ///
    /// ```
    /// use cable::synapses::IonotropicSynapse;
    /// use cable::{Branch, Build, Cell, Compartment, Network};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let cell = Cell::new(&Branch::new(&Compartment::new(), 4)?, &[-1])?;
    /// let mut net = Network::new(&vec![cell; 40])?;
    /// let [pre, post] = [net.cell(0)?.selection(), net.cell(1..)?.selection()];
    /// net.fully_connect(&pre, &post.random_comp(7), IonotropicSynapse)?;
    /// let synapses = &net.export("net", 0.025, 0).synapses[0];
    /// assert!(synapses.pre.iter().all(|&node| node == 0));
    /// assert!((0..4).all(|comp| synapses.post.iter().any(|node| node % 4 == comp)));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[doc(alias = "random_post_comp")]
    pub fn random_comp(&self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self.clone() }
    }
}

/// Where the values of a key are.
pub(crate) enum Rows {
    /// In compartments.
    Compartments(Vec<usize>),
    /// In the synapses of a type, by their index within the type.
    Synapses(usize, Vec<usize>),
}

impl Rows {
    pub fn list(&self) -> &[usize] {
        let (Self::Compartments(rows) | Self::Synapses(_, rows)) = self;
        rows
    }

    fn per(&self) -> &'static str {
        match self {
            Self::Compartments(_) => "compartments",
            Self::Synapses(..) => "synapses",
        }
    }

    /// Checks that memory can hold a series for each of the rows.
    pub fn check_series<V>(&self, values: &Values<Vec<V>>) -> Result<(), CableError> {
        let steps = match values {
            Values::All(series) => series.len(),
            Values::Each(rows) => rows.iter().map(Vec::len).max().unwrap_or(0),
        };
        check_rows("series of values", self.list().len(), steps)
    }
}

impl<M: Borrow<Tables>> View<M> {
    /// Everything.
    pub(crate) fn whole(tables: M) -> Self {
        let read = tables.borrow();
        let (path, comps) = (read.name.to_owned(), (0..read.len()).collect());
        let edges = (0..read.edges.len()).collect();
        Self { tables, path, comps, edges, sharing: Sharing::All }
    }

    /// The numbers of the compartments in view, as nodes of the built module, in ascending order.
    /// Branchpoints are numbered after the compartments of their cell.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// let cell = Cell::new(&branch, &[-1, 0, 0])?;
    /// assert_eq!(cell.view().branch(2)?.nodes(), [4, 5]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn nodes(&self) -> Vec<usize> {
        let addresses = self.tables.borrow().addresses();
        self.comps.iter().map(|&comp| addresses[comp].node).collect()
    }

    /// The compartments in view, as ends of synapses.
    ///
    /// ```
    /// use cable::synapses::TestSynapse;
    /// use cable::{Build, Cell, Network};
    /// let mut net = Network::new(&vec![Cell::default(); 2])?;
    /// let [pre, post] = [net.view().cell(1)?.selection(), net.view().cell(0)?.selection()];
    /// net.connect(&pre, &post, TestSynapse)?;
    /// assert_eq!(net.export("net", 0.025, 0).synapses[0].pre, [1]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn selection(&self) -> Selection {
        let module = self.tables.borrow().module.clone();
        Selection { path: self.path.clone(), comps: self.comps.clone(), module, seed: None }
    }

    /// The values of a parameter or an initial state in view, in the order of the compartments (or
    /// synapses) that have it, in its [units](crate#keys-and-units).
    ///
    /// # Errors
    /// [`Unknown`](crate::ErrorKind::Unknown) if none has it.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// let cell = Cell::new(&branch, &[-1, 0, 0])?;
    /// assert_eq!(cell.view().branch(2)?.get("radius")?, [1.0, 1.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn get(&self, key: &str) -> Result<Vec<f64>, CableError> {
        let rows = self.rows(key)?;
        let column = match rows {
            Rows::Compartments(_) => &self.tables.borrow().columns[key],
            Rows::Synapses(kind, _) => &self.tables.borrow().synapses[kind].columns[key],
        };
        Ok(rows.list().iter().map(|&row| column[row]).collect())
    }

    /// Adds values of a parameter or an initial state to `param_state` and leaves the module
    /// unchanged. With dual numbers as values, the module is differentiated with respect to them.
    ///
    /// `values` is one value for everything in view, or one for each compartment (or synapse) that
    /// has the key, in its [units](crate#keys-and-units).
    ///
    /// # Errors
    /// [`Unknown`](crate::ErrorKind::Unknown) if none has the key, and
    /// [`Length`](crate::ErrorKind::Length).
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Build, Cell, Compartment, ParamState};
    /// use num_dual::Dual64;
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.insert(Leak)?;
    /// let mut param_state = ParamState::new();
    /// cell.data_set("Leak_gLeak", Dual64::new(1e-4, 1.0), &mut param_state)?;
    /// let params = cell.build(0.025)?.get_all_parameters(&param_state)?;
    /// assert_eq!(params["Leak_gLeak"][0].eps, 1.0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn data_set<T: Clone>(
        &self,
        key: &str,
        values: impl Into<Values<T>>,
        param_state: &mut ParamState<T>,
    ) -> Result<(), CableError> {
        let rows = self.rows(key)?;
        let values = self.spread(key, values.into(), &rows)?;
        let indices = self.built_indices(&rows).into_iter().map(|row| vec![row]).collect();
        param_state.push(Setting { key: key.to_owned(), indices, values });
        Ok(())
    }

    /// The compartments or synapses in view that have `key`.
    pub(crate) fn rows(&self, key: &str) -> Result<Rows, CableError> {
        let tables = self.tables.borrow();
        let rows = if let Some(column) = tables.columns.get(key) {
            let rows = self.comps.iter().copied().filter(|&comp| !column[comp].is_nan());
            Some(Rows::Compartments(rows.collect()))
        } else {
            let kind = tables.synapses.iter().position(|kind| kind.columns.contains_key(key));
            kind.map(|kind| Rows::Synapses(kind, self.synapses(kind)))
        };
        rows.filter(|rows| !rows.list().is_empty())
            .ok_or_else(|| CableError::unknown(&self.path, key, self.keys()))
    }

    /// The synapses of a type in view, by their index within the type.
    pub(crate) fn synapses(&self, kind: usize) -> Vec<usize> {
        let of_kind = |&edge: &usize| {
            let (other, place) = self.tables.borrow().edges[edge];
            (other == kind).then_some(place)
        };
        self.edges.iter().filter_map(of_kind).collect()
    }

    /// The keys that something in view has.
    fn keys(&self) -> Vec<String> {
        let tables = self.tables.borrow();
        let here = |column: &Vec<f64>| self.comps.iter().any(|&comp| !column[comp].is_nan());
        let keys = tables.columns.iter().filter(|(_, column)| here(column));
        let mut keys: Vec<_> = keys.map(|(key, _)| key.clone()).collect();
        for (kind, connected) in tables.synapses.iter().enumerate() {
            if !self.synapses(kind).is_empty() {
                keys.extend(connected.columns.keys().cloned());
            }
        }
        keys
    }

    /// The indices of rows in the built module: nodes, or synapses within their type.
    pub(crate) fn built_indices(&self, rows: &Rows) -> Vec<usize> {
        match rows {
            Rows::Compartments(rows) => {
                let addresses = self.tables.borrow().addresses();
                rows.iter().map(|&comp| addresses[comp].node).collect()
            }
            Rows::Synapses(_, rows) => rows.clone(),
        }
    }

    pub(crate) fn spread<V: Clone>(
        &self,
        key: &str,
        values: Values<V>,
        rows: &Rows,
    ) -> Result<Vec<V>, CableError> {
        let place = || format!("the value of '{key}' at {}", self.path);
        values.spread(rows.list().len(), rows.per(), place)
    }

    /// The rows of a state or a current in view: if one compartment has it, all compartments.
    pub(crate) fn state_rows(&self, state: &str) -> Result<Rows, CableError> {
        let tables = self.tables.borrow();
        let mut carriers = tables.carriers(state).peekable();
        let absent = |part| {
            let text = format!(
                "no {part} in {} has '{}', though others of the module do: keep one that has it",
                self.path,
                Short(state)
            );
            Err(CableError::new(ErrorKind::Unknown, text))
        };
        if state == "v" || carriers.peek().is_some() {
            let here = |inserted: &Inserted| self.comps.iter().any(|&comp| inserted.here[comp]);
            if state == "v" || carriers.any(here) {
                return Ok(Rows::Compartments(self.comps.clone()));
            }
            return absent("compartment");
        }
        let Some(kind) = tables.synapse_of(state) else {
            return Err(tables.unknown_state(&self.path, state));
        };
        match self.synapses(kind) {
            none if none.is_empty() => absent("synapse"),
            synapses => Ok(Rows::Synapses(kind, synapses)),
        }
    }
}
