//! A branch as it is traced, and the compartments that it is cut into.

use crate::description::limits::check_derived;
use crate::error::CableError;
use crate::swc::file::bad_text;
use crate::swc::frusta::{Frusta, parts_of, split};

/// A branch of an SWC file, see [`Swc::cell_by`](crate::Swc::cell_by).
///
/// ```
/// use cable::{Build, Swc, TracedBranch};
///
/// /// Compartments of at most 20 um.
/// fn fine(branch: &TracedBranch) -> usize {
///     (branch.length() / 20.0).ceil() as usize
/// }
///
/// # fn main() -> Result<(), cable::CableError> {
/// let swc = Swc::new("1 3 0 0 0 1 -1\n 2 3 50 0 0 1 1")?;
/// assert_eq!(swc.cell_by(fine)?.view().nodes(), [0, 1, 2]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TracedBranch {
    /// Its type in the file.
    pub(crate) kind: i64,
    /// Positions and radii (um), from its start to its end; a single point is a sphere.
    pub(crate) points: Vec<[f64; 4]>,
    /// The id of each point.
    pub(crate) ids: Vec<i64>,
    /// The line of each point.
    pub(crate) lines: Vec<usize>,
    /// Its length in um.
    pub(crate) length: f64,
}

/// The keys of [`Geometry::values`], in order.
pub(crate) const GEOMETRY: [&str; 6] =
    ["radius", "length", "area", "volume", "resistive_load_in", "resistive_load_out"];

impl TracedBranch {
    /// The length (um) of a branch that is traced by one point at the surface of a soma, as in Jaxley.
    pub(crate) const SHORTEST: f64 = 0.1;

    /// Its length (um) along the points.
    ///
    /// ```
    /// let swc = cable::Swc::new("1 3 0 0 0 1 -1\n 2 3 3 4 0 1 1")?;
    /// swc.cell_by(|branch| {
    ///     assert_eq!(branch.length(), 5.0);
    ///     1
    /// })?;
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn length(&self) -> f64 {
        self.length
    }

    /// Its mean radius (um), weighted by length.
    ///
    /// ```
    /// let swc = cable::Swc::new("1 3 0 0 0 1 -1\n 2 3 9 0 0 2 1")?;
    /// swc.cell_by(|branch| {
    ///     assert_eq!(branch.radius(), 1.5);
    ///     1
    /// })?;
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn radius(&self) -> f64 {
        let whole = Frusta::new(&self.points, 1);
        whole.map_or(self.points[0][3], |whole| whole.radius)
    }

    /// The group that its compartments belong to.
    ///
    /// ```
    /// let swc = cable::Swc::new("1 4 0 0 0 1 -1\n 2 4 9 0 0 2 1")?;
    /// swc.cell_by(|branch| if branch.group() == "apical" { 2 } else { 1 })?;
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn group(&self) -> String {
        match self.kind {
            0 => "undefined".to_owned(),
            1 => "soma".to_owned(),
            2 => "axon".to_owned(),
            3 => "basal".to_owned(),
            4 => "apical".to_owned(),
            other => format!("custom{other}"),
        }
    }

    /// The values of the keys [`GEOMETRY`] of each of `ncomp` compartments.
    pub(crate) fn compartments(&self, ncomp: usize) -> Result<Vec<[f64; 6]>, CableError> {
        let parts = split(&self.points, ncomp);
        parts.iter().enumerate().map(|(n, points)| self.compartment(n, ncomp, points)).collect()
    }

    fn compartment(
        &self,
        n: usize,
        ncomp: usize,
        points: &[[f64; 4]],
    ) -> Result<[f64; 6], CableError> {
        let no_length = || bad_text(format!("the {} has no length: keep one point", self.place()));
        let frusta = Frusta::new(points, ncomp).ok_or_else(no_length)?;
        let [load_in, load_out] = frusta.loads;
        let length = self.length / ncomp as f64;
        let values = [frusta.radius, length, frusta.area, frusta.volume, load_in, load_out];
        if frusta.radius == 0.0 || load_in.is_nan() || load_out.is_nan() {
            return Err(self.no_radius(n, ncomp));
        }
        // As in Jaxley, no current passes where the radius is 0.
        let pointed = points.iter().any(|point| point[3] == 0.0);
        let given = GEOMETRY.into_iter().zip(values);
        for (key, value) in given.filter(|(_, value)| !(pointed && *value == f64::INFINITY)) {
            check_derived(|| format!("'{key}' of the {}", self.place()), "its points", value)?;
        }
        Ok(values)
    }

    /// Which of `ncomp` compartments has the point with this id.
    pub(crate) fn comp_of_point(&self, id: i64, ncomp: usize) -> Option<usize> {
        let at = self.ids.iter().position(|&other| other == id)?;
        Some(parts_of(&self.points, ncomp)[at])
    }

    /// The error of a compartment without a radius. Names the point in it or after it, as the first
    /// point of a branch may have the radius of the second.
    fn no_radius(&self, comp: usize, ncomp: usize) -> CableError {
        let later = parts_of(&self.points, ncomp).iter().skip(1).position(|&part| part >= comp);
        let line = self.lines[later.map_or(0, |later| later + 1)];
        bad_text(format!(
            "line {line}: the radius is 0, as in all of compartment {comp} of {ncomp} of the {}: give \
             the smallest radius by min_radius(..)",
            self.place()
        ))
    }

    /// Which branch it is, in words: its first and its last line.
    pub(crate) fn place(&self) -> String {
        let [first, last] = [self.lines[0], self.lines[self.lines.len() - 1]];
        format!("branch from line {first} to line {last}")
    }
}
