//! How a branch is cut into another number of compartments.

use crate::build::tables::{Neurite, Tables, too_many};
use crate::build::view::View;
use crate::description::geometry::Cylinder;
use crate::description::limits::{MAX_COMPARTMENTS, check_derived};
use crate::error::{CableError, Number, Short};
use crate::swc::traced::GEOMETRY;
use std::borrow::BorrowMut;
use std::ops::Range;

impl<M: BorrowMut<Tables>> View<M> {
    /// Cuts the branch in view into `ncomp` compartments of one length, which are then in view.
    ///
    /// A branch of an SWC file is cut as if it were read with `ncomp`. Any other is a cylinder with the
    /// same radius and the same length in all. The voltage is the mean of what it was.
    ///
    /// As in Jaxley, this comes first: everything else has to be the same in all compartments of the
    /// branch, and the module has no stimuli, clamps, recordings or trainable parameters. There is no
    /// `min_radius`: that of [`Swc`](crate::Swc::min_radius) holds here too. Unlike in Jaxley, a radius
    /// or length that was set is an error where the branch is from an SWC file.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if not a single, whole branch is in view, if the module
    /// is a compartment or a network, if it has something that comes later, or if compartments of the
    /// branch differ; [`Empty`](crate::ErrorKind::Empty) if `ncomp` is 0; and
    /// [`Value`](crate::ErrorKind::Value) if there would be more than 10000000 compartments. Nothing is
    /// then changed.
    ///
    /// ```
    /// use cable::channels::HH;
    /// use cable::{Build, Cell};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::from_swc("1 1 0 0 0 8 -1\n 2 3 9 0 0 1 1\n 3 3 49 0 0 0.5 2", 1)?;
    /// cell.branch(1)?.set_ncomp(4)?;
    /// assert_eq!(cell.get("length")?, [16.0, 10.0, 10.0, 10.0, 10.0]);
    /// cell.branch(1)?.comp(0)?.insert(HH)?;
    /// let error = cell.branch(1)?.set_ncomp(2).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "'HH' is in 1 of 4 compartments of cell.branch(1): set their number first"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_ncomp(&mut self, ncomp: usize) -> Result<&mut Self, CableError> {
        let rows = self.check_branch()?;
        let (path, tables) = (&self.path, self.tables.borrow_mut());
        if let Some(what) = tables.what_is_added_last() {
            return Err(CableError::conflict(format!(
                "the {} has {what}, which refer to its compartments by number: delete them, or set the \
                 number of compartments first",
                tables.name
            )));
        }
        if ncomp == 0 {
            return Err(CableError::empty("branch", "compartment"));
        }
        if (tables.len() - rows.len()).saturating_add(ncomp) > MAX_COMPARTMENTS {
            return Err(too_many(tables.name, ncomp));
        }
        tables.check_alike(path, &rows)?;
        let geometry = tables.geometry(path, &rows, ncomp)?;
        tables.cut(&rows, &geometry);
        self.comps = (rows.start..rows.start + ncomp).collect();
        Ok(self)
    }

    /// The compartments of the branch in view. Checks that it is one whole branch.
    fn check_branch(&self) -> Result<Range<usize>, CableError> {
        let (tables, path) = (self.tables.borrow(), &self.path);
        let fixed = match tables.name {
            "network" => Some(format!(
                "{path} is of a network: set the number of compartments in the cell or the branch, before \
                 the network is made of it"
            )),
            "compartment" => Some(format!(
                "{path} is a single one: make a branch of it with Branch::new(&compartment, ncomp)"
            )),
            _ => None,
        };
        if let Some(text) = fixed {
            return Err(CableError::conflict(text));
        }
        let mut first = 0;
        for Neurite { ncomp, .. } in tables.cells.iter().flatten() {
            let rows = first..first + ncomp;
            first = rows.end;
            if !rows.contains(&self.comps[0]) {
                continue;
            }
            if self.comps[self.comps.len() - 1] >= rows.end {
                break;
            }
            if self.comps.len() == rows.len() {
                return Ok(rows);
            }
            return Err(CableError::conflict(format!(
                "{path} has {} of the {} compartments of its branch: keep all of them to set their \
                 number",
                self.comps.len(),
                rows.len()
            )));
        }
        Err(CableError::conflict(format!(
            "{path} has several branches: keep one of them to set the number of its compartments"
        )))
    }
}

impl Tables {
    /// The branch with these compartments.
    fn neurite(&mut self, rows: &Range<usize>) -> Option<&mut Neurite> {
        let mut first = 0;
        self.cells.iter_mut().flatten().find(|branch| {
            first += branch.ncomp;
            first == rows.end
        })
    }

    /// Checks that compartments of the branch at `path` have the same values, but for the voltage and
    /// the geometry, and are in the same groups and channels.
    fn check_alike(&self, path: &str, rows: &Range<usize>) -> Result<(), CableError> {
        let channels = self.channels.iter().map(|inserted| {
            let here = inserted.here[rows.clone()].iter().filter(|here| **here).count();
            (&inserted.mechanism.name, here)
        });
        let groups =
            self.groups.iter().map(|(name, members)| (name, members.range(rows.clone()).count()));
        let mut partial =
            channels.chain(groups).filter(|(_, here)| ![0, rows.len()].contains(here));
        if let Some((name, here)) = partial.next() {
            return Err(CableError::conflict(format!(
                "'{}' is in {here} of {} compartments of {path}: set their number first",
                Short(name),
                rows.len()
            )));
        }
        let keys = self.columns.iter().filter(|(key, _)| !is_computed(key));
        for (key, column) in keys {
            let (first, others) = (column[rows.start], &column[rows.clone()]);
            if let Some(&other) = others.iter().find(|other| other.to_bits() != first.to_bits()) {
                let [first, other] = [first, other].map(Number);
                return Err(CableError::conflict(format!(
                    "'{}' is {first} and {other} in compartments of {path}: set their number first",
                    Short(key)
                )));
            }
        }
        Ok(())
    }

    /// The values of [`GEOMETRY`] in each of `ncomp` new compartments of the branch at `path`.
    fn geometry(
        &mut self,
        path: &str,
        rows: &Range<usize>,
        ncomp: usize,
    ) -> Result<Vec<[f64; 6]>, CableError> {
        let trace = self.neurite(rows).and_then(|branch| branch.trace.clone());
        let present = rows.clone().map(|comp| GEOMETRY.map(|key| self.columns[key][comp]));
        let present: Vec<_> = present.collect();
        let unset = match &trace {
            Some(trace) => trace.compartments(rows.len())?,
            None => vec![cylinder(present[0][0], present[0][1]); rows.len()],
        };
        if let Some((n, key)) = first_difference(&present, &unset) {
            return Err(CableError::conflict(format!(
                "'{}' of compartment {n} of {path} was set: set the number of compartments first",
                GEOMETRY[key]
            )));
        }
        if let Some(trace) = trace {
            return trace.compartments(ncomp);
        }
        let length = present.iter().map(|values| values[1]).sum::<f64>() / ncomp as f64;
        let values = cylinder(present[0][0], length);
        for (key, value) in GEOMETRY.into_iter().zip(values) {
            check_derived(|| format!("'{key}' of {path}"), "radius and length", value)?;
        }
        Ok(vec![values; ncomp])
    }

    /// Replaces the compartments of a branch by new ones.
    fn cut(&mut self, rows: &Range<usize>, geometry: &[[f64; 6]]) {
        let ncomp = geometry.len();
        for (key, column) in &mut self.columns {
            let old = &column[rows.clone()];
            let first = old[0];
            let all_alike = old.iter().all(|value| value.to_bits() == first.to_bits());
            let mean = old.iter().sum::<f64>() / rows.len() as f64;
            let new = match GEOMETRY.iter().position(|other| other == key) {
                Some(at) => geometry.iter().map(|values| values[at]).collect(),
                None => vec![if all_alike { first } else { mean }; ncomp],
            };
            column.splice(rows.clone(), new);
        }
        for inserted in &mut self.channels {
            let here = inserted.here[rows.start];
            inserted.here.splice(rows.clone(), vec![here; ncomp]);
        }
        for members in self.groups.values_mut() {
            let here = if members.contains(&rows.start) { ncomp } else { 0 };
            let later = members.split_off(&rows.end);
            members.split_off(&rows.start);
            members.extend(rows.start..rows.start + here);
            members.extend(later.into_iter().map(|comp| comp - rows.len() + ncomp));
        }
        if let Some(branch) = self.neurite(rows) {
            branch.ncomp = ncomp;
        }
    }
}

/// Whether new compartments do not just get the value of the old ones.
fn is_computed(key: &str) -> bool {
    key == "v" || GEOMETRY.contains(&key)
}

/// The values of [`GEOMETRY`] of a cylinder.
fn cylinder(radius: f64, length: f64) -> [f64; 6] {
    let [area, volume, load_in, load_out] = Cylinder::new(radius, length).derived();
    [radius, length, area, volume, load_in, load_out]
}

/// The first row and column where two tables differ in more than rounding.
fn first_difference(a: &[[f64; 6]], b: &[[f64; 6]]) -> Option<(usize, usize)> {
    let differ = |a: f64, b: f64| a != b && (a - b).abs() > 1e-12 * b.abs();
    let column = |(a, b): (&[f64; 6], &[f64; 6])| a.iter().zip(b).position(|(a, b)| differ(*a, *b));
    a.iter().zip(b).enumerate().find_map(|(row, pair)| Some((row, column(pair)?)))
}
