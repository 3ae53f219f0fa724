//! Deleting removes what is in view, and nothing else.

use crate::error_text::text;
use cable::channels::{HH, Leak};
use cable::synapses::TestSynapse;
use cable::{Build, CableError, Cell, Network};

/// Four cells of one compartment; cell 0 is connected to the others.
fn net() -> Result<Network, CableError> {
    let mut net = Network::new(&vec![Cell::default(); 4])?;
    net.insert(Leak)?;
    let (pre, post) = (net.cell(0)?.selection(), net.cell(1..)?.selection());
    net.fully_connect(&pre, &post, TestSynapse)?;
    Ok(net)
}

fn recorded(net: &Network) -> Result<Vec<(String, usize)>, CableError> {
    let cable = net.build(0.025)?;
    Ok(cable.recordings().iter().map(|r| (r.state.clone(), r.index)).collect())
}

#[test]
fn recordings_of_what_is_in_view() -> Result<(), CableError> {
    let mut net = net()?;
    net.record("v")?.synapse("TestSynapse")?.record("TestSynapse_c")?;
    net.cell(2)?.delete_recordings(); // no synapse has both ends there
    let v = |index| ("v".to_owned(), index);
    let c = |index| ("TestSynapse_c".to_owned(), index);
    assert_eq!(recorded(&net)?, [v(0), v(1), v(3), c(0), c(1), c(2)]);
    net.edge(1)?.delete_recordings(); // from cell 0 to cell 2
    assert_eq!(recorded(&net)?, [v(1), v(3), c(0), c(2)]);
    net.delete_recordings();
    assert!(recorded(&net)?.is_empty());
    Ok(())
}

#[test]
fn stimuli_and_clamps_of_what_is_in_view() -> Result<(), CableError> {
    let mut net = net()?;
    net.stimulate([vec![0.1], vec![0.2], vec![0.3], vec![0.4]])?.clamp("v", vec![-65.0])?;
    net.synapse("TestSynapse")?.clamp("TestSynapse_c", [vec![0.5], vec![0.6], vec![0.7]])?;
    net.cell([0, 2])?.delete_stimuli();
    net.edge(1)?.delete_clamps(Some("TestSynapse_c"))?;
    net.cell(3)?.delete_clamps(None)?;

    let cable = net.build(0.025)?;
    let external = |name: &str| {
        let external = &cable.externals()[name];
        (external.nodes.clone(), external.values.concat())
    };
    assert_eq!(external("i"), (vec![1, 3], vec![0.2, 0.4]));
    assert_eq!(external("v"), (vec![0, 1, 2], vec![-65.0; 3]));
    assert_eq!(external("TestSynapse_c"), (vec![0, 2], vec![0.5, 0.7]));

    net.delete_clamps(None)?;
    assert!(net.build(0.025)?.externals().keys().eq(["i"]));
    net.delete_stimuli().delete_stimuli();
    assert!(net.build(0.025)?.externals().is_empty());
    Ok(())
}

#[test]
fn a_state_that_the_module_does_not_have() -> Result<(), CableError> {
    let mut net = net()?;
    assert_eq!(text(net.delete_clamps(Some("HH_m"))), text(net.clamp("HH_m", vec![0.0])));
    net.insert(HH)?.delete_clamps(Some("HH_m"))?; // there are no clamps
    Ok(())
}

#[test]
fn trainable_parameters() -> Result<(), CableError> {
    let mut net = net()?;
    net.make_trainable("radius")?.make_trainable("Leak_gLeak")?;
    net.delete_trainables();
    assert!(net.get_parameters().is_empty());
    assert!(net.build(0.025)?.get_parameters().is_empty());
    Ok(())
}
