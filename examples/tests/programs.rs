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

/// A temporary file, removed when dropped.
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
fn replay_reports_errors() {
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

/// Needs the feature, without which the programs build faster.
#[cfg(feature = "checkpoints")]
#[test]
fn numpy_checkpoint_loads_and_refuses() {
    let file = data("checkpoints/xor.npz");
    let output = run("numpy_checkpoint", &[&file]);
    let expected = format!(
        "layers.0.w: f64[2,2]
layers.0.b: f64[2]
layers.1.w: f64[2,1]
layers.1.b: f64[1]
scale: f64[]

Mlp
  layers: list of 2
    [0]: Dense
      w: f64[2,2]
      b: f64[2]
    [1]: Dense
      w: f64[2,1]
      b: f64[1]
  scale: f64[]

[  -1,   -1] -> [-0.5]
[  -1,    1] -> [ 0.5]
[   1,   -1] -> [ 0.5]
[   1,    1] -> [-0.5]

refused: {file}: the arrays do not match the tree in 5 places:
  at .layers[0].w: expected shape [2, 3], found [2, 2]
  at .layers[0].b: expected shape [3], found [2]
  at .layers[1].w: expected shape [3, 1], found [2, 1]
  at .layers[2].w: missing array \".layers[2].w\" or \"layers.2.w\"
  at .layers[2].b: missing array \".layers[2].b\" or \"layers.2.b\"

loaded 5 leaves: .layers[0].w, .layers[0].b, .layers[1].w, .layers[1].b, .scale
left 2 leaves as they were: .layers[2].w, .layers[2].b
"
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    assert_eq!(
        stderr(&run("numpy_checkpoint", &["no/such.npz"]), 1),
        "Error: no/such.npz: No such file or directory (os error 2)\n"
    );
}

#[test]
fn jax_trees_reports_errors() {
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

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // No number is a zero with a sign.
    let mut numbers = text.split(|c: char| !matches!(c, '-' | '.' | '0'..='9' | 'e'));
    assert!(numbers.all(|word| !word.starts_with("-0") || word.parse() != Ok(0.0)), "{text}");
    // No array shows how it is stored.
    assert!(!text.contains("strides="), "{text}");
    text
}

#[test]
fn quickstart_prints_leaves_and_vectors() {
    let expected = "\
.layers[0].w: [3, 2]
.layers[0].b: [2]
.scale: []
the vector is [1, 2, 3, 4, 5, 6, 7, 8, 9]; its element 7 is .layers[0].b[1]
twice the biases: [14, 16]
weights decayed, biases not: [0.9, 1.8, 2.7, 3.6, 4.5, 5.4, 7, 8, 9]
";
    assert_eq!(printed(&run("quickstart", &[])), expected);
}

#[test]
fn three_branches_prints_and_draws_the_jacobian() {
    let file = Scratch::new("three_branches.svg", "");
    let text = printed(&run("three_branches", &[file.path()]));
    let row = "HH_h[0]    0.997   0.000   0.000   0.000   0.000   0.000   0.000   0.000";
    assert!(text.lines().any(|line| line.starts_with(row)), "{text}");
    assert!(text.contains("\nFrom the vector to all states and back: exact.\n"), "{text}");
    picture(&file, &["HH_n[1]", "d after / d before, in the units of both", "10⁻³", "−1.7"]);
}

#[cfg(feature = "argmin")]
#[test]
fn fit_synapse_finds_the_parameters() {
    let text = printed(&run("fit_synapse", &[]));
    // The program itself fails if a parameter is off by more than 2 %.
    let truth =
        "in truth Synapse { offset: -3.000, tau: 2.500, peaks: [40.000, 28.000, 21.000, 17.000] }";
    assert_eq!(text.lines().nth(1), Some(truth));
    assert!(text.starts_with("found    Synapse { offset: -2.99"), "{text}");
}

#[test]
fn food_web_follows_the_web_for_100_years() {
    let text = printed(&run("food_web", &[]));
    let rows: Vec<Vec<_>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["year", "prey", "predators", "conserved"]);
    assert_eq!(rows[1][..6], ["0", "[6.0000,", "2.0000,", "2.0000]", "[0.6000,", "0.8000]"]);
    assert_eq!(rows.len(), 12);
    for (row, year) in rows[1..].iter().zip((0..=100).step_by(10)) {
        assert_eq!(row[0], year.to_string());
        let conserved: f64 = row[6].parse().expect("a number");
        // From the first row by hand: 11.4 - 4 ln 6 - 2 ln 2 - 3 ln 2 - ln 0.6 - 0.5 ln 0.8.
        let start = 11.4 - 4.0 * 6_f64.ln() - 5.0 * 2_f64.ln() - 0.6_f64.ln() - 0.5 * 0.8_f64.ln();
        assert!((conserved - start).abs() < 1e-6, "{row:?}");
    }
    // The web moves: it is not at rest where it starts.
    assert_ne!(rows[2][1..6], rows[1][1..6]);
}

#[cfg(feature = "solvers")]
#[test]
fn action_potential_is_the_same_by_both_solvers() {
    let text = printed(&run("action_potential", &[]));
    let rows: Vec<Vec<_>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["diffsol", "ode_solvers"]);
    let labels: Vec<_> = rows[1..].iter().map(|row| row[0]).collect();
    assert_eq!(labels, [".v", ".gates[0]", ".gates[1]", ".gates[2]"]);
    for row in &rows[1..] {
        let [stiff, explicit] = [row[1], row[2]].map(|x| x.parse::<f64>().expect("a number"));
        assert!((stiff - explicit).abs() < 1e-4 * explicit.abs(), "{row:?}");
    }
    // The membrane has depolarised.
    assert!(rows[1][1].starts_with("28.2"));
}

#[cfg(feature = "mlp")]
#[test]
fn train_mlp_separates_the_spirals_and_draws_the_loss() {
    let picture = Scratch::new("loss.svg", "");
    let text = printed(&run("train_mlp", &[picture.path()]));
    let (right, rest) = text.split_once(' ').expect("a number");
    assert!(right.parse::<usize>().expect("a number") >= 396, "{right}");
    assert_eq!(
        rest,
        format!(
            "of 400 unseen points are put on their spiral.\nThe loss is drawn to {}.\n",
            picture.path()
        )
    );
    let words = ["epoch", "mean square error", "points trained on", "points unseen", "10⁰", "10⁻²"];
    let svg = self::picture(&picture, &words);
    // The curves are the only lines with a point for each of the 150 epochs.
    let points = svg.lines().filter(|line| line.starts_with("<polyline"));
    assert_eq!(points.filter(|line| line.matches(',').count() >= 150).count(), 2);
}

#[test]
fn value_and_grad_prints_what_jax_computes() {
    let text = printed(&run("value_and_grad", &[]));
    let jax = &read("gradients.json")["docstring"];
    let number = |value: &Value| value.as_f64().expect("a number");
    let value = number(&jax["value"]);
    assert!(text.starts_with(&format!("mean voltage: {value:.6} mV\n")), "{text}");
    for slope in [&jax["gradient"][0]["radius"][0], &jax["data_gradient"][0]] {
        let digits = number(slope).to_string();
        assert!(text.contains(&digits[..10]), "{digits} in {text}");
    }
}

#[test]
fn dynamic_states_prints_what_jaxley_computes() {
    let text = printed(&run("dynamic_states", &[]));
    let (first, second) = text.split_once("\n\n").expect("two cells");
    for (text, name) in [(first, "cell"), (second, "hh")] {
        let jaxley = &read("docstrings.json")[name];
        let (vector, all) = text.split_once("  all states, recovered from them\n").expect("both");
        let number = |line: &str| line.rsplit(' ').next().and_then(|x| x.parse::<f64>().ok());
        let vector: Vec<_> = vector.lines().filter_map(number).collect();
        assert_eq!(Value::from(vector), jaxley["dynamic_states"]);

        let recovered = jaxley["recovered_all_states"].as_object().expect("a dict");
        let printed: Vec<(&str, Vec<f64>)> = all
            .lines()
            .map(|line| {
                let (key, values) = line.trim().split_once(' ').expect("a key and values");
                let values = values.trim().trim_matches(['[', ']']).split(',');
                (key, values.map(|x| x.trim().parse().expect("a number")).collect())
            })
            .collect();
        assert!(printed.iter().map(|(key, _)| key).eq(recovered.keys()));
        for (key, values) in printed {
            let expected = recovered[key].as_array().expect("a list");
            assert_eq!(values.len(), expected.len(), "{key}");
            for (value, expected) in values.iter().zip(expected) {
                match expected.as_f64() {
                    Some(expected) => assert!((value - expected).abs() < 1e-5, "{key}: {value}"),
                    None => assert!(value.is_nan(), "{key}: {value}"),
                }
            }
        }
    }
}

#[test]
fn step_jacobian_prints_what_jax_computes() {
    let text = printed(&run("step_jacobian", &[]));
    let (first, second) = text.split_once("\n\n").expect("two cells");
    // Among the states of the second are three gates of two nodes, then six voltages.
    for (text, name, rows, columns) in [(first, "leak", 0..6, 0..6), (second, "hh", 6..12, 2..4)] {
        let numbers = |line: &str| -> Vec<f64> {
            line.split_whitespace().map(|x| x.parse().expect("a number")).collect()
        };
        let printed: Vec<_> = text.lines().skip(1).map(numbers).collect();
        let jaxley = &read("docstrings.json")[name]["jacobian"];
        assert_eq!(printed.len(), rows.len());
        for (printed, row) in printed.iter().zip(rows) {
            assert_eq!(printed.len(), columns.len());
            for (printed, column) in printed.iter().zip(columns.clone()) {
                let expected = jaxley[row][column].as_f64().expect("a number");
                assert!((printed - expected).abs() < 1e-9, "{name}, {row}, {column}: {printed}");
            }
        }
    }
}

/// The text of a picture, which says all of these words, and has a description.
fn picture(of: &Scratch, words: &[&str]) -> String {
    let svg = std::fs::read_to_string(of.path()).expect("a picture");
    assert!(svg.contains("</title>\n<desc id=\"description\">"), "{}", of.path());
    for words in words {
        assert!(svg.contains(&format!(">\n{words}\n<")), "{words}");
    }
    svg
}

#[cfg(feature = "modes")]
#[test]
fn slow_modes_show_downstream_and_listen_upstream() {
    let file = Scratch::new("slow_modes.svg", "");
    let text = printed(&run("slow_modes", &[file.path(), "50"]));
    let rows: Vec<Vec<_>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0][..2], ["2000", "states,"]);
    let number = |word: &str| word.parse::<f64>().expect("a number");
    // The group that excites itself most is the slowest, and so on. Each has 50 cells.
    for (index, row) in rows[1..6].iter().enumerate() {
        let group = |label: &str| {
            let cell = label.strip_prefix("v[").and_then(|label| label.strip_suffix(']'));
            cell.expect("a voltage").parse::<usize>().expect("a number") / 50
        };
        assert!(group(row[5]) >= 9 - index && group(row[9]) <= 9 - index, "{text}");
        assert!(number(row[11]) < 1e-6, "{text}");
    }
    assert!(rows[1..6].windows(2).all(|rows| number(rows[0][0]) > number(rows[1][0])), "{text}");
    // What the steps themselves leave of a nudge fades at the rate of the slowest mode.
    let left: Vec<f64> =
        rows[6].iter().filter_map(|word| word.trim_end_matches('.').parse().ok()).collect();
    let [time, left, _] = left[..] else { panic!("{text}") };
    assert!((left - (-time / number(rows[1][0])).exp()).abs() < 1e-4, "{text}");
    picture(
        &file,
        &["group 10", "123.3 ms, right", "123.3 ms, left", "entry (1 is the largest; no unit)"],
    );
}

#[cfg(feature = "modes")]
#[test]
fn slow_modes_need_two_cells_in_a_group() {
    let error = "Error: \"a group needs at least 2 cells\"\n";
    assert_eq!(stderr(&run("slow_modes", &["no.svg", "1"]), 1), error);
}

#[cfg(feature = "kalman")]
#[test]
fn kalman_recovers_all_states_from_two_readings() {
    let file = Scratch::new("kalman.svg", "");
    let text = printed(&run("kalman", &[file.path()]));
    let rows: Vec<Vec<_>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    let states = ["CaCon_i", "CaL_q", "CaL_r", "HH_h", "HH_m", "HH_n", "i_Ca", "v"];
    assert_eq!(rows.len(), 10);
    for (row, state) in rows[1..].iter().zip(states) {
        assert_eq!(row[0], state);
        let [error, without] = [1, 2].map(|n| row[n].parse::<f64>().expect("a number"));
        // Without readings, a cell that starts elsewhere fires at other times.
        assert!(error > 0.0 && error < 0.3 * without, "{text}");
    }
    let words = ["time (ms)", "v[0] at the", "CaL_r[19] at a", "truth", "what is read"];
    let svg = picture(&file, &words);
    // A band in each panel, and one in the legend. None leaves the range of a gate.
    assert_eq!(svg.matches("<polygon").count(), 6);
    assert!(svg.contains(">\nestimate ± 2 standard deviations, cut at the state’s range\n<"));
}

#[cfg(feature = "fit")]
#[test]
fn fit_conductances_comes_close_where_nothing_was_read() {
    let [file, cell] = ["fit.svg", "cell.svg"].map(|name| Scratch::new(name, ""));
    let text = printed(&run("fit_conductances", &[file.path(), cell.path(), "20"]));
    assert!(text.starts_with("620 conductances, 20 steps: loss from "), "{text}");
    let numbers = text.lines().take(2).map(|line| -> Vec<f64> {
        line.split([' ', ',']).filter_map(|word| word.parse().ok()).collect()
    });
    let [loss, error] = numbers.collect::<Vec<_>>().try_into().expect("two lines");
    assert!(loss[3] > 0.0 && loss[3] < loss[2] / 10.0, "{text}");
    assert!(error[1] > 0.0 && error[1] < error[0] / 4.0, "{text}");
    picture(&file, &["time (ms)", "not read (mV)", "loss (mV²)", "target", "start", "fit"]);
    picture(&cell, &["target", "fit", "HH_gNa (S/cm²)", "100 um"]);
}

#[test]
fn own_channel_has_the_numbers_of_jaxley() {
    let text = printed(&run("own_channel", &[]));
    let last = "the mean is -51.181629747 mV, and changes by -37.2180377 mV per S/cm^2\n";
    assert!(text.ends_with(last), "{text}");
    assert_eq!(text.lines().nth(3), Some("0.02     38.80        1.78"));
}

#[test]
fn sensitivities_equal_differences() {
    let file = Scratch::new("sensitivities.svg", "");
    // The program itself fails if a derivative differs from that of two runs.
    let text = printed(&run("sensitivities", &[file.path()]));
    let rows: Vec<Vec<_>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[6][..3], ["775", "delays", "differ"]);
    for row in &rows[1..6] {
        // On the way to the end of the apical dendrite, more sodium makes the spike earlier, and
        // more potassium later.
        let (key, node) = row[0].split_once('[').expect("a label");
        assert!((10..20).contains(&node.trim_end_matches(']').parse().expect("a node")), "{text}");
        let delays = if key == "HH_gNa" { -20.0..-1.0 } else { 1.0..20.0 };
        assert!(["HH_gNa", "HH_gK"].contains(&key), "{text}");
        assert!(delays.contains(&row[1].parse().expect("a number")), "{text}");
    }
    let words = ["groups", "apical", "spike", "HH_gNa", "CaL_gCaL", "delay (us) for 1 % more"];
    picture(&file, &words);
}

#[test]
fn lyapunov_finds_chaos_both_ways() {
    let file = Scratch::new("lyapunov.svg", "");
    let text = printed(&run("lyapunov", &[file.path(), "10000"]));
    let numbers = |line: usize| -> Vec<f64> {
        let line = text.lines().nth(line).expect("a line");
        let words = line.split([' ', '[', ']', ',']);
        words.filter_map(|word| word.parse().ok()).collect()
    };
    let (spectrum, largest, dimension) = (numbers(0), numbers(1), numbers(2));
    assert_eq!(spectrum.len(), 8, "{text}");
    assert!(spectrum.windows(2).all(|pair| pair[0] > pair[1]), "{text}");
    assert!((0.01..0.03).contains(&largest[0]), "{text}");
    assert!((largest[0] - largest[1]).abs() < 1e-3, "{text}");
    // Kaplan and Yorke: four exponents sum to more than zero, five to less.
    let grown: f64 = spectrum[..4].iter().sum();
    assert!((dimension[0] - 4.0 - grown / -spectrum[4]).abs() < 0.006, "{text}");
    assert_eq!(dimension[1], 20.0);
    let first = format!("1: {:.4}", spectrum[0]);
    picture(&file, &["time (ms)", "(1/ms)", &first, "1, by two trajectories", "of v[0] (mV)"]);
}

#[cfg(feature = "ensemble")]
#[test]
fn ensemble_writes_a_table_that_others_read() {
    use arrow_array::{Array, Float64Array, UInt32Array};
    use arrow_ipc::reader::FileReader;

    let [table, file] = ["table.arrow", "ensemble.svg"].map(|name| Scratch::new(name, ""));
    let text = printed(&run("ensemble", &[table.path(), file.path(), "20"]));
    assert!(text.starts_with("2020 rows of 20 cells are written to "), "{text}");
    let opened = std::fs::File::open(table.path()).expect("a file");
    let mut batches = FileReader::try_new(opened, None).expect("an Arrow file");
    let batch = batches.next().expect("a batch").expect("a batch that is whole");
    assert!(batches.next().is_none());

    let schema = batch.schema();
    let fields: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let labels = ["HH_h[0]", "HH_m[0]", "HH_n[0]", "v[0]", "v[1]", "v[2]"];
    assert_eq!(fields, [["cell", "time"].as_slice(), &labels].concat());
    let unit =
        |name: &str| schema.field_with_name(name).expect("a field").metadata()["unit"].clone();
    assert_eq!(["time", "HH_m[0]", "v[2]"].map(unit), ["ms", "1", "mV"]);

    let column = |name: &str| {
        let column = batch.column_by_name(name).expect("a column");
        assert_eq!(column.null_count(), 0);
        column.as_any().downcast_ref::<Float64Array>().expect("numbers").values().to_vec()
    };
    let cells = batch.column(0).as_any().downcast_ref::<UInt32Array>().expect("numbers");
    assert!(cells.values().iter().copied().eq((0..20).flat_map(|cell| [cell; 101])));
    let times = (0..20).flat_map(|_| (0..101).map(|row| f64::from(row) * 0.25));
    assert!(column("time").iter().zip(times).all(|(a, b)| (a - b).abs() < 1e-12));
    // All start at rest at -65 mV, where n is at 0.1 / (e - 1) of itself and 0.125 together.
    let alpha = 0.1 / (1.0_f64.exp() - 1.0);
    let (n, v) = (column("HH_n[0]"), column("v[0]"));
    for cell in 0..20 {
        assert!((n[101 * cell] - alpha / (alpha + 0.125)).abs() < 1e-12);
        assert_eq!(v[101 * cell], -65.0);
    }
    // They vary from then on, and all of them fire.
    assert!((1..20).all(|cell| v[101 * cell + 60] != v[60]));
    assert!(v.chunks(101).all(|v| v.iter().any(|v| *v > 0.0)));
    picture(&file, &["time (ms)", "v[0] (mV)", "cell 0", "median, and 90 % of all"]);
    let none = stderr(&run("ensemble", &[table.path(), file.path(), "0"]), 1);
    assert_eq!(none, "Error: ParseIntError { kind: Zero }\n");
}
