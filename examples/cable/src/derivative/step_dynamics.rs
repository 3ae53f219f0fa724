use std::any::Any;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use dynamics::{DynamicStateUtils, Jacobian, Linearization, Step};
use ndarray::Array1;
use pytree::tree_map;

use crate::derivative::operator::{Machine, StepLinear};
use crate::derivative::places::Places;
use crate::description::check::unique;
use crate::description::export::Export;
use crate::error::{CableError, ErrorKind, Place};
use crate::run::cable::Cable;
use crate::states::{Externals, Params, Scalar, States};
use crate::step::linear::{ByParams, Linear, Linearizer};
use crate::step::solver::Solver;
use crate::step::values::Model;

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
    /// What is computed when it is first needed.
    machine: OnceLock<Arc<Machine<'m>>>,
    /// The parameters that derivatives are wanted by.
    by: Vec<String>,
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
            machine: OnceLock::new(),
            by: Vec::new(),
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
        Self { solver, machine: OnceLock::new(), ..self }
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
        Ok(Self { params: Cow::Owned(params), machine: OnceLock::new(), ..self })
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

    /// The same step, with derivatives by these parameters too: those of [`linearize`] then have
    /// `jvp_params` and `vjp_params`, for the arrays of the parameters one after the other, in the
    /// order of `keys`. The other parameters stay as they are, also those that follow from one of
    /// these, as the axial conductances from the capacitance.
    ///
    /// [`linearize`]: Self::linearize
    ///
    /// # Errors
    /// [`Unknown`](crate::ErrorKind::Unknown) if a step does not need one of them, and
    /// [`Conflict`](crate::ErrorKind::Conflict) if one is given twice. The steps themselves fail for
    /// the axial conductances with [`Solver::ExpEuler`].
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Build, Cell, StepDynamics};
    /// use ndarray::array;
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.insert(Leak)?;
    /// let cable = cell.build(0.025)?;
    /// let utils = dynamics::build_dynamic_state_utils(&cable)?;
    /// let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    /// let (_, linear) = step.by_params(&["Leak_gLeak"])?.linearize(&array![-60.0])?;
    /// let slope = linear.jvp_params(&array![1.0])?; // mV per S/cm^2
    /// assert!((-250.0..-248.0).contains(&slope[0])); // 10 mV above the reversal potential
    /// # Ok(())
    /// # }
    /// ```
    pub fn by_params(self, keys: &[&str]) -> Result<Self, CableError> {
        let table = &self.utils.module().params;
        if let Some(key) = keys.iter().find(|key| table.find(key).is_none()) {
            return Err(CableError::unknown(Place::Module, key, table.keys()));
        }
        unique("by_params", keys)?;
        let by = keys.iter().map(|key| (*key).to_owned()).collect();
        Ok(Self { by, machine: OnceLock::new(), ..self })
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
        if let Some(vector) = (vector as &dyn Any).downcast_ref::<Array1<f64>>() {
            let after: Box<dyn Any> = Box::new(self.apply_numbers(vector)?);
            if let Ok(after) = after.downcast() {
                return Ok(*after);
            }
        }
        let machine = self.machine()?;
        let mut values: Vec<T> = machine.places.template.iter().map(|&x| T::from(x)).collect();
        self.start(machine, vector, &mut values)?;
        let cable = self.utils.module();
        let model = cable.model(&self.lifted()?, self.solver, cable.delta_t())?;
        self.advance(&model, vector, &mut values)
    }

    /// [`apply`](Self::apply) to numbers, with what is kept for the derivative.
    fn apply_numbers(&self, vector: &Array1<f64>) -> Result<Array1<f64>, CableError> {
        let machine = self.machine()?;
        let mut values = machine.places.template.clone();
        self.start(machine, vector, &mut values)?;
        self.advance(&machine.linearizer.model, vector, &mut values)
    }

    /// Moves all values by a step.
    fn advance<T: Scalar>(
        &self,
        model: &Model<T>,
        before: &Array1<T>,
        values: &mut [T],
    ) -> Result<Array1<T>, CableError> {
        let cable = self.utils.module();
        if self.appends() {
            model.append(&cable.order, values);
        }
        let inputs = cable.inputs(&self.externals)?;
        model.step(&cable.order, values, &inputs, &mut [vec![], vec![]]);
        self.finish(before, values)
    }

    /// The vector after the step, and the derivative of the step at `vector`: as `jax.linearize`.
    ///
    /// # Errors
    /// The errors of [`apply`](Self::apply).
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
    /// let (after, linear) = step.linearize(&array![0.6, 0.05, 0.3, -65.0])?;
    /// let dv = linear.jvp(&array![0.0, 0.01, 0.0, 0.0])?; // more sodium channels are open
    /// assert!(dv[3] > 0.0); // mV
    /// let dx = linear.vjp(&array![0.0, 0.0, 0.0, 1.0])?; // what the voltage depends on
    /// assert!((dx[1] * 0.01 - dv[3]).abs() < 1e-12);
    /// assert_eq!(linear.block("v", "HH_m")?[[0, 0]], linear.to_dense()[[3, 1]]);
    /// # assert_eq!(after.len(), 4);
    /// # Ok(())
    /// # }
    /// ```
    pub fn linearize(
        &self,
        vector: &Array1<f64>,
    ) -> Result<(Array1<f64>, Linearization<StepLinear<'m>>), CableError> {
        let machine = self.machine()?;
        let mut values = machine.places.template.clone();
        self.start(machine, vector, &mut values)?;
        let mut linear = Linear::default();
        let inputs = self.utils.module().inputs(&self.externals)?;
        machine.linearizer.advance(&mut values, &inputs, 0, &mut linear);
        let after = self.finish(vector, &values)?;
        let operator = StepLinear { machine: Some(machine.clone()), linear };
        Ok((after, Linearization::new(operator, self.utils)?))
    }

    /// The Jacobian of the step at `vector`, with its blocks by name: `[i, j]` is the derivative of
    /// state `i` after the step with respect to state `j` before it. This is the dense form of
    /// [`linearize`](Self::linearize).
    ///
    /// # Errors
    /// Those of [`apply`](Self::apply).
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
        let (_, linear) = self.linearize(vector)?;
        Ok(Jacobian::new(linear.to_dense(), self.utils)?)
    }

    fn machine(&self) -> Result<&Arc<Machine<'m>>, CableError> {
        if let Some(machine) = self.machine.get() {
            return Ok(machine);
        }
        let cable = self.utils.module();
        if self.solver == Solver::ExpEuler && self.by.iter().any(|key| key == Export::AXIAL) {
            let text = "a step by exponential Euler has no derivative by the axial conductances: \
                        take that of a run, by InitAndStep::value_and_grad";
            return Err(CableError::conflict(text.to_owned()));
        }
        let model: Model<f64> = cable.model(&self.params, self.solver, cable.delta_t())?;
        let append = cable.order.append.iter().filter(|_| self.appends());
        let ops = append.chain(&cable.order.step).copied().collect();
        let params: Vec<_> = self.by.iter().filter_map(|key| cable.params.find(key)).collect();
        let params: Vec<_> = params.into_iter().map(|array| cable.params.range(array)).collect();
        let by = ByParams {
            arrays: &|start| params.iter().any(|range| range.start == start && !range.is_empty()),
            externals: None,
            transitions: 0,
            end: 0,
        };
        let linearizer = Linearizer::new(&cable.order, ops, model, &by);
        let machine = Machine { linearizer, places: Places::new(self.utils), params };
        Ok(self.machine.get_or_init(|| Arc::new(machine)))
    }

    /// Whether a step reads currents, as a calcium pump does: they are then computed before it.
    fn appends(&self) -> bool {
        self.utils.module().order.reads_currents()
    }

    /// Writes `vector` to all values, after checking it.
    fn start<T: Scalar>(
        &self,
        machine: &Machine<'_>,
        vector: &Array1<T>,
        values: &mut [T],
    ) -> Result<(), CableError> {
        let places = &machine.places;
        let is_nan = |x: &T| x.re().is_nan();
        if vector.len() != places.values.len() || vector.iter().any(is_nan) {
            self.utils.unflatten(vector)?;
        }
        vector.iter().zip(&places.values).for_each(|(&x, &value)| values[value] = x);
        Ok(())
    }

    /// The vector of all values after a step from `before`, after checking it.
    fn finish<T: Scalar>(&self, before: &Array1<T>, values: &[T]) -> Result<Array1<T>, CableError> {
        let places = &self.machine()?.places;
        let vector: Array1<T> = places.values.iter().map(|&value| values[value]).collect();
        if vector.iter().any(|x| x.re().is_nan()) {
            let cable = self.utils.module();
            if let Some(text) = self.zero_by_zero(before) {
                return Err(CableError::new(ErrorKind::Value, text));
            }
            // Its errors name what is NaN.
            let params = self.lifted()?;
            let found = |states: &mut States<T>, _: &Params<T>| {
                cable.states.write(&values[..cable.order.states], states);
                Ok::<_, CableError>(())
            };
            return Ok(Step::new(self.utils).apply(before, &params, cable.delta_t(), found)?);
        }
        Ok(vector)
    }

    /// Whether the step from `before` leads to NaN because rates are 0/0.
    fn zero_by_zero<T: Scalar>(&self, before: &Array1<T>) -> Option<String> {
        let (machine, cable) = (self.machine().ok()?, self.utils.module());
        let inputs = cable.inputs(&self.externals).ok()?;
        let mut values = machine.places.template.clone();
        let vector: Vec<f64> = before.iter().map(T::re).collect();
        machine.places.scatter(1, &vector, &mut values);
        cable.zero_by_zero(&values, |values| {
            let mut after = values.to_vec();
            let model = &machine.linearizer.model;
            model.step(&cable.order, &mut after, &inputs, &mut [vec![], vec![]]);
            Some(after)
        })
    }

    /// The parameters as numbers of another type.
    fn lifted<T: Scalar>(&self) -> Result<Params<T>, CableError> {
        Ok(tree_map(|leaf| leaf.mapv(T::from), &*self.params)?)
    }
}
