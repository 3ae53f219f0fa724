//! A struct as the parameter of argmin's solvers, and as the state of those of differential-equations.

use argmin::core::{
    CostFunction, Error, Executor, Gradient, Hessian, IterState, Solver, State as _,
};
use argmin::solver::conjugategradient::NonlinearConjugateGradient;
use argmin::solver::conjugategradient::beta::PolakRibiere;
use argmin::solver::gradientdescent::SteepestDescent;
use argmin::solver::linesearch::{HagerZhangLineSearch, MoreThuenteLineSearch};
use argmin::solver::neldermead::NelderMead;
use argmin::solver::newton::NewtonCG;
use argmin::solver::particleswarm::ParticleSwarm;
use argmin::solver::quasinewton::LBFGS;
use argmin_math::{ArgminDot, ArgminL1Norm, ArgminMinMax, ArgminScaledSub, ArgminSignum};
use differential_equations::methods::{DiagonallyImplicitRungeKutta, ExplicitRungeKutta};
use differential_equations::prelude::IVP;
use differential_equations::traits::State;
use ndarray::{Array1, array};
use pytree::{PyTree, Vector, ravel_pytree};

#[derive(PyTree, Clone, Debug, Default, PartialEq)]
struct Valley {
    x: f64,
    rest: Array1<f64>,
}

type Params = Vector<Valley>;

/// The function of Rosenbrock (1960) in three dimensions: its minimum is 0 at (1, 1, 1).
#[derive(Clone)]
struct Rosenbrock;

impl CostFunction for Rosenbrock {
    type Param = Params;
    type Output = f64;
    fn cost(&self, p: &Params) -> Result<f64, Error> {
        let [x, y, z] = [p.x, p.rest[0], p.rest[1]];
        let valley = |x: f64, y: f64| (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2);
        Ok(valley(x, y) + valley(y, z))
    }
}

impl Gradient for Rosenbrock {
    type Param = Params;
    type Gradient = Params;
    fn gradient(&self, p: &Params) -> Result<Params, Error> {
        let [x, y, z] = [p.x, p.rest[0], p.rest[1]];
        let along = |x: f64, y: f64| -2.0 * (1.0 - x) - 400.0 * x * (y - x * x);
        let across = |x: f64, y: f64| 200.0 * (y - x * x);
        Ok(Vector(Valley {
            x: along(x, y),
            rest: array![across(x, y) + along(y, z), across(y, z)],
        }))
    }
}

/// The Hessian at a point as an operator, which is all that Newton-CG asks for.
#[derive(Clone)]
struct HessianAt(Params);

impl ArgminDot<Params, Params> for HessianAt {
    fn dot(&self, v: &Params) -> Params {
        let [x, y, z] = [self.0.x, self.0.rest[0], self.0.rest[1]];
        let [u, v, w] = [v.x, v.rest[0], v.rest[1]];
        let along = |x: f64, y: f64| 2.0 - 400.0 * y + 1200.0 * x * x;
        let rest = array![
            -400.0 * x * u + (200.0 + along(y, z)) * v - 400.0 * y * w,
            -400.0 * y * v + 200.0 * w
        ];
        Vector(Valley { x: along(x, y) * u - 400.0 * x * v, rest })
    }
}

impl Hessian for Rosenbrock {
    type Param = Params;
    type Hessian = HessianAt;
    fn hessian(&self, p: &Params) -> Result<HessianAt, Error> {
        Ok(HessianAt(p.clone()))
    }
}

fn start() -> Params {
    Vector(Valley { x: -0.5, rest: array![0.8, 0.3] })
}

type Iterations<H> = IterState<Params, Params, (), H, (), f64>;

fn finds_the_minimum<H, S: Solver<Rosenbrock, Iterations<H>>>(solver: S, iterations: u64)
where
    Iterations<H>: argmin::core::State<Param = Params, Float = f64>,
{
    let outcome = Executor::new(Rosenbrock, solver)
        .configure(|state| state.param(start()).max_iters(iterations))
        .run()
        .unwrap();
    let found = outcome.state.get_best_param().unwrap();
    let away = found - &Vector(Valley { x: 1.0, rest: array![1.0, 1.0] });
    assert!(away.norm_inf() < 1e-3, "{found:?}");
}

#[test]
fn lbfgs() {
    finds_the_minimum(LBFGS::new(MoreThuenteLineSearch::new(), 5), 200);
    finds_the_minimum(LBFGS::new(HagerZhangLineSearch::new(), 5), 200);
}

#[test]
fn steepest_descent() {
    finds_the_minimum(SteepestDescent::new(MoreThuenteLineSearch::new()), 30_000);
}

#[test]
fn nonlinear_conjugate_gradient() {
    finds_the_minimum(
        NonlinearConjugateGradient::new(MoreThuenteLineSearch::new(), PolakRibiere::new())
            .restart_iters(10),
        2_000,
    );
}

#[test]
fn newton_cg() {
    finds_the_minimum(NewtonCG::new(MoreThuenteLineSearch::new()), 20_000);
}

#[test]
fn nelder_mead() {
    let corner = |x, y, z| Vector(Valley { x, rest: array![y, z] });
    let simplex =
        vec![start(), corner(0.5, 0.8, 0.3), corner(-0.5, 1.8, 0.3), corner(-0.5, 0.8, 1.3)];
    let solver = NelderMead::new(simplex).with_sd_tolerance(1e-12).unwrap();
    let outcome =
        Executor::new(Rosenbrock, solver).configure(|state| state.max_iters(2_000)).run().unwrap();
    assert!((outcome.state.get_best_param().unwrap().x - 1.0).abs() < 1e-3);
}

#[test]
fn the_traits_of_argmin_math_work_element_by_element() {
    let (x, y) = (Vector((1.0, [-2.0, 3.0])), Vector((4.0, [-5.0, 0.5])));
    assert_eq!(ArgminL1Norm::<f64>::l1_norm(&x), 6.0);
    assert_eq!(ArgminMinMax::min(&x, &y).0, (1.0, [-5.0, 0.5]));
    assert_eq!(ArgminMinMax::max(&x, &y).0, (4.0, [-2.0, 3.0]));
    assert_eq!(ArgminSignum::signum(y).0, (1.0, [-1.0, 1.0]));
    assert_eq!(x.scaled_sub(&2.0, &y).0, (-7.0, [8.0, 2.0]));
}

/// A population between two corners, drawn at random.
#[test]
fn particle_swarm() {
    let corner = |x: f64| Vector(Valley { x, rest: array![x, x] });
    let outcome = Executor::new(Rosenbrock, ParticleSwarm::new((corner(-2.0), corner(2.0)), 40))
        .configure(|state| state.max_iters(200))
        .run()
        .unwrap();
    let best = &outcome.state.get_best_param().unwrap().position;
    assert!((best.x - 1.0).abs() < 0.1, "{best:?}");
}

#[derive(PyTree, Clone, Debug, Default, PartialEq)]
struct Web {
    prey: Array1<f64>,
    predators: [f64; 2],
    #[pytree(static)]
    place: String,
}

/// The slopes of Lotka and Volterra with a term that makes all five numbers act on each other.
fn grow(y: [f64; 5]) -> [f64; 5] {
    let all: f64 = y.iter().sum();
    let [a, b, c, p, q] = y;
    [
        a - a * p,
        2.0 * b - b * q,
        c - c * (p + q),
        p * (a + c) - p * all,
        q * (b + c) - 0.5 * q * all,
    ]
}

/// The times and the states of both solutions, as vectors.
macro_rules! both {
    ($method:expr) => {{
        let web = Web { prey: array![1.5, 1.0, 0.5], predators: [0.7, 0.9], place: "sea".into() };
        let (flat, _) = ravel_pytree(&web);
        let typed = |_: f64, Vector(y): &Vector<Web>, Vector(dy): &mut Vector<Web>| {
            let [a, b, c, p, q] =
                grow([y.prey[0], y.prey[1], y.prey[2], y.predators[0], y.predators[1]]);
            dy.prey.assign(&array![a, b, c]);
            dy.predators = [p, q];
        };
        let by_hand = |_: f64, y: &Vec<f64>, dy: &mut Vec<f64>| {
            dy.copy_from_slice(&grow([y[0], y[1], y[2], y[3], y[4]]));
        };
        let ours = IVP::ode_from_fn(typed, 0.0, 1.5, Vector(web)).method($method).solve().unwrap();
        let theirs =
            IVP::ode_from_fn(by_hand, 0.0, 1.5, flat.to_vec()).method($method).solve().unwrap();
        assert!(ours.y.iter().all(|y| y.place == "sea"));
        let ours: Vec<_> =
            ours.t.into_iter().zip(ours.y.iter().map(|y| ravel_pytree(y).0.to_vec())).collect();
        let theirs: Vec<_> = theirs.t.into_iter().zip(theirs.y).collect();
        assert!(ours.len() > 5);
        assert_eq!(ours, theirs);
    }};
}

#[test]
fn every_method_gives_the_bits_that_it_gives_for_a_vec() {
    both!(ExplicitRungeKutta::dop853().rtol(1e-9).atol(1e-9));
    both!(ExplicitRungeKutta::dopri5().rtol(1e-6).atol(vec![1e-6, 1e-7, 1e-8, 1e-6, 1e-6]));
    both!(ExplicitRungeKutta::rkf45().rtol(1e-6).atol(1e-6));
    both!(ExplicitRungeKutta::rk4(0.01));
    both!(DiagonallyImplicitRungeKutta::kvaerno745().rtol(1e-6).atol(1e-6));
    both!(DiagonallyImplicitRungeKutta::kvaerno423().rtol(1e-6).atol(1e-6));
}

/// Each method of `State`, among them those that no method above calls.
#[test]
fn the_methods_of_a_state_are_those_of_a_vec() {
    let web = |x: f64| {
        Vector(Web { prey: array![x, -2.0, 3.0 * x], predators: [0.5, x], place: String::new() })
    };
    let vec = |web: &Vector<Web>| ravel_pytree(web).0.to_vec();
    let (x, y) = (web(1.5), web(-0.25));
    let (a, b) = (vec(&x), vec(&y));
    assert_eq!((State::len(&x), State::len(&a)), (5, 5));
    for (index, component) in a.iter().enumerate() {
        assert_eq!(x.get_component(index), *component);
        let mut x = x.clone();
        x.set_component(index, 7.0);
        assert_eq!(
            (x.get_component(index), vec(&x).iter().filter(|x| **x == 7.0).count()),
            (7.0, 1)
        );
    }
    assert_eq!(State::dot(&x, &y), State::dot(&a, &b));
    assert_eq!(x.max_norm(), a.max_norm());
    assert_eq!(x.norm_squared(), a.norm_squared());
    assert_eq!(x.diff_norm_squared(&y), a.diff_norm_squared(&b));
    assert_eq!(vec(&State::abs(&y)), State::abs(&b));
    assert_eq!(vec(&x.component_mul(&y)), a.component_mul(&b));
    assert_eq!(vec(&x.component_div(&y)), a.component_div(&b));
    assert_eq!(vec(&x.minus(&y)), a.minus(&b));
    assert_eq!(vec(&x.scaled(0.1)), a.scaled(0.1));
    let terms: [(&Vector<Web>, f64); 6] =
        [(&x, 0.1), (&y, 0.2), (&x, -0.3), (&y, 0.7), (&y, 1e-9), (&x, 3.0)];
    let flat: Vec<_> = terms.iter().map(|(x, factor)| (vec(x), *factor)).collect();
    let flat: Vec<_> = flat.iter().map(|(x, factor)| (x, *factor)).collect();
    assert_eq!(vec(&x.linear_combination(&terms)), a.linear_combination(&flat));
    assert_eq!(vec(&y.plus_linear_combination(&terms)), b.plus_linear_combination(&flat));
    let (atol, rtol) = (vec![1e-3, 1e-2, 1.0, 1e-4, 1e-5].into(), 1e-3.into());
    assert_eq!(x.error_norm(&y, &x, &atol, &rtol), a.error_norm(&b, &a, &atol, &rtol));
    assert_eq!(x.error_norm_inf(&y, &x, &atol, &rtol), a.error_norm_inf(&b, &a, &atol, &rtol));

    let matrix: Vec<f64> =
        (0..25).map(|i| f64::from(i * i % 7) + if i % 6 == 0 { 9.0 } else { 0.0 }).collect();
    assert_eq!(vec(&x.mul_by_dense_matrix(&matrix, 5, 5)), a.mul_by_dense_matrix(&matrix, 5, 5));
    let pivots = [1, 2, 2, 4, 4];
    let (mut x1, mut a1) = (x.clone(), a.clone());
    x1.apply_linear_solve(&matrix, &pivots);
    a1.apply_linear_solve(&matrix, &pivots);
    assert_eq!(vec(&x1), a1);
    let (mut x1, mut y1, mut a1, mut b1) = (x.clone(), y.clone(), a.clone(), b.clone());
    x1.apply_complex_linear_solve(&mut y1, &matrix, &matrix, &pivots);
    a1.apply_complex_linear_solve(&mut b1, &matrix, &matrix, &pivots);
    assert_eq!((vec(&x1), vec(&y1)), (a1, b1));

    let mut placeholder = <Vector<Web> as State<f64>>::zeros();
    placeholder.copy_from_state(&x);
    assert_eq!(placeholder, x);
    placeholder.copy_from_state(&y);
    assert_eq!(placeholder, y);
}

#[test]
#[should_panic(
    expected = "the other vector does not match this one: at .prey: expected shape [2], found [0]"
)]
fn a_placeholder_that_is_read_panics_with_the_path() {
    let state = Vector(Web { prey: array![1.0, 2.0], ..Web::default() });
    State::add_scaled(&mut state.clone(), 1.0, &State::zeros());
}

#[test]
#[should_panic(expected = "the solver asks for component 3 of a state or slope of 3; \
                           the closure may have changed the structure or a shape of the slope")]
fn a_component_that_is_not_there_panics_with_what_may_be_wrong() {
    Vector(Valley { x: 1.0, rest: array![2.0, 3.0] }).get_component(3);
}

#[test]
#[should_panic(
    expected = "the other vector does not match this one: at .rest: expected shape [1], found [2]"
)]
fn only_a_placeholder_takes_another_shape() {
    let valley = |rest: Array1<f64>| Vector(Valley { x: 1.0, rest });
    valley(array![1.0]).copy_from_state(&valley(array![2.0, 3.0]));
}
