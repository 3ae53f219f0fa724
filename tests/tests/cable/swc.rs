//! Cells from SWC files are those that Jaxley reads, with the files of `tests/data/swc`.

use std::error::Error;
use std::fs;
use std::path::Path;

use cable::{Build, Cable, Cell, Export};
use ndarray::Array1;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use tests::config;

type Outcome = Result<(), Box<dyn Error>>;

fn read(name: &str) -> Result<String, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/swc").join(name);
    Ok(fs::read_to_string(path)?)
}

fn assert_is_that_of_jaxley(name: &str) -> Outcome {
    let cell = Cell::from_swc(&read(&format!("{name}.swc"))?, 3)?;
    let found = cell.export(name, 0.025, 0);
    let expected = Export::from_json(&read(&format!("{name}.json"))?)?;
    assert_eq!(found.nodes, expected.nodes);
    assert_eq!(found.branchpoints, expected.branchpoints);
    assert_eq!(format!("{:?}", found.edges), format!("{:?}", expected.edges));
    assert_eq!(found.membrane_keys, expected.membrane_keys);
    assert!(found.params.keys().eq(expected.params.keys()));
    let close = |what: &str, found: &Array1<f64>, expected: &Array1<f64>| {
        assert_eq!(found.len(), expected.len(), "{name}: {what}");
        for (n, (a, b)) in found.iter().zip(expected).enumerate() {
            let near = (a - b).abs() <= 1e-12 * b.abs();
            assert!(near, "{name}: {what}[{n}] is {a} instead of {b}");
        }
    };
    for (key, array) in &found.params {
        close(key, array, &expected.params[key]);
    }
    let axial = |export: Export| Array1::from(export.axial_conductances);
    close("axial_conductances", &axial(found), &axial(expected));
    Ok(())
}

#[test]
fn one_point_soma() -> Outcome {
    assert_is_that_of_jaxley("one_point_soma")?;
    let cell = Cell::from_swc(&read("one_point_soma.swc")?, 3)?;
    let sphere = 4.0 * std::f64::consts::PI * 81.0;
    let area: f64 = cell.view().group("soma")?.get("area")?.iter().sum();
    assert!((area - sphere).abs() < 1e-9);
    Ok(())
}

#[test]
fn a_byte_order_mark_and_line_ends_of_windows_are_accepted() -> Outcome {
    let text = read("one_point_soma.swc")?;
    let other = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let export =
        |text: &str| Ok::<_, cable::CableError>(Cell::from_swc(text, 3)?.export("", 1.0, 0));
    assert_eq!(format!("{:?}", export(&other)?), format!("{:?}", export(&text)?));
    // Without a comment before the first point, too.
    Cell::from_swc("\u{feff}1 1 0 0 0 1 -1\r\n", 1)?;
    Ok(())
}

#[test]
fn three_point_soma() -> Outcome {
    assert_is_that_of_jaxley("three_point_soma")
}

#[test]
fn contour_soma() -> Outcome {
    assert_is_that_of_jaxley("contour_soma")
}

#[test]
fn the_error_of_a_mistake_names_its_line() {
    let expected = [
        ("", "there are no points: give one a line"),
        (
            "cell.swc",
            "line 1 has 1 columns and not the 7 of a point: give the text of an SWC file, not its path",
        ),
        (
            "1 1 0 0 0 1",
            "line 1 has 6 columns: give 7, which are id, type, x, y, z, radius and parent",
        ),
        ("\n1 1 0 zero 0 1 -1", "line 2: the y is 'zero': give a finite number"),
        ("1 1 0 0 nan 1 -1", "line 1: the z is 'nan': give a finite number"),
        ("1.5 1 0 0 0 1 -1", "line 1: the id is '1.5': give a whole number"),
        ("1 1 0 0 0 0 -1", "line 1: the radius is 0 um: give one above 0"),
        ("1 1 0 0 0 1 -1\n1 1 0 0 9 1 1", "line 2: id 1 is that of line 1: give another"),
        (
            "1 1 0 0 0 1 -1\n2 1 0 0 9 1 7",
            "line 2: parent 7 does not exist: give the id of a point, or -1 for the root",
        ),
        (
            "1 1 0 0 0 1 -1\n2 1 0 0 9 1 3\n3 1 0 9 9 1 2",
            "line 2: point 2 is its own ancestor: correct a parent",
        ),
        ("1 1 0 0 0 1 1", "line 1: point 1 is its own ancestor: correct a parent"),
        (
            "1 1 0 0 0 1 -1\n2 1 0 0 9 1 -1",
            "line 2 is a second root beside line 1: give it a parent",
        ),
        ("1 3 0 0 0 1 -1\n2 3 0 0 9 1 1", "no point is of type 1: mark the soma"),
        (
            "1 1 0 0 0 1 -1\n2 1 0 0 0 1 1",
            "the branch from line 1 to line 2 has no length: keep one point",
        ),
    ];
    for (text, message) in expected {
        assert_eq!(Cell::from_swc(text, 2).unwrap_err().to_string(), message, "{text}");
    }
    let empty = Cell::from_swc("1 1 0 0 0 1 -1", 0).unwrap_err().to_string();
    assert_eq!(empty, "the cell has no compartment: give at least one");
}

/// A neuron of up to twenty points: types, parents before children, and the order of the lines.
fn neurons() -> impl Strategy<Value = Vec<String>> {
    let point = (0..7_i64, any::<Index>(), prop::array::uniform3(-50.0..50.0), 0.1..9.0);
    vec(point, 1..20).prop_map(|points| {
        let line =
            |(n, (kind, parent, [x, y, z], radius)): (usize, (i64, Index, [f64; 3], f64))| {
                let (kind, parent) = match n {
                    0 => (1, "-1".to_owned()),
                    _ => (kind, (parent.index(n) + 1).to_string()),
                };
                format!("{} {kind} {x} {y} {z} {radius} {parent}", n + 1)
            };
        points.into_iter().enumerate().map(line).collect()
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_order_of_lines_does_not_matter(lines in neurons(), ncomp in 1..4_usize) {
        let read = |lines: &[String]| {
            let cell = Cell::from_swc(&lines.join("\n"), ncomp).map_err(|error| error.to_string());
            cell.map(|cell| cell.export("cell", 0.025, 0))
        };
        let forwards = read(&lines).unwrap();
        let backwards: Vec<_> = lines.into_iter().rev().collect();
        prop_assert_eq!(format!("{:?}", read(&backwards).unwrap()), format!("{:?}", &forwards));
        Cable::new(forwards).unwrap();
    }

    #[test]
    fn cutting_preserves_area_length_and_volume(lines in neurons()) {
        let total = |key: &str, ncomp| -> f64 {
            let cell = Cell::from_swc(&lines.join("\n"), ncomp).unwrap();
            cell.get(key).unwrap().iter().sum()
        };
        for key in ["area", "length", "volume"] {
            let [one, more] = [1, 5].map(|ncomp| total(key, ncomp));
            prop_assert!((one - more).abs() < 1e-9 * one, "{key}: {one} {more}");
        }
    }

    #[test]
    fn no_text_panics(lines in vec("[-0-9. #a-e]{0,20}", 0..6), ncomp in 0..3_usize) {
        drop(Cell::from_swc(&lines.join("\n"), ncomp));
    }
}
