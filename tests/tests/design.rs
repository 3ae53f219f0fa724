//! The programs of the design, in its order: they are the contract.

use std::collections::BTreeMap;

use cable::channels::Leak;
use cable::{Build, Cell, Solver, StepDynamics, build_init_and_step_fn};
use differential_equations::prelude::{ExplicitRungeKutta, IVP};
use ndarray::{Array1, Array2, ArrayD, ArrayView1, Axis, array};
use num_dual::{Dual64, DualNum};
use pytree::grad::Duals;
use pytree::{
    Flat, Layout, PyTree, Tree, Vector, jacobian, jvp, ravel_pytree, rhs, tree_all_close,
    tree_compare, tree_flatten, tree_get, tree_get_as, tree_groups, tree_leaves_with_path,
    tree_map, tree_map_mut, tree_map_where, tree_map_with_path, tree_map2, tree_map3, tree_mapv,
    tree_reduce, tree_stack, tree_unstack, value_and_grad,
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Activation {
    Relu,
    Tanh,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Dense<T> {
    w: Array2<T>,
    b: Array1<T>,
    #[pytree(static)]
    activation: Activation,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Mlp<T> {
    layers: Vec<Dense<T>>,
    scale: T, // a bare scalar beside arrays
}

/// Two layers, 3 to 2 to 1; in the vector 0, 1, 2, ...
fn mlp() -> Mlp<f64> {
    Mlp {
        layers: vec![
            Dense {
                w: array![[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]],
                b: array![6.0, 7.0],
                activation: Activation::Relu,
            },
            Dense { w: array![[8.0], [9.0]], b: array![10.0], activation: Activation::Tanh },
        ],
        scale: 11.0,
    }
}

#[test]
fn a_tree_becomes_one_vector_and_comes_back() -> Outcome {
    let mlp = mlp();
    let (flat, unravel) = ravel_pytree(&mlp); // Array1<f64>
    assert_eq!(flat, Array1::range(0.0, 12.0, 1.0));
    let back: Mlp<f64> = unravel.unravel(flat.view())?; // exact
    assert_eq!(back, mlp);

    let wrong: Result<Mlp<f64>, _> = unravel.unravel(&flat.to_vec()[1..]);
    assert_eq!(
        wrong.unwrap_err().to_string(),
        "the vector does not match the layout: expected length 12, found 11"
    );
    Ok(())
}

#[test]
fn a_map_collects_into_what_is_asked_for() -> Outcome {
    let mlp = mlp();
    let half: Mlp<f64> = tree_map(|w| &w * 0.5, &mlp)?; // w: ArrayViewD<f64>
    assert_eq!(half.layers[0].b, array![3.0, 3.5]);
    assert_eq!(half.scale, 5.5);

    let dual: Mlp<Dual64> = tree_map(|w| w.mapv(Dual64::from), &mlp)?; // another element type
    assert_eq!(dual.layers[1].w[[1, 0]], Dual64::from(9.0));

    let shapes: Tree<Vec<usize>> = tree_map(|w| w.shape().to_vec(), &mlp)?; // leaves of any type
    let Tree::Dict(fields) = &shapes else { panic!("{shapes:?}") };
    assert_eq!(fields["scale"], Tree::Leaf(vec![]));

    let decayed: Mlp<f64> = tree_map_with_path(
        |path, w| if path.last_name().as_deref() == Some("w") { &w * 0.99 } else { w.to_owned() },
        &mlp,
    )?;
    assert_eq!(decayed.layers[1].w, array![[8.0 * 0.99], [9.0 * 0.99]]);
    assert_eq!(decayed.layers[1].b, mlp.layers[1].b);
    Ok(())
}

#[test]
fn a_map_over_two_trees_compares_their_structures() -> Outcome {
    let mlp = mlp();
    let grads: Mlp<f64> = tree_map(|w| w.mapv(|_| 10.0), &mlp)?;
    let stepped: Mlp<f64> = tree_map2(|p, g| &p - &(&g * 0.1), &mlp, &grads)?;
    assert_eq!(stepped.layers[0].b, array![5.0, 6.0]);

    let mut other = grads.clone();
    other.layers[1].activation = Activation::Relu;
    let differs: Result<Mlp<f64>, _> = tree_map2(|p, _| p.to_owned(), &mlp, &other);
    assert_eq!(
        differs.unwrap_err().to_string(),
        "the second tree does not match the first: \
         at .layers[1]: static field activation: expected Tanh, found Relu"
    );
    Ok(())
}

#[test]
fn two_trees_of_different_element_types_are_zipped_with_path() -> Outcome {
    let states = BTreeMap::from([
        ("HH_m".to_string(), array![0.1, f64::NAN, 0.3]),
        ("v".to_string(), array![-70.0, -65.0, -60.0]),
    ]);
    let kept = BTreeMap::from([
        ("HH_m".to_string(), array![0usize, 2]),
        ("v".to_string(), array![0usize, 1, 2]),
    ]);
    let taken: BTreeMap<String, Array1<f64>> = tree_flatten(&states)
        .zip(tree_flatten(&kept))?
        .map_with_path(|path, (x, keep)| {
            let keep: Vec<usize> = keep.iter().copied().collect();
            if path.last_name().as_deref() == Some("v") {
                x.to_owned()
            } else {
                x.select(Axis(0), &keep)
            }
        })
        .unflatten()?;
    assert_eq!(taken["HH_m"], array![0.1, 0.3]);
    assert_eq!(taken["v"], states["v"]);
    Ok(())
}

#[test]
fn a_tree_is_changed_in_place() {
    let mut mlp = mlp();
    tree_map_mut(|mut w| w *= 0.5, &mut mlp); // infallible
    assert_eq!(ravel_pytree(&mlp).0, Array1::range(0.0, 6.0, 0.5));
}

#[test]
fn leaves_come_with_their_paths() {
    let mlp = mlp();
    let mut lines = Vec::new();
    for (path, leaf) in tree_leaves_with_path(&mlp) {
        lines.push(format!("{path}: {:?}", leaf.shape()));
    }
    assert_eq!(
        lines,
        [
            ".layers[0].w: [3, 2]",
            ".layers[0].b: [2]",
            ".layers[1].w: [2, 1]",
            ".layers[1].b: [1]",
            ".scale: []"
        ]
    );
}

fn global_norm<P: PyTree<Elem = f64>>(tree: &P) -> f64 {
    tree_reduce(|s, leaf| s + leaf.iter().map(|x| x * x).sum::<f64>(), 0.0, tree).sqrt()
}

#[derive(PyTree)]
struct Lotka {
    prey: f64,
    predators: f64,
} // not generic

#[test]
fn a_function_takes_any_tree_of_an_element_type() {
    assert_eq!(global_norm(&Lotka { prey: 3.0, predators: 4.0 }), 5.0);
    assert_eq!(global_norm(&mlp()), 506.0_f64.sqrt());
}

#[derive(PyTree)]
struct Gates<A> {
    v: A,
    m: A,
} // generic in the array itself

#[test]
fn views_into_the_vector_have_the_struct_they_are_of() -> Outcome {
    let (flat, layout) = ravel_pytree(&Gates { v: array![-70.0, -65.0], m: array![0.1] });
    let views: Gates<ArrayView1<f64>> = layout.views(&flat)?; // typed, zero copy
    assert_eq!(views.v, array![-70.0, -65.0]);
    assert_eq!(views.m.as_ptr(), &raw const flat[2]);
    Ok(())
}

#[derive(PyTree)]
struct Dendrite<T> {
    v: Array1<T>,
    children: Vec<Dendrite<T>>,
} // recursive

#[derive(PyTree, Debug, PartialEq)]
enum Synapse<T> {
    Exp { s: Array1<T> },
    Alpha(Array1<T>, Array1<T>),
    Silent,
} // the variant is structure

#[test]
fn recursive_types_and_enums_are_trees() -> Outcome {
    let tip = |v| Dendrite { v: array![v], children: vec![] };
    let tree = Dendrite { v: array![1.0], children: vec![tip(2.0), tip(3.0)] };
    let (flat, unravel) = ravel_pytree(&tree);
    assert_eq!(flat, array![1.0, 2.0, 3.0]);
    let dual: Dendrite<Dual64> = unravel.unravel(&flat.mapv(Dual64::from))?;
    assert_eq!(dual.children[1].v[0], Dual64::from(3.0));

    let synapses = vec![
        Synapse::Exp { s: array![0.1] },
        Synapse::Alpha(array![0.2], array![0.3]),
        Synapse::Silent,
    ];
    let doubled: Vec<Synapse<f64>> = tree_map(|s| &s * 2.0, &synapses)?;
    assert_eq!(doubled[1], Synapse::Alpha(array![0.4], array![0.6]));
    assert_eq!(doubled[2], Synapse::Silent);
    Ok(())
}

#[test]
fn a_dict_is_a_tree_and_so_are_nests_of_dicts() {
    let states: BTreeMap<String, Array1<f64>> = BTreeMap::from([("v".into(), array![-70.0])]);
    let nest = BTreeMap::from([("soma".to_string(), states)]);
    let paths: Vec<_> = tree_leaves_with_path(&nest).iter().map(|(p, _)| p.to_string()).collect();
    assert_eq!(paths, ["['soma']['v']"]);
}

#[test]
fn the_layout_is_what_ravel_did_as_data() -> Outcome {
    let mut mlp = mlp();
    let layout = Layout::of(&mlp);
    assert_eq!(layout.label(7)?, ".layers[0].b[1]");
    assert_eq!(layout.range(".layers[0].b")?, 6..8); // w is 3 by 2

    let mut buffer = vec![0.0; layout.len()];
    layout.ravel_into(&mlp, &mut buffer)?;
    assert_eq!(buffer[6..8], [6.0, 7.0]);
    buffer[6] = -1.0;
    layout.unravel_into(&buffer, &mut mlp)?; // checked before the first write
    assert_eq!(mlp.layers[0].b, array![-1.0, 7.0]);
    Ok(())
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Neuron<T> {
    v: Vec<T>,
    gates: [T; 3],
    tau: T,
    weights: Array2<T>,
    #[pytree(skip)]
    name: String,
}

fn neuron() -> Neuron<f64> {
    let weights = array![[7.0, 8.0]];
    Neuron { v: vec![1.0, 2.0], gates: [3.0, 4.0, 5.0], tau: 6.0, weights, name: "a".into() }
}

#[test]
#[allow(clippy::cast_possible_truncation, reason = "small whole numbers")]
fn lists_of_numbers_are_leaves() -> Outcome {
    let neuron = neuron();
    let doubled: Neuron<f64> = tree_map(|leaf| &leaf * 2.0, &neuron)?; // four leaves
    assert_eq!((&doubled.v, doubled.gates), (&vec![2.0, 4.0], [6.0, 8.0, 10.0]));
    assert_eq!(doubled.name, "a");
    assert_eq!(tree_flatten(&neuron).leaves().len(), 4);

    let dual: Neuron<Dual64> = tree_mapv(Dual64::from, &neuron)?; // element-wise, no array a leaf
    assert_eq!(dual.gates[2], Dual64::from(5.0));
    let single: Neuron<f32> = tree_mapv(|x| x as f32, &neuron)?;
    assert_eq!(single.weights, array![[7.0_f32, 8.0]]);

    let layout = Layout::of(&neuron);
    assert_eq!(layout.range(".v[1]")?, 1..2);
    assert_eq!(layout.label(7)?, ".weights[0,1]");
    assert_eq!(tree_get(&neuron, "weights[0]")?, array![7.0, 8.0].into_dyn());
    Ok(())
}

#[derive(PyTree, Clone, Debug, Default, PartialEq)]
struct Web<A> {
    prey: A,
    predators: A,
}

#[test]
fn views_are_trees() -> Outcome {
    let (flat, layout) = ravel_pytree(&Web { prey: array![3.0], predators: array![4.0] });
    let views: Web<ArrayView1<f64>> = layout.views(&flat)?;
    assert_eq!(global_norm(&views), 5.0);
    assert_eq!(global_norm(&&views), 5.0);
    let slices: Web<&[f64]> = layout.views(&flat)?;
    assert_eq!(global_norm(&slices), 5.0);
    let owned: Web<Vec<f64>> = tree_map(|leaf| &leaf * 2.0, &slices)?;
    assert_eq!((owned.prey, owned.predators), (vec![6.0], vec![8.0]));
    Ok(())
}

#[test]
fn paths_and_patterns_are_texts() -> Outcome {
    let mlp = mlp();
    let layout = Layout::of(&mlp);
    assert_eq!(layout.range(".layers[0].b")?, 6..8);
    assert_eq!(tree_get(&mlp, "layers[0].w")?.shape(), [3, 2]);
    let decayed: Mlp<f64> = tree_map_where("!**.b", |w| &w * 0.99, &mlp)?;
    assert_eq!(decayed.layers[0].b, mlp.layers[0].b);
    assert_eq!(layout.select("**.w")?.len(), 8);
    let path: pytree::KeyPath = "layers[0].b".parse()?; // made before
    assert_eq!(layout.range(&path)?, 6..8);
    Ok(())
}

#[test]
fn maps_over_several_trees_compare_shapes() -> Outcome {
    let mlp = mlp();
    let ones: Mlp<f64> = tree_map(|w| w.mapv(|_| 1.0), &mlp)?;
    let stepped: Mlp<f64> = tree_map3(|p, m, v| &p - &(&m / &v), &mlp, &ones, &ones)?;
    assert_eq!(stepped.layers[0].b, array![5.0, 6.0]);

    let mut short = ones.clone();
    short.layers[0].b = array![1.0];
    let expected = "does not match the first: at .layers[0].b: expected shape [2], found [1]";
    let error = tree_map2::<_, _, _, Mlp<f64>>(|p, g| &p - &g, &mlp, &short).unwrap_err();
    assert_eq!(error.to_string(), format!("the second tree {expected}"));
    let error = tree_map3::<_, _, _, _, Mlp<f64>>(|p, _, _| p.to_owned(), &mlp, &ones, &short);
    assert_eq!(error.unwrap_err().to_string(), format!("the third tree {expected}"));
    Ok(())
}

type State = Web<Array1<f64>>;

#[test]
fn a_tree_is_a_vector() -> Outcome {
    let web = Web { prey: array![1.0, 2.0], predators: array![3.0] };
    let (k1, k2) = (Vector(web.clone()), Vector(web.clone()));
    let mut y = Vector(web.clone()); // derefs to the struct
    let (k, dt) = (&(&k1 + &k2) * 0.5, 0.1);
    y.add_scaled(dt, &k)?;
    assert_eq!((y.prey[1], y.predators[0]), (2.2, 3.0 + dt * 3.0));
    assert_eq!((k.dot(&k)?, k.norm(), k.norm_inf()), (14.0, 14.0_f64.sqrt(), 3.0));
    let views: Web<ArrayView1<f64>> =
        Web { prey: web.prey.view(), predators: web.predators.view() };
    assert_eq!(Vector(&views).norm(), k.norm()); // views are trees

    let rhs = rhs(&web, |_t, y, dy| dy.prey.assign(&(&y.prey * -1.0)));
    let mut slope = [0.0; 3];
    rhs(0.0, &[5.0, 6.0, 7.0], &mut slope);
    assert_eq!(slope, [-5.0, -6.0, 3.0]);

    let grow = |_t, Vector(y): &Vector<State>, Vector(dy): &mut Vector<State>| {
        dy.prey.assign(&(&y.prey * -1.0));
        dy.predators.fill(0.0);
    };
    let solution = IVP::ode_from_fn(grow, 0.0, 1.0, Vector(web))
        .method(ExplicitRungeKutta::dop853().rtol(1e-10).atol(1e-10))
        .solve()
        .map_err(|error| format!("{error:?}"))?;
    let last = solution.y.last().ok_or("no state")?;
    assert!((last.prey[1] - 2.0 * (-1.0_f64).exp()).abs() < 1e-9);
    assert_eq!(last.predators[0], 3.0);
    Ok(())
}

#[test]
fn states_are_stacked_subtrees_are_read_and_leaves_are_grouped() -> Outcome {
    let state = |t: f64| Web { prey: array![t, 2.0 * t], predators: array![-t] };
    let states = [state(1.0), state(2.0), state(3.0)];
    let time: Web<Array2<f64>> = tree_stack(&states)?;
    assert_eq!(time.prey, array![[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]);
    let back: Vec<Web<Array1<f64>>> = tree_unstack(&time)?;
    assert_eq!(back, states);

    let params = mlp();
    let layer: Dense<f64> = tree_get_as(&params, "layers[0]")?;
    assert_eq!(layer, params.layers[0]);
    let rates: Flat<f64> =
        tree_groups(&params, [("**.b", 0.0), ("layers[0].**", 1e-4), ("**", 1e-3)])?;
    assert_eq!(rates.leaves(), [1e-4, 0.0, 1e-3, 0.0, 1e-3]);

    let mut other = params.clone();
    assert!(tree_all_close(&params, &other)?);
    other.layers[1].b[0] = 12.5;
    assert!(!tree_all_close(&params, &other)?);
    assert!(tree_compare(&params, &other)?.to_string().contains(".layers[1].b[0]: 10.0 and 12.5"));
    Ok(())
}

/// The outputs of a net without activations, for the input 1, 2, 3.
fn predict<T: DualNum<Primitive = f64> + Copy>(mlp: &Mlp<T>) -> Array1<T> {
    let input = Array1::from_iter((1..4).map(|x| T::from(f64::from(x))));
    mlp.layers.iter().fold(input, |x, layer| x.dot(&layer.w) + &layer.b).mapv(|y| y * mlp.scale)
}

#[test]
fn any_struct_has_derivatives() -> Outcome {
    let params = mlp();
    let (value, gradient) = value_and_grad(|p: &Mlp<Duals>| predict(p).sum(), &params)?;
    assert_eq!(value, predict(&params).sum());
    assert_eq!(gradient.scale, value / params.scale);

    let jacobian = jacobian(|p: &Mlp<Duals>| predict(p), &params)?;
    let block = jacobian.block("", ".layers[1].b")?;
    assert_eq!(block, array![[params.scale]]);
    assert_eq!(jacobian.block_shaped("", ".layers[0].w")?.shape(), [1, 3, 2]);

    let direction = gradient.clone();
    let (outputs, tangent): (Array1<f64>, _) =
        jvp(|p: &Mlp<Dual64>| predict(p), &params, &direction)?;
    assert_eq!(outputs, predict(&params));
    let norm = ravel_pytree(&gradient).0.pow2().sum();
    assert!((tangent[0] - norm).abs() < 1e-12 * norm);
    Ok(())
}

#[test]
fn files_are_loaded_whole_or_in_part() -> Outcome {
    use pytree::npz;

    let scratch = tests::Scratch::new("design");
    let (path, run) = (scratch.0.join("mlp.npz"), scratch.0.join("run.npz"));
    let saved = mlp();
    npz::save(&path, &saved)?;
    let mut mlp: Mlp<f64> = tree_map(|w| &w * 0.0, &saved)?;
    npz::load(&path, &mut mlp)?;
    assert_eq!(mlp, saved);

    // A part of the file, under other names, of other precision; several trees in one file.
    let (head, step) = (array![1.0], 7_u64);
    npz::Writer::new()
        .add_as(&saved, |path| format!("model.{}", path.simple(".")))?
        .add_as(&head, |_| "model.head.b".to_string())?
        .add("step", &step)?
        .save(&run)?;
    let mut mlp: Mlp<f32> = tree_mapv(|_| 0.0, &saved)?;
    let report = npz::open(&run)?
        .rename(|name| name.strip_prefix("model."))
        .only("!head.**")
        .cast()
        .load(&mut mlp)?;
    assert_eq!((&mlp.layers[1].b, mlp.scale), (&array![10.0], 11.0));
    assert_eq!((report.loaded.len(), report.left.len(), report.cast.len()), (5, 0, 5));
    assert_eq!(report.unused, ["head.b", ".step"]);

    let tree: Tree<ArrayD<f64>> = npz::open(&path)?.tree()?; // list lengths come from the file
    assert_eq!(tree_get(&tree, "['layers'][1]['b'][0]")?[[]], 10.0);
    Ok(())
}

#[test]
fn the_true_states_of_a_cell_become_one_vector_and_come_back() -> Outcome {
    use dynamics::build_dynamic_state_utils;

    let (cell, params) = tests::three_branches()?;
    let all_states = cell.init()?;
    let before = all_states.clone();

    let utils = build_dynamic_state_utils(&cell)?;
    let dynamic = utils.remove_observables(&all_states)?; // never changes its argument
    let vector = utils.flatten(&dynamic)?;
    let restored = utils.add_observables(&utils.unflatten(vector.view())?, &params, 0.025)?;

    assert_eq!(all_states, before);
    assert_eq!(restored["v"][6], -1.0);
    assert_eq!(restored.keys().collect::<Vec<_>>(), all_states.keys().collect::<Vec<_>>());
    assert_eq!(utils.labels()[3], "v[3]");
    Ok(())
}

/// `Layout` alone is named by both; a program that names it writes `pytree::Layout`.
mod both_globs {
    #![allow(clippy::wildcard_imports, reason = "that both can be imported so is what is tested")]
    use ndarray::*;
    use pytree::*;

    #[test]
    fn both_crates_can_be_imported_whole() -> Result<(), Error> {
        let tree = (1.0, array![2.0, 3.0]);
        let doubled: (f64, Array1<f64>) = tree_map(|leaf| &leaf * 2.0, &tree)?;
        assert_eq!(pytree::Layout::of(&doubled).ravel(&doubled)?, array![2.0, 4.0, 6.0]);
        Ok(())
    }
}

#[test]
fn a_step_is_linearized() -> Outcome {
    let (cable, _) = tests::three_branches().map_err(|error| error.to_string())?;
    let utils = dynamics::build_dynamic_state_utils(&cable)?;
    let vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    let (dx, dv) = (Array1::<f64>::ones(vector.len()), Array1::<f64>::ones(vector.len()));

    let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    let (after, linear) = step.linearize(&vector)?;
    let dv_of_dx = linear.jvp(&dx)?;
    let dx_of_dv = linear.vjp(&dv)?;
    let matrix = linear.to_dense();
    let block = linear.block("v", "v")?;
    let sparse = linear.to_sparse();

    assert_eq!(after, step.apply(&vector)?);
    assert!((dv_of_dx.dot(&dv) - dx_of_dv.dot(&dx)).abs() < 1e-12);
    assert_eq!(sparse.to_dense(), matrix);
    assert_eq!(block.nrows(), cable.nodes() - cable.branchpoints().len());
    Ok(())
}

#[test]
fn a_run_has_a_gradient() -> Outcome {
    let mut cell = Cell::default();
    cell.insert(Leak)?.set("v", -60.0)?.record("v")?.make_trainable("Leak_gLeak")?;
    let cable = cell.build_for(0.025, 1.0)?;
    let (params, steps) = (cell.get_parameters(), cable.steps() as f64);
    let target = vec![-60.0; cable.steps() + 1];

    let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    let (loss, gradient) =
        run.value_and_grad(&params, |step, v: &[Duals]| (v[0] - target[step]).powi(2) / steps)?;

    assert!(loss > 0.0 && gradient[0]["Leak_gLeak"][0] > 0.0);
    Ok(())
}
