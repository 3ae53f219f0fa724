//! A tree that differs on one rank is an error on all ranks.

use std::collections::BTreeMap;

use cluster::Exchange;
use mpi::traits::Communicator;
use ndarray::{Array1, Array2, aview0};
use pytree::PyTree;

use crate::ranks::{fails, succeeds};

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Layer {
    w: Array2<f64>,
    b: Array1<f64>,
    #[pytree(static)]
    order: usize,
}

fn layers() -> Vec<Layer> {
    vec![Layer { w: Array2::zeros((2, 3)), b: Array1::zeros(3), order: 1 }; 2]
}

#[test]
fn a_shape_that_differs() {
    let error = "rank 2: the tree does not match that of rank 0: at [1].w: expected shape [2, 3], found [3, 2]";
    fails("layouts::a_shape_that_differs", error, |world| {
        let mut tree = layers();
        if world.rank() == 2 {
            tree[1].w = Array2::zeros((3, 2));
        }
        Exchange::new(world, &tree)?;
        Ok(())
    });
}

#[test]
fn all_paths_that_differ() {
    let error = "rank 1: the tree does not match that of rank 0 in 3 places:\n  \
        at [0].b: expected shape [3], found [0]\n  \
        at [1]: static field order: expected 1, found 2\n  \
        at [1].b: expected shape [3], found [4]";
    fails("layouts::all_paths_that_differ", error, |world| {
        let mut tree = layers();
        if world.rank() > 0 {
            tree[0].b = Array1::zeros(0);
            tree[1].order = 2;
            tree[1].b = Array1::zeros(4);
        }
        Exchange::new(world, &tree)?;
        Ok(())
    });
}

#[test]
fn a_key_that_only_rank_0_has() {
    let error = "rank 1: the tree does not match that of rank 0: at the root: missing key 'g'";
    fails("layouts::a_key_that_only_rank_0_has", error, |world| {
        let mut tree = BTreeMap::from([("v", 1.0)]);
        if world.rank() == 0 {
            tree.insert("g", 2.0);
        }
        Exchange::new(world, &tree)?;
        Ok(())
    });
}

#[test]
fn another_element_type() {
    let error = "rank 2: the tree does not match that of rank 0: expected elements f64, found f32";
    fails("layouts::another_element_type", error, |world| {
        if world.rank() == 2 {
            Exchange::new(world, &[1.0_f32, 2.0])?;
        } else {
            Exchange::new(world, &[1.0_f64, 2.0])?;
        }
        Ok(())
    });
}

#[test]
fn a_message_that_mpi_cannot_count() {
    let error = "rank 1: a message of 2147483648 elements: MPI takes at most 2147483647; exchange fewer trees, or \
        parts of them";
    fails("layouts::a_message_that_mpi_cannot_count", error, |world| {
        let len = if world.rank() == 0 { 1 } else { 2_147_483_647 };
        let one = 1.0;
        let element = aview0(&one);
        let tree = element.broadcast(len).ok_or("a view of one element")?;
        Exchange::new(world, &tree)?;
        Ok(())
    });
}

#[test]
fn a_wrong_tree_on_one_rank_is_an_error_on_all() {
    succeeds("layouts::a_wrong_tree_on_one_rank_is_an_error_on_all", |world| {
        type Method = fn(&mut Exchange<'_, f64>, &mut Vec<f64>) -> Result<(), cluster::Error>;
        let methods: [Method; 5] = [
            |exchange, tree| exchange.sum(tree),
            |exchange, tree| exchange.mean(tree),
            |exchange, tree| exchange.max(tree),
            |exchange, tree| exchange.broadcast(tree),
            |exchange, tree| exchange.gather(std::slice::from_ref(tree)).map(|_| ()),
        ];
        let own = vec![f64::from(world.rank()), 2.0];
        let mut exchange = Exchange::new(world, &own)?;
        for wrong in 0..world.size() {
            for (index, method) in methods.iter().enumerate() {
                let mut tree = own.clone();
                if world.rank() == wrong {
                    tree.push(3.0);
                }
                let before = tree.clone();
                let error = method(&mut exchange, &mut tree).unwrap_err();
                let subject = ["tree", "batch"][index / 4];
                let at = ["the root", "[0]"][index / 4];
                let expected = format!(
                    "rank {wrong}: the {subject} does not match the layout: at {at}: expected shape [2], found [3]"
                );
                assert_eq!((error.to_string(), error.rank()), (expected, wrong));
                assert_eq!(tree, before);
            }
        }
        // After all these errors, no rank is ahead of the others.
        let mut tree = own;
        exchange.max(&mut tree)?;
        assert_eq!(tree, [f64::from(world.size() - 1), 2.0]);
        Ok(())
    });
}
