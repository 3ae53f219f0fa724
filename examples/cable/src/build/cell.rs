use crate::ancestry::without_root;
use crate::build::branch::Branch;
use crate::build::index::Index;
use crate::build::tables::{Neurite, Tables};
use crate::build::view::View;
use crate::build::whole::{Build, build};
use crate::error::CableError;
use crate::swc::swc::Swc;

/// A neuron: branches that form a tree.
///
/// At the end of a branch with children is a branchpoint, which has a voltage but no membrane.
///
/// ```
/// use cable::channels::HH;
/// use cable::{Branch, Build, Cell, Compartment, step_current};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let branch = Branch::new(&Compartment::new(), 2)?;
/// let mut cell = Cell::new(&branch, &[-1, 0, 0])?;
/// cell.insert(HH)?.set("v", -65.0)?.init_states()?;
/// cell.branch(0)?.comp(0)?.stimulate(step_current(1.0, 2.0, 0.5, 0.025, 5.0)?)?;
/// cell.branch(2)?.comp(1)?.record("v")?;
///
/// let cable = cell.build(0.025)?;
/// assert_eq!(cable.branchpoints(), [6]);
/// assert_eq!(cable.steps(), 201);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Cell {
    pub(crate) tables: Tables,
}

build!(Cell);

impl Cell {
    /// As many copies of `branch` as there are `parents`.
    ///
    /// # Errors
    /// Those of [`from_branches`](Self::from_branches).
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// assert_eq!(Cell::new(&branch, &[-1, 0, 0])?.view().nodes(), [0, 1, 2, 3, 4, 5]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn new(branch: &Branch, parents: &[isize]) -> Result<Self, CableError> {
        let ncomp = branch.tables.len();
        let neurite = |parent| Neurite::new(ncomp, parent);
        let tree = rooted(parents)?.into_iter().map(neurite).collect();
        let count = parents.len();
        Ok(Self { tables: Tables::repeat("cell", "branch", &branch.tables, count, vec![tree])? })
    }

    /// The branches, each starting at the end of its parent. The first is the root and has parent
    /// -1.
    ///
    /// # Errors
    /// [`Length`](crate::ErrorKind::Length) if there are not as many branches as parents,
    /// [`Conflict`](crate::ErrorKind::Conflict) if the branches do not form a tree,
    /// [`Empty`](crate::ErrorKind::Empty) if there are none,
    /// [`Conflict`](crate::ErrorKind::Conflict) if a part has stimuli, clamps, recordings or
    /// trainable parameters, or if channels of two kinds have one name.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// let short = Branch::new(&Compartment::new(), 1)?;
    /// let cell = Cell::from_branches(&[branch, short], &[-1, 0])?;
    /// assert_eq!(cell.view().nodes(), [0, 1, 2]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn from_branches(branches: &[Branch], parents: &[isize]) -> Result<Self, CableError> {
        let (found, expected) = (parents.len(), branches.len());
        if found != expected {
            return Err(CableError::length("parents", found, expected, "branches"));
        }
        let neurite =
            |(branch, parent): (&Branch, Option<usize>)| Neurite::new(branch.tables.len(), parent);
        let tree = branches.iter().zip(rooted(parents)?).map(neurite).collect();
        let parts = branches.iter().map(|branch| &branch.tables);
        Ok(Self { tables: Tables::join("cell", "branch", parts, vec![tree])? })
    }

    /// The neuron of an SWC file, given its text, with `ncomp` compartments a branch. [`Swc`] has the
    /// rules, and options.
    ///
    /// # Errors
    /// Those of [`Swc::new`] and [`Swc::cell`].
    ///
    /// ```
    /// use cable::channels::HH;
    /// use cable::{Build, Cell};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let swc = "# a soma and a dendrite
    ///     1 1  0 0 0  8.0 -1
    ///     2 3  8 0 0  1.0  1
    ///     3 3 58 0 0  0.5  2";
    /// let mut cell = Cell::from_swc(swc, 2)?;
    /// cell.group("soma")?.insert(HH)?;
    /// assert_eq!(cell.get("length")?, [8.0, 8.0, 25.0, 25.0]);
    /// assert_eq!(cell.view().branch(1)?.get("radius")?, [0.875, 0.625]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_swc(text: &str, ncomp: usize) -> Result<Self, CableError> {
        Swc::new(text)?.cell(ncomp)
    }

    /// The parent of each branch, or -1, as given to [`new`](Self::new).
    ///
    /// ```
    /// use cable::{Branch, Cell, Compartment};
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// assert_eq!(Cell::new(&branch, &[-1, 0, 0])?.parents(), [-1, 0, 0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn parents(&self) -> Vec<isize> {
        let parents = self.tables.cells.iter().flatten().map(|branch| branch.parent);
        parents.map(|parent| parent.map_or(-1, usize::cast_signed)).collect()
    }

    /// Only these branches.
    ///
    /// # Errors
    /// [`Index`](crate::ErrorKind::Index) if one of them does not exist, and
    /// [`Empty`](crate::ErrorKind::Empty) if none is named.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// let mut cell = Cell::new(&branch, &[-1, 0, 0])?;
    /// cell.branch(1)?.set("radius", 2.0)?;
    /// assert_eq!(cell.get("radius")?, [1.0, 1.0, 2.0, 2.0, 1.0, 1.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn branch(&mut self, index: impl Into<Index>) -> Result<View<&mut Tables>, CableError> {
        self.view_mut().branch(index)
    }

    /// Only these compartments of each branch.
    ///
    /// # Errors
    /// [`Index`](crate::ErrorKind::Index) if no branch has one of them, and
    /// [`Empty`](crate::ErrorKind::Empty) if none is named.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// let mut cell = Cell::new(&branch, &[-1, 0, 0])?;
    /// cell.comp(0)?.set("radius", 2.0)?; // of each branch
    /// assert_eq!(cell.get("radius")?, [2.0, 1.0, 2.0, 1.0, 2.0, 1.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn comp(&mut self, index: impl Into<Index>) -> Result<View<&mut Tables>, CableError> {
        self.view_mut().comp(index)
    }
}

impl Default for Cell {
    /// One branch of one compartment.
    fn default() -> Self {
        let tables = Tables { name: "cell", ..Tables::compartment() };
        Self { tables }
    }
}

/// The parents; checks that they lead to branch 0.
fn rooted(parents: &[isize]) -> Result<Vec<Option<usize>>, CableError> {
    let branches = parents.len();
    let wrong = |branch: usize| {
        let parent = parents[branch];
        CableError::conflict(format!(
            "branch {branch} of {branches} has parent {parent}: give -1 for branch 0, and for each \
             other one a branch that leads to branch 0"
        ))
    };
    let parent = |branch: usize| match usize::try_from(parents[branch]) {
        Ok(parent) if branch > 0 && parent < branches => Ok(Some(parent)),
        Err(_) if branch == 0 && parents[branch] == -1 => Ok(None),
        _ => Err(wrong(branch)),
    };
    let found: Vec<_> = (0..branches).map(parent).collect::<Result<_, _>>()?;
    match without_root(&found) {
        Some(branch) => Err(wrong(branch)),
        None => Ok(found),
    }
}
