//! The speed table of the README: each row beside its rival, timed in turn in one run.
//!
//! `cargo bench -p tests --bench rivals` prints the rows whose rival is written in Rust: the loop by
//! hand, ndarray, and the crate `parametric`. `python3 tests/benches/rivals.py` prints them too, and
//! those whose rival is JAX or optree.

mod arrays;
mod derivatives;
mod numbers;
mod points;
mod states;
mod trees;
mod vecs;
mod vectors;

use std::env;

fn main() {
    if env::args().any(|argument| argument == "serve") {
        trees::serve();
        return;
    }
    vectors::table();
    vecs::table();
    numbers::table();
    points::table();
    arrays::table();
    states::table();
    derivatives::table();
}
