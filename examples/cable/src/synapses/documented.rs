//! The table of keys in the docs of the crate is that of the code.

use crate::channels::insertion::ChannelKind;
use crate::mechanism::mechanism::{Key, Keys};
use crate::synapses::connection::SynapseKind;

/// The cells of the rows about keys.
fn rows() -> Vec<[&'static str; 5]> {
    let lines = include_str!("../lib.rs").lines().filter_map(|line| line.strip_prefix("//! | "));
    let rows = lines.filter_map(|line| {
        let cells: Vec<_> = line.trim_end_matches(" |").split(" | ").collect();
        <[&str; 5]>::try_from(cells).ok()
    });
    rows.filter(|row| row[0].starts_with('`')).collect()
}

/// The keys of a kind, without its name, and their values, as documented.
fn documented(kind: &str, field: &str) -> Vec<(String, f64)> {
    let rows = rows().into_iter().filter(|row| row[0].trim_matches('`') == kind && row[1] == field);
    let pairs = |[_, _, keys, values, unit]: [&'static str; 5]| {
        assert!(!unit.is_empty(), "{kind}: {keys}");
        let keys: Vec<_> = keys.split(", ").map(|key| key.trim_matches('`')).collect();
        let values: Vec<_> = values.split(", ").collect();
        assert_eq!(keys.len(), values.len(), "{kind}: {keys:?}");
        let number = |value: &str| value.parse::<f64>().expect("a number");
        keys.into_iter().zip(values).map(move |(key, value)| (key.to_owned(), number(value)))
    };
    sorted(rows.flat_map(pairs).collect())
}

fn sorted(mut pairs: Vec<(String, f64)>) -> Vec<(String, f64)> {
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    pairs
}

#[test]
fn the_table_lists_every_key_and_its_value() {
    let channels = ChannelKind::ALL.iter().map(|kind| (kind.name(), kind.keys()));
    let synapses = SynapseKind::ALL.iter().map(|kind| (kind.name(), kind.keys()));
    let mut names = Vec::new();
    for (kind, Keys { params, states }) in channels.chain(synapses) {
        let pairs =
            |keys: &[Key]| sorted(keys.iter().map(|key| (key.under(""), key.value())).collect());
        assert_eq!(documented(kind, "parameters"), pairs(params), "{kind}");
        assert_eq!(documented(kind, "states"), pairs(states), "{kind}");
        names.push(kind);
    }
    let strange = |row: &[&str; 5]| {
        !names.contains(&row[0].trim_matches('`')) || !["parameters", "states"].contains(&row[1])
    };
    assert_eq!(rows().into_iter().find(strange), None);
}
