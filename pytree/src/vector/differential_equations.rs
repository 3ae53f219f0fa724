//! A [`Vector`] is a state of the solvers of `differential-equations`.
//!
//! The sums and the loops run over whole leaves in the order of the elements, so a solution equals that of a plain
//! `Vec` to the last bit. [`State`] has no way to return an error, so states of different structures or shapes
//! panic with the text of the error.

use std::fmt::Debug;

use differential_equations::tolerance::Tolerance;
use differential_equations::traits::{Real, State};
use ndarray::{ArrayView, ArrayViewMut, Dimension};

use crate::error::error::Error;
use crate::map::reduce::tree_size;
use crate::vector::elements::{compare, each, each_mut, update, zip};
use crate::vector::vector::Vector;
use crate::walk::pytree::PyTreeMut;
use crate::walk::visit::{Visitor, VisitorMut};

/// The value.
///
/// # Panics
/// If there is an error, with its text.
#[track_caller]
fn expect<T>(outcome: Result<T, Error>) -> T {
    outcome.unwrap_or_else(|error| panic!("{error}"))
}

/// The elements of a tree as a `Vec`, whose linear solves need them in one slice.
fn to_vec<T: Real, P: PyTreeMut<Elem = T>>(tree: &P) -> Vec<T> {
    let mut vector = Vec::with_capacity(tree_size(tree));
    each(tree, |x| vector.push(*x));
    vector
}

/// Writes the elements of a slice of the same length to `tree`.
fn write<T: Real, P: PyTreeMut<Elem = T>>(tree: &mut P, elements: &[T]) {
    let mut elements = elements.iter();
    each_mut(tree, |x| {
        if let Some(y) = elements.next() {
            *x = *y;
        }
    });
}

#[cold]
fn no_component<R>(index: usize, len: usize) -> R {
    panic!(
        "the solver asks for component {index} of a state or slope of {len}; \
         the closure may have changed the structure or a shape of the slope"
    )
}

impl<T, P> State<T> for Vector<P>
where
    T: Real,
    P: PyTreeMut<Elem = T> + Clone + Debug + Default,
{
    fn len(&self) -> usize {
        tree_size(&self.0)
    }

    fn get_component(&self, index: usize) -> T {
        let mut component = Component { index, f: |x: &T| *x, found: None };
        self.0.walk(&mut component);
        component.found.unwrap_or_else(|| no_component(index, State::len(self)))
    }

    fn set_component(&mut self, index: usize, value: T) {
        let mut component = Component { index, f: |x: &mut T| *x = value, found: None };
        self.0.walk_mut(&mut component);
        component.found.unwrap_or_else(|| no_component(index, State::len(self)));
    }

    fn map_components_mut<F: FnMut(usize, &mut T)>(&mut self, mut f: F) {
        let mut index = 0;
        each_mut(&mut self.0, |x| {
            f(index, x);
            index += 1;
        });
    }

    /// `P::default()`, a placeholder that solvers overwrite before they read it.
    fn zeros() -> Self {
        Vector(P::default())
    }

    fn zeros_like(&self) -> Self {
        Vector::zeros_like(self)
    }

    fn fill(&mut self, value: T) {
        each_mut(&mut self.0, |x| *x = value);
    }

    /// A placeholder takes the structure and the shapes of `other`.
    fn copy_from_state(&mut self, other: &Self) {
        if let Err(error) = self.zip_mut_with(other, |x, y| *x = *y) {
            let placeholder = compare(&self.0, &P::default()).is_ok();
            assert!(placeholder, "{error}");
            self.clone_from(other);
        }
    }

    fn component_mul(&self, other: &Self) -> Self {
        expect(self.zip_map(other, |x, y| x * y))
    }

    fn component_div(&self, other: &Self) -> Self {
        expect(self.zip_map(other, |x, y| x / y))
    }

    fn dot(&self, other: &Self) -> T {
        let mut sum = T::zero();
        expect(zip([&self.0, &other.0], |[x, y]| sum += *x * *y));
        sum
    }

    fn max_norm(&self) -> T {
        let mut largest = T::zero();
        each(&self.0, |x| largest = largest.max(x.abs()));
        largest
    }

    fn mul_add_assign(&mut self, alpha: T, other: &Self) {
        State::add_scaled(self, alpha, other);
    }

    fn add_scaled(&mut self, alpha: T, other: &Self) -> &mut Self {
        expect(self.zip_mut_with(other, |x, y| *x += alpha * *y));
        self
    }

    fn scale_mut(&mut self, alpha: T) {
        each_mut(&mut self.0, |x| *x *= alpha);
    }

    fn scale_by(&mut self, alpha: T) -> &mut Self {
        self.scale_mut(alpha);
        self
    }

    fn plus_linear_combination(&self, terms: &[(&Self, T)]) -> Self {
        let mut sum = self.clone();
        add_terms(&mut sum, terms);
        sum
    }

    fn set_linear_combination(&mut self, terms: &[(&Self, T)]) -> &mut Self {
        self.fill(T::zero());
        add_terms(self, terms);
        self
    }

    fn norm_squared(&self) -> T {
        let mut sum = T::zero();
        each(&self.0, |x| sum += *x * *x);
        sum
    }

    fn diff_norm_squared(&self, other: &Self) -> T {
        let mut sum = T::zero();
        expect(zip([&self.0, &other.0], |[x, y]| {
            let difference = *x - *y;
            sum += difference * difference;
        }));
        sum
    }

    fn error_norm(&self, y_new: &Self, err: &Self, atol: &Tolerance<T>, rtol: &Tolerance<T>) -> T {
        let mut sum = T::zero();
        relative_errors(self, y_new, err, [atol, rtol], |error| sum += error * error);
        sum
    }

    fn error_norm_inf(
        &self,
        y_new: &Self,
        err: &Self,
        atol: &Tolerance<T>,
        rtol: &Tolerance<T>,
    ) -> T {
        let mut largest = T::zero();
        relative_errors(self, y_new, err, [atol, rtol], |error| largest = largest.max(error.abs()));
        largest
    }

    fn apply_linear_solve(&mut self, lu: &[T], ip: &[usize]) {
        let mut elements = to_vec(&self.0);
        elements.apply_linear_solve(lu, ip);
        write(&mut self.0, &elements);
    }

    fn apply_complex_linear_solve(
        &mut self,
        imag_part: &mut Self,
        ar: &[T],
        ai: &[T],
        ip: &[usize],
    ) {
        let (mut real, mut imaginary) = (to_vec(&self.0), to_vec(&imag_part.0));
        real.apply_complex_linear_solve(&mut imaginary, ar, ai, ip);
        write(&mut self.0, &real);
        write(&mut imag_part.0, &imaginary);
    }

    fn mul_by_dense_matrix(&self, matrix: &[T], n: usize, m: usize) -> Self {
        let product = to_vec(&self.0).mul_by_dense_matrix(matrix, n, m);
        let mut out = self.clone();
        write(&mut out.0, &product);
        out
    }
}

/// Adds the terms in their order, four in one pass over the elements, because each pass reads and writes the sum.
fn add_terms<T, P>(sum: &mut Vector<P>, mut terms: &[(&Vector<P>, T)])
where
    T: Real,
    P: PyTreeMut<Elem = T>,
{
    while let [(a, p), (b, q), (c, r), (d, s), rest @ ..] = terms {
        let add = |x: &mut T, [a, b, c, d]: [&T; 4]| {
            *x += *p * *a;
            *x += *q * *b;
            *x += *r * *c;
            *x += *s * *d;
        };
        expect(update(&mut sum.0, [&a.0, &b.0, &c.0, &d.0], add));
        terms = rest;
    }
    for (vector, factor) in terms {
        expect(update(&mut sum.0, [&vector.0], |x, [y]| *x += *factor * *y));
    }
}

/// Calls `f` with each element of `err`, relative to the tolerance of the element.
fn relative_errors<T, P>(
    y: &Vector<P>,
    y_new: &Vector<P>,
    err: &Vector<P>,
    [atol, rtol]: [&Tolerance<T>; 2],
    mut f: impl FnMut(T),
) where
    T: Real,
    P: PyTreeMut<Elem = T>,
{
    let mut index = 0;
    expect(zip([&y.0, &y_new.0, &err.0], |[y, y_new, err]| {
        let scale = atol[index] + rtol[index] * y.abs().max(y_new.abs());
        f(*err / scale);
        index += 1;
    }));
}

/// Calls `f` with the element at an index of the whole tree, and keeps the result.
struct Component<F, R> {
    /// The index, counted from the first element of the next leaf.
    index: usize,
    f: F,
    found: Option<R>,
}

impl<F, R> Component<F, R> {
    /// The index in the next leaf, which has `len` elements; `None` if the element is in another leaf.
    fn within(&mut self, len: usize) -> Option<usize> {
        let here = (self.found.is_none() && self.index < len).then_some(self.index);
        self.index = self.index.wrapping_sub(len);
        here
    }
}

impl<'a, T: 'a, R, F: Fn(&'a T) -> R> Visitor<'a, T> for Component<F, R> {
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, T, D>) {
        let Some(index) = self.within(leaf.len()) else { return };
        let element = match leaf.to_slice() {
            Some(slice) => slice.get(index),
            None => leaf.into_iter().nth(index),
        };
        self.found = element.map(&self.f);
    }
}

impl<'a, T: 'a, R, F: Fn(&mut T) -> R> VisitorMut<'a, T> for Component<F, R> {
    fn leaf<D: Dimension>(&mut self, mut leaf: ArrayViewMut<'a, T, D>) {
        let Some(index) = self.within(leaf.len()) else { return };
        let element = match leaf.as_slice_mut() {
            Some(slice) => slice.get_mut(index),
            None => leaf.iter_mut().nth(index),
        };
        self.found = element.map(&self.f);
    }
}
