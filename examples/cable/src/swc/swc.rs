use crate::error::{CableError, ErrorKind, Number, Short};
use crate::swc::cuts::Cuts;
use crate::swc::file::{Row, bad_text, may_be_path, read_rows};
use crate::swc::traced::TracedBranch;
use crate::swc::tree::{Choice, TreeOf, link};
use crate::swc::walk::trace;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// An SWC file, and how a [`Cell`](crate::Cell) is made of it.
///
/// Every line of the file is a point: id, type, x, y, z, radius and the id of its parent, or -1. A
/// `#` starts a comment. The rules are those of Jaxley's `read_swc`:
///
/// - Branches are the paths between ends, branchings and changes of type, cut into compartments
///   of one length. The first starts at the end with the lowest id.
/// - The area, the volume and the resistive loads of a compartment are those of the truncated
///   cones that it is traced by; its radius is their mean, weighted by length.
/// - A soma of one point is a sphere: a branch that is as long as its diameter. Dendrites that start
///   at it, or at a point between others of the soma, begin at their own first point; one that is
///   traced by that point alone is a sphere of length 0.1 um.
/// - The types 0 to 4 make the groups `undefined`, `soma`, `axon`, `basal` and `apical`, any
///   other makes `custom` with its number.
/// - A radius of 0 among others makes a resistive load infinite: no current passes there. At a tip
///   this does not matter, because nothing is beyond it. Elsewhere the cell is read, but
///   [`build`](crate::Build::build) returns an error. (In Jaxley, rounding can make such a load at the
///   end of a branch finite.)
///
/// The options change these rules, in whatever order they are called:
///
/// ```
/// use cable::{Build, Swc};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let text = "# units: nm
///     1 1 0      0 0 4000 -1
///     2 0 5000   0 0  500  1
///     3 0 405000 0 0    0  2
///     4 6 805000 0 0  250  3";
/// let cell = Swc::new(text)?
///     .scale(1e-3)? // nm to um
///     .min_radius(0.1)?
///     .max_branch_len(500.0)?
///     .cell_by(|branch| (branch.length() / 100.0).ceil() as usize)?;
/// assert_eq!(cell.parents(), [-1, 0, 1]);
/// assert_eq!(cell.view().branch(1)?.get("length")?, [100.0; 4]);
/// assert_eq!(cell.view().point(3)?.nodes(), [4]);
/// # Ok(())
/// # }
/// ```
///
/// | Jaxley's `read_swc` | here |
/// |---|---|
/// | `ncomp=4` | [`cell(4)`](Self::cell) |
/// | `min_radius=0.1` | [`min_radius(0.1)`](Self::min_radius), which also holds for areas and loads |
/// | `max_branch_len=300` | [`max_branch_len(300.0)`](Self::max_branch_len) |
/// | `relevant_type_ids=[1, 2]` | [`relevant_type_ids([1, 2])`](Self::relevant_type_ids) |
/// | `ignore_swc_tracing_interruptions=False` | [`split_at_interruptions()`](Self::split_at_interruptions) |
/// | `assign_groups=False` | none: a group that is not used changes nothing |
///
/// Unlike in Jaxley, ids may start at any number; a soma of one point is in the group `soma` where
/// it is not the first point; and several roots, lines of one id, and a branch whose points are all
/// at one position are errors that say what to do.
#[derive(Clone, Debug)]
#[must_use = "call `cell` to make a cell of it"]
pub struct Swc {
    rows: Vec<Row>,
    choice: Choice,
    cuts: Cuts,
    relevant: BTreeSet<i64>,
    scale: f64,
    min_radius: f64,
}

// `cell` and `cell_by` are in `build/traced.rs`.
impl Swc {
    /// The SWC file with this text.
    ///
    /// # Errors
    /// [`Text`](crate::ErrorKind::Text) with the line that is not a point.
    ///
    /// ```
    /// let error = cable::Swc::new("1 1 0 0 zero 8 -1").unwrap_err();
    /// assert_eq!(error.to_string(), "line 1: the z is 'zero': give a finite number");
    /// ```
    pub fn new(text: &str) -> Result<Self, CableError> {
        Self::of(text).map_err(|error| {
            if !may_be_path(text) {
                return error;
            }
            bad_text(format!(
                "'{}' is not a point of 7 numbers: give the text of an SWC file, or pass its path to \
                 Swc::read",
                Short(text.trim())
            ))
        })
    }

    /// Reads a text that is not a path.
    fn of(text: &str) -> Result<Self, CableError> {
        Ok(Self {
            rows: read_rows(text)?,
            choice: Choice::default(),
            cuts: Cuts::default(),
            relevant: [1, 2, 3, 4].into(),
            scale: 1.0,
            min_radius: 0.0,
        })
    }

    /// The SWC file at this path. Comments may be in any encoding.
    ///
    /// # Errors
    /// [`Text`](crate::ErrorKind::Text) with the path if the file cannot be read, and with path and
    /// line if it is not one of points.
    ///
    /// ```
    /// let error = cable::Swc::read("no/such.swc").unwrap_err();
    /// assert!(error.to_string().starts_with("no/such.swc: "));
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self, CableError> {
        let path = path.as_ref();
        let bad = |error: &dyn std::fmt::Display| bad_text(format!("{}: {error}", path.display()));
        let bytes = fs::read(path).map_err(|error| bad(&error))?;
        Self::of(&String::from_utf8_lossy(&bytes)).map_err(|error| bad(&error))
    }

    /// Multiplies positions and radii: `1e-3` reads nanometers. All other lengths, as of
    /// [`min_radius`](Self::min_radius), are then in um.
    ///
    /// # Errors
    /// [`Value`](crate::ErrorKind::Value) if the factor is not a number from 1e-50 to 1e50.
    ///
    /// ```
    /// use cable::{Build, Swc};
    /// let swc = Swc::new("1 1 0 0 0 8000 -1")?; // nm
    /// assert_eq!(swc.scale(1e-3)?.cell(1)?.get("radius")?, [8.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn scale(self, factor: f64) -> Result<Self, CableError> {
        Ok(Self { scale: positive("scale", factor)?, ..self })
    }

    /// Raises the radius of each point to at least this one (um).
    ///
    /// Jaxley raises the mean radius of a compartment, and leaves its area and its loads. These agree
    /// with the radius here, and are finite where the radius in the file is 0. Without this option, a
    /// radius of 0 where current would pass is an error of [`build`](crate::Build::build), which names
    /// the compartments but not the line of the file.
    ///
    /// # Errors
    /// [`Value`](crate::ErrorKind::Value) if the radius is not a number from 1e-50 to 1e50.
    ///
    /// ```
    /// use cable::{Build, Swc};
    /// let swc = Swc::new("1 3 0 0 0 0.5 -1\n 2 3 9 0 0 0 1")?;
    /// assert_eq!(swc.clone().cell(1)?.get("resistive_load_out")?, [f64::INFINITY]);
    /// assert_eq!(swc.min_radius(0.1)?.cell(1)?.get("radius")?, [0.3]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn min_radius(self, radius: f64) -> Result<Self, CableError> {
        Ok(Self { min_radius: positive("min_radius", radius)?, ..self })
    }

    /// Cuts a branch at the last point before each multiple of this length (um) along it, so that no
    /// branch is longer, unless two points are that far apart.
    ///
    /// # Errors
    /// [`Value`](crate::ErrorKind::Value) if the length is not a number from 1e-50 to 1e50.
    ///
    /// ```
    /// use cable::{Build, Swc};
    /// let swc = Swc::new("1 3 0 0 0 1 -1\n 2 3 60 0 0 1 1\n 3 3 100 0 0 1 2\n 4 3 180 0 0 1 3")?;
    /// let cell = swc.max_branch_len(100.0)?.cell(1)?;
    /// assert_eq!(cell.get("length")?, [60.0, 120.0]); // cut before 100, as in Jaxley
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn max_branch_len(mut self, length: f64) -> Result<Self, CableError> {
        self.cuts.max_len = Some(positive("max_branch_len", length)?);
        Ok(self)
    }

    /// The types at whose changes a branch ends: 1 to 4 unless it is called. All other types count as
    /// one. A branch has the type of its last points.
    ///
    /// ```
    /// use cable::Swc;
    /// let swc = Swc::new("1 1 0 0 0 1 -1\n 2 1 9 0 0 1 1\n 3 3 20 0 0 1 2\n 4 4 40 0 0 1 3")?;
    /// assert_eq!(swc.clone().cell(1)?.parents(), [-1, 0, 1]);
    /// assert_eq!(swc.relevant_type_ids([1]).cell(1)?.parents(), [-1, 0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn relevant_type_ids(self, types: impl IntoIterator<Item = i64>) -> Self {
        Self { relevant: types.into_iter().collect(), ..self }
    }

    /// Leaves out the points of these types, as of an axon.
    ///
    /// A point whose parent is left out is an error of [`cell`](Self::cell), unless its type is left
    /// out too.
    ///
    /// ```
    /// use cable::{Build, Swc};
    /// let swc = Swc::new("1 1 0 0 0 8 -1\n 2 2 9 0 0 1 1\n 3 3 0 9 0 1 1\n 4 3 0 30 0 1 3")?;
    /// assert_eq!(swc.ignore_types([2]).cell(1)?.get("length")?, [16.0, 21.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn ignore_types(mut self, types: impl IntoIterator<Item = i64>) -> Self {
        self.choice.ignored.extend(types);
        self
    }

    /// Cuts a branch at each point after which the file goes on elsewhere: the id of its child is not
    /// the next one. NEURON has such cuts.
    ///
    /// ```
    /// use cable::{Build, Swc};
    /// let swc = Swc::new("1 3 0 0 0 1 -1\n 2 3 9 0 0 1 1\n 4 3 20 0 0 1 2")?;
    /// assert_eq!(swc.split_at_interruptions().cell(1)?.get("length")?, [9.0, 11.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn split_at_interruptions(mut self) -> Self {
        self.cuts.at_interruptions = true;
        self
    }

    /// Reads lines with the same id as one point, as Jaxley does: its position, type and radius are
    /// those of the last line, and it is joined to the parents of all of them.
    ///
    /// ```
    /// use cable::{Build, Swc};
    /// let swc = Swc::new("1 3 0 0 0 1 -1\n 2 3 9 0 0 1 -1\n 3 3 20 0 0 1 2\n 2 3 5 0 0 1 1")?;
    /// assert_eq!(swc.join_duplicates().cell(1)?.get("length")?, [20.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn join_duplicates(mut self) -> Self {
        self.choice.joined = true;
        self
    }

    /// The parent that marks a root, besides -1: pass 0 for a file whose root has the parent 0.
    ///
    /// If the file has a point with this id, then that point is the root where it is its own parent,
    /// and the other points with this parent start at it.
    ///
    /// ```
    /// use cable::{Build, Swc};
    /// let swc = Swc::new("1 1 0 0 0 8 0")?;
    /// assert_eq!(swc.root_parent(0).cell(1)?.get("length")?, [16.0]);
    ///
    /// let swc = Swc::new("0 3 0 0 0 1 0\n 1 3 9 0 0 1 0")?; // ids from 0
    /// assert_eq!(swc.root_parent(0).cell(1)?.get("length")?, [9.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn root_parent(mut self, id: i64) -> Self {
        self.choice.root_parent = Some(id);
        self
    }

    /// Reads the tree with the point of this id alone, where the file has several roots.
    ///
    /// ```
    /// use cable::{Build, Swc};
    /// let swc = Swc::new("1 3 0 0 0 1 -1\n 2 3 9 0 0 1 1\n 3 3 0 5 0 1 -1\n 4 3 6 5 0 1 3")?;
    /// assert!(swc.clone().cell(1).is_err()); // two roots
    /// assert_eq!(swc.tree_of(4).cell(1)?.get("length")?, [6.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn tree_of(mut self, id: i64) -> Self {
        self.choice.tree = Some(TreeOf::Point(id));
        self
    }

    /// Reads the tree with the soma, the points of type 1, alone, where the file has several roots.
    ///
    /// ```
    /// use cable::{Build, Swc};
    /// let swc = Swc::new("1 3 0 0 0 1 -1\n 2 3 9 0 0 1 1\n 3 1 0 5 0 3 -1")?;
    /// assert_eq!(swc.tree_of_soma().cell(1)?.get("length")?, [6.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn tree_of_soma(mut self) -> Self {
        self.choice.tree = Some(TreeOf::Soma);
        self
    }

    /// The branches, in um, and the index of the parent of each.
    pub(crate) fn branches(&self) -> Result<Vec<(Option<usize>, TracedBranch)>, CableError> {
        let mut tree = link(&self.rows, &self.choice)?;
        for Row { xyzr, .. } in &mut tree.points {
            *xyzr = xyzr.map(|number| number * self.scale);
            xyzr[3] = xyzr[3].max(self.min_radius);
        }
        if let [Row { line, id, kind, .. }] = &*tree.points
            && *kind != 1
        {
            return Err(bad_text(format!(
                "line {line}: point {id} is alone, of type {kind}: give it type 1 for a sphere, or a \
                 second point"
            )));
        }
        Ok(trace(tree, &self.relevant, &self.cuts))
    }
}

fn positive(option: &str, value: f64) -> Result<f64, CableError> {
    if (1e-50..=1e50).contains(&value) {
        return Ok(value);
    }
    let text = format!("{option} is {}: give a number from 1e-50 to 1e50", Number(value));
    Err(CableError::new(ErrorKind::Value, text))
}
