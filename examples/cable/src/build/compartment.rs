use crate::build::tables::Tables;
use crate::build::view::View;
use crate::build::whole::build;

/// A piece of membrane with one voltage, a cylinder: the smallest part of a cell.
///
/// It starts with a radius of 1 um, a length of 10 um, a capacitance of 1 uF/cm^2, an axial
/// resistivity of 5000 ohm cm and a voltage of -70 mV.
///
/// ```
/// use cable::channels::HH;
/// use cable::{Build, Compartment};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut comp = Compartment::new();
/// comp.insert(HH)?.set("v", -65.0)?.init_states()?;
/// assert!((comp.get("HH_n")?[0] - 0.3177).abs() < 1e-4);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Compartment {
    pub(crate) tables: Tables,
}

build!(Compartment);

impl Compartment {
    /// A compartment without channels.
    ///
    /// ```
    /// use cable::Build;
    /// assert!(cable::Compartment::new().get("HH_gNa").is_err()); // no channels
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn new() -> Self {
        Self { tables: Tables::compartment() }
    }
}

impl Default for Compartment {
    fn default() -> Self {
        Self::new()
    }
}
