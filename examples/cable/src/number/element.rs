use crate::number::lanes::Lanes;
use crate::number::real::Real;
use num_dual::Dual64;
use pytree::grad::{Duals, NestedDuals};

/// How many sites a step computes at once.
pub(crate) const LANES: usize = 8;

/// The numbers of several sites, as the equations of a mechanism take them.
pub trait Pack: Real {
    /// The number of one site.
    type Elem: Copy;

    /// How many sites there are.
    const LANES: usize;

    /// The numbers at the indices `at` of `from`, of which there are at most [`LANES`](Self::LANES).
    fn load(from: &[Self::Elem], at: At<'_>) -> Self;

    /// Writes the numbers to the indices `at` of `to`.
    fn store(self, to: &mut [Self::Elem], at: At<'_>);

    /// Adds the numbers at the indices `at` of `to`, of which some may be the same.
    fn add_to(self, to: &mut [Self::Elem], at: At<'_>);
}

/// Indices, and where they start if they follow each other.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    pub(crate) run: Option<usize>,
    pub(crate) each: &'a [usize],
}

impl<'a> At<'a> {
    #[inline(always)]
    pub(crate) fn new(each: &'a [usize]) -> Self {
        let mut follows = !each.is_empty();
        for pair in each.windows(2) {
            follows &= pair[1] == pair[0] + 1;
        }
        Self { run: follows.then(|| each[0]), each }
    }
}

impl Pack for Lanes<LANES> {
    type Elem = f64;

    const LANES: usize = LANES;

    #[inline(always)]
    fn load(from: &[f64], at: At<'_>) -> Self {
        if at.each.len() == LANES
            && let Some(start) = at.run
            && let Some(lanes) = from[start..].first_chunk()
        {
            return Self(*lanes);
        }
        // A lane without a site computes what the first one does.
        let mut lanes = [from[at.each[0]]; LANES];
        for (lane, &at) in lanes.iter_mut().zip(at.each) {
            *lane = from[at];
        }
        Self(lanes)
    }

    #[inline(always)]
    fn store(self, to: &mut [f64], at: At<'_>) {
        if at.each.len() == LANES
            && let Some(start) = at.run
            && let Some(lanes) = to[start..].first_chunk_mut()
        {
            *lanes = self.0;
            return;
        }
        for (lane, &at) in self.0.iter().zip(at.each) {
            to[at] = *lane;
        }
    }

    #[inline(always)]
    fn add_to(self, to: &mut [f64], at: At<'_>) {
        if at.each.len() == LANES
            && let Some(start) = at.run
            && let Some(lanes) = to[start..].first_chunk_mut::<LANES>()
        {
            for (to, lane) in lanes.iter_mut().zip(self.0) {
                *to += lane;
            }
            return;
        }
        for (lane, &at) in self.0.iter().zip(at.each) {
            to[at] += *lane;
        }
    }
}

/// A number as a pack of one site.
macro_rules! single {
    ($($number:ty),*) => {$(
        impl Pack for $number {
            type Elem = Self;

            const LANES: usize = 1;

            fn load(from: &[Self], at: At<'_>) -> Self {
                from[at.each[0]]
            }

            fn store(self, to: &mut [Self], at: At<'_>) {
                to[at.each[0]] = self;
            }

            fn add_to(self, to: &mut [Self], at: At<'_>) {
                to[at.each[0]] += self;
            }
        }
    )*};
}
single!(Dual64, Duals, NestedDuals);
