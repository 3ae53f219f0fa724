use crate::mechanism::sites::{Column, Space};

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
        if columns == 1 {
            self.jvp_of(1, tangents, params);
        } else {
            self.jvp_of(columns, tangents, params);
        }
    }

    #[inline(always)]
    fn jvp_of(&self, columns: usize, tangents: &mut [f64], params: &[f64]) {
        let row = self.sites * columns;
        let mut moved = vec![0.0; self.outputs.len() * row];
        for (entry, &[output, input]) in self.entries.iter().enumerate() {
            let input = self.inputs[input];
            let from = match input.space {
                Space::Values => &*tangents,
                Space::Params if params.is_empty() => continue,
                Space::Params => params,
            };
            let derivatives = &self.derivatives[entry * self.sites..][..self.sites];
            let moved = moved[output * row..][..row].chunks_exact_mut(columns);
            for ((moved, derivative), &at) in moved.zip(derivatives).zip(input.at) {
                let from = &from[(input.start + at) * columns..][..columns];
                moved.iter_mut().zip(from).for_each(|(to, from)| *to += derivative * from);
            }
        }
        for (output, moved) in self.outputs.iter().zip(moved.chunks_exact(row.max(1))) {
            for (moved, &at) in moved.chunks_exact(columns).zip(output.at) {
                let to = &mut tangents[(output.start + at) * columns..][..columns];
                if self.replaces {
                    to.copy_from_slice(moved);
                } else {
                    to.iter_mut().zip(moved).for_each(|(to, moved)| *to += moved);
                }
            }
        }
    }

    /// Adds to the cotangents of the inputs what those of the outputs come to.
    pub fn vjp(&self, columns: usize, cotangents: &mut [f64], params: &mut [f64]) {
        if columns == 1 {
            self.vjp_of(1, cotangents, params);
        } else {
            self.vjp_of(columns, cotangents, params);
        }
    }

    #[inline(always)]
    fn vjp_of(&self, columns: usize, cotangents: &mut [f64], params: &mut [f64]) {
        let row = self.sites * columns;
        let mut weights = vec![0.0; self.outputs.len() * row];
        for (output, weights) in self.outputs.iter().zip(weights.chunks_exact_mut(row.max(1))) {
            for (weights, &at) in weights.chunks_exact_mut(columns).zip(output.at) {
                let from = &mut cotangents[(output.start + at) * columns..][..columns];
                weights.copy_from_slice(from);
                if self.replaces {
                    from.fill(0.0);
                }
            }
        }
        for (entry, &[output, input]) in self.entries.iter().enumerate() {
            let input = self.inputs[input];
            let to = match input.space {
                Space::Values => &mut *cotangents,
                Space::Params if params.is_empty() => continue,
                Space::Params => &mut *params,
            };
            let derivatives = &self.derivatives[entry * self.sites..][..self.sites];
            let weights = weights[output * row..][..row].chunks_exact(columns);
            for ((weights, derivative), &at) in weights.zip(derivatives).zip(input.at) {
                let to = &mut to[(input.start + at) * columns..][..columns];
                to.iter_mut().zip(weights).for_each(|(to, weight)| *to += derivative * weight);
            }
        }
    }
}
