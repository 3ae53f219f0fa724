//! Draws a matrix as a picture: a label for each row and each column, a colour for each entry.

use std::fmt::Write;

use ndarray::Array2;
use plotters::style::WHITE;
use plotters::style::text_anchor::HPos;

pub use crate::picture::Words;
use crate::picture::colours::{Bar, Scale};
use crate::picture::{Outcome, TEXT, draw_title, save, text, title_height, units, upright, width};

/// Entries up to this size are white; the largest is ten times as large, at least.
pub const SMALLEST: f64 = 1e-4;

/// The side of an entry in pixels.
const CELL: f64 = 26.0;

/// The words around the matrix.
pub struct Labels<'w> {
    pub rows: &'w str,
    pub columns: &'w str,
    /// What an entry is, and its unit.
    pub scale: &'w str,
    /// One for each row, and one for each column.
    pub names: [&'w [String]; 2],
}

/// Draws `matrix` to the SVG file at `path`: positive entries red, negative ones blue, a shade
/// lighter for each power of ten. Entries that are not finite are green.
///
/// # Errors
/// If the matrix is empty or has other numbers of rows and columns than there are labels, or the
/// file cannot be written.
pub fn draw(path: &str, words: Words<'_>, around: &Labels<'_>, matrix: &Array2<f64>) -> Outcome {
    let labels = around.names.map(<[_]>::len);
    if matrix.is_empty() || matrix.shape() != labels {
        let [rows, columns] = labels;
        return Err(format!(
            "a matrix of {} with {rows} labels of rows and {columns} of columns: give one label for \
             each, and at least one row and column",
            matrix.shape().iter().map(usize::to_string).collect::<Vec<_>>().join(" x ")
        )
        .into());
    }
    let [beside, below] = around
        .names
        .map(|labels| labels.iter().map(|label| width(label, TEXT)).fold(0.0, f64::max));
    let (left, wide) = (beside + 32.0, CELL * matrix.ncols() as f64);
    let (high, right) = (CELL * matrix.nrows() as f64, left + wide);
    let scale = Scale::by_powers(matrix.iter().copied(), SMALLEST, WHITE);
    let corner = (right + 20.0, 0.0);
    let mut bar = Bar { scale: &scale, name: around.scale, corner, height: high.max(110.0) };
    let across = bar.corner.0 + bar.width();
    let top = title_height(words.title, across);
    let bottom = top + high;
    bar.corner.1 = top;
    let end = (bottom + below + 34.0).max(top + bar.height + 44.0);

    let mut elements = bar.elements();
    // With crisp edges, there are no gaps between entries where pixels are shared.
    elements += "<g shape-rendering=\"crispEdges\">\n";
    for ((row, column), &entry) in matrix.indexed_iter() {
        let [x, y] = [left + CELL * column as f64, top + CELL * row as f64].map(units);
        let (side, colour) = (units(CELL), scale.colour(entry));
        if colour != "#FFFFFF" {
            let side = format!("h{side}v{side}h-{side}z");
            writeln!(elements, "<path d=\"M{x} {y}{side}\" fill=\"{colour}\"/>")?;
        }
    }
    elements += "</g>\n";
    let [x, y, wide, high] = [left, top, wide, high].map(units);
    let frame = format!("M{x} {y}h{wide}v{high}h-{wide}z\" stroke-width=\"{}", units(1.0));
    writeln!(elements, "<path d=\"{frame}\" fill=\"none\" stroke=\"#000000\"/>")?;
    save(path, (across, end), words, &elements, |area| {
        draw_title(area, words.title, across)?;
        let (middle, centre) = (f64::midpoint(left, right), f64::midpoint(top, bottom));
        text(area, around.columns, TEXT, HPos::Center, (middle, bottom + below + 18.0))?;
        upright(area, around.rows, TEXT, HPos::Center, (12.0, centre))?;
        let centres = || (0..).map(|index| CELL * (0.5 + f64::from(index)));
        for (label, y) in around.names[0].iter().zip(centres()) {
            text(area, label, TEXT, HPos::Right, (left - 5.0, top + y))?;
        }
        for (label, x) in around.names[1].iter().zip(centres()) {
            upright(area, label, TEXT, HPos::Right, (left + x, bottom + 5.0))?;
        }
        bar.draw(area)
    })
}
