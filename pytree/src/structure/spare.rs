use std::cell::Cell;
use std::ops::Deref;
use std::sync::Arc;

use crate::structure::treedef::{Arena, TreeDef};

// A map of a tree writes down a structure, builds from it, and drops it. For a tree of a dozen numbers, allocating
// the arena and its buffers took most of the time, so each thread keeps one empty arena for the next map:
//
//     new: SPARE -> take -> walk fills it -> build -> drop: clear -> SPARE
//
// The arena in `SPARE` is empty and has no other owner. `Arc::get_mut` checks the latter in both directions, so an
// arena that something still holds (a clone of the `TreeDef`) is never changed.

thread_local! {
    /// An empty arena, to be reused by the next map.
    static SPARE: Cell<Option<Arc<Arena>>> = const { Cell::new(None) };
}

/// An arena of more nodes, or of more bytes of keys, is freed and not kept, to bound the memory that each thread
/// holds.
const MAX_NODES: usize = 4096;
const MAX_KEY_BYTES: usize = 1 << 16;

/// A structure for one map of a tree, which reuses the buffers of the map before it in this thread.
///
/// `None` only while it is dropped.
pub(crate) struct SpareTreeDef(Option<TreeDef>);

impl SpareTreeDef {
    /// The structure that `walk` writes to an empty arena.
    #[inline]
    pub(crate) fn new(walk: impl FnOnce(&mut Arena)) -> Self {
        let mut arena = SPARE.try_with(Cell::take).ok().flatten().unwrap_or_default();
        // If the mapped function maps another tree, `SPARE` is `None` and the inner map allocates an arena.
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
        self.0.as_ref().expect("only `drop` takes the structure")
    }
}

impl Drop for SpareTreeDef {
    #[inline]
    fn drop(&mut self) {
        let Some(mut arena) = self.0.take().map(TreeDef::into_arena) else { return };
        if let Some(unique) = Arc::get_mut(&mut arena)
            && unique.num_nodes() <= MAX_NODES
            && unique.num_key_bytes() <= MAX_KEY_BYTES
        {
            unique.clear();
            // Fails while the thread exits; the arena is then freed.
            let _ = SPARE.try_with(|spare| spare.set(Some(arena)));
        }
    }
}
