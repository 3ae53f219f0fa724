//! Trees as elements of a vector space: [`Vector`], its impls of the traits of solvers and optimisers, and
//! [`rhs`].

pub(crate) mod elements;
pub(crate) mod magnitude;
#[allow(clippy::module_inception, reason = "the type of the module")]
pub(crate) mod vector;
mod operators;
pub(crate) mod rhs;
#[cfg(feature = "argmin")]
mod argmin;
#[cfg(feature = "differential-equations")]
mod differential_equations;

pub use self::magnitude::Magnitude;
pub use self::rhs::rhs;
pub use self::vector::Vector;
