use crate::states::Scalar;

/// A square matrix, row by row.
#[derive(Clone, Debug)]
pub(crate) struct Matrix<T> {
    pub len: usize,
    pub entries: Vec<T>,
}

impl<T: Scalar> Matrix<T> {
    pub fn zeros(len: usize) -> Self {
        Self { len, entries: vec![T::zero(); len * len] }
    }

    fn times(&self, other: &Self) -> Self {
        let mut product = Self::zeros(self.len);
        for (row, left) in self.entries.chunks_exact(self.len).enumerate() {
            let out = &mut product.entries[row * self.len..][..self.len];
            for (&factor, right) in left.iter().zip(other.entries.chunks_exact(self.len)) {
                out.iter_mut().zip(right).for_each(|(out, &right)| *out += factor * right);
            }
        }
        product
    }

    /// The matrix exponential, by its Taylor series of a matrix scaled below 1/2, and squaring.
    ///
    /// NaN if the matrix is so large that 64 halvings do not bring it below 1/2.
    pub fn exp(&self) -> Self {
        let norm = self.entries.chunks_exact(self.len.max(1));
        let norm = norm.map(|row| row.iter().map(|x| x.re().abs()).sum::<f64>());
        let norm = norm.fold(0.0, f64::max);
        let mut squarings = 0;
        let mut scale = 1.0;
        while norm * scale > 0.5 && squarings < 64 {
            scale *= 0.5;
            squarings += 1;
        }
        let mut part = self.clone();
        part.entries.iter_mut().for_each(|x| *x *= scale);
        // 0.5^15 / 15! is below the last place of a sum of about 1.
        let mut sum = Self::identity(self.len);
        for n in (1..=15).rev() {
            sum = part.times(&sum);
            sum.entries.iter_mut().for_each(|x| *x *= 1.0 / f64::from(n));
            (0..self.len).for_each(|at| sum.entries[at * (self.len + 1)] += 1.0);
        }
        for _ in 0..squarings {
            sum = sum.times(&sum);
        }
        sum
    }

    fn identity(len: usize) -> Self {
        let mut identity = Self::zeros(len);
        (0..len).for_each(|at| identity.entries[at * (len + 1)] = T::one());
        identity
    }
}

impl Matrix<f64> {
    pub fn transposed(&self) -> Self {
        let entry = |at: usize| self.entries[at % self.len * self.len + at / self.len];
        Self { len: self.len, entries: (0..self.entries.len()).map(entry).collect() }
    }

    /// The derivative of the exponential in the direction `direction`.
    ///
    /// It is the upper right block of the exponential of `[[self, direction], [0, self]]` (Van Loan,
    /// 1978). The direction is scaled to entries of at most 1 for that: a larger one would cost
    /// squarings, each of which loses digits.
    pub fn exp_derivative(&self, direction: &Self) -> Self {
        let largest = direction.entries.iter().fold(1.0, |largest: f64, x| largest.max(x.abs()));
        let (len, double) = (self.len, 2 * self.len);
        let mut block = Self::zeros(double);
        for at in 0..self.entries.len() {
            let (row, column) = (at / len, at % len);
            block.entries[row * double + column] = self.entries[at];
            block.entries[(row + len) * double + column + len] = self.entries[at];
            block.entries[row * double + column + len] = direction.entries[at] / largest;
        }
        let exp = block.exp();
        let entry = |at: usize| exp.entries[at / len * double + at % len + len] * largest;
        Self { len, entries: (0..self.entries.len()).map(entry).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two compartments that exchange at the rates 3 and 1.
    fn exchange(scale: f64) -> Matrix<f64> {
        Matrix { len: 2, entries: [-3.0, 3.0, 1.0, -1.0].map(|x| x * scale).to_vec() }
    }

    #[test]
    fn exponential_of_an_exchange() {
        for scale in [1e-6_f64, 0.1, 1.0, 40.0] {
            let decay = (-4.0 * scale).exp();
            let expected = [1.0 + 3.0 * decay, 3.0 - 3.0 * decay, 1.0 - decay, 3.0 + decay];
            for (entry, expected) in exchange(scale).exp().entries.iter().zip(expected) {
                assert!((entry - expected / 4.0).abs() < 1e-13, "{scale}: {entry} {expected}");
            }
        }
    }

    #[test]
    fn derivative_of_the_exponential_is_its_slope() {
        let direction = Matrix { len: 2, entries: vec![0.3, -0.2, 0.5, 0.7] };
        let at = |shift: f64| {
            let mut moved = exchange(0.4);
            let moves = moved.entries.iter_mut().zip(&direction.entries);
            moves.for_each(|(x, direction)| *x += shift * direction);
            moved.exp()
        };
        let (above, below) = (at(1e-5), at(-1e-5));
        let slopes = above.entries.iter().zip(&below.entries).map(|(a, b)| (a - b) / 2e-5);
        let derivative = exchange(0.4).exp_derivative(&direction);
        for (derivative, slope) in derivative.entries.iter().zip(slopes) {
            assert!((derivative - slope).abs() < 1e-9, "{derivative} {slope}");
        }
    }

    /// As a loss in other units has it: 40 more squarings would leave four digits.
    #[test]
    fn derivative_is_as_exact_for_a_large_direction() {
        let mut direction = Matrix { len: 2, entries: vec![0.3, -0.2, 0.5, 0.7] };
        let small = exchange(0.4).exp_derivative(&direction);
        direction.entries.iter_mut().for_each(|x| *x *= 1e12);
        let large = exchange(0.4).exp_derivative(&direction);
        for (small, large) in small.entries.iter().zip(large.entries) {
            assert!((large / 1e12 - small).abs() < 1e-14, "{large} {small}");
        }
    }
}
