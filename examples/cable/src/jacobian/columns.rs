//! The Jacobian of a step of a [`Cable`], from the structure of the step.
//!
//! With n compartments of s states each, the Jacobian has (n s)^2 entries, and dual numbers through
//! the whole step take n s times a step. Other than the voltage, though, the states after a step
//! depend on those of the same compartment, and those of a synapse on its own and its two
//! compartments. So one pass of dual numbers has one direction for each *state*, along that state
//! at all nodes at once, and one more pass has each synapse by itself. The voltages solve a tree,
//!
//! ```text
//! A x = b,    dx = A^-1 (db - dA x)
//! ```
//!
//! where A depends on the states by its diagonal only. The tree is eliminated once, with all
//! columns of A^-1 as right sides; a column of the Jacobian is a column of A^-1 times a number.
//! This takes time linear in the entries of the Jacobian. Nothing is left out: the finite
//! difference that the slopes of the currents are is differentiated too.
//!
//! Crank-Nicolson and explicit Euler are linear in A^-1, or in A, likewise; see [`Response`].

use dynamics::DynamicStateUtils;
use ndarray::{Array1, Array2, ArrayViewMut1};
use pytree::grad::{DIRECTIONS, Duals};

use crate::arrays::owner::Owner;
use crate::error::CableError;
use crate::jacobian::response::Response;
use crate::mechanism::drive::Drive;
use crate::run::cable::Cable;
use crate::run::inputs::Inputs;
use crate::run::solver::{Solver, voltage_system};
use crate::states::{Externals, Params, States};
use crate::synapses::connection::Connection;

/// Where the states of a cable are in the vector.
#[derive(Debug)]
pub(crate) struct Positions {
    /// For each slot of a state and each node or synapse, the position in the vector.
    of_states: Vec<Vec<Option<usize>>>,
    /// The slots of the states of nodes that are part of the vector.
    membrane: Vec<usize>,
    /// The rank of each node among the compartments; for a branchpoint it means nothing.
    rank: Vec<usize>,
}

impl Positions {
    pub fn new(utils: &DynamicStateUtils<'_, Cable>) -> Self {
        let cable = utils.module();
        let owners = || (0..cable.states.len()).map(|slot| cable.states.owner(slot));
        let mut of_states: Vec<_> = owners().map(|owner| vec![None; owner.len()]).collect();
        for row in utils.explain() {
            let slot = row.path.last_name().and_then(|name| cable.states.find(&name));
            let position = row.fate.position();
            if let (Some(slot), Some(index), Some(position)) = (slot, row.index, position) {
                of_states[slot][index] = Some(position);
            }
        }
        let kept = of_states.iter().map(|positions| positions.iter().any(Option::is_some));
        let membrane = owners().zip(kept).enumerate();
        let membrane =
            membrane.filter(|(_, (owner, kept))| *kept && matches!(owner, Owner::Nodes(_)));
        let membrane = membrane.map(|(slot, _)| slot).collect();
        let mut rank = vec![0; cable.nodes()];
        cable.compartments.iter().enumerate().for_each(|(at, &node)| rank[node] = at);
        Self { of_states, membrane, rank }
    }
}

/// A step, to be differentiated.
pub(crate) struct Linearised<'a> {
    pub utils: &'a DynamicStateUtils<'a, Cable>,
    pub positions: &'a Positions,
    pub solver: Solver,
    pub params: &'a Params<f64>,
    pub dual_params: &'a Params<Duals>,
    pub externals: &'a Externals,
}

/// What the columns of the Jacobian are made of.
struct Parts {
    /// Derivatives of states other than the voltage, by row and column; entries of one position add
    /// up.
    entries: Vec<((usize, usize), f64)>,
    /// For each column, a compartment by its rank and how its entry of db - dA x depends on the
    /// element of the column.
    forcing: Vec<(usize, f64)>,
    /// The same, with the column first, for what acts on a compartment through synapses.
    synaptic: Vec<(usize, usize, f64)>,
}

impl Linearised<'_> {
    /// The Jacobian at `vector`, not yet written out.
    ///
    /// # Errors
    /// Those of the step; also if a state becomes NaN.
    pub fn at(&self, vector: &Array1<f64>) -> Result<Solved, CableError> {
        let (cable, delta_t) = (self.utils.module(), self.utils.module().delta_t());
        let inputs = Inputs::new(cable, self.externals)?;
        let states = self.utils.unflatten(vector)?;
        let states = self.utils.add_observables(&states, self.params, delta_t)?;
        let response = self.response(states.clone(), &inputs)?;
        let mut parts = Parts {
            entries: Vec::new(),
            forcing: vec![(0, 0.0); vector.len()],
            synaptic: Vec::new(),
        };
        for directions in self.positions.membrane.chunks(DIRECTIONS) {
            self.membrane_part(directions, vector, &inputs, &response, &mut parts)?;
        }
        for connection in &cable.connections {
            self.synaptic_part(connection, &states, &inputs, &response, &mut parts)?;
        }
        // A clamped voltage depends on nothing.
        let mut rows = self.positions.of_states[cable.v].clone();
        for clamp in inputs.clamps.iter().filter(|clamp| clamp.slot == cable.v) {
            rows[clamp.index] = None;
        }
        let columns = &self.positions.of_states[cable.v];
        let direct = response.direct.into_iter();
        let direct =
            direct.filter_map(|([to, from], entry)| Some(((rows[to]?, columns[from]?), entry)));
        let direct = direct.collect();
        let rows = rows.into_iter().zip(response.rows);
        let rows = rows.filter_map(|(row, response)| Some((row?, response))).collect();
        Ok(Solved { parts, rows, direct })
    }

    /// The response of the voltages to a step of all `states`.
    fn response(&self, mut states: States<f64>, inputs: &Inputs) -> Result<Response, CableError> {
        let (cable, delta_t) = (self.utils.module(), self.utils.module().delta_t());
        let params = cable.params.views(self.params)?;
        let mut views = cable.states.views_mut(&mut states)?;
        let drive = cable.drive_voltage(&mut views, &params, inputs, delta_t);
        let v = &mut views[cable.v];
        let response = Response::new(cable, self.solver, &drive, &v.view(), &params, delta_t);
        v.assign(&response.after);
        // Fails if a state is NaN.
        self.utils.remove_observables(&states)?;
        Ok(response)
    }

    /// The columns of the states of nodes in the slots `directions`, but for what they do by
    /// synapses.
    fn membrane_part(
        &self,
        directions: &[usize],
        vector: &Array1<f64>,
        inputs: &Inputs,
        response: &Response,
        parts: &mut Parts,
    ) -> Result<(), CableError> {
        let (cable, delta_t) = (self.utils.module(), self.utils.module().delta_t());
        let mut vector = vector.mapv(Duals::from_re);
        for (direction, &slot) in directions.iter().enumerate() {
            for &position in self.positions.of_states[slot].iter().flatten() {
                vector[position] = vector[position].derivative(direction);
            }
        }
        let states = self.utils.unflatten(&vector)?;
        let mut states = self.utils.add_observables(&states, self.dual_params, delta_t)?;
        let params = cable.params.views(self.dual_params)?;
        let mut views = cable.states.views_mut(&mut states)?;
        let drive = cable.step_membrane(&mut views, &params, delta_t);
        let v = views[cable.v].view();
        let (diagonal, right) =
            voltage_system(cable, &drive, &v, &params[cable.capacitance], response.delta_t);
        inputs.clamp(&mut views, |slot| slot != cable.v);

        for (direction, &from) in directions.iter().enumerate() {
            let slope = |dual: &Duals| derivative(dual, direction);
            for (node, &column) in self.positions.of_states[from].iter().enumerate() {
                let Some(column) = column else { continue };
                let forcing = slope(&right[node]) - slope(&diagonal[node]) * response.at[node];
                parts.forcing[column] = (self.positions.rank[node], forcing);
                for &to in self.positions.membrane.iter().filter(|&&to| to != cable.v) {
                    let entry = slope(&views[to][node]);
                    if let Some(row) = self.positions.of_states[to][node].filter(|_| entry != 0.0) {
                        parts.entries.push(((row, column), entry));
                    }
                }
            }
        }
        Ok(())
    }

    /// What the synapses of one type do, in the columns of the voltages at both ends and of their
    /// own states.
    fn synaptic_part(
        &self,
        connection: &Connection,
        before: &States<f64>,
        inputs: &Inputs,
        response: &Response,
        parts: &mut Parts,
    ) -> Result<(), CableError> {
        let (cable, delta_t) = (self.utils.module(), self.utils.module().delta_t());
        let contacts = &connection.contacts;
        let (ends, own) = (&contacts.ends, &contacts.keys.states);
        let before = cable.states.views(before)?;
        // Directions: the presynaptic voltage, the postsynaptic one, and the states of the synapse,
        // of which no type has more than six.
        let dual = |x: f64, direction: usize| Duals::from_re(x).derivative(direction);
        let at_ends = |pair: [Array1<Duals>; 2]| -> Array1<Duals> {
            let [pre, post] = pair;
            pre.into_iter().zip(post).flat_map(|(pre, post)| [pre, post]).collect()
        };
        let v = &before[cable.v];
        let mut states: Vec<Array1<Duals>> = vec![Array1::zeros(0); before.len()];
        states[cable.v] = at_ends([
            ends.iter().map(|&(pre, _)| dual(v[pre], 0)).collect(),
            ends.iter().map(|&(_, post)| dual(v[post], 1)).collect(),
        ]);
        states[contacts.current] = Array1::zeros(ends.len());
        for (state, &slot) in own.iter().enumerate() {
            states[slot] = before[slot].mapv(|x| dual(x, 2 + state));
        }
        let mut params = cable.params.views(self.dual_params)?;
        let area = &params[cable.area];
        let area = at_ends([
            ends.iter().map(|&(pre, _)| area[pre]).collect(),
            ends.iter().map(|&(_, post)| area[post]).collect(),
        ]);
        params[cable.area] = area.view();

        let apart = connection.apart();
        let mut views: Vec<_> = states.iter_mut().map(ArrayViewMut1::from).collect();
        let mut drive = Drive::none(2 * ends.len());
        apart.update(&mut views, &params, delta_t);
        apart.add_currents(&mut views, &params, &mut drive);
        inputs.clamp(&mut views, |slot| own.contains(&slot));

        for (synapse, &(pre, post)) in ends.iter().enumerate() {
            let voltages = [pre, post].map(|node| self.positions.of_states[cable.v][node]);
            let states = own.iter().map(|&slot| self.positions.of_states[slot][synapse]);
            for (direction, column) in voltages.into_iter().chain(states).enumerate() {
                let Some(column) = column else { continue };
                let slope = |dual: &Duals| derivative(dual, direction);
                for &slot in own.iter().chain([&contacts.current]) {
                    if let Some(row) = self.positions.of_states[slot][synapse] {
                        parts.entries.push(((row, column), slope(&views[slot][synapse])));
                    }
                }
                let after = 2 * synapse + 1;
                let forcing =
                    slope(&drive.constant[after]) - slope(&drive.slope[after]) * response.at[post];
                let forcing = forcing / params[cable.capacitance][post].re * response.delta_t;
                parts.synaptic.push((column, self.positions.rank[post], forcing));
            }
        }
        Ok(())
    }
}

/// The Jacobian before it is written to a matrix.
pub(crate) struct Solved {
    parts: Parts,
    /// The rows of voltages, by their numbers, and those of the [`Response`].
    rows: Vec<(usize, Array1<f64>)>,
    /// Derivatives of voltages that are added to those, by row and column.
    direct: Vec<((usize, usize), f64)>,
}

impl Solved {
    /// The rows of `matrix` that [`write`](Self::write) overwrites; to the others it adds.
    pub fn whole_rows(&self, len: usize) -> Vec<bool> {
        let mut whole = vec![false; len];
        self.rows.iter().for_each(|(row, _)| whole[*row] = true);
        whole
    }

    /// Writes the entries that may differ from 0.
    pub fn write(&self, matrix: &mut Array2<f64>) {
        for &(at, entry) in &self.parts.entries {
            matrix[at] += entry;
        }
        for (row, response) in &self.rows {
            let mut row = matrix.row_mut(*row);
            for (entry, &(place, forcing)) in row.iter_mut().zip(&self.parts.forcing) {
                *entry = response[place] * forcing;
            }
            for &(column, place, forcing) in &self.parts.synaptic {
                row[column] += response[place] * forcing;
            }
        }
        for &(at, entry) in &self.direct {
            matrix[at] += entry;
        }
    }
}

/// The derivative of `dual` in one of its directions.
fn derivative(dual: &Duals, direction: usize) -> f64 {
    dual.eps.0.as_ref().map_or(0.0, |derivatives| derivatives[direction])
}
