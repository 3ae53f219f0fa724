/// How many directions the derivatives of states after a step are computed in at once.
pub(crate) const UPDATE_DIRECTIONS: usize = 2;

/// The same of currents.
pub(crate) const CURRENT_DIRECTIONS: usize = 4;

/// Which derivatives of a mechanism's equations are not 0 at every point, and the passes of dual
/// numbers that compute them.
///
/// Inputs that no output depends on together share a direction (Curtis, Powell and Reid, 1974): the
/// gates of a channel take one direction, and the voltage another.
#[derive(Clone, Debug)]
pub(crate) struct Pattern<const D: usize> {
    /// The output and the input of each derivative.
    pub entries: Vec<[usize; 2]>,
    pub passes: Vec<Pass<D>>,
}

/// A pass of dual numbers.
#[derive(Clone, Debug)]
pub(crate) struct Pass<const D: usize> {
    /// The rates at which each input moves in each direction: 0 or 1.
    pub seeds: Vec<[f64; D]>,
    pub parts: Vec<Part>,
}

/// Where a pass computes a derivative.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub entry: usize,
    pub output: usize,
    pub direction: usize,
}

impl<const D: usize> Pattern<D> {
    /// For outputs that depend on the inputs whose bits are set in `depends`, of which only those
    /// that are `wanted` count.
    pub fn new(depends: &[u64], wanted: &[bool]) -> Self {
        let empty = || Pass { seeds: vec![[0.0; D]; wanted.len()], parts: Vec::new() };
        let mut pattern = Self { entries: Vec::new(), passes: Vec::new() };
        // For each direction of each pass, the outputs that it has a derivative of.
        let mut taken: Vec<u64> = Vec::new();
        for input in (0..wanted.len()).filter(|&input| wanted[input]) {
            let outputs: u64 = depends
                .iter()
                .enumerate()
                .fold(0, |outputs, (output, depends)| outputs | ((depends >> input & 1) << output));
            if outputs == 0 {
                continue;
            }
            let colour = taken.iter().position(|taken| taken & outputs == 0);
            let colour = colour.unwrap_or(taken.len());
            if colour == taken.len() {
                taken.push(0);
            }
            taken[colour] |= outputs;
            let (pass, direction) = (colour / D, colour % D);
            if pass == pattern.passes.len() {
                pattern.passes.push(empty());
            }
            pattern.passes[pass].seeds[input][direction] = 1.0;
            for output in (0..depends.len()).filter(|output| outputs >> output & 1 == 1) {
                let entry = pattern.entries.len();
                pattern.passes[pass].parts.push(Part { entry, output, direction });
                pattern.entries.push([output, input]);
            }
        }
        if pattern.passes.is_empty() {
            // The values are needed without derivatives too.
            pattern.passes.push(empty());
        }
        pattern
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_without_a_common_output_share_a_direction() {
        // Three gates, each of which depends on itself and the voltage.
        let depends = [0b1001, 0b1010, 0b1100];
        let pattern = Pattern::<2>::new(&depends, &[true; 4]);
        let [pass] = &pattern.passes[..] else { panic!("{pattern:?}") };
        assert_eq!(pass.seeds, [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
        assert_eq!(pattern.entries, [[0, 0], [1, 1], [2, 2], [0, 3], [1, 3], [2, 3]]);
    }

    #[test]
    fn unwanted_inputs_take_no_direction() {
        let pattern = Pattern::<2>::new(&[0b111], &[true, false, false]);
        assert_eq!((pattern.entries, pattern.passes.len()), (vec![[0, 0]], 1));
        let values_alone = Pattern::<2>::new(&[0b1], &[false]);
        assert_eq!((values_alone.entries.len(), values_alone.passes.len()), (0, 1));
    }
}
