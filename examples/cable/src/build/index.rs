use std::fmt;
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// Which cells, branches, compartments or synapses a [`View`](crate::View) keeps, counted from 0.
/// It keeps them in ascending order, and each once: `[2, 0, 2]` is as `[0, 2]`.
///
/// ```
/// use cable::{Branch, Build, Compartment};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let branch = Branch::new(&Compartment::new(), 4)?;
/// assert_eq!(branch.view().comp(1)?.nodes(), [1]);
/// assert_eq!(branch.view().comp([0, 3])?.nodes(), [0, 3]);
/// assert_eq!(branch.view().comp(1..3)?.nodes(), [1, 2]);
/// assert_eq!(branch.view().comp(2..)?.nodes(), [2, 3]);
/// assert_eq!(branch.view().comp(..)?.nodes(), [0, 1, 2, 3]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Index {
    /// All of them; `..`, or Jaxley's `"all"`.
    All,
    /// One: `2`.
    One(usize),
    /// Several: `[0, 2]`.
    Some(Vec<usize>),
    /// Those from the first on and before the second, `1..3`, or to the end, `1..`.
    Range(usize, Option<usize>),
}

impl Index {
    /// Whether it keeps `index`. Several indices have to be [sorted](Self::sorted).
    pub(crate) fn keeps(&self, index: usize) -> bool {
        match self {
            Self::All => true,
            Self::One(one) => *one == index,
            Self::Some(some) => some.binary_search(&index).is_ok(),
            Self::Range(start, end) => *start <= index && end.is_none_or(|end| index < end),
        }
    }

    /// The same with several indices in ascending order.
    pub(crate) fn sorted(&self) -> Self {
        match self {
            Self::Some(some) => {
                let mut some = some.clone();
                some.sort_unstable();
                Self::Some(some)
            }
            other => other.clone(),
        }
    }

    /// The first index that is not below `len`.
    pub(crate) fn past(&self, len: usize) -> Option<usize> {
        match self {
            Self::All => None,
            Self::One(one) => Some(*one).filter(|&one| one >= len),
            Self::Some(some) => some.iter().copied().find(|&one| one >= len),
            Self::Range(start, None) => Some(*start).filter(|&start| start >= len),
            Self::Range(start, Some(end)) => Some(*start.max(&len)).filter(|past| past < end),
        }
    }
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str(".."),
            Self::One(one) => write!(f, "{one}"),
            Self::Some(some) => write!(f, "{some:?}"),
            Self::Range(start, None) => write!(f, "{start}.."),
            Self::Range(start, Some(end)) => write!(f, "{start}..{end}"),
        }
    }
}

impl From<usize> for Index {
    fn from(one: usize) -> Self {
        Self::One(one)
    }
}

impl From<RangeFull> for Index {
    fn from(_: RangeFull) -> Self {
        Self::All
    }
}

impl From<Range<usize>> for Index {
    fn from(range: Range<usize>) -> Self {
        Self::Range(range.start, Some(range.end))
    }
}

impl From<RangeFrom<usize>> for Index {
    fn from(range: RangeFrom<usize>) -> Self {
        Self::Range(range.start, None)
    }
}

impl From<RangeTo<usize>> for Index {
    fn from(range: RangeTo<usize>) -> Self {
        Self::Range(0, Some(range.end))
    }
}

impl From<RangeInclusive<usize>> for Index {
    fn from(range: RangeInclusive<usize>) -> Self {
        Self::Range(*range.start(), range.end().checked_add(1))
    }
}

impl From<RangeToInclusive<usize>> for Index {
    fn from(range: RangeToInclusive<usize>) -> Self {
        Self::Range(0, range.end.checked_add(1))
    }
}

impl<const N: usize> From<[usize; N]> for Index {
    fn from(some: [usize; N]) -> Self {
        Self::Some(some.into())
    }
}

impl From<&[usize]> for Index {
    fn from(some: &[usize]) -> Self {
        Self::Some(some.into())
    }
}

impl From<Vec<usize>> for Index {
    fn from(some: Vec<usize>) -> Self {
        Self::Some(some)
    }
}

impl From<&Vec<usize>> for Index {
    fn from(some: &Vec<usize>) -> Self {
        Self::Some(some.clone())
    }
}

impl<const N: usize> From<&[usize; N]> for Index {
    fn from(some: &[usize; N]) -> Self {
        Self::Some(some.into())
    }
}
