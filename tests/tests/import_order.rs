//! The `mod` list of each crate and of each folder is in dependency order: a file imports only from modules above it in
//! the list.

use std::fs;
use std::path::Path;

const CRATES: [&str; 6] =
    ["pytree", "pytree-derive", "dynamics", "examples/cable", "examples/cluster", "tests"];

/// The modules that a `mod` list names, in its order.
fn modules(list: &str) -> Vec<&str> {
    let lines = list.lines().filter_map(|line| line.strip_suffix(';'));
    lines
        .filter_map(|line| match line.rsplit_once("mod ")? {
            ("" | "pub " | "pub(crate) ", module) => Some(module),
            _ => None,
        })
        .collect()
}

/// The modules that the code of a file names after `prefix`; docs may link to anything.
fn named<'s>(source: &'s str, prefix: &str) -> Vec<&'s str> {
    let module = |rest: &'s str| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        &rest[..end]
    };
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split(prefix).skip(1)).map(module).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// All that a module consists of: its file, or the files of its folder.
fn sources(folder: &Path, module: &str) -> Vec<(String, String)> {
    let file = folder.join(format!("{module}.rs"));
    if file.exists() {
        return vec![(file.display().to_string(), read(&file))];
    }
    let list = read(&folder.join(module).join("mod.rs"));
    modules(&list).iter().flat_map(|inner| sources(&folder.join(module), inner)).collect()
}

/// Checks a `mod` list whose modules are named after `prefix`, and the lists of the folders in it.
fn check(folder: &Path, list: &str, prefix: &str) {
    let modules = modules(list);
    for (place, module) in modules.iter().enumerate() {
        for (file, source) in sources(folder, module) {
            assert!(
                !source.contains("crate::{"),
                "{file}: one module a line, for this test to read"
            );
            for other in named(&source, prefix) {
                let below = modules[place..].contains(&other) && other != *module;
                assert!(!below, "{file} imports {other}, which is below it");
            }
        }
        let inner = folder.join(module);
        // A folder without one holds no code: the text of the guides.
        if inner.join("mod.rs").exists() {
            check(&inner, &read(&inner.join("mod.rs")), &format!("{prefix}{module}::"));
        }
    }
}

#[test]
fn a_file_imports_only_from_modules_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for name in CRATES {
        let source = root.join(name).join("src");
        let list = read(&source.join("lib.rs"));
        assert!(modules(&list).len() >= 3, "{name}: {:?}", modules(&list));
        check(&source, &list, "crate::");
    }
}

/// Documents that name files of this repository.
const DOCUMENTS: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];

#[test]
fn the_documents_name_files_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for document in DOCUMENTS {
        let text = read(&root.join(document));
        // Between backquotes, commands have a space and files a slash.
        let names = text.split('`').skip(1).step_by(2);
        let files: Vec<_> =
            names.filter(|name| name.contains('/') && !name.contains([' ', '+', '\n'])).collect();
        assert!(files.len() > 10, "{document}: {files:?}");
        let missing: Vec<_> = files.iter().filter(|file| !root.join(file).exists()).collect();
        assert!(missing.is_empty(), "{document} names {missing:?}, which do not exist");
    }
}

#[test]
fn the_order_is_read() {
    assert_eq!(modules("mod b;\npub(crate) mod a;\nmod tests {"), ["b", "a"]);
    assert_eq!(named("use crate::a::B;\nuse crate::c;", "crate::"), ["a", "c"]);
    assert_eq!(named("use crate::a::B;\nuse crate::c::d;", "crate::c::"), ["d"]);
}

/// The names that `pub use` and `pub mod` make public in a `lib.rs`, without those of features that are off by
/// default and those that the docs hide.
fn public_names(list: &str) -> Vec<String> {
    let optional = |attribute: &str| {
        attribute.contains("doc(hidden)")
            || attribute.contains("feature") && !attribute.contains("\"derive\"")
    };
    let mut names = Vec::new();
    let mut attributes = String::new();
    let code: Vec<_> = list.lines().filter(|line| !line.starts_with("//")).collect();
    for statement in code.join(" ").split_inclusive([';', ']']) {
        let code = statement.trim();
        if code.starts_with("#[") {
            attributes.push_str(code);
            continue;
        }
        let exported = code.strip_prefix("pub use ").or(code.strip_prefix("pub mod "));
        if let Some(exported) = exported.filter(|_| !optional(&attributes)) {
            let exported = exported.trim_end_matches(';');
            let last = exported.rsplit_once("::").map_or(exported, |(_, last)| last);
            let each = last.trim_matches(['{', '}']).split(',');
            names.extend(each.map(|name| name.trim().to_string()).filter(|name| !name.is_empty()));
        }
        attributes.clear();
    }
    // The trait and the derive of one name are one name.
    names.sort_unstable();
    names.dedup();
    names
}

#[test]
fn the_root_of_pytree_has_at_most_fifty_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let names = public_names(&read(&root.join("pytree/src/lib.rs")));
    for name in ["tree_map", "Layout", "PyTree", "path", "walk"] {
        assert!(names.iter().any(|found| found == name), "{name} is not in {names:?}");
    }
    assert!(!names.iter().any(|name| name == "npz" || name == "__private"), "{names:?}");
    assert!(names.len() <= 50, "{}: {names:?}", names.len());
}
