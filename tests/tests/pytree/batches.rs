//! Batches of trees are the rows of a matrix.

use ndarray::{Array2, array};
use pytree::Layout;
use tests::{Layer, layers, message};

#[test]
fn batches_are_rows() {
    let batch = vec![layers(), layers(), layers()];
    let layout = Layout::of(&batch[0]);
    let mut matrix = layout.ravel_batch(&batch).unwrap();
    assert_eq!(matrix.dim(), (3, 16));
    assert_eq!(matrix.row(2), layout.ravel(&batch[2]).unwrap());
    matrix.row_mut(1).fill(9.0);

    // Column by column in memory, as other libraries have it.
    let mut by_columns = Array2::zeros((16, 3)).reversed_axes();
    let mut changed = batch.clone();
    layout.unravel_batch_into(&matrix, &mut changed).unwrap();
    layout.ravel_batch_into(&changed, &mut by_columns).unwrap();
    assert_eq!(by_columns, matrix);
    assert_eq!((changed[1][0].b[0], changed[2][0].b[0]), (9.0, 4.0));
    let built: Vec<Vec<Layer>> = layout.unravel_batch(&by_columns).unwrap();
    assert_eq!(built, changed);

    let none: Array2<f64> = layout.ravel_batch::<Vec<Layer>>(&[]).unwrap();
    assert_eq!(none.dim(), (0, 16));
}

#[test]
fn batches_that_do_not_fit_are_not_touched() {
    let mut batch = vec![layers(), layers(), layers()];
    let layout = Layout::of(&batch[0]);
    batch[1][0].b = array![1.0, 2.0];
    batch[2].pop();
    let before = batch.clone();
    let expected = "the batch does not match the layout in 2 places:\n  \
                    at [1][0].b: expected shape [1], found [2]\n  \
                    at [2]: expected a list of 2, found a list of 1";
    let mut matrix = Array2::from_elem((3, 16), 0.5);
    assert_eq!(message(layout.ravel_batch(&batch)), expected);
    assert_eq!(message(layout.ravel_batch_into(&batch, &mut matrix)), expected);
    assert_eq!(message(layout.unravel_batch_into(&matrix, &mut batch)), expected);
    assert!(matrix.iter().all(|x| *x == 0.5));
    assert_eq!(batch, before);

    let matrix = Array2::<f64>::zeros((3, 1));
    assert_eq!(
        message(layout.unravel_batch_into(&matrix, &mut batch[..1])),
        "the batch does not match the layout: \
         expected 1 row and 16 columns, found 3 rows and 1 column"
    );
}
