//! The programs as others run them: what they print, and how they fail.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Runs an example of this package, as `cargo test -p examples` builds it along with the tests (but
/// not `cargo test --test programs` alone).
fn run(example: &str, arguments: &[&str]) -> Output {
    let test = std::env::current_exe().expect("the path of this test");
    let target = test.parent().and_then(Path::parent).expect("the folder of the profile");
    let program =
        target.join("examples").join(example).with_extension(std::env::consts::EXE_EXTENSION);
    Command::new(program).args(arguments).output().expect("an example that runs")
}

fn data(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data").join(name).display().to_string()
}

/// A file for this test alone, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("{}-{name}", std::process::id()));
        std::fs::write(&path, text).expect("a file in the folder for such files");
        Scratch(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a path that is text")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

fn stdout(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
    serde_json::from_slice(&output.stdout).expect("JSON and nothing else")
}

fn stderr(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code));
    assert!(output.stdout.is_empty());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn read(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(data(name)).expect("a file")).expect("JSON")
}

#[test]
fn replay_prints_what_jaxley_computes() {
    let found = stdout(&run("replay", &[&data("jaxley/three_branches_hh/module.json")]));
    let expected = read("jaxley/three_branches_hh/expected.json");
    for key in ["flat", "dynamic_states"] {
        assert_eq!(found[key], expected[key], "{key}");
    }
    assert_eq!(found["labels"][7], "v[1]");
    assert_eq!(found["restored"]["HH_m"][6], -1.0);
    assert_eq!(found["restored"]["HH_m"][5], Value::Null);
    assert_eq!(found["recordings"].as_array().map(Vec::len), Some(41));
    assert_eq!(found["jvp_at_end"]["direction"], expected["jvp_at_end"]["direction"]);
    let keys: Vec<_> = found.as_object().expect("a dict").keys().map(String::as_str).collect();
    let mut expected_keys = vec![
        "flat",
        "labels",
        "dynamic_states",
        "restored",
        "flat_after_steps",
        "recordings",
        "jvp_at_end",
    ];
    expected_keys.sort_unstable();
    assert_eq!(keys, expected_keys);
}

#[test]
fn replay_prints_the_jacobian_if_asked() {
    let module = data("jaxley/three_branches_hh/module.json");
    let found = stdout(&run("replay", &["--jacobian", &module]));
    let expected = read("jaxley/three_branches_hh/expected.json");
    for (row, column) in [(6, 2), (11, 11), (0, 6)] {
        let entry = |of: &Value| of["jacobian_at_end"][row][column].as_f64().expect("a number");
        assert!((entry(&found) - entry(&expected)).abs() < 1e-7);
    }
}

#[test]
fn replay_says_what_is_wrong() {
    let usage = "usage: replay module.json [--jacobian]\n";
    assert_eq!(stderr(&run("replay", &[]), 2), format!("error: no module is given\n{usage}"));
    assert_eq!(
        stderr(&run("replay", &["a", "b"]), 2),
        format!("error: unexpected argument \"b\"\n{usage}")
    );
    assert_eq!(
        stderr(&run("replay", &["--fast"]), 2),
        format!("error: invalid option '--fast'\n{usage}")
    );
    assert_eq!(
        stderr(&run("replay", &["no/such/file"]), 1),
        "error: no/such/file: No such file or directory (os error 2)\n"
    );
    let file = Scratch::new("module.json", r#"{"format": "jaxley-export/2"}"#);
    assert_eq!(
        stderr(&run("replay", &[file.path()]), 1),
        "error: the format is 'jaxley-export/2': export the module as 'jaxley-export/1'\n"
    );
}

#[test]
fn jax_trees_prints_what_jax_says() {
    let found = stdout(&run("jax_trees", &[&data("jax_tree_cases.json")]));
    let expected = read("jax_tree_cases.json");
    let (found, expected) =
        (found.as_array().expect("a list"), expected.as_array().expect("a list"));
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        for (key, value) in found.as_object().expect("a dict") {
            assert_eq!(value, &expected[key], "{key}");
        }
    }
}

#[test]
fn jax_trees_says_what_is_wrong() {
    assert_eq!(
        stderr(&run("jax_trees", &[]), 2),
        "error: no file of cases is given\nusage: jax_trees cases.json\n"
    );
    let text = r#"[{"tree": {"none": null}}, {"tree": {"dict": {"a": {"array": {"shape": [2, 3], "data": [1]}}}}}]"#;
    let file = Scratch::new("cases.json", text);
    assert_eq!(
        stderr(&run("jax_trees", &[file.path()]), 1),
        "error: case 1: the array at ['a'] has 1 elements, which does not make shape [2, 3]\n"
    );
}

#[test]
fn value_and_grad_prints_what_jax_computes() {
    let output = run("value_and_grad", &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let jax = &read("gradients.json")["docstring"];
    let number = |value: &Value| value.as_f64().expect("a number");
    let value = number(&jax["value"]);
    assert!(text.starts_with(&format!("mean voltage: {value:.6} mV\n")), "{text}");
    for slope in [&jax["gradient"][0]["radius"][0], &jax["data_gradient"][0]] {
        let digits = number(slope).to_string();
        assert!(text.contains(&digits[..10]), "{digits} in {text}");
    }
}
