use std::ops::Range;

use crate::error::error::Error;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::path::key::{Key, KeyPath};
use crate::structure::find::{expect_leaf, find_within};
use crate::structure::treedef::TreeDef;

/// What a path leads to: a leaf, or an element or a row of one.
pub(crate) struct Within {
    /// The number of the leaf.
    pub leaf: usize,
    /// The path of the leaf.
    pub path: KeyPath,
    /// The position along each of its first axes; empty for the whole leaf.
    pub positions: Vec<usize>,
}

impl Within {
    /// What `path` leads to.
    ///
    /// # Errors
    /// If the tree has no such node, or the node is not a leaf.
    pub(crate) fn find(
        treedef: &TreeDef,
        path: &KeyPath,
        subject: &'static str,
    ) -> Result<Self, Error> {
        let (subtree, depth) = find_within(treedef, path, subject)?;
        let (way, rest) = path.keys().split_at(depth);
        let positions = rest.iter().filter_map(|key| match key {
            Key::Sequence(position) => Some(*position),
            _ => None,
        });
        let (path, positions) = (way.iter().cloned().collect(), positions.collect());
        Ok(Within { leaf: expect_leaf(subtree, &path, subject)?, path, positions })
    }

    /// The part of a leaf of this shape, in row-major order, and the shape of the part.
    ///
    /// # Errors
    /// If the leaf does not have the positions.
    pub(crate) fn part<'s>(
        &self,
        shape: &'s [usize],
        subject: &'static str,
    ) -> Result<(Range<usize>, &'s [usize]), Error> {
        let (mut start, mut inner) = (0, shape);
        for &position in &self.positions {
            match inner.split_first() {
                Some((&len, rest)) if position < len => {
                    start = start * len + position;
                    inner = rest;
                }
                _ => {
                    let found = &self.positions;
                    let text = match shape {
                        [] => format!("there is nothing under it, and no [{position}]"),
                        _ => format!("expected an index within shape {shape:?}, found {found:?}"),
                    };
                    let (path, kind) = (self.path.clone(), MismatchKind::other(text));
                    return Err(Error::not_found(subject, vec![Mismatch { path, kind }]));
                }
            }
        }
        let len = inner.iter().product::<usize>();
        Ok((start * len..(start + 1) * len, inner))
    }
}
