//! Draws lines, bands and dots over an axis, in panels one below the other.

use std::error::Error;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;
type Area<'p> = DrawingArea<SVGBackend<'p>, Shift>;

const COLOURS: [RGBColor; 5] = [
    RGBColor(33, 102, 172),
    RGBColor(214, 39, 40),
    BLACK,
    RGBColor(44, 150, 44),
    RGBColor(148, 103, 189),
];
const WIDE: RGBColor = RGBColor(175, 175, 175);
const DOTS: RGBColor = RGBColor(230, 120, 20);

/// The width of the picture, and of the column of names to the right of the lines, in pixels.
const WIDTH: u32 = 860;
const NAMES: i32 = 180;

/// Lines over a common axis.
pub struct Panel<'w> {
    /// The names of the axes, with units. `across` can be empty above a panel that has it.
    pub across: &'w str,
    pub up: &'w str,
    /// Whether the vertical axis is in powers of ten. All values are then positive.
    pub powers: bool,
    /// Dots, drawn under the lines.
    pub dots: Line<'w>,
    pub lines: Vec<Line<'w>>,
}

#[derive(Default)]
pub struct Line<'w> {
    pub name: &'w str,
    pub points: Vec<(f64, f64)>,
    /// The lowest and the highest value at each of the points, or nothing.
    pub band: Vec<(f64, f64)>,
}

impl<'w> Line<'w> {
    /// A line without a band.
    pub fn new(name: &'w str, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Line { name, points: points.into_iter().collect(), band: Vec::new() }
    }
}

/// Draws the panels to the SVG file at `path`. The first of several lines is wide and grey: it
/// stays visible under lines that cover it.
pub fn draw(path: &str, title: &str, panels: &[Panel<'_>]) -> Outcome {
    let height = |panel: &Panel<'_>| {
        let lines = if panels.len() == 1 { 360 } else { 150 };
        lines + if panel.across.is_empty() { 10 } else { 56 }
    };
    let area = SVGBackend::new(path, (WIDTH, 44 + panels.iter().map(height).sum::<u32>()))
        .into_drawing_area();
    area.fill(&WHITE)?;
    let style = ("sans-serif", 18).into_text_style(&area).pos(Pos::new(HPos::Center, VPos::Center));
    area.draw_text(title, &style, (WIDTH.cast_signed() / 2, 22))?;
    let (_, mut rest) = area.split_vertically(44);
    for panel in panels {
        let (area, below) = rest.split_vertically(height(panel));
        rest = below;
        let bands = panel.lines.iter().flat_map(|line| &line.band).flat_map(|(a, b)| [*a, *b]);
        let (low, high) = span(panel.points().map(|(_, y)| y).chain(bands));
        if panel.powers {
            draw_panel(&area, panel, (low / 1.5..high * 1.5).log_scale())?;
        } else {
            let room = 0.06 * (high - low);
            draw_panel(&area, panel, low - room..high + room)?;
        }
    }
    Ok(area.present()?)
}

impl<'w> Panel<'w> {
    /// Lines over axes with these words.
    pub fn new(across: &'w str, up: &'w str, lines: impl Into<Vec<Line<'w>>>) -> Self {
        Panel { across, up, powers: false, dots: Line::default(), lines: lines.into() }
    }

    fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        self.lines.iter().chain([&self.dots]).flat_map(|line| line.points.iter().copied())
    }
}

fn span(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)))
}

fn draw_panel<Y>(area: &Area<'_>, panel: &Panel<'_>, up: Y) -> Outcome
where
    Y: AsRangedCoord<Value = f64>,
    Y::CoordDescType: ValueFormatter<f64>,
{
    let (start, end) = span(panel.points().map(|(x, _)| x));
    let mut chart = ChartBuilder::on(area)
        .margin_right(NAMES)
        .margin_left(10)
        .margin_top(6)
        .x_label_area_size(if panel.across.is_empty() { 4 } else { 46 })
        .y_label_area_size(66)
        .build_cartesian_2d(start..end, up)?;
    // Rounds off the error of sums of steps such as 0.1, and the sign of -0.
    let number = |value: &f64| format!("{}", (value * 1e9).round() / 1e9 + 0.0);
    chart
        .configure_mesh()
        .x_desc(panel.across)
        .y_desc(panel.up)
        .x_labels(if panel.across.is_empty() { 0 } else { 10 })
        .y_labels(area.dim_in_pixel().1 as usize / 30)
        .label_style(("sans-serif", 13))
        .axis_desc_style(("sans-serif", 14))
        .x_label_formatter(&number)
        .y_label_formatter(&number)
        .light_line_style(WHITE)
        .draw()?;

    let (left, mut y) = (WIDTH.cast_signed() - NAMES + 14, 16);
    let name = ("sans-serif", 13).into_text_style(area).pos(Pos::new(HPos::Left, VPos::Center));
    if !panel.dots.points.is_empty() {
        let dot = |at| Circle::new(at, 1, DOTS.filled());
        chart.draw_series(panel.dots.points.iter().map(|&at| Circle::new(at, 1, DOTS.filled())))?;
        [2, 9, 16].into_iter().try_for_each(|x| area.draw(&dot((left + x, y))))?;
        area.draw_text(panel.dots.name, &name, (left + 26, y))?;
        y += 20;
    }
    for (index, line) in panel.lines.iter().enumerate() {
        let wide = index == 0 && panel.lines.len() > 1;
        let colour = if wide { WIDE } else { COLOURS[index.saturating_sub(1) % COLOURS.len()] };
        let style = colour.stroke_width(if wide { 5 } else { 2 });
        if !line.band.is_empty() {
            let across = || line.points.iter().map(|(x, _)| *x);
            let low = across().zip(&line.band).map(|(x, (low, _))| (x, *low));
            let high = across().zip(&line.band).map(|(x, (_, high))| (x, *high));
            let edge: Vec<_> = low.chain(high.rev()).collect();
            chart.draw_series([Polygon::new(edge, colour.mix(0.25).filled())])?;
            let sample = [(left, y - 6), (left + 20, y + 6)];
            area.draw(&Rectangle::new(sample, colour.mix(0.25).filled()))?;
        }
        chart.draw_series([PathElement::new(line.points.clone(), style)])?;
        area.draw(&PathElement::new([(left, y), (left + 20, y)], style))?;
        area.draw_text(line.name, &name, (left + 26, y))?;
        y += 20;
    }
    Ok(())
}
