use crate::arrays::owner::Owner;
use crate::error::{CableError, ErrorKind, Place};
use crate::states::Scalar;
use ndarray::{Array1, ArrayBase, ArrayView1, ArrayViewMut1, Data, Ix1};
use std::array;
use std::collections::BTreeMap;

/// The arrays that a step works on, numbered in the order of their keys.
///
/// Mechanisms find their keys here once, when the module is loaded. A step looks up every array
/// once and works by number.
#[derive(Clone, Debug)]
pub(crate) struct ArrayTable {
    slots: Vec<Slot>,
    /// What errors call an array of a key: [`Place::State`] or [`Place::Param`].
    place: fn(&str) -> Place<'_>,
}

/// Arrays by their numbers.
pub(crate) type Arrays<'a, T> = [ArrayView1<'a, T>];

/// Arrays by their numbers, to be written to.
pub(crate) type ArraysMut<'a, T> = [ArrayViewMut1<'a, T>];

/// One array.
#[derive(Clone, Debug)]
struct Slot {
    key: String,
    owner: Owner,
}

impl ArrayTable {
    /// Numbers the arrays, which errors call `place` of their keys.
    pub fn new(place: fn(&str) -> Place<'_>, owners: BTreeMap<String, Owner>) -> Self {
        let slots = owners.into_iter().map(|(key, owner)| Slot { key, owner }).collect();
        Self { slots, place }
    }

    /// The number of the array under `key`.
    pub fn find(&self, key: &str) -> Option<usize> {
        self.slots.binary_search_by(|slot| slot.key.as_str().cmp(key)).ok()
    }

    /// The number of the array under `key`, which `user` needs.
    pub fn need(&self, key: &str, user: &Place<'_>) -> Result<usize, CableError> {
        self.find(key).ok_or_else(|| CableError::missing(user, (self.place)(key)))
    }

    /// How many arrays there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// What the array with number `slot` has one value for each of.
    pub fn owner(&self, slot: usize) -> Owner {
        self.slots[slot].owner
    }

    /// The keys, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.slots.iter().map(|slot| &*slot.key)
    }

    /// The array with number `slot`, checked.
    pub fn view<'a, T>(
        &self,
        slot: usize,
        arrays: &'a BTreeMap<String, Array1<T>>,
    ) -> Result<ArrayView1<'a, T>, CableError> {
        let slot = &self.slots[slot];
        let array = arrays.get(&slot.key).ok_or_else(|| self.not_passed(slot))?;
        self.check(slot, array)?;
        Ok(array.view())
    }

    /// All arrays by their numbers, checked.
    pub fn views<'a, T>(
        &self,
        arrays: &'a BTreeMap<String, Array1<T>>,
    ) -> Result<Vec<ArrayView1<'a, T>>, CableError> {
        (0..self.slots.len()).map(|slot| self.view(slot, arrays)).collect()
    }

    /// All arrays by their numbers, checked, to be written to.
    pub fn views_mut<'a, T>(
        &self,
        arrays: &'a mut BTreeMap<String, Array1<T>>,
    ) -> Result<Vec<ArrayViewMut1<'a, T>>, CableError> {
        let mut arrays = arrays.iter_mut();
        // Both sides are sorted by key, so one walk over the arrays finds them all.
        let view = |slot: &Slot| {
            let (_, array) = arrays
                .find(|(key, _)| **key >= slot.key)
                .filter(|(key, _)| **key == slot.key)
                .ok_or_else(|| self.not_passed(slot))?;
            self.check(slot, array)?;
            Ok(array.view_mut())
        };
        self.slots.iter().map(view).collect()
    }

    /// Sets the arrays with the numbers `renewed`, which are sorted, to 0, whether they exist or
    /// not, once all others are checked.
    pub fn renew<T: Scalar>(
        &self,
        renewed: &[usize],
        arrays: &mut BTreeMap<String, Array1<T>>,
    ) -> Result<(), CableError> {
        for slot in (0..self.slots.len()).filter(|slot| renewed.binary_search(slot).is_err()) {
            self.view(slot, arrays)?;
        }
        for Slot { key, owner } in renewed.iter().map(|&slot| &self.slots[slot]) {
            match arrays.get_mut(key) {
                Some(array) if array.len() == owner.len() => array.fill(T::zero()),
                _ => drop(arrays.insert(key.clone(), Array1::zeros(owner.len()))),
            }
        }
        Ok(())
    }

    fn check<T>(&self, slot: &Slot, array: &Array1<T>) -> Result<(), CableError> {
        slot.owner.check(|| (self.place)(&slot.key), array.len())
    }

    fn not_passed(&self, slot: &Slot) -> CableError {
        not_passed(&(self.place)(&slot.key))
    }
}

/// The states or parameters that are passed to a function lack `array`.
pub(crate) fn not_passed(array: &Place<'_>) -> CableError {
    let start = match array {
        Place::State(_) => "the initial states and append the channel currents",
        _ => "get_parameters() or params() of the module",
    };
    CableError::new(ErrorKind::Missing, format!("{array} is missing: start from {start}"))
}

/// The arrays with the numbers `slots`, to read from. A loop over their entries then needs no
/// look-ups.
pub(crate) fn columns<'a, T, D: Data<Elem = T>, const N: usize>(
    arrays: &'a [ArrayBase<D, Ix1>],
    slots: &[usize],
) -> [ArrayView1<'a, T>; N] {
    array::from_fn(|n| arrays[slots[n]].view())
}

/// The arrays with the numbers `slots`, to be changed.
///
/// # Panics
/// If `slots` has a number twice. A mechanism never has a key twice.
pub(crate) fn columns_mut<'s, 'a, T, const N: usize>(
    arrays: &'s mut ArraysMut<'a, T>,
    slots: &[usize],
) -> [&'s mut ArrayViewMut1<'a, T>; N] {
    let slots = array::from_fn(|n| slots[n]);
    arrays.get_disjoint_mut(slots).expect("the keys of a mechanism differ")
}

/// The values at index `at` of `columns`.
#[inline]
pub(crate) fn gather<T: Scalar, const N: usize>(
    columns: &[ArrayView1<'_, T>; N],
    at: usize,
) -> [T; N] {
    // A loop, since `array::map` is not always inlined.
    let mut values = [T::zero(); N];
    for (value, column) in values.iter_mut().zip(columns) {
        *value = column[at];
    }
    values
}

/// The values at index `at` of `columns` that may be written to.
#[inline]
pub(crate) fn gather_mut<T: Scalar, const N: usize>(
    columns: &[&mut ArrayViewMut1<'_, T>; N],
    at: usize,
) -> [T; N] {
    let mut values = [T::zero(); N];
    for (value, column) in values.iter_mut().zip(columns) {
        *value = column[at];
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn slots() -> ArrayTable {
        let owners = [("v", Owner::Nodes(2)), ("HH_m", Owner::Nodes(2)), ("s", Owner::Synapses(1))];
        ArrayTable::new(
            |key| Place::State(key),
            owners.map(|(key, owner)| (key.to_owned(), owner)).into(),
        )
    }

    fn arrays() -> BTreeMap<String, Array1<f64>> {
        let arrays = [
            ("a", array![]),
            ("s", array![5.0]),
            ("v", array![1.0, 2.0]),
            ("HH_m", array![3.0, 4.0]),
        ];
        arrays.map(|(key, array)| (key.to_owned(), array)).into()
    }

    #[test]
    fn views_are_in_the_order_of_keys_and_skip_other_arrays() {
        let expected = [array![3.0, 4.0], array![5.0], array![1.0, 2.0]];
        assert_eq!(slots().views(&arrays()).unwrap(), expected);
        assert_eq!(slots().views_mut(&mut arrays()).unwrap(), expected);
        assert_eq!(slots().find("s"), Some(1));
    }

    #[test]
    fn a_missing_array_is_named() {
        let expected =
            "state 's' is missing: start from the initial states and append the channel currents";
        let mut arrays = arrays();
        arrays.remove("s");
        assert_eq!(slots().views(&arrays).unwrap_err().to_string(), expected);
        assert_eq!(slots().views_mut(&mut arrays).unwrap_err().to_string(), expected);
    }

    #[test]
    fn an_array_of_another_length_is_named() {
        let expected = "state 'v' has 3 entries, but there are 2 nodes: give one for each";
        let mut arrays = arrays();
        arrays.insert("v".to_owned(), array![1.0, 2.0, 3.0]);
        assert_eq!(slots().views(&arrays).unwrap_err().to_string(), expected);
        assert_eq!(slots().views_mut(&mut arrays).unwrap_err().to_string(), expected);
    }
}
