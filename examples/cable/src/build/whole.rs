use crate::build::tables::Tables;
use crate::build::values::Values;
use crate::build::view::View;
use crate::description::export::Export;
use crate::description::setting::{ParamState, Parameters, Setting};
use crate::error::CableError;
use crate::mechanism::kinds::IntoChannel;
use crate::run::cable::Cable;
use crate::run::data::DataExternal;

/// What a whole module can do: a [`Compartment`](crate::Compartment), a [`Branch`](crate::Branch),
/// a [`Cell`](crate::Cell) or a [`Network`](crate::Network).
///
/// A part of a module, which is a [`View`], can be changed in the same ways; a whole module can
/// also be built. A type that wraps a module gets all of this from the two views of the module:
///
/// ```
/// use cable::channels::{HH, Leak};
/// use cable::{Build, CableError, Cell, Tables, View};
///
/// struct Granule(Cell);
///
/// impl Build for Granule {
///     fn view(&self) -> View<&Tables> {
///         self.0.view()
///     }
///
///     fn view_mut(&mut self) -> View<&mut Tables> {
///         self.0.view_mut()
///     }
/// }
///
/// # fn main() -> Result<(), CableError> {
/// let mut granule = Granule(Cell::default());
/// granule.insert(HH)?.insert(Leak)?.record("v")?;
/// assert_eq!(granule.build_for(0.025, 10.0)?.recordings().len(), 1);
/// # Ok(())
/// # }
/// ```
pub trait Build {
    /// A view of everything, to read.
    ///
    /// ```
    /// use cable::Build;
    /// let comp = cable::Compartment::new();
    /// assert_eq!(comp.view().nodes(), [0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn view(&self) -> View<&Tables>;

    /// A view of everything, to change.
    ///
    /// ```
    /// use cable::Build;
    /// let mut comp = cable::Compartment::new();
    /// comp.view_mut().set("v", -65.0)?;
    /// assert_eq!(comp.get("v")?, [-65.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn view_mut(&mut self) -> View<&mut Tables>;

    /// Only the compartments of a group; see [`View::group`].
    ///
    /// # Errors
    /// [`Unknown`](crate::ErrorKind::Unknown) if there is no such group.
    ///
    /// ```
    /// use cable::{Branch, Build, Compartment};
    /// let mut branch = Branch::new(&Compartment::new(), 3)?;
    /// branch.comp(1..)?.add_to_group("distal")?;
    /// branch.group("distal")?.set("radius", 0.5)?; // um
    /// assert_eq!(branch.get("radius")?, [1.0, 0.5, 0.5]);
    /// assert!(branch.group("proximal").is_err());
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn group(&mut self, name: &str) -> Result<View<&mut Tables>, CableError> {
        self.view_mut().group(name)
    }

    /// Inserts a channel or a pump in all compartments; see [`View::insert`].
    ///
    /// # Errors
    /// Those of [`View::insert`].
    ///
    /// ```
    /// use cable::Build;
    /// let mut comp = cable::Compartment::new();
    /// comp.insert(cable::channels::Leak)?;
    /// assert_eq!(comp.get("Leak_gLeak")?, [1e-4]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn insert<const P: usize, const S: usize>(
        &mut self,
        channel: impl IntoChannel<P, S>,
    ) -> Result<&mut Self, CableError> {
        self.view_mut().insert(channel)?;
        Ok(self)
    }

    /// Sets a parameter or an initial state everywhere; see [`View::set`].
    ///
    /// # Errors
    /// Those of [`View::set`].
    ///
    /// ```
    /// use cable::Build;
    /// let mut comp = cable::Compartment::new();
    /// comp.set("radius", 2.0)?.set("length", 20.0)?;
    /// assert_eq!(comp.get("radius")?, [2.0]);
    /// assert!(comp.set("radios", 2.0).is_err());
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn set(&mut self, key: &str, values: impl Into<Values<f64>>) -> Result<&mut Self, CableError> {
        self.view_mut().set(key, values)?;
        Ok(self)
    }

    /// Makes all compartments members of a group; see [`View::add_to_group`].
    ///
    /// # Errors
    /// Those of [`View::add_to_group`].
    ///
    /// ```
    /// use cable::Build;
    /// let mut comp = cable::Compartment::new();
    /// comp.add_to_group("soma")?;
    /// assert_eq!(comp.view().group("soma")?.nodes(), [0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn add_to_group(&mut self, name: &str) -> Result<&mut Self, CableError> {
        self.view_mut().add_to_group(name)?;
        Ok(self)
    }

    /// Injects a current into all compartments; see [`View::stimulate`].
    ///
    /// # Errors
    /// Those of [`View::stimulate`].
    ///
    /// ```
    /// use cable::Build;
    /// let mut comp = cable::Compartment::new();
    /// comp.stimulate(cable::step_current(1.0, 2.0, 0.5, 0.025, 5.0)?)?;
    /// assert_eq!(comp.build(0.025)?.externals()["i"].nodes, [0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn stimulate(&mut self, current: impl Into<Values<Vec<f64>>>) -> Result<&mut Self, CableError> {
        self.view_mut().stimulate(current)?;
        Ok(self)
    }

    /// Holds a state at given values everywhere; see [`View::clamp`].
    ///
    /// # Errors
    /// Those of [`View::clamp`].
    ///
    /// ```
    /// use cable::Build;
    /// let mut comp = cable::Compartment::new();
    /// comp.clamp("v", vec![-60.0; 4])?;
    /// assert_eq!(comp.build(0.025)?.steps(), 4);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn clamp(
        &mut self,
        state: &str,
        values: impl Into<Values<Vec<f64>>>,
    ) -> Result<&mut Self, CableError> {
        self.view_mut().clamp(state, values)?;
        Ok(self)
    }

    /// Records a state or a current everywhere; see [`View::record`].
    ///
    /// # Errors
    /// Those of [`View::record`].
    ///
    /// ```
    /// use cable::Build;
    /// let mut comp = cable::Compartment::new();
    /// comp.record("v")?;
    /// assert_eq!(comp.build(0.025)?.recordings().len(), 1);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn record(&mut self, state: &str) -> Result<&mut Self, CableError> {
        self.view_mut().record(state)?;
        Ok(self)
    }

    /// Makes a parameter or an initial state trainable, from its present values; see
    /// [`View::make_trainable`].
    ///
    /// # Errors
    /// Those of [`View::make_trainable`].
    ///
    /// ```
    /// use cable::Build;
    /// let mut comp = cable::Compartment::new();
    /// comp.make_trainable("radius")?;
    /// assert_eq!(comp.get_parameters()[0]["radius"][0], 1.0);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn make_trainable(&mut self, key: &str) -> Result<&mut Self, CableError> {
        self.view_mut().make_trainable(key)?;
        Ok(self)
    }

    /// Makes a parameter or an initial state trainable, from these values; see
    /// [`View::make_trainable_from`].
    ///
    /// # Errors
    /// Those of [`View::make_trainable_from`].
    ///
    /// ```
    /// use cable::Build;
    /// let mut comp = cable::Compartment::new();
    /// comp.make_trainable_from("radius", 2.0)?;
    /// assert_eq!(comp.get_parameters()[0]["radius"][0], 2.0);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn make_trainable_from(
        &mut self,
        key: &str,
        values: impl Into<Values<f64>>,
    ) -> Result<&mut Self, CableError> {
        self.view_mut().make_trainable_from(key, values)?;
        Ok(self)
    }

    /// Adds values of a parameter or an initial state to `param_state`; see [`View::data_set`].
    ///
    /// # Errors
    /// Those of [`View::data_set`].
    ///
    /// ```
    /// use cable::Build;
    /// let comp = cable::Compartment::new();
    /// let mut param_state = vec![];
    /// comp.data_set("radius", 2.0, &mut param_state)?;
    /// assert_eq!((param_state[0].values[0], comp.get("radius")?[0]), (2.0, 1.0));
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn data_set<T: Clone>(
        &self,
        key: &str,
        values: impl Into<Values<T>>,
        param_state: &mut ParamState<T>,
    ) -> Result<(), CableError> {
        self.view().data_set(key, values, param_state)
    }

    /// Adds a stimulus of all compartments to `data_stimuli`; see [`View::data_stimulate`].
    ///
    /// # Errors
    /// Those of [`View::data_stimulate`].
    ///
    /// ```
    /// use cable::Build;
    /// let (comp, mut data_stimuli) = (cable::Compartment::new(), vec![]);
    /// comp.data_stimulate(vec![0.1; 4], &mut data_stimuli)?; // nA
    /// assert_eq!((&*data_stimuli[0].state, &*data_stimuli[0].values[0]), ("i", &[0.1; 4][..]));
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn data_stimulate<T: Clone>(
        &self,
        current: impl Into<Values<Vec<T>>>,
        data_stimuli: &mut Vec<DataExternal<T>>,
    ) -> Result<(), CableError> {
        self.view().data_stimulate(current, data_stimuli)
    }

    /// Adds a clamp of a state everywhere to `data_clamps`; see [`View::data_clamp`].
    ///
    /// # Errors
    /// Those of [`View::data_clamp`].
    ///
    /// ```
    /// use cable::Build;
    /// let (comp, mut data_clamps) = (cable::Compartment::new(), vec![]);
    /// comp.data_clamp("v", vec![-60.0; 4], &mut data_clamps)?; // mV
    /// assert_eq!((&*data_clamps[0].state, &*data_clamps[0].indices), ("v", &[0][..]));
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn data_clamp<T: Clone>(
        &self,
        state: &str,
        values: impl Into<Values<Vec<T>>>,
        data_clamps: &mut Vec<DataExternal<T>>,
    ) -> Result<(), CableError> {
        self.view().data_clamp(state, values, data_clamps)
    }

    /// Removes all recordings; see [`View::delete_recordings`].
    ///
    /// ```
    /// use cable::Build;
    /// let mut comp = cable::Compartment::new();
    /// comp.record("v")?.delete_recordings();
    /// assert!(comp.build(0.025)?.recordings().is_empty());
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn delete_recordings(&mut self) -> &mut Self {
        self.view_mut().delete_recordings();
        self
    }

    /// Removes all stimuli; see [`View::delete_stimuli`].
    ///
    /// ```
    /// use cable::Build;
    /// let mut comp = cable::Compartment::new();
    /// comp.stimulate(vec![0.1; 4])?.delete_stimuli();
    /// assert!(comp.build(0.025)?.externals().is_empty());
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn delete_stimuli(&mut self) -> &mut Self {
        self.view_mut().delete_stimuli();
        self
    }

    /// Removes the clamps of a state, or all clamps; see [`View::delete_clamps`].
    ///
    /// # Errors
    /// Those of [`View::delete_clamps`].
    ///
    /// ```
    /// use cable::Build;
    /// let mut comp = cable::Compartment::new();
    /// comp.clamp("v", vec![-65.0])?.delete_clamps(Some("v"))?;
    /// assert!(comp.build(0.025)?.externals().is_empty());
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn delete_clamps(&mut self, state: Option<&str>) -> Result<&mut Self, CableError> {
        self.view_mut().delete_clamps(state)?;
        Ok(self)
    }

    /// Makes no parameter trainable. The values are again those that were set.
    ///
    /// ```
    /// use cable::Build;
    /// let mut comp = cable::Compartment::new();
    /// comp.make_trainable("radius")?.delete_trainables();
    /// assert!(comp.get_parameters().is_empty());
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn delete_trainables(&mut self) -> &mut Self {
        self.view_mut().tables.trainables.clear();
        self
    }

    /// The values of a parameter or an initial state; see [`View::get`].
    ///
    /// # Errors
    /// Those of [`View::get`].
    ///
    /// ```
    /// use cable::Build;
    /// let comp = cable::Compartment::new();
    /// assert_eq!(comp.get("v")?, [-70.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn get(&self, key: &str) -> Result<Vec<f64>, CableError> {
        self.view().get(key)
    }

    /// The trainable parameters at their present values.
    ///
    /// ```
    /// use cable::Build;
    /// let mut comp = cable::Compartment::new();
    /// assert!(comp.get_parameters().is_empty());
    /// comp.make_trainable("length")?;
    /// assert_eq!(comp.get_parameters()[0]["length"][0], 10.0);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn get_parameters(&self) -> Parameters<f64> {
        self.view().tables.trainables.iter().map(Setting::parameters).collect()
    }

    /// Writes trained parameters, those of [`get_parameters`](Self::get_parameters) with other
    /// values, into the module: [`get`](Self::get), `get_parameters` and a module that is built from
    /// now on then have these values. Where compartments share a parameter, all have its value. What
    /// an optimiser moves in the numbers of a
    /// [`ParamTransform`](crate::transforms::ParamTransform) goes through its `forward` first.
    ///
    /// # Errors
    /// Those of [`Cable::params_to_pstate`], and [`Value`](crate::ErrorKind::Value) as of
    /// [`View::set`]. Nothing is then written.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    /// cell.branch([1, 2])?.make_trainable("radius")?;
    /// let mut trained = cell.get_parameters();
    /// trained[0].insert("radius".into(), ndarray::array![0.5, 0.25]); // um, one a branch
    /// cell.write_trainables(&trained)?;
    /// assert_eq!(cell.get("radius")?, [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]);
    /// assert_eq!(cell.get_parameters(), trained);
    /// # Ok(())
    /// # }
    /// ```
    fn write_trainables(&mut self, parameters: &Parameters<f64>) -> Result<&mut Self, CableError> {
        self.view_mut().tables.write_trainables(parameters)?;
        Ok(self)
    }

    /// Sets the gates of all channels to their fixed points at the present voltages, and leaves the
    /// states of pumps and synapses as they are.
    ///
    /// # Errors
    /// [`Value`](crate::ErrorKind::Value) where the rates of a gate are 0/0, and those of
    /// [`Cable::new`].
    ///
    /// ```
    /// use cable::Build;
    /// let mut comp = cable::Compartment::new();
    /// comp.insert(cable::channels::HH)?.set("v", -65.0)?.init_states()?;
    /// assert!((comp.get("HH_n")?[0] - 0.3177).abs() < 1e-4);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn init_states(&mut self) -> Result<&mut Self, CableError> {
        self.view_mut().tables.init_states()?;
        Ok(self)
    }

    /// The description of the module, called `name`, for `steps` steps of `delta_t` (ms).
    /// Stimuli that end before are padded with zeros, and trainable parameters have their
    /// present values.
    ///
    /// ```
    /// use cable::Build;
    /// let comp = cable::Compartment::new();
    /// let module = comp.export("point", 0.025, 10);
    /// assert_eq!((&*module.name, module.steps, module.nodes), ("point", 10, 1));
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn export(&self, name: &str, delta_t: f64, steps: usize) -> Export {
        self.view().tables.export(name, delta_t, steps)
    }

    /// The module, ready to run with steps of `delta_t` (ms). It takes as many steps as the longest
    /// stimulus or clamp has values.
    ///
    /// # Errors
    /// Those of [`Cable::new`].
    ///
    /// ```
    /// use cable::Build;
    /// let comp = cable::Compartment::new();
    /// assert_eq!(comp.build(0.025)?.nodes(), 1);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn build(&self, delta_t: f64) -> Result<Cable, CableError> {
        self.view().tables.build(delta_t)
    }

    /// The module, ready to run for `t_max` (ms) with steps of `delta_t` (ms): one step more than
    /// `t_max // delta_t`, as in Jaxley. That quotient is of binary numbers: 0.025 fits 199 times into
    /// 5, so there are 200 steps, and 0.5 fits 4 times into 2, so there are 5. Longer stimuli and clamps are cut, and shorter stimuli are padded with
    /// zeros. Jaxley's `integrate(module, t_max=..)`.
    ///
    /// # Errors
    /// Those of [`Cable::new`], such as of a clamp that ends early; and
    /// [`Value`](crate::ErrorKind::Value) if a time is negative or not finite, or there are more
    /// than 10,000,000 steps.
    ///
    /// ```
    /// use cable::Build;
    /// let mut comp = cable::Compartment::new();
    /// comp.stimulate(vec![0.1; 3])?;
    /// assert_eq!(comp.build_for(0.5, 2.0)?.externals()["i"].values, [[0.1, 0.1, 0.1, 0.0, 0.0]]);
    /// assert_eq!(comp.build_for(0.5, 0.5)?.externals()["i"].values, [[0.1, 0.1]]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    fn build_for(&self, delta_t: f64, t_max: f64) -> Result<Cable, CableError> {
        self.view().tables.build_for(delta_t, t_max)
    }
}

/// Implements [`Build`] for a struct around [`Tables`].
macro_rules! build {
    ($module:ident) => {
        impl $crate::build::whole::Build for $module {
            fn view(&self) -> View<&Tables> {
                View::whole(&self.tables)
            }

            fn view_mut(&mut self) -> View<&mut Tables> {
                View::whole(&mut self.tables)
            }
        }
    };
}
pub(crate) use build;
