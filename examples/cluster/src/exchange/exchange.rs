use mpi::topology::SimpleCommunicator;
use mpi::traits::Equivalence;
use pytree::{Layout, PyTree};

use crate::error::Error;
use crate::exchange::layouts::shared_layout;

/// Exchanges trees of one layout between the ranks of a communicator: [`broadcast`](Self::broadcast),
/// [`sum`](Self::sum), [`mean`](Self::mean), [`max`](Self::max) and [`gather`](Self::gather).
///
/// Each method is a collective: all ranks have to call the same methods in the same order, as with MPI itself. What a
/// rank does wrong with its tree is an error on all ranks, so none waits for another.
///
/// A tree travels as one message, its flat vector. The exchange has two buffers of that length. A tree of arrays is
/// copied into the one and back from the other; where these copies matter, keep the elements in a vector from the start,
/// write them through a tree of views, and call rsmpi without an `Exchange`:
///
/// ```
/// use cluster::{Exchange, run};
/// use mpi::collective::SystemOperation;
/// use mpi::traits::CommunicatorCollectives;
/// use ndarray::{Array1, ArrayView1, ArrayViewMut1};
/// use pytree::PyTree;
///
/// #[derive(PyTree)]
/// struct Dense<A> { w: A, b: A }
///
/// run(|world| {
///     let exchange = Exchange::new(world, &Dense { w: Array1::<f64>::zeros(3), b: Array1::zeros(2) })?;
///     let layout = exchange.layout(); // the same on all ranks, as `new` has checked
///
///     let (mut own, mut sum) = (vec![0.0; layout.len()], vec![0.0; layout.len()]);
///     let mut gradient: Dense<ArrayViewMut1<f64>> = layout.views_mut(&mut own)?;
///     gradient.b.fill(1.0);
///     world.all_reduce_into(&own[..], &mut sum[..], SystemOperation::sum());
///     let gradient: Dense<ArrayView1<f64>> = layout.views(&sum)?;
///     assert!(gradient.b[1] >= 1.0);
///     Ok(())
/// });
/// ```
pub struct Exchange<'w, E> {
    pub(crate) world: &'w SimpleCommunicator,
    pub(crate) layout: Layout,
    /// The elements of a tree, and one more: whether this rank has failed.
    pub(crate) send: Vec<E>,
    /// As long as `send`.
    pub(crate) receive: Vec<E>,
}

impl<'w, E: Equivalence + Default + Clone> Exchange<'w, E> {
    /// Compares the trees of all ranks, and allocates the buffers. Their values may differ; their structures, static
    /// fields, shapes and element types may not.
    ///
    /// # Errors
    /// On every rank, if the tree of any rank differs from that of rank 0: the first such rank, and every path at which
    /// its tree differs. Also if a tree has 2,147,483,647 elements or more, which MPI cannot send in one message.
    ///
    /// ```
    /// use cluster::{Exchange, run};
    /// run(|world| {
    ///     let exchange = Exchange::new(world, &(vec![1.0, 2.0], 3.0))?;
    ///     assert_eq!(exchange.layout().len(), 3);
    ///     Ok(())
    /// });
    /// ```
    pub fn new<P: PyTree<Elem = E>>(
        world: &'w SimpleCommunicator,
        tree: &P,
    ) -> Result<Self, Error> {
        let layout = shared_layout(world, tree)?;
        let buffer = vec![E::default(); layout.len() + 1];
        Ok(Exchange { world, layout, send: buffer.clone(), receive: buffer })
    }

    /// The layout of the trees, for [`unravel_batch`](Layout::unravel_batch) and labels.
    ///
    /// ```
    /// use cluster::{Exchange, run};
    /// run(|world| {
    ///     let exchange = Exchange::new(world, &(vec![1.0, 2.0], 3.0))?;
    ///     assert_eq!(exchange.layout().label(1)?, "[0][1]");
    ///     Ok(())
    /// });
    /// ```
    pub fn layout(&self) -> &Layout {
        &self.layout
    }
}
