use crate::error::CableError;
use ndarray::{Array1, ArrayView1, ArrayView2};
use std::fmt::Display;

/// Values for several compartments or synapses: one for all of them, or one each, in order.
///
/// A number is for all; an array, a slice or a `Vec` has one each. Where a series is wanted, with
/// one value a step, one series is for all, and an array or a `Vec` of series, or the rows of a
/// two-dimensional array, are one each:
///
/// ```
/// use cable::Values;
///
/// assert_eq!(Values::from(1.0), Values::All(1.0));
/// assert_eq!(Values::from([1.0, 2.0]), Values::Each(vec![1.0, 2.0]));
///
/// let rows = ndarray::array![[0.1, 0.2], [0.3, 0.4]];
/// assert_eq!(Values::from(vec![0.1, 0.2]), Values::All(vec![0.1, 0.2]));
/// assert_eq!(Values::from(rows.view()), Values::Each(vec![vec![0.1, 0.2], vec![0.3, 0.4]]));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Values<V> {
    /// One for all.
    All(V),
    /// One each.
    Each(Vec<V>),
}

impl<V: Clone> Values<V> {
    /// One each for `len` things, which `per` names. Errors call the value `place`.
    pub(crate) fn spread<P: Display>(
        self,
        len: usize,
        per: &str,
        place: impl FnOnce() -> P,
    ) -> Result<Vec<V>, CableError> {
        match self {
            Self::All(value) => Ok(vec![value; len]),
            Self::Each(values) if values.len() == len => Ok(values),
            Self::Each(values) => {
                let found = values.len();
                Err(CableError::length(place(), found, len, per))
            }
        }
    }
}

impl<V> From<V> for Values<V> {
    fn from(value: V) -> Self {
        Self::All(value)
    }
}

impl<V, const N: usize> From<[V; N]> for Values<V> {
    fn from(values: [V; N]) -> Self {
        Self::Each(values.into())
    }
}

impl<V: Clone> From<&[V]> for Values<V> {
    fn from(values: &[V]) -> Self {
        Self::Each(values.into())
    }
}

impl<V> From<Vec<V>> for Values<V> {
    fn from(values: Vec<V>) -> Self {
        Self::Each(values)
    }
}

impl<V: Clone> From<&Vec<V>> for Values<V> {
    fn from(values: &Vec<V>) -> Self {
        Self::Each(values.clone())
    }
}

impl<V> From<Array1<V>> for Values<V> {
    fn from(values: Array1<V>) -> Self {
        Self::Each(values.into_iter().collect())
    }
}

impl<V: Clone> From<&Array1<V>> for Values<V> {
    fn from(values: &Array1<V>) -> Self {
        Self::Each(values.to_vec())
    }
}

impl<V: Clone> From<ArrayView1<'_, V>> for Values<V> {
    fn from(values: ArrayView1<'_, V>) -> Self {
        Self::Each(values.to_vec())
    }
}

impl<T: Clone> From<&Vec<T>> for Values<Vec<T>> {
    fn from(series: &Vec<T>) -> Self {
        Self::All(series.clone())
    }
}

impl<T: Clone> From<&[T]> for Values<Vec<T>> {
    fn from(series: &[T]) -> Self {
        Self::All(series.to_vec())
    }
}

impl<T: Clone> From<&Array1<T>> for Values<Vec<T>> {
    fn from(series: &Array1<T>) -> Self {
        Self::All(series.to_vec())
    }
}

impl<T: Clone> From<Array1<T>> for Values<Vec<T>> {
    fn from(series: Array1<T>) -> Self {
        Self::All(series.into_iter().collect())
    }
}

impl<T: Clone> From<ArrayView2<'_, T>> for Values<Vec<T>> {
    fn from(series: ArrayView2<'_, T>) -> Self {
        Self::Each(series.rows().into_iter().map(|row| row.to_vec()).collect())
    }
}
