use ndarray::{ArrayView, ArrayViewMut, Dimension};
use pytree::walk::{Visitor, VisitorMut};
use pytree::{Layout, PyTree, PyTreeMut};

use crate::error::{Error, Problem, ProblemKind};
use crate::plan::{ONLY_PADDING, Plan, State};
use crate::scalar::{Scalar, any_nan};

/// The way between all states and the vector without an allocation, for states of one structure.
///
/// [`gather_into`](Self::gather_into) does what
/// [`remove_observables`](crate::DynamicStateUtils::remove_observables) and
/// [`flatten`](crate::DynamicStateUtils::flatten) do, and [`scatter_into`](Self::scatter_into) what
/// [`unflatten`](crate::DynamicStateUtils::unflatten) and
/// [`add_observables`](crate::DynamicStateUtils::add_observables) do before the currents are computed.
/// Each checks its arguments before the first write. Made by
/// [`DynamicStateUtils::in_place`](crate::DynamicStateUtils::in_place).
///
/// ```
/// use dynamics::{build_dynamic_state_utils, example::Cell};
/// use ndarray::array;
///
/// let utils = build_dynamic_state_utils(&Cell)?;
/// let mut states = Cell.all_states();
/// let in_place = utils.in_place(&states)?;
/// let mut vector = [0.0; 3];
/// for _ in 0..10 {
///     in_place.gather_into(&states, &mut vector)?;
///     vector.iter_mut().for_each(|x| *x *= 0.5);
///     in_place.scatter_into(&vector, &mut states)?;
/// }
/// assert_eq!(states["v"], array![-70.0 / 1024.0, -1.0, -65.0 / 1024.0]);
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct InPlace<'u> {
    plan: &'u Plan,
    /// The layout of all states, observables included: what every call is checked against.
    layout: Layout,
    /// For each leaf of all states, whether it is a state: the next one of the plan. The other leaves are
    /// currents.
    is_state: Vec<bool>,
}

impl<'u> InPlace<'u> {
    /// For trees like `all_states`, whose leaves are states or not as `is_state` says.
    pub(crate) fn new<P: PyTree>(plan: &'u Plan, all_states: &P, is_state: Vec<bool>) -> Self {
        InPlace { plan, layout: Layout::of(all_states), is_state }
    }

    /// Writes the dynamic entries of `all_states` to `vector`.
    ///
    /// # Errors
    /// If `all_states` has another structure or shape than the states this was made for, `vector`
    /// another length, or a dynamic entry is NaN. Nothing is written then.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let states = Cell.all_states();
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
        self.gather(all_states, vector, "all_states", ONLY_PADDING)
    }

    /// [`gather_into`](Self::gather_into), with errors that say that they came after a step.
    pub(crate) fn gather_after_step<P: PyTree<Elem: Scalar>>(
        &self,
        all_states: &P,
        vector: &mut [P::Elem],
    ) -> Result<(), Error> {
        let hint = "which it was not before the step; delta_t may be too large";
        self.gather(all_states, vector, "all_states after the step", hint)
    }

    fn gather<P: PyTree<Elem: Scalar>>(
        &self,
        all_states: &P,
        vector: &mut [P::Elem],
        argument: &'static str,
        hint: &str,
    ) -> Result<(), Error> {
        self.check(all_states, argument)?;
        self.check_len(vector.len())?;
        let mut nans = FindNans { states: self.states(), hint, problems: Vec::new() };
        all_states.walk(&mut nans);
        Error::unless_none(argument, nans.problems)?;
        all_states.walk(&mut Gather { states: self.states(), vector });
        Ok(())
    }

    /// Writes `vector` to the dynamic entries of `all_states`, NaN to the padding and -1 to the
    /// branchpoints. Currents and excluded states stay as they are.
    ///
    /// # Errors
    /// If `all_states` has another structure or shape than the states this was made for, or `vector`
    /// has another length or an element that is NaN. Nothing is written then.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    /// use ndarray::array;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let mut states = Cell.all_states();
    /// let in_place = utils.in_place(&states)?;
    /// in_place.scatter_into(&[0.2, -60.0, -55.0], &mut states)?;
    /// assert_eq!(states["v"], array![-60.0, -1.0, -55.0]);
    /// assert!(in_place.scatter_into(&[0.2], &mut states).is_err());
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn scatter_into<P: PyTreeMut<Elem: Scalar>>(
        &self,
        vector: &[P::Elem],
        all_states: &mut P,
    ) -> Result<(), Error> {
        self.check(all_states, "all_states")?;
        self.scatter(vector, all_states, false)
    }

    /// As [`scatter_into`](Self::scatter_into), and sets excluded states to their initial values: all
    /// but the currents is then as
    /// [`add_observables`](crate::DynamicStateUtils::add_observables) passes it to the module.
    /// `all_states` has passed [`check`](Self::check) and is not compared again.
    pub(crate) fn restore_into<P: PyTreeMut<Elem: Scalar>>(
        &self,
        vector: &[P::Elem],
        all_states: &mut P,
    ) -> Result<(), Error> {
        self.scatter(vector, all_states, true)
    }

    fn scatter<P: PyTreeMut<Elem: Scalar>>(
        &self,
        vector: &[P::Elem],
        all_states: &mut P,
        reset_excluded: bool,
    ) -> Result<(), Error> {
        self.check_len(vector.len())?;
        if any_nan(vector) {
            return Err(Error::new("vector", self.plan.nans(&vector.into())));
        }
        all_states.walk_mut(&mut Scatter { states: self.states(), vector, reset_excluded });
        Ok(())
    }

    /// The state that each leaf of all states is, in order; `None` for a current.
    fn states(&self) -> impl Iterator<Item = Option<&State>> {
        let mut states = self.plan.states.iter();
        self.is_state.iter().map(move |&is_state| if is_state { states.next() } else { None })
    }

    /// Returns an error unless `all_states` has the structure and the shapes that this was made for.
    pub(crate) fn check<P: PyTree>(
        &self,
        all_states: &P,
        argument: &'static str,
    ) -> Result<(), Error> {
        self.layout.check(all_states).map_err(|error| Error::from_pytree(argument, &error))
    }

    fn check_len(&self, found: usize) -> Result<(), Error> {
        let expected = self.plan.num_states();
        if found == expected {
            return Ok(());
        }
        let text = format!("expected length {expected}, found {found}");
        Err(Error::about("vector", ProblemKind::Mismatch, text))
    }
}

/// Finds the dynamic entries that are NaN.
struct FindNans<'h, I> {
    states: I,
    hint: &'h str,
    problems: Vec<Problem>,
}

impl<'a, 's, T: Scalar, I: Iterator<Item = Option<&'s State>>> Visitor<'a, T> for FindNans<'_, I> {
    #[inline]
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, T, D>) {
        let Some(Some(state)) = self.states.next() else { return };
        if state.selection.has_nan(&leaf) {
            let kept = state.selection.kept_of(leaf.iter());
            self.problems.extend(state.nans(kept, self.hint));
        }
    }
}

/// Writes the dynamic entries of each state to the front of what is left of `vector`.
struct Gather<'o, I, T> {
    states: I,
    vector: &'o mut [T],
}

impl<'a, 's, T: Scalar, I: Iterator<Item = Option<&'s State>>> Visitor<'a, T> for Gather<'_, I, T> {
    #[inline]
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, T, D>) {
        let Some(Some(state)) = self.states.next() else { return };
        let Some(out) = self.vector.split_off_mut(..state.selection.len()) else { return };
        state.selection.gather(&leaf, out);
    }
}

/// Reads the dynamic entries of each state from the front of what is left of `vector`.
struct Scatter<'i, I, T> {
    states: I,
    vector: &'i [T],
    /// Whether to write excluded states, too.
    reset_excluded: bool,
}

impl<'a, 's, T: Scalar, I: Iterator<Item = Option<&'s State>>> VisitorMut<'a, T>
    for Scatter<'_, I, T>
{
    #[inline]
    fn leaf<D: Dimension>(&mut self, mut leaf: ArrayViewMut<'a, T, D>) {
        let Some(Some(state)) = self.states.next() else { return };
        let Some(kept) = self.vector.split_off(..state.selection.len()) else { return };
        if !state.excluded || self.reset_excluded {
            state.selection.scatter(kept, &mut leaf);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{InPlace, Plan};
    use crate::example::Cell;
    use crate::module::Module;
    use pytree::tree_flatten;

    #[test]
    fn leaves_are_paired_with_states_across_currents() {
        let initial = Cell.initial_states();
        let plan = Plan::new(&Cell, &tree_flatten(&initial), &BTreeSet::from(["m"])).unwrap();
        let mut states = Cell.all_states();
        let is_state = plan.match_states(tree_flatten(&states)).unwrap();
        let in_place = InPlace::new(&plan, &states, is_state);
        let paired = in_place.states().map(|state| state.map(|state| state.path.to_string()));
        let expected = [None, Some("['m']".into()), Some("['v']".into())]; // `i_leak` comes first
        assert!(paired.eq(expected));

        // The excluded state stays, or is set to its initial values.
        for (reset, m) in [(false, 0.7), (true, 0.1)] {
            states.get_mut("m").unwrap()[0] = 0.7;
            in_place.scatter(&[-60.0, -50.0], &mut states, reset).unwrap();
            assert_eq!((states["m"][0], states["v"][2], states["i_leak"][2]), (m, -50.0, 5.0));
        }
    }
}
