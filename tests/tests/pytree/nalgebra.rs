//! Vectors and matrices of `nalgebra` as leaves: their shapes, their order, and what does not fit.

use nalgebra::{
    DMatrix, DVector, Matrix2, Matrix2x3, Matrix3xX, RowDVector, SMatrix, SVector, Scalar, Vector2,
    Vector3,
};
use ndarray::{Array1, Array2, ArrayD, Axis, Slice, array};
use num_dual::{Dual2SVec64, Dual64, DualSVec64};
use proptest::prelude::*;
use pytree::{
    FromLeaves, Layout, PyTree, ravel_pytree, tree_leaves, tree_leaves_with_path, tree_map,
    tree_map_mut, tree_unflatten,
};
use tests::{config, message};

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Kalman<T: Scalar> {
    mean: DVector<T>,
    covariance: DMatrix<T>,
    gain: SMatrix<T, 2, 3>,
    bias: SVector<T, 3>,
    noise: T,
    observed: Vec<Array1<T>>,
}

fn kalman() -> Kalman<f64> {
    Kalman {
        mean: DVector::from_vec(vec![1.0, 2.0]),
        covariance: DMatrix::from_row_slice(2, 2, &[3.0, 4.0, 5.0, 6.0]),
        gain: Matrix2x3::new(7.0, 8.0, 9.0, 10.0, 11.0, 12.0),
        bias: Vector3::new(13.0, 14.0, 15.0),
        noise: 16.0,
        observed: vec![array![17.0], array![18.0, 19.0]],
    }
}

/// What is said when an `R` is built from `leaf` alone.
fn refused<R: FromLeaves<ArrayD<f64>>>(leaf: ArrayD<f64>) -> String {
    message(tree_unflatten::<_, R>(&pytree::tree_structure(&0.0), vec![leaf]))
}

#[test]
fn a_struct_with_both_kinds_of_arrays_ravels_and_comes_back() {
    let tree = kalman();
    let (flat, layout) = ravel_pytree(&tree);
    assert!(flat.iter().copied().eq((1..20).map(f64::from)), "row by row: {flat}");
    assert_eq!(layout.unravel::<_, Kalman<f64>>(&flat), Ok(tree.clone()));
    assert_eq!(layout.label(3), Ok(".covariance[0,1]".into()));
    assert_eq!(layout.label(1), Ok(".mean[1]".into()));

    let mut back = tree.clone();
    tree_map_mut(|mut leaf| leaf.fill(0.0), &mut back);
    assert!(back.gain.iter().chain(&back.mean).all(|x| *x == 0.0));
    layout.unravel_into(&flat, &mut back).unwrap();
    assert_eq!(back, tree);

    let mut backwards = flat.clone();
    backwards.invert_axis(Axis(0));
    layout.ravel_into(&tree, &mut backwards).unwrap();
    assert_eq!(backwards, flat);

    // From owned leaves, and from leaves in another memory order.
    let doubled: Kalman<f64> = tree_map(|leaf| &leaf * 2.0, &tree).unwrap();
    assert_eq!(doubled.gain, tree.gain * 2.0);
    let columns: Kalman<f64> =
        tree_map(|leaf| leaf.t().as_standard_layout().reversed_axes().to_owned(), &tree).unwrap();
    assert_eq!(columns, tree);
}

#[test]
fn a_leaf_has_the_shape_of_the_matrix_and_its_memory() {
    let tree = kalman();
    let shapes: Vec<_> = tree_leaves(&tree).iter().map(|leaf| leaf.shape().to_vec()).collect();
    assert_eq!(
        shapes,
        [vec![2], vec![2, 2], vec![2, 3], vec![3], vec![], vec![1], vec![2]] as [Vec<usize>; 7]
    );
    let leaves = tree_leaves_with_path(&tree);
    let (path, gain) = &leaves[2];
    assert_eq!(path.to_string(), ".gain");
    assert_eq!(gain[[1, 0]], 10.0);
    assert_eq!((gain.strides(), gain.as_ptr()), ([1, 2].as_slice(), tree.gain.as_ptr()));

    let row = RowDVector::from_vec(vec![1.0, 2.0, 3.0]);
    assert_eq!(tree_leaves(&row)[0].shape(), [1, 3]);
    let column = DMatrix::from_element(3, 1, 1.0);
    assert_eq!(tree_leaves(&column)[0].shape(), [3, 1], "a matrix that happens to have one column");
    assert_eq!(tree_leaves(&DMatrix::<f64>::zeros(0, 3))[0].shape(), [0, 3]);
}

#[test]
fn strided_leaves_are_put_in_order() {
    let mut reversed = array![1.0, 2.0, 3.0].into_dyn();
    reversed.invert_axis(Axis(0));
    let structure = pytree::tree_structure(&0.0);
    let built: DVector<f64> = tree_unflatten(&structure, vec![reversed.clone()]).unwrap();
    assert_eq!(built.as_slice(), [3.0, 2.0, 1.0]);
    let built: Vector3<f64> = tree_unflatten(&structure, vec![reversed.view()]).unwrap();
    assert_eq!(built.as_slice(), [3.0, 2.0, 1.0]);

    let wide = Array2::from_shape_fn((2, 6), |(i, j)| (10 * i + j) as f64);
    let mut every_other = wide.slice_axis(Axis(1), Slice::new(0, None, 2));
    every_other.invert_axis(Axis(0));
    let built: DMatrix<f64> = tree_unflatten(&structure, vec![every_other]).unwrap();
    assert_eq!(built, DMatrix::from_row_slice(2, 3, &[10.0, 12.0, 14.0, 0.0, 2.0, 4.0]));
}

#[test]
fn dual_numbers_go_through() {
    macro_rules! goes_through {
        ($Dual:ty) => {
            let dual: Kalman<$Dual> = tree_map(|leaf| leaf.mapv(<$Dual>::from), &kalman()).unwrap();
            let (flat, layout) = ravel_pytree(&dual);
            assert_eq!(flat[8], <$Dual>::from(9.0));
            assert_eq!(layout, Layout::of(&kalman()));
            let back: Kalman<$Dual> = layout.unravel(&flat).unwrap();
            assert_eq!(back.mean, DVector::from_vec(vec![<$Dual>::from(1.0), <$Dual>::from(2.0)]));
            assert_eq!(back.noise, dual.noise);
        };
    }
    goes_through!(Dual64);
    goes_through!(DualSVec64<3>);
    goes_through!(Dual2SVec64<2>);
}

#[test]
fn a_layout_leads_from_one_library_to_the_other() {
    #[derive(PyTree)]
    struct State<V, M> {
        v: V,
        m: M,
    }
    let state = State { v: Vector2::new(1.0, 2.0), m: Matrix2::new(3.0, 4.0, 5.0, 6.0) };
    let (flat, layout) = ravel_pytree(&state);
    let theirs: State<Array1<f64>, Array2<f64>> = layout.unravel(&flat).unwrap();
    assert_eq!((&theirs.v, &theirs.m), (&array![1.0, 2.0], &array![[3.0, 4.0], [5.0, 6.0]]));
    assert_eq!(layout.check(&theirs), Ok(()));
    let ours: State<DVector<f64>, DMatrix<f64>> =
        tree_map(|leaf| leaf.to_owned(), &theirs).unwrap();
    assert_eq!((ours.v.as_slice(), ours.m[(0, 1)]), ([1.0, 2.0].as_slice(), 4.0));
}

#[test]
fn views_that_can_be_written_to_are_leaves() {
    let mut matrix = DMatrix::from_row_slice(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let mut columns = [matrix.column_mut(1)];
    assert_eq!(ravel_pytree(&columns).0, array![2.0, 5.0]);
    tree_map_mut(|mut leaf| leaf *= 10.0, &mut columns);
    assert_eq!(matrix[(1, 1)], 50.0);
}

#[test]
fn a_leaf_that_does_not_fit_is_an_error() {
    let (vector, matrix) = (array![1.0, 2.0].into_dyn(), array![[1.0, 2.0]].into_dyn());
    let head = "the tree does not match the type to be built: at the root: ";
    let errors = [
        (refused::<Vector3<f64>>(vector.clone()), "expected shape [3], found [2]"),
        (refused::<Matrix2<f64>>(matrix.clone()), "expected shape [2, 2], found [1, 2]"),
        (refused::<Matrix3xX<f64>>(matrix.clone()), "expected shape [3, 2], found [1, 2]"),
        (
            refused::<DVector<f64>>(matrix.clone()),
            "expected an array of 1 axis, found shape [1, 2]",
        ),
        (refused::<Vector2<f64>>(matrix), "expected an array of 1 axis, found shape [1, 2]"),
        (refused::<DMatrix<f64>>(vector.clone()), "expected an array of 2 axes, found shape [2]"),
        (refused::<RowDVector<f64>>(vector), "expected an array of 2 axes, found shape [2]"),
        (
            refused::<DMatrix<f64>>(array![[[1.0]]].into_dyn()),
            "expected an array of 2 axes, found shape [1, 1, 1]",
        ),
        (
            refused::<RowDVector<f64>>(array![[1.0], [2.0]].into_dyn()),
            "expected shape [1, 1], found [2, 1]",
        ),
    ];
    for (text, expected) in errors {
        assert_eq!(text, format!("{head}{expected}"));
    }

    // All at once, and where.
    let wrong: Result<Kalman<f64>, _> =
        tree_map(|leaf| leaf.to_owned().insert_axis(Axis(0)), &kalman());
    assert_eq!(
        message(wrong),
        "the tree does not match the type to be built in 7 places:\n  \
         at .mean: expected an array of 1 axis, found shape [1, 2]\n  \
         at .covariance: expected an array of 2 axes, found shape [1, 2, 2]\n  \
         at .gain: expected an array of 2 axes, found shape [1, 2, 3]\n  \
         at .bias: expected an array of 1 axis, found shape [1, 3]\n  \
         at .noise: expected a number, found an array of shape [1]\n  \
         at .observed[0]: expected an array of 1 axis, found shape [1, 1]\n  \
         at .observed[1]: expected an array of 1 axis, found shape [1, 2]"
    );
    let other = Kalman { mean: DVector::from_vec(vec![1.0]), ..kalman() };
    assert_eq!(
        message(Layout::of(&kalman()).check(&other)),
        "the tree does not match the layout: at .mean: expected shape [2], found [1]"
    );
}

proptest! {
    #![proptest_config(config())]

    /// A matrix of `nalgebra` is the leaf that the matrix of `ndarray` with the same elements is.
    #[test]
    fn a_matrix_is_the_leaf_of_its_elements(rows in 0..5_usize, columns in 0..5_usize) {
        let element = |i: usize, j: usize| (7 * i + j) as f64;
        let theirs = Array2::from_shape_fn((rows, columns), |(i, j)| element(i, j));
        let ours = DMatrix::from_fn(rows, columns, element);
        prop_assert_eq!(Layout::of(&ours), Layout::of(&theirs));
        let (flat, layout) = ravel_pytree(&ours);
        prop_assert_eq!(&flat, &ravel_pytree(&theirs).0);
        prop_assert_eq!(layout.unravel::<_, DMatrix<f64>>(&flat)?, ours);
    }
}
