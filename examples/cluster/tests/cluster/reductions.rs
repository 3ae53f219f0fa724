//! Sums, means and maxima against those of one rank that has the trees of all.

use std::collections::BTreeMap;

use cluster::Exchange;
use mpi::Rank;
use mpi::traits::Communicator;
use ndarray::{Array1, Array2, ArrayView1};
use pytree::{Layout, PyTree, tree_mapv};

use crate::ranks::{Outcome, succeeds};

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Layer<T> {
    w: Array2<T>,
    b: Vec<T>,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Params<T> {
    layers: Vec<Layer<T>>,
    rates: BTreeMap<String, T>,
    none: Option<T>,
}

/// The tree of a rank: numbers of many magnitudes, and of both signs.
fn params(rank: Rank) -> Params<f64> {
    let number = |index: usize| {
        let x = f64::from(rank + 1) * 0.37 + index as f64 * 0.61;
        x.sin() * (10.0 * (x * 1.7).cos()).exp()
    };
    let layers = (0..3).map(|layer| {
        let w = Array2::from_shape_fn((4, 5), |(i, j)| number(layer * 40 + i * 5 + j));
        Layer { w, b: (0..5).map(|j| number(layer * 40 + 30 + j)).collect() }
    });
    let rates = [("a", 200), ("b", 201)].map(|(key, index)| (key.to_owned(), number(index)));
    Params { layers: layers.collect(), rates: rates.into(), none: None }
}

/// A vector over all trees: for each element, what `of` makes of its values on the ranks.
fn expected(ranks: Rank, of: impl Fn(ArrayView1<'_, f64>) -> f64) -> Outcome<Array1<f64>> {
    let trees: Vec<_> = (0..ranks).map(params).collect();
    let matrix = Layout::of(&trees[0]).ravel_batch(&trees)?;
    Ok(matrix.columns().into_iter().map(of).collect())
}

/// Asserts that the tree has the same bits on all ranks.
fn assert_shared(exchange: &Exchange<'_, f64>, tree: &Params<f64>) -> Outcome {
    if let Some(rows) = exchange.gather(std::slice::from_ref(tree))? {
        let bits = rows.mapv(f64::to_bits);
        assert!(bits.rows().into_iter().all(|row| row == bits.row(0)), "{rows}");
    }
    Ok(())
}

#[test]
fn sums_and_means_are_those_of_one_rank() {
    succeeds("reductions::sums_and_means_are_those_of_one_rank", |world| {
        let [mut sum, mut mean] = [params(world.rank()), params(world.rank())];
        let mut exchange = Exchange::new(world, &sum)?;
        exchange.sum(&mut sum)?;
        exchange.mean(&mut mean)?;

        let ranks = f64::from(world.size());
        let sizes = expected(world.size(), |column| column.mapv(f64::abs).sum())?;
        let sums = expected(world.size(), |column| column.sum())?;
        for (found, expected) in [(&sum, &sums), (&mean, &(&sums / ranks))] {
            let found = exchange.layout().ravel(found)?;
            for ((found, expected), size) in found.iter().zip(expected).zip(&sizes) {
                assert!(
                    (found - expected).abs() <= 4.0 * f64::EPSILON * size,
                    "{found} {expected}"
                );
            }
        }
        if world.size() == 1 {
            assert_eq!([&sum, &mean], [&params(0); 2]);
        }
        assert_shared(&exchange, &sum)?;
        assert_shared(&exchange, &mean)
    });
}

#[test]
fn maxima_are_exact() {
    succeeds("reductions::maxima_are_exact", |world| {
        let mut max = params(world.rank());
        let mut exchange = Exchange::new(world, &max)?;
        exchange.max(&mut max)?;
        let maxima = expected(world.size(), |column| column.fold(f64::MIN, |a, b| a.max(*b)))?;
        assert_eq!(exchange.layout().ravel(&max)?, maxima);
        assert_shared(&exchange, &max)
    });
}

#[test]
fn a_maximum_with_nan_is_nan_and_zeros_have_a_sign() {
    succeeds("reductions::a_maximum_with_nan_is_nan_and_zeros_have_a_sign", |world| {
        let (last, nan) = (world.rank() == world.size() - 1, f32::NAN);
        // The values on the last rank, on the others, and their maximum.
        let cases = [
            (nan, 1.0, nan),
            (-nan, f32::INFINITY, nan),
            (1.0, -nan, nan),
            (0.0, -0.0, 0.0),
            (-0.0, 0.0, 0.0),
            (-0.0, -0.0, -0.0),
            (f32::NEG_INFINITY, f32::MIN, f32::MIN),
            (-1.0, -2.0, -1.0),
            (1e-45, 0.0, 1e-45),
        ];
        for (at_last, at_others, of_both) in cases {
            let own = if last { at_last } else { at_others };
            let expected = if world.size() == 1 { own } else { of_both };
            let (mut double, mut single) = ([f64::from(own)], [own]);
            Exchange::new(world, &double)?.max(&mut double)?;
            Exchange::new(world, &single)?.max(&mut single)?;
            for found in [double[0], f64::from(single[0])] {
                let expected = f64::from(expected);
                let both_nan = found.is_nan() && expected.is_nan();
                let same = both_nan || found.to_bits() == expected.to_bits();
                assert!(same, "{at_last}, {at_others}: expected {expected}, found {found}");
            }
        }
        Ok(())
    });
}

#[test]
fn f32_is_summed_as_f32() {
    succeeds("reductions::f32_is_summed_as_f32", |world| {
        let mut tree: Params<f32> = tree_mapv(|_| 0.1, &params(world.rank()))?;
        let mut exchange = Exchange::new(world, &tree)?;
        exchange.sum(&mut tree)?;
        let sums = [0.1_f32, 0.1 + 0.1, 0.1 + 0.1 + 0.1, 0.1 + 0.1 + 0.1 + 0.1];
        let expected = sums[usize::try_from(world.size())? - 1];
        assert!(exchange.layout().ravel(&tree)?.iter().all(|x| (x - expected).abs() < 1e-7));
        exchange.mean(&mut tree)?;
        assert!(exchange.layout().ravel(&tree)?.iter().all(|x| (x - expected).abs() < 1e-7));
        Ok(())
    });
}

#[test]
fn empty_trees_are_exchanged() {
    succeeds("reductions::empty_trees_are_exchanged", |world| {
        let mut tree: (Vec<f64>, Option<f64>) = (vec![], None);
        let mut exchange = Exchange::new(world, &tree)?;
        exchange.sum(&mut tree)?;
        exchange.mean(&mut tree)?;
        exchange.max(&mut tree)?;
        exchange.broadcast(&mut tree)?;
        let ranks = usize::try_from(world.size())?;
        let gathered = exchange.gather(&[tree.clone(), tree])?;
        assert_eq!(gathered.map(|rows| rows.dim()), (world.rank() == 0).then_some((2 * ranks, 0)));
        Ok(())
    });
}

#[test]
fn an_exchange_serves_again_and_again() {
    succeeds("reductions::an_exchange_serves_again_and_again", |world| {
        let mut tree = params(world.rank());
        let mut exchange = Exchange::new(world, &tree)?;
        exchange.broadcast(&mut tree)?;
        assert_eq!(tree, params(0));
        for _ in 0..100 {
            exchange.mean(&mut tree)?;
        }
        exchange.max(&mut tree)?;
        // A mean of 3 may be rounded.
        let (found, expected) =
            (exchange.layout().ravel(&tree)?, Layout::of(&tree).ravel(&params(0))?);
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-13 * b.abs()));
        Ok(())
    });
}
