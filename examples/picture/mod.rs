//! Pictures of numbers as SVG files: [`line_chart`], [`heat_map`] and [`morphology`].
//!
//! They are drawn for a width of about 400 pixels, which two of them side by side have on a page:
//! the smallest text is still 11 pixels high there. `plotters` draws in whole numbers, so it gets
//! units of a twentieth of a pixel. A white page behind everything keeps the words readable on a
//! dark one, and a title and a description say to a screen reader what the picture shows.

#![allow(dead_code, reason = "each program draws some of the charts")]

pub mod axis;
pub mod colours;
pub mod heat_map;
pub mod legend;
pub mod line_chart;
pub mod morphology;
pub mod strokes;

use std::error::Error;
use std::fs;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

pub type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;
pub type Area<'p> = DrawingArea<SVGBackend<'p>, Shift>;
/// A position in pixels, from the upper left corner.
pub type Point = (f64, f64);

/// The width of a picture, and the heights of its title and of its other words, in pixels.
pub const WIDTH: f64 = 460.0;
pub const TITLE: f64 = 15.0;
pub const TEXT: f64 = 13.0;

const UNITS_PER_PIXEL: f64 = 20.0;

/// What a picture is called, and what it shows.
#[derive(Clone, Copy)]
pub struct Words<'w> {
    pub title: &'w str,
    /// For those who do not see the picture: a few sentences.
    pub description: &'w str,
}

/// A length in the units that are drawn in.
#[allow(clippy::cast_possible_truncation, reason = "a position in the picture")]
pub fn units(pixels: f64) -> i32 {
    (pixels * UNITS_PER_PIXEL).round() as i32
}

/// A position in the units that are drawn in.
pub fn at((x, y): Point) -> (i32, i32) {
    (units(x), units(y))
}

/// A line of this colour and width.
pub fn stroke(colour: impl Color, pixels: f64) -> ShapeStyle {
    colour.stroke_width(units(pixels).unsigned_abs())
}

/// Writes the file at `path`, of this width and height in pixels: `elements` in the text of SVG and
/// in units, then on top of them what `draw` draws. Nothing is written if that fails.
pub fn save(
    path: &str,
    (width, height): (f64, f64),
    words: Words<'_>,
    elements: &str,
    draw: impl FnOnce(&Area<'_>) -> Outcome,
) -> Outcome {
    let (width, height) = (width.ceil(), height.ceil());
    let (wide, high) = (units(width), units(height));
    let mut drawn = String::new();
    let size = (wide.unsigned_abs(), high.unsigned_abs());
    let area = SVGBackend::with_string(&mut drawn, size).into_drawing_area();
    draw(&area)?;
    area.present()?;
    drop(area);
    // The first line of what plotters wrote, `<svg ..>`, says that a unit is a pixel.
    let drawn = drawn.split_once('\n').map_or("", |(_, rest)| rest);
    let [title, description] = [words.title, words.description].map(escape);
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {wide} {high}\" role=\"img\" aria-labelledby=\"title description\" \
         stroke-linejoin=\"round\">\n<title id=\"title\">{title}</title>\n\
         <desc id=\"description\">{description}</desc>\n\
         <rect width=\"{wide}\" height=\"{high}\" fill=\"#FFFFFF\"/>\n{elements}{drawn}"
    );
    Ok(fs::write(path, svg).map_err(|error| format!("{path}: {error}"))?)
}

fn escape(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Writes words at a position, which is on their left, in their middle or on their right.
pub fn text(area: &Area<'_>, words: &str, size: f64, side: HPos, position: Point) -> Outcome {
    written(area, words, size, side, position, FontTransform::None)
}

/// Writes words that read from bottom to top.
pub fn upright(area: &Area<'_>, words: &str, size: f64, side: HPos, position: Point) -> Outcome {
    written(area, words, size, side, position, FontTransform::Rotate270)
}

fn written(
    area: &Area<'_>,
    words: &str,
    size: f64,
    side: HPos,
    position: Point,
    turn: FontTransform,
) -> Outcome {
    // Plotters writes sizes that are 1.24 times the height of the font.
    let style = ("sans-serif", 1.24 * size * UNITS_PER_PIXEL).into_text_style(area);
    let style = style.pos(Pos::new(side, VPos::Center)).transform(turn);
    Ok(area.draw_text(words, &style, at(position))?)
}

/// About how wide words are, in pixels: as in a wide font, so that others fit too.
pub fn width(words: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        ' ' | ',' | '.' | ':' | ';' | '\'' | 'i' | 'j' | 'l' | '|' => 0.34,
        '(' | ')' | '[' | ']' | '/' | 'f' | 'r' | 't' => 0.42,
        'm' | 'w' | '%' | 'A'..='Z' => 0.8,
        _ => 0.63,
    };
    words.chars().map(em).sum::<f64>() * size
}

/// Words in lines that are not wider than this, if their words are not.
pub fn wrap(words: &str, size: f64, within: f64) -> Vec<String> {
    let mut lines: Vec<String> = vec![];
    for word in words.split(' ') {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= within => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Writes the title over the middle of a picture of this width. Returns the height it takes.
pub fn title_height(title: &str, across: f64) -> f64 {
    14.0 + 20.0 * wrap(title, TITLE, across - 16.0).len() as f64
}

pub fn draw_title(area: &Area<'_>, title: &str, across: f64) -> Outcome {
    let lines = wrap(title, TITLE, across - 16.0);
    let mut rows = (0..).map(|row| 18.0 + 20.0 * f64::from(row)).zip(lines);
    rows.try_for_each(|(y, line)| text(area, &line, TITLE, HPos::Center, (across / 2.0, y)))
}

/// The least and the largest of the numbers that are finite, if there are any.
pub fn span(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let drawn = values.into_iter().filter(|value| is_drawn(*value));
    drawn.fold(None, |span, value| {
        let (low, high) = span.unwrap_or((value, value));
        Some((value.min(low), value.max(high)))
    })
}

/// Whether a number is finite, and small enough for differences to be finite.
pub fn is_drawn(value: f64) -> bool {
    value.abs() < 1e300
}

/// From the least to the largest of the numbers. There is room around a single one.
pub fn range(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    match span(values) {
        None => (0.1, 1.0),
        Some((low, high)) if high - low > 1e-12 * high.abs().max(low.abs()) => (low, high),
        Some((0.0, _)) => (-1.0, 1.0),
        Some((low, high)) => (low - 0.1 * low.abs(), high + 0.1 * high.abs()),
    }
}
