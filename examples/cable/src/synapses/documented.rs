//! The docs of each mechanism list its keys, with the values that the code has.

use crate::channels;
use crate::mechanism::keys::{Key, Keys};
use crate::synapses::OURS;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The keys of one kind, without its name, and their values.
type Values = Vec<(String, f64)>;

/// Under the name of each struct that is documented in a folder: its parameters and its states.
fn documented(folder: &str) -> BTreeMap<String, [Values; 2]> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let mut found = BTreeMap::new();
    for file in fs::read_dir(folder).expect("a folder of mechanisms") {
        let text = fs::read_to_string(file.expect("a file").path()).expect("a text");
        let mut listed = [Values::new(), Values::new()];
        for line in text.lines() {
            if let Some(row) = line.strip_prefix("/// | ") {
                let cells: Vec<_> = row.trim_end_matches(" |").split(" | ").collect();
                let &[field, keys, values, unit] = &cells[..] else { continue };
                assert!(!unit.is_empty(), "{line}");
                let Some(field) = ["parameters", "states"].iter().position(|f| *f == field) else {
                    continue;
                };
                let keys: Vec<_> = keys.split(", ").map(|key| key.trim_matches('`')).collect();
                let values: Vec<f64> =
                    values.split(", ").map(|value| value.parse().expect("a number")).collect();
                assert_eq!(keys.len(), values.len(), "{line}");
                listed[field].extend(keys.into_iter().map(str::to_owned).zip(values));
            } else if let Some(name) = line.strip_prefix("pub struct ") {
                let listed = std::mem::take(&mut listed).map(sorted);
                found.insert(name.trim_end_matches(';').to_owned(), listed);
            }
        }
    }
    found
}

fn sorted(mut values: Values) -> Values {
    values.sort_by(|a, b| a.0.cmp(&b.0));
    values
}

fn assert_documented(folder: &str, kinds: impl Iterator<Item = (&'static str, Keys)>) {
    let documented = documented(folder);
    for (kind, Keys { params, states }) in kinds {
        let values = |keys: &[Key]| {
            let own = keys.iter().filter(|key| key.comes_with_it());
            sorted(own.map(|key| (key.under(""), key.value())).collect())
        };
        let expected = [values(params), values(states)];
        assert_eq!(documented.get(kind), Some(&expected), "{kind}");
    }
}

#[test]
fn the_docs_list_every_key_and_its_value() {
    let channels = channels::OURS.iter().map(|kind| (kind.name(), kind.keys()));
    assert_documented("channels", channels);
    let synapses = OURS.iter().map(|kind| (kind.name(), kind.keys()));
    assert_documented("synapses", synapses);
}
