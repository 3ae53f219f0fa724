//! The slowest modes of a cell at rest: the eigenvalues of the step linearised there, and the
//! states that take part in each mode. Drawn as a heat map.
//!
//! `cargo run --release -p examples --features modes --example slow_modes [-- slow_modes.svg]`

mod heat_map;

use std::error::Error;

use cable::channels::{CaL, CaPump, HH, Km, Leak};
use cable::{Branch, Build, Cable, CableError, Cell, Compartment, StepDynamics};
use dynamics::build_dynamic_state_utils;
use heat_map::Words;
use nalgebra::{Complex, DMatrix, DVector, Schur};
use ndarray::{Array1, Array2};

/// A soma with slow channels and two dendrites of different lengths.
fn cell() -> Result<Cable, CableError> {
    let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    cell.insert(Leak)?.set("length", 60.0)?.set("v", -65.0)?; // um, mV
    cell.branch(2)?.set("length", 120.0)?;
    let mut soma = cell.branch(0)?.comp(0)?;
    soma.insert(HH)?.insert(Km)?.set("Km_gKm", 1e-3)?.insert(CaL)?.insert(CaPump)?; // S/cm^2
    cell.init_states()?.build(0.025) // ms
}

/// The vector for which `matrix` is `value`, by inverse iteration.
fn eigenvector(
    matrix: &DMatrix<Complex<f64>>,
    value: Complex<f64>,
) -> Option<DVector<Complex<f64>>> {
    let len = matrix.nrows();
    // Slightly off the eigenvalue, where the matrix is invertible.
    let lu = (matrix - DMatrix::identity(len, len) * (value * (1.0 + 1e-10))).lu();
    (0..6).try_fold(DVector::from_element(len, Complex::from(1.0)), |vector, _| {
        Some(lu.solve(&vector)?.normalize())
    })
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let picture = std::env::args().nth(1).unwrap_or_else(|| "slow_modes.svg".into());
    let cable = cell()?;
    let (utils, delta_t) = (build_dynamic_state_utils(&cable)?, cable.delta_t());
    let step = StepDynamics::new(&utils, cable.externals_at(0)?);

    // At rest a step changes nothing; Newton's method finds that vector.
    let mut rest = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    let len = rest.len();
    let jacobian = |at: &Array1<f64>| -> Result<_, Box<dyn Error + Send + Sync>> {
        Ok(DMatrix::from_row_iterator(len, len, step.jacobian(at)?.into_matrix()))
    };
    for _ in 0..20 {
        let way = DVector::from_iterator(len, &step.apply(&rest)? - &rest);
        let slope = DMatrix::identity(len, len) - jacobian(&rest)?;
        let way = slope.lu().solve(&way).ok_or("the cell has no single state of rest")?;
        rest += &Array1::from_iter(way.iter().copied());
    }

    let matrix = jacobian(&rest)?;
    let schur = Schur::try_new(matrix.clone(), f64::EPSILON, 10_000).ok_or("no eigenvalues")?;
    let mut values: Vec<_> = schur.complex_eigenvalues().iter().copied().collect();
    values.retain(|value| value.im >= 0.0); // one of each pair
    values.sort_by(|a, b| b.norm().total_cmp(&a.norm()));
    values.truncate(10);

    println!("v at rest: {:.3} mV at the soma", rest[utils.index("v[0]")?]);
    let (labels, matrix) = (utils.labels(), matrix.map(Complex::from));
    let (mut shares, mut names) = (Array2::zeros((len, values.len())), Vec::new());
    for (&value, mut shares) in values.iter().zip(shares.columns_mut()) {
        let right = eigenvector(&matrix, value).ok_or("an eigenvector is not found")?;
        let left = eigenvector(&matrix.adjoint(), value.conj()).ok_or("as above, to the left")?;
        let products = left.conjugate().component_mul(&right);
        let sum = products.sum();
        products.iter().zip(&mut shares).for_each(|(product, share)| *share = (product / sum).re);

        let rate = value.ln() / delta_t;
        let name = format!("{:.2} ms", -1.0 / rate.re);
        let mut order: Vec<_> = shares.iter().zip(&labels).collect();
        order.sort_by(|a, b| b.0.total_cmp(a.0));
        print!("{name:>10}:");
        order[..3].iter().for_each(|(share, label)| print!("{label:>11}{:>4.0} %", *share * 100.0));
        println!("{}", ["", "   a pair that turns"][usize::from(rate.im > 0.0)]);
        if !(0.0..1e-12).contains(&(&matrix * &right - &right * value).norm()) {
            return Err(format!("the mode of {name} is no eigenvector").into());
        }
        names.push(name);
    }
    let words = Words {
        title: "The slowest modes of a cell at rest, and the states they are made of",
        rows: "state",
        columns: "time in which the mode fades to 1/e",
        scale: "share of the state in the mode (no unit)",
        labels: [&labels, &names],
    };
    heat_map::draw(&picture, &words, &shares)?;

    // Check: a nudge along the slowest mode decays at the rate of its eigenvalue.
    let slowest = eigenvector(&matrix, values[0]).ok_or("as above")?;
    let nudge: Array1<_> = slowest.iter().map(|x| (x / slowest.camax() * 1e-3).re).collect();
    let mut nudged = &rest + &nudge;
    let steps = 4000;
    for _ in 0..steps {
        nudged = step.apply(&nudged)?;
    }
    let left = (nudged - &rest).dot(&nudge) / nudge.dot(&nudge);
    let expected = values[0].powi(steps).re;
    let time = delta_t * f64::from(steps);
    println!("After {time} ms, {left:.4} of a nudge is left; the slowest mode says {expected:.4}.");
    if (left - expected).abs() < 1e-3 { Ok(()) } else { Err("the steps do otherwise".into()) }
}
