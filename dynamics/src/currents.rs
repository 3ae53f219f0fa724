use std::collections::{BTreeMap, BTreeSet};

use ndarray::ArrayViewD;
use pytree::error::quote;
use pytree::{Flat, KeyPath};

use crate::error::{Error, Problem, ProblemKind};
use crate::plan::{Plan, one_per_node};

impl Plan {
    /// Returns an error unless `found`, to which the module has added its currents, is all states: those of
    /// the plan, and each current. How many entries a current through synapses has is known to the module
    /// alone.
    pub(crate) fn check_currents<T>(&self, found: Flat<ArrayViewD<'_, T>>) -> Result<(), Error> {
        let states = self.states.iter().map(|state| (&state.path, state));
        let mut states: BTreeMap<&KeyPath, _> = states.collect();
        let currents = self.membrane_observables.iter().chain(&self.synapse_observables);
        let mut currents: BTreeSet<&str> = currents.map(String::as_str).collect();
        let mut problems = Vec::new();
        for (path, leaf) in found.iter_with_path() {
            let name = path.last_name().unwrap_or_default();
            let text = if self.is_current(&name) {
                currents.remove(&*name);
                let on_nodes = self.membrane_observables.contains(&*name) && leaf.ndim() > 0;
                (on_nodes && leaf.shape() != [self.num_nodes]).then(|| {
                    let expected = one_per_node(self.num_nodes);
                    format!("expected {expected}, found shape {:?}", leaf.shape())
                })
            } else if let Some(state) = states.remove(&path) {
                state.check_shape(leaf.shape()).map(|(_, text)| text)
            } else {
                let name = quote(&name);
                Some(format!(
                    "this is neither a state nor a current; add {name} to the names of the currents"
                ))
            };
            problems.extend(text.map(|text| Problem::new(path, ProblemKind::Module, text)));
        }
        problems.extend(states.into_keys().map(|path| {
            let text = "the state is gone after the module computed its currents".to_string();
            Problem::new(path.clone(), ProblemKind::Module, text)
        }));
        problems.extend(currents.into_iter().map(|name| {
            let name = quote(name);
            let text = format!(
                "{name} is not computed; append_channel_currents must add each current that the module names"
            );
            Problem::about_all(ProblemKind::Module, text)
        }));
        Error::unless_none("currents", problems)?;
        // What is left is another structure with the same leaves, such as another order of keys.
        self.match_states(found).map(drop)
    }
}
