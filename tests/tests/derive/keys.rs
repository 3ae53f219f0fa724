//! `#[derive(MapKey)]`.

use std::collections::{BTreeMap, HashMap};

use ndarray::{Array1, array};
use pytree::walk::{FromKey, KeyRef, MapKey as _};
use pytree::{
    Layout, MapKey, PyTree, Tree, ravel_pytree, tree_leaves_with_path, tree_map, tree_map2,
};

/// Not in alphabetical order.
#[derive(MapKey, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Ion {
    Na,
    K,
    #[pytree(rename = "Ca2+")]
    Calcium,
    r#Final,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Cell {
    ions: BTreeMap<Ion, Array1<f64>>,
}

fn cell() -> Cell {
    Cell {
        ions: BTreeMap::from([
            (Ion::K, array![1.0]),
            (Ion::Calcium, array![2.0, 3.0]),
            (Ion::Na, array![4.0]),
        ]),
    }
}

#[test]
fn a_variant_is_a_key_of_its_name() {
    for (ion, name) in [(Ion::Na, "Na"), (Ion::Calcium, "Ca2+"), (Ion::Final, "Final")] {
        assert!(ion.with_key(|key| key == KeyRef::Dict(name)));
        assert_eq!(Ion::from_key(KeyRef::Dict(name)), Some(ion));
    }
    for key in [KeyRef::Dict("Calcium"), KeyRef::Dict("na"), KeyRef::Int(0)] {
        assert_eq!(Ion::from_key(key), None);
    }
}

#[test]
fn the_order_is_that_of_the_enum_in_every_map() {
    let paths: Vec<_> = tree_leaves_with_path(&cell()).iter().map(|(p, _)| p.to_string()).collect();
    assert_eq!(paths, [".ions['Na']", ".ions['K']", ".ions['Ca2+']"]);
    let hashed: HashMap<_, _> = cell().ions.into_iter().collect();
    assert_eq!(ravel_pytree(&hashed).0, ravel_pytree(&cell().ions).0);
    assert_eq!(Layout::of(&hashed), Layout::of(&cell().ions));
}

#[test]
fn maps_are_built_and_found_by_key() {
    let (flat, unravel) = ravel_pytree(&cell());
    assert_eq!(flat, array![4.0, 1.0, 2.0, 3.0]);
    assert_eq!(unravel.range(".ions['Ca2+']").unwrap(), 2..4);
    assert_eq!(unravel.unravel::<_, Cell>(&flat).unwrap(), cell());
    let hashed: HashMap<Ion, Array1<f64>> = tree_map(|leaf| leaf.to_owned(), &cell().ions).unwrap();
    assert_eq!(hashed[&Ion::K], array![1.0]);
    // The dicts of a `Tree` are sorted.
    let tree: Tree<f64> = tree_map(|leaf| leaf.sum(), &cell().ions).unwrap();
    let back: BTreeMap<Ion, f64> = tree_map(|leaf| leaf[[]], &tree).unwrap();
    assert_eq!(back, BTreeMap::from([(Ion::Na, 4.0), (Ion::K, 1.0), (Ion::Calcium, 5.0)]));
    let sum: BTreeMap<Ion, f64> = tree_map2(|a, b| a[[]] + b[[]], &back, &tree).unwrap();
    assert_eq!(sum[&Ion::Calcium], 10.0);
}

#[test]
fn an_unknown_key_is_an_error_with_its_path() {
    let tree = BTreeMap::from([("Cl", 1.0), ("K", 2.0)]);
    let error = tree_map::<_, _, BTreeMap<Ion, f64>>(|leaf| leaf[[]], &tree).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the tree does not match the type to be built: at ['Cl']: expected a key of type \
         derive::keys::Ion, found 'Cl'"
    );
}
