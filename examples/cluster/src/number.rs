use mpi::Rank;
use mpi::traits::Equivalence;

/// An element type that ranks can add and compare: `f64` and `f32`.
///
/// The maximum of floating-point numbers is left open by MPI where one of them is NaN, and ranks may disagree on the sign
/// of a zero. That of integers is exact, so [`Exchange::max`](crate::Exchange::max) sends an integer for each number.
///
/// ```
/// use cluster::Number;
/// let mut numbers = [1.0, -0.0, f64::NAN, 0.0, -2.5, f64::INFINITY];
/// numbers.sort_by_key(|x| x.to_order());
/// assert_eq!(format!("{numbers:?}"), "[-2.5, -0.0, 0.0, 1.0, inf, NaN]");
/// ```
pub trait Number: Equivalence + Default + Copy + PartialEq + 'static {
    /// An integer of the same size.
    type Order: Equivalence + Default + Copy;

    /// The number 1.
    ///
    /// ```
    /// assert_eq!(<f32 as cluster::Number>::ONE, 1.0);
    /// ```
    const ONE: Self;

    /// Divided by the number of ranks.
    ///
    /// ```
    /// assert_eq!(cluster::Number::over(3.0, 4), 0.75);
    /// ```
    #[must_use]
    fn over(self, ranks: Rank) -> Self;

    /// Integers in the order of the numbers: -0 is before 0, and NaN after all others.
    ///
    /// ```
    /// use cluster::Number;
    /// assert!((-0.0).to_order() < 0.0.to_order() && f64::MAX.to_order() < (-f64::NAN).to_order());
    /// ```
    fn to_order(self) -> Self::Order;

    /// The number of an integer.
    ///
    /// ```
    /// use cluster::Number;
    /// assert_eq!(f64::from_order((-2.5).to_order()), -2.5);
    /// ```
    fn from_order(order: Self::Order) -> Self;
}

macro_rules! number {
    ($float:ident, $order:ident) => {
        impl Number for $float {
            type Order = $order;

            const ONE: Self = 1.0;

            #[allow(clippy::cast_lossless, reason = "`f32` does not have all numbers of ranks")]
            fn over(self, ranks: Rank) -> Self {
                self / ranks as $float
            }

            // The bits of positive numbers are in the order of the numbers, and those of negative ones in the opposite order.
            fn to_order(self) -> $order {
                let number = if self.is_nan() { $float::NAN.abs() } else { self };
                let bits = number.to_bits().cast_signed();
                if bits < 0 { bits ^ $order::MAX } else { bits }
            }

            fn from_order(order: $order) -> Self {
                let bits = if order < 0 { order ^ $order::MAX } else { order };
                $float::from_bits(bits.cast_unsigned())
            }
        }
    };
}

number!(f64, i64);
number!(f32, i32);
