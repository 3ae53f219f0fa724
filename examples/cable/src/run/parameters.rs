//! All parameters and initial states of a simulation, from the trainable parameters and data of any
//! type of number: Jaxley's `get_all_parameters` and `get_all_states`.

use crate::arrays::table::not_passed;
use crate::description::export::Export;
use crate::description::geometry::{Cylinder, axial_conductances, is_geometry};
use crate::description::setting::{ParamState, Parameters, Setting};
use crate::error::{CableError, Place};
use crate::run::cable::Cable;
use crate::states::{Params, Scalar, States};

impl<T: Scalar> Setting<T> {
    /// Writes the values into the array of their key, if it exists.
    pub(crate) fn apply(&self, arrays: &mut Params<T>) {
        let Some(array) = arrays.get_mut(&self.key) else { return };
        for (indices, &value) in self.indices.iter().zip(&self.values) {
            indices.iter().for_each(|&index| array[index] = value);
        }
    }

    /// After a radius or a length has changed, makes its nodes cylinders.
    pub(crate) fn make_cylinders(&self, params: &mut Params<T>) {
        if self.key != "radius" && self.key != "length" {
            return;
        }
        for &node in self.indices.iter().flatten() {
            let [radius, length] = ["radius", "length"].map(|key| params[key][node]);
            let derived = Cylinder::new(radius, length).derived();
            for (key, value) in Cylinder::<T>::KEYS.into_iter().zip(derived) {
                params.entry(key.to_owned()).and_modify(|array| array[node] = value);
            }
        }
    }
}

impl Cable {
    /// The trainable parameters at their present values, in the order in which they were made
    /// trainable. A module from Jaxley has none.
    ///
    /// ```
    /// use cable::Build;
    /// let mut comp = cable::Compartment::new();
    /// let cable = comp.make_trainable("radius")?.make_trainable("v")?.build(0.025)?;
    /// let parameters = cable.get_parameters();
    /// assert_eq!((parameters[0]["radius"][0], parameters[1]["v"][0]), (1.0, -70.0)); // um, mV
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn get_parameters(&self) -> Parameters<f64> {
        self.module.trainables.iter().map(Setting::parameters).collect()
    }

    /// Trainable parameters with the indices they are for, as [`ParamState`] has them. Jaxley's
    /// `params_to_pstate`.
    ///
    /// # Errors
    /// [`Length`](crate::ErrorKind::Length), [`Missing`](crate::ErrorKind::Missing) or
    /// [`Unknown`](crate::ErrorKind::Unknown) if `parameters` are not those of
    /// [`get_parameters`](Self::get_parameters) with other values.
    ///
    /// ```
    /// use cable::{Branch, Build, Compartment};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut branch = Branch::new(&Compartment::new(), 2)?;
    /// let cable = branch.make_trainable("radius")?.build(0.025)?;
    /// let mut parameters = cable.get_parameters();
    /// parameters[0].insert("radius".to_owned(), ndarray::array![2.0]);
    /// let param_state = cable.params_to_pstate(&parameters)?;
    /// assert_eq!((&param_state[0].indices, param_state[0].values[0]), (&vec![vec![0, 1]], 2.0));
    /// assert!(cable.params_to_pstate::<f64>(&vec![]).is_err()); // none for the radius
    /// # Ok(())
    /// # }
    /// ```
    pub fn params_to_pstate<T: Scalar>(
        &self,
        parameters: &Parameters<T>,
    ) -> Result<ParamState<T>, CableError> {
        with_values(&self.module.trainables, parameters)
    }

    /// All parameters, as [`params`](Self::params) has them, with those of `param_state` in place
    /// of the module's. Derived parameters are computed again: from `radius` and `length` the area,
    /// the volume and the resistive loads, and from these, the capacitance and the axial
    /// resistivity the axial conductances.
    ///
    /// # Errors
    /// [`Unknown`](crate::ErrorKind::Unknown), [`Index`](crate::ErrorKind::Index) or
    /// [`Length`](crate::ErrorKind::Length) if a setting does not fit the module,
    /// [`Value`](crate::ErrorKind::Value) if one of its values is not finite or, for the geometry,
    /// the capacitance and the axial resistivity, not positive, and
    /// [`Missing`](crate::ErrorKind::Missing) if the axial conductances follow from a setting, and
    /// the module lacks another parameter that they follow from.
    ///
    /// ```
    /// use cable::{Branch, Build, Compartment, ParamState};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// let mut radius: ParamState<f64> = vec![];
    /// branch.data_set("radius", 4.0, &mut radius)?; // um, instead of 1
    /// let cable = branch.build(0.025)?;
    /// let (thin, thick) = (cable.params(), cable.get_all_parameters(&radius)?);
    /// for key in ["area", "axial_conductances"] {
    ///     assert!((thick[key][0] / thin[key][0] - 4.0).abs() < 1e-12);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_all_parameters<T: Scalar>(
        &self,
        param_state: &ParamState<T>,
    ) -> Result<Params<T>, CableError> {
        let lift = |arrays: &Params<f64>| -> Params<T> {
            arrays.iter().map(|(key, array)| (key.clone(), array.mapv(T::from))).collect()
        };
        let mut params = lift(self.params());
        for setting in param_state {
            self.module.check_setting(setting)?;
            setting.apply(&mut params);
            setting.make_cylinders(&mut params);
        }
        if param_state.iter().any(|setting| is_geometry(&setting.key)) {
            let axial = axial_conductances(&self.module.edges, &params);
            params.insert(Export::AXIAL.to_owned(), axial);
            self.module.check_changed(param_state, &params)?;
        }
        Ok(params)
    }

    /// Checks that `params` has the arrays of this module, with any values.
    pub(crate) fn check_params(&self, params: &Params<f64>) -> Result<(), CableError> {
        self.params.check_all(params, &[])?;
        let Some(key) = params.keys().find(|key| !self.params().contains_key(*key)) else {
            return Ok(());
        };
        Err(CableError::unknown(Place::Module, key, self.params().keys()))
    }

    /// The initial states, as [`initial_states`](Self::initial_states) has them, with those of
    /// `param_state` in place of the module's.
    ///
    /// # Errors
    /// Those of [`get_all_parameters`](Self::get_all_parameters): settings of parameters are
    /// checked too.
    ///
    /// ```
    /// use cable::{Branch, Build, Compartment};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// let mut param_state = vec![];
    /// branch.view().comp(1)?.data_set("v", -60.0, &mut param_state)?;
    /// let states = branch.build(0.025)?.get_all_states(&param_state)?;
    /// assert_eq!(states["v"], ndarray::array![-70.0, -60.0]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_all_states<T: Scalar>(
        &self,
        param_state: &ParamState<T>,
    ) -> Result<States<T>, CableError> {
        let states = self.initial_states().iter();
        let mut states = states.map(|(key, array)| (key.clone(), array.mapv(T::from))).collect();
        for setting in param_state {
            self.module.check_setting(setting)?;
            setting.apply(&mut states);
        }
        Ok(states)
    }
}

/// The settings of the trainable parameters, with the values of `parameters`.
pub(crate) fn with_values<T: Scalar>(
    trainables: &[Setting<f64>],
    parameters: &Parameters<T>,
) -> Result<ParamState<T>, CableError> {
    CableError::same_length(
        "the list of parameters",
        parameters.len(),
        trainables.len(),
        "calls of make_trainable",
    )?;
    let setting = |(trainable, given): (&Setting<f64>, &Params<T>)| {
        let (key, indices) = (trainable.key.clone(), trainable.indices.clone());
        let place = || Place::Param(&key);
        let values = given.get(&key).ok_or_else(|| not_passed(&place()))?;
        CableError::same_length(place(), values.len(), indices.len(), "values to train")?;
        if let Some(other) = given.keys().find(|other| **other != key) {
            let place = format_args!("make_trainable({key:?})");
            return Err(CableError::unknown(place, other, [&key]));
        }
        Ok(Setting { key, indices, values: values.to_vec() })
    };
    trainables.iter().zip(parameters).map(setting).collect()
}
