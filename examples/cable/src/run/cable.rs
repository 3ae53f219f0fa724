use crate::arrays::table::ArrayTable;
use crate::description::export::{Export, External, Recording};
use crate::error::{CableError, ErrorKind, Place};
use crate::kinds::Kinds;
use crate::states::{Externals, Params, Scalar, States};
use crate::step::order::Order;
use ndarray::Array1;
use std::collections::{BTreeMap, BTreeSet};

/// A module that is ready to run: a compartment, a cell or a network.
///
/// Each cell is a tree of compartments and branchpoints, a discrete form of the cable equation. A
/// `Cable` holds the structure, the initial states and the parameters. It does not change:
/// [`build_init_and_step_fn`](crate::build_init_and_step_fn) gives the functions that move states
/// of any [`Scalar`], and [`StepDynamics`](crate::StepDynamics) the same step of the vector of its
/// dynamic states.
///
/// The rest of its methods are in `run/step.rs` (the step) and `run/parameters.rs`.
///
/// ```
/// use cable::channels::Leak;
/// use cable::{Build, Cable, Cell, Solver, build_init_and_step_fn};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut cell = Cell::default();
/// cell.insert(Leak)?.stimulate(vec![0.01; 40])?.record("v")?; // nA
/// let cable: Cable = cell.build(0.025)?; // ms
/// let module = build_init_and_step_fn(&cable, Solver::BwdEuler);
/// let (mut states, params) = module.init::<f64>(&vec![], &vec![])?;
/// for step in 0..cable.steps() {
///     module.step(&mut states, &params, &cable.externals_at(step)?, cable.delta_t())?;
/// }
/// assert_eq!(cable.record(&states)?, [states["v"][0]]);
/// assert!(states["v"][0] > -70.0); // mV
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Cable {
    pub(crate) module: Export,
    /// The parameters of the module and its axial conductances.
    all_params: Params<f64>,
    /// The states and currents, numbered.
    pub(crate) states: ArrayTable,
    /// The parameters that a step needs, numbered.
    pub(crate) params: ArrayTable,
    /// The keys of `module.membrane_keys`.
    pub(crate) membrane_keys: BTreeSet<String>,
    /// The slots of the currents that are not states as well, sorted.
    pub(crate) appended: Vec<usize>,
    /// What a step does.
    pub(crate) order: Order,
    /// Whether a run takes more steps if the series that it is given have more values.
    pub(crate) open_ended: bool,
}

impl Cable {
    /// Reads a module in the format `jaxley-export/1`.
    ///
    /// # Errors
    /// Those of [`Export::from_json`] and [`Cable::new`].
    ///
    /// ```
    /// use cable::Cable;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let path = "../../tests/data/jaxley/three_branches_leak/module.json";
    /// let cable = Cable::from_json(&std::fs::read_to_string(path)?)?;
    /// assert_eq!(cable.name(), "three_branches_leak");
    /// assert!(Cable::from_json("{}").is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_json(text: &str) -> Result<Self, CableError> {
        Self::new(Export::from_json(text)?)
    }

    /// As [`from_json`](Self::from_json), with mechanisms of these kinds.
    ///
    /// # Errors
    /// Those of [`from_json`](Self::from_json).
    ///
    /// ```
    /// use cable::{Cable, Kinds};
    ///
    /// assert!(Cable::from_json_with("{}", &Kinds::default()).is_err());
    /// ```
    pub fn from_json_with(text: &str, kinds: &Kinds) -> Result<Self, CableError> {
        Self::with_kinds(Export::from_json(text)?, kinds)
    }

    /// Checks a module and resolves its keys, its mechanisms and the order in which its nodes are
    /// solved.
    ///
    /// # Errors
    /// A [`CableError`] that names the part of the module if an array has a wrong length,
    /// an index points past the end or to a branchpoint, something a mechanism needs is missing or
    /// listed twice, a mechanism is of an unknown kind or has other keys than its kind, a state or
    /// a current belongs to nothing, the edges do not make trees or contradict the branchpoints, a
    /// recording or an external names a state that does not exist, an external ends early, an
    /// external, or a parameter or a state where something has it, is not finite, a trainable
    /// parameter does not exist, or the time step is not positive and finite or there are more than
    /// 10,000,000 of them.
    ///
    /// ```
    /// use cable::{Build, Cable, Cell};
    ///
    /// let mut export = Cell::default().export("point", 0.025, 0);
    /// export.delta_t = 0.0125;
    /// assert_eq!(Cable::new(export)?.delta_t(), 0.0125);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn new(module: Export) -> Result<Self, CableError> {
        Self::with_kinds(module, &Kinds::default())
    }

    /// As [`new`](Self::new), with mechanisms of these kinds.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    ///
    /// ```
    /// use cable::{Build, Cable, Cell, Kinds};
    ///
    /// let export = Cell::default().export("point", 0.025, 0);
    /// assert_eq!(Cable::with_kinds(export, &Kinds::default())?.nodes(), 1);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn with_kinds(module: Export, kinds: &Kinds) -> Result<Self, CableError> {
        let states = module.state_table()?;
        let params = module.param_table(&kinds.read_of_compartments(&module.channels))?;
        module.check(&states)?;
        let mut all_params = module.params.clone();
        let axial = Array1::from(module.axial_conductances.clone());
        if all_params.insert(Export::AXIAL.to_owned(), axial).is_some() {
            let entry = Place::Param(Export::AXIAL);
            return Err(CableError::duplicate(Place::Module, entry));
        }
        let names = module.membrane_current_names.iter().chain(&module.synapse_current_names);
        let appended = names
            .filter(|name| !module.states.contains_key(*name))
            .filter_map(|name| states.find(name));
        let appended: BTreeSet<_> = appended.collect();
        let order = module.order(kinds, &states, &params)?;
        Ok(Self {
            appended: appended.into_iter().collect(),
            membrane_keys: module.membrane_key_set().into_iter().map(str::to_owned).collect(),
            order,
            states,
            params,
            all_params,
            module,
            open_ended: false,
        })
    }

    /// The name of the module.
    ///
    /// ```
    /// use cable::{Build, Cable, Cell};
    ///
    /// assert_eq!(Cable::new(Cell::default().export("point", 0.025, 0))?.name(), "point");
    /// assert_eq!(Cell::default().build(0.025)?.name(), "cell");
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.module.name
    }

    /// The number of nodes: compartments and branchpoints.
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Branch, Build, Cell, Compartment};
    ///
    /// let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    /// let cable = cell.insert(Leak)?.build(0.025)?;
    /// assert_eq!(cable.nodes(), 7); // six compartments and a branchpoint
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn nodes(&self) -> usize {
        self.module.nodes
    }

    /// The nodes that are branchpoints, which have a voltage but no membrane.
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Branch, Build, Cell, Compartment};
    ///
    /// let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    /// let cable = cell.insert(Leak)?.build(0.025)?;
    /// assert_eq!(cable.branchpoints(), [6]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn branchpoints(&self) -> &[usize] {
        &self.module.branchpoints
    }

    /// The keys whose arrays have one value a node; the arrays of other states have one a synapse.
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Branch, Build, Cell, Compartment};
    ///
    /// let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    /// let cable = cell.insert(Leak)?.build(0.025)?;
    /// assert!(cable.membrane_keys().contains(&"Leak_gLeak".to_owned()));
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn membrane_keys(&self) -> &[String] {
        &self.module.membrane_keys
    }

    /// The names of the currents through the membrane, one value a node (mA/cm^2; mM/ms for a
    /// pump).
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Branch, Build, Cell, Compartment};
    ///
    /// let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    /// let cable = cell.insert(Leak)?.build(0.025)?;
    /// assert_eq!(cable.membrane_current_names(), ["i_Leak"]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn membrane_current_names(&self) -> &[String] {
        &self.module.membrane_current_names
    }

    /// The names of the currents through synapses, one value a synapse (nA).
    ///
    /// ```
    /// use cable::synapses::TestSynapse;
    /// use cable::{Build, Cell, Network};
    ///
    /// let mut net = Network::new(&vec![Cell::default(); 2])?;
    /// let [pre, post] = [net.cell(0)?.selection(), net.cell(1)?.selection()];
    /// let cable = net.connect(&pre, &post, TestSynapse)?.build(0.025)?;
    /// assert_eq!(cable.synapse_current_names(), ["i_TestSynapse"]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn synapse_current_names(&self) -> &[String] {
        &self.module.synapse_current_names
    }

    /// The initial states, without currents, in their [units](crate#keys-and-units): one value a
    /// node, NaN where a mechanism is absent and -1 at branchpoints, or one a synapse of the type.
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Branch, Build, Cell, Compartment};
    ///
    /// let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    /// let cable = cell.insert(Leak)?.build(0.025)?;
    /// assert_eq!(cable.initial_states()["v"][0], -70.0); // mV
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn initial_states(&self) -> &States<f64> {
        &self.module.states
    }

    /// The parameters, also those that the simulator does not need, in their
    /// [units](crate#keys-and-units): one value a node, NaN where a mechanism is absent and -1 at
    /// branchpoints, or one a synapse of the type. As in Jaxley, the rates at which neighbours pull
    /// each other are among them: `"axial_conductances"` (1/ms; S um/cm to a branchpoint), one for
    /// each of the module's [`edges`](Export::edges), in their order.
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Branch, Build, Cell, Compartment};
    ///
    /// let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    /// let cable = cell.insert(Leak)?.build(0.025)?;
    /// assert_eq!(cable.params()["Leak_gLeak"][0], 1e-4); // S/cm^2
    /// assert_eq!(cable.params()["axial_conductances"].len(), 12);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn params(&self) -> &Params<f64> {
        &self.all_params
    }

    /// The time step in ms.
    ///
    /// ```
    /// use cable::{Build, Cell};
    ///
    /// assert_eq!(Cell::default().build(0.025)?.delta_t(), 0.025);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn delta_t(&self) -> f64 {
        self.module.delta_t
    }

    /// How many steps the externals are meant for.
    ///
    /// ```
    /// use cable::{Build, Cell};
    ///
    /// let mut cell = Cell::default();
    /// assert_eq!(cell.stimulate(vec![0.1; 40])?.build(0.025)?.steps(), 40);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn steps(&self) -> usize {
        self.module.steps
    }

    /// What is recorded, in the order of what [`record`](Self::record) gives.
    ///
    /// ```
    /// use cable::{Build, Cell};
    ///
    /// let mut cell = Cell::default();
    /// let cable = cell.record("v")?.build(0.025)?;
    /// assert_eq!((&*cable.recordings()[0].state, cable.recordings()[0].index), ("v", 0));
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn recordings(&self) -> &[Recording] {
        &self.module.recordings
    }

    /// Stimuli under `"i"` and clamps under the name of their state: where they act, and what they
    /// are at every step.
    ///
    /// ```
    /// use cable::{Build, Cell};
    ///
    /// let mut cell = Cell::default();
    /// let cable = cell.stimulate(vec![0.1, 0.2])?.build(0.025)?;
    /// assert_eq!(cable.externals()["i"].nodes, [0]);
    /// assert_eq!(cable.externals()["i"].values, [[0.1, 0.2]]); // nA
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn externals(&self) -> &BTreeMap<String, External> {
        &self.module.externals
    }

    /// The externals of one step, counted from 0.
    ///
    /// # Errors
    /// [`Length`](crate::ErrorKind::Length) if an external ends before.
    ///
    /// ```
    /// use cable::{Build, Cell};
    ///
    /// let mut cell = Cell::default();
    /// let cable = cell.stimulate(vec![0.1, 0.2])?.build(0.025)?;
    /// assert_eq!(cable.externals_at(1)?["i"][0], 0.2); // nA
    /// assert!(cable.externals_at(2).is_err());
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn externals_at(&self, step: usize) -> Result<Externals, CableError> {
        let value = |name: &String, row: &Vec<f64>| {
            row.get(step).copied().ok_or_else(|| {
                let (external, values) = (Place::External(name), row.len());
                let text = format!(
                    "{external} has {values} values, none for step {step}: give more, or step \
                     without it"
                );
                CableError::new(ErrorKind::Length, text)
            })
        };
        let values = |(name, external): (&String, &External)| {
            let values: Result<_, _> = external.values.iter().map(|row| value(name, row)).collect();
            Ok((name.clone(), values?))
        };
        self.module.externals.iter().map(values).collect()
    }

    /// The recorded values of `states`, in the order of [`recordings`](Self::recordings), each in
    /// the [units](crate#keys-and-units) of its state.
    ///
    /// # Errors
    /// [`Missing`](crate::ErrorKind::Missing) or [`Length`](crate::ErrorKind::Length) if `states`
    /// lacks an array or has one of another length.
    ///
    /// ```
    /// use cable::{Build, Cell};
    ///
    /// let mut cell = Cell::default();
    /// let cable = cell.record("v")?.build(0.025)?;
    /// assert_eq!(cable.record(cable.initial_states())?, [-70.0]); // mV
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn record<T: Scalar>(&self, states: &States<T>) -> Result<Vec<T>, CableError> {
        let value = |recording: &Recording| {
            let slot = self.states.need(&recording.state, &Place::Module)?;
            let values = self.states.view(slot, states)?;
            // As JAX reads: past the end is the last one.
            Ok(values[recording.index.min(values.len() - 1)])
        };
        self.module.recordings.iter().map(value).collect()
    }

    /// The numbers of the recorded values among the states and currents.
    pub(crate) fn recorded(&self) -> Vec<usize> {
        let number = |recording: &Recording| {
            let range = self.states.find(&recording.state).map(|slot| self.states.range(slot));
            // As JAX reads: past the end is the last one. A module that was checked has the state.
            range.map(|range| range.start + recording.index.min(range.len() - 1))
        };
        self.module.recordings.iter().filter_map(number).collect()
    }
}
