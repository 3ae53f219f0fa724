//! What a [`View`] does to the compartments and synapses in it.

use crate::build::tables::Tables;
use crate::build::values::Values;
use crate::build::view::{Rows, Sharing, View};
use crate::description::export::External;
use crate::description::geometry::Cylinder;
use crate::description::limits::{check_derived, check_series, check_value};
use crate::description::setting::Setting;
use crate::error::CableError;
use crate::mechanism::kinds::IntoChannel;
use std::borrow::BorrowMut;
use std::collections::{BTreeMap, BTreeSet};

impl<M: BorrowMut<Tables>> View<M> {
    /// Inserts a channel or a pump in every compartment in view. Its parameters and states get the
    /// values of its kind (see [`channels`](crate::channels)), also where other mechanisms share
    /// them (`eK`).
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if a channel of another kind, a synapse or a group
    /// has its name, or a synapse's current has the name of its current or of one of its states.
    ///
    /// ```
    /// use cable::channels::{K, Leak};
    /// use cable::{Branch, Build, Compartment};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut branch = Branch::new(&Compartment::new(), 3)?;
    /// branch.comp(1..)?.insert(Leak)?.insert(K.change_name("Slow"))?;
    /// assert_eq!(branch.get("Slow_gK")?, [0.005, 0.005]); // S/cm^2, in two compartments
    /// assert!(branch.insert(Leak.change_name("Slow")).is_err()); // the name of a K
    /// # Ok(())
    /// # }
    /// ```
    pub fn insert<const P: usize, const S: usize>(
        &mut self,
        channel: impl IntoChannel<P, S>,
    ) -> Result<&mut Self, CableError> {
        let channel = channel.mechanism();
        let tables = self.tables.borrow_mut();
        let len = tables.len();
        let here = tables.inserted(&channel, len, &self.path)?;
        self.comps.iter().for_each(|&comp| here[comp] = true);
        let keys = channel.kind.keys();
        for key in keys.params.iter().chain(keys.states).filter(|key| key.comes_with_it()) {
            let column = tables.columns.entry(key.under(&channel.name));
            let column = column.or_insert_with(|| vec![f64::NAN; len]);
            self.comps.iter().for_each(|&comp| column[comp] = key.value());
        }
        Ok(self)
    }

    /// Sets a parameter or an initial state: one value for everything in view, or one for each
    /// compartment (or synapse) that has the key, in ascending order, in the
    /// [units](crate#keys-and-units) of the key.
    ///
    /// `radius` and `length` (um) make the compartment a cylinder: its area, volume and resistive
    /// loads follow, and replace those of an SWC file.
    ///
    /// As in Jaxley, a trainable parameter of the built module keeps the value that it had when it
    /// was made trainable: set values first.
    ///
    /// # Errors
    /// [`Unknown`](crate::ErrorKind::Unknown) if none has the key,
    /// [`Length`](crate::ErrorKind::Length), and [`Value`](crate::ErrorKind::Value) if a value is
    /// not finite or, for the geometry, the capacitance (uF/cm^2) and the axial resistivity (ohm
    /// cm), not positive. Nothing is then set.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    /// cell.branch([1, 2])?.set("capacitance", 2.0)?.set("radius", [0.4, 0.3, 0.2, 0.1])?;
    /// assert_eq!(cell.view().branch(2)?.get("radius")?, [0.2, 0.1]);
    /// let area = cell.view().branch(2)?.get("area")?[1]; // um^2, of a cylinder
    /// assert!((area - std::f64::consts::TAU * 0.1 * 10.0).abs() < 1e-12);
    /// assert!(cell.branch(0)?.set("radius", [1.0, -1.0]).is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn set(
        &mut self,
        key: &str,
        values: impl Into<Values<f64>>,
    ) -> Result<&mut Self, CableError> {
        let rows = self.rows(key)?;
        let values = self.spread(key, values.into(), &rows)?;
        values.iter().try_for_each(|&value| check_value(key, || key, &self.path, value))?;
        let tables = self.tables.borrow_mut();
        if key == "radius" || key == "length" {
            tables.check_cylinders(&self.path, key, rows.list(), &values)?;
        }
        let column = match rows {
            Rows::Compartments(_) => tables.columns.get_mut(key),
            Rows::Synapses(kind, _) => tables.synapses[kind].columns.get_mut(key),
        };
        let column = column.into_iter().flatten();
        let given: BTreeMap<_, _> = rows.list().iter().zip(values).collect();
        for (row, value) in column.enumerate() {
            *value = given.get(&row).copied().unwrap_or(*value);
        }
        if key == "radius" || key == "length" {
            tables.make_cylinders(rows.list());
        }
        Ok(self)
    }

    /// Adds the compartments in view to a group, for [`group`](Self::group).
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if a channel has the name.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    /// cell.branch(0)?.add_to_group("proximal")?;
    /// cell.comp(0)?.add_to_group("proximal")?;
    /// assert_eq!(cell.group("proximal")?.nodes(), [0, 1, 2, 4]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn add_to_group(&mut self, name: &str) -> Result<&mut Self, CableError> {
        let members = self.tables.borrow_mut().members(name, &self.path)?;
        members.extend(&self.comps);
        Ok(self)
    }

    /// Injects a current (nA, inward positive), a series with one value a step: one series for all
    /// compartments in view, or one each. Stimuli of one compartment add up. After its end, a
    /// stimulus is 0.
    ///
    /// # Errors
    /// [`Length`](crate::ErrorKind::Length) if there are neither one nor as many as compartments,
    /// and [`Value`](crate::ErrorKind::Value) with the row and the step if a value is not finite.
    ///
    /// ```
    /// use cable::{Branch, Build, Compartment, step_current};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut branch = Branch::new(&Compartment::new(), 2)?;
    /// branch.comp(0)?.stimulate(step_current(0.5, 0.5, 0.1, 0.5, 1.0)?)?; // 0.1 nA for all
    /// branch.comp(..)?.stimulate([vec![0.2, 0.2], vec![0.3]])?; // one each
    /// let cable = branch.build(0.5)?;
    /// assert_eq!(cable.externals()["i"].nodes, [0, 0, 1]);
    /// assert_eq!(cable.externals_at(1)?["i"], ndarray::array![0.1, 0.2, 0.0]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stimulate(
        &mut self,
        current: impl Into<Values<Vec<f64>>>,
    ) -> Result<&mut Self, CableError> {
        let rows = Rows::Compartments(self.comps.clone());
        self.add_external(External::STIMULUS, current.into(), &rows)
    }

    /// Holds a state at given values, a series with one value a step in the
    /// [units](crate#keys-and-units) of the state: one series for everything in view, or one each.
    /// If one compartment in view has the channel of a gate, the gate is clamped in all of them.
    ///
    /// When the module is built, a clamp that ends before the module does and a state that is
    /// clamped twice are errors.
    ///
    /// # Errors
    /// [`Unknown`](crate::ErrorKind::Unknown) if the module, or everything in view, lacks the
    /// state, [`Length`](crate::ErrorKind::Length), and [`Value`](crate::ErrorKind::Value) with the
    /// row and the step if a value is not finite.
    ///
    /// ```
    /// use cable::{Branch, Build, Compartment, Solver, build_init_and_step_fn};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut branch = Branch::new(&Compartment::new(), 2)?;
    /// branch.comp(0)?.clamp("v", vec![-60.0, -50.0])?.record("v")?; // mV
    /// let cable = branch.build(0.025)?;
    /// let module = build_init_and_step_fn(&cable, Solver::BwdEuler);
    /// let recorded = module.integrate::<f64>(&vec![], &vec![])?;
    /// assert_eq!(recorded, ndarray::array![[-70.0, -60.0, -50.0]]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn clamp(
        &mut self,
        state: &str,
        values: impl Into<Values<Vec<f64>>>,
    ) -> Result<&mut Self, CableError> {
        let rows = self.state_rows(state)?;
        self.add_external(state, values.into(), &rows)
    }

    /// Records a state or a current (`"i_HH"`, ...) of everything in view, once, initially and
    /// after every step, in its [units](crate#keys-and-units). If one compartment in view has the
    /// channel, the others are recorded too: their gates are NaN and their currents 0.
    ///
    /// Recordings are in the order of the calls, and those of one call in that of the compartments
    /// or synapses.
    ///
    /// # Errors
    /// [`Unknown`](crate::ErrorKind::Unknown) if the module, or everything in view, lacks the
    /// state.
    ///
    /// ```
    /// use cable::channels::HH;
    /// use cable::{Branch, Build, Compartment};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut branch = Branch::new(&Compartment::new(), 2)?;
    /// branch.comp(1)?.insert(HH)?.record("i_HH")?; // mA/cm^2
    /// branch.comp(..)?.record("v")?;
    /// let cable = branch.build(0.025)?;
    /// let places = cable.recordings().iter().map(|recording| (&*recording.state, recording.index));
    /// assert_eq!(places.collect::<Vec<_>>(), [("i_HH", 1), ("v", 0), ("v", 1)]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn record(&mut self, state: &str) -> Result<&mut Self, CableError> {
        let indices = self.built_indices(&self.state_rows(state)?);
        let recordings = &mut self.tables.borrow_mut().recordings;
        let here = recordings.iter().filter(|(other, _)| other == state);
        let here: BTreeSet<_> = here.map(|&(_, index)| index).collect();
        let new = indices.into_iter().filter(|index| !here.contains(index));
        recordings.extend(new.map(|index| (state.to_owned(), index)));
        Ok(self)
    }

    /// Makes a parameter or an initial state trainable, from its present values (in its
    /// [units](crate#keys-and-units)). The built module has these values, whatever is set later.
    ///
    /// As in Jaxley, the last step that narrowed the view decides what shares one parameter: after
    /// `cell(..)` each cell has its own, after `branch(..)` each branch, after `comp(..)` each
    /// compartment, and after `edge(..)` each synapse. Otherwise there is one parameter, also for a
    /// key of synapses after `comp(..)` and for a key of compartments after `edge(..)`. A shared
    /// parameter starts from the mean.
    ///
    /// Compartments whose `radius` or `length` is trained are cylinders, as for [`set`](Self::set).
    ///
    /// Where two parameters of one key meet, that of the later call counts, as in Jaxley. A call of
    /// which nothing counts is an error when the module is built.
    ///
    /// # Errors
    /// [`Unknown`](crate::ErrorKind::Unknown) if nothing in view has the key.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    /// cell.make_trainable("length")?;
    /// cell.branch(..)?.make_trainable("radius")?;
    /// let parameters = cell.get_parameters();
    /// assert_eq!(parameters[0]["length"], ndarray::array![10.0]);
    /// assert_eq!(parameters[1]["radius"], ndarray::array![1.0, 1.0, 1.0]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn make_trainable(&mut self, key: &str) -> Result<&mut Self, CableError> {
        let rows = self.rows(key)?;
        let present: BTreeMap<_, _> =
            self.built_indices(&rows).into_iter().zip(self.get(key)?).collect();
        let indices = self.shared(&rows);
        let mean = |group: &Vec<usize>| {
            let values = || group.iter().map(|place| present[place]);
            let first = values().next().unwrap_or(f64::NAN);
            // The mean of equal values is rounded, and may be another.
            if values().all(|value| value == first) {
                return first;
            }
            values().sum::<f64>() / group.len() as f64
        };
        let values = indices.iter().map(mean).collect();
        let setting = Setting { key: key.to_owned(), indices, values };
        self.tables.borrow_mut().trainables.push(setting);
        Ok(self)
    }

    /// As [`make_trainable`](Self::make_trainable), but from these values: one for all the
    /// parameters that are made, or one each.
    ///
    /// # Errors
    /// Those of [`make_trainable`](Self::make_trainable) and [`set`](Self::set).
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    /// cell.branch([1, 2])?.make_trainable_from("radius", [0.5, 0.25])?; // um, one a branch
    /// assert_eq!(cell.get_parameters()[0]["radius"], ndarray::array![0.5, 0.25]);
    /// assert_eq!(cell.build(0.025)?.params()["radius"].to_vec()[..4], [1.0, 1.0, 0.5, 0.5]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn make_trainable_from(
        &mut self,
        key: &str,
        values: impl Into<Values<f64>>,
    ) -> Result<&mut Self, CableError> {
        let indices = self.shared(&self.rows(key)?);
        let place = || format!("the value of '{key}' at {}", self.path);
        let values = values.into().spread(indices.len(), "parameters to be made", place)?;
        values.iter().try_for_each(|&value| check_value(key, || key, &self.path, value))?;
        let setting = Setting { key: key.to_owned(), indices, values };
        self.tables.borrow_mut().trainables.push(setting);
        Ok(self)
    }

    /// The rows, as the built module counts them, in groups that share one parameter.
    fn shared(&self, rows: &Rows) -> Vec<Vec<usize>> {
        let addresses = self.tables.borrow().addresses();
        let group = |&row: &usize| match (self.sharing, rows) {
            (Sharing::Comp, Rows::Compartments(_)) | (Sharing::Edge, Rows::Synapses(..)) => row,
            (Sharing::Cell, Rows::Compartments(_)) => addresses[row].cell,
            (Sharing::Branch, Rows::Compartments(_)) => addresses[row].branch,
            _ => 0,
        };
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (row, place) in rows.list().iter().zip(self.built_indices(rows)) {
            groups.entry(group(row)).or_default().push(place);
        }
        groups.into_values().collect()
    }

    fn add_external(
        &mut self,
        name: &str,
        values: Values<Vec<f64>>,
        rows: &Rows,
    ) -> Result<&mut Self, CableError> {
        rows.check_series(&values)?;
        let values = self.spread(name, values, rows)?;
        check_series(&self.path, name, &values)?;
        let nodes = self.built_indices(rows);
        let externals = self.tables.borrow_mut().externals.entry(name.to_owned());
        let external = externals.or_insert(External { nodes: Vec::new(), values: Vec::new() });
        external.nodes.extend(nodes);
        external.values.extend(values);
        Ok(self)
    }
}

impl Tables {
    /// Checks the area, the volume and the loads that these compartments of the module or view at
    /// `path` would have if `key`, the radius or the length, had these values.
    pub(crate) fn check_cylinders(
        &self,
        path: &str,
        key: &str,
        comps: &[usize],
        values: &[f64],
    ) -> Result<(), CableError> {
        for (&comp, &value) in comps.iter().zip(values) {
            let of = |part: &str| if part == key { value } else { self.columns[part][comp] };
            let derived = Cylinder::new(of("radius"), of("length")).derived();
            for (derived_key, derived) in Cylinder::<f64>::KEYS.into_iter().zip(derived) {
                let name = || format!("'{derived_key}' of compartment {comp} of {path}");
                check_derived(name, "radius and length", derived)?;
            }
        }
        Ok(())
    }

    /// Gives these compartments the area, the volume and the loads of cylinders.
    pub(crate) fn make_cylinders(&mut self, comps: &[usize]) {
        for &comp in comps {
            let [radius, length] = ["radius", "length"].map(|key| self.columns[key][comp]);
            let derived = Cylinder::new(radius, length).derived();
            for (key, value) in Cylinder::<f64>::KEYS.into_iter().zip(derived) {
                self.columns.entry(key.to_owned()).and_modify(|column| column[comp] = value);
            }
        }
    }
}
