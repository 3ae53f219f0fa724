use crate::build::cell::Cell;
use crate::build::index::Index;
use crate::build::tables::{Connected, Inserted, Tables, check_names, two_kinds};
use crate::build::view::{Selection, View};
use crate::build::whole::{Build, build};
use crate::description::limits::MAX_SYNAPSES;
use crate::error::{CableError, ErrorKind};
use crate::mechanism::kinds::{IntoSynapse, Named, SynapseKind};
use std::collections::BTreeMap;

/// Cells, and synapses between them.
///
/// ```
/// use cable::synapses::IonotropicSynapse;
/// use cable::{Build, Cell, Network};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut net = Network::new(&vec![Cell::default(); 3])?;
/// let [pre, post] = [net.cell(0)?.selection(), net.cell([1, 2])?.selection()];
/// net.fully_connect(&pre, &post, IonotropicSynapse)?;
/// net.edge(1)?.set("IonotropicSynapse_gS", 3e-4)?;
/// net.synapse("IonotropicSynapse")?.record("IonotropicSynapse_s")?;
/// assert_eq!(net.get("IonotropicSynapse_gS")?, [1e-4, 3e-4]);
/// assert_eq!(net.build(0.025)?.recordings().len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    pub(crate) tables: Tables,
}

build!(Network);

impl Network {
    /// The cells, without synapses.
    ///
    /// # Errors
    /// [`Empty`](crate::ErrorKind::Empty) if there are none,
    /// [`Conflict`](crate::ErrorKind::Conflict) if a cell has stimuli, clamps, recordings or
    /// trainable parameters, or if channels of two kinds have one name.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// let cell = Cell::new(&branch, &[-1, 0, 0])?;
    /// let net = cable::Network::new(&[cell.clone(), cell])?;
    /// assert_eq!(net.get("v")?.len(), 12);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn new(cells: &[Cell]) -> Result<Self, CableError> {
        let parts = cells.iter().map(|cell| &cell.tables);
        let trees = parts.clone().flat_map(|tables| tables.cells.clone()).collect();
        Ok(Self { tables: Tables::join("network", "cell", parts, trees)? })
    }

    /// Only these cells.
    ///
    /// # Errors
    /// [`Index`](crate::ErrorKind::Index) if one of them does not exist, and
    /// [`Empty`](crate::ErrorKind::Empty) if none is named.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// let cell = Cell::new(&branch, &[-1, 0, 0])?;
    /// let mut net = cable::Network::new(&[cell.clone(), cell])?;
    /// net.cell(1)?.set("v", -60.0)?;
    /// assert_eq!(net.cell(0)?.get("v")?, [-70.0; 6]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn cell(&mut self, index: impl Into<Index>) -> Result<View<&mut Tables>, CableError> {
        self.view_mut().cell(index)
    }

    /// Only these synapses and their ends; see [`View::edge`].
    ///
    /// # Errors
    /// [`Index`](crate::ErrorKind::Index) if one of them does not exist, and
    /// [`Empty`](crate::ErrorKind::Empty) if none is named or there are none.
    ///
    /// ```
    /// use cable::synapses::IonotropicSynapse;
    /// use cable::{Build, Cell, Network};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut net = Network::new(&vec![Cell::default(); 3])?;
    /// let [pre, post] = [net.cell(0..2)?.selection(), net.cell(1..)?.selection()];
    /// net.connect(&pre, &post, IonotropicSynapse)?;
    /// net.edge(1)?.set("IonotropicSynapse_gS", 3e-4)?; // uS
    /// assert_eq!(net.get("IonotropicSynapse_gS")?, [1e-4, 3e-4]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn edge(&mut self, index: impl Into<Index>) -> Result<View<&mut Tables>, CableError> {
        self.view_mut().edge(index)
    }

    /// Only the synapses of the type called `name` and their ends; see [`View::synapse`].
    ///
    /// # Errors
    /// [`Unknown`](crate::ErrorKind::Unknown) if there is no such type.
    ///
    /// ```
    /// use cable::synapses::{IonotropicSynapse, TestSynapse};
    /// use cable::{Build, Cell, Network};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut net = Network::new(&vec![Cell::default(); 2])?;
    /// let [pre, post] = [net.cell(0)?.selection(), net.cell(1)?.selection()];
    /// net.connect(&pre, &post, IonotropicSynapse)?.connect(&post, &pre, TestSynapse.named("Back"))?;
    /// net.synapse("Back")?.set("Back_gC", 2e-4)?.record("i_Back")?;
    /// assert_eq!(net.get("Back_gC")?, [2e-4]);
    /// assert!(net.synapse("TestSynapse").is_err()); // it goes by its name, not its kind
    /// # Ok(())
    /// # }
    /// ```
    pub fn synapse(&mut self, name: &str) -> Result<View<&mut Tables>, CableError> {
        self.view_mut().synapse(name)
    }

    /// Connects the first compartment of `pre` to the first of `post`, the second to the second,
    /// and so on. The compartments of each are in ascending order: `cell([1, 0])` and `cell([0,
    /// 1])` are connected alike.
    ///
    /// # Errors
    /// [`Length`](crate::ErrorKind::Length) if the two selections differ in length,
    /// [`Index`](crate::ErrorKind::Index) if they are of a larger network, and
    /// [`Conflict`](crate::ErrorKind::Conflict) if a synapse of another kind or a channel has the
    /// name of the synapse, or a channel's current or state has the name of its current. No synapse
    /// is then made.
    ///
    /// ```
    /// use cable::synapses::TestSynapse;
    /// use cable::{Build, Cell, Network};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut net = Network::new(&vec![Cell::default(); 2])?;
    /// let pre = net.cell(0)?.branch(0)?.comp(0)?.selection();
    /// let post = net.cell(1)?.branch(0)?.comp(0)?.selection();
    /// net.connect(&pre, &post, TestSynapse.change_name("Fast"))?;
    /// assert_eq!(net.get("Fast_gC")?, [1e-4]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn connect<const P: usize, const S: usize>(
        &mut self,
        pre: &Selection,
        post: &Selection,
        synapse: impl IntoSynapse<P, S>,
    ) -> Result<&mut Self, CableError> {
        if pre.comps.len() != post.comps.len() {
            let (found, expected) = (post.comps.len(), pre.comps.len());
            return Err(CableError::length(&post.path, found, expected, "compartments before"));
        }
        let ends = pre.comps.iter().copied().zip(post.comps.iter().copied()).collect();
        self.check_selections([pre, post])?;
        self.add_synapses(ends, &synapse.mechanism())
    }

    /// Connects the first selected compartment of every cell of `pre` to that of every cell of
    /// `post`, one presynaptic cell after the other. A cell of both is connected to itself too.
    ///
    /// # Errors
    /// [`Index`](crate::ErrorKind::Index) and [`Conflict`](crate::ErrorKind::Conflict) as for
    /// [`connect`](Self::connect), and [`Value`](crate::ErrorKind::Value) if there would be more
    /// than 10,000,000 synapses.
    ///
    /// ```
    /// use cable::synapses::IonotropicSynapse;
    /// use cable::{Build, Cell, Network};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut net = Network::new(&vec![Cell::default(); 4])?;
    /// let [pre, post] = [net.cell([0, 1])?.selection(), net.cell([2, 3])?.selection()];
    /// net.fully_connect(&pre, &post, IonotropicSynapse)?;
    /// let synapses = &net.export("net", 0.025, 0).synapses[0];
    /// assert_eq!((&*synapses.pre, &*synapses.post), (&[0, 0, 1, 1][..], &[2, 3, 2, 3][..]));
    /// # Ok(())
    /// # }
    /// ```
    pub fn fully_connect<const P: usize, const S: usize>(
        &mut self,
        pre: &Selection,
        post: &Selection,
        synapse: impl IntoSynapse<P, S>,
    ) -> Result<&mut Self, CableError> {
        self.check_selections([pre, post])?;
        let addresses = self.tables.addresses();
        let firsts = |selection: &Selection| {
            let mut firsts = selection.comps.clone();
            firsts.dedup_by_key(|comp| addresses[*comp].cell);
            firsts
        };
        let (pre, post) = (firsts(pre), firsts(post));
        if pre.len().saturating_mul(post.len()) > MAX_SYNAPSES {
            let text = format!(
                "{} presynaptic and {} postsynaptic cells would have more than {MAX_SYNAPSES} \
                 synapses: connect fewer cells",
                pre.len(),
                post.len()
            );
            return Err(CableError::new(ErrorKind::Value, text));
        }
        let ends = pre.into_iter().flat_map(|pre| post.iter().map(move |&to| (pre, to)));
        let ends = ends.collect();
        self.add_synapses(ends, &synapse.mechanism())
    }

    fn check_selections(&self, selections: [&Selection; 2]) -> Result<(), CableError> {
        let len = self.tables.len();
        for Selection { path, comps } in selections {
            if let Some(&index) = comps.last().filter(|&&comp| comp >= len) {
                return Err(CableError::index(path, index, len, "compartments"));
            }
        }
        Ok(())
    }

    fn add_synapses(
        &mut self,
        ends: Vec<(usize, usize)>,
        synapse: &Named<SynapseKind>,
    ) -> Result<&mut Self, CableError> {
        let Tables { synapses, edges, name, channels, .. } = &mut self.tables;
        for Inserted { mechanism: channel, .. } in channels.iter() {
            check_names(channel, synapse, synapse.kind.name(), channel.kind.name(), name)?;
        }
        let mut kinds = synapses.iter().map(|other| other.mechanism.kind);
        if kinds.any(|other| other != synapse.kind && other.name() == synapse.kind.name()) {
            return Err(two_kinds(name, synapse.kind.name()));
        }
        let found = synapses.iter().position(|other| other.mechanism.name == synapse.name);
        let kind = found.unwrap_or(synapses.len());
        if found.is_none() {
            let (ends, columns) = (Vec::new(), BTreeMap::new());
            synapses.push(Connected { mechanism: synapse.clone(), ends, columns });
        }
        let connected = &mut synapses[kind];
        if connected.mechanism.kind != synapse.kind {
            let [kind, other] = [synapse.kind, connected.mechanism.kind].map(SynapseKind::name);
            return Err(CableError::clash(name, &synapse.name, kind, other));
        }
        let keys = synapse.kind.keys();
        for key in keys.params.iter().chain(keys.states).filter(|key| key.comes_with_it()) {
            let column = connected.columns.entry(key.under(&synapse.name)).or_default();
            column.extend(std::iter::repeat_n(key.value(), ends.len()));
        }
        let first = connected.ends.len();
        edges.extend((first..first + ends.len()).map(|place| (kind, place)));
        connected.ends.extend(ends);
        Ok(self)
    }
}
