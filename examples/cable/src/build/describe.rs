//! The description of a module that was built here: an [`Export`], as of a module from Jaxley.

use crate::build::tables::{Connected, Inserted, Tables};
use crate::description::edge::{Edge, EdgeKind};
use crate::description::export::{Channel, Export, External, Mechanism, Recording, Synapse};
use crate::description::geometry::{AXIAL_KEYS, axial_conductances};
use crate::description::limits::{MAX_STEPS, check_rows};
use crate::error::CableError;
use crate::kinds::Kinds;
use crate::mechanism::keys::{Key, Keys};
use crate::run::cable::Cable;
use crate::run::rest::gates_at_rest;
use crate::run::stimulus::whole_steps;
use crate::states::Params;
use ndarray::Array1;

/// The parameters of the compartments themselves.
const OWN: [&str; 8] = [
    "radius",
    "length",
    "axial_resistivity",
    "capacitance",
    "area",
    "volume",
    "resistive_load_in",
    "resistive_load_out",
];

/// The columns of Jaxley's table of compartments that hold neither a parameter nor a state.
const BOOKKEEPING: [&str; 10] = [
    "controlled_by_param",
    "global_branch_index",
    "global_cell_index",
    "global_comp_index",
    "local_branch_index",
    "local_cell_index",
    "local_comp_index",
    "x",
    "y",
    "z",
];

impl Tables {
    /// The module with its trainable parameters at their present values, called `name`, for `steps`
    /// steps of `delta_t` (ms). Stimuli that end before are padded with zeros.
    pub(crate) fn export(&self, name: &str, delta_t: f64, steps: usize) -> Export {
        let addresses = self.addresses();
        let nodes = self.cells.iter().flatten().map(|branch| branch.ncomp).sum::<usize>()
            + self.cells.iter().map(|cell| Self::parents(cell).len()).sum::<usize>();
        let on_nodes = |column: &Vec<f64>| {
            let mut array = Array1::from_elem(nodes, -1.0); // at branchpoints
            for (address, &value) in addresses.iter().zip(column) {
                array[address.node] = value;
            }
            array
        };
        let column = |key: &str| Some((key.to_owned(), on_nodes(self.columns.get(key)?)));

        let mut params: Params<f64> = OWN.into_iter().filter_map(column).collect();
        let mut states: Params<f64> = column("v").into_iter().collect();
        for Inserted { mechanism, .. } in &self.channels {
            let Keys { params: own, states: moving } = mechanism.kind.keys();
            params.extend(own.iter().filter_map(|key| column(&key.under(&mechanism.name))));
            states.extend(moving.iter().filter_map(|key| column(&key.under(&mechanism.name))));
        }
        for Connected { mechanism, columns, .. } in &self.synapses {
            let Keys { params: own, states: moving } = mechanism.kind.keys();
            let array = |key: &Key| {
                let key = key.under(&mechanism.name);
                let values = columns.get(&key)?;
                Some((key, Array1::from(values.clone())))
            };
            params.extend(own.iter().filter_map(array));
            states.extend(moving.iter().filter_map(array));
        }
        for setting in &self.trainables {
            setting.apply(&mut params);
            setting.apply(&mut states);
            setting.make_cylinders(&mut params);
        }

        let edges = self.comp_edges();
        let present = AXIAL_KEYS.iter().all(|&key| params.contains_key(key));
        let axial_conductances =
            if present { axial_conductances(&edges, &params).to_vec() } else { Vec::new() };
        let is_pump = |inserted: &&Inserted| inserted.mechanism.kind.ion().is_some();
        let channels = self.channels.iter().filter(|inserted| !is_pump(inserted));
        let channels = channels.chain(self.channels.iter().filter(is_pump));
        let node = |comp: usize| addresses[comp].node;
        let channel = |inserted: &Inserted| {
            let mechanism = &inserted.mechanism;
            let (keys, current) = (mechanism.kind.keys(), mechanism.current());
            let here = inserted.here.iter().enumerate().filter(|(_, here)| **here);
            Channel {
                mechanism: described(mechanism.kind.name(), &mechanism.name, current, keys),
                nodes: here.map(|(comp, _)| node(comp)).collect(),
            }
        };
        let synapse = |connected: &Connected| {
            let mechanism = &connected.mechanism;
            let (keys, current) = (mechanism.kind.keys(), format!("i_{}", mechanism.name));
            Synapse {
                mechanism: described(mechanism.kind.name(), &mechanism.name, current, keys),
                pre: connected.ends.iter().map(|&(pre, _)| node(pre)).collect(),
                post: connected.ends.iter().map(|&(_, post)| node(post)).collect(),
            }
        };
        let synapses: Vec<_> = self.synapses.iter().map(synapse).collect();
        let recording = |(state, index): &(String, usize)| {
            let (state, index) = (state.clone(), *index);
            Recording { state, index }
        };
        Export {
            name: name.to_owned(),
            delta_t,
            steps,
            nodes,
            branchpoints: self.branchpoints(),
            edges,
            axial_conductances,
            params,
            states,
            membrane_keys: self.membrane_keys(),
            membrane_current_names: self.current_names(),
            synapse_current_names: synapses.iter().map(|s| s.mechanism.current.clone()).collect(),
            channels: channels.map(channel).collect(),
            synapses,
            externals: self.externals.clone().into_iter().map(|e| padded(e, steps)).collect(),
            recordings: self.recordings.iter().map(recording).collect(),
            trainables: self.trainables.clone(),
        }
    }

    /// The module, ready to run.
    pub(crate) fn build(&self, delta_t: f64) -> Result<Cable, CableError> {
        let rows = self.externals.values().flat_map(|external| &external.values);
        let steps = rows.map(Vec::len).max().unwrap_or(0);
        let mut cable = Cable::with_kinds(self.export(self.name, delta_t, steps), &self.kinds())?;
        cable.open_ended = true;
        Ok(cable)
    }

    /// The module, ready to run for `t_max` (ms).
    pub(crate) fn build_for(&self, delta_t: f64, t_max: f64) -> Result<Cable, CableError> {
        let steps = whole_steps("build_for", t_max, delta_t)? + 1;
        let stimuli = self.externals.get(External::STIMULUS).map_or(0, |i| i.values.len());
        check_rows("stimuli", stimuli, steps)?;
        let mut export = self.export(self.name, delta_t, steps);
        let rows = export.externals.values_mut().flat_map(|external| &mut external.values);
        rows.for_each(|row| row.truncate(steps));
        Cable::with_kinds(export, &self.kinds())
    }

    /// The kinds of the mechanisms that the module has.
    fn kinds(&self) -> Kinds {
        let channels = self.channels.iter().map(|inserted| inserted.mechanism.kind);
        let kinds = channels.fold(Kinds::default(), Kinds::channel);
        self.synapses.iter().map(|connected| connected.mechanism.kind).fold(kinds, Kinds::synapse)
    }

    /// Moves the states of all channels to where they rest at the present voltages.
    pub(crate) fn init_states(&mut self) -> Result<(), CableError> {
        let cable = Cable::with_kinds(self.export(self.name, 1.0, 0), &self.kinds())?;
        let states = gates_at_rest(&cable)?;
        let addresses = self.addresses();
        let channels =
            self.channels.iter().filter(|inserted| inserted.mechanism.kind.ion().is_none());
        for Inserted { mechanism, here } in channels {
            for key in mechanism.kind.keys().states {
                let key = key.under(&mechanism.name);
                let (Some(column), Some(state)) = (self.columns.get_mut(&key), states.get(&key))
                else {
                    continue;
                };
                let rows = column.iter_mut().zip(&addresses).zip(here).filter(|(_, here)| **here);
                rows.for_each(|((value, address), _)| *value = state[address.node]);
            }
        }
        Ok(())
    }

    /// Every branchpoint, the one after the parent branch with the lowest number first.
    fn branchpoints(&self) -> Vec<usize> {
        let (mut branchpoints, mut first) = (Vec::new(), 0);
        for cell in &self.cells {
            first += cell.iter().map(|branch| branch.ncomp).sum::<usize>();
            let len = Self::parents(cell).len();
            branchpoints.extend(first..first + len);
            first += len;
        }
        branchpoints
    }

    /// The edges of each cell: along its branches, from branchpoints to the branches that end and
    /// that start there, and back.
    fn comp_edges(&self) -> Vec<Edge> {
        let (mut edges, mut offset) = (Vec::new(), 0);
        for cell in &self.cells {
            let mut firsts = Vec::new();
            let mut end = offset;
            for branch in cell {
                firsts.push(end);
                let along = || (end + 1..end + branch.ncomp).map(|node| (node - 1, node));
                let kind = EdgeKind::Compartments;
                edges.extend(along().map(|(source, sink)| Edge { source, sink, kind }));
                edges.extend(along().map(|(sink, source)| Edge { source, sink, kind }));
                end += branch.ncomp;
            }
            let parents = Self::parents(cell);
            let last = |branch: usize| firsts[branch] + cell[branch].ncomp - 1;
            let edge = |source, sink, kind| Edge { source, sink, kind };
            let ends = parents
                .iter()
                .enumerate()
                .map(|(n, &branch)| edge(end + n, last(branch), EdgeKind::BranchpointToEnd));
            let starts = cell.iter().zip(&firsts).filter_map(|(branch, &first)| {
                let branchpoint = parents.binary_search(&branch.parent?).ok()?;
                Some(edge(end + branchpoint, first, EdgeKind::BranchpointToStart))
            });
            let meeting: Vec<_> = ends.chain(starts).collect();
            edges.extend(&meeting);
            edges.extend(
                meeting
                    .iter()
                    .map(|&Edge { source, sink, kind }| edge(sink, source, kind.reversed())),
            );
            offset = end + parents.len();
        }
        edges
    }

    /// The keys of Jaxley's table of compartments.
    fn membrane_keys(&self) -> Vec<String> {
        let mechanisms = self.channels.iter().map(|inserted| &inserted.mechanism.name);
        let bookkeeping = BOOKKEEPING.into_iter().map(str::to_owned);
        // A key of synapses is theirs, also where a group has its name.
        let of_synapse =
            |key: &&String| self.synapses.iter().any(|synapse| synapse.columns.contains_key(*key));
        let groups = self.groups.keys().filter(|key| !of_synapse(key));
        let names = mechanisms.chain(groups).chain(self.columns.keys()).cloned();
        let mut keys: Vec<_> = names.chain(bookkeeping).collect();
        keys.sort_unstable();
        keys
    }
}

fn described(kind: &str, name: &str, current: String, keys: Keys) -> Mechanism {
    let under = |keys: &[Key]| {
        keys.iter().filter(|key| key.comes_with_it()).map(|key| key.under(name)).collect()
    };
    Mechanism {
        kind: kind.to_owned(),
        name: name.to_owned(),
        current,
        params: under(keys.params),
        states: under(keys.states),
    }
}

/// The external with its stimuli, but not its clamps, padded with zeros. [`Cable::new`] refuses too
/// many steps.
fn padded((name, mut external): (String, External), steps: usize) -> (String, External) {
    if name == External::STIMULUS && steps <= MAX_STEPS {
        external
            .values
            .iter_mut()
            .filter(|row| row.len() < steps)
            .for_each(|r| r.resize(steps, 0.0));
    }
    (name, external)
}
