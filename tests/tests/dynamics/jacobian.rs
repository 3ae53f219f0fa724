//! The structured Jacobian of a step equals the one by dual numbers, and both are the limit of finite
//! differences. Blocks by name, and the errors.

use std::collections::BTreeSet;

use cable::{Cable, CableError, Params, Solver, StepDynamics};
use dynamics::{DynamicStateUtils, Error, Jacobian, LinearOperator, build_dynamic_state_utils};
use ndarray::{Array1, Array2, array};
use pytree::grad::Duals;
use pytree::tree_map;
use tests::{Toy, binary_tree, cases, message};

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// A pseudorandom number in [-1, 1) that depends on `seed` and `index` alone.
fn noise(seed: u64, index: usize) -> f64 {
    let mut x = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (index as u64);
    for _ in 0..3 {
        x = (x ^ (x >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    (x >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// The initial vector with every element changed by up to a tenth.
fn near_rest(
    cable: &Cable,
    seed: u64,
) -> Result<Array1<f64>, Box<dyn std::error::Error + Send + Sync>> {
    let utils = build_dynamic_state_utils(cable)?;
    let mut vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    vector.iter_mut().enumerate().for_each(|(i, x)| *x *= 1.0 + 0.1 * noise(seed, i));
    Ok(vector)
}

/// The Jacobian of a step by dual numbers, which know nothing of its structure.
fn by_duals(
    step: &StepDynamics<'_, '_>,
    utils: &DynamicStateUtils<'_, Cable>,
    vector: &Array1<f64>,
) -> Result<Array2<f64>, CableError> {
    Ok(utils.jacobian(|vector: &Array1<Duals>| step.apply(vector), vector)?.into_matrix())
}

/// Fails if an entry of `a - b` exceeds `tolerance` times the largest entry of `b` in the same block of
/// two states.
fn assert_blocks_close(
    what: &str,
    utils: &DynamicStateUtils<'_, Cable>,
    a: &Array2<f64>,
    b: &Array2<f64>,
    tolerance: f64,
) {
    let [a, b] = [a, b].map(|matrix| Jacobian::new(matrix.clone(), utils).unwrap());
    let labels = utils.labels();
    let states: BTreeSet<&str> =
        labels.iter().filter_map(|label| label.split('[').next()).collect();
    for rows in &states {
        for columns in &states {
            let [a, b] = [&a, &b].map(|jacobian| jacobian.block(rows, columns).unwrap());
            let largest = b.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
            let apart = (&a - &b).iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
            assert!(
                apart <= tolerance * largest,
                "{what}: {rows} by {columns}: {apart:e} apart, the largest is {largest:e}"
            );
            assert!(a.iter().all(|x| x.is_finite()), "{what}: {rows} by {columns}");
        }
    }
}

/// `params` with every element changed by up to a tenth. Seed 0 changes nothing.
fn moved(params: &Params<f64>, seed: u64) -> Result<Params<f64>, pytree::Error> {
    if seed == 0 {
        return Ok(params.clone());
    }
    let mut index = 0;
    tree_map(
        |leaf| {
            leaf.mapv(|x| {
                index += 1;
                x * (1.0 + 0.1 * noise(seed, index))
            })
        },
        params,
    )
}

const SOLVERS: [Solver; 4] =
    [Solver::BwdEuler, Solver::CrankNicolson, Solver::FwdEuler, Solver::ExpEuler];

#[test]
fn products_are_those_of_the_matrix_and_its_transpose() -> Outcome {
    for case in cases() {
        let cable = Cable::from_json(&case.module)?;
        let utils = build_dynamic_state_utils(&cable)?;
        let vector = near_rest(&cable, 1)?;
        for solver in SOLVERS {
            let step = StepDynamics::new(&utils, cable.externals_at(1)?).with_solver(solver);
            let (after, linear) = step.linearize(&vector)?;
            let what = format!("{}, {solver:?}", case.name);
            assert_eq!(after, step.apply(&vector)?, "{what}");
            let matrix = linear.to_dense();
            let one = Array2::eye(vector.len());
            let scale = matrix.iter().fold(1.0_f64, |scale, x| scale.max(x.abs()));
            let forwards = linear.jvp(&one)? - &matrix;
            assert!(forwards.iter().all(|x| x.abs() <= 1e-12 * scale), "{what}, jvp");
            let none = Array2::zeros((vector.len(), 0));
            assert_eq!(linear.jvp(&none)?, none, "{what}, no directions");
            let reverse = linear.vjp(&one)? - matrix.t();
            assert!(reverse.iter().all(|x| x.abs() <= 1e-12 * scale), "{what}, vjp");

            let sparse = linear.to_sparse().to_dense() - &matrix;
            assert!(sparse.iter().all(|x| x.abs() <= 1e-15 * scale), "{what}, sparse");

            let (mut left, mut right) = (Array2::zeros(matrix.dim()), Array2::zeros(matrix.dim()));
            let add = |to: &mut Array2<f64>, at: (usize, usize), x: f64| to[[at.0, at.1]] += x;
            linear.operator().factors(
                &mut |row, column, x| add(&mut left, (row, column), x),
                &mut |row, column, x| add(&mut right, (row, column), x),
            );
            let difference = left.dot(&matrix) - &right;
            let scale = scale * left.iter().fold(1.0_f64, |scale, x| scale.max(x.abs()));
            assert!(difference.iter().all(|x| x.abs() <= 1e-12 * scale), "{what}, factors");
        }
    }
    Ok(())
}

#[test]
fn structure_and_dual_numbers_give_the_same_jacobian() -> Outcome {
    for case in cases() {
        let cable = Cable::from_json(&case.module)?;
        let utils = build_dynamic_state_utils(&cable)?;
        for seed in 0..3 {
            let vector = near_rest(&cable, seed)?;
            let externals = cable.externals_at(usize::try_from(seed)?)?;
            let params = moved(cable.params(), seed)?;
            for solver in SOLVERS {
                if solver == Solver::ExpEuler && cable.nodes() > 12 {
                    continue; // each dual number has a matrix exponential of its own
                }
                let step = StepDynamics::new(&utils, externals.clone());
                let step = step.with_solver(solver).with_params(params.clone())?;
                let by_duals = by_duals(&step, &utils, &vector)?;
                let structured = step.jacobian(&vector)?.into_matrix();
                let what = format!("{} from {seed}, {solver:?}", case.name);
                assert_blocks_close(&what, &utils, &structured, &by_duals, 1e-9);

                let mut matrix = Array2::from_elem(by_duals.dim(), 7.0);
                let (_, linear) = step.linearize(&vector)?;
                linear.to_dense_into(&mut matrix)?;
                assert_eq!(matrix, structured, "{what}");
            }
        }
    }
    Ok(())
}

#[test]
fn they_agree_with_states_excluded_by_name() -> Outcome {
    for (name, excluded) in [
        ("calcium_current_is_a_state", "eCa"),
        ("network_with_every_synapse", "IonotropicSynapse_s"),
    ] {
        let case = cases().into_iter().find(|case| case.name == name).ok_or(name)?;
        let cable = Cable::from_json(&case.module)?;
        let utils = build_dynamic_state_utils(&cable)?.excluding(&[excluded])?;
        let vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
        let step = StepDynamics::new(&utils, cable.externals_at(0)?);
        let by_duals = by_duals(&step, &utils, &vector)?;
        assert_blocks_close(name, &utils, step.jacobian(&vector)?.matrix(), &by_duals, 1e-9);
    }
    Ok(())
}

#[test]
fn the_jacobian_is_the_limit_of_finite_differences() -> Outcome {
    for name in ["three_branches_hh", "network_with_every_synapse", "stimuli_and_clamps"] {
        let case = cases().into_iter().find(|case| case.name == name).ok_or(name)?;
        let cable = Cable::from_json(&case.module)?;
        let utils = build_dynamic_state_utils(&cable)?;
        let vector = near_rest(&cable, 11)?;
        let step = StepDynamics::new(&utils, cable.externals_at(0)?);
        let mut differences = Array2::zeros((vector.len(), vector.len()));
        for (j, mut column) in differences.columns_mut().into_iter().enumerate() {
            // The step uses secants over 1e-3 mV as slopes, which are accurate to about 1e-9.
            let by = 1e-3 * vector[j].abs();
            let at = |by: f64| {
                let mut vector = vector.clone();
                vector[j] += by;
                step.apply(&vector)
            };
            // Of fourth order.
            let near = at(by)? - at(-by)?;
            let far = at(2.0 * by)? - at(-2.0 * by)?;
            column.assign(&((near * 8.0 - far) / (12.0 * by)));
        }
        assert_blocks_close(name, &utils, &differences, step.jacobian(&vector)?.matrix(), 1e-5);
    }
    Ok(())
}

#[test]
fn the_cell_of_the_benches_has_77_branchpoints_and_2480_states() -> Outcome {
    let cable = Cable::new(binary_tree(155))?;
    let utils = build_dynamic_state_utils(&cable)?;
    assert_eq!((cable.branchpoints().len(), utils.num_states()), (77, 2480));
    let cable = Cable::new(binary_tree(7))?;
    let utils = build_dynamic_state_utils(&cable)?;
    let vector = near_rest(&cable, 5)?;
    let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    let by_duals = by_duals(&step, &utils, &vector)?;
    assert_blocks_close("tree", &utils, step.jacobian(&vector)?.matrix(), &by_duals, 1e-9);
    Ok(())
}

#[test]
fn jacobian_returns_the_error_of_the_function_and_refuses_a_change_of_length() -> Outcome {
    let toy = Toy::small();
    let utils = build_dynamic_state_utils(&toy)?;
    let vector = Array1::zeros(utils.num_states());
    let fails = |_: &Array1<Duals>| Err(Box::<dyn std::error::Error>::from("no"));
    assert_eq!(utils.jacobian(fails, &vector).unwrap_err().to_string(), "no");

    let short = |x: &Array1<Duals>| Ok::<_, Error>(x.iter().skip(1).copied().collect());
    assert_eq!(
        message(utils.jacobian(short, &vector)),
        "matrix: expected shape [6, 6], found [5, 6]",
    );

    let cable = Cable::new(binary_tree(3))?;
    let utils = build_dynamic_state_utils(&cable)?;
    let mut calls = 0;
    let shrinks = |x: &Array1<Duals>| {
        calls += 1;
        Ok::<_, Error>(x.iter().skip(calls).copied().collect())
    };
    assert_eq!(
        message(utils.jacobian(shrinks, &Array1::zeros(48))),
        "f: the function returns another tree in the call for columns 8 to 15 than in the first: \
         at the root: expected shape [47], found [46]",
    );
    Ok(())
}

#[test]
fn blocks_are_found_by_name_and_by_path() -> Outcome {
    let toy = Toy::small();
    let utils = build_dynamic_state_utils(&toy)?;
    assert_eq!(utils.labels(), ["i_Ca[2]", "m[0]", "s[0]", "s[1]", "v[0]", "v[2]"]);
    let matrix = Array2::from_shape_fn((6, 6), |(i, j)| (10 * i + j) as f64);
    let jacobian = Jacobian::new(matrix.clone(), &utils)?;
    assert_eq!(jacobian.block("m", "s")?, array![[12.0, 13.0]]);
    assert_eq!(jacobian.block("['v']", "m")?, array![[41.0], [51.0]]);
    assert_eq!(jacobian.matrix(), &matrix);

    // The index of a label is a node: `v[2]` is the second kept entry of `v`.
    assert_eq!(jacobian.block("v[2]", "s[1]")?, array![[53.0]]);
    assert_eq!(jacobian.block("['v'][2]", "")?, matrix.row(5).insert_axis(ndarray::Axis(0)));
    assert_eq!(
        message(jacobian.block("HH_m", "v[1]")),
        "block in 2 places:\n  \
         rows: no state is called \"HH_m\"; the states are \"i_Ca\", \"m\", \"s\", \"v\"\n  \
         columns: v[1] is not part of the vector; stripped: a branchpoint",
    );
    assert!(message(jacobian.block(&"x".repeat(1_000_000), "v")).len() < 200);
    assert_eq!(
        message(Jacobian::new(Array2::zeros((6, 5)), &utils)),
        "matrix: expected shape [6, 6], found [6, 5]",
    );
    Ok(())
}

#[test]
fn products_refuse_directions_of_another_length() -> Outcome {
    let (cable, _) = tests::three_branches().map_err(|error| error.to_string())?;
    let utils = build_dynamic_state_utils(&cable)?;
    let (vector, step) = (near_rest(&cable, 1)?, StepDynamics::new(&utils, cable.externals_at(0)?));
    let (_, linear) = step.linearize(&vector)?;
    for len in [0, 5, 7] {
        let expected = format!("expected shape [6] or [6, K], found [{len}]");
        assert_eq!(message(linear.jvp(&Array1::ones(len))), format!("tangent: {expected}"));
        assert_eq!(message(linear.vjp(&Array1::ones(len))), format!("cotangent: {expected}"));
    }
    Ok(())
}

#[test]
fn a_matrix_of_another_shape_is_refused_and_left_alone() -> Outcome {
    let (cable, _) = tests::three_branches().map_err(|error| error.to_string())?;
    let utils = build_dynamic_state_utils(&cable)?;
    let vector = near_rest(&cable, 1)?;
    let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    let mut matrix = Array2::ones((6, 5));
    let (_, linear) = step.linearize(&vector)?;
    assert_eq!(
        message(linear.to_dense_into(&mut matrix)),
        "matrix: expected 6 rows and 6 columns, found 6 rows and 5 columns",
    );
    assert_eq!(matrix, Array2::<f64>::ones((6, 5)));
    let short = vector.iter().skip(1).copied().collect();
    assert_eq!(message(step.linearize(&short)), message(utils.unflatten(&short)));
    Ok(())
}
