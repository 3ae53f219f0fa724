//! A struct of parameters as one vector, and maps over it.
//!
//! `cargo run -p examples --example quickstart`

use ndarray::{Array1, Array2, array};
use pytree::{PyTree, ravel_pytree, tree_leaves_with_path, tree_map_where};

#[derive(PyTree)]
struct Dense<T> {
    w: Array2<T>,
    b: Array1<T>,
}

#[derive(PyTree)]
struct Mlp<T> {
    layers: Vec<Dense<T>>,
    scale: T,
}

fn main() -> Result<(), pytree::Error> {
    let dense = Dense { w: array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], b: array![7.0, 8.0] };
    let mlp = Mlp { layers: vec![dense], scale: 9.0 };
    for (path, leaf) in tree_leaves_with_path(&mlp) {
        println!("{path}: {:?}", leaf.shape());
    }

    let (flat, unravel) = ravel_pytree(&mlp);
    println!("the vector is {flat}; its element 7 is {}", unravel.label(7)?);
    let doubled: Mlp<f64> = unravel.unravel(&(flat * 2.0))?;
    println!("twice the biases: {}", doubled.layers[0].b);

    let decayed: Mlp<f64> = tree_map_where("**.w", |leaf| &leaf * 0.9, &mlp)?;
    println!("weights decayed, biases not: {}", ravel_pytree(&decayed).0);
    Ok(())
}
