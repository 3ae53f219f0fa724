//! The output of rustc for mistakes in a derive, one case for each mistake. The tests are here and not in `tests`, because
//! trybuild would compile the dependencies of that package again.
//!
//! `TRYBUILD=overwrite cargo test -p pytree-derive --test ui` records the output again.

use std::env;
use std::process::Command;

/// The compiler of the recorded output. Other versions word their part of a message differently.
const RECORDED_WITH: &str = "rustc 1.95.";

#[test]
fn mistakes_are_reported() {
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
