use std::collections::BTreeMap;
use std::convert::Infallible;

use dynamics::{ChannelCurrents, Module, Scalar};
use ndarray::{Array1, Axis, array};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

/// A module with a voltage `v`, a gate `m` that some nodes have, a current `i_Ca` that is also a state,
/// and a synapse state `s`.
#[derive(Clone, Debug)]
pub struct Toy {
    /// The initial states.
    pub initial: BTreeMap<String, Array1<f64>>,
    /// The nodes that are branchpoints.
    pub branchpoints: Vec<usize>,
}

impl Toy {
    /// A toy with these initial states.
    pub fn new(states: [(&str, Array1<f64>); 4], branchpoints: Vec<usize>) -> Self {
        let initial = states.map(|(key, values)| (key.to_string(), values)).into();
        Toy { initial, branchpoints }
    }

    /// Three nodes, of which node 1 is a branchpoint and node 0 alone has the gate, and two synapses.
    #[must_use]
    pub fn small() -> Self {
        let states = [
            ("v", array![-70.0, -1.0, -60.0]),
            ("m", array![0.1, -1.0, f64::NAN]),
            ("i_Ca", array![f64::NAN, -1.0, 1e-8]),
            ("s", array![0.5, 0.6]),
        ];
        Toy::new(states, vec![1])
    }

    /// All states, currents included.
    #[must_use]
    pub fn all_states(&self) -> BTreeMap<String, Array1<f64>> {
        let mut states = self.initial.clone();
        let Ok(()) = self.append_channel_currents(&mut states, &(), 0.025);
        states
    }
}

impl Module for Toy {
    type States<T: Scalar> = BTreeMap<String, Array1<T>>;

    fn initial_states(&self) -> Self::States<f64> {
        self.initial.clone()
    }

    fn num_nodes(&self) -> usize {
        self.initial["v"].len()
    }

    fn branchpoints(&self) -> Vec<usize> {
        self.branchpoints.clone()
    }

    fn is_membrane_key(&self, name: &str) -> bool {
        name != "s"
    }

    fn membrane_current_names(&self) -> Vec<String> {
        vec!["i_HH".into(), "i_Ca".into()]
    }

    fn synapse_current_names(&self) -> Vec<String> {
        vec!["i_s".into()]
    }
}

impl<T: Scalar> ChannelCurrents<T> for Toy {
    type Params = ();
    type Error = Infallible;

    /// Every membrane current is the voltage. The synapse current is the synapse state.
    fn append_channel_currents(
        &self,
        states: &mut BTreeMap<String, Array1<T>>,
        (): &(),
        _: f64,
    ) -> Result<(), Infallible> {
        states.insert("i_HH".into(), states["v"].clone());
        states.insert("i_s".into(), states["s"].clone());
        Ok(())
    }
}

/// Toys of up to eleven nodes, each a branchpoint or not, with or without each gate.
pub fn toys() -> impl Strategy<Value = Toy> {
    (1..12_usize).prop_flat_map(|nodes| {
        let gate = || {
            let value = prop_oneof![2 => -10.0..10.0, 1 => Just(f64::NAN)];
            vec(value, nodes).prop_map(Array1::from_vec)
        };
        let v = vec(-80.0..40.0, nodes).prop_map(Array1::from_vec);
        let s = vec(0.0..1.0, 0..6).prop_map(Array1::from_vec);
        let branchpoints = btree_set(0..nodes, 0..=nodes);
        let branchpoints = branchpoints.prop_map(|set| set.into_iter().rev().collect());
        (v, gate(), gate(), s, branchpoints).prop_map(|(mut v, m, i_ca, s, branchpoints)| {
            v.invert_axis(Axis(0)); // an array that is not in memory order
            Toy::new([("v", v), ("m", m), ("i_Ca", i_ca), ("s", s)], branchpoints)
        })
    })
}

/// The states as bits: padding and the signs of zeros are compared, too.
#[must_use]
pub fn bits(states: &BTreeMap<String, Array1<f64>>) -> BTreeMap<&str, Vec<u64>> {
    let bits = |values: &Array1<f64>| values.iter().map(|x| x.to_bits()).collect();
    states.iter().map(|(key, values)| (key.as_str(), bits(values))).collect()
}
