//! The largest eigenvalues of a matrix that is only multiplied by.

use std::error::Error;

use nalgebra::{Complex, DMatrix, DVector, Schur};
use ndarray::Array1;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The `count` largest eigenvalues of the matrix that `apply` multiplies by, each with the real part
/// of its vector, in the space of the products of `start` with up to `size` - 1 matrices (Arnoldi,
/// 1951).
pub fn largest(
    [count, size]: [usize; 2],
    start: Array1<f64>,
    apply: impl Fn(&Array1<f64>) -> Outcome<Array1<f64>>,
) -> Outcome<Vec<(Complex<f64>, Array1<f64>)>> {
    let (n, mut next) = (start.len(), start);
    // The matrix within the space, whose orthonormal basis is `basis`.
    let (mut basis, mut small) = (Vec::new(), DMatrix::zeros(size, size));
    for k in 0..size {
        let length = next.dot(&next).sqrt();
        if k > 0 {
            small[(k, k - 1)] = length;
        }
        basis.push(next / length);
        next = apply(&basis[k])?;
        for _ in 0..2 {
            // The second time against the errors of rounding of the first.
            for (vector, entry) in basis.iter().zip(&mut small.column_mut(k)) {
                let along = vector.dot(&next);
                next.scaled_add(-along, vector);
                *entry += along;
            }
        }
    }
    let schur = Schur::try_new(small.clone(), f64::EPSILON, 10_000).ok_or("no eigenvalues")?;
    let mut values: Vec<_> = schur.complex_eigenvalues().iter().copied().collect();
    values.sort_by(|a, b| b.norm().total_cmp(&a.norm()));
    let small = small.map(Complex::from);
    let modes = values.into_iter().take(count).map(|value| {
        // By inverse iteration, slightly off the eigenvalue, where the matrix is invertible.
        let lu = (&small - DMatrix::identity(size, size) * (value * (1.0 + 1e-10))).lu();
        let start = DVector::from_element(size, Complex::from(1.0));
        let weights = (0..6).try_fold(start, |weights, _| Some(lu.solve(&weights)?.normalize()));
        let mut mode = Array1::zeros(n);
        for (weight, vector) in weights.ok_or("no eigenvector")?.iter().zip(&basis) {
            mode.scaled_add(weight.re, vector);
        }
        Ok((value, mode))
    });
    modes.collect()
}
