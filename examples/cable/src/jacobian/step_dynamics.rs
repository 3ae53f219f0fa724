use std::borrow::Cow;
use std::sync::OnceLock;

use dynamics::{DynamicStateUtils, Jacobian, Step};
use ndarray::{Array1, Array2};
use num_dual::Dual64;
use pytree::grad::{Duals, try_jvp};
use pytree::{KeyPath, Layout, tree_map};

use crate::error::CableError;
use crate::jacobian::columns::{Linearised, Positions, Solved};
use crate::run::cable::Cable;
use crate::run::solver::Solver;
use crate::states::{Externals, Params, Scalar, States};

/// A time step of a [`Cable`] as a function from vector to vector: of the dynamic states before the
/// step to those after it. Jaxley's `step_dynamics`.
///
/// The step is that of [`InitAndStep::step`](crate::InitAndStep::step), by implicit Euler with the
/// parameters of the cable, unless [`with_solver`](Self::with_solver) and
/// [`with_params`](Self::with_params) say otherwise. What the Jacobian needs is computed once and
/// kept, also by [`with_externals`](Self::with_externals).
///
/// ```
/// use cable::channels::HH;
/// use cable::{Build, Cell, StepDynamics};
/// use dynamics::build_dynamic_state_utils;
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut cell = Cell::default();
/// cell.insert(HH)?.stimulate(vec![0.1; 4])?; // nA
/// let cable = cell.build(0.025)?; // ms
/// let utils = build_dynamic_state_utils(&cable)?;
/// let mut vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
/// let mut step = StepDynamics::new(&utils, cable.externals_at(0)?);
/// for index in 0..cable.steps() {
///     step = step.with_externals(cable.externals_at(index)?);
///     vector = step.apply(&vector)?;
/// }
/// let jacobian = step.jacobian(&vector)?;
/// assert!(jacobian.block("v", "HH_m")?[[0, 0]] > 0.0); // mV: sodium depolarises
/// assert_eq!(jacobian.block("HH_m", "HH_h")?[[0, 0]], 0.0); // a gate depends on no other gate
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct StepDynamics<'u, 'm> {
    utils: &'u DynamicStateUtils<'m, Cable>,
    externals: Externals,
    solver: Solver,
    params: Cow<'m, Params<f64>>,
    /// For the Jacobian: computed when it is first needed.
    dual_params: OnceLock<Params<Duals>>,
    positions: OnceLock<Positions>,
}

impl<'u, 'm> StepDynamics<'u, 'm> {
    /// The step with these externals, and with the parameters and the time step of the module of
    /// `utils`.
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Build, Cell, StepDynamics};
    /// use ndarray::array;
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.insert(Leak)?.stimulate(vec![0.1])?; // nA
    /// let cable = cell.build(0.025)?;
    /// let utils = dynamics::build_dynamic_state_utils(&cable)?;
    /// let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    /// assert!(step.apply(&array![-70.0])?[0] > -70.0); // mV
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(utils: &'u DynamicStateUtils<'m, Cable>, externals: Externals) -> Self {
        Self {
            utils,
            externals,
            solver: Solver::default(),
            params: Cow::Borrowed(utils.module().params()),
            dual_params: OnceLock::new(),
            positions: OnceLock::new(),
        }
    }

    /// The same step by `solver`.
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Build, Cell, Solver, StepDynamics};
    /// use ndarray::array;
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.insert(Leak)?; // which relaxes to -70 mV within 10 ms
    /// let cable = cell.build(0.025)?;
    /// let utils = dynamics::build_dynamic_state_utils(&cable)?;
    /// let after = |solver| -> Result<f64, cable::CableError> {
    ///     let step = StepDynamics::new(&utils, cable.externals_at(0)?).with_solver(solver);
    ///     Ok(step.apply(&array![-60.0])?[0] + 70.0)
    /// };
    /// let h = 0.025 / 10.0;
    /// assert!((after(Solver::BwdEuler)? - 10.0 / (1.0 + h)).abs() < 1e-9);
    /// assert!((after(Solver::FwdEuler)? - 10.0 * (1.0 - h)).abs() < 1e-9);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_solver(self, solver: Solver) -> Self {
        Self { solver, ..self }
    }

    /// The same step with other parameters than those of the cable, such as
    /// [`InitAndStep::init`](crate::InitAndStep::init) returns.
    ///
    /// # Errors
    /// [`Missing`](crate::ErrorKind::Missing) or [`Length`](crate::ErrorKind::Length) if a
    /// parameter that a step needs is missing or of another length, and
    /// [`Unknown`](crate::ErrorKind::Unknown) if the cable lacks a parameter that is given.
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Build, Cell, Solver, StepDynamics, build_init_and_step_fn};
    /// use ndarray::array;
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.insert(Leak)?.make_trainable("Leak_gLeak")?;
    /// let cable = cell.build(0.025)?;
    /// let mut trained = cell.get_parameters();
    /// trained[0].insert("Leak_gLeak".into(), array![0.0]); // S/cm^2
    ///
    /// let module = build_init_and_step_fn(&cable, Solver::BwdEuler);
    /// let (_, params) = module.init(&trained, &vec![])?;
    /// let utils = dynamics::build_dynamic_state_utils(&cable)?;
    /// let step = StepDynamics::new(&utils, cable.externals_at(0)?).with_params(params)?;
    /// assert_eq!(step.apply(&array![-60.0])?, array![-60.0]); // nothing leaks
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_params(self, params: Params<f64>) -> Result<Self, CableError> {
        self.utils.module().check_params(&params)?;
        Ok(Self { params: Cow::Owned(params), dual_params: OnceLock::new(), ..self })
    }

    /// The same step with other externals, such as those of another time.
    ///
    /// ```
    /// use cable::{Build, Cell, StepDynamics};
    /// use ndarray::array;
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.stimulate(vec![0.0, 0.1])?; // nA
    /// let cable = cell.build(0.025)?;
    /// let utils = dynamics::build_dynamic_state_utils(&cable)?;
    /// let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    /// assert_eq!(step.apply(&array![-70.0])?[0], -70.0); // mV
    /// let step = step.with_externals(cable.externals_at(1)?);
    /// assert!(step.apply(&array![-70.0])?[0] > -70.0);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_externals(self, externals: Externals) -> Self {
        Self { externals, ..self }
    }

    /// The vector after the step. With dual numbers, its derivatives too: this is how to check
    /// [`jacobian`](Self::jacobian).
    ///
    /// # Errors
    /// Those of [`Step::apply`] and of [`InitAndStep::step`](crate::InitAndStep::step).
    ///
    /// ```
    /// use cable::channels::HH;
    /// use cable::{Build, Cell, StepDynamics};
    /// use dynamics::build_dynamic_state_utils;
    /// use ndarray::{Array1, array};
    /// use pytree::grad::Duals;
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.insert(HH)?;
    /// let cable = cell.build(0.025)?;
    /// let utils = build_dynamic_state_utils(&cable)?;
    /// let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    /// let vector = array![0.6, 0.05, 0.3, -65.0]; // HH_h, HH_m, HH_n and v
    /// let by_duals = utils.jacobian(|x: &Array1<Duals>| step.apply(x), &vector)?;
    /// let difference = step.jacobian(&vector)?.into_matrix() - by_duals.matrix();
    /// assert!(difference.iter().all(|x| x.abs() < 1e-12));
    /// # Ok(())
    /// # }
    /// ```
    pub fn apply<T: Scalar>(&self, vector: &Array1<T>) -> Result<Array1<T>, CableError> {
        let cable = self.utils.module();
        let delta_t = cable.delta_t();
        let params: Params<T> = tree_map(|leaf| leaf.mapv(T::from), &*self.params)?;
        let advance = |states: &mut States<T>, params: &Params<T>| {
            cable.advance(self.solver, states, params, &self.externals, delta_t)
        };
        Ok(Step::new(self.utils).apply(vector, &params, delta_t, advance)?)
    }

    /// The product of the Jacobian of the step at `vector` and `direction`, by one pass of dual
    /// numbers through the step.
    ///
    /// # Errors
    /// The errors of [`apply`](Self::apply), and [`Tree`](crate::ErrorKind::Tree) if `direction` and
    /// `vector` differ in length.
    ///
    /// ```
    /// use cable::channels::HH;
    /// use cable::{Build, Cell, StepDynamics};
    /// use ndarray::array;
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.insert(HH)?;
    /// let cable = cell.build(0.025)?;
    /// let utils = dynamics::build_dynamic_state_utils(&cable)?;
    /// let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    /// let (vector, up) = (array![0.6, 0.05, 0.3, -65.0], array![0.0, 0.0, 0.0, 1.0]);
    /// let difference = step.jvp(&vector, &up)? - step.jacobian(&vector)?.matrix().dot(&up);
    /// assert!(difference.iter().all(|x| x.abs() < 1e-12));
    /// # Ok(())
    /// # }
    /// ```
    pub fn jvp(
        &self,
        vector: &Array1<f64>,
        direction: &Array1<f64>,
    ) -> Result<Array1<f64>, CableError> {
        let (_, tangent) = try_jvp(|x: &Array1<Dual64>| self.apply(x), vector, direction)?;
        Ok(tangent)
    }

    /// The Jacobian of the step at `vector`, with its blocks by name: `[i, j]` is the derivative of
    /// state `i` after the step with respect to state `j` before it. By the structure of the step,
    /// in time linear in the number of entries.
    ///
    /// # Errors
    /// Those of [`apply`](Self::apply); also if a state becomes NaN.
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Branch, Build, Compartment, StepDynamics};
    /// use ndarray::array;
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut branch = Branch::new(&Compartment::new(), 2)?;
    /// branch.insert(Leak)?;
    /// let cable = branch.build(0.025)?;
    /// let utils = dynamics::build_dynamic_state_utils(&cable)?;
    /// let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    /// let jacobian = step.jacobian(&array![-70.0, -60.0])?;
    /// assert!(jacobian.block("v", "v")?[[0, 1]] > 0.0); // mV/mV: neighbours pull each other
    /// # Ok(())
    /// # }
    /// ```
    pub fn jacobian(&self, vector: &Array1<f64>) -> Result<Jacobian, CableError> {
        let mut matrix = Array2::zeros((vector.len(), vector.len()));
        self.linearised(vector)?.write(&mut matrix);
        Ok(Jacobian::new(matrix, self.utils)?)
    }

    /// As [`jacobian`](Self::jacobian), written into a matrix: a large one is not allocated anew at
    /// each step.
    ///
    /// # Errors
    /// Those of [`jacobian`](Self::jacobian); also if the matrix does not have as many rows and
    /// columns as the vector has elements. Nothing has then been written.
    ///
    /// ```
    /// use cable::channels::HH;
    /// use cable::{Build, Cell, StepDynamics};
    /// use ndarray::{Array2, array};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.insert(HH)?;
    /// let cable = cell.build(0.025)?;
    /// let utils = dynamics::build_dynamic_state_utils(&cable)?;
    /// let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    /// let (vector, mut matrix) = (array![0.6, 0.05, 0.3, -65.0], Array2::ones((4, 4)));
    /// step.jacobian_into(&vector, &mut matrix)?;
    /// assert_eq!(&matrix, step.jacobian(&vector)?.matrix());
    /// # Ok(())
    /// # }
    /// ```
    pub fn jacobian_into(
        &self,
        vector: &Array1<f64>,
        matrix: &mut Array2<f64>,
    ) -> Result<(), CableError> {
        let layout = Layout::of(&Array1::<f64>::zeros(self.utils.num_states()));
        layout.block(&*matrix, KeyPath::root(), KeyPath::root())?;
        let solved = self.linearised(vector)?;
        let whole = solved.whole_rows(matrix.nrows());
        for (mut row, _) in matrix.rows_mut().into_iter().zip(whole).filter(|(_, whole)| !whole) {
            row.fill(0.0);
        }
        solved.write(matrix);
        Ok(())
    }

    fn linearised(&self, vector: &Array1<f64>) -> Result<Solved, CableError> {
        let lifted = || self.params.iter().map(|(key, p)| (key.clone(), p.mapv(Duals::from_re)));
        let linearised = Linearised {
            utils: self.utils,
            positions: self.positions.get_or_init(|| Positions::new(self.utils)),
            solver: self.solver,
            params: &self.params,
            dual_params: self.dual_params.get_or_init(|| lifted().collect()),
            externals: &self.externals,
        };
        linearised.at(vector)
    }
}
