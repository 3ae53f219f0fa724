//! Between labels and positions: one numbering, every spelling of a name, and the errors.

use dynamics::{Module, Names, Scalar, build_dynamic_state_utils};
use ndarray::{ArrayD, arr0, array};
use pytree::{Layout, Tree};
use tests::{Toy, message};

#[test]
fn lookups_say_why_an_entry_is_not_part_of_the_vector() {
    let toy = Toy::small();
    let utils = build_dynamic_state_utils(&toy).unwrap();
    assert_eq!(utils.labels(), ["i_Ca[2]", "m[0]", "s[0]", "s[1]", "v[0]", "v[2]"]);
    let index = |label: &str| message(utils.index(label));
    let range = |state: &str| message(utils.range(state));
    // Entry 2 of `v` is node 2, and the second of the kept ones.
    assert_eq!(utils.index("v[2]").unwrap(), 5);
    assert_eq!(index("v[1]"), "label: v[1] is not part of the vector; stripped: a branchpoint");
    assert_eq!(
        range("m[2]"),
        "state: m[2] is not part of the vector; stripped: the node has no such state"
    );
    assert_eq!(index("v[3]"), r#"label: "v[3]" is not an entry of the state, whose shape is [3]"#);
    assert_eq!(index("v"), r#"label: "v" has 2 elements; give one of them: v[0], v[2]"#);
    assert_eq!(index("i_HH[0]"), r#"label: "i_HH" is a current and not part of the vector"#);
    assert_eq!(range("i_s"), r#"state: "i_s" is a current and not part of the vector"#);
    for wrong in ["w[0]", "v[02]", "v[0][0]", "v[", "['v", "['w']", ".v"] {
        let states = r#"the states are "i_Ca", "m", "s", "v""#;
        assert_eq!(range(wrong), format!("state: no state is called {wrong:?}; {states}"));
    }
    assert_eq!(message(utils.label(6)), "position: 6 is past the end of the vector of length 6");
    assert!(index(&"[0]".repeat(1_000_000)).len() < 200);

    let without = utils.excluding(&["s"]).unwrap();
    assert_eq!(
        message(without.range("s")),
        "state: s[0] is not part of the vector; stripped: excluded by name"
    );
}

/// Synapse states of any structure.
struct Of(Tree<ArrayD<f64>>);

impl Module for Of {
    type States<T: Scalar> = Tree<ArrayD<T>>;

    fn initial_states(&self) -> Tree<ArrayD<f64>> {
        self.0.clone()
    }

    fn num_nodes(&self) -> usize {
        0
    }

    fn branchpoints(&self) -> Vec<usize> {
        vec![]
    }

    fn is_membrane_key(&self, _: &str) -> bool {
        false
    }

    fn membrane_current_names(&self) -> Vec<String> {
        vec![]
    }

    fn synapse_current_names(&self) -> Vec<String> {
        vec![]
    }
}

fn dict<const N: usize>(entries: [(&str, Tree<ArrayD<f64>>); N]) -> Tree<ArrayD<f64>> {
    Tree::Dict(entries.map(|(key, tree)| (key.into(), tree)).into())
}

fn leaf(len: usize) -> Tree<ArrayD<f64>> {
    Tree::Leaf(ArrayD::zeros(vec![len]))
}

#[test]
fn a_name_that_several_states_have_is_refused() {
    let cells = Of(dict([("a", dict([("v", leaf(1))])), ("b", dict([("v", leaf(1))]))]));
    let utils = build_dynamic_state_utils(&cells).unwrap();
    assert_eq!(utils.labels(), ["a/v[0]", "b/v[0]"]);
    for label in ["b/v[0]", "['b']['v'][0]"] {
        assert_eq!(utils.index(label).unwrap(), 1);
    }
    assert_eq!(
        message(utils.index("v[0]")),
        r#"label: several states are called "v"; give the path of one: ['a']['v'], ['b']['v']"#
    );
    // A key that looks like the label of an entry, and one that looks like two keys.
    let odd = Of(dict([
        ("a", leaf(3)),
        ("a[2]", Tree::Leaf(arr0(1.0).into_dyn())),
        ("b", dict([("c", leaf(1))])),
        ("b/c", leaf(1)),
    ]));
    let utils = build_dynamic_state_utils(&odd).unwrap();
    assert_eq!(utils.labels(), ["a[0]", "a[1]", "a[2]", "a[2]", "b/c[0]", "b/c[0]"]);
    assert_eq!(
        message(utils.index("a[2]")),
        r#"label: "a[2]" is the name of a state and of an entry of another; give the path: ['a[2]'] or ['a'][2]"#
    );
    assert_eq!(
        message(utils.index("b/c[0]")),
        r#"label: several states are called "b/c"; give the path of one: ['b']['c'], ['b/c']"#
    );
    let paths = ["['a'][2]", "['a[2]']", "['b']['c'][0]", "['b/c'][0]"];
    assert!(paths.iter().map(|path| utils.index(path).unwrap()).eq(2..6));
}

#[test]
fn an_index_after_an_inner_node_is_a_key() {
    let cells = Of(dict([("cells", Tree::List(vec![leaf(3)])), ("d", leaf(0))]));
    let utils = build_dynamic_state_utils(&cells).unwrap();
    assert_eq!(utils.labels(), ["cells/0[0]", "cells/0[1]", "cells/0[2]"]);
    for state in ["cells/0", "['cells'][0]", "['cells']", ""] {
        assert_eq!(utils.range(state).unwrap(), 0..3);
    }
    assert_eq!(utils.index("['cells'][0][2]").unwrap(), 2);
    assert_eq!(
        message(utils.index("['cells'][2]")),
        r#"label: no state is called "['cells'][2]"; the states are "cells/0", "d""#
    );
    // A state that is empty from the beginning has an empty range.
    assert_eq!(utils.range("d").unwrap(), 3..3);
}

#[test]
fn names_are_those_of_utils_or_of_a_layout() {
    let toy = Toy::small();
    let utils = build_dynamic_state_utils(&toy).unwrap();
    assert_eq!(Names::from(&utils).labels(), utils.labels());
    let layout = Layout::of(&(array![[1.0, 2.0]], [3.0, 4.0], 5.0));
    assert_eq!(Names::from(&layout).labels(), ["0[0,0]", "0[0,1]", "1[0]", "1[1]", "2"]);
}
