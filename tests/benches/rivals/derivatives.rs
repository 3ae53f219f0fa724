//! Derivatives by dual numbers, beside the same passes written by hand for the struct.

use std::hint::black_box;

use ndarray::{Array1, Array2, Axis};
use num_dual::{Dual, Dual64, DualNum};
use pytree::grad::{DIRECTIONS, Duals, NestedDuals, hvp};
use pytree::{PyTree, jacobian, jvp, value_and_grad};
use tests::{Aim, Dense, Table};

/// A net of 2, 16, 16 and 1 neurons: 337 parameters.
#[derive(PyTree, Clone)]
struct Net<T> {
    layers: Vec<Dense<T>>,
}

impl<T: DualNum<Primitive = f64> + Copy> Net<T> {
    /// The mean square error over a few points.
    fn loss(&self, points: &[([f64; 2], f64)]) -> T {
        let error = |&([x, y], target): &([f64; 2], f64)| {
            let mut values = vec![T::from_f64(x).unwrap(), T::from_f64(y).unwrap()];
            for Dense { w, b } in &self.layers {
                let sums = w.axis_iter(Axis(1)).zip(b).map(|(w, b)| {
                    let sum = w.iter().zip(&values).fold(*b, |sum, (w, x)| sum + *w * *x);
                    sum.tanh()
                });
                values = sums.collect();
            }
            (values[0] - target).powi(2)
        };
        points.iter().map(error).sum::<T>() / points.len() as f64
    }
}

fn net() -> Net<f64> {
    let wave = |i: usize| 0.5 * (i as f64).sin();
    let dense = |rows: usize, columns: usize| Dense {
        w: Array2::from_shape_fn((rows, columns), |(i, j)| wave(i * columns + j)),
        b: Array1::from_shape_fn(columns, wave),
    };
    Net { layers: vec![dense(2, 16), dense(16, 16), dense(16, 1)] }
}

/// `f` of each number.
fn map_net<T: Clone, U>(net: &Net<T>, f: impl Fn(T) -> U + Copy) -> Net<U> {
    let dense = |layer: &Dense<T>| Dense {
        w: layer.w.map(|x| f(x.clone())),
        b: layer.b.map(|x| f(x.clone())),
    };
    Net { layers: net.layers.iter().map(dense).collect() }
}

/// The gradient of a net, by hand: each array in turn, eight elements a pass; a pass may go on in the next array.
fn gradient_by_hand(net: &Net<f64>, loss: impl Fn(&Net<Duals>) -> Duals) -> (f64, Net<f64>) {
    fn slices<T>(net: &mut Net<T>) -> impl Iterator<Item = &mut [T]> {
        let slices = net
            .layers
            .iter_mut()
            .map(|Dense { w, b }| [w.as_slice_mut().unwrap(), b.as_slice_mut().unwrap()]);
        slices.flatten()
    }
    /// The elements from `start` on.
    fn elements<T>(net: &mut Net<T>, start: usize) -> impl Iterator<Item = &mut T> {
        let mut skip = start;
        let parts = slices(net).filter_map(move |slice| {
            let part = slice.len().min(skip);
            skip -= part;
            slice.get_mut(part..)
        });
        parts.flatten().take(DIRECTIONS)
    }
    let mut dual = map_net(net, Duals::from_re);
    let mut gradient = map_net(net, |_| 0.0);
    let len = slices(&mut dual).map(|slice| slice.len()).sum();
    let mut value = 0.0;
    for start in (0..len).step_by(DIRECTIONS) {
        elements(&mut dual, start).enumerate().for_each(|(d, x)| *x = x.derivative(d));
        let y = loss(&dual);
        value = y.re;
        let slopes = y.eps.0.iter().flatten();
        elements(&mut gradient, start).zip(slopes).for_each(|(out, slope)| *out = *slope);
        elements(&mut dual, start).for_each(|x| *x = Duals::from_re(x.re));
    }
    (value, gradient)
}

/// Two arrays of three numbers.
#[derive(PyTree, Clone)]
struct Web<T> {
    prey: Array1<T>,
    predators: Array1<T>,
}

fn rates<T: DualNum<Primitive = f64> + Copy>(web: &Web<T>) -> Web<T> {
    let (eaten, fed) = (web.predators.sum(), web.prey.sum());
    Web {
        prey: web.prey.mapv(|n| n * (-eaten * 0.2 + 1.0)),
        predators: web.predators.mapv(|n| n * (fed * 0.1 - 0.5)),
    }
}

/// A smooth function of all six numbers, with exponentials.
fn energy<T: DualNum<Primitive = f64> + Copy>(web: &Web<T>) -> T {
    let pairs = web.prey.iter().zip(&web.predators);
    pairs.map(|(n, m)| (*n * *m).exp() + n.powi(2) - m.ln()).sum()
}

fn web() -> Web<f64> {
    Web { prey: Array1::from(vec![1.0, 2.0, 0.5]), predators: Array1::from(vec![0.3, 0.2, 0.9]) }
}

/// The web with one direction an element.
fn seeded(web: &Web<f64>) -> Web<Duals> {
    let mut dual =
        Web { prey: web.prey.mapv(Duals::from_re), predators: web.predators.mapv(Duals::from_re) };
    let elements = dual.prey.iter_mut().chain(&mut dual.predators);
    elements.enumerate().for_each(|(d, x)| *x = x.derivative(d));
    dual
}

fn web_gradient_by_hand(web: &Web<f64>) -> (f64, Web<f64>) {
    let y = energy(&seeded(web));
    let slopes = y.eps.0.unwrap();
    let slopes = slopes.as_slice();
    let gradient = Web {
        prey: Array1::from(slopes[..3].to_vec()),
        predators: Array1::from(slopes[3..6].to_vec()),
    };
    (y.re, gradient)
}

fn web_jacobian_by_hand(web: &Web<f64>) -> Array2<f64> {
    let y = rates(&seeded(web));
    let mut matrix = Array2::zeros((6, 6));
    for (mut row, y) in matrix.rows_mut().into_iter().zip(y.prey.iter().chain(&y.predators)) {
        let slopes = y.eps.0.iter().flatten();
        row.iter_mut().zip(slopes).for_each(|(out, slope)| *out = *slope);
    }
    matrix
}

fn web_jvp_by_hand(web: &Web<f64>, direction: &Web<f64>) -> (Web<f64>, Web<f64>) {
    let dual = |x: &Array1<f64>, v: &Array1<f64>| -> Array1<Dual64> {
        x.iter().zip(v).map(|(x, v)| Dual64::new(*x, *v)).collect()
    };
    let dual = Web {
        prey: dual(&web.prey, &direction.prey),
        predators: dual(&web.predators, &direction.predators),
    };
    let y = rates(&dual);
    let part =
        |part: fn(&Dual64) -> f64| Web { prey: y.prey.map(part), predators: y.predators.map(part) };
    (part(|y| y.re), part(|y| y.eps))
}

fn web_hvp_by_hand(web: &Web<f64>, direction: &Web<f64>) -> Web<f64> {
    let inner = seeded(web);
    let nested = |x: &Array1<Duals>, v: &Array1<f64>| -> Array1<NestedDuals> {
        x.iter().zip(v).map(|(x, v)| Dual::new(*x, Duals::from_re(*v))).collect()
    };
    let dual = Web {
        prey: nested(&inner.prey, &direction.prey),
        predators: nested(&inner.predators, &direction.predators),
    };
    let slopes = energy(&dual).eps.eps.0.unwrap();
    let slopes = slopes.as_slice();
    Web { prey: Array1::from(slopes[..3].to_vec()), predators: Array1::from(slopes[3..6].to_vec()) }
}

pub fn table() {
    let table = Table::new("Derivatives by dual numbers");
    let (by_hand, net, web) = ("the same passes by hand", net(), web());
    let points = [([0.5, -0.2], 1.0), ([-0.4, 0.9], -1.0), ([0.1, 0.1], 0.5), ([0.7, 0.3], 0.0)];
    table.row(
        "`value_and_grad`, 337 parameters of a net",
        by_hand,
        Aim::Times(1.1),
        || value_and_grad(|net: &Net<Duals>| net.loss(&points), black_box(&net)),
        || gradient_by_hand(black_box(&net), |net| net.loss(&points)),
    );
    let direction = net.clone();
    table.row(
        "`hvp`, 337 parameters of a net",
        "`value_and_grad` of it",
        Aim::Open,
        || hvp(|net: &Net<NestedDuals>| net.loss(&points), black_box(&net), &direction),
        || value_and_grad(|net: &Net<Duals>| net.loss(&points), black_box(&net)),
    );
    table.row(
        "`value_and_grad`, a struct of 2 x 3 numbers",
        by_hand,
        Aim::Times(1.1),
        || value_and_grad(|web: &Web<Duals>| energy(web), black_box(&web)),
        || web_gradient_by_hand(black_box(&web)),
    );
    table.row(
        "`jacobian`, a struct of 2 x 3 numbers",
        by_hand,
        Aim::Times(1.1),
        || jacobian(|web: &Web<Duals>| rates(web), black_box(&web)),
        || web_jacobian_by_hand(black_box(&web)),
    );
    let direction = web.clone();
    table.row(
        "`jvp`, a struct of 2 x 3 numbers",
        by_hand,
        Aim::Times(1.1),
        || jvp::<_, _, _, Web<f64>>(rates::<Dual64>, black_box(&web), &direction),
        || web_jvp_by_hand(black_box(&web), &direction),
    );
    table.row(
        "`hvp`, a struct of 2 x 3 numbers",
        by_hand,
        Aim::Times(1.1),
        || hvp(|web: &Web<NestedDuals>| energy(web), black_box(&web), &direction),
        || web_hvp_by_hand(black_box(&web), &direction),
    );
}
