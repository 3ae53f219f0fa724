use mpi::collective::SystemOperation;
use mpi::traits::{Communicator, CommunicatorCollectives};
use pytree::PyTreeMut;

use crate::agree::agree;
use crate::error::Error;
use crate::exchange::exchange::Exchange;
use crate::number::Number;

impl<E: Number> Exchange<'_, E> {
    /// Replaces each element by its sum over all ranks, with one message for all leaves. Does not allocate.
    ///
    /// The order of the summands depends on the number of ranks, and so does the last digit. For one number of ranks, a
    /// repeated run gives the same sums.
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
    ///     let mut tree = (vec![1.0, 2.0], 3.0);
    ///     Exchange::new(world, &tree)?.sum(&mut tree)?;
    ///     let ranks = f64::from(world.size());
    ///     assert_eq!(tree, (vec![ranks, 2.0 * ranks], 3.0 * ranks));
    ///     Ok(())
    /// });
    /// ```
    #[doc(alias = "psum")]
    #[doc(alias = "allreduce")]
    pub fn sum<P: PyTreeMut<Elem = E>>(&mut self, tree: &mut P) -> Result<(), Error> {
        self.reduce(tree, Self::add)
    }

    /// Replaces each element by its mean over all ranks: the [sum](Self::sum), divided by the number of ranks.
    ///
    /// # Errors
    /// As [`sum`](Self::sum).
    ///
    /// ```
    /// use cluster::{Exchange, run};
    /// run(|world| {
    ///     let mut tree = (vec![1.0, 2.0], 3.0);
    ///     Exchange::new(world, &tree)?.mean(&mut tree)?;
    ///     assert_eq!(tree, (vec![1.0, 2.0], 3.0)); // all ranks have the same
    ///     Ok(())
    /// });
    /// ```
    #[doc(alias = "pmean")]
    pub fn mean<P: PyTreeMut<Elem = E>>(&mut self, tree: &mut P) -> Result<(), Error> {
        self.reduce(tree, |exchange| {
            exchange.add();
            let ranks = exchange.world.size();
            exchange.receive.iter_mut().for_each(|x| *x = x.over(ranks));
        })
    }

    /// Replaces each element by its maximum over all ranks.
    ///
    /// The maximum is NaN where any rank has NaN, as that of NumPy, and 0 is larger than -0. (`MPI_MAX` itself leaves both
    /// open, and gives other results on other ranks. An integer is sent for each number instead, see [`Number`].)
    /// Allocates two vectors of integers.
    ///
    /// # Errors
    /// As [`sum`](Self::sum).
    ///
    /// ```
    /// use cluster::{Exchange, run};
    /// run(|world| {
    ///     let mut tree = [1.0, -2.0, f64::NAN];
    ///     Exchange::new(world, &tree)?.max(&mut tree)?;
    ///     assert_eq!(tree[..2], [1.0, -2.0]);
    ///     assert!(tree[2].is_nan());
    ///     Ok(())
    /// });
    /// ```
    #[doc(alias = "pmax")]
    pub fn max<P: PyTreeMut<Elem = E>>(&mut self, tree: &mut P) -> Result<(), Error> {
        self.reduce(tree, |exchange| {
            let send: Vec<_> = exchange.send.iter().map(|x| x.to_order()).collect();
            let mut receive = vec![E::Order::default(); send.len()];
            exchange.world.all_reduce_into(&send[..], &mut receive[..], SystemOperation::max());
            let maxima = receive.into_iter().map(E::from_order);
            exchange.receive.iter_mut().zip(maxima).for_each(|(x, maximum)| *x = maximum);
        })
    }

    fn add(&mut self) {
        let (send, receive) = (&self.send[..], &mut self.receive[..]);
        self.world.all_reduce_into(send, receive, SystemOperation::sum());
    }

    /// Ravels the tree, calls `all_reduce` to fill `receive` from `send`, and writes the result to the tree.
    ///
    /// A rank whose tree has another layout takes part in the message all the same, because the others wait for it. The
    /// last element of its message is 1 instead of 0, so all ranks see in the result that one has failed.
    fn reduce<P: PyTreeMut<Elem = E>>(
        &mut self,
        tree: &mut P,
        all_reduce: impl FnOnce(&mut Self),
    ) -> Result<(), Error> {
        if self.world.size() == 1 {
            // The sum, the mean and the maximum of one tree are that tree.
            return self.layout.check(tree).map_err(|error| Error::of(0, error));
        }
        let len = self.layout.len();
        let raveled = self.layout.ravel_into(tree, &mut self.send[..len]);
        self.send[len] = if raveled.is_ok() { E::default() } else { E::ONE };
        all_reduce(self);
        if self.receive[len] != E::default() {
            return agree(self.world, raveled);
        }
        // Only a type that visits other leaves each time fails here, on this rank alone.
        let unraveled = self.layout.unravel_into(&self.receive[..len], tree);
        unraveled.map_err(|error| Error::of(self.world.rank(), error))
    }
}
