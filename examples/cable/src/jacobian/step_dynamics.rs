use dynamics::{ChannelCurrents, Duals, DynamicStateUtils, Jacobian, Module, Step};
use ndarray::Array1;
use num_dual::Dual64;
use pytree::tree_map;

use crate::error::CableError;
use crate::jacobian::columns::StepJacobian;
use crate::run::cable::Cable;
use crate::run::solver::Solver;
use crate::states::{Externals, Params, Scalar, States};

impl Module for Cable {
    type States<T: dynamics::Scalar> = States<T>;

    fn initial_states(&self) -> States<f64> {
        self.initial_states().clone()
    }

    fn num_nodes(&self) -> usize {
        self.nodes()
    }

    fn branchpoints(&self) -> Vec<usize> {
        self.branchpoints().to_vec()
    }

    fn is_membrane_key(&self, name: &str) -> bool {
        self.membrane_keys().iter().any(|key| key == name)
    }

    fn membrane_current_names(&self) -> Vec<String> {
        self.membrane_current_names().to_vec()
    }

    fn synapse_current_names(&self) -> Vec<String> {
        self.synapse_current_names().to_vec()
    }
}

impl<T: Scalar> ChannelCurrents<T> for Cable {
    type Params = Params<T>;
    type Error = CableError;

    fn append_channel_currents(
        &self,
        states: &mut States<T>,
        params: &Params<T>,
        delta_t: f64,
    ) -> Result<(), CableError> {
        self.append_channel_currents(states, params, delta_t)
    }
}

impl Cable {
    /// All initial states, currents included: what Jaxley's `init_fn` gives.
    ///
    /// # Errors
    /// Those of [`append_channel_currents`](Self::append_channel_currents).
    ///
    /// ```
    /// # fn main() -> Result<(), cable::CableError> {
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/jaxley/single_compartment/module.json"));
    /// let cable = cable::Cable::from_json(text)?;
    /// assert!(cable.init()?.keys().eq(["i_Leak", "v"]));
    /// # Ok(())
    /// # }
    /// ```
    pub fn init(&self) -> Result<States<f64>, CableError> {
        let mut states = self.initial_states().clone();
        self.append_channel_currents(&mut states, self.params(), self.delta_t())?;
        Ok(states)
    }
}

/// Where all steps of a [`Cable`] lead, from its initial states and with its externals.
///
/// The states go through their vector at every step, as they do for a solver or a filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// The vector of the dynamic states at the end, each in the unit of its state (voltages in mV).
    pub vector: Array1<f64>,
    /// What is recorded: initially, and after each step; in the
    /// [units](crate#keys-and-units) of its state.
    pub recordings: Vec<Vec<f64>>,
}

impl Trajectory {
    /// Takes all steps of the module of `utils`.
    ///
    /// # Errors
    /// Those of [`StepDynamics`].
    ///
    /// ```
    /// # use cable::{Cable, Trajectory};
    /// # use dynamics::build_dynamic_state_utils;
    /// # fn main() -> Result<(), cable::CableError> {
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/jaxley/single_compartment/module.json"));
    /// let cable = Cable::from_json(text)?;
    /// let end = Trajectory::of(&build_dynamic_state_utils(&cable)?)?;
    /// assert_eq!(end.recordings.len(), cable.steps() + 1);
    /// assert_eq!(end.recordings[cable.steps()], end.vector.to_vec());
    /// # Ok(())
    /// # }
    /// ```
    pub fn of(utils: &DynamicStateUtils<'_, Cable>) -> Result<Self, CableError> {
        let cable = utils.module();
        let all_states = cable.init()?;
        let mut recordings = vec![cable.record(&all_states)?];
        let mut vector = utils.flatten(&utils.remove_observables(&all_states)?)?;
        let (mut step, params, delta_t) = (Step::new(utils), cable.params(), cable.delta_t());
        for index in 0..cable.steps() {
            let externals = cable.externals_at(index)?;
            vector = step.apply(&vector, params, delta_t, |states: &mut States<f64>, params| {
                cable.step(states, params, &externals, delta_t)
            })?;
            recordings.extend(step.all_states().map(|states| cable.record(states)).transpose()?);
        }
        Ok(Trajectory { vector, recordings })
    }
}

/// A time step of a [`Cable`] as a function from vector to vector: of the dynamic states before to
/// those after. Jaxley's `step_dynamics`.
///
/// The step is that of [`Cable::step`], by implicit Euler with the parameters of the cable, unless
/// others are [given](Self::with_solver).
///
/// ```
/// use cable::{Cable, StepDynamics};
/// use dynamics::build_dynamic_state_utils;
///
/// # fn main() -> Result<(), cable::CableError> {
/// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/jaxley/three_branches_leak/module.json"));
/// let cable = Cable::from_json(text)?;
/// let utils = build_dynamic_state_utils(&cable)?;
/// let step = StepDynamics::new(&utils, cable.externals_at(0)?);
/// let vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
/// assert_eq!(step.apply(&vector)?.len(), 6);
/// assert_eq!(step.jacobian(&vector)?.block("v", "v")?.dim(), (6, 6));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct StepDynamics<'u, 'm> {
    utils: &'u DynamicStateUtils<'m, Cable>,
    externals: Externals,
    solver: Solver,
    /// `None` for those of the cable.
    params: Option<Params<f64>>,
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
        Self { utils, externals, solver: Solver::default(), params: None }
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
    /// [`InitAndStep::init`](crate::InitAndStep::init) gives.
    ///
    /// # Errors
    /// [`Missing`](crate::ErrorKind::Missing) or [`Length`](crate::ErrorKind::Length) if a
    /// parameter that a step needs is missing or of another length, and
    /// [`Unknown`](crate::ErrorKind::Unknown) if the cable has not one that is given.
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
        Ok(Self { params: Some(params), ..self })
    }

    /// The same step with other externals: those of another time.
    ///
    /// ```
    /// # use cable::{Cable, StepDynamics};
    /// # fn main() -> Result<(), cable::CableError> {
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/jaxley/three_branches_leak/module.json"));
    /// # let cable = Cable::from_json(text)?;
    /// # let utils = dynamics::build_dynamic_state_utils(&cable)?;
    /// let mut vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    /// let mut step = StepDynamics::new(&utils, cable.externals_at(0)?);
    /// for index in 0..cable.steps() {
    ///     step = step.with_externals(cable.externals_at(index)?);
    ///     vector = step.apply(&vector)?;
    /// }
    /// assert_eq!(vector, cable::Trajectory::of(&utils)?.vector);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_externals(self, externals: Externals) -> Self {
        Self { externals, ..self }
    }

    /// The vector after the step.
    ///
    /// # Errors
    /// Those of [`Step::apply`] and of [`Cable::step`].
    ///
    /// ```
    /// # use cable::{Cable, StepDynamics};
    /// # fn main() -> Result<(), cable::CableError> {
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/jaxley/three_branches_leak/module.json"));
    /// # let cable = Cable::from_json(text)?;
    /// # let utils = dynamics::build_dynamic_state_utils(&cable)?;
    /// let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    /// let at_rest = ndarray::Array1::<f64>::from_elem(6, -70.0); // mV
    /// assert!((step.apply(&at_rest)? - at_rest).iter().all(|x| x.abs() < 1e-12));
    /// # Ok(())
    /// # }
    /// ```
    pub fn apply<T: Scalar>(&self, vector: &Array1<T>) -> Result<Array1<T>, CableError> {
        Ok(self.apply_with(&mut Step::new(self.utils), vector, &self.lifted_params()?)?)
    }

    fn params(&self) -> &Params<f64> {
        self.params.as_ref().unwrap_or(self.utils.module().params())
    }

    fn lifted_params<T: Scalar>(&self) -> Result<Params<T>, pytree::Error> {
        tree_map(|leaf| leaf.mapv(T::from), self.params())
    }

    fn apply_with<T: Scalar>(
        &self,
        step: &mut Step<'_, '_, Cable, T>,
        vector: &Array1<T>,
        params: &Params<T>,
    ) -> Result<Array1<T>, dynamics::Error> {
        let cable = self.utils.module();
        let delta_t = cable.delta_t();
        step.apply(vector, params, delta_t, |states: &mut States<T>, params| {
            cable.step_with(self.solver, states, params, &self.externals, delta_t)
        })
    }

    /// The product of the Jacobian of the step at `vector` and `direction`, by one pass of dual
    /// numbers through the step.
    ///
    /// # Errors
    /// As [`apply`](Self::apply), and [`Length`](crate::ErrorKind::Length) if `direction` has
    /// another length than `vector`.
    ///
    /// ```
    /// # use cable::{Cable, StepDynamics};
    /// # use ndarray::Array1;
    /// # fn main() -> Result<(), cable::CableError> {
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/jaxley/three_branches_leak/module.json"));
    /// # let cable = Cable::from_json(text)?;
    /// # let utils = dynamics::build_dynamic_state_utils(&cable)?;
    /// let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    /// let (at, up) = (Array1::from_elem(6, -70.0), Array1::ones(6)); // mV
    /// let product = step.jacobian(&at)?.matrix().dot(&up);
    /// assert!((step.jvp(&at, &up)? - product).iter().all(|x| x.abs() < 1e-12));
    /// # Ok(())
    /// # }
    /// ```
    pub fn jvp(
        &self,
        vector: &Array1<f64>,
        direction: &Array1<f64>,
    ) -> Result<Array1<f64>, CableError> {
        if direction.len() != vector.len() {
            let (found, expected) = (direction.len(), vector.len());
            let per = "elements of the vector";
            return Err(CableError::length("direction", found, expected, per));
        }
        let pairs = vector.iter().zip(direction);
        let dual: Array1<_> = pairs.map(|(&x, &dx)| Dual64::new(x, dx)).collect();
        Ok(self.apply(&dual)?.mapv(|x| x.eps))
    }

    /// The Jacobian of the step at `vector`, with its blocks by name: `[i, j]` is the derivative of
    /// state `i` after the step with respect to state `j` before it. By the structure of the step;
    /// for many Jacobians, or for one at each of many steps, see [`StepJacobian`].
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    ///
    /// ```
    /// # use cable::{Cable, StepDynamics};
    /// # fn main() -> Result<(), cable::CableError> {
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/jaxley/three_branches_hh/module.json"));
    /// # let cable = Cable::from_json(text)?;
    /// # let utils = dynamics::build_dynamic_state_utils(&cable)?;
    /// # let vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    /// let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    /// let jacobian = step.jacobian(&vector)?;
    /// assert!(jacobian.block("v", "HH_m")?[[0, 0]] > 0.0); // mV: sodium depolarises
    /// # Ok(())
    /// # }
    /// ```
    pub fn jacobian(&self, vector: &Array1<f64>) -> Result<Jacobian, CableError> {
        let mut jacobian = StepJacobian::new(self.utils)?.with_solver(self.solver);
        if let Some(params) = &self.params {
            jacobian = jacobian.with_params(params.clone())?;
        }
        jacobian.at(vector, &self.externals)
    }

    /// The same by dual numbers through the whole step, which know nothing of its structure: to
    /// check the other.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    ///
    /// ```
    /// # use cable::{Cable, StepDynamics};
    /// # fn main() -> Result<(), cable::CableError> {
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/jaxley/three_branches_leak/module.json"));
    /// # let cable = Cable::from_json(text)?;
    /// # let utils = dynamics::build_dynamic_state_utils(&cable)?;
    /// # let vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    /// let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    /// let [one, other] = [step.jacobian(&vector)?, step.jacobian_by_duals(&vector)?];
    /// assert!((one.matrix() - other.matrix()).iter().all(|x| x.abs() < 1e-12));
    /// # Ok(())
    /// # }
    /// ```
    pub fn jacobian_by_duals(&self, vector: &Array1<f64>) -> Result<Jacobian, CableError> {
        let (mut step, params) = (Step::<_, Duals>::new(self.utils), self.lifted_params()?);
        Ok(self.utils.jacobian(|vector| self.apply_with(&mut step, vector, &params), vector)?)
    }
}
