use mpi::traits::{Communicator, Equivalence, Root};
use pytree::PyTreeMut;

use crate::agree::agree;
use crate::error::Error;
use crate::exchange::exchange::Exchange;

impl<E: Equivalence + Default + Clone> Exchange<'_, E> {
    /// Writes the leaves of rank 0 to the trees of all other ranks.
    ///
    /// # Errors
    /// On every rank, if the tree of any rank has another layout: the first such rank, and every path at which its tree
    /// differs. No tree is changed then.
    ///
    /// ```
    /// use cluster::{Exchange, run};
    /// use mpi::traits::Communicator;
    ///
    /// run(|world| {
    ///     let mut tree = if world.rank() == 0 { [1.0, 2.0] } else { [0.0, 0.0] };
    ///     Exchange::new(world, &tree)?.broadcast(&mut tree)?;
    ///     assert_eq!(tree, [1.0, 2.0]);
    ///     Ok(())
    /// });
    /// ```
    #[doc(alias = "bcast")]
    pub fn broadcast<P: PyTreeMut<Elem = E>>(&mut self, tree: &mut P) -> Result<(), Error> {
        let (world, len) = (self.world, self.layout.len());
        let buffer = &mut self.send[..len];
        agree(world, self.layout.ravel_into(tree, &mut *buffer))?;
        world.process_at_rank(0).broadcast_into(buffer);
        // Only a type that visits other leaves each time fails here, on this rank alone.
        let unraveled = self.layout.unravel_into(&*buffer, tree);
        unraveled.map_err(|error| Error::of(world.rank(), error))
    }
}
