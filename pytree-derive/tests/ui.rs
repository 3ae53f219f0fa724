//! The messages for mistakes in a derive, as rustc prints them: one case a mistake. Here and not in
//! `tests`, whose dependencies trybuild would compile again.
//!
//! `TRYBUILD=overwrite cargo test -p pytree-derive --test ui` records them anew.

use std::env;
use std::process::Command;

/// The compiler that the messages were recorded with; others word their part of them differently.
const RECORDED_WITH: &str = "rustc 1.95.";

#[test]
fn mistakes_are_told() {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().unwrap().stdout;
    let version = String::from_utf8(version).unwrap();
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    if version.starts_with(RECORDED_WITH) {
        cases.compile_fail("ui/*.rs");
    } else {
        println!("not compared: recorded with {RECORDED_WITH}*, this is {version}");
    }
}
