use mpi::Count;
use mpi::datatype::PartitionMut;
use mpi::traits::{Communicator, CommunicatorCollectives, Equivalence, Root};
use ndarray::Array2;
use pytree::PyTree;

use crate::agree::{agree, count};
use crate::error::Error;
use crate::exchange::exchange::Exchange;

impl<E: Equivalence + Default + Clone> Exchange<'_, E> {
    /// Copies the trees of all ranks to a matrix on rank 0 with a row for each tree, and returns `None` on the other
    /// ranks.
    ///
    /// The rows are in the order of the ranks, and those of a rank in the order of its trees. A rank may have any
    /// number of trees, also none. The matrix is that of [`Layout::ravel_batch`](pytree::Layout::ravel_batch), and
    /// [`Layout::unravel_batch`](pytree::Layout::unravel_batch) makes trees of it.
    ///
    /// # Errors
    /// On every rank, if a tree of any rank has another layout, or if all trees together have more than 2,147,483,647
    /// elements.
    ///
    /// ```
    /// use cluster::{Exchange, run};
    /// use mpi::traits::Communicator;
    ///
    /// run(|world| {
    ///     let own = [(world.rank(), [1, 2])];
    ///     let exchange = Exchange::new(world, &own[0])?;
    ///     if let Some(matrix) = exchange.gather(&own)? {
    ///         let trees: Vec<(i32, [i32; 2])> = exchange.layout().unravel_batch(&matrix)?;
    ///         assert_eq!(trees[0], (0, [1, 2])); // of rank 0
    ///     }
    ///     Ok(())
    /// });
    /// ```
    pub fn gather<P: PyTree<Elem = E>>(&self, trees: &[P]) -> Result<Option<Array2<E>>, Error> {
        let (world, len) = (self.world, self.layout.len());
        let mut rows = vec![0; usize::try_from(world.size()).unwrap_or(0)];
        world.all_gather_into(&trees.len(), &mut rows[..]);
        // All ranks know all numbers of trees, so they find the same error without a further message.
        let all = rows.iter().fold(0, |all: usize, &rows| all.saturating_add(rows));
        count(all.saturating_mul(len)).map_err(Error::of_all)?;

        let own = agree(world, self.layout.ravel_batch(trees))?;
        if all * len == 0 {
            // MPI takes the two addresses of nothing for one buffer, and refuses to gather from a buffer to itself.
            return Ok((world.rank() == 0).then(|| Array2::from_elem((all, len), E::default())));
        }
        let root = world.process_at_rank(0);
        if world.rank() != 0 {
            root.gather_varcount_into(own.as_slice().unwrap_or_default());
            return Ok(None);
        }
        let (mut counts, mut starts, mut end) = (Vec::new(), Vec::new(), 0);
        for rows in rows {
            // These fit, because the count of all elements does.
            let elements = Count::try_from(rows * len).unwrap_or(0);
            starts.push(end);
            counts.push(elements);
            end += elements;
        }
        let mut matrix = Array2::from_elem((all, len), E::default());
        let elements = matrix.as_slice_mut().unwrap_or_default();
        let mut parts = PartitionMut::new(elements, counts, starts);
        root.gather_varcount_into_root(own.as_slice().unwrap_or_default(), &mut parts);
        Ok(Some(matrix))
    }
}
