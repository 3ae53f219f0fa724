//! Maps between parameters that an optimiser may move freely and those that a module is simulated
//! with, which have bounds: Jaxley's `jaxley.optimize.transforms`.
//!
//! ```
//! use cable::channels::HH;
//! use cable::transforms::{ParamTransform, SigmoidTransform, SoftplusTransform};
//! use cable::{Build, Cell};
//!
//! # fn main() -> Result<(), cable::CableError> {
//! let mut cell = Cell::default();
//! cell.insert(HH)?.make_trainable("HH_gNa")?.make_trainable("radius")?;
//! let transform = ParamTransform::new()
//!     .with("HH_gNa", SigmoidTransform::new(0.05, 0.5)?) // S/cm^2
//!     .with("radius", SoftplusTransform::new(0.1)?); // um
//!
//! let mut free = transform.inverse(&cell.get_parameters())?;
//! free[0].entry("HH_gNa".to_owned()).and_modify(|x| *x += 100.0);
//! let parameters = transform.forward(&free)?; // what a loss is computed from
//! assert!((parameters[0]["HH_gNa"][0] - 0.5).abs() < 1e-12);
//! // A gradient with respect to `parameters` becomes one with respect to `free`.
//! let gradient = transform.vjp(&free, &parameters)?;
//! assert!(gradient[1]["radius"][0] > 0.0);
//! # Ok(())
//! # }
//! ```

mod transform;
mod bounded;
mod composed;
mod param_transform;

pub use bounded::{LogisticTransform, NegSoftplusTransform, SigmoidTransform, SoftplusTransform};
pub use composed::{
    AffineTransform, ChainTransform, CustomTransform, IdentityTransform, MaskedTransform,
};
pub use param_transform::ParamTransform;
pub use transform::Transform;
