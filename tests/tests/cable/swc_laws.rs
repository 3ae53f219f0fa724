//! Laws of all cells from SWC files.

use cable::morphology::distance_pathwise;
use cable::{Build, Cable, Cell, Network, Swc};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use tests::config;

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

    #[test]
    fn a_branch_that_is_cut_anew_is_as_if_it_were_read_so(
        lines in neurons(),
        first in 1..5_usize,
        ncomp in 1..5_usize,
    ) {
        let swc = Swc::new(&lines.join("\n")).unwrap();
        let mut cell = swc.cell(first).unwrap();
        for branch in 0..cell.parents().len() {
            cell.branch(branch).unwrap().set_ncomp(ncomp).unwrap();
        }
        let export = |cell: &Cell| format!("{:?}", cell.export("cell", 0.025, 0));
        let read = swc.cell(ncomp).unwrap();
        prop_assert_eq!(export(&cell), export(&read));
        prop_assert_eq!(cell.view().xyzr(), read.view().xyzr());
    }

    #[test]
    fn a_point_is_in_the_compartment_that_it_is_said_to_be_in(
        lines in neurons(),
        ncomp in 1..4_usize,
    ) {
        let cell = Cell::from_swc(&lines.join("\n"), ncomp).unwrap();
        let net = Network::new(&[cell.clone(), cell.clone()]).unwrap();
        for line in lines {
            let columns: Vec<f64> = line.split(' ').map(|column| column.parse().unwrap()).collect();
            let id = line.split(' ').next().unwrap().parse().unwrap();
            let view = cell.view().point(id).unwrap();
            let [points] = &*view.xyzr() else { panic!("{:?}", view.nodes()) };
            let near = |point: &[f64; 4]| (0..3).all(|n| (point[n] - columns[n + 2]).abs() < 1e-9);
            prop_assert!(points.iter().any(near), "{id}: {points:?}");
            prop_assert_eq!(net.view().point(id).unwrap().xyzr(), vec![points.clone(); 2]);
        }
    }

    #[test]
    fn distances_along_a_cell_are_symmetric_and_add_up_along_a_branch(lines in neurons()) {
        let cell = Cell::from_swc(&lines.join("\n"), 3).unwrap();
        let length = cell.get("length").unwrap();
        let from = |comp: usize| {
            let start = cell.view().branch(comp / 3).unwrap().comp(comp % 3).unwrap();
            distance_pathwise(&start, &cell.view()).unwrap()
        };
        let rows: Vec<_> = (0..length.len()).map(from).collect();
        let first = |branch: isize| usize::try_from(3 * branch).unwrap();
        for (a, row) in rows.iter().enumerate() {
            for (b, other) in rows.iter().enumerate() {
                prop_assert!((row[b] - other[a]).abs() < 1e-9);
            }
        }
        for (branch, parent) in (0..).zip(cell.parents()).skip(1) {
            // From the last compartment of the parent to the first of the child.
            let (a, b) = (first(parent) + 2, first(branch));
            prop_assert!((rows[a][b] - f64::midpoint(length[a], length[b])).abs() < 1e-9);
            prop_assert!((rows[b][b + 2] - length[b] * 2.0).abs() < 1e-9);
        }
    }
}

/// Each would take minutes if some step took more than linear time.
#[test]
fn large_files_take_linear_time() {
    const POINTS: usize = 100_000;
    let branches = |kind: fn(usize) -> usize, parent: fn(usize) -> usize| {
        let line = |n: usize| {
            let parent = match parent(n) {
                0 => "-1".to_owned(),
                parent => parent.to_string(),
            };
            format!("{n} {} {n} 0 0 1 {parent}\n", kind(n))
        };
        let swc = Swc::new(&(1..=POINTS).map(line).collect::<String>()).unwrap();
        let swc = swc.split_at_interruptions().max_branch_len(1000.5).unwrap();
        swc.cell(1).unwrap().parents().len()
    };
    let chain = branches(|_| 3, |n| n - 1);
    assert_eq!(chain, POINTS / 1000);
    let types = branches(|n| 3 + n % 2, |n| n - 1);
    assert_eq!(types, POINTS - 1);
    let star = branches(|n| if n == 1 { 1 } else { 3 }, |n| usize::from(n > 1));
    assert_eq!(star, POINTS);
    let comb = branches(|_| 0, |n| if n % 2 == 0 { n - 1 } else { n.saturating_sub(2) });
    assert_eq!(comb, POINTS - 3); // points 1 and 99999 have two neighbours
    let backwards = branches(|_| 3, |n| (n + 1) % (POINTS + 1));
    // Of the points between the ends, 99 are where a length ends; the next one is then not cut at.
    assert_eq!(backwards, POINTS - 1 - 99);
}
