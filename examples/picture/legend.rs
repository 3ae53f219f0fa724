//! The legend of a picture: names, and how what they name is drawn.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use crate::picture::strokes::thinned;
use crate::picture::{Area, Outcome, Point, TEXT, at, stroke, text, units, width};

/// Of lines and groups, in this order.
pub const COLOURS: [RGBColor; 8] = [
    RGBColor(33, 102, 172),
    RGBColor(214, 39, 40),
    RGBColor(44, 140, 44),
    RGBColor(148, 103, 189),
    BLACK,
    RGBColor(0, 160, 170),
    RGBColor(140, 86, 75),
    RGBColor(227, 119, 194),
];

/// The width of a sample of a line, and of the gap before the next entry, in pixels.
const SAMPLE: f64 = 18.0;
const GAP: f64 = 16.0;

/// A name, and how what it names is drawn.
#[derive(Clone, PartialEq)]
pub struct Entry {
    pub words: String,
    pub colour: RGBColor,
    pub shape: Shape,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Shape {
    /// A line of this width, in pixels.
    Line(f64),
    /// The same with a band around it.
    Band(f64),
    Dots,
    /// A circle with a black edge.
    Mark,
}

/// The entries that have a name in rows, each with its start.
pub fn rows(entries: &[Entry], across: f64) -> Vec<Vec<(f64, Entry)>> {
    let mut rows: Vec<Vec<_>> = vec![];
    let mut end = f64::INFINITY;
    for entry in entries.iter().filter(|entry| !entry.words.is_empty()) {
        let wide = SAMPLE + 5.0 + width(&entry.words, TEXT);
        if end + wide > across {
            rows.push(vec![]);
            end = 14.0;
        }
        if let Some(row) = rows.last_mut() {
            row.push((end, entry.clone()));
        }
        end += wide + GAP;
    }
    rows
}

/// Draws the rows, the first below `top`.
pub fn draw_rows(area: &Area<'_>, rows: &[Vec<(f64, Entry)>], top: f64) -> Outcome {
    for (row, entries) in (0..).zip(rows) {
        let y = top + Entry::HEIGHT * (0.5 + f64::from(row));
        entries.iter().try_for_each(|(x, entry)| entry.sample(area, (*x, y)))?;
    }
    Ok(())
}

impl Entry {
    /// The height of a row of entries, in pixels.
    pub const HEIGHT: f64 = 18.0;

    /// Draws what is named, along these points. A single point of a line is a dot.
    pub fn line(&self, area: &Area<'_>, points: &[Point]) -> Outcome {
        let dots = |radius: f64| {
            let dot = |point| Circle::new(at(point), units(radius), self.colour.filled());
            points.iter().try_for_each(|point| area.draw(&dot(*point)))
        };
        match self.shape {
            Shape::Line(pixels) | Shape::Band(pixels) if points.len() > 1 => {
                let points: Vec<_> = points.iter().copied().map(at).collect();
                area.draw(&PathElement::new(thinned(&points), stroke(self.colour, pixels)))?;
            }
            Shape::Line(pixels) | Shape::Band(pixels) => dots(1.0 + pixels / 2.0)?,
            Shape::Dots => dots(1.6)?,
            Shape::Mark => {
                for point in points {
                    area.draw(&Circle::new(at(*point), units(5.0), BLACK.filled()))?;
                    area.draw(&Circle::new(at(*point), units(3.7), self.colour.filled()))?;
                }
            }
        }
        Ok(())
    }

    /// Draws the area within these points as a band.
    pub fn band(&self, area: &Area<'_>, edge: impl Iterator<Item = Point>) -> Outcome {
        let edge: Vec<_> = edge.map(at).collect();
        Ok(area.draw(&Polygon::new(thinned(&edge), self.colour.mix(0.25).filled()))?)
    }

    /// Draws the entry, from the middle of its left side.
    fn sample(&self, area: &Area<'_>, (x, y): Point) -> Outcome {
        let (end, middle) = (x + SAMPLE, x + SAMPLE / 2.0);
        if matches!(self.shape, Shape::Band(_)) {
            let edge = [(x, y - 6.0), (end, y - 6.0), (end, y + 6.0), (x, y + 6.0)];
            self.band(area, edge.into_iter())?;
        }
        match self.shape {
            Shape::Line(_) | Shape::Band(_) => self.line(area, &[(x, y), (end, y)])?,
            Shape::Dots => self.line(area, &[(x + 3.0, y), (middle, y), (end - 3.0, y)])?,
            Shape::Mark => self.line(area, &[(middle, y)])?,
        }
        text(area, &self.words, TEXT, HPos::Left, (end + 5.0, y))
    }
}
