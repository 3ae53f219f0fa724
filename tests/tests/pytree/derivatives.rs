//! Gradients, Jacobians and products with them equal analytic values and finite differences, on any tree.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};

use ndarray::{Array1, Array2, ArrayD, ShapeBuilder, array};
use num_dual::{Dual, Dual64, DualNum, DualSVec64};
use proptest::collection::vec;
use proptest::prelude::*;
use pytree::grad::{
    Duals, Jacobian, NestedDuals, grad, hvp, try_grad, try_hvp, try_jacobian, try_jvp,
    try_value_and_grad,
};
use pytree::{
    Error, Layout, PyTree, Tree, jacobian, jvp, ravel_pytree, tree_map, tree_mapv, tree_zeros_like,
    value_and_grad,
};
use tests::{config, message, trees};

/// A field of each kind.
#[derive(PyTree, Clone, Debug, PartialEq)]
struct Params<T> {
    scale: T,
    w: Array2<T>,
    gates: [T; 3],
    taus: Vec<T>,
    layers: HashMap<String, Array1<T>>,
    none: Option<T>,
    #[pytree(static)]
    order: u8,
    #[pytree(skip)]
    name: String,
}

/// Twelve parameters, with a matrix in column-major order.
fn params() -> Params<f64> {
    Params {
        scale: 1.5,
        w: Array2::from_shape_vec((2, 2).f(), vec![0.1, 0.2, 0.3, 0.4]).unwrap(),
        gates: [1.0, 2.0, 3.0],
        taus: vec![0.5],
        layers: ["b", "a", "c"].map(|key| (key.to_string(), array![0.7])).into(),
        none: None,
        order: 2,
        name: "net".to_string(),
    }
}

/// A smooth function in which each pair of parameters appears.
fn loss<T: DualNum<Primitive = f64> + Copy>(params: &Params<T>) -> T {
    let layers: T = ["a", "b", "c"].iter().map(|key| params.layers[*key][0]).sum();
    let gates: T = params.gates.iter().map(DualNum::ln).sum();
    let sum = params.w.iter().zip(1..).map(|(w, i)| *w * f64::from(i)).sum::<T>();
    params.scale * (sum + layers * params.taus[0]).sin() + gates * params.w[[1, 0]].exp()
}

/// The central differences of `f` along each element.
fn differences(f: impl Fn(&Params<f64>) -> f64, params: &Params<f64>) -> Vec<f64> {
    let (flat, layout) = ravel_pytree(params);
    let at = |index: usize, by: f64| {
        let mut flat = flat.clone();
        flat[index] += by;
        f(&layout.unravel(&flat).unwrap())
    };
    (0..flat.len()).map(|i| (at(i, 1e-5) - at(i, -1e-5)) / 2e-5).collect()
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{i}: {a} instead of {b}");
    }
}

#[test]
fn a_gradient_is_the_limit_of_finite_differences() -> Result<(), Error> {
    let params = params();
    let (value, gradient) = value_and_grad(|p: &Params<Duals>| loss(p), &params)?;
    assert_eq!(value, loss(&params));
    assert_close(&ravel_pytree(&gradient).0.to_vec(), &differences(loss, &params), 1e-9);
    assert_eq!((gradient.order, gradient.name.as_str()), (2, "net"));

    assert_eq!(grad(|p: &Params<Duals>| loss(p), &params)?, gradient);
    assert_eq!(try_grad(|p: &Params<Duals>| Ok::<_, Error>(loss(p)), &params)?, gradient);
    // With any number of directions.
    assert_eq!(grad(|p: &Params<DualSVec64<1>>| loss(p), &params)?, gradient);
    assert_eq!(grad(|p: &Params<DualSVec64<12>>| loss(p), &params)?, gradient);
    Ok(())
}

#[test]
fn a_gradient_has_its_analytic_value() -> Result<(), Error> {
    let f = |p: &(Duals, Array1<Duals>)| p.0 * p.1[0].exp() + p.1[1] / p.1[0];
    let (value, gradient) = value_and_grad(f, &(2.0, array![0.5, 3.0]))?;
    let exp = 0.5_f64.exp();
    assert_eq!(value, 2.0 * exp + 6.0);
    assert_eq!(gradient, (exp, array![2.0 * exp - 12.0, 2.0]));
    Ok(())
}

#[test]
fn one_call_for_every_n_parameters_and_at_least_one() -> Result<(), Error> {
    fn calls<const N: usize>(len: usize) -> Result<usize, Error> {
        let (calls, at) = (Cell::new(0), Array1::from_iter((0..len).map(|x| x as f64)));
        let f = |x: &Array1<DualSVec64<N>>| {
            calls.set(calls.get() + 1);
            x.sum() * x.sum() + 1.0
        };
        let sum = at.sum();
        let expected = (sum * sum + 1.0, Array1::from_elem(len, 2.0 * sum));
        assert_eq!(value_and_grad(f, &at)?, expected);
        Ok(calls.get())
    }
    assert_eq!([calls::<1>(3)?, calls::<2>(3)?, calls::<3>(3)?, calls::<8>(3)?], [3, 2, 1, 1]);
    assert_eq!([calls::<8>(0)?, calls::<8>(8)?, calls::<8>(9)?, calls::<8>(17)?], [1, 1, 2, 3]);
    Ok(())
}

#[test]
fn the_tree_of_dual_numbers_is_built_once() -> Result<(), Error> {
    // The array keeps its address from call to call, and only the elements of a pass have derivatives.
    let mut seen = Vec::new();
    let f = |x: &Array1<Duals>| {
        let with: Vec<_> = (0..x.len()).filter(|i| x[*i].eps.0.is_some()).collect();
        seen.push((x.as_ptr(), with));
        x[0]
    };
    grad(f, &Array1::zeros(19))?;
    let passes: Vec<Vec<usize>> = vec![(0..8).collect(), (8..16).collect(), (16..19).collect()];
    let address = seen[0].0;
    assert_eq!(seen, passes.into_iter().map(|pass| (address, pass)).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn a_constant_has_derivatives_of_zero() -> Result<(), Error> {
    let at = array![1.0, 2.0];
    let constant = Duals::from_re(3.0);
    assert!(constant.eps.0.is_none());
    assert_eq!(value_and_grad(|_: &Array1<Duals>| constant, &at)?, (3.0, array![0.0, 0.0]));
    let jacobian = jacobian(|x: &Array1<Duals>| (x[1], constant), &at)?;
    assert_eq!(jacobian.matrix(), array![[0.0, 1.0], [0.0, 0.0]]);
    let constant = NestedDuals::from_re(Duals::from_re(3.0));
    assert_eq!(hvp(|_: &Array1<NestedDuals>| constant, &at, &at)?, array![0.0, 0.0]);
    let linear = |x: &Array1<NestedDuals>| x.sum();
    assert_eq!(hvp(linear, &at, &at)?, array![0.0, 0.0]);
    Ok(())
}

#[test]
fn empty_trees_have_empty_derivatives() -> Result<(), Error> {
    let none = |_: &Option<Duals>| Duals::from(1.0);
    assert_eq!(value_and_grad(none, &None::<f64>)?, (1.0, None));
    let empty = (Vec::<f64>::new(), Array2::<f64>::zeros((0, 3)));
    let f = |_: &(Vec<Duals>, Array2<Duals>)| Duals::from(1.0);
    assert_eq!(value_and_grad(f, &empty)?, (1.0, empty.clone()));

    let wide = jacobian(|_: &Option<Duals>| [Duals::from(1.0); 2], &None::<f64>)?;
    assert_eq!(wide.matrix().dim(), (2, 0));
    assert_eq!(wide.block("", "")?.dim(), (2, 0));
    let tall = jacobian(|_: &[Duals; 2]| None::<Duals>, &[1.0, 2.0])?;
    assert_eq!(tall.matrix().dim(), (0, 2));
    let (value, tangent): (f64, f64) =
        jvp(|_: &Option<Dual64>| Dual64::from(1.0), &None::<f64>, &None)?;
    assert_eq!((value, tangent), (1.0, 0.0));
    assert_eq!(hvp(|_: &Option<NestedDuals>| NestedDuals::from(1.0), &None::<f64>, &None)?, None);
    Ok(())
}

#[test]
fn nan_and_infinity_pass_through() -> Result<(), Error> {
    let square = |x: &Array1<DualSVec64<1>>| x.iter().map(|x| x * x).sum::<DualSVec64<1>>();
    let (value, gradient) = value_and_grad(square, &array![1.0, f64::NAN, 3.0])?;
    assert!(value.is_nan());
    assert_eq!((gradient[0], gradient[2]), (2.0, 6.0));
    assert!(gradient[1].is_nan());

    let jacobian = jacobian(|x: &Array1<Duals>| x.mapv(|x| x.recip()), &array![4.0, 0.0])?;
    assert_eq!((jacobian.matrix()[[0, 0]], jacobian.matrix()[[1, 1]]), (-0.0625, -f64::INFINITY));
    // 0 times infinity, as in JAX's `jacfwd`.
    assert!(jacobian.matrix()[[1, 0]].is_nan());
    Ok(())
}

#[test]
fn a_jacobian_has_rows_and_columns_by_path() -> Result<(), Error> {
    #[derive(PyTree)]
    struct Rates<T> {
        rates: Vec<T>,
        outer: Array2<T>,
    }
    let rates = |p: &Params<Duals>| Rates {
        rates: vec![p.scale * p.taus[0], p.gates[1]],
        outer: p.w.mapv(|w| w * p.w[[0, 1]]),
    };
    let jacobian = jacobian(rates, &params())?;
    assert_eq!(jacobian.columns(), &Layout::of(&params()));
    assert_eq!(jacobian.rows().labels().nth(3).unwrap(), ".outer[0,1]");
    assert_eq!(jacobian.block("rates", "scale")?, array![[0.5], [0.0]]);
    assert_eq!(jacobian.block(".rates[1]", ".gates")?, array![[0.0, 1.0, 0.0]]);
    assert_eq!(jacobian.block("", ".layers['a']")?, Array2::<f64>::zeros((6, 1)));

    // d (w_ij w_01) / d w_kl in row-major order, where w = [[0.1, 0.3], [0.2, 0.4]].
    let block = jacobian.block_shaped("outer", "w")?;
    let w = params().w;
    let expected = Array1::from_shape_fn(16, |at| {
        let bits = [8, 4, 2, 1].map(|bit| at / bit % 2);
        let (row, column) = ([bits[0], bits[1]], [bits[2], bits[3]]);
        let slope = |of: [usize; 2]| f64::from(u8::from(of == column));
        slope(row) * w[[0, 1]] + w[row] * slope([0, 1])
    });
    assert_eq!(block, expected.into_shape_with_order((2, 2, 2, 2)).unwrap().into_dyn());
    assert_eq!(jacobian.block_shaped("outer[1]", "w[0][1]")?, array![0.2, 0.4].into_dyn());
    Ok(())
}

#[test]
fn blocks_that_do_not_exist_are_reported_at_once() -> Result<(), Error> {
    let jacobian = jacobian(|p: &Params<Duals>| (p.scale, p.w.clone()), &params())?;
    assert_eq!(
        message(jacobian.block("[2]", ".layers['d']")),
        "no such block in 2 places:\n  \
         rows: at the root: there is no [2]; the keys are [0], [1]\n  \
         columns: at .layers: there is no ['d']; the keys are ['a'], ['b'], ['c']; \
         did you mean .layers['a']?",
    );
    assert_eq!(
        message(jacobian.block_shaped("[1][2]", ".layers")),
        "no such block in 2 places:\n  \
         rows: at [1]: expected an index within shape [2, 2], found [2]\n  \
         columns: at .layers: expected a leaf, found a dict of 3",
    );
    assert_eq!(
        message(jacobian.block("[", ".w")),
        "no such block: \
         rows: not a key path: \"[\" ends where a position or a key in quotes is expected",
    );
    assert!(message(jacobian.block("x".repeat(1_000_000), ".w")).len() < 400);
    Ok(())
}

#[test]
fn a_function_that_changes_its_result_is_reported_with_the_path() {
    #[derive(PyTree)]
    struct Stepped<T> {
        x: T,
        #[pytree(static)]
        step: usize,
    }
    let calls = Cell::new(0);
    let call = || calls.replace(calls.get() + 1);
    let at = Array1::zeros(17);
    let longer = |x: &Array1<Duals>| (x[0], vec![x[1]; 2 + call()]);
    assert_eq!(
        message(jacobian(longer, &at)),
        "the function returns another tree in the call for columns 8 to 15 than in the first: \
         at [1]: expected shape [2], found [3]",
    );
    calls.set(0);
    let deeper = |x: &Array1<Duals>| {
        let tree = if call() < 2 { Tree::Leaf(x[0]) } else { Tree::List(vec![]) };
        BTreeMap::from([("v", tree)])
    };
    assert_eq!(
        message(jacobian(deeper, &at)),
        "the function returns another tree in the call for columns 16 to 16 than in the first: \
         at ['v']: expected a leaf, found a list of 0",
    );
    calls.set(0);
    assert_eq!(
        message(jacobian(|x: &Array1<Duals>| Stepped { x: x[0], step: call() }, &at)),
        "the function returns another tree in the call for columns 8 to 15 than in the first: \
         at the root: static field step: expected 0, found 1",
    );
}

#[test]
fn a_direction_of_another_shape_is_refused_with_its_paths() {
    let at = (array![1.0, 2.0], vec![Some(1.0), None]);
    let direction = (array![1.0], vec![Some(1.0), Some(2.0)]);
    let expected = "the direction does not match the parameters in 2 places:\n  \
                    at [0]: expected shape [2], found [1]\n  \
                    at [1][1]: expected None, found a leaf";
    let never = |_: &(Array1<Dual64>, Vec<Option<Dual64>>)| -> Dual64 { panic!("not called") };
    assert_eq!(message(jvp::<_, _, _, f64>(never, &at, &direction)), expected);
    let never = |_: &(Array1<NestedDuals>, Vec<Option<NestedDuals>>)| -> NestedDuals {
        panic!("not called")
    };
    assert_eq!(message(hvp(never, &at, &direction)), expected);
}

#[test]
fn arguments_of_another_structure_are_refused() {
    let never = |_: &(Array1<Duals>, Duals)| -> Duals { panic!("not called") };
    let error = grad(never, &(array![1.0], array![2.0])).map(|_: (Array1<f64>, Array1<f64>)| ());
    assert_eq!(
        message(error),
        "the tree does not match the type to be built: at [1]: expected a number, found an array of shape [1]",
    );
}

#[test]
fn errors_of_the_function_are_returned() {
    #[derive(Debug, PartialEq)]
    enum Failed {
        Function(usize),
        Tree,
    }
    impl From<Error> for Failed {
        fn from(_: Error) -> Self {
            Failed::Tree
        }
    }
    let (calls, at) = (Cell::new(0), Array1::zeros(20));
    let second = || match calls.replace(calls.get() + 1) {
        1 => Err(Failed::Function(1)),
        _ => Ok(()),
    };
    let f = |x: &Array1<Duals>| second().map(|()| x[0]);
    assert_eq!(try_value_and_grad(f, &at), Err(Failed::Function(1)));
    assert_eq!(calls.replace(0), 2);
    assert_eq!(try_grad(f, &at), Err(Failed::Function(1)));
    assert_eq!(calls.replace(0), 2);
    assert_eq!(try_jacobian(f, &at).unwrap_err(), Failed::Function(1));
    assert_eq!(calls.replace(0), 2);
    let nested = |x: &Array1<NestedDuals>| second().map(|()| x[0]);
    assert_eq!(try_hvp(nested, &at, &at), Err(Failed::Function(1)));
    assert_eq!(calls.replace(1), 2);
    let single = |x: &Array1<Dual64>| second().map(|()| x[0]);
    assert_eq!(try_jvp::<_, _, _, f64, _>(single, &at, &at), Err(Failed::Function(1)));
    assert_eq!(try_jvp::<_, _, _, f64, _>(single, &at, &Array1::zeros(1)), Err(Failed::Tree));
}

#[test]
fn a_matrix_of_another_shape_gets_no_names() {
    let (rows, columns) = (Layout::of(&[1.0, 2.0]), Layout::of(&(1.0, [2.0, 3.0])));
    assert_eq!(
        message(Jacobian::new(Array2::zeros((3, 1)), rows, columns)),
        "the matrix does not match the layouts: \
         expected 2 rows and 3 columns, found 3 rows and 1 column",
    );
}

#[test]
fn a_hessian_vector_product_is_the_limit_of_differences_of_gradients() -> Result<(), Error> {
    let params = params();
    let layout = Layout::of(&params);
    let direction: Params<f64> =
        layout.unravel(&Array1::from_iter((0..layout.len()).map(|i| 1.0 - 0.2 * i as f64)))?;
    let product = hvp(|p: &Params<NestedDuals>| loss(p), &params, &direction)?;
    let along = |by: f64| -> Result<Array1<f64>, Error> {
        let moved: Params<f64> =
            layout.unravel(&(layout.ravel(&params)? + layout.ravel(&direction)? * by))?;
        layout.ravel(&grad(|p: &Params<Duals>| loss(p), &moved)?)
    };
    let difference = (along(1e-5)? - along(-1e-5)?) / 2e-5;
    assert_close(&layout.ravel(&product)?.to_vec(), &difference.to_vec(), 1e-8);
    assert_eq!((product.order, product.name.as_str()), (2, "net"));

    // With any number of directions.
    let three = hvp(|p: &Params<Dual<DualSVec64<3>>>| loss(p), &params, &direction)?;
    assert_close(&layout.ravel(&three)?.to_vec(), &layout.ravel(&product)?.to_vec(), 1e-14);
    Ok(())
}

type Numbers<T> = Tree<ArrayD<T>>;

/// A random tree of finite numbers, with as many weights as it has elements.
fn finite() -> impl Strategy<Value = (Numbers<f64>, Vec<f64>)> {
    trees().prop_flat_map(|tree| {
        let len = Layout::of(&tree).len();
        (Just(tree), vec(-2.0..2.0, len), vec(-2.0..2.0, len)).prop_map(|(tree, at, weights)| {
            let tree = Layout::of(&tree).unravel(&at).expect("the same structure");
            (tree, weights)
        })
    })
}

/// The sum of weight times square, over the elements.
fn weighted<T: DualNum<Primitive = f64> + Copy>(tree: &Numbers<T>, weights: &[f64]) -> T {
    ravel_pytree(tree).0.iter().zip(weights).map(|(x, weight)| *x * *x * *weight).sum()
}

/// Each element times the sum of all: the Jacobian is the sum on the diagonal, plus the element in its row.
fn coupled<T: DualNum<Primitive = f64> + Copy>(tree: &Numbers<T>) -> Numbers<T> {
    let sum: T = ravel_pytree(tree).0.iter().copied().sum();
    tree_mapv(|x| x * sum, tree).expect("the same structure")
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_gradient_has_the_structure_of_any_tree((tree, weights) in finite()) {
        let (value, gradient) =
            value_and_grad(|tree: &Numbers<Duals>| weighted(tree, &weights), &tree)?;
        prop_assert_eq!(value, weighted(&tree, &weights));
        let layout = Layout::of(&tree);
        let slopes = layout.ravel(&tree)? * Array1::from(weights) * 2.0;
        prop_assert_eq!(layout.ravel(&gradient)?, slopes);
    }

    #[test]
    fn a_jvp_is_the_product_with_the_jacobian((tree, weights) in finite()) {
        let layout = Layout::of(&tree);
        let jacobian = jacobian(|tree: &Numbers<Duals>| coupled(tree), &tree)?;
        prop_assert_eq!((jacobian.rows(), jacobian.columns()), (&layout, &layout));
        let at = layout.ravel(&tree)?;
        let expected = Array2::from_shape_fn((at.len(), at.len()), |(i, j)| {
            at[i] + if i == j { at.sum() } else { 0.0 }
        });
        assert_close(
            &jacobian.matrix().iter().copied().collect::<Vec<_>>(),
            &expected.iter().copied().collect::<Vec<_>>(),
            1e-13,
        );
        let direction: Numbers<f64> = layout.unravel(&weights)?;
        let (value, tangent): (Numbers<f64>, _) =
            jvp(|tree: &Numbers<Dual64>| coupled(tree), &tree, &direction)?;
        prop_assert_eq!(value, coupled(&tree));
        let product = jacobian.matrix().dot(&Array1::from(weights));
        assert_close(&layout.ravel(&tangent)?.to_vec(), &product.to_vec(), 1e-12);
    }

    #[test]
    fn the_hessian_of_any_tree_is_symmetric((tree, weights) in finite()) {
        let layout = Layout::of(&tree);
        let cubes = |tree: &Numbers<NestedDuals>| weighted(&coupled(tree), &weights);
        let ones: Numbers<f64> = tree_map(|leaf| leaf.mapv(|_| 1.0), &tree)?;
        let slopes: Numbers<f64> = layout.unravel(&weights)?;
        let [a, b] = [(&ones, &slopes), (&slopes, &ones)].map(|(direction, other)| {
            let product = hvp(cubes, &tree, direction).expect("the same structure");
            ravel_pytree(&product).0.dot(&ravel_pytree(other).0)
        });
        prop_assert!((a - b).abs() <= 1e-10 * a.abs().max(1.0), "{} and {}", a, b);
        let zero: Numbers<f64> = tree_zeros_like(&tree)?;
        prop_assert_eq!(hvp(cubes, &tree, &zero)?, zero);
    }
}
