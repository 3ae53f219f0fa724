use crate::build::cell::Cell;
use crate::build::index::Index;
use crate::build::tables::Tables;
use crate::build::view::View;
use crate::build::whole::{Build, build};
use crate::error::CableError;

/// Cells, and synapses between them. The methods that make synapses are in `build/connect.rs`.
///
/// ```
/// use cable::synapses::IonotropicSynapse;
/// use cable::{Build, Cell, Network};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut net = Network::new(&vec![Cell::default(); 3])?;
/// let [pre, post] = [net.cell(0)?.selection(), net.cell([1, 2])?.selection()];
/// net.fully_connect(&pre, &post, IonotropicSynapse)?;
/// net.edge(1)?.set("IonotropicSynapse_gS", 3e-4)?;
/// net.synapse("IonotropicSynapse")?.record("IonotropicSynapse_s")?;
/// assert_eq!(net.get("IonotropicSynapse_gS")?, [1e-4, 3e-4]);
/// assert_eq!(net.build(0.025)?.recordings().len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    pub(crate) tables: Tables,
}

build!(Network);

impl Network {
    /// The cells, without synapses.
    ///
    /// # Errors
    /// [`Empty`](crate::ErrorKind::Empty) if there are none,
    /// [`Conflict`](crate::ErrorKind::Conflict) if a cell has stimuli, clamps, recordings or
    /// trainable parameters, or if channels of two kinds have one name.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// let cell = Cell::new(&branch, &[-1, 0, 0])?;
    /// let net = cable::Network::new(&[cell.clone(), cell])?;
    /// assert_eq!(net.get("v")?.len(), 12);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn new(cells: &[Cell]) -> Result<Self, CableError> {
        let parts = cells.iter().map(|cell| &cell.tables);
        let trees = parts.clone().flat_map(|tables| tables.cells.clone()).collect();
        Ok(Self { tables: Tables::join("network", "cell", parts, trees)? })
    }

    /// Only these cells.
    ///
    /// # Errors
    /// [`Index`](crate::ErrorKind::Index) if one of them does not exist, and
    /// [`Empty`](crate::ErrorKind::Empty) if none is named.
    ///
    /// ```
    /// use cable::{Branch, Build, Cell, Compartment};
    /// let branch = Branch::new(&Compartment::new(), 2)?;
    /// let cell = Cell::new(&branch, &[-1, 0, 0])?;
    /// let mut net = cable::Network::new(&[cell.clone(), cell])?;
    /// net.cell(1)?.set("v", -60.0)?;
    /// assert_eq!(net.cell(0)?.get("v")?, [-70.0; 6]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn cell(&mut self, index: impl Into<Index>) -> Result<View<&mut Tables>, CableError> {
        self.view_mut().cell(index)
    }

    /// Only these synapses and their ends; see [`View::edge`].
    ///
    /// # Errors
    /// [`Index`](crate::ErrorKind::Index) if one of them does not exist, and
    /// [`Empty`](crate::ErrorKind::Empty) if none is named or there are none.
    ///
    /// ```
    /// use cable::synapses::IonotropicSynapse;
    /// use cable::{Build, Cell, Network};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut net = Network::new(&vec![Cell::default(); 3])?;
    /// let [pre, post] = [net.cell(0..2)?.selection(), net.cell(1..)?.selection()];
    /// net.connect(&pre, &post, IonotropicSynapse)?;
    /// net.edge(1)?.set("IonotropicSynapse_gS", 3e-4)?; // uS
    /// assert_eq!(net.get("IonotropicSynapse_gS")?, [1e-4, 3e-4]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn edge(&mut self, index: impl Into<Index>) -> Result<View<&mut Tables>, CableError> {
        self.view_mut().edge(index)
    }

    /// Only the synapses of the type called `name` and their ends; see [`View::synapse`].
    ///
    /// # Errors
    /// [`Unknown`](crate::ErrorKind::Unknown) if there is no such type.
    ///
    /// ```
    /// use cable::synapses::{IonotropicSynapse, TestSynapse};
    /// use cable::{Build, Cell, Network};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut net = Network::new(&vec![Cell::default(); 2])?;
    /// let [pre, post] = [net.cell(0)?.selection(), net.cell(1)?.selection()];
    /// net.connect(&pre, &post, IonotropicSynapse)?.connect(&post, &pre, TestSynapse.named("Back"))?;
    /// net.synapse("Back")?.set("Back_gC", 2e-4)?.record("i_Back")?;
    /// assert_eq!(net.get("Back_gC")?, [2e-4]);
    /// assert!(net.synapse("TestSynapse").is_err()); // it goes by its name, not its kind
    /// # Ok(())
    /// # }
    /// ```
    pub fn synapse(&mut self, name: &str) -> Result<View<&mut Tables>, CableError> {
        self.view_mut().synapse(name)
    }
}
