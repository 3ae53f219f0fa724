use crate::number::real::Real;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Which inputs a result depends on: a bit for each. Equations that run on it compute which of their
/// derivatives are 0 at every point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Depends(pub u64);

impl Depends {
    fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

macro_rules! unions {
    ($($name:ident::$method:ident),*) => {$(
        impl $name for Depends {
            type Output = Self;

            fn $method(self, other: Self) -> Self {
                self.and(other)
            }
        }

        impl $name<f64> for Depends {
            type Output = Self;

            fn $method(self, _: f64) -> Self {
                self
            }
        }
    )*};
}
unions!(Add::add, Sub::sub, Mul::mul, Div::div);

impl Neg for Depends {
    type Output = Self;

    fn neg(self) -> Self {
        self
    }
}

impl Real for Depends {
    fn constant(_: f64) -> Self {
        Self(0)
    }

    fn exp(self) -> Self {
        self
    }

    fn ln(self) -> Self {
        self
    }

    fn tanh(self) -> Self {
        self
    }

    fn recip(self) -> Self {
        self
    }

    fn powi(self, _: i32) -> Self {
        self
    }

    fn powf(self, _: f64) -> Self {
        self
    }

    fn sqrt(self) -> Self {
        self
    }

    fn where_greater(self, bound: Self, yes: Self, no: Self) -> Self {
        // A choice has the derivative of what is chosen, and none of where it changes.
        let _ = bound;
        yes.and(no)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_depends_on_what_it_is_computed_from() {
        let [x, y, z] = [0, 1, 2].map(|bit| Depends(1 << bit));
        assert_eq!((x * 2.0 + y.exp()) / 3.0, Depends(0b11));
        assert_eq!(x.where_greater(y, z, Depends::constant(1.0)), Depends(0b100));
    }
}
