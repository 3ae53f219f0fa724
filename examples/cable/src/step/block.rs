use crate::mechanism::sites::{Column, Space};
use std::ops::Range;

/// The derivatives of a mechanism's equations at all of its sites: a small matrix for each, of which
/// only the entries that may differ from 0 are there.
#[derive(Clone, Copy)]
pub(crate) struct Block<'a> {
    /// The output and the input of each entry.
    pub entries: &'a [[usize; 2]],
    /// For each entry, a number a site.
    pub derivatives: &'a [f64],
    pub inputs: &'a [Column<'a>],
    pub outputs: &'a [Column<'a>],
    /// Whether the outputs are replaced; else they are added to.
    pub replaces: bool,
    pub sites: usize,
}

impl Block<'_> {
    /// Moves the outputs by how the inputs move. `tangents` and `params` have `columns` numbers for
    /// each value and parameter; without `params`, these stay.
    pub fn jvp(&self, columns: usize, tangents: &mut [f64], params: &[f64]) {
        let row = self.sites * columns;
        let mut moved = vec![0.0; self.outputs.len() * row];
        for (entry, &[output, input]) in self.entries.iter().enumerate() {
            let input = &self.inputs[input];
            let from = match input.space {
                Space::Values => &*tangents,
                Space::Params if params.is_empty() => continue,
                Space::Params => params,
            };
            let derivatives = &self.derivatives[entry * self.sites..][..self.sites];
            let moved = &mut moved[output * row..][..row];
            if columns == 1 && input.at.run.is_none() {
                let from = &from[input.start..];
                for ((to, derivative), &at) in moved.iter_mut().zip(derivatives).zip(input.at.each)
                {
                    *to += derivative * from[at];
                }
                continue;
            }
            rows(columns, input, |at, value| {
                let (to, from) = (&mut moved[at.clone()], &from[value]);
                add_products(columns, to, &derivatives[at.start / columns..], from);
            });
        }
        for (output, moved) in self.outputs.iter().zip(moved.chunks_exact(row.max(1))) {
            rows(columns, output, |at, value| {
                let (to, moved) = (&mut tangents[value], &moved[at]);
                if self.replaces {
                    to.copy_from_slice(moved);
                } else {
                    to.iter_mut().zip(moved).for_each(|(to, moved)| *to += moved);
                }
            });
        }
    }

    /// Adds to the cotangents of the inputs what those of the outputs come to.
    pub fn vjp(&self, columns: usize, cotangents: &mut [f64], params: &mut [f64]) {
        let row = self.sites * columns;
        let mut weights = vec![0.0; self.outputs.len() * row];
        for (output, weights) in self.outputs.iter().zip(weights.chunks_exact_mut(row.max(1))) {
            rows(columns, output, |at, value| {
                let from = &mut cotangents[value];
                weights[at].copy_from_slice(from);
                if self.replaces {
                    from.fill(0.0);
                }
            });
        }
        for (entry, &[output, input]) in self.entries.iter().enumerate() {
            let input = &self.inputs[input];
            let to = match input.space {
                Space::Values => &mut *cotangents,
                Space::Params if params.is_empty() => continue,
                Space::Params => &mut *params,
            };
            let derivatives = &self.derivatives[entry * self.sites..][..self.sites];
            let weights = &weights[output * row..][..row];
            if columns == 1 && input.at.run.is_none() {
                let to = &mut to[input.start..];
                for ((weight, derivative), &at) in
                    weights.iter().zip(derivatives).zip(input.at.each)
                {
                    to[at] += derivative * weight;
                }
                continue;
            }
            rows(columns, input, |at, value| {
                let (to, from) = (&mut to[value], &weights[at.clone()]);
                add_products(columns, to, &derivatives[at.start / columns..], from);
            });
        }
    }
}

/// Calls `each` with where the numbers of sites are among those of a block, and among all values:
/// at once if they follow each other, else site by site. That costs a call a site; the loops over
/// entries, of which there are many, do without it for one column.
#[inline(always)]
fn rows(columns: usize, column: &Column<'_>, mut each: impl FnMut(Range<usize>, Range<usize>)) {
    let len = column.at.each.len();
    if let Some(run) = column.at.run {
        let start = (column.start + run) * columns;
        return each(0..len * columns, start..start + len * columns);
    }
    for (site, &at) in column.at.each.iter().enumerate() {
        let start = (column.start + at) * columns;
        each(site * columns..(site + 1) * columns, start..start + columns);
    }
}

/// Adds to each row of `to` the factor of the row times that of `from`.
#[inline(always)]
fn add_products(columns: usize, to: &mut [f64], factors: &[f64], from: &[f64]) {
    if columns == 1 {
        for ((to, factor), from) in to.iter_mut().zip(factors).zip(from) {
            *to += factor * from;
        }
        return;
    }
    let rows = to.chunks_exact_mut(columns).zip(from.chunks_exact(columns));
    for ((to, from), factor) in rows.zip(factors) {
        to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
    }
}
