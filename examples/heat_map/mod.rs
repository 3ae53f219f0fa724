//! Draws a matrix as a picture: a label for each row and each column, a colour for each entry.

use std::error::Error;

use ndarray::Array2;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;
type Area<'p> = DrawingArea<SVGBackend<'p>, Shift>;

/// Entries up to this size are white; the largest is ten times as large, at least.
const SMALLEST: f64 = 1e-4;

/// The side of an entry, and the room around the matrix, in pixels.
const CELL: i32 = 36;
const LEFT: i32 = 100;
const TOP: i32 = 60;
const RIGHT: i32 = 150;
const BOTTOM: i32 = 122;

/// The words around the matrix.
pub struct Words<'w> {
    pub title: &'w str,
    pub rows: &'w str,
    pub columns: &'w str,
    pub scale: &'w str,
    /// One for each row, and one for each column.
    pub labels: [&'w [String]; 2],
}

/// Draws `matrix` to the SVG file at `path`: positive entries red, negative ones blue, a shade
/// lighter for each power of ten.
pub fn draw(path: &str, words: &Words<'_>, matrix: &Array2<f64>) -> Outcome {
    let height = CELL * i32::try_from(matrix.nrows())?;
    let width = CELL * i32::try_from(matrix.ncols())?;
    let size = (u32::try_from(LEFT + width + RIGHT)?, u32::try_from(TOP + height + BOTTOM)?);
    let area = SVGBackend::new(path, size).into_drawing_area();
    area.fill(&WHITE)?;

    let largest = matrix.iter().fold(10.0 * SMALLEST, |largest, x| largest.max(x.abs()));
    for ((row, column), &entry) in matrix.indexed_iter() {
        let corner = (LEFT + CELL * i32::try_from(column)?, TOP + CELL * i32::try_from(row)?);
        rectangle(&area, corner, (CELL, CELL), colour(entry, largest).filled())?;
    }
    rectangle(&area, (LEFT, TOP), (width, height), BLACK.stroke_width(1))?;

    let (middle, bottom) = (LEFT + width / 2, TOP + height);
    text(&area, words.title, 16, HPos::Center, (middle, TOP / 2))?;
    text(&area, words.columns, 14, HPos::Center, (middle, bottom + BOTTOM - 20))?;
    upright(&area, words.rows, 14, HPos::Center, (18, TOP + height / 2))?;
    let centre =
        |index| Ok::<_, std::num::TryFromIntError>(CELL * i32::try_from(index)? + CELL / 2);
    for (row, label) in words.labels[0].iter().enumerate() {
        text(&area, label, 13, HPos::Right, (LEFT - 6, TOP + centre(row)?))?;
    }
    for (column, label) in words.labels[1].iter().enumerate() {
        upright(&area, label, 13, HPos::Right, (LEFT + centre(column)?, bottom + 6))?;
    }
    scale(&area, words.scale, (LEFT + width + 30, TOP, height), largest)
}

/// The colours from the largest entry down to its negative, with the powers of ten between.
fn scale(area: &Area<'_>, title: &str, (x, top, height): (i32, i32, i32), largest: f64) -> Outcome {
    let decades = (largest / SMALLEST).log10();
    #[allow(clippy::cast_possible_truncation, reason = "a pixel of the picture")]
    let place = |entry: f64| {
        let shade = entry.signum() * (entry.abs() / SMALLEST).max(1.0).log10() / decades;
        top + (f64::from(height) * (1.0 - shade) / 2.0).round() as i32
    };
    for y in 0..height {
        let shade = 1.0 - 2.0 * f64::from(y) / f64::from(height);
        let entry = shade.signum() * SMALLEST * 10_f64.powf(shade.abs() * decades);
        rectangle(area, (x, top + y), (18, 1), colour(entry, largest).filled())?;
    }
    rectangle(area, (x, top), (18, height), BLACK.stroke_width(1))?;
    let powers = (0..).map(|power| SMALLEST * 10_f64.powi(power + 1));
    for entry in powers.take_while(|entry| *entry <= largest) {
        text(area, &format!("{entry}"), 12, HPos::Left, (x + 24, place(entry)))?;
        text(area, &format!("{}", -entry), 12, HPos::Left, (x + 24, place(-entry)))?;
    }
    text(area, "0", 12, HPos::Left, (x + 24, place(0.0)))?;
    upright(area, title, 13, HPos::Center, (x + 90, top + height / 2))
}

fn colour(entry: f64, largest: f64) -> RGBColor {
    let shade = (entry.abs() / SMALLEST).max(1.0).log10() / (largest / SMALLEST).log10();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
    let fade = |full: f64| (255.0 + (full - 255.0) * shade).round() as u8;
    if entry > 0.0 {
        RGBColor(fade(178.0), fade(24.0), fade(43.0))
    } else {
        RGBColor(fade(33.0), fade(102.0), fade(172.0))
    }
}

fn rectangle(
    area: &Area<'_>,
    (x, y): (i32, i32),
    (w, h): (i32, i32),
    style: ShapeStyle,
) -> Outcome {
    Ok(area.draw(&Rectangle::new([(x, y), (x + w, y + h)], style))?)
}

fn text(area: &Area<'_>, words: &str, size: i32, side: HPos, at: (i32, i32)) -> Outcome {
    let style = ("sans-serif", size).into_text_style(area).pos(Pos::new(side, VPos::Center));
    Ok(area.draw_text(words, &style, at)?)
}

/// Text that reads from bottom to top.
fn upright(area: &Area<'_>, words: &str, size: i32, side: HPos, at: (i32, i32)) -> Outcome {
    let style = ("sans-serif", size).into_text_style(area).pos(Pos::new(side, VPos::Center));
    Ok(area.draw_text(words, &style.transform(FontTransform::Rotate270), at)?)
}
