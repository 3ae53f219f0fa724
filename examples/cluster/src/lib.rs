//! docs
mod error;
mod agree;
mod run;
mod number;
mod exchange;

pub use agree::agree;
pub use error::Error;
pub use exchange::exchange::Exchange;
pub use number::Number;
pub use run::run;
