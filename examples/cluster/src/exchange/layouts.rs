//! Compares the layout of the trees of all ranks.

use std::any::type_name;
use std::fmt::{self, Display};

use mpi::topology::SimpleCommunicator;
use mpi::traits::Communicator;
use pytree::error::{Mismatch, write_places};
use pytree::{Layout, PyTree};

use crate::agree::{agree, count, share};
use crate::error::Error;

/// The layout of `tree`, if it is that of the trees of all ranks.
pub(crate) fn shared_layout<P: PyTree>(
    world: &SimpleCommunicator,
    tree: &P,
) -> Result<Layout, Error> {
    let layout = Layout::of(tree);
    let mut written = agree(world, written::<P>(world, &layout))?;
    share(world, 0, &mut written);
    agree(world, compare(&written, tree))?;
    Ok(layout)
}

/// On rank 0, the element type and the layout as bytes; nothing on other ranks.
fn written<P: PyTree>(world: &SimpleCommunicator, layout: &Layout) -> Result<Vec<u8>, String> {
    count(layout.len().saturating_add(1))?;
    if world.rank() != 0 {
        return Ok(Vec::new());
    }
    let written =
        serde_json::to_vec(&(type_name::<P::Elem>(), layout)).map_err(|e| e.to_string())?;
    count(written.len())?;
    Ok(written)
}

fn compare<P: PyTree>(written: &[u8], tree: &P) -> Result<(), Difference> {
    let unread = |error: serde_json::Error| Difference::Elements(error.to_string());
    let (element, layout): (String, Layout) = serde_json::from_slice(written).map_err(unread)?;
    let own = type_name::<P::Elem>();
    if element != own {
        return Err(Difference::Elements(format!("expected elements {element}, found {own}")));
    }
    layout.check(tree).map_err(|error| Difference::Places(error.mismatches().to_vec()))
}

/// How the tree of a rank differs from that of rank 0.
enum Difference {
    Elements(String),
    Places(Vec<Mismatch>),
}

impl Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = "the tree does not match that of rank 0";
        match self {
            Difference::Elements(text) => write!(f, "{subject}: {text}"),
            Difference::Places(places) => write_places(f, subject, places),
        }
    }
}
