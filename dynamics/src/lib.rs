//! dynamics
mod error;
mod module;
mod selection;
mod plan;
mod explain;
mod fused;
mod utils;

pub use crate::error::{Error, Problem, ProblemKind};
pub use crate::explain::{Explained, Fate};
pub use crate::fused::Fused;
pub use crate::module::{ChannelCurrents, Module, Scalar};
pub use crate::utils::{DynamicStateUtils, build_dynamic_state_utils};
