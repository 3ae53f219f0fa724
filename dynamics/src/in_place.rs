use ndarray::{ArrayView, ArrayView1, ArrayViewMut, Dimension, Ix1};
use pytree::error::MismatchKind;
use pytree::{Layout, PyTree, Visitor, VisitorMut, tree_leaves_with_path};

use crate::error::{Error, Problem, ProblemKind};
use crate::module::{Scalar, is_nan, scalar};
use crate::plan::{Kept, Plan, State};
use crate::selection::any_nan;

/// The way between all states of one structure and the vector, without an allocation and without
/// the dictionary of dynamic states between.
///
/// Made by [`DynamicStateUtils::in_place`](crate::DynamicStateUtils::in_place), which shows it at work.
///
/// ```
/// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
/// # use cell::*;
/// let utils = build_dynamic_state_utils(&Cell)?;
/// let mut states = all_states();
/// let in_place = utils.in_place(&states)?;
/// let mut vector = [0.0; 3];
/// in_place.gather_into(&states, &mut vector)?;
/// assert_eq!(vector, [0.1, -70.0, -65.0]);
/// in_place.scatter_into(&[0.2, -60.0, -55.0], &mut states)?;
/// assert_eq!(states["v"], array![-60.0, -1.0, -55.0]);
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct InPlace<'u> {
    plan: &'u Plan,
    num_states: usize,
    /// The layout of all states.
    full: Layout,
    /// For each leaf of all states its number in the plan; `None` for a current.
    states: Vec<Option<usize>>,
}

impl<'u> InPlace<'u> {
    /// For trees like `all_states`, which has been found to fit `plan`.
    pub(crate) fn new<P: PyTree>(plan: &'u Plan, num_states: usize, all_states: &P) -> Self {
        let mut known = 0..;
        let leaves = tree_leaves_with_path(all_states);
        let states = leaves.iter().map(
            |(path, _)| {
                if plan.is_observable(path) { None } else { known.next() }
            },
        );
        InPlace { plan, num_states, full: Layout::of(all_states), states: states.collect() }
    }

    /// Writes the dynamic entries of `all_states` to `vector`.
    ///
    /// # Errors
    /// If `all_states` has another structure than the one this was made for, `vector` another
    /// length, or a state is NaN where it lives. Nothing has then been written.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let states = all_states();
    /// let in_place = utils.in_place(&states)?;
    /// let mut vector = [0.0; 3];
    /// in_place.gather_into(&states, &mut vector)?;
    /// assert_eq!(vector, [0.1, -70.0, -65.0]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn gather_into<P: PyTree<Elem: Scalar>>(
        &self,
        all_states: &P,
        vector: &mut [P::Elem],
    ) -> Result<(), Error> {
        self.check(all_states, vector.len())?;
        let mut find = FindNan { states: self.states(), problems: Vec::new() };
        all_states.walk(&mut find);
        Error::unless_none("all_states", find.problems)?;
        all_states.walk(&mut Gather { states: self.states(), rest: vector });
        Ok(())
    }

    /// Writes `vector` to the dynamic entries of `all_states`, NaN to its padding and -1 to its
    /// branchpoints. Currents and excluded states stay as they are.
    ///
    /// # Errors
    /// If `all_states` has another structure than the one this was made for, or `vector` another
    /// length or a NaN. Nothing has then been written.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let mut states = all_states();
    /// let in_place = utils.in_place(&states)?;
    /// in_place.scatter_into(&[0.2, -60.0, -55.0], &mut states)?;
    /// assert_eq!(states["v"], array![-60.0, -1.0, -55.0]);
    /// assert!(in_place.scatter_into(&[0.2], &mut states).is_err());
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn scatter_into<P: PyTree<Elem: Scalar>>(
        &self,
        vector: &[P::Elem],
        all_states: &mut P,
    ) -> Result<(), Error> {
        self.scatter(vector, all_states, false)
    }

    /// As [`scatter_into`](Self::scatter_into), and excluded states become what they are initially:
    /// all is then as [`DynamicStateUtils::add_observables`](crate::DynamicStateUtils::add_observables)
    /// hands it to the module, but for the currents.
    pub(crate) fn restore_into<P: PyTree<Elem: Scalar>>(
        &self,
        vector: &[P::Elem],
        all_states: &mut P,
    ) -> Result<(), Error> {
        self.scatter(vector, all_states, true)
    }

    fn scatter<P: PyTree<Elem: Scalar>>(
        &self,
        vector: &[P::Elem],
        all_states: &mut P,
        excluded: bool,
    ) -> Result<(), Error> {
        self.check(all_states, vector.len())?;
        if any_nan(vector) {
            return Err(Error::new("vector", self.plan.nans(&vector.into())));
        }
        let states = self.states();
        all_states.walk_mut(&mut Scatter { states, rest: vector, plan: self.plan, excluded });
        Ok(())
    }

    /// What becomes of each leaf of all states, in order; `None` for a current.
    fn states(&self) -> impl Iterator<Item = Option<&State>> {
        self.states.iter().map(|state| state.map(|state| &self.plan.states[state]))
    }

    fn check<P: PyTree>(&self, all_states: &P, found: usize) -> Result<(), Error> {
        let full = self.full.check(all_states);
        full.map_err(|error| Error::from_pytree("all_states", &error))?;
        let expected = self.num_states;
        if found == expected {
            return Ok(());
        }
        let kind = ProblemKind::Mismatch(MismatchKind::Other(
            format!("expected length {expected}, found {found}").into(),
        ));
        Err(Error::about("vector", kind))
    }
}

/// Finds the NaNs among the dynamic entries.
struct FindNan<I> {
    states: I,
    problems: Vec<Problem>,
}

impl<'a, 's, T: Scalar, I: Iterator<Item = Option<&'s State>>> Visitor<'a, T> for FindNan<I> {
    #[inline]
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, T, D>) {
        let Some(Some(state)) = self.states.next() else { return };
        match (&state.kept, vector_view(&leaf)) {
            (Kept::Nodes(live), Some(full)) if live.has_nan(&full) => {
                self.problems.extend(state.nans(live.kept().map(|node| &full[node])));
            }
            (Kept::Whole, _) if leaf.iter().any(is_nan) => {
                self.problems.extend(state.nans(leaf.iter()));
            }
            _ => {}
        }
    }
}

/// Writes the dynamic entries to the front of what is left of the vector.
struct Gather<'o, I, T> {
    states: I,
    rest: &'o mut [T],
}

impl<'a, 's, T: Scalar, I: Iterator<Item = Option<&'s State>>> Visitor<'a, T> for Gather<'_, I, T> {
    #[inline]
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, T, D>) {
        let Some(Some(state)) = self.states.next() else { return };
        let Some(out) = self.rest.split_off_mut(..state.len()) else { return };
        match (&state.kept, vector_view(&leaf)) {
            (Kept::Nodes(live), Some(full)) => live.gather(&full, out),
            _ => out.iter_mut().zip(&leaf).for_each(|(out, x)| *out = x.clone()),
        }
    }
}

/// Reads the dynamic entries from the front of what is left of the vector.
struct Scatter<'i, I, T> {
    states: I,
    rest: &'i [T],
    plan: &'i Plan,
    /// Whether excluded states are written too.
    excluded: bool,
}

impl<'a, 's, T: Scalar, I: Iterator<Item = Option<&'s State>>> VisitorMut<'a, T>
    for Scatter<'_, I, T>
{
    #[inline]
    fn leaf<D: Dimension>(&mut self, mut leaf: ArrayViewMut<'a, T, D>) {
        let Some(Some(state)) = self.states.next() else { return };
        let Some(values) = self.rest.split_off(..state.len()) else { return };
        match &state.kept {
            Kept::Excluded(initial) if self.excluded => {
                leaf.iter_mut().zip(initial).for_each(|(out, &x)| *out = scalar(x));
            }
            Kept::Excluded(_) => {}
            Kept::Whole => leaf.iter_mut().zip(values).for_each(|(out, x)| *out = x.clone()),
            Kept::Nodes(live) => {
                // A state of nodes has one axis: the layout has been checked.
                if let Ok(mut full) = leaf.into_dimensionality::<Ix1>() {
                    live.restore(values, &self.plan.compartments, &mut full);
                }
            }
        }
    }
}

/// The same view if it has one axis.
#[inline]
fn vector_view<'v, T, D: Dimension>(leaf: &'v ArrayView<'_, T, D>) -> Option<ArrayView1<'v, T>> {
    leaf.view().into_dimensionality::<Ix1>().ok()
}
