use cable::channels::Leak;
use cable::{Branch, Build, CableError, Cell, Compartment};

/// Three branches of two compartments, with a leak.
pub fn cell() -> Result<Cell, CableError> {
    let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    cell.insert(Leak)?;
    Ok(cell)
}
