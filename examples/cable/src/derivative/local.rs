use crate::derivative::places::Places;
use crate::step::block::Block;
use crate::step::linear::{Linear, Linearizer};
use crate::step::order::Op;
use std::collections::{BTreeMap, BTreeSet};

/// The derivative of a step up to where the voltages are solved: what happens at each node by
/// itself, and at each synapse.
///
/// All nodes move in one direction at once: a direction for each state of nodes, however many nodes
/// there are. So do all synapses of a type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Local {
    /// Derivatives of elements other than voltages: row, column, value.
    pub entries: Vec<(usize, usize, f64)>,
    /// How what is passed on to the solver depends on the vector: node, column, value; by node.
    pub forcing: Vec<(usize, usize, f64)>,
    /// How the voltages before the solver depend on the vector, likewise.
    pub before: Vec<(usize, usize, f64)>,
}

impl Local {
    pub fn new(linearizer: &Linearizer<'_>, places: &Places, linear: &Linear) -> Self {
        let mut local = Self::default();
        local.add_nodes(linearizer, places, linear);
        local.add_synapses(linearizer, places, linear);
        local.forcing.sort_unstable_by_key(|&(node, column, _)| (node, column));
        local
    }

    fn add_nodes(&mut self, linearizer: &Linearizer<'_>, places: &Places, linear: &Linear) {
        let order = linearizer.order;
        let (voltages, columns) = (&order.voltages, places.membrane.len());
        if columns == 0 {
            return;
        }
        let mut tangents = vec![0.0; order.len * columns];
        for (column, &start) in places.membrane.iter().enumerate() {
            for value in start..start + voltages.nodes {
                if places.elements[value].is_some() {
                    tangents[value * columns + column] = 1.0;
                }
            }
        }
        for (at, op) in linearizer.ops.iter().enumerate() {
            let of_synapse = match *op {
                Op::Update(mechanism) | Op::Currents(mechanism) => {
                    order.mechanisms[mechanism].synapse
                }
                Op::Solve => break,
                _ => false,
            };
            if !of_synapse {
                linearizer.jvp_of(at, linear, columns, &mut tangents, &[]);
            }
        }
        let mut forcing = Vec::new();
        linear.voltages.forcing(voltages, columns, &tangents, &mut forcing);
        let column = |node: usize, column: usize| places.elements[places.membrane[column] + node];
        let each = |numbers: &[f64], node: usize, of: &mut dyn FnMut(usize, f64)| {
            for (at, &number) in numbers.iter().enumerate().filter(|(_, number)| **number != 0.0) {
                column(node, at).into_iter().for_each(|column| of(column, number));
            }
        };
        let row =
            |start: usize, node: usize| (start + node) * columns..(start + node + 1) * columns;
        for node in 0..voltages.nodes {
            each(&forcing[row(0, node)], node, &mut |column, value| {
                self.forcing.push((node, column, value));
            });
            each(&tangents[row(voltages.v, node)], node, &mut |column, value| {
                self.before.push((node, column, value));
            });
            for &start in places.membrane.iter().filter(|&&start| start != voltages.v) {
                let Some(element) = places.elements[start + node] else { continue };
                each(&tangents[row(start, node)], node, &mut |column, value| {
                    self.entries.push((element, column, value));
                });
            }
        }
    }

    fn add_synapses(&mut self, linearizer: &Linearizer<'_>, places: &Places, linear: &Linear) {
        let order = linearizer.order;
        let mut by_node: BTreeMap<usize, Vec<(usize, f64)>> = BTreeMap::new();
        for &(node, column, value) in &self.before {
            by_node.entry(node).or_default().push((column, value));
        }
        let clamps: BTreeSet<usize> =
            linear.inputs.clamps.iter().map(|clamp| clamp.index).collect();
        let clamped = |value: usize| clamps.contains(&value);
        for (mechanism, placed) in order.mechanisms.iter().enumerate() {
            if !placed.synapse {
                continue;
            }
            let sites = &placed.sites;
            let (states, synapses) = (sites.states.len(), sites.own.len());
            // Of each synapse, the derivatives of the states and of the current and its drive by the
            // states and the voltages at both ends.
            let inputs = states + 2;
            // The inputs after those are parameters.
            let of_vector = |block: &Block<'_>| -> Vec<_> {
                let entries = block.entries.iter().copied().enumerate();
                entries.filter(|(_, [_, input])| *input < inputs).collect()
            };
            let mut moved = vec![0.0; synapses * states * inputs];
            let mut driven = vec![0.0; synapses * 3 * inputs];
            let last = |wanted: Op| linearizer.ops.iter().rposition(|op| *op == wanted);
            if let Some(at) = last(Op::Update(mechanism)) {
                linearizer.block(at, linear, |block| {
                    for (entry, [output, input]) in of_vector(&block) {
                        for synapse in 0..synapses {
                            moved[(synapse * states + output) * inputs + input] =
                                block.derivatives[entry * synapses + synapse];
                        }
                    }
                });
            }
            if let Some(at) = last(Op::Currents(mechanism)) {
                linearizer.block(at, linear, |block| {
                    for (entry, [output, input]) in of_vector(&block) {
                        for synapse in 0..synapses {
                            let own = &mut driven[(synapse * 3 + output) * inputs..][..inputs];
                            let derivative = block.derivatives[entry * synapses + synapse];
                            if input < states {
                                // The current sees the states after they have moved.
                                let moved = &moved[(synapse * states + input) * inputs..][..inputs];
                                own.iter_mut()
                                    .zip(moved)
                                    .for_each(|(to, by)| *to += derivative * by);
                            } else {
                                own[input] += derivative;
                            }
                        }
                    }
                });
            }
            for synapse in 0..synapses {
                let (pre, post) = (sites.pre[synapse], sites.post[synapse]);
                let own = |value: usize| places.elements[value].map(|column| (column, 1.0));
                let mut columns: Vec<(usize, usize, f64)> = Vec::new();
                for (input, &start) in sites.states.iter().enumerate() {
                    columns
                        .extend(own(start + synapse).map(|(column, value)| (input, column, value)));
                }
                for (input, node) in [(states, pre), (states + 1, post)] {
                    let before = by_node.get(&node).into_iter().flatten();
                    columns.extend(before.map(|&(column, value)| (input, column, value)));
                }
                let [slope, constant] = linear.voltages.gains(post);
                let driven = &driven[synapse * 3 * inputs..][..3 * inputs];
                for &(input, column, value) in &columns {
                    for (state, &start) in sites.states.iter().enumerate() {
                        let derivative = moved[(synapse * states + state) * inputs + input] * value;
                        let at = start + synapse;
                        if let Some(row) = places.elements[at]
                            && derivative != 0.0
                            && !clamped(at)
                        {
                            self.entries.push((row, column, derivative));
                        }
                    }
                    if let Some(row) = places.elements[sites.current + synapse]
                        && !clamped(sites.current + synapse)
                    {
                        self.entries.push((row, column, driven[input] * value));
                    }
                    let forcing =
                        slope * driven[inputs + input] + constant * driven[2 * inputs + input];
                    if forcing != 0.0 {
                        self.forcing.push((post, column, forcing * value));
                    }
                }
            }
        }
    }
}
