//! Draws cells as they lie in space, projected onto two axes, in the colours of groups or of values.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

pub use crate::picture::Words;
use crate::picture::colours::{Bar, Scale, hex};
use crate::picture::legend::{COLOURS, Entry, Shape, draw_rows, rows};
use crate::picture::strokes::Strokes;
use crate::picture::{
    Outcome, Point, TEXT, WIDTH, at, draw_title, save, span, stroke, text, title_height,
};

/// The height of the picture without its words, the room around a cell, and the height of its name,
/// in pixels.
const HIGHEST: f64 = 520.0;
/// The least height of a cell and its name.
const LOWEST: f64 = 100.0;
const ROOM: f64 = 8.0;
const NAME: f64 = 20.0;
/// The colour of compartments without a group, and those of marks.
const NONE: &str = "#B4B4B4";
const MARKS: [RGBColor; 4] = [WHITE, BLACK, RGBColor(255, 215, 0), RGBColor(0, 190, 220)];

/// A cell and its colours.
pub struct View<'c> {
    pub name: &'c str,
    /// The points of each compartment in order: x, y, z and radius in um. One point is a sphere.
    pub compartments: &'c [Vec<[f64; 4]>],
    pub paint: Paint<'c>,
    /// Compartments that get a mark, with its name.
    pub marks: Vec<(&'c str, usize)>,
}

/// What the colour of a compartment says.
pub enum Paint<'c> {
    /// Which group it is in: the last of these that has it. Compartments in none are grey.
    Groups(Vec<(&'c str, Vec<usize>)>),
    /// A number for each compartment. Those that are not finite are green.
    Values(&'c [f64]),
}

/// What the values are.
#[derive(Clone, Copy, Default)]
pub struct Measure<'m> {
    /// With the unit.
    pub name: &'m str,
    /// Positive values are red and negative ones blue, a shade lighter for each power of ten down
    /// to this size. Without it, the colours are in even distances.
    pub powers: Option<f64>,
}

/// Draws the cells to the SVG file at `path`, with one scale and one set of colours.
/// The axes are 0 for x, 1 for y and 2 for z, to the right and up.
///
/// # Errors
/// If there is no cell, a compartment has no points, the groups or the values are not those of the
/// cell, or the file cannot be written.
pub fn draw(
    path: &str,
    words: Words<'_>,
    axes: [usize; 2],
    measure: Measure<'_>,
    views: &[View<'_>],
) -> Outcome {
    if axes[0] == axes[1] || axes.iter().any(|axis| *axis > 2) {
        return Err(format!("the axes are {axes:?}: give two of 0, 1 and 2").into());
    }
    if views.is_empty() {
        return Err("a picture without cells: give at least one".into());
    }
    views.iter().try_for_each(View::check)?;

    let values = views.iter().flat_map(View::values).copied();
    let scale = match measure.powers {
        Some(least) => Scale::by_powers(values, least, RGBColor(205, 205, 205)),
        None => Scale::even(values),
    };
    let has_values = views.iter().any(|view| matches!(view.paint, Paint::Values(_)));
    let mut bar = Bar { scale: &scale, name: measure.name, corner: (0.0, 0.0), height: 150.0 };
    let right = WIDTH - if has_values { bar.width() + ROOM } else { 0.0 };

    let legend = legend(views);
    let rows = rows(&legend, WIDTH);
    let legend_top = title_height(words.title, WIDTH);
    let top = legend_top + Entry::HEIGHT * rows.len() as f64;
    let grid = Grid::new(views, axes, top, right);
    let mut strokes = Strokes::default();
    for (index, view) in views.iter().enumerate() {
        let colours = colours(view, &scale, &legend);
        for (points, colour) in view.compartments.iter().zip(&colours) {
            let place = |point| (grid.place(index, point), 2.0 * point[3] * grid.scale);
            strokes.add(&points.iter().map(place).collect::<Vec<_>>(), colour);
        }
    }
    bar.corner = (right + ROOM, top + NAME);
    let lowest = if has_values { bar.corner.1 + bar.height + 40.0 } else { 0.0 };
    let bottom = grid.bottom().max(lowest);
    let elements = strokes.elements() + &if has_values { bar.elements() } else { String::new() };
    save(path, (WIDTH, bottom + 24.0), words, &elements, |area| {
        draw_title(area, words.title, WIDTH)?;
        draw_rows(area, &rows, legend_top)?;
        for (index, view) in views.iter().enumerate() {
            let (x, y) = grid.corner(index);
            text(area, view.name, TEXT, HPos::Center, (x + grid.column / 2.0, y + NAME / 2.0))?;
            for (name, compartment) in &view.marks {
                let points = &view.compartments[*compartment];
                let place = grid.place(index, &points[points.len() / 2]);
                let is_it = |entry: &&Entry| entry.words == *name && entry.shape == Shape::Mark;
                legend.iter().find(is_it).map_or(Ok(()), |entry| entry.line(area, &[place]))?;
            }
        }
        let (x, y, length) = (ROOM + 6.0, bottom + 8.0, grid.length());
        let end = x + length * grid.scale;
        area.draw(&PathElement::new([at((x, y)), at((end, y))], stroke(BLACK, 2.0)))?;
        text(area, &format!("{length} um"), TEXT, HPos::Left, (end + 6.0, y))?;
        if has_values { bar.draw(area) } else { Ok(()) }
    })
}

impl View<'_> {
    fn values(&self) -> &[f64] {
        match &self.paint {
            Paint::Values(values) => values,
            Paint::Groups(_) => &[],
        }
    }

    fn groups(&self) -> &[(&str, Vec<usize>)] {
        match &self.paint {
            Paint::Values(_) => &[],
            Paint::Groups(groups) => groups,
        }
    }

    /// Returns an error unless all compartments have points, and what is said about them fits.
    fn check(&self) -> Outcome {
        let (name, len) = (self.name, self.compartments.len());
        if len == 0 {
            return Err(format!("'{name}' has no compartments: give at least one").into());
        }
        let has_none = |points: &[[f64; 4]]| {
            points.is_empty() || points.as_flattened().iter().any(|x| !x.is_finite())
        };
        let mut without = (0..len).filter(|n| has_none(&self.compartments[*n]));
        if let Some(first) = without.next() {
            let count = 1 + without.count();
            return Err(format!(
                "{count} of the {len} compartments of '{name}' have no coordinates, the first is \
                 {first}: read the cell from an SWC file"
            )
            .into());
        }
        if let Paint::Values(values) = &self.paint
            && values.len() != len
        {
            let values = values.len();
            return Err(format!("'{name}' has {len} compartments, and {values} values").into());
        }
        let groups = self
            .groups()
            .iter()
            .flat_map(|(group, members)| members.iter().map(move |n| (*group, *n)));
        match groups.chain(self.marks.iter().copied()).find(|(_, n)| *n >= len) {
            None => Ok(()),
            Some((what, n)) => {
                Err(format!("'{what}' has compartment {n} of '{name}', which has {len}").into())
            }
        }
    }
}

/// The groups and the marks of all cells, each once.
fn legend(views: &[View<'_>]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = vec![];
    let groups = views.iter().flat_map(View::groups).map(|(group, _)| (*group, Shape::Line(5.0)));
    let marks = views.iter().flat_map(|view| &view.marks).map(|(mark, _)| (*mark, Shape::Mark));
    for (name, shape) in groups.chain(marks) {
        if !entries.iter().any(|entry| entry.words == name && entry.shape == shape) {
            let before = entries.iter().filter(|entry| entry.shape == shape).count();
            let colours: &[RGBColor] = if shape == Shape::Mark { &MARKS } else { &COLOURS };
            let colour = colours[before % colours.len()];
            entries.push(Entry { words: name.to_owned(), colour, shape });
        }
    }
    entries
}

/// The colours of the compartments of a cell.
fn colours(view: &View<'_>, scale: &Scale, legend: &[Entry]) -> Vec<String> {
    if let Paint::Values(values) = &view.paint {
        return values.iter().map(|value| scale.colour(*value)).collect();
    }
    let mut colours = vec![NONE.to_owned(); view.compartments.len()];
    for (group, members) in view.groups() {
        let is_it = |entry: &&Entry| entry.words == *group && entry.shape != Shape::Mark;
        if let Some(colour) = legend.iter().find(is_it).map(|entry| entry.colour) {
            members.iter().for_each(|n| colours[*n] = hex(colour));
        }
    }
    colours
}

/// Where cells are in the picture, in rows, each in the middle of a box.
struct Grid {
    axes: [usize; 2],
    columns: usize,
    /// The upper end of the first row, and the size of a box, in pixels.
    top: f64,
    column: f64,
    row: f64,
    /// Pixels per um.
    scale: f64,
    /// The middle of each cell, in um.
    centres: Vec<[f64; 2]>,
}

impl Grid {
    fn new(views: &[View<'_>], axes: [usize; 2], top: f64, across: f64) -> Self {
        // The least and the largest coordinate of a cell along both axes, with its radii.
        let spans = views.iter().map(|view| {
            axes.map(|axis| {
                let points = view.compartments.iter().flatten();
                let ends =
                    points.flat_map(|point| [-1.0, 1.0].map(|side| point[axis] + side * point[3]));
                span(ends).unwrap_or_default()
            })
        });
        let spans: Vec<_> = spans.collect();
        let [wide, high] =
            [0, 1].map(|n| spans.iter().map(|spans| spans[n].1 - spans[n].0).fold(1.0, f64::max));
        // As many in a row as makes them largest.
        let size = |columns: &usize| {
            let column = across / *columns as f64;
            let row = (HIGHEST / views.len().div_ceil(*columns) as f64).max(LOWEST);
            ((column - 2.0 * ROOM) / wide).min((row - NAME - 2.0 * ROOM) / high)
        };
        let larger = |a: &usize, b: &usize| size(a).total_cmp(&size(b));
        let columns = (1..=views.len().min(4)).max_by(larger).unwrap_or(1);
        let (column, scale) = (across / columns as f64, size(&columns));
        let centres = spans.iter().map(|spans| spans.map(|(low, high)| f64::midpoint(low, high)));
        let row = NAME + high * scale + 2.0 * ROOM;
        Grid { axes, columns, top, column, row, scale, centres: centres.collect() }
    }

    /// The upper left corner of the box of a cell.
    fn corner(&self, index: usize) -> Point {
        let (row, column) = (index / self.columns, index % self.columns);
        (column as f64 * self.column, self.top + row as f64 * self.row)
    }

    fn bottom(&self) -> f64 {
        self.top + self.centres.len().div_ceil(self.columns) as f64 * self.row
    }

    /// Where a point of a cell is.
    fn place(&self, index: usize, point: &[f64; 4]) -> Point {
        let [right, up] =
            [0, 1].map(|n| self.scale * (point[self.axes[n]] - self.centres[index][n]));
        let (x, y) = self.corner(index);
        (x + self.column / 2.0 + right, y + f64::midpoint(NAME, self.row) - up)
    }

    /// The largest of 1, 2 or 5 times a power of ten (um) that is at most a third of a box.
    fn length(&self) -> f64 {
        let most = self.column / 3.0 / self.scale;
        let power = 10_f64.powf(most.log10().floor());
        [5.0, 2.0, 1.0]
            .map(|factor| factor * power)
            .into_iter()
            .find(|x| *x <= most)
            .unwrap_or(power)
    }
}
