use crate::arrays::owner::Owner;
use crate::error::{CableError, ErrorKind, Place};
use crate::states::Scalar;
use ndarray::{Array1, ArrayView1};
use std::collections::BTreeMap;
use std::ops::Range;

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

/// One array.
#[derive(Clone, Debug)]
struct Slot {
    key: String,
    owner: Owner,
    /// The index of its first number among those of all arrays.
    start: usize,
}

impl ArrayTable {
    /// Numbers the arrays, which errors call `place` of their keys.
    pub fn new(place: fn(&str) -> Place<'_>, owners: BTreeMap<String, Owner>) -> Self {
        let mut next = 0;
        let slot = |(key, owner): (String, Owner)| {
            let start = next;
            next += owner.len();
            Slot { key, owner, start }
        };
        Self { slots: owners.into_iter().map(slot).collect(), place }
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

    /// The index of the first number of the array with number `slot`, among those of all arrays.
    pub fn start(&self, slot: usize) -> usize {
        self.slots[slot].start
    }

    /// The indices of the numbers of the array with number `slot`.
    pub fn range(&self, slot: usize) -> Range<usize> {
        let Slot { start, owner, .. } = self.slots[slot];
        start..start + owner.len()
    }

    /// How many numbers all arrays have.
    pub fn numbers(&self) -> usize {
        self.slots.last().map_or(0, |slot| slot.start + slot.owner.len())
    }

    /// The array and the index within it of a number.
    pub fn locate(&self, number: usize) -> (&str, usize) {
        let slot = &self.slots[self.slots.partition_point(|slot| slot.start <= number) - 1];
        (&slot.key, number - slot.start)
    }

    /// Checks all arrays but those with the numbers `ignored`, which are sorted.
    pub fn check_all<T>(
        &self,
        arrays: &BTreeMap<String, Array1<T>>,
        ignored: &[usize],
    ) -> Result<(), CableError> {
        let slots = (0..).zip(&self.slots);
        for (number, _) in slots.filter(|(number, _)| ignored.binary_search(number).is_err()) {
            self.view(number, arrays)?;
        }
        Ok(())
    }

    /// Appends all arrays to `numbers`, in the order of their numbers, after checking them; zeros
    /// for those with the numbers `ignored`, which are sorted.
    pub fn read<T: Scalar>(
        &self,
        arrays: &BTreeMap<String, Array1<T>>,
        ignored: &[usize],
        numbers: &mut Vec<T>,
    ) -> Result<(), CableError> {
        self.check_all(arrays, ignored)?;
        for (number, Slot { key, owner, .. }) in (0..).zip(&self.slots) {
            match arrays.get(key) {
                Some(array) if ignored.binary_search(&number).is_err() => {
                    numbers.extend(array.iter().copied());
                }
                _ => numbers.extend(std::iter::repeat_n(T::zero(), owner.len())),
            }
        }
        Ok(())
    }

    /// Writes `numbers` to the arrays, which are made if they are missing.
    pub fn write<T: Scalar>(&self, numbers: &[T], arrays: &mut BTreeMap<String, Array1<T>>) {
        for Slot { key, owner, start } in &self.slots {
            let from = ArrayView1::from(&numbers[*start..start + owner.len()]);
            match arrays.get_mut(key) {
                Some(array) if array.len() == owner.len() => array.assign(&from),
                _ => drop(arrays.insert(key.clone(), from.to_owned())),
            }
        }
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

    fn read(arrays: &BTreeMap<String, Array1<f64>>) -> Result<Vec<f64>, CableError> {
        let mut numbers = Vec::new();
        slots().read(arrays, &[], &mut numbers)?;
        Ok(numbers)
    }

    #[test]
    fn numbers_are_in_the_order_of_keys_and_skip_other_arrays() {
        let (slots, mut numbers) = (slots(), read(&arrays()).unwrap());
        assert_eq!(numbers, [3.0, 4.0, 5.0, 1.0, 2.0]);
        assert_eq!((slots.find("s"), slots.range(1), slots.numbers()), (Some(1), 2..3, 5));
        assert_eq!((slots.locate(1), slots.locate(2)), (("HH_m", 1), ("s", 0)));
        numbers[2] = 6.0;
        let mut arrays = BTreeMap::new();
        slots.write(&numbers, &mut arrays);
        assert_eq!(arrays["s"], array![6.0]);
        assert_eq!(arrays["v"], array![1.0, 2.0]);
    }

    #[test]
    fn ignored_arrays_are_zeros() {
        let (mut arrays, mut numbers) = (arrays(), Vec::new());
        arrays.remove("s");
        slots().read(&arrays, &[1], &mut numbers).unwrap();
        assert_eq!(numbers, [3.0, 4.0, 0.0, 1.0, 2.0]);
    }

    #[test]
    fn a_missing_array_is_named() {
        let expected =
            "state 's' is missing: start from the initial states and append the channel currents";
        let mut arrays = arrays();
        arrays.remove("s");
        assert_eq!(read(&arrays).unwrap_err().to_string(), expected);
    }

    #[test]
    fn an_array_of_another_length_is_named() {
        let expected = "state 'v' has 3 entries, but there are 2 nodes: give one for each";
        let mut arrays = arrays();
        arrays.insert("v".to_owned(), array![1.0, 2.0, 3.0]);
        assert_eq!(read(&arrays).unwrap_err().to_string(), expected);
    }
}
