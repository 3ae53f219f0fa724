//! `export_jaxley.py` writes the mechanisms that `cable` knows, and no others.

use std::collections::BTreeSet;
use std::error::Error;

use cable::channels::Leak;
use cable::synapses::TestSynapse;
use cable::{Build, Cable, Cell, Network};
use tests::exporter;

/// The names in a list, which may end with "and" or "or".
fn names(list: &str) -> BTreeSet<String> {
    let words = list.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.filter(|word| !["and", "or"].contains(word)).map(str::to_owned).collect()
}

#[test]
fn refuses_the_kinds_that_cable_does_not_know() -> Result<(), Box<dyn Error>> {
    let text = exporter();
    let (_, kinds) = text.split_once("\nKINDS = (\n").ok_or("no KINDS")?;
    let (kinds, _) = kinds.split_once("\n)").ok_or("no end of KINDS")?;

    let mut net = Network::new(&vec![Cell::default(); 2])?;
    let [pre, post] = [net.cell(0)?.selection(), net.cell(1)?.selection()];
    net.insert(Leak)?.connect(&pre, &post, TestSynapse)?;
    let export = net.export("net", 0.025, 0);
    let (mut channel, mut synapse) = (export.clone(), export);
    channel.channels[0].mechanism.kind = "Unheard".to_owned();
    synapse.synapses[0].mechanism.kind = "Unheard".to_owned();
    let mut known = BTreeSet::new();
    for module in [channel, synapse] {
        let error = Cable::new(module).map(drop).unwrap_err().to_string();
        let (_, list) = error.split_once("use one of ").ok_or("no list of kinds")?;
        known.extend(names(list));
    }
    assert_eq!(names(kinds), known);
    Ok(())
}
