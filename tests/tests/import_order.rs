//! The `mod` list of each crate stands in dependency order: a file imports only from modules above
//! it.

use std::fs;
use std::path::Path;

const CRATES: [&str; 5] = ["pytree", "pytree-derive", "dynamics", "examples", "tests"];

/// The modules that `lib.rs` lists, in its order.
fn modules(lib: &str) -> Vec<&str> {
    let lines = lib.lines().map(|line| line.trim_start_matches("pub "));
    lines.filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')).collect()
}

/// The modules of its crate that a file names behind `crate::`, in code and in docs.
fn named(source: &str) -> impl Iterator<Item = &str> {
    source.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        &rest[..end]
    })
}

#[test]
fn a_file_imports_only_from_modules_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for name in CRATES {
        let source = root.join(name).join("src");
        let read = |file: &str| {
            fs::read_to_string(source.join(file)).unwrap_or_else(|e| panic!("{name}/{file}: {e}"))
        };
        let lib = read("lib.rs");
        let modules = modules(&lib);
        assert!(modules.len() >= 3, "{name}: {modules:?}");
        for (place, module) in modules.iter().enumerate() {
            let file = read(&format!("{module}.rs"));
            assert!(
                !file.contains("crate::{"),
                "{module}: one module a line, for this test to read"
            );
            for other in named(&file) {
                let below = modules[place..].contains(&other) && other != *module;
                assert!(!below, "{name}/src/{module}.rs imports {other}, which stands below it");
            }
        }
    }
}

#[test]
fn the_order_is_told() {
    assert_eq!(modules("mod b;\npub mod a;\nmod tests {"), ["b", "a"]);
    assert_eq!(named("use crate::a::B;\nuse crate::c;").collect::<Vec<_>>(), ["a", "c"]);
}
