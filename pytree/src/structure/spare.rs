use std::cell::Cell;
use std::ops::Deref;
use std::sync::Arc;

use crate::structure::treedef::{Arena, TreeDef};

thread_local! {
    /// The arena of a structure that nobody holds any more.
    static SPARE: Cell<Option<Arc<Arena>>> = const { Cell::new(None) };
}

/// An arena of more nodes is given back to the system.
const KEPT: usize = 4096;

/// A structure that lives as long as one map of a tree. Its buffers serve the next one in this thread, so
/// that a map of a small tree does not allocate them.
pub(crate) struct SpareTreeDef(Option<TreeDef>);

impl SpareTreeDef {
    /// The structure that `walk` writes down.
    #[inline]
    pub(crate) fn new(walk: impl FnOnce(&mut Arena)) -> Self {
        let mut arena = SPARE.try_with(Cell::take).ok().flatten().unwrap_or_default();
        // A function that is mapped may map another tree, which then has an arena of its own.
        if let Some(arena) = Arc::get_mut(&mut arena) {
            walk(arena);
        }
        SpareTreeDef(Some(TreeDef::from(arena)))
    }
}

impl Deref for SpareTreeDef {
    type Target = TreeDef;

    #[inline]
    fn deref(&self) -> &TreeDef {
        self.0.as_ref().expect("it is taken in `drop` only")
    }
}

impl Drop for SpareTreeDef {
    #[inline]
    fn drop(&mut self) {
        let Some(mut arena) = self.0.take().map(TreeDef::into_arena) else { return };
        if let Some(unique) = Arc::get_mut(&mut arena)
            && unique.num_nodes() <= KEPT
        {
            unique.clear();
            // At the end of a thread there is no place to keep it.
            let _ = SPARE.try_with(|spare| spare.set(Some(arena)));
        }
    }
}
