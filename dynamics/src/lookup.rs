//! Between the elements of the vector and their names.
//!
//! There is one numbering: the `2` of `w[2]` is a node or a synapse, in every label, lookup and message.
//! It is never the position among the kept entries, by which the arrays without their observables count.

use std::ops::Range;
use std::slice::from_ref;

use pytree::error::{list, quote};
use pytree::{KeyPath, path::Key};

use crate::dynamic_state_utils::DynamicStateUtils;
use crate::error::{Error, ProblemKind};
use crate::label::{index_text, row_major, split_index};
use crate::module::Module;
use crate::plan::{Plan, State, no_such_state};

impl<M: Module> DynamicStateUtils<'_, M> {
    /// The name of each element of the vector: `HH_m[3]` is the state `HH_m` of node 3, and
    /// `IonotropicSynapse_s[3]` that of synapse 3. A state of several axes has an index for each: `s[1,0]`.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// assert_eq!(utils.labels(), ["m[0]", "v[0]", "v[2]"]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn labels(&self) -> Vec<String> {
        self.plan.labels().collect()
    }

    /// The name of the element at `position` of the vector: `labels()[position]`.
    ///
    /// # Errors
    /// If the vector has no such element.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// assert_eq!(utils.label(2)?, "v[2]");
    /// assert_eq!(
    ///     utils.label(3).unwrap_err().to_string(),
    ///     "position: 3 is past the end of the vector of length 3",
    /// );
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn label(&self, position: usize) -> Result<String, Error> {
        // The last state that starts at or before the position; those before it may be empty.
        let after = self.plan.states.partition_point(|state| state.start <= position);
        let state = after.checked_sub(1).map(|at| &self.plan.states[at]);
        let label = state.and_then(|state| {
            let index = state.selection.kept().nth(position - state.start)?;
            Some(state.label(index))
        });
        label.ok_or_else(|| {
            let len = self.num_states();
            let text = format!("{position} is past the end of the vector of length {len}");
            Error::about("position", ProblemKind::Mismatch, text)
        })
    }

    /// The position in the vector of the element with this name: the inverse of [`label`](Self::label).
    /// A nested state can be given by its path, too: `membrane/v[2]` or `['membrane']['v'][2]`.
    ///
    /// # Errors
    /// If no element has the name, or several; the error of an entry that is not part of the vector says
    /// why.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// assert_eq!(utils.index("v[2]")?, 2);
    /// assert_eq!(
    ///     utils.index("v[1]").unwrap_err().to_string(),
    ///     "label: v[1] is not part of the vector; stripped: a branchpoint",
    /// );
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn index(&self, label: &str) -> Result<usize, Error> {
        let position = self.plan.find(label).and_then(|named| self.plan.position(label, &named));
        position.map_err(|text| Error::about("label", ProblemKind::Name, text))
    }

    /// The part of the vector that belongs to a state, given by its name, which is the last key of its
    /// path, or by its path: `v` or `['v']`. The path of an inner node is that of all states under it, and
    /// a label such as `v[2]` is one element.
    ///
    /// # Errors
    /// If there is no such state, if several have the name, or if no entry of it is part of the vector.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// assert_eq!(utils.range("v")?, 1..3);
    /// assert_eq!(utils.range("v[2]")?, 2..3);
    /// assert_eq!(
    ///     utils.range("n").unwrap_err().to_string(),
    ///     r#"state: no state is called "n"; the states are "m", "v""#,
    /// );
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn range(&self, state: &str) -> Result<Range<usize>, Error> {
        self.plan.range(state).map_err(|text| Error::about("state", ProblemKind::Name, text))
    }
}

/// What a name in a lookup is.
enum Named<'p> {
    /// A state, or several states under an inner node. They are consecutive.
    States(&'p [State]),
    /// The entry of a state at an index in row-major order.
    Entry(&'p State, usize),
}

impl Plan {
    /// The names of all elements of the vector.
    pub(crate) fn labels(&self) -> impl Iterator<Item = String> {
        self.states.iter().flat_map(State::labels)
    }

    /// The part of the vector that `name` is. The error is a text.
    pub(crate) fn range(&self, name: &str) -> Result<Range<usize>, String> {
        let named = self.find(name)?;
        let Named::States(states) = named else {
            return self.position(name, &named).map(|position| position..position + 1);
        };
        let (first, last) = (states.first(), states.last());
        let start = first.map_or(0, |state| state.start);
        let range = start..last.map_or(0, |state| state.start + state.selection.len());
        // An empty range would be taken for a position by who reads its start. Without synapses, though,
        // their states are empty from the beginning.
        match states.iter().find(|state| state.selection.full_len() > 0) {
            Some(state) if range.is_empty() => Err(self.not_kept(state, 0)),
            _ => Ok(range),
        }
    }

    /// The position in the vector of the one element that `named`, found by `name`, is.
    fn position(&self, name: &str, named: &Named<'_>) -> Result<usize, String> {
        let (state, index) = match *named {
            Named::Entry(state, index) => (state, index),
            Named::States([state]) if state.shape.is_empty() => (state, 0),
            Named::States(states) => {
                let len = states.iter().map(|state| state.selection.len()).sum();
                let labels = list(states.iter().flat_map(State::labels), len, ", ");
                return Err(format!(
                    "{} has {len} elements; give one of them: {labels}",
                    quote(name)
                ));
            }
        };
        let kept = state.selection.rank(index);
        kept.map(|kept| state.start + kept).ok_or_else(|| self.not_kept(state, index))
    }

    /// Why an entry is not part of the vector.
    fn not_kept(&self, state: &State, index: usize) -> String {
        let (label, fate) = (state.label(index), self.fate_of_removed(state, index));
        format!("{label} is not part of the vector; {fate}")
    }

    fn find(&self, name: &str) -> Result<Named<'_>, String> {
        let whole = self.find_state(name)?;
        let entry = match split_index(name) {
            Some((head, index)) => self.find_state(head)?.map(|state| (state, index)),
            None => None,
        };
        let position = entry.as_ref().map(|(state, index)| row_major(index, &state.shape));
        match (whole, entry.zip(position)) {
            (None, Some(((state, _), Some(position)))) => Ok(Named::Entry(state, position)),
            // The name of a state may look like the label of an entry of another.
            (Some(state), Some(((other, _), Some(position)))) => Err(format!(
                "{} is the name of a state and of an entry of another; give the path: {} or {}{}",
                quote(name),
                state.path,
                other.path,
                index_text(&other.shape, position)
            )),
            (Some(state), _) => Ok(Named::States(from_ref(state))),
            (None, Some(((state, _), None))) => {
                let (name, shape) = (quote(name), &state.shape);
                Err(format!("{name} is not an entry of the state, whose shape is {shape:?}"))
            }
            (None, None) => self.find_node(name),
        }
    }

    /// The states under the inner node at the path `name`; the error is about any other name.
    fn find_node(&self, name: &str) -> Result<Named<'_>, String> {
        let path: Option<KeyPath> = name.parse().ok();
        if let Some(states) = path.and_then(|path| self.states_under(path.keys())) {
            return Ok(Named::States(states));
        }
        let head = split_index(name).map_or(name, |(head, _)| head);
        if self.is_current(head) {
            return Err(format!("{} is a current and not part of the vector", quote(head)));
        }
        Err(no_such_state(name, self.states.iter().map(|state| state.path.simple("/"))))
    }

    /// The state that is called `name`: by all of its keys, by the last key, or by its path. Paths come last,
    /// because the key of a dict may look like one.
    fn find_state(&self, name: &str) -> Result<Option<&State>, String> {
        let by_label = |state: &State| state.path.simple("/") == name;
        let by_name = |state: &State| state.path.last_name().as_deref() == Some(name);
        let path: Option<KeyPath> = name.parse().ok();
        let by_path = |state: &State| path.as_ref() == Some(&state.path);
        for is_it in [&by_label as &dyn Fn(&State) -> bool, &by_name, &by_path] {
            let found: Vec<_> = self.states.iter().filter(|state| is_it(state)).collect();
            match found[..] {
                [] => {}
                [state] => return Ok(Some(state)),
                _ => {
                    let paths = found.iter().map(|state| &state.path);
                    let (name, paths) = (quote(name), list(paths, found.len(), ", "));
                    return Err(format!(
                        "several states are called {name}; give the path of one: {paths}"
                    ));
                }
            }
        }
        Ok(None)
    }

    /// The states whose paths begin with `keys`: a state, or those under an inner node.
    fn states_under(&self, keys: &[Key]) -> Option<&[State]> {
        let is_under = |state: &State| state.path.keys().starts_with(keys);
        let start = self.states.iter().position(is_under)?;
        let len = self.states[start..].iter().take_while(|state| is_under(state)).count();
        Some(&self.states[start..start + len])
    }
}

impl State {
    /// The names of the kept entries.
    fn labels(&self) -> impl Iterator<Item = String> {
        let name = self.path.simple("/");
        self.selection.kept().map(move |index| name.clone() + &index_text(&self.shape, index))
    }
}
