use std::fmt;
use std::ops::{Range, RangeFull, RangeInclusive};

/// Which cells, branches, compartments or synapses a [`View`](crate::View) keeps, counted from 0.
///
/// ```
/// use cable::{Branch, Compartment};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let branch = Branch::new(&Compartment::new(), 4)?;
/// assert_eq!(branch.view().comp(1)?.nodes(), [1]);
/// assert_eq!(branch.view().comp([0, 3])?.nodes(), [0, 3]);
/// assert_eq!(branch.view().comp(1..3)?.nodes(), [1, 2]);
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
}

impl Index {
    /// Whether it keeps the one numbered `index`.
    pub(crate) fn keeps(&self, index: usize) -> bool {
        match self {
            Self::All => true,
            Self::One(one) => *one == index,
            Self::Some(some) => some.contains(&index),
        }
    }

    /// The ones it names.
    pub(crate) fn named(&self) -> &[usize] {
        match self {
            Self::All => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::Some(some) => some,
        }
    }
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str(".."),
            Self::One(one) => write!(f, "{one}"),
            Self::Some(some) => write!(f, "{some:?}"),
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
        Self::Some(range.collect())
    }
}

impl From<RangeInclusive<usize>> for Index {
    fn from(range: RangeInclusive<usize>) -> Self {
        Self::Some(range.collect())
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
