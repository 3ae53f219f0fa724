use std::ops::Range;

use crate::error::error::Error;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::error::print;
use crate::path::key::{Key, KeyPath};
use crate::structure::find::{expect_leaf, find_within};
use crate::structure::treedef::{Subtree, TreeDef};

/// The target of a path that leads to a leaf, or to a row or an element of a leaf.
pub(crate) struct Within {
    /// The index of the leaf.
    pub leaf: usize,
    /// The path of the leaf.
    pub path: KeyPath,
    /// The indices along the first axes of the leaf; empty for the whole leaf.
    pub positions: Vec<i128>,
}

impl Within {
    /// The element with this index in the leaf that `subtree` is, at `path`.
    ///
    /// # Errors
    /// If the node is not a leaf.
    pub(crate) fn new(
        subtree: Subtree<'_>,
        path: &KeyPath,
        index: Vec<usize>,
        subject: &'static str,
    ) -> Result<Self, Error> {
        let leaf = expect_leaf(subtree, path, subject)?;
        // No `usize` has more than 64 bits.
        let positions = index.into_iter().map(|position| position as i128).collect();
        Ok(Within { leaf, path: path.clone(), positions })
    }

    /// Finds the target of `path`.
    ///
    /// # Errors
    /// If the tree has no such node, or the node is not a leaf.
    pub(crate) fn find(
        treedef: &TreeDef,
        path: &KeyPath,
        subject: &'static str,
    ) -> Result<Self, Error> {
        let (subtree, depth) = find_within(treedef, path, subject)?;
        let (to_leaf, within_leaf) = path.keys().split_at(depth);
        // `find_within` has checked that all these keys are positions.
        let positions = within_leaf.iter().filter_map(|key| match key {
            Key::Sequence(position) => i128::try_from(*position).ok(),
            Key::Int(position) => Some(*position),
            _ => None,
        });
        let (path, positions) = (to_leaf.iter().cloned().collect(), positions.collect());
        Ok(Within { leaf: expect_leaf(subtree, &path, subject)?, path, positions })
    }

    /// The range of the row or element among the elements of a leaf of this shape, in row-major order, and the shape
    /// of the row or element.
    ///
    /// # Errors
    /// If there are more positions than axes, or a position is past the end of its axis.
    pub(crate) fn part<'s>(
        &self,
        shape: &'s [usize],
        subject: &'static str,
    ) -> Result<(Range<usize>, &'s [usize]), Error> {
        // For shape [a, b, c], positions [i, j] select row i * b + j of c elements each.
        let (mut start, mut inner) = (0, shape);
        for &position in &self.positions {
            match (inner.split_first(), usize::try_from(position)) {
                (Some((&len, rest)), Ok(position)) if position < len => {
                    start = start * len + position;
                    inner = rest;
                }
                _ => {
                    let text = if shape.is_empty() {
                        format!("there is no [{position}], because the leaf is a number")
                    } else {
                        let (shape, found) = (print::shape(shape), print::shape(&self.positions));
                        format!("expected an index within shape {shape}, found {found}")
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
