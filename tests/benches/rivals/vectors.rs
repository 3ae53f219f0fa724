//! A struct as an element of a vector space: arithmetic, and whole solutions of an ODE.

use std::fmt::Debug;
use std::hint::black_box;

use differential_equations::methods::ExplicitRungeKutta;
use differential_equations::prelude::IVP;
use differential_equations::traits::State;
use ndarray::{Array1, ArrayView1, Axis};
use pytree::{Layout, PyTree, PyTreeMut, Vector, rhs};
use tests::{Aim, Table};

#[derive(PyTree, Clone, Debug, Default, PartialEq)]
struct Web {
    prey: Array1<f64>,
    predators: Array1<f64>,
}

#[derive(PyTree)]
struct Views<'v> {
    prey: ArrayView1<'v, f64>,
    predators: ArrayView1<'v, f64>,
}

fn web(len: usize) -> Vector<Web> {
    Vector(Web {
        prey: Array1::linspace(1.0, 2.0, len),
        predators: Array1::linspace(0.5, 1.0, len),
    })
}

/// The slopes of Lotka and Volterra, one pair of kinds an index.
fn grow(prey: &[f64], predators: &[f64], prey_slope: &mut [f64], predator_slope: &mut [f64]) {
    for i in 0..prey.len() {
        let eaten = prey[i] * predators[i];
        prey_slope[i] = prey[i] - eaten;
        predator_slope[i] = eaten - predators[i];
    }
}

fn grow_web(y: &Web, dy: &mut Web) {
    grow(
        y.prey.as_slice().unwrap(),
        y.predators.as_slice().unwrap(),
        dy.prey.as_slice_mut().unwrap(),
        dy.predators.as_slice_mut().unwrap(),
    );
}

#[derive(PyTree, Clone, Debug, Default, PartialEq)]
struct Small {
    prey: [f64; 3],
    predators: [f64; 3],
}

fn grow_small(y: &Small, dy: &mut Small) {
    grow(&y.prey, &y.predators, &mut dy.prey, &mut dy.predators);
}

fn grow_flat(y: &Array1<f64>, dy: &mut Array1<f64>) {
    let (prey, predators) = y.as_slice().unwrap().split_at(y.len() / 2);
    let half = dy.len() / 2;
    let (prey_slope, predator_slope) = dy.as_slice_mut().unwrap().split_at_mut(half);
    grow(prey, predators, prey_slope, predator_slope);
}

fn flat(len: usize) -> Array1<f64> {
    let web = web(len);
    ndarray::concatenate![Axis(0), web.prey, web.predators]
}

const END: f64 = 2.0;

fn solve<Y: State<f64>>(slope: impl Fn(f64, &Y, &mut Y), start: &Y, dop853: bool) -> Option<f64> {
    let problem = IVP::ode_from_fn(slope, 0.0, END, start.clone());
    let solution = if dop853 {
        let method = ExplicitRungeKutta::dop853().rtol(1e-6).atol(1e-6);
        problem.method(method).solve().ok()?
    } else {
        problem.method(ExplicitRungeKutta::rk4(0.01)).solve().ok()?
    };
    solution.y.last().map(|last| last.get_component(0))
}

/// Rows for whole solutions, beside those whose state is one `Array1` of all numbers.
fn solutions<P>(
    table: &Table,
    what: &str,
    aim: f64,
    tree: &Vector<P>,
    grow: fn(&P, &mut P),
    vector: &Array1<f64>,
) where
    P: PyTreeMut<Elem = f64> + Clone + Debug + Default,
{
    for (name, dop853) in [("dop853", true), ("rk4", false)] {
        let typed = || {
            let slope = |_: f64, y: &Vector<P>, dy: &mut Vector<P>| grow(y, dy);
            solve(slope, black_box(tree), dop853)
        };
        let by_hand = || {
            let slope = |_: f64, y: &Array1<f64>, dy: &mut Array1<f64>| grow_flat(y, dy);
            solve(slope, black_box(vector), dop853)
        };
        assert_eq!(typed(), by_hand());
        let row = format!("{name}, {what}");
        table.row(&row, "one `Array1`", Aim::Times(aim), typed, by_hand);
    }
}

pub fn table() {
    let table = Table::new("A struct of two arrays as a `Vector`");
    let small = Small { prey: [1.0, 1.5, 2.0], predators: [0.5, 0.75, 1.0] };
    solutions(&table, "2 x 3 numbers as `[f64; 3]`", 1.2, &Vector(small), grow_small, &flat(3));
    solutions(&table, "2 x 3 numbers as `Array1`", 1.2, &web(3), grow_web, &flat(3));
    solutions(&table, "2 x 5,000 numbers as `Array1`", 1.0, &web(5_000), grow_web, &flat(5_000));
    let (mut y, k) = (web(3), web(3));
    let (mut by_hand, slope) = (web(3), web(3));
    table.row(
        "`Vector::add_scaled`, 2 x 3 numbers",
        "by hand",
        Aim::Nanoseconds(20.0),
        || black_box(&mut y).add_scaled(black_box(1e-9), black_box(&k)),
        || {
            let (y, k, a) = (black_box(&mut by_hand), black_box(&slope), black_box(1e-9));
            y.prey.as_slice_mut().unwrap().iter_mut().zip(&k.prey).for_each(|(y, k)| *y += a * k);
            y.predators
                .as_slice_mut()
                .unwrap()
                .iter_mut()
                .zip(&k.predators)
                .for_each(|(y, k)| *y += a * k);
        },
    );
    let (tree, mut slopes) = (web(3), [0.0; 6]);
    let (states, mut by_hand) = (flat(3), [0.0; 6]);
    let states = states.as_slice().unwrap();
    let typed = rhs(&tree.0, |_t, y: &Web, dy: &mut Web| grow_web(y, dy));
    table.row(
        "`rhs`, 2 x 3 numbers",
        "slices by hand",
        Aim::Open,
        || typed(0.0, black_box(states), black_box(&mut slopes)),
        || {
            let (prey, predators) = black_box(states).split_at(3);
            let (prey_slope, predator_slope) = black_box(&mut by_hand).split_at_mut(3);
            grow(prey, predators, prey_slope, predator_slope);
        },
    );
    let layout = Layout::of(&tree);
    let vector = flat(3);
    table.row(
        "`Layout::views`, 2 x 3 numbers",
        "slices of the vector by hand",
        Aim::Open,
        || {
            layout
                .views::<_, Views<'_>>(black_box(&vector))
                .map(|views| views.prey[0] + views.predators[1])
        },
        || {
            let vector = black_box(&vector);
            let (prey, predators) = vector.view().split_at(Axis(0), 3);
            let views = Views { prey, predators };
            views.prey[0] + views.predators[1]
        },
    );
}
