//! Cells from SWC files are those that Jaxley reads, with the files of `tests/data/swc`.

use std::error::Error;
use std::fs;
use std::path::Path;

use cable::{Build, CableError, Cell, Export, Swc};
use ndarray::Array1;
use serde::Deserialize;
use std::collections::BTreeMap;

pub(crate) type Outcome = Result<(), Box<dyn Error>>;

pub(crate) fn read(name: &str) -> Result<String, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/swc").join(name);
    Ok(fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?)
}

/// What Jaxley makes of an SWC file.
#[derive(Deserialize)]
pub(crate) struct Table {
    radius: Vec<f64>,
    length: Vec<f64>,
    area: Vec<f64>,
    volume: Vec<f64>,
    /// An infinite load is absent.
    resistive_load_in: Vec<Option<f64>>,
    resistive_load_out: Vec<Option<f64>>,
    /// The numbers of the compartments.
    index: Vec<usize>,
    branchpoints: Vec<usize>,
    /// Source, sink and type.
    edges: Vec<(usize, usize, u8)>,
    groups: BTreeMap<String, Vec<usize>>,
    /// The branch of each compartment.
    branch: Vec<usize>,
    parents: Vec<isize>,
}

impl Table {
    /// The columns of numbers, and how closely they are met.
    fn columns(&self) -> [(&str, Vec<f64>); 6] {
        let load = |load: &[Option<f64>]| load.iter().map(|x| x.unwrap_or(f64::INFINITY)).collect();
        [
            ("radius", self.radius.clone()),
            ("length", self.length.clone()),
            ("area", self.area.clone()),
            ("volume", self.volume.clone()),
            ("resistive_load_in", load(&self.resistive_load_in)),
            ("resistive_load_out", load(&self.resistive_load_out)),
        ]
    }
}

/// Asserts that a cell is that of the table, its numbers within 1e-12 of them.
pub(crate) fn assert_equals(name: &str, cell: &Cell, table: &Table) -> Outcome {
    for (key, expected) in table.columns() {
        let found = cell.get(key)?;
        assert_eq!(found.len(), expected.len(), "{name}: {key}");
        for (comp, (a, b)) in found.iter().zip(expected).enumerate() {
            let near = *a == b || (a - b).abs() <= 1e-12 * b.abs();
            assert!(near, "{name}: '{key}' of compartment {comp} is {a} instead of {b}");
        }
    }
    assert_eq!(cell.view().nodes(), table.index, "{name}");
    let export = cell.export(name, 0.025, 0);
    assert_eq!(export.branchpoints, table.branchpoints, "{name}");
    let edges: Vec<_> = export.edges.iter().map(|e| (e.source, e.sink, e.kind as u8)).collect();
    assert_eq!(edges, table.edges, "{name}");
    for (group, members) in &table.groups {
        assert_eq!(cell.view().group(group)?.nodes(), *members, "{name}: {group}");
    }
    let branches = 0..table.parents.len();
    let of = branches.map(|n| Ok::<_, CableError>(vec![n; cell.view().branch(n)?.nodes().len()]));
    assert_eq!(of.collect::<Result<Vec<_>, _>>()?.concat(), table.branch, "{name}");
    assert_eq!(cell.parents(), table.parents, "{name}");
    Ok(())
}

/// The morphologies of `tables`, with what the error of the plain reader says to pass.
#[test]
fn ten_morphologies_with_1_and_4_compartments_a_branch() -> Outcome {
    type Option = fn(Swc) -> Swc;
    let plain: Option = |swc| swc;
    let files: [(&str, Option); 10] = [
        ("3_types", plain),
        ("ca1_n120", plain),
        ("interrupted_soma", plain),
        ("minimal", plain),
        ("multiple_roots", Swc::join_duplicates),
        ("non_somatic_branchpoint", plain),
        ("single_branch", plain),
        ("soma_both_ends", plain),
        ("somatic_branchpoint", plain),
        ("variable_radiuses_multi_branch", plain),
    ];
    for (name, option) in files {
        let text = match name {
            "ca1_n120" => read("../ca1.swc")?,
            _ => read(&format!("tables/{name}.swc"))?,
        };
        for ncomp in [1, 4] {
            let table = read(&format!("tables/{name}__{ncomp}.json"))?;
            let cell = option(Swc::new(&text)?).cell(ncomp)?;
            assert_equals(name, &cell, &serde_json::from_str(&table)?)?;
        }
    }
    let error = Cell::from_swc(&read("tables/multiple_roots.swc")?, 1).unwrap_err().to_string();
    assert_eq!(
        error,
        "line 5: id 3 is that of line 3: give another, or call join_duplicates() if the lines are one \
         point"
    );
    Ok(())
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
