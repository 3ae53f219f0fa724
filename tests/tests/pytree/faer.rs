//! Columns, rows and matrices of `faer` as leaves: their shapes, their order, and what does not fit.

use faer::{Col, Mat, Row, mat};
use ndarray::{Array1, Array2, array};
use num_dual::Dual64;
use pytree::{
    Layout, PyTree, Vector, ravel_pytree, tree_leaves, tree_map, tree_map_mut, tree_map2, tree_mapv,
};
use tests::message;

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Kalman<T: Clone> {
    mean: Col<T>,
    covariance: Mat<T>,
    weights: Row<T>,
    noise: T,
    observed: Vec<Array1<T>>,
}

fn kalman() -> Kalman<f64> {
    Kalman {
        mean: Col::from_fn(2, |i| 1.0 + i as f64),
        // With five rows, `faer` pads the columns.
        covariance: Mat::from_fn(5, 2, |i, j| 3.0 + (2 * i + j) as f64),
        weights: Row::from_fn(3, |i| 13.0 + i as f64),
        noise: 16.0,
        observed: vec![array![17.0], array![18.0, 19.0]],
    }
}

#[test]
fn a_struct_with_both_kinds_of_arrays_ravels_and_comes_back() {
    let tree = kalman();
    let (flat, layout) = ravel_pytree(&tree);
    assert!(flat.iter().copied().eq((1..20).map(f64::from)), "row by row: {flat}");
    assert_eq!(layout.unravel::<_, Kalman<f64>>(&flat), Ok(tree.clone()));
    assert_eq!(layout.label(4), Ok(".covariance[1,0]".into()));
    assert_eq!(
        (layout.label(1), layout.label(13)),
        (Ok(".mean[1]".into()), Ok(".weights[1]".into()))
    );

    let mut back = tree.clone();
    tree_map_mut(|mut leaf| leaf.fill(0.0), &mut back);
    assert_eq!((back.mean[1], back.covariance[(4, 1)], back.weights[2]), (0.0, 0.0, 0.0));
    layout.unravel_into(&flat, &mut back).unwrap();
    assert_eq!(back, tree);

    // From leaves in another memory order, of another type, and from views.
    let columns: Kalman<f64> =
        tree_map(|leaf| leaf.t().as_standard_layout().reversed_axes().to_owned(), &tree).unwrap();
    assert_eq!(columns, tree);
    let dual: Kalman<Dual64> = tree_mapv(Dual64::from, &tree).unwrap();
    assert_eq!(dual.covariance[(1, 0)].re, 5.0);
    assert_eq!(layout.views::<_, Kalman<f64>>(&flat), Ok(tree));
}

#[test]
fn they_take_part_in_a_lockstep() {
    let mut sum = Vector(kalman());
    sum.add_scaled(2.0, &Vector(kalman())).unwrap();
    let tripled: Kalman<f64> = tree_map2(|a, b| &a + &(&b * 2.0), &kalman(), &kalman()).unwrap();
    assert_eq!((&*sum, sum.covariance[(4, 1)]), (&tripled, 36.0));
    let mut taller = kalman();
    taller.covariance = Mat::from_fn(6, 2, |_, _| 0.0);
    assert_eq!(
        sum.add_scaled(1.0, &Vector(taller)).unwrap_err().to_string(),
        "the other vector does not match this one: at .covariance: expected shape [5, 2], found [6, 2]"
    );
}

#[test]
fn empty_ones_are_leaves_too() {
    let empty = (Mat::<f64>::new(), Col::from_fn(0, |_| 0.0), Row::from_fn(0, |_| 0.0));
    let shapes: Vec<_> = tree_leaves(&empty).iter().map(|leaf| leaf.shape().to_vec()).collect();
    assert_eq!(shapes, [vec![0, 0], vec![0], vec![0]]);
    let back: (Mat<f64>, Col<f64>, Row<f64>) = tree_map(|leaf| leaf.to_owned(), &empty).unwrap();
    assert_eq!(back, empty);
}

#[test]
fn a_leaf_with_another_number_of_axes_is_refused() {
    let layout = Layout::of(&(array![1.0], array![[2.0]]));
    let built = layout.unravel::<_, (Mat<f64>, Col<f64>)>(&[1.0, 2.0]);
    assert_eq!(
        message(built),
        "the tree does not match the type to be built in 2 places:\n  at [0]: expected an array of 2 \
         axes, found shape [1]\n  at [1]: expected an array of 1 axis, found shape [1, 1]"
    );
}

#[test]
fn a_matrix_is_the_same_leaf_as_an_array() {
    let (matrix, array) = (mat![[1.0, 2.0], [3.0, 4.0]], array![[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(Layout::of(&matrix), Layout::of(&array));
    assert_eq!(tree_map::<_, _, Mat<f64>>(|leaf| leaf.to_owned(), &array), Ok(matrix.clone()));
    assert_eq!(tree_map::<_, _, Array2<f64>>(|leaf| leaf.to_owned(), &matrix), Ok(array));
}
