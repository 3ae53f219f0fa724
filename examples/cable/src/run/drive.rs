use crate::arrays::owner::Owner;
use crate::description::export::External;
use crate::description::limits::{check_rows, check_series, check_steps, ends_early};
use crate::error::{CableError, Place};
use crate::run::cable::Cable;
use crate::run::data::{DataExternal, RunData};
use crate::states::Scalar;
use crate::step::inputs::{Input, Inputs};
use std::collections::{BTreeMap, BTreeSet};

/// What acts on a module at each step of a run: its own externals, and after them the stimuli and
/// the clamps of the data.
pub(crate) struct Drive<'d, T> {
    /// How many steps the run takes.
    pub steps: usize,
    /// One for each external, by its number.
    rows: Vec<(Target, Series<'d, T>)>,
}

#[derive(Clone, Copy, Debug)]
enum Target {
    /// A current into a node.
    Node(usize),
    /// The number of a state among the values of a step, which is clamped.
    Value(usize),
    /// An index past the synapses of its type.
    Nothing,
}

#[derive(Clone, Copy, Debug)]
enum Series<'d, T> {
    Module(&'d [f64]),
    Data(&'d [T]),
}

impl<'d, T: Scalar> Drive<'d, T> {
    /// A module that was built without a time takes as many steps as its longest series has values,
    /// those of the data included.
    pub fn new(cable: &'d Cable, data: &RunData<'d, T>) -> Result<Self, CableError> {
        let own = cable.externals().iter();
        let lengths = data.externals().flat_map(|(_, external)| &external.values).map(Vec::len);
        let longest = lengths.max().unwrap_or(0);
        let steps = if cable.open_ended { cable.steps().max(longest) } else { cable.steps() };
        check_steps("the data", steps)?;
        let rows = own.clone().map(|(_, external)| external.nodes.len()).sum::<usize>()
            + data.externals().map(|(_, external)| external.indices.len()).sum::<usize>();
        check_rows("stimuli and clamps", rows, steps)?;

        let mut drive = Self { steps, rows: Vec::with_capacity(rows) };
        let branchpoints = cable.module.branchpoints.iter().copied().collect();
        // The clamped values, and what clamps each.
        let mut clamped = BTreeMap::new();
        for (name, External { nodes, values }) in own {
            let place = Place::External(name);
            check_ends(&place, name, values, steps)?;
            for (&index, values) in nodes.iter().zip(values) {
                let target = cable.target(name, index)?;
                drive.rows.push((target, Series::Module(values)));
                if let Target::Value(value) = target {
                    clamped.insert(value, place.to_string());
                }
            }
        }
        for (name, external) in data.externals() {
            let DataExternal { state, indices, values } = external;
            let place = Place::Data(&name);
            cable.check_data(&place, external, &branchpoints)?;
            check_ends(&place, state, values, steps)?;
            for (&index, values) in indices.iter().zip(values) {
                let target = cable.target(state, index)?;
                drive.rows.push((target, Series::Data(values)));
                let Target::Value(value) = target else { continue };
                if let Some(other) = clamped.insert(value, name.clone()) {
                    return Err(CableError::conflict(format!(
                        "{state}[{index}] is clamped by {other} and by {name}: keep one of them"
                    )));
                }
            }
        }
        Ok(drive)
    }

    /// How many externals there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// What acts in a step, in place of what `inputs` had. A stimulus that has ended is 0.
    pub fn at(&self, step: usize, inputs: &mut Inputs<T>) {
        inputs.stimuli.clear();
        inputs.clamps.clear();
        for (number, &(target, series)) in self.rows.iter().enumerate() {
            let value = match series {
                Series::Module(values) => values.get(step).map(|&value| T::from(value)),
                Series::Data(values) => values.get(step).copied(),
            };
            let value = value.unwrap_or_else(T::zero);
            match target {
                Target::Node(index) => inputs.stimuli.push(Input { index, value, number }),
                Target::Value(index) => inputs.clamps.push(Input { index, value, number }),
                Target::Nothing => {}
            }
        }
    }
}

impl Cable {
    /// What the external called `name` acts on by `index`.
    fn target(&self, name: &str, index: usize) -> Result<Target, CableError> {
        if name == External::STIMULUS {
            return Ok(Target::Node(index));
        }
        let range = self.states.range(self.states.need(name, &Place::External(name))?);
        // Jaxley counts the synapses of a clamp over all types, but applies the indices to the array
        // of one type, and ignores those past its end. So does this.
        Ok(if index < range.len() { Target::Value(range.start + index) } else { Target::Nothing })
    }

    /// Checks that stimuli or clamps that are given to a run fit the module.
    fn check_data<T: Scalar>(
        &self,
        place: &Place<'_>,
        external: &DataExternal<T>,
        branchpoints: &BTreeSet<usize>,
    ) -> Result<(), CableError> {
        let DataExternal { state, indices, values } = external;
        let owner = if state == External::STIMULUS {
            Owner::Nodes(self.nodes())
        } else {
            let slot = self.states.find(state);
            let slot =
                slot.ok_or_else(|| CableError::unknown_state(place, state, self.states.keys()))?;
            self.states.owner(slot)
        };
        CableError::same_length(place, values.len(), indices.len(), External::PER)?;
        check_series(place, state, values)?;
        match owner {
            Owner::Nodes(_) => self.module.check_compartments(place, indices, branchpoints),
            _ => indices.iter().try_for_each(|&index| owner.check_index(|| place, index)),
        }
    }
}

/// Checks that clamps last for all steps.
fn check_ends<T>(
    place: &Place<'_>,
    name: &str,
    values: &[Vec<T>],
    steps: usize,
) -> Result<(), CableError> {
    let short = values.iter().position(|values| values.len() < steps);
    match short.filter(|_| name != External::STIMULUS) {
        None => Ok(()),
        Some(row) => Err(ends_early(place, row, values[row].len(), steps)),
    }
}
