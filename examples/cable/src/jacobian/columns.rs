use dynamics::{DIRECTIONS, Duals, DynamicStateUtils, Fate, Jacobian};
use ndarray::{Array1, Array2, ArrayViewMut1};
use pytree::{KeyPath, tree_map};

use crate::arrays::owner::Owner;
use crate::error::CableError;
use crate::jacobian::response::Response;
use crate::mechanism::drive::Drive;
use crate::run::cable::Cable;
use crate::run::inputs::Inputs;
use crate::run::solver::Solver;
use crate::states::{Externals, Params, States};
use crate::synapses::connection::Connection;

/// The Jacobian of a step of a [`Cable`], from the structure of the step.
///
/// With n compartments of s states each, the Jacobian has (n s)^2 entries, and dual numbers through
/// the whole step take n s times a step. Other than the voltage, though, the states after a step
/// depend on those of the same compartment, and those of a synapse on its own and its two
/// compartments. So one pass of dual numbers has one direction for each *state*, along that state
/// at all nodes at once, and one more pass has each synapse by itself. The voltages solve a tree,
///
/// ```text
/// A x = b,    dx = A^-1 (db - dA x)
/// ```
///
/// where A depends on the states by its diagonal only. The tree is eliminated once, with all
/// columns of A^-1 as right sides; a column of the Jacobian is that of a node times a number. This
/// takes time linear in the entries of the Jacobian, with nothing left out: also the finite
/// difference that the slopes of the currents are is differentiated.
///
/// Crank-Nicolson and explicit Euler are linear in A^-1, or in A, likewise. The step is that of
/// [`Cable::step`], by implicit Euler with the parameters of the cable, unless others are
/// [given](Self::with_solver).
///
/// ```
/// use cable::{Cable, StepJacobian};
/// use dynamics::build_dynamic_state_utils;
///
/// # fn main() -> Result<(), cable::CableError> {
/// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/jaxley/three_branches_hh/module.json"));
/// let cable = Cable::from_json(text)?;
/// let utils = build_dynamic_state_utils(&cable)?;
/// let vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
/// let jacobian = StepJacobian::new(&utils)?.at(&vector, &cable.externals_at(0)?)?;
/// // How the voltages (mV) after the step depend on the gates before it, compartment by compartment.
/// let block = jacobian.block("v", "HH_m")?;
/// assert!(block.iter().all(|x| *x > 0.0));
/// // A gate depends on no gate but itself.
/// assert_eq!(jacobian.block("HH_m", "HH_m")?[[0, 1]], 0.0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct StepJacobian<'u, 'm> {
    cable: &'m Cable,
    utils: &'u DynamicStateUtils<'m, Cable>,
    solver: Solver,
    params: Params<f64>,
    dual_params: Params<Duals>,
    /// For each slot of a state and each node or synapse, where it is in the vector.
    positions: Vec<Vec<Option<usize>>>,
    /// The slots of the states of nodes that are part of the vector.
    membrane: Vec<usize>,
    /// The place of each node among the compartments; of no meaning for a branchpoint.
    place: Vec<usize>,
}

/// What the columns of the Jacobian are made of.
struct Parts {
    /// Derivatives of states other than the voltage, by row and column; those of one place add up.
    entries: Vec<((usize, usize), f64)>,
    /// For each column, a compartment by its place and how its entry of db - dA x depends on the
    /// element of the column.
    forcing: Vec<(usize, f64)>,
    /// The same, with the column first, for what acts on a compartment through synapses.
    synaptic: Vec<(usize, usize, f64)>,
}

impl<'u, 'm> StepJacobian<'u, 'm> {
    /// Finds the places of all states in the vector of `utils`, for the parameters and the time
    /// step of their cable.
    ///
    /// # Errors
    /// None that depends on the cable: its parameters are lifted to dual numbers.
    pub fn new(utils: &'u DynamicStateUtils<'m, Cable>) -> Result<Self, CableError> {
        let cable = utils.module();
        let owners = || (0..cable.states.len()).map(|slot| cable.states.owner(slot));
        let mut positions: Vec<_> = owners().map(|owner| vec![None; owner.len()]).collect();
        for row in utils.explain() {
            let slot = row.path.last_name().and_then(|name| cable.states.find(&name));
            if let (Some(slot), Some(index), Fate::Kept { position }) = (slot, row.index, row.fate)
            {
                positions[slot][index] = Some(position);
            }
        }
        let kept = positions.iter().map(|positions| positions.iter().any(Option::is_some));
        let membrane = owners().zip(kept).enumerate();
        let membrane =
            membrane.filter(|(_, (owner, kept))| *kept && matches!(owner, Owner::Nodes(_)));
        let membrane = membrane.map(|(slot, _)| slot).collect();
        let mut place = vec![0; cable.nodes()];
        cable.compartments.iter().enumerate().for_each(|(at, &node)| place[node] = at);
        let (params, dual_params) = (cable.params().clone(), lifted(cable.params())?);
        let solver = Solver::default();
        Ok(Self { cable, utils, solver, params, dual_params, positions, membrane, place })
    }

    /// The same for a step by `solver`.
    ///
    /// ```
    /// # use cable::{Cable, Solver, StepDynamics, StepJacobian};
    /// # use dynamics::build_dynamic_state_utils;
    /// # fn main() -> Result<(), cable::CableError> {
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/jaxley/three_branches_hh/module.json"));
    /// # let cable = Cable::from_json(text)?;
    /// # let utils = build_dynamic_state_utils(&cable)?;
    /// # let vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    /// # let externals = cable.externals_at(0)?;
    /// let trapezoid = StepJacobian::new(&utils)?.with_solver(Solver::CrankNicolson);
    /// let by_duals = StepDynamics::new(&utils, externals.clone())
    ///     .with_solver(Solver::CrankNicolson)
    ///     .jacobian_by_duals(&vector)?;
    /// let apart = trapezoid.at(&vector, &externals)?.into_matrix() - by_duals.matrix();
    /// assert!(apart.iter().all(|x| x.abs() < 1e-9));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_solver(self, solver: Solver) -> Self {
        Self { solver, ..self }
    }

    /// The same for other parameters than those of the cable, such as
    /// [`InitAndStep::init`](crate::InitAndStep::init) gives.
    ///
    /// # Errors
    /// [`Missing`](crate::ErrorKind::Missing) or [`Length`](crate::ErrorKind::Length) if a
    /// parameter that a step needs is missing or of another length, and
    /// [`Unknown`](crate::ErrorKind::Unknown) if the cable has not one that is given.
    ///
    /// ```
    /// # use cable::{Cable, StepJacobian};
    /// # use dynamics::build_dynamic_state_utils;
    /// # fn main() -> Result<(), cable::CableError> {
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/jaxley/three_branches_hh/module.json"));
    /// # let cable = Cable::from_json(text)?;
    /// # let utils = build_dynamic_state_utils(&cable)?;
    /// # let vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    /// # let externals = cable.externals_at(0)?;
    /// let mut params = cable.params().clone();
    /// params.entry("HH_gNa".into()).and_modify(|g| g.fill(0.0)); // S/cm^2
    /// let blocked = StepJacobian::new(&utils)?.with_params(params)?.at(&vector, &externals)?;
    /// assert!(blocked.block("v", "HH_m")?.iter().all(|x| *x == 0.0));
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_params(self, params: Params<f64>) -> Result<Self, CableError> {
        self.cable.check_params(&params)?;
        Ok(Self { dual_params: lifted(&params)?, params, ..self })
    }

    /// The Jacobian at `vector`, for a step with these externals: `[i, j]` is the derivative of
    /// state `i` after the step with respect to state `j` before it.
    ///
    /// # Errors
    /// Those of [`DynamicStateUtils`] and of [`Cable::step`]; also if a state becomes NaN.
    pub fn at(&self, vector: &Array1<f64>, externals: &Externals) -> Result<Jacobian, CableError> {
        let mut matrix = Array2::zeros((vector.len(), vector.len()));
        self.parts(vector, externals)?.write(&mut matrix);
        Ok(Jacobian::new(matrix, self.utils.layout())?)
    }

    /// As [`at`](Self::at), into a matrix that is there.
    ///
    /// # Errors
    /// As [`at`](Self::at), and if the matrix has not as many rows and columns as the vector
    /// elements. Nothing has then been written.
    ///
    /// ```
    /// # use cable::{Cable, StepJacobian};
    /// # use dynamics::build_dynamic_state_utils;
    /// # fn main() -> Result<(), cable::CableError> {
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/jaxley/three_branches_hh/module.json"));
    /// # let cable = Cable::from_json(text)?;
    /// # let utils = build_dynamic_state_utils(&cable)?;
    /// # let vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    /// # let externals = cable.externals_at(0)?;
    /// let jacobian = StepJacobian::new(&utils)?;
    /// let mut matrix = jacobian.at(&vector, &externals)?.into_matrix();
    /// jacobian.at_into(&(vector * 0.99), &externals, &mut matrix)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn at_into(
        &self,
        vector: &Array1<f64>,
        externals: &Externals,
        matrix: &mut Array2<f64>,
    ) -> Result<(), CableError> {
        self.utils.layout().block(&*matrix, KeyPath::root(), KeyPath::root())?;
        let solved = self.parts(vector, externals)?;
        let mut written = vec![false; matrix.nrows()];
        solved.rows.iter().for_each(|(row, _)| written[*row] = true);
        for (mut row, _) in matrix.rows_mut().into_iter().zip(written).filter(|(_, whole)| !whole) {
            row.fill(0.0);
        }
        solved.write(matrix);
        Ok(())
    }

    fn parts(&self, vector: &Array1<f64>, externals: &Externals) -> Result<Solved, CableError> {
        let (cable, delta_t) = (self.cable, self.cable.delta_t());
        let inputs = cable.inputs(externals)?;
        let states = self.utils.unflatten(vector)?;
        let states = self.utils.add_observables(&states, &self.params, delta_t)?;
        let response = self.response(states.clone(), &inputs)?;
        let mut parts = Parts {
            entries: Vec::new(),
            forcing: vec![(0, 0.0); vector.len()],
            synaptic: Vec::new(),
        };
        for directions in self.membrane.chunks(DIRECTIONS) {
            self.membrane_part(directions, vector, &inputs, &response, &mut parts)?;
        }
        for connection in &cable.connections {
            self.synaptic_part(connection, &states, &inputs, &response, &mut parts)?;
        }
        // A clamped voltage depends on nothing.
        let mut rows = self.positions[cable.v].clone();
        for clamp in inputs.clamps.iter().filter(|clamp| clamp.slot == cable.v) {
            rows[clamp.index] = None;
        }
        let columns = &self.positions[cable.v];
        let direct = response.direct.into_iter();
        let direct =
            direct.filter_map(|([to, from], entry)| Some(((rows[to]?, columns[from]?), entry)));
        let direct = direct.collect();
        let rows = rows.into_iter().zip(response.rows);
        let rows = rows.filter_map(|(row, response)| Some((row?, response))).collect();
        Ok(Solved { parts, rows, direct })
    }

    /// How the voltages answer to a step of all `states`.
    fn response(&self, mut states: States<f64>, inputs: &Inputs) -> Result<Response, CableError> {
        let (cable, delta_t) = (self.cable, self.cable.delta_t());
        let params = cable.params.views(&self.params)?;
        let mut views = cable.states.views_mut(&mut states)?;
        let drive = cable.drive_voltage(&mut views, &params, inputs, delta_t);
        let v = &mut views[cable.v];
        let response = cable.response(self.solver, &drive, &v.view(), &params, delta_t);
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
        let (cable, delta_t) = (self.cable, self.cable.delta_t());
        let mut vector = vector.mapv(Duals::from_re);
        for (direction, &slot) in directions.iter().enumerate() {
            for &position in self.positions[slot].iter().flatten() {
                vector[position] = vector[position].derivative(direction);
            }
        }
        let states = self.utils.unflatten(&vector)?;
        let mut states = self.utils.add_observables(&states, &self.dual_params, delta_t)?;
        let params = cable.params.views(&self.dual_params)?;
        let mut views = cable.states.views_mut(&mut states)?;
        let drive = cable.step_membrane(&mut views, &params, delta_t);
        let v = views[cable.v].view();
        let (diagonal, right) =
            cable.voltage_system(&drive, &v, &params[cable.capacitance], response.delta_t);
        inputs.clamp(&mut views, |slot| slot != cable.v);

        for (direction, &from) in directions.iter().enumerate() {
            let slope = |dual: &Duals| derivative(dual, direction);
            for (node, &column) in self.positions[from].iter().enumerate() {
                let Some(column) = column else { continue };
                let forcing = slope(&right[node]) - slope(&diagonal[node]) * response.at[node];
                parts.forcing[column] = (self.place[node], forcing);
                for &to in self.membrane.iter().filter(|&&to| to != cable.v) {
                    let entry = slope(&views[to][node]);
                    if let Some(row) = self.positions[to][node].filter(|_| entry != 0.0) {
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
        let (cable, delta_t) = (self.cable, self.cable.delta_t());
        let contacts = &connection.contacts;
        let (ends, own) = (&contacts.ends, &contacts.keys.states);
        let before = cable.states.views(before)?;
        // Directions: the voltage before the synapse, that behind it, and its states, of which no
        // type has more than six.
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
        let mut params = cable.params.views(&self.dual_params)?;
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
            let voltages = [pre, post].map(|node| self.positions[cable.v][node]);
            let states = own.iter().map(|&slot| self.positions[slot][synapse]);
            for (direction, column) in voltages.into_iter().chain(states).enumerate() {
                let Some(column) = column else { continue };
                let slope = |dual: &Duals| derivative(dual, direction);
                for &slot in own.iter().chain([&contacts.current]) {
                    if let Some(row) = self.positions[slot][synapse] {
                        parts.entries.push(((row, column), slope(&views[slot][synapse])));
                    }
                }
                let behind = 2 * synapse + 1;
                let forcing = slope(&drive.constant[behind])
                    - slope(&drive.slope[behind]) * response.at[post];
                let forcing = forcing / params[cable.capacitance][post].re * response.delta_t;
                parts.synaptic.push((column, self.place[post], forcing));
            }
        }
        Ok(())
    }
}

/// The Jacobian, not yet written out.
struct Solved {
    parts: Parts,
    /// The rows of voltages, by their numbers, and those of the [`Response`].
    rows: Vec<(usize, Array1<f64>)>,
    /// Derivatives of voltages that are added to those, by row and column.
    direct: Vec<((usize, usize), f64)>,
}

impl Solved {
    /// Writes the entries that may differ from 0.
    fn write(&self, matrix: &mut Array2<f64>) {
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

fn lifted(params: &Params<f64>) -> Result<Params<Duals>, pytree::Error> {
    tree_map(|leaf| leaf.mapv(Duals::from_re), params)
}
