//! What a whole module can do as well as a [`View`](crate::View) of it.

/// Gives a module, a struct around its [`Tables`](crate::build::tables::Tables), the methods of a view of
/// all of it, and those that only a whole module has.
macro_rules! verbs {
    ($module:ident) => {
        impl $module {
            /// A view of everything, to read.
            pub fn view(&self) -> View<&Tables> {
                View::whole(&self.tables)
            }

            /// A view of everything, to change.
            pub fn view_mut(&mut self) -> View<&mut Tables> {
                View::whole(&mut self.tables)
            }

            /// As [`View::insert`], everywhere.
            ///
            /// # Errors
            /// Those of [`View::insert`].
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
            pub fn set(
                &mut self,
                key: &str,
                values: impl Into<Values<f64>>,
            ) -> Result<&mut Self, CableError> {
                self.view_mut().set(key, values)?;
                Ok(self)
            }

            /// As [`View::stimulate`], everywhere.
            ///
            /// # Errors
            /// Those of [`View::stimulate`].
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
            pub fn record(&mut self, state: &str) -> Result<&mut Self, CableError> {
                self.view_mut().record(state)?;
                Ok(self)
            }

            /// As [`View::make_trainable`], everywhere.
            ///
            /// # Errors
            /// Those of [`View::make_trainable`].
            pub fn make_trainable(&mut self, key: &str) -> Result<&mut Self, CableError> {
                self.view_mut().make_trainable(key)?;
                Ok(self)
            }

            /// As [`View::data_set`], everywhere.
            ///
            /// # Errors
            /// Those of [`View::data_set`].
            pub fn data_set<T: Clone>(
                &self,
                key: &str,
                values: impl Into<Values<T>>,
                param_state: &mut ParamState<T>,
            ) -> Result<(), CableError> {
                self.view().data_set(key, values, param_state)
            }

            /// The values of a parameter or an initial state, as [`View::get`].
            ///
            /// # Errors
            /// Those of [`View::get`].
            pub fn get(&self, key: &str) -> Result<Vec<f64>, CableError> {
                self.view().get(key)
            }

            /// The trainable parameters at their present values.
            pub fn get_parameters(&self) -> Parameters<f64> {
                self.tables.trainables.iter().map(Setting::parameters).collect()
            }

            /// Sets the gates of all channels to their fixed points at the present voltages. The
            /// states of pumps and synapses stay.
            ///
            /// # Errors
            /// [`BuildError::NoFixedPoint`](crate::BuildError::NoFixedPoint) where the rates of a gate are 0/0, and those of
            /// [`Cable::new`].
            pub fn init_states(&mut self) -> Result<&mut Self, CableError> {
                self.tables.init_states()?;
                Ok(self)
            }

            /// The description of the module, called `name`, for `steps` steps of `delta_t` (ms).
            /// Stimuli that end before are padded with zeros, and trainable parameters have their
            /// present values.
            pub fn export(&self, name: &str, delta_t: f64, steps: usize) -> Export {
                self.tables.export(name, delta_t, steps)
            }

            /// The module, ready to run with steps of `delta_t` (ms): as many as the longest
            /// stimulus or clamp has values.
            ///
            /// # Errors
            /// Those of [`Cable::new`].
            pub fn build(&self, delta_t: f64) -> Result<Cable, CableError> {
                self.tables.build(delta_t)
            }
        }
    };
}
pub(crate) use verbs;
