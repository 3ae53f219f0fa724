//! Batches at rank 0, and trees from there.

use cluster::Exchange;
use mpi::traits::Communicator;
use ndarray::{ArrayView1, aview0};

use crate::ranks::{fails, succeeds};

#[test]
fn rows_are_in_the_order_of_the_ranks() {
    succeeds("gather::rows_are_in_the_order_of_the_ranks", |world| {
        // Rank 0 has 2 trees, rank 1 none, rank 2 one, rank 3 two.
        let number = |rank: i32| [2, 0, 1, 2][usize::try_from(rank).unwrap_or_default()];
        let of = |rank: i32| -> Vec<(i32, [i32; 2])> {
            (0..number(rank)).map(|tree| (rank, [tree, 10 * rank + tree])).collect()
        };
        let exchange = Exchange::new(world, &(0, [0, 0]))?;
        let gathered = exchange.gather(&of(world.rank()))?;
        assert_eq!(gathered.is_some(), world.rank() == 0);
        if let Some(matrix) = gathered {
            let expected: Vec<_> = (0..world.size()).flat_map(of).collect();
            let trees: Vec<(i32, [i32; 2])> = exchange.layout().unravel_batch(&matrix)?;
            assert_eq!(trees, expected);
        }
        Ok(())
    });
}

#[test]
fn nothing_is_gathered_to_no_rows() {
    succeeds("gather::nothing_is_gathered_to_no_rows", |world| {
        let exchange = Exchange::new(world, &[1_u8, 2])?;
        let gathered = exchange.gather::<[u8; 2]>(&[])?;
        assert_eq!(gathered.map(|rows| rows.dim()), (world.rank() == 0).then_some((0, 2)));
        Ok(())
    });
}

#[test]
fn trees_of_other_numbers_are_broadcast() {
    succeeds("gather::trees_of_other_numbers_are_broadcast", |world| {
        let root = world.rank() == 0;
        let mut seeds = if root { vec![u64::MAX, 1, 2] } else { vec![0; 3] };
        Exchange::new(world, &seeds)?.broadcast(&mut seeds)?;
        assert_eq!(seeds, [u64::MAX, 1, 2]);
        let mut flags = [root, !root];
        Exchange::new(world, &flags)?.broadcast(&mut flags)?;
        assert_eq!(flags, [true, false]);
        Ok(())
    });
}

#[test]
fn a_batch_that_mpi_cannot_count() {
    let error = "a message of 3221225472 elements: MPI takes at most 2147483647; exchange fewer trees, or parts of them";
    fails("gather::a_batch_that_mpi_cannot_count", error, |world| {
        let one = 1.0;
        let element = aview0(&one);
        let tree: ArrayView1<'_, f64> =
            element.broadcast(1 << 20).ok_or("a view of one element")?;
        Exchange::new(world, &tree)?.gather(&vec![tree; 1024])?;
        Ok(())
    });
}
