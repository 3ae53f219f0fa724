//! States that a run is given to start from.

use crate::description::limits::allowed_instead;
use crate::error::{CableError, ErrorKind, Number, list};
use crate::run::cable::Cable;
use crate::states::{Params, Scalar, States};

impl Cable {
    /// All states and currents of a run: those that are `given`, and otherwise `states` and the
    /// currents that follow from both.
    pub(crate) fn start_from<T: Scalar>(
        &self,
        mut states: States<T>,
        params: &Params<T>,
        given: Option<&States<T>>,
    ) -> Result<States<T>, CableError> {
        let Some(given) = given else {
            self.append_currents(&mut states, params, self.delta_t())?;
            return Ok(states);
        };
        self.check_given(given)?;
        let given = || given.iter().map(|(key, array)| (key.clone(), array.clone()));
        states.extend(given());
        self.append_currents(&mut states, params, self.delta_t())?;
        // The currents that are given are kept.
        states.extend(given());
        Ok(states)
    }

    /// The currents: what is computed from the other states before a run starts.
    pub(crate) fn is_current(&self, key: &str) -> bool {
        let names = self.membrane_current_names().iter().chain(self.synapse_current_names());
        names.into_iter().any(|name| name == key)
    }

    /// Checks that the module has the states that are given, each where they are numbers.
    fn check_given<T: Scalar>(&self, given: &States<T>) -> Result<(), CableError> {
        let table = &self.states;
        let unknown: Vec<_> = given.keys().filter(|key| table.find(key).is_none()).collect();
        if !unknown.is_empty() {
            let known = list(table.keys());
            let text = format!(
                "all_states has [{}], which the module lacks: use those of [{known}]",
                list(unknown)
            );
            return Err(CableError::new(ErrorKind::Unknown, text));
        }
        let slots = given.iter().filter_map(|(key, array)| Some((table.find(key)?, key, array)));
        let wrong_length = |(slot, key, array): (usize, &String, &ndarray::Array1<T>)| {
            let owner = table.owner(slot);
            let wrong = array.len() != owner.len();
            wrong.then(|| format!("'{key}' {} of {} {}", array.len(), owner.len(), owner.per()))
        };
        let wrong: Vec<_> = slots.clone().filter_map(wrong_length).collect();
        if !wrong.is_empty() {
            let text = format!(
                "all_states has entries for the wrong number of nodes or synapses, {}: give one for \
                 each",
                list(wrong)
            );
            return Err(CableError::new(ErrorKind::Length, text));
        }
        let (mut bad, mut absent) = (Vec::new(), Vec::new());
        for (_, key, array) in slots {
            // A current that is a state, too, is 0 wherever nothing carries it.
            let (own, current) = (self.initial_states().get(key), self.is_current(key));
            for (index, value) in array.iter().map(T::re).enumerate() {
                let place = || format!("{key}[{index}] is {}", Number(value));
                if own.is_some_and(|own| own[index].is_nan()) {
                    if !value.is_nan() && !current {
                        absent.push(place());
                    }
                } else if allowed_instead(key, value).is_some() {
                    bad.push(place());
                }
            }
        }
        if !bad.is_empty() {
            let text = format!(
                "of all_states, {}: give a number from -1e50 to 1e50 wherever the module has the state",
                list(bad)
            );
            return Err(CableError::new(ErrorKind::Value, text));
        }
        if !absent.is_empty() {
            let text = format!(
                "of all_states, {}: give NaN where the module does not have the state",
                list(absent)
            );
            return Err(CableError::new(ErrorKind::Value, text));
        }
        Ok(())
    }
}
