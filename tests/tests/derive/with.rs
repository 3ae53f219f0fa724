//! `#[pytree(with = module)]`.
#![allow(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "the functions are as the derive calls them"
)]

use std::num::Wrapping;

use ndarray::{Array1, array};
use num_dual::Dual64;
use pytree::{
    PyTree, Vector, ravel_pytree, tree_map, tree_map_mut, tree_map2, tree_mapv, tree_structure,
};

/// A type of another crate: a matrix that is stored by columns, and is not empty.
#[derive(Clone, Debug, PartialEq)]
struct Columns<T> {
    rows: usize,
    data: Vec<T>,
}

mod columns {
    use ndarray::{ArrayD, ArrayView2, ArrayViewMut2};

    use super::Columns;

    pub fn view<T>(m: &Columns<T>) -> ArrayView2<'_, T> {
        let columns_first = (m.data.len() / m.rows, m.rows);
        ArrayView2::from_shape(columns_first, &m.data).unwrap().reversed_axes()
    }

    pub fn view_mut<T>(m: &mut Columns<T>) -> ArrayViewMut2<'_, T> {
        let columns_first = (m.data.len() / m.rows, m.rows);
        ArrayViewMut2::from_shape(columns_first, &mut m.data).unwrap().reversed_axes()
    }

    pub fn build<T: Clone>(leaf: ArrayD<T>) -> Result<Columns<T>, String> {
        match *leaf.shape() {
            [rows, columns] if rows * columns > 0 => {
                Ok(Columns { rows, data: leaf.t().iter().cloned().collect() })
            }
            _ => {
                Err(format!("expected a matrix that is not empty, found shape {:?}", leaf.shape()))
            }
        }
    }
}

#[derive(PyTree, Clone, Debug, PartialEq)]
#[pytree(bound = "T: Clone + 'static")]
struct Layer<T> {
    #[pytree(with = columns, rename = "W")]
    w: Columns<T>,
    b: Array1<T>,
}

fn layer() -> Layer<f64> {
    Layer { w: Columns { rows: 2, data: vec![1.0, 2.0, 3.0, 4.0] }, b: array![5.0] }
}

#[test]
fn the_field_is_a_leaf_of_the_shape_of_its_view() {
    let (flat, unravel) = ravel_pytree(&layer());
    assert_eq!(flat, array![1.0, 3.0, 2.0, 4.0, 5.0]);
    assert_eq!(unravel.label(1).unwrap(), ".W[0,1]");
    assert_eq!(tree_structure(&layer()).to_string(), "PyTreeDef(CustomNode(Layer[()], [*, *]))");
    assert_eq!(unravel.unravel::<_, Layer<f64>>(&flat).unwrap(), layer());
    let mut other = layer();
    unravel.unravel_into(&(&flat * 2.0), &mut other).unwrap();
    assert_eq!(other.w.data, [2.0, 4.0, 6.0, 8.0]);
    tree_map_mut(|mut leaf| leaf += 1.0, &mut other);
    assert_eq!(other.w.data, [3.0, 5.0, 7.0, 9.0]);
}

#[test]
fn it_is_built_with_another_element_type() {
    let dual: Layer<Dual64> = tree_mapv(Dual64::from, &layer()).unwrap();
    assert_eq!(dual.w.data, [1.0, 2.0, 3.0, 4.0].map(Dual64::from));
    let sum: Layer<f64> = tree_map2(|a, b| &a + &b, &layer(), &layer()).unwrap();
    assert_eq!(sum.w.data, [2.0, 4.0, 6.0, 8.0]);
}

#[test]
fn it_takes_part_in_a_lockstep() {
    let mut a = Vector(layer());
    a.add_scaled(10.0, &Vector(layer())).unwrap();
    assert_eq!((&*a.w.data, &a.b), (&[11.0, 22.0, 33.0, 44.0][..], &array![55.0]));
    assert_eq!(Vector(layer()).dot(&Vector(layer())).unwrap(), 55.0);
}

#[test]
fn an_error_of_build_has_the_path_and_does_not_hide_others() {
    let error =
        tree_map::<_, _, Vec<Layer<f64>>>(|_| array![1.0, 2.0].into_dyn(), &[layer()]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the tree does not match the type to be built: at [0].W: expected a matrix that is not empty, found shape [2]"
    );
    let error =
        tree_map::<_, _, Layer<f64>>(|_| array![[1.0; 0]].into_dyn(), &layer()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the tree does not match the type to be built in 2 places:\n  at .W: expected a matrix that is not \
         empty, found shape [1, 0]\n  at .b: expected an array of 1 axis, found shape [1, 0]"
    );
}

mod wrapping {
    use std::convert::Infallible;
    use std::num::Wrapping;

    use ndarray::{ArrayD, ArrayView0, ArrayViewMut0, aview0};

    pub fn view(x: &Wrapping<u32>) -> ArrayView0<'_, u32> {
        aview0(&x.0)
    }

    pub fn view_mut(x: &mut Wrapping<u32>) -> ArrayViewMut0<'_, u32> {
        ArrayViewMut0::from_shape((), std::slice::from_mut(&mut x.0)).unwrap()
    }

    pub fn build(leaf: ArrayD<u32>) -> Result<Wrapping<u32>, Infallible> {
        Ok(Wrapping(leaf.sum()))
    }
}

/// `with` in an enum, beside a skipped field, and on the only field.
#[derive(PyTree, Clone, Debug, PartialEq)]
#[pytree(elem = u32)]
enum Counter {
    Hash(#[pytree(with = self::wrapping)] Wrapping<u32>, #[pytree(skip)] String),
    None,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
#[pytree(transparent, elem = u32)]
struct Seed(#[pytree(with = wrapping)] Wrapping<u32>);

#[test]
fn enums_and_transparent_structs_have_such_fields_too() {
    let hash = Counter::Hash(Wrapping(3), "a".into());
    let next: Counter = tree_map(|leaf| &leaf + 1, &hash).unwrap();
    assert_eq!(next, Counter::Hash(Wrapping(4), "a".into()));
    let mut sum = Vector(hash);
    sum.add_scaled(2, &Vector(next)).unwrap();
    assert_eq!(*sum, Counter::Hash(Wrapping(11), "a".into()));
    assert!(sum.add_scaled(2, &Vector(Counter::None)).is_err());
    let seed: Seed = tree_map(|leaf| &leaf * 2, &7_u32).unwrap();
    assert_eq!(seed, Seed(Wrapping(14)));
}
