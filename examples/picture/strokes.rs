//! The polylines of a cell as few elements: one for each colour and width.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;

use crate::picture::{Point, at, units};

/// The least width of a line, the steps between widths, and the distance at which a point is drawn
/// after another, in pixels.
const THINNEST: f64 = 1.1;
const STEP: f64 = 0.2;
const APART: f64 = 0.25;

/// Lines with round ends, the widest first.
#[derive(Default)]
pub struct Strokes {
    paths: BTreeMap<(Reverse<i32>, String), String>,
    /// The dots of the paths. A million compartments may share a few pixels.
    dots: HashSet<(i32, i32, i32, String)>,
}

impl Strokes {
    /// Adds a line through points, each with its width in pixels. One point is a disc.
    pub fn add(&mut self, points: &[(Point, f64)], colour: &str) {
        #[allow(clippy::cast_possible_truncation, reason = "a width in the picture")]
        let class = |pixels: f64| (pixels.max(THINNEST) / STEP).round() as i32 * units(STEP);
        if let [(point, pixels)] = points {
            self.add_piece(&[at(*point)], class(*pixels), colour);
        }
        // The truncated cone between two points is drawn with its mean width.
        let between = |ends: &[(Point, f64)]| class(f64::midpoint(ends[0].1, ends[1].1));
        let classes: Vec<_> = points.windows(2).map(between).collect();
        let mut start = 0;
        for piece in classes.chunk_by(|a, b| a == b) {
            let end = start + piece.len();
            let places: Vec<_> = points[start..=end].iter().map(|(point, _)| at(*point)).collect();
            self.add_piece(&thinned(&places), piece[0], colour);
            start = end;
        }
    }

    fn add_piece(&mut self, places: &[(i32, i32)], class: i32, colour: &str) {
        let ((mut x, mut y), near) = (places[0], units(APART));
        let dot = || (x / near, y / near, class, colour.to_owned());
        if places.len() == 1 && !self.dots.insert(dot()) {
            return;
        }
        let path = self.paths.entry((Reverse(class), colour.to_owned())).or_default();
        // A line of no length is drawn as a dot, as its ends are round.
        let _ = write!(path, "M{x} {y}{}", if places.len() == 1 { "h0" } else { "l" });
        for (index, (next_x, next_y)) in places.iter().enumerate().skip(1) {
            let gap = if index > 1 { " " } else { "" };
            let _ = write!(path, "{gap}{} {}", next_x - x, next_y - y);
            (x, y) = (*next_x, *next_y);
        }
    }

    /// The paths as elements of SVG.
    pub fn elements(&self) -> String {
        let paths = self.paths.iter().map(|((Reverse(class), colour), path)| {
            format!("<path stroke=\"{colour}\" stroke-width=\"{class}\" d=\"{path}\"/>\n")
        });
        format!("<g fill=\"none\" stroke-linecap=\"round\">\n{}</g>\n", paths.collect::<String>())
    }
}

/// The points without those that are too near to the one before. The first is kept; so is the last,
/// which is the first of the next compartment, unless all are near to each other.
pub fn thinned(places: &[(i32, i32)]) -> Vec<(i32, i32)> {
    let mut kept = vec![places[0]];
    for (x, y) in &places[1..] {
        let (last_x, last_y) = kept[kept.len() - 1];
        if (x - last_x).abs().max((y - last_y).abs()) >= units(APART) {
            kept.push((*x, *y));
        }
    }
    if let [_, .., last] = &mut kept[..] {
        *last = places[places.len() - 1];
    }
    kept
}
