//! Distances between compartments of a cell.

use crate::build::tables::{Address, Neurite, Tables};
use crate::build::view::View;
use crate::error::CableError;
use std::borrow::Borrow;

/// The distance (um) along the cell from the middle of the compartment `start` to that of each of
/// `ends`, in ascending order, by the `length` of the compartments.
///
/// # Errors
/// [`Conflict`](crate::ErrorKind::Conflict) if `start` is not one compartment, or if some of `ends`
/// are not of the same cell.
///
/// ```
/// use cable::morphology::distance_pathwise;
/// use cable::{Build, Cell};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let swc = "1 1 0 0 0 8 -1\n 2 3 8 0 0 1 1\n 3 3 48 0 0 1 2\n 4 2 0 -8 0 1 1\n 5 2 0 -38 0 1 4";
/// let cell = Cell::from_swc(swc, 1)?; // a soma, a dendrite and an axon
/// let [soma, dendrite] = [cell.view().point(1)?, cell.view().point(3)?];
/// assert_eq!(distance_pathwise(&soma, &cell.view())?, [0.0, 28.0, 23.0]);
/// assert_eq!(distance_pathwise(&dendrite, &cell.view().group("axon")?)?, [35.0]);
/// # Ok(())
/// # }
/// ```
pub fn distance_pathwise<S: Borrow<Tables>, E: Borrow<Tables>>(
    start: &View<S>,
    ends: &View<E>,
) -> Result<Vec<f64>, CableError> {
    let tables = ends.tables.borrow();
    let addresses = tables.addresses();
    let start = one_of(start, ends, &addresses)?;
    let cell = &tables.cells[addresses[start].cell];
    let first = addresses.partition_point(|at| at.cell < addresses[start].cell);
    let lengths = &tables.columns["length"][first..];
    let distances = distances(cell, lengths, start - first);
    Ok(ends.comps.iter().map(|comp| distances[comp - first]).collect())
}

/// The straight distance (um) from the middle of the compartment `start` to that of each of `ends`, in
/// ascending order, by their [`centers`](View::centers).
///
/// # Errors
/// Those of [`distance_pathwise`] and [`View::centers`].
///
/// ```
/// use cable::morphology::distance_direct;
/// use cable::{Build, Cell};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let cell = Cell::from_swc("1 3 0 0 0 1 -1\n 2 3 4 0 0 1 1\n 3 3 4 8 0 1 2", 3)?;
/// let start = cell.view().point(1)?;
/// assert_eq!(distance_direct(&start, &cell.view())?, [0.0, 8_f64.sqrt(), 40_f64.sqrt()]);
/// # Ok(())
/// # }
/// ```
pub fn distance_direct<S: Borrow<Tables>, E: Borrow<Tables>>(
    start: &View<S>,
    ends: &View<E>,
) -> Result<Vec<f64>, CableError> {
    one_of(start, ends, &ends.tables.borrow().addresses())?;
    let from = start.centers()?[0];
    let squares = |to: [f64; 3]| [0, 1, 2].map(|axis| (to[axis] - from[axis]).powi(2));
    let centers = ends.centers()?.into_iter();
    Ok(centers.map(|center| squares(center).iter().sum::<f64>().sqrt()).collect())
}

/// The compartment that is `start`. Checks that it is one, and that `ends` are in its cell.
fn one_of<S: Borrow<Tables>, E: Borrow<Tables>>(
    start: &View<S>,
    ends: &View<E>,
    addresses: &[Address],
) -> Result<usize, CableError> {
    let &[comp] = &*start.comps else {
        return Err(CableError::conflict(format!(
            "{} has {} compartments: keep one to measure distances from",
            start.path,
            start.comps.len()
        )));
    };
    let here = |comp: &usize| addresses[*comp].cell == addresses[start.comps[0]].cell;
    let same = std::ptr::eq(start.tables.borrow(), ends.tables.borrow());
    if same && ends.comps.iter().all(here) {
        return Ok(comp);
    }
    Err(CableError::conflict(format!(
        "{} has compartments outside the cell of {}: measure distances within one cell",
        ends.path, start.path
    )))
}

/// The distance of each compartment of a cell from `start`, in linear time.
fn distances(cell: &[Neurite], lengths: &[f64], start: usize) -> Vec<f64> {
    let mut firsts = vec![0];
    let mut children = vec![Vec::new(); cell.len()];
    for (n, branch) in cell.iter().enumerate() {
        firsts.push(firsts[n] + branch.ncomp);
        branch.parent.into_iter().for_each(|parent| children[parent].push(n));
    }
    let mut distances = vec![0.0; firsts[cell.len()]];
    let own = firsts.partition_point(|&first| first <= start) - 1;
    // From the middle of `start` along some compartments; gives the distance of the last border.
    let mut along = |comps: &mut dyn Iterator<Item = usize>, mut border: f64| {
        for comp in comps {
            distances[comp] = border + lengths[comp] / 2.0;
            border += lengths[comp];
        }
        border
    };
    let half = lengths[start] / 2.0;
    // Branches to walk down: each starts at the distance beside it.
    let mut down: Vec<(usize, f64)> = Vec::new();
    let end = along(&mut (start + 1..firsts[own + 1]), half);
    down.extend(children[own].iter().map(|&child| (child, end)));
    let (mut branch, mut border) = (own, along(&mut (firsts[own]..start).rev(), half));
    while let Some(parent) = cell[branch].parent {
        let siblings = children[parent].iter().filter(|&&child| child != branch);
        down.extend(siblings.map(|&child| (child, border)));
        border = along(&mut (firsts[parent]..firsts[parent + 1]).rev(), border);
        branch = parent;
    }
    while let Some((branch, start)) = down.pop() {
        let end = along(&mut (firsts[branch]..firsts[branch + 1]), start);
        down.extend(children[branch].iter().map(|&child| (child, end)));
    }
    distances
}
