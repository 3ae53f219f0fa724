//! How a [`Network`] makes synapses.

use crate::build::network::Network;
use crate::build::tables::{Connected, Inserted, Tables, check_names, two_kinds};
use crate::build::trials::successes;
use crate::build::view::Selection;
use crate::description::limits::MAX_SYNAPSES;
use crate::error::{CableError, ErrorKind, Number};
use crate::mechanism::kinds::{IntoSynapse, Named, SynapseKind};
use fastrand::Rng;
use ndarray::ArrayView2;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Network {
    /// Connects the first compartment of `pre` to the first of `post`, the second to the second,
    /// and so on. The compartments of each are in ascending order: `cell([1, 0])` and `cell([0,
    /// 1])` are connected alike.
    ///
    /// # Errors
    /// [`Length`](crate::ErrorKind::Length) if the two selections differ in length,
    /// [`Value`](crate::ErrorKind::Value) if the network would have more than 10,000,000 synapses,
    /// and [`Conflict`](crate::ErrorKind::Conflict) if a selection is of another network or
    /// [`random_comp`](Selection::random_comp), if a synapse of another kind or a channel has the
    /// name of the synapse, or if a channel's current or state has the name of its current. No
    /// synapse is then made.
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
        if let Some(random) = [pre, post].into_iter().find(|selection| selection.seed.is_some()) {
            return Err(CableError::conflict(format!(
                "{} is random_comp, but connect joins all compartments: give the selection without",
                random.path
            )));
        }
        self.check_selections([pre, post])?;
        let ends = pre.comps.iter().copied().zip(post.comps.iter().copied()).collect();
        self.add_synapses(ends, &synapse.mechanism())
    }

    /// Connects every cell of `pre` to every cell of `post`, one presynaptic cell after the other. A
    /// cell of both is connected to itself too.
    ///
    /// As in Jaxley, a synapse leads from the first selected compartment of a cell to the first one of
    /// the other cell. If a selection is [`random_comp`](Selection::random_comp), one of the selected
    /// compartments of its cell is drawn for each synapse. In a cell from an SWC file the first
    /// compartment may be the tip of a dendrite: select what is meant, as with
    /// `net.view().group("soma")?.selection()`.
    ///
    /// # Errors
    /// [`Value`](crate::ErrorKind::Value) and [`Conflict`](crate::ErrorKind::Conflict) as for
    /// [`connect`](Self::connect).
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
        let [mut pre, mut post] = self.cells([pre, post])?;
        if pre.len().saturating_mul(post.len()) > MAX_SYNAPSES {
            return Err(too_many(pre.len(), post.len()));
        }
        let count = post.len();
        let pairs = (0..pre.len()).flat_map(|from| (0..count).map(move |to| (from, to)));
        let ends = pairs.map(|(from, to)| (pre.end(from), post.end(to))).collect();
        self.add_synapses(ends, &synapse.mechanism())
    }

    /// Connects cells of `pre` to cells of `post` at random: each pair of them, which may be a cell
    /// with itself, by one synapse with the probability `p`, independently of all others. The number
    /// of synapses has the binomial distribution of all pairs and `p`. The compartments are those of
    /// [`fully_connect`](Self::fully_connect).
    ///
    /// Equal seeds draw equal pairs, on every machine, with one version of [`fastrand`]. So synapses of
    /// two types can be made between the same cells; give each call another seed for pairs that are
    /// independent. The time is linear in the number of synapses that are made.
    ///
    /// # Errors
    /// [`Value`](crate::ErrorKind::Value) if `p` is not from 0 to 1, and those of
    /// [`fully_connect`](Self::fully_connect).
    ///
    /// ```
    /// use cable::synapses::IonotropicSynapse;
    /// use cable::{Build, Cell, Network};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut net = Network::new(&vec![Cell::default(); 1000])?;
    /// let all = net.view().selection();
    /// net.sparse_connect(&all, &all, IonotropicSynapse, 0.01, 1)?; // seed 1
    /// let synapses = net.get("IonotropicSynapse_gS")?.len();
    /// assert!((9_500..10_500).contains(&synapses)); // 10,000, give or take five deviations
    /// # Ok(())
    /// # }
    /// ```
    pub fn sparse_connect<const P: usize, const S: usize>(
        &mut self,
        pre: &Selection,
        post: &Selection,
        synapse: impl IntoSynapse<P, S>,
        p: f64,
        seed: u64,
    ) -> Result<&mut Self, CableError> {
        if !(0.0..=1.0).contains(&p) {
            return Err(CableError::value(
                "p",
                "sparse_connect",
                Number(p),
                "a probability from 0 to 1",
            ));
        }
        let [mut pre, mut post] = self.cells([pre, post])?;
        let mut ends = Vec::new();
        for pair in successes(Rng::with_seed(seed), p, pre.len() * post.len()) {
            if ends.len() == MAX_SYNAPSES {
                return Err(too_many(pre.len(), post.len()));
            }
            let (from, to) = (pair / post.len(), pair % post.len());
            ends.push((pre.end(from), post.end(to)));
        }
        self.add_synapses(ends, &synapse.mechanism())
    }

    /// Connects each cell of `pre` whose row of `matrix` has `true` in the column of a cell of `post`
    /// to that cell, row by row. The compartments are those of
    /// [`fully_connect`](Self::fully_connect).
    ///
    /// # Errors
    /// [`Length`](crate::ErrorKind::Length) if the matrix does not have a row for each presynaptic
    /// cell and a column for each postsynaptic one, and those of
    /// [`fully_connect`](Self::fully_connect).
    ///
    /// ```
    /// use cable::synapses::IonotropicSynapse;
    /// use cable::{Build, Cell, Network};
    /// use ndarray::array;
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut net = Network::new(&vec![Cell::default(); 3])?;
    /// let all = net.view().selection();
    /// let ring = array![[false, true, false], [false, false, true], [true, false, false]];
    /// net.connectivity_matrix_connect(&all, &all, IonotropicSynapse, &ring)?;
    /// let synapses = &net.export("net", 0.025, 0).synapses[0];
    /// assert_eq!((&*synapses.pre, &*synapses.post), (&[0, 1, 2][..], &[1, 2, 0][..]));
    /// # Ok(())
    /// # }
    /// ```
    pub fn connectivity_matrix_connect<'m, const P: usize, const S: usize>(
        &mut self,
        pre: &Selection,
        post: &Selection,
        synapse: impl IntoSynapse<P, S>,
        matrix: impl Into<ArrayView2<'m, bool>>,
    ) -> Result<&mut Self, CableError> {
        let ([mut pre, mut post], matrix) = (self.cells([pre, post])?, matrix.into());
        let [rows, columns] = [pre.len(), post.len()];
        if matrix.dim() != (rows, columns) {
            let text = format!(
                "the connectivity matrix has shape {:?}, but there are {rows} presynaptic and \
                 {columns} postsynaptic cells: give a row for each presynaptic cell and a column for \
                 each postsynaptic one",
                matrix.shape()
            );
            return Err(CableError::new(ErrorKind::Length, text));
        }
        if matrix.iter().filter(|connected| **connected).count() > MAX_SYNAPSES {
            return Err(too_many(rows, columns));
        }
        let pairs = matrix.indexed_iter().filter(|(_, connected)| **connected);
        let ends = pairs.map(|((from, to), _)| (pre.end(from), post.end(to))).collect();
        self.add_synapses(ends, &synapse.mechanism())
    }

    /// The cells of selections of this network.
    fn cells<'s>(&self, selections: [&'s Selection; 2]) -> Result<[Cells<'s>; 2], CableError> {
        self.check_selections(selections)?;
        let addresses = self.tables.addresses();
        Ok(selections.map(|Selection { comps, seed, .. }| Cells {
            each: comps.chunk_by(|&a, &b| addresses[a].cell == addresses[b].cell).collect(),
            random: seed.map(Rng::with_seed),
        }))
    }

    fn check_selections(&self, selections: [&Selection; 2]) -> Result<(), CableError> {
        let own = |selection: &&Selection| Arc::ptr_eq(&selection.module, &self.tables.module);
        match selections.into_iter().find(|selection| !own(selection)) {
            None => Ok(()),
            Some(Selection { path, .. }) => Err(CableError::conflict(format!(
                "{path} is a selection of another module: select from the network that is connected"
            ))),
        }
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
        if let Some(other) = found.map(|found| synapses[found].mechanism.kind)
            && other != synapse.kind
        {
            let [kind, other] = [synapse.kind, other].map(SynapseKind::name);
            return Err(CableError::clash(name, &synapse.name, kind, other));
        }
        let total = edges.len() + ends.len();
        if total > MAX_SYNAPSES {
            let text = format!(
                "the network would have {total} synapses: make at most {MAX_SYNAPSES} in all"
            );
            return Err(CableError::new(ErrorKind::Value, text));
        }
        if ends.is_empty() {
            return Ok(self); // without a type of synapse that has none
        }
        let kind = found.unwrap_or(synapses.len());
        if found.is_none() {
            let (ends, columns) = (Vec::new(), BTreeMap::new());
            synapses.push(Connected { mechanism: synapse.clone(), ends, columns });
        }
        let connected = &mut synapses[kind];
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

/// The selected compartments of each cell.
struct Cells<'s> {
    each: Vec<&'s [usize]>,
    random: Option<Rng>,
}

impl Cells<'_> {
    fn len(&self) -> usize {
        self.each.len()
    }

    /// The compartment of a cell where the next synapse is.
    fn end(&mut self, cell: usize) -> usize {
        let comps = self.each[cell];
        // Not `Rng::usize`, which draws other numbers where addresses have 32 bits.
        let draw = |random: &mut Rng| random.u64(..comps.len() as u64);
        comps[usize::try_from(self.random.as_mut().map_or(0, draw)).unwrap_or(0)]
    }
}

fn too_many(pre: usize, post: usize) -> CableError {
    let text = format!(
        "{pre} presynaptic and {post} postsynaptic cells would have more than {MAX_SYNAPSES} \
         synapses: connect fewer cells"
    );
    CableError::new(ErrorKind::Value, text)
}
