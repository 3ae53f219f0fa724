use crate::arrays::owner::Owner;
use crate::run::cable::Cable;
use dynamics::{DynamicStateUtils, Fate};

/// Where the elements of the vector of dynamic states are among the values of a step.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// For each element of the vector, the number of its value.
    pub values: Vec<usize>,
    /// For each value, the element of the vector.
    pub elements: Vec<Option<usize>>,
    /// The starts of the states of nodes that are part of the vector.
    pub membrane: Vec<usize>,
    /// The values but for the vector: -1 at branchpoints, NaN where a mechanism is absent, and the
    /// initial values of states that are excluded.
    pub template: Vec<f64>,
}

impl Places {
    pub fn new(utils: &DynamicStateUtils<'_, Cable>) -> Self {
        let cable = utils.module();
        let mut values = vec![0; utils.num_states()];
        let mut elements = vec![None; cable.order.len];
        let mut template = vec![0.0; cable.order.len];
        for row in utils.explain() {
            let slot = row.path.last_name().and_then(|name| cable.states.find(&name));
            let (Some(slot), Some(index)) = (slot, row.index) else { continue };
            let value = cable.states.start(slot) + index;
            if let Some(position) = row.fate.position() {
                values[position] = value;
                elements[value] = Some(position);
                continue;
            }
            match row.fate {
                Fate::Branchpoint => template[value] = -1.0,
                Fate::Excluded => {
                    let (key, index) = cable.states.locate(value);
                    template[value] = cable.initial_states()[key][index];
                }
                Fate::Current => {}
                _ => template[value] = f64::NAN,
            }
        }
        let slots = 0..cable.states.len();
        let kept = slots.filter(|&slot| {
            let mut range = cable.states.range(slot);
            matches!(cable.states.owner(slot), Owner::Nodes(_))
                && range.any(|value| elements[value].is_some())
        });
        let membrane = kept.map(|slot| cable.states.start(slot)).collect();
        Self { values, elements, membrane, template }
    }

    /// For the vector of all states and currents, whose padding is 0.
    pub fn of_run(cable: &Cable) -> Self {
        let states = cable.order.states;
        let elements = (0..cable.order.len).map(|value| Some(value).filter(|_| value < states));
        Self {
            values: (0..states).collect(),
            elements: elements.collect(),
            membrane: Vec::new(),
            template: vec![0.0; cable.order.len],
        }
    }

    /// Whether the vector is all states and currents.
    fn is_whole(&self) -> bool {
        self.membrane.is_empty()
            && self.values.last().is_some_and(|last| last + 1 == self.values.len())
    }

    /// The elements of the vector, of which each has `columns` numbers, among those of all values.
    pub fn scatter(&self, columns: usize, vector: &[f64], values: &mut [f64]) {
        if self.is_whole() {
            values[..vector.len()].copy_from_slice(vector);
            return;
        }
        for (from, &value) in vector.chunks_exact(columns).zip(&self.values) {
            values[value * columns..][..columns].copy_from_slice(from);
        }
    }

    /// The elements of the vector from all values.
    pub fn gather(&self, columns: usize, values: &[f64], vector: &mut [f64]) {
        if self.is_whole() {
            vector.copy_from_slice(&values[..vector.len()]);
            return;
        }
        for (to, &value) in vector.chunks_exact_mut(columns).zip(&self.values) {
            to.copy_from_slice(&values[value * columns..][..columns]);
        }
    }
}
