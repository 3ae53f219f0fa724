//! Draws lines, bands and dots over an axis, in panels one below the other.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

pub use crate::picture::Words;
use crate::picture::axis::{self, Tick};
use crate::picture::colours::hex;
use crate::picture::legend::{COLOURS, Entry, Shape, draw_rows, rows};
use crate::picture::strokes::Strokes;
use crate::picture::{
    Area, Outcome, Point, TEXT, WIDTH, at, draw_title, is_drawn, range, save, stroke, text,
    title_height, upright, width, wrap,
};

const WIDE: RGBColor = RGBColor(175, 175, 175);
const DOTS: RGBColor = RGBColor(224, 106, 0);
/// The diameter of a dot in pixels.
const DOT: f64 = 3.2;
const GRID: RGBColor = RGBColor(222, 222, 222);

/// What is right of the axes, in pixels: half of a number.
const RIGHT: f64 = 18.0;

/// Lines over a common axis.
pub struct Panel<'w> {
    /// The names of the axes, with units. Panels without `across` share the axis of the next one
    /// that has it, which spans the points of all of them.
    pub across: &'w str,
    pub up: &'w str,
    /// Whether the vertical axis is in powers of ten. Numbers up to 0 are not on such an axis.
    pub powers: bool,
    /// Dots, drawn under the lines.
    pub dots: Line<'w>,
    pub lines: Vec<Line<'w>>,
}

/// A line through points. It has a gap where a number is NaN, infinite, or not on the axis; the
/// legend then says how many points are not drawn.
#[derive(Default)]
pub struct Line<'w> {
    pub name: &'w str,
    pub points: Vec<Point>,
    /// The lowest and the highest value at each of the points, or nothing.
    pub band: Vec<(f64, f64)>,
    /// Whether the line is wide and grey, to be visible under those that follow it.
    pub wide: bool,
}

impl<'w> Line<'w> {
    /// A line without a band.
    pub fn new(name: &'w str, points: impl IntoIterator<Item = Point>) -> Self {
        Line { name, points: points.into_iter().collect(), ..Line::default() }
    }

    /// A line to be compared with others: those after it are drawn on it.
    pub fn wide(name: &'w str, points: impl IntoIterator<Item = Point>) -> Self {
        Line { wide: true, ..Line::new(name, points) }
    }
}

impl<'w> Panel<'w> {
    /// Lines over axes with these words.
    pub fn new(across: &'w str, up: &'w str, lines: impl Into<Vec<Line<'w>>>) -> Self {
        Panel { across, up, powers: false, dots: Line::default(), lines: lines.into() }
    }

    /// The dots and the lines.
    pub fn all(&self) -> impl Iterator<Item = &Line<'w>> {
        [&self.dots].into_iter().chain(&self.lines)
    }

    pub fn is_drawn(&self, (x, y): Point) -> bool {
        is_drawn(x) && self.is_on_axis(y)
    }

    fn is_on_axis(&self, y: f64) -> bool {
        is_drawn(y) && (!self.powers || y > 0.0)
    }

    /// The entries of the dots and of the lines.
    fn entries(&self) -> Vec<Entry> {
        let mut colours = COLOURS.into_iter().cycle();
        let mut entry = |line: &Line<'_>, is_dots: bool| {
            let mut words = line.name.to_owned();
            let gaps = line.points.iter().filter(|at| !self.is_drawn(**at)).count();
            if gaps > 0 {
                words = format!("{words} ({gaps} of {} points not drawn)", line.points.len());
            }
            let (colour, shape) = match () {
                () if is_dots => (DOTS, Shape::Dots),
                () if line.wide => (WIDE, Shape::Line(4.5)),
                () if line.band.is_empty() => (colours.next().unwrap_or(BLACK), Shape::Line(1.5)),
                () => (colours.next().unwrap_or(BLACK), Shape::Band(1.5)),
            };
            Entry { words, colour, shape }
        };
        let dots = entry(&self.dots, true);
        [dots].into_iter().chain(self.lines.iter().map(|line| entry(line, false))).collect()
    }

    /// The points that are drawn, of all lines.
    fn points(&self) -> impl Iterator<Item = Point> {
        self.all().flat_map(|line| line.points.iter().copied()).filter(|at| self.is_drawn(*at))
    }
}

/// Draws the panels to the SVG file at `path`. A panel without a point to draw says so.
///
/// # Errors
/// If there is no panel, a band has another length than its line, or the file cannot be written.
pub fn draw(path: &str, words: Words<'_>, panels: &[Panel<'_>]) -> Outcome {
    if panels.is_empty() {
        return Err("a chart without panels: give at least one".into());
    }
    for line in panels.iter().flat_map(Panel::all) {
        let (name, points, band) = (line.name, line.points.len(), line.band.len());
        if band > 0 && band != points {
            return Err(format!("'{name}' has {points} points, and {band} in its band").into());
        }
    }
    let height = if panels.len() == 1 { 230.0 } else { 100.0 };
    let mut bottom = title_height(words.title, WIDTH);
    let mut frames: Vec<Frame<'_>> = vec![];
    for sharing in panels.split_inclusive(|panel| !panel.across.is_empty()) {
        let across = range(sharing.iter().flat_map(Panel::points).map(|(x, _)| x));
        for panel in sharing {
            let frame = Frame::new(panel, across, frames.last(), bottom, height);
            bottom = frame.bottom + if panel.across.is_empty() { 12.0 } else { 44.0 };
            frames.push(frame);
        }
    }
    let left = frames.iter().map(Frame::left).fold(0.0, f64::max);
    let mut dots = Strokes::default();
    frames.iter().for_each(|frame| frame.add_dots(&mut dots, left));
    save(path, (WIDTH, bottom), words, &dots.elements(), |area| {
        draw_title(area, words.title, WIDTH)?;
        frames.iter().try_for_each(|frame| frame.draw(area, left))
    })
}

/// A panel at its position in the picture.
struct Frame<'p> {
    panel: &'p Panel<'p>,
    entries: Vec<Entry>,
    /// The legend. Empty if the panel above has the same entries.
    rows: Vec<Vec<(f64, Entry)>>,
    /// The ranges of the axes.
    across: (f64, f64),
    up: (f64, f64),
    /// Where they are, in pixels.
    top: f64,
    bottom: f64,
}

impl<'p> Frame<'p> {
    /// The panel below `above`, at `top`, with this range of the horizontal axis.
    fn new(
        panel: &'p Panel<'p>,
        across: (f64, f64),
        above: Option<&Frame<'_>>,
        top: f64,
        height: f64,
    ) -> Self {
        let entries = panel.entries();
        let known = |entry: &Entry| {
            entry.words.is_empty() || above.is_some_and(|above| above.entries.contains(entry))
        };
        let rows = if entries.iter().all(known) { vec![] } else { rows(&entries, WIDTH) };
        let top = top + Entry::HEIGHT * rows.len() as f64 + 4.0;
        let bands = panel.lines.iter().flat_map(|line| &line.band).flat_map(|(a, b)| [*a, *b]);
        let bands = bands.filter(|y| panel.is_on_axis(*y));
        let (low, high) = range(panel.points().map(|(_, y)| y).chain(bands));
        let up = if panel.powers {
            let room = (high / low).powf(0.06);
            (low / room, high * room)
        } else {
            (low - 0.06 * (high - low), high + 0.06 * (high - low))
        };
        Frame { panel, entries, rows, across, up, top, bottom: top + height }
    }

    /// Between 0 at the start of a range and 1 at its end.
    fn part(value: f64, (low, high): (f64, f64)) -> f64 {
        (value - low) / (high - low)
    }

    fn y(&self, value: f64) -> f64 {
        let (low, high) = self.up;
        let part = if self.panel.powers {
            Self::part(value.ln(), (low.ln(), high.ln()))
        } else {
            Self::part(value, self.up)
        };
        self.bottom - (self.bottom - self.top) * part.clamp(0.0, 1.0)
    }

    fn ticks(&self) -> Vec<Tick> {
        let most = axis::most(self.bottom - self.top, 16.0);
        if self.panel.powers { axis::powers(self.up, most) } else { axis::ticks(self.up, most) }
    }

    /// The words of the vertical axis, in lines.
    fn words(&self) -> Vec<String> {
        wrap(self.panel.up, TEXT, self.bottom - self.top + 10.0)
    }

    /// The room that the words of the vertical axis need.
    fn left(&self) -> f64 {
        let ticks = self.ticks().into_iter().map(|(_, words)| width(&words, TEXT));
        ticks.fold(0.0, f64::max) + 15.0 * self.words().len() as f64 + 12.0
    }

    fn x(&self, value: f64, left: f64) -> f64 {
        left + (WIDTH - RIGHT - left) * Self::part(value, self.across)
    }

    /// Adds the dots, as one element: there may be thousands.
    fn add_dots(&self, dots: &mut Strokes, left: f64) {
        let points = self.panel.dots.points.iter().filter(|point| self.panel.is_drawn(**point));
        points.for_each(|(x, y)| dots.add(&[((self.x(*x, left), self.y(*y)), DOT)], &hex(DOTS)));
    }

    fn draw(&self, area: &Area<'_>, left: f64) -> Outcome {
        let (top, bottom, right) = (self.top, self.bottom, WIDTH - RIGHT);
        let x = |value| self.x(value, left);
        for (value, words) in self.ticks() {
            let y = self.y(value);
            path(area, [(left, y), (right, y)], stroke(GRID, 0.8))?;
            text(area, &words, TEXT, HPos::Right, (left - 5.0, y))?;
        }
        for (value, words) in axis::ticks(self.across, 6) {
            path(area, [(x(value), top), (x(value), bottom)], stroke(GRID, 0.8))?;
            if !self.panel.across.is_empty() {
                text(area, &words, TEXT, HPos::Center, (x(value), bottom + 11.0))?;
            }
        }
        for (n, words) in self.words().iter().enumerate() {
            let middle = (9.0 + 15.0 * n as f64, f64::midpoint(top, bottom));
            upright(area, words, TEXT, HPos::Center, middle)?;
        }
        let middle = f64::midpoint(left, right);
        text(area, self.panel.across, TEXT, HPos::Center, (middle, bottom + 29.0))?;
        path(area, [(left, top), (left, bottom), (right, bottom)], stroke(BLACK, 1.0))?;
        if self.panel.points().next().is_none() {
            text(
                area,
                "nothing to draw",
                TEXT,
                HPos::Center,
                (middle, f64::midpoint(top, bottom)),
            )?;
        }

        draw_rows(area, &self.rows, top - 4.0 - Entry::HEIGHT * self.rows.len() as f64)?;
        // The first entry is of the dots.
        let mut lines = self.panel.lines.iter().zip(&self.entries[1..]);
        lines.try_for_each(|(line, entry)| self.draw_line(area, line, entry, &x))
    }

    /// Draws the pieces of a line between its gaps.
    fn draw_line(
        &self,
        area: &Area<'_>,
        line: &Line<'_>,
        entry: &Entry,
        x: &impl Fn(f64) -> f64,
    ) -> Outcome {
        let mut end = 0;
        for points in
            line.points.chunk_by(|a, b| self.panel.is_drawn(*a) == self.panel.is_drawn(*b))
        {
            let start = end;
            end += points.len();
            if !self.panel.is_drawn(points[0]) {
                continue;
            }
            let points: Vec<_> = points.iter().map(|(a, b)| (x(*a), self.y(*b))).collect();
            if let Some(band) = line.band.get(start..end) {
                // Where an end of the band is not on the axis, the band is as narrow as the line.
                let end = |y: f64, value: f64| if value.is_nan() { y } else { self.y(value) };
                let edge = points.iter().zip(band);
                let low = edge.clone().map(|((x, y), (low, _))| (*x, end(*y, *low)));
                let high = edge.map(|((x, y), (_, high))| (*x, end(*y, *high)));
                entry.band(area, low.chain(high.rev()))?;
            }
            entry.line(area, &points)?;
        }
        Ok(())
    }
}

fn path(area: &Area<'_>, points: impl IntoIterator<Item = Point>, style: ShapeStyle) -> Outcome {
    let points: Vec<_> = points.into_iter().map(at).collect();
    Ok(area.draw(&PathElement::new(points, style))?)
}
