use std::collections::BTreeMap;

use cable::EdgeKind::{
    BranchpointToEnd, BranchpointToStart, Compartments, EndToBranchpoint, StartToBranchpoint,
};
use cable::{Channel, Edge, EdgeKind, Export, External, Mechanism, Recording};
use ndarray::Array1;

/// How many compartments a branch has.
const PER_BRANCH: usize = 4;

/// A cell that is a binary tree of `branches` branches, an odd number, of 4 compartments, each of
/// 10 um by 1 um, with HH and Leak everywhere and a stimulus of 0.1 nA into the first compartment.
///
/// It has a branchpoint for every two branches but the first, and 4 states a compartment. With 155
/// branches these are 77 and 2,480.
#[must_use]
pub fn binary_tree(branches: usize) -> Export {
    let compartments = branches * PER_BRANCH;
    let nodes = compartments + branches / 2;
    let everywhere = || (0..compartments).collect::<Vec<_>>();
    let edges = edges(branches);
    // 10 um of 5000 ohm cm, and half of that to a branchpoint.
    let rates = edges.iter().map(|edge| match edge.kind {
        Compartments => 10.0,
        BranchpointToEnd | BranchpointToStart => 20.0,
        EndToBranchpoint | StartToBranchpoint => 1.0, // only their ratio counts, there is no capacitance
    });
    let params = [
        ("HH_gNa", 0.12),
        ("HH_gK", 0.036),
        ("HH_gLeak", 3e-4),
        ("HH_eNa", 50.0),
        ("HH_eK", -77.0),
        ("HH_eLeak", -54.3),
        ("Leak_gLeak", 1e-4),
        ("Leak_eLeak", -70.0),
        ("area", 20.0 * std::f64::consts::PI),
        ("capacitance", 1.0),
    ];
    let states = [("HH_m", 0.05), ("HH_h", 0.6), ("HH_n", 0.3), ("v", -65.0)];
    let keys = params.iter().chain(&states).map(|(key, _)| key.to_string());
    let filled = |&(key, value): &(&str, f64)| {
        let mut values = Array1::from_elem(nodes, value);
        // So that no two compartments are alike.
        values.iter_mut().enumerate().for_each(|(n, x)| *x *= 1.0 + 1e-4 * (n as f64).sin());
        (key.to_string(), values)
    };
    Export {
        name: format!("binary_tree_{branches}"),
        delta_t: 0.025,
        steps: 40,
        nodes,
        branchpoints: (compartments..nodes).collect(),
        axial_conductances: rates.collect(),
        edges,
        membrane_keys: keys.collect(),
        params: params.iter().map(filled).collect(),
        states: states.iter().map(filled).collect(),
        membrane_current_names: vec!["i_HH".into(), "i_Leak".into()],
        synapse_current_names: vec![],
        channels: vec![
            channel(
                "HH",
                &["gNa", "gK", "gLeak", "eNa", "eK", "eLeak"],
                &["m", "h", "n"],
                everywhere(),
            ),
            channel("Leak", &["gLeak", "eLeak"], &[], everywhere()),
        ],
        synapses: vec![],
        externals: BTreeMap::from([(
            External::STIMULUS.to_string(),
            External { nodes: vec![0], values: vec![vec![0.1; 40]] },
        )]),
        recordings: vec![Recording { state: "v".into(), index: 0 }],
        trainables: vec![],
    }
}

fn channel(name: &str, params: &[&str], states: &[&str], nodes: Vec<usize>) -> Channel {
    let keys = |keys: &[&str]| keys.iter().map(|key| format!("{name}_{key}")).collect();
    let mechanism = Mechanism {
        kind: name.to_string(),
        name: name.to_string(),
        current: format!("i_{name}"),
        params: keys(params),
        states: keys(states),
    };
    Channel { mechanism, nodes }
}

/// Both directions of every pair of neighbours. Branch b ends in branchpoint b if it has children,
/// and these are the branches 2 b + 1 and 2 b + 2.
fn edges(branches: usize) -> Vec<Edge> {
    let both = |a, b, [there, back]: [EdgeKind; 2]| {
        [Edge { source: a, sink: b, kind: there }, Edge { source: b, sink: a, kind: back }]
    };
    let branchpoint = |branch: usize| branches * PER_BRANCH + branch;
    let branch = |branch: usize| {
        let first = branch * PER_BRANCH;
        let last = first + PER_BRANCH - 1;
        let inner = (first..last).map(|node| (node, node + 1, [Compartments; 2]));
        let start = [StartToBranchpoint, BranchpointToStart];
        let to_parent = (branch > 0).then(|| (first, branchpoint((branch.max(1) - 1) / 2), start));
        let end = [EndToBranchpoint, BranchpointToEnd];
        let to_children = (branch < branches / 2).then(|| (last, branchpoint(branch), end));
        inner.chain(to_parent).chain(to_children).collect::<Vec<_>>()
    };
    let pairs = (0..branches).flat_map(branch);
    pairs.flat_map(|(a, b, kinds)| both(a, b, kinds)).collect()
}
