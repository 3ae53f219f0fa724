//! The derivative of a step as an operator: its products are those with its matrix, however it is stored.

use std::collections::BTreeMap;

use cable::{Cable, CableError, StepDynamics};
use dynamics::{
    Differentiable, LinearOperator, Linearization, SparseOperator, build_dynamic_state_utils,
};
use ndarray::{Array1, Array2, Array3, ArrayView2, Axis, array};
use pytree::Layout;
use pytree::grad::Duals;
use tests::{Waves, cases, message};

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// An operator with the two products alone, and all else as the trait provides it.
struct Products(Array2<f64>);

impl LinearOperator for Products {
    fn num_states(&self) -> usize {
        self.0.num_states()
    }

    fn num_params(&self) -> usize {
        self.0.num_params()
    }

    fn jvp_into(&self, tangent: &[f64], params: &[f64], out: &mut [f64]) {
        self.0.jvp_into(tangent, params, out);
    }

    fn vjp_into(&self, cotangent: &[f64], out: &mut [f64], params: &mut [f64]) {
        self.0.vjp_into(cotangent, out, params);
    }
}

/// A matrix of small whole numbers, most of them 0, so that sums in any order are equal.
fn matrix(rows: usize, columns: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, columns), |(i, j)| match (i * 31 + j * 17 + i * j) % 5 {
        0 => (i + 2 * j) as f64 - 4.0,
        1 => 1.0,
        _ => 0.0,
    })
}

/// The entries of a matrix, each of which but the smallest is added in two parts.
fn sparse(matrix: &Array2<f64>) -> SparseOperator {
    let n = matrix.nrows();
    let mut operator = SparseOperator::new(n, matrix.ncols() - n);
    let entries = || matrix.indexed_iter().filter(|(_, value)| **value != 0.0);
    for ((row, column), value) in entries() {
        operator.add(row, column, value - 1.0).unwrap();
    }
    // In another order.
    for ((row, column), _) in entries().collect::<Vec<_>>().into_iter().rev() {
        operator.add(row, column, 1.0).unwrap();
    }
    operator
}

fn columns_of(n: usize, k: usize) -> Array2<f64> {
    Array2::from_shape_fn((n, k), |(i, j)| ((i * 7 + j * 3) % 11) as f64 - 5.0)
}

fn check(operator: impl LinearOperator, matrix: &ArrayView2<'_, f64>, what: &str) -> Outcome {
    let n = matrix.nrows();
    let (of_states, of_params) = matrix.split_at(Axis(1), n);
    let p = of_params.ncols();
    // Two thirds of the states are called `v`.
    let [v, w] = [2 * n / 3, n - 2 * n / 3].map(|len| vec![0.0; len]);
    let layout = Layout::of(&BTreeMap::from([("v", v), ("w", w)]));
    let linear = Linearization::new(operator, &layout)?;

    assert_eq!(linear.to_dense(), of_states, "{what}");
    let mut filled = Array2::from_elem((n, n), 7.0);
    linear.to_dense_into(&mut filled)?;
    assert_eq!(filled, of_states, "{what}");
    assert_eq!(linear.to_sparse().to_dense(), of_states, "{what}");
    let (left, right) = linear.to_sparse_factors();
    assert_eq!(
        (left.to_dense(), right.to_dense()),
        (Array2::eye(n), of_states.to_owned()),
        "{what}"
    );
    let (above, below) = of_states.split_at(Axis(0), 2 * n / 3);
    assert_eq!(linear.block("v", "['w']")?, above.split_at(Axis(1), 2 * n / 3).1, "{what}");
    assert_eq!(linear.block("w", "v")?, below.split_at(Axis(1), 2 * n / 3).0, "{what}");

    for k in [0, 1, 2, 9] {
        let (x, y, q) = (columns_of(n, k), columns_of(n, k), columns_of(p, k));
        assert_eq!(linear.jvp(&x)?, of_states.dot(&x), "{what}, {k}");
        assert_eq!(linear.vjp(&y)?, of_states.t().dot(&y), "{what}, {k}");
        assert_eq!(linear.jvp_params(&q)?, of_params.dot(&q), "{what}, {k}");
        assert_eq!(linear.vjp_params(&y)?, of_params.t().dot(&y), "{what}, {k}");
        for direction in 0..k {
            let (x, q) = (x.column(direction), q.column(direction));
            assert_eq!(linear.jvp(x)?, of_states.dot(&x), "{what}, {k}");
            assert_eq!(linear.vjp(x)?, of_states.t().dot(&x), "{what}, {k}");
            assert_eq!(linear.jvp_params(q)?, of_params.dot(&q), "{what}, {k}");
            assert_eq!(linear.vjp_params(x)?, of_params.t().dot(&x), "{what}, {k}");
            let inner = [linear.vjp(x)?.dot(&x), x.dot(&linear.jvp(x)?)];
            assert_eq!(inner[0], inner[1], "{what}, {k}");
        }
        // In any memory order, and with any axes for the directions.
        assert_eq!(linear.jvp(x.t().to_owned().t())?, of_states.dot(&x), "{what}, {k}");
        let cube = Array3::from_shape_fn((n, k, 2), |(i, j, _)| x[[i, j]]);
        assert_eq!(linear.vjp(&cube)?.index_axis(Axis(2), 1), of_states.t().dot(&x), "{what}, {k}");
    }
    Ok(())
}

#[test]
fn products_are_those_with_the_matrix() -> Outcome {
    for (n, p) in [(0, 0), (1, 0), (1, 2), (5, 3), (8, 0), (19, 4)] {
        let matrix = matrix(n, n + p);
        let what = format!("{n} states, {p} parameters");
        check(matrix.clone(), &matrix.view(), &format!("dense, {what}"))?;
        check(sparse(&matrix), &matrix.view(), &format!("sparse, {what}"))?;
        check(Products(matrix.clone()), &matrix.view(), &format!("provided, {what}"))?;
    }
    Ok(())
}

#[test]
fn a_simulator_and_dual_numbers_give_the_same() -> Outcome {
    let waves = Waves::new(9, 4);
    let layout = Layout::of(&waves.initial());
    let (after, linear) = Linearization::at(&waves, 3, &waves.initial(), &layout)?;
    let mut expected = vec![0.0; 9];
    waves.apply(3, waves.initial().as_slice().ok_or("a slice")?, &mut expected)?;
    assert_eq!(after.to_vec(), expected);
    let step = |(initial, params): &(Vec<Duals>, Vec<Duals>)| waves.step(3, initial, params);
    let jacobian = pytree::jacobian(step, &(waves.initial().to_vec(), waves.params.clone()))?;
    assert_eq!(linear.to_dense(), jacobian.block("", "[0]")?);
    assert_eq!(linear.jvp_params(&Array2::eye(4))?, jacobian.block("", "[1]")?);
    Ok(())
}

#[test]
fn a_step_of_a_cable_by_dual_numbers() -> Outcome {
    let case = cases().into_iter().find(|case| case.name == "network_with_every_synapse");
    let cable = Cable::from_json(&case.ok_or("the case")?.module)?;
    let utils = build_dynamic_state_utils(&cable)?;
    let vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    let f = |x: &Array1<Duals>| -> Result<_, CableError> { step.apply(x) };
    let (after, linear) = utils.linearize(f, &vector)?;
    let duals = vector.mapv(Duals::from_re);
    assert_eq!(after, f(&duals)?.mapv(|x| x.re));
    let jacobian = utils.jacobian(f, &vector)?;
    assert_eq!(linear.to_dense(), jacobian.matrix());
    for (rows, columns) in [("v", "v"), ("v", "HH_m"), ("HH_n", "v")] {
        assert_eq!(linear.block(rows, columns)?, jacobian.block(rows, columns)?);
    }
    assert_eq!(linear.names().labels(), utils.labels());
    Ok(())
}

#[test]
fn a_row_of_many_equal_entries_is_summed_in_linear_time() -> Outcome {
    let n = 100_000;
    let mut operator = SparseOperator::new(n, 0);
    (0..n).for_each(|_| operator.add(7, 3, 0.5).unwrap());
    (0..n).rev().for_each(|column| operator.add(5, column, 2.0).unwrap());
    let linear = Linearization::new(operator, &Layout::of(&Array1::<f64>::zeros(n)))?;
    let matrix = linear.to_sparse();
    assert_eq!(matrix.nnz(), n + 1);
    assert_eq!((matrix.get(7, 3), matrix.get(5, 99_999)), (Some(&5e4), Some(&2.0)));
    Ok(())
}

#[test]
fn errors_name_both_lengths() -> Outcome {
    let waves = Waves::new(3, 2);
    let (layout, initial) = (Layout::of(&waves.initial()), waves.initial());
    let (_, linear) = Linearization::at(&waves, 0, &initial, &layout)?;
    let jvp = |found: &str| format!("tangent: expected shape [3] or [3, K], found {found}");
    assert_eq!(message(linear.jvp(&[1.0])), jvp("[1]"));
    assert_eq!(message(linear.jvp(&Array2::zeros((2, 3)))), jvp("[2, 3]"));
    assert_eq!(message(linear.jvp(ndarray::arr0(1.0).view())), jvp("[]"));
    let vjp = |found: &str| format!("cotangent: expected shape [3] or [3, K], found {found}");
    assert_eq!(message(linear.vjp(&[1.0])), vjp("[1]"));
    assert_eq!(message(linear.vjp_params(&[1.0, 2.0])), vjp("[2]"));
    let params = "tangent: expected shape [2] or [2, K], found [3]";
    assert_eq!(message(linear.jvp_params(&[1.0, 2.0, 3.0])), params);
    assert_eq!(
        message(linear.to_dense_into(&mut Array2::zeros((3, 4)))),
        "matrix: expected 3 rows and 3 columns, found 3 rows and 4 columns",
    );
    assert_eq!(
        message(Linearization::at(&waves, 0, &[1.0], &layout)),
        "vector: expected length 3, found 1"
    );
    assert_eq!(
        message(Linearization::at(&waves, 5, &[1e3, 1e4, 1e3], &layout)),
        "step 5: the wave broke at 5",
    );

    let two = Layout::of(&array![1.0, 2.0]);
    let states =
        |found: usize| format!("operator: expected 2 states, as there are names, found {found}");
    assert_eq!(message(Linearization::at(&waves, 0, &initial, &two)), states(3));
    // A matrix that is higher than wide is no operator.
    assert_eq!(message(Linearization::new(Array2::zeros((3, 2)), &two)), states(0));
    assert_eq!(message(Linearization::new(Array2::zeros((3, 4)), &two)), states(3));
    Ok(())
}
