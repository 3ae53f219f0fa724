//! What a whole module can do as well as a [`View`](crate::View) of it.

/// Gives a module, a struct around its [`Tables`](crate::build::tables::Tables), the methods of a view of
/// all of it, and those that only a whole module has.
macro_rules! verbs {
    ($module:ident) => {
        impl $module {
            /// A view of everything, to read.
            ///
            /// ```
            /// let comp = cable::Compartment::new();
            /// assert_eq!(comp.view().nodes(), [0]);
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn view(&self) -> View<&Tables> {
                View::whole(&self.tables)
            }

            /// A view of everything, to change.
            ///
            /// ```
            /// let mut comp = cable::Compartment::new();
            /// comp.view_mut().set("v", -65.0)?;
            /// assert_eq!(comp.get("v")?, [-65.0]);
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn view_mut(&mut self) -> View<&mut Tables> {
                View::whole(&mut self.tables)
            }

            /// Only the compartments of a group; see [`View::group`].
            ///
            /// # Errors
            /// [`BuildError::NoKey`](crate::BuildError::NoKey) if there is no such group.
            ///
            /// ```
            /// use cable::{Branch, Compartment};
            /// let mut branch = Branch::new(&Compartment::new(), 3)?;
            /// branch.comp(1..)?.add_to_group("distal")?;
            /// branch.group("distal")?.set("radius", 0.5)?; // um
            /// assert_eq!(branch.get("radius")?, [1.0, 0.5, 0.5]);
            /// assert!(branch.group("proximal").is_err());
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn group(&mut self, name: &str) -> Result<View<&mut Tables>, CableError> {
                self.view_mut().group(name)
            }

            /// As [`View::insert`], everywhere.
            ///
            /// # Errors
            /// Those of [`View::insert`].
            ///
            /// ```
            /// let mut comp = cable::Compartment::new();
            /// comp.insert(cable::Leak)?;
            /// assert_eq!(comp.get("Leak_gLeak")?, [1e-4]);
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn insert(
                &mut self,
                channel: impl Into<Named<ChannelKind>>,
            ) -> Result<&mut Self, CableError> {
                self.view_mut().insert(channel)?;
                Ok(self)
            }

            /// As [`View::set`], everywhere.
            ///
            /// # Errors
            /// Those of [`View::set`].
            ///
            /// ```
            /// let mut comp = cable::Compartment::new();
            /// comp.set("radius", 2.0)?.set("length", 20.0)?;
            /// assert_eq!(comp.get("radius")?, [2.0]);
            /// assert!(comp.set("radios", 2.0).is_err());
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn set(
                &mut self,
                key: &str,
                values: impl Into<Values<f64>>,
            ) -> Result<&mut Self, CableError> {
                self.view_mut().set(key, values)?;
                Ok(self)
            }

            /// As [`View::add_to_group`], everywhere.
            ///
            /// # Errors
            /// Those of [`View::add_to_group`].
            ///
            /// ```
            /// let mut comp = cable::Compartment::new();
            /// comp.add_to_group("soma")?;
            /// assert_eq!(comp.view().group("soma")?.nodes(), [0]);
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn add_to_group(&mut self, name: &str) -> Result<&mut Self, CableError> {
                self.view_mut().add_to_group(name)?;
                Ok(self)
            }

            /// As [`View::stimulate`], everywhere.
            ///
            /// # Errors
            /// Those of [`View::stimulate`].
            ///
            /// ```
            /// let mut comp = cable::Compartment::new();
            /// comp.stimulate(cable::step_current(1.0, 2.0, 0.5, 0.025, 5.0)?)?;
            /// assert_eq!(comp.build(0.025)?.externals()["i"].nodes, [0]);
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn stimulate(
                &mut self,
                current: impl Into<Values<Vec<f64>>>,
            ) -> Result<&mut Self, CableError> {
                self.view_mut().stimulate(current)?;
                Ok(self)
            }

            /// As [`View::clamp`], everywhere.
            ///
            /// # Errors
            /// Those of [`View::clamp`].
            ///
            /// ```
            /// let mut comp = cable::Compartment::new();
            /// comp.clamp("v", vec![-60.0; 4])?;
            /// assert_eq!(comp.build(0.025)?.steps(), 4);
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn clamp(
                &mut self,
                state: &str,
                values: impl Into<Values<Vec<f64>>>,
            ) -> Result<&mut Self, CableError> {
                self.view_mut().clamp(state, values)?;
                Ok(self)
            }

            /// As [`View::record`], everywhere.
            ///
            /// # Errors
            /// Those of [`View::record`].
            ///
            /// ```
            /// let mut comp = cable::Compartment::new();
            /// comp.record("v")?;
            /// assert_eq!(comp.build(0.025)?.recordings().len(), 1);
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn record(&mut self, state: &str) -> Result<&mut Self, CableError> {
                self.view_mut().record(state)?;
                Ok(self)
            }

            /// As [`View::make_trainable`], everywhere.
            ///
            /// # Errors
            /// Those of [`View::make_trainable`].
            ///
            /// ```
            /// let mut comp = cable::Compartment::new();
            /// comp.make_trainable("radius")?;
            /// assert_eq!(comp.get_parameters()[0]["radius"][0], 1.0);
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn make_trainable(&mut self, key: &str) -> Result<&mut Self, CableError> {
                self.view_mut().make_trainable(key)?;
                Ok(self)
            }

            /// As [`View::make_trainable_from`], everywhere.
            ///
            /// # Errors
            /// Those of [`View::make_trainable_from`].
            ///
            /// ```
            /// let mut comp = cable::Compartment::new();
            /// comp.make_trainable_from("radius", 2.0)?;
            /// assert_eq!(comp.get_parameters()[0]["radius"][0], 2.0);
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn make_trainable_from(
                &mut self,
                key: &str,
                values: impl Into<Values<f64>>,
            ) -> Result<&mut Self, CableError> {
                self.view_mut().make_trainable_from(key, values)?;
                Ok(self)
            }

            /// As [`View::data_set`], everywhere.
            ///
            /// # Errors
            /// Those of [`View::data_set`].
            ///
            /// ```
            /// let comp = cable::Compartment::new();
            /// let mut param_state = vec![];
            /// comp.data_set("radius", 2.0, &mut param_state)?;
            /// assert_eq!((param_state[0].values[0], comp.get("radius")?[0]), (2.0, 1.0));
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn data_set<T: Clone>(
                &self,
                key: &str,
                values: impl Into<Values<T>>,
                param_state: &mut ParamState<T>,
            ) -> Result<(), CableError> {
                self.view().data_set(key, values, param_state)
            }

            /// As [`View::delete_recordings`], everywhere.
            ///
            /// ```
            /// let mut comp = cable::Compartment::new();
            /// comp.record("v")?.delete_recordings();
            /// assert!(comp.build(0.025)?.recordings().is_empty());
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn delete_recordings(&mut self) -> &mut Self {
                self.view_mut().delete_recordings();
                self
            }

            /// As [`View::delete_stimuli`], everywhere.
            ///
            /// ```
            /// let mut comp = cable::Compartment::new();
            /// comp.stimulate(vec![0.1; 4])?.delete_stimuli();
            /// assert!(comp.build(0.025)?.externals().is_empty());
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn delete_stimuli(&mut self) -> &mut Self {
                self.view_mut().delete_stimuli();
                self
            }

            /// As [`View::delete_clamps`], everywhere.
            ///
            /// # Errors
            /// Those of [`View::delete_clamps`].
            ///
            /// ```
            /// let mut comp = cable::Compartment::new();
            /// comp.clamp("v", vec![-65.0])?.delete_clamps(Some("v"))?;
            /// assert!(comp.build(0.025)?.externals().is_empty());
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn delete_clamps(&mut self, state: Option<&str>) -> Result<&mut Self, CableError> {
                self.view_mut().delete_clamps(state)?;
                Ok(self)
            }

            /// Makes no parameter trainable any more: the values are those that were set again.
            ///
            /// ```
            /// let mut comp = cable::Compartment::new();
            /// comp.make_trainable("radius")?.delete_trainables();
            /// assert!(comp.get_parameters().is_empty());
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn delete_trainables(&mut self) -> &mut Self {
                self.tables.trainables.clear();
                self
            }

            /// The values of a parameter or an initial state, as [`View::get`].
            ///
            /// # Errors
            /// Those of [`View::get`].
            ///
            /// ```
            /// let comp = cable::Compartment::new();
            /// assert_eq!(comp.get("v")?, [-70.0]);
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn get(&self, key: &str) -> Result<Vec<f64>, CableError> {
                self.view().get(key)
            }

            /// The trainable parameters at their present values.
            ///
            /// ```
            /// let mut comp = cable::Compartment::new();
            /// assert!(comp.get_parameters().is_empty());
            /// comp.make_trainable("length")?;
            /// assert_eq!(comp.get_parameters()[0]["length"][0], 10.0);
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn get_parameters(&self) -> Parameters<f64> {
                self.tables.trainables.iter().map(Setting::parameters).collect()
            }

            /// Sets the gates of all channels to their fixed points at the present voltages. The
            /// states of pumps and synapses stay.
            ///
            /// # Errors
            /// [`BuildError::NoFixedPoint`](crate::BuildError::NoFixedPoint) where the rates of a gate are 0/0, and those of
            /// [`Cable::new`].
            ///
            /// ```
            /// let mut comp = cable::Compartment::new();
            /// comp.insert(cable::HH)?.set("v", -65.0)?.init_states()?;
            /// assert!((comp.get("HH_n")?[0] - 0.3177).abs() < 1e-4);
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn init_states(&mut self) -> Result<&mut Self, CableError> {
                self.tables.init_states()?;
                Ok(self)
            }

            /// The description of the module, called `name`, for `steps` steps of `delta_t` (ms).
            /// Stimuli that end before are padded with zeros, and trainable parameters have their
            /// present values.
            ///
            /// ```
            /// let comp = cable::Compartment::new();
            /// let module = comp.export("point", 0.025, 10);
            /// assert_eq!((&*module.name, module.steps, module.nodes), ("point", 10, 1));
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn export(&self, name: &str, delta_t: f64, steps: usize) -> Export {
                self.tables.export(name, delta_t, steps)
            }

            /// The module, ready to run with steps of `delta_t` (ms): as many as the longest
            /// stimulus or clamp has values.
            ///
            /// # Errors
            /// Those of [`Cable::new`].
            ///
            /// ```
            /// let comp = cable::Compartment::new();
            /// assert_eq!(comp.build(0.025)?.nodes(), 1);
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn build(&self, delta_t: f64) -> Result<Cable, CableError> {
                self.tables.build(delta_t)
            }

            /// The module, ready to run for `t_max` (ms) with steps of `delta_t` (ms): one step more
            /// than are whole in it. Stimuli and clamps that go on are cut, stimuli that end before
            /// are padded with zeros. Jaxley's `integrate(module, t_max=..)`.
            ///
            /// # Errors
            /// Those of [`Cable::new`], as for a clamp that ends before; also [`CableError::TimeStep`]
            /// and [`BuildError::Value`](crate::BuildError::Value) if a time is not one, or there are
            /// more than 100000000 steps.
            ///
            /// ```
            /// let mut comp = cable::Compartment::new();
            /// comp.stimulate(vec![0.1; 3])?;
            /// assert_eq!(comp.build_for(0.5, 2.0)?.externals()["i"].values, [[0.1, 0.1, 0.1, 0.0, 0.0]]);
            /// assert_eq!(comp.build_for(0.5, 0.5)?.externals()["i"].values, [[0.1, 0.1]]);
            /// # Ok::<(), cable::CableError>(())
            /// ```
            pub fn build_for(&self, delta_t: f64, t_max: f64) -> Result<Cable, CableError> {
                self.tables.build_for(delta_t, t_max)
            }
        }
    };
}
pub(crate) use verbs;
