//! The options of `Swc`, `set_ncomp`, positions and distances are those of Jaxley, with the small files
//! of `tests/data/swc/cases.json`.

use crate::swc::{Outcome, Table, assert_equals, read};
use cable::morphology::distance_pathwise;
use cable::{Branch, Build, CableError, Cell, Compartment, Swc};
use serde::Deserialize;

/// A file with options, or a cell of three branches with these radii.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    swc: Option<String>,
    radius: Option<[f64; 3]>,
    ncomp: usize,
    relevant_type_ids: Option<Vec<i64>>,
    max_branch_len: Option<f64>,
    ignore_swc_tracing_interruptions: Option<bool>,
    min_radius: Option<f64>,
    tree_of: Option<i64>,
    #[serde(default)]
    set_ncomp: Vec<(usize, usize)>,
    table: Numbers,
}

#[derive(Deserialize)]
struct Numbers {
    #[serde(flatten)]
    table: Table,
    distances: Vec<f64>,
    centers: Option<Vec<[f64; 3]>>,
}

impl Case {
    fn cell(&self) -> Result<Cell, CableError> {
        let Some(text) = &self.swc else {
            let mut cell = Cell::new(&Branch::new(&Compartment::new(), self.ncomp)?, &[-1, 0, 0])?;
            for (branch, radius) in self.radius.iter().flatten().enumerate() {
                cell.branch(branch)?.set("radius", *radius)?;
            }
            return Ok(cell);
        };
        let mut swc = Swc::new(text)?;
        if let Some(types) = &self.relevant_type_ids {
            swc = swc.relevant_type_ids(types.iter().copied());
        }
        if let Some(length) = self.max_branch_len {
            swc = swc.max_branch_len(length)?;
        }
        if self.ignore_swc_tracing_interruptions == Some(false) {
            swc = swc.split_at_interruptions();
        }
        if let Some(radius) = self.min_radius {
            swc = swc.min_radius(radius)?;
        }
        if let Some(id) = self.tree_of {
            swc = swc.tree_of(id);
        }
        swc.cell(self.ncomp)
    }
}

fn assert_near(name: &str, found: &[f64], expected: &[f64], within: f64) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= within * (1.0 + b.abs()), "{name}: {a} instead of {b}");
    }
}

#[test]
fn options_positions_and_distances() -> Outcome {
    let cases: Vec<Case> = serde_json::from_str(&read("cases.json")?)?;
    for case in &cases {
        let (name, numbers) = (&*case.name, &case.table);
        let mut cell = case.cell()?;
        for &(branch, ncomp) in &case.set_ncomp {
            cell.branch(branch)?.set_ncomp(ncomp)?;
        }
        assert_equals(name, &cell, &numbers.table)?;
        let start = cell.view().branch(0)?.comp(0)?;
        let distances = distance_pathwise(&start, &cell.view())?;
        assert_near(name, &distances, &numbers.distances, 1e-12);
        if let Some(centers) = &numbers.centers {
            // Points at one position are 1e-5 um apart for Jaxley.
            let within = if name == "points at one position" { 1e-5 } else { 1e-12 };
            let found = cell.view().centers()?;
            assert_near(name, found.as_flattened(), centers.as_flattened(), within);
        }
    }
    assert_eq!(cases.len(), 17);
    Ok(())
}

/// The same cell from files that write it in other ways.
#[test]
fn the_ways_in_which_files_are_written() -> Outcome {
    let plain =
        "1 1 0 0 0 8 -1\n2 3 8 0 0 1 1\n3 3 40 0 0 0.5 2\n4 2 0 -8 0 1 1\n5 2 0 -60 0 0.7 4";
    let renumbered = |from: i64| {
        let line = |line: &str| {
            let mut columns: Vec<_> = line.split(' ').map(str::to_owned).collect();
            for n in [0, 6] {
                let id: i64 = columns[n].parse()?;
                columns[n] = (if id == -1 { -1 } else { id + from - 1 }).to_string();
            }
            Ok::<_, Box<dyn std::error::Error>>(columns.join(" "))
        };
        Ok::<_, Box<dyn std::error::Error>>(
            plain.lines().map(line).collect::<Result<Vec<_>, _>>()?.join("\n"),
        )
    };
    let reversed: Vec<_> = plain.lines().rev().collect();
    let header = "# ORIGINAL_SOURCE NeuronStudio\r\n# SCALE 1.0 1.0 1.0\r\n \r\n ";
    let neuromorpho = header.to_owned() + &plain.replace('\n', " \r\n  ");
    let same = [
        Swc::new(&renumbered(0)?)?,
        Swc::new(&renumbered(10)?)?,
        Swc::new(&plain.replace(" -1", " 0"))?.root_parent(0),
        Swc::new(&reversed.join("\n"))?,
        Swc::new(&neuromorpho)?,
        Swc::new(&plain.replace(' ', "\t"))?,
        Swc::new(&plain.replace("1 1 0 0 0 8 -1", "1.0 1.0 0 0 0 8.0e0 -1.0 # the soma"))?,
        Swc::new(&plain.replace("40 0 0 0.5", "40000e-3 0 0 0.5"))?.scale(1.0)?,
        Swc::new(&format!("{plain}\n6 7 0 0 9 1 1"))?.ignore_types([7]),
        Swc::new(&format!("{plain}\n6 3 0 0 9 1 -1\n7 3 0 0 90 1 6"))?.tree_of_soma(),
    ];
    let export = |cell: Cell| format!("{:?}", cell.export("cell", 0.025, 0));
    let expected = export(Cell::from_swc(plain, 2)?);
    for (n, swc) in same.iter().enumerate() {
        assert_eq!(export(swc.cell(2)?), expected, "{n}");
    }
    Ok(())
}
