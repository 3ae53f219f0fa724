//! Colours for numbers, and the bar that says which number has which colour.

use plotters::style::text_anchor::HPos;

use crate::picture::axis::{self, Tick};
use crate::picture::{
    Area, Outcome, Point, TEXT, is_drawn, range, span, text, units, upright, width, wrap,
};

type Rgb = [f64; 3];

const RED: Rgb = [178.0, 24.0, 43.0];
const BLUE: Rgb = [33.0, 102.0, 172.0];
/// Of what is not a finite number.
pub const NONE: &str = "#B4B4B4";
const NONE_SAYS: &str = "not finite";

/// The width of the bar in pixels.
const BAR: f64 = 14.0;

/// Colours from the lowest number to the highest, mixed from those around each.
pub struct Scale {
    low: f64,
    high: f64,
    colours: Vec<Rgb>,
    /// The number from which on a power of ten is one shade darker, or even distances.
    powers: Option<f64>,
    has_none: bool,
}

impl Scale {
    /// Positive numbers are red and negative ones blue, a shade lighter for each power of ten down
    /// to `least`, from where on they have the colour `middle`.
    pub fn by_powers(values: impl Iterator<Item = f64> + Clone, least: f64, middle: Rgb) -> Self {
        let has_none = values.clone().any(|value| !is_drawn(value));
        let (low, high) = span(values).unwrap_or_default();
        let high = high.abs().max(low.abs()).max(10.0 * least);
        Scale { low: -high, high, colours: vec![BLUE, middle, RED], powers: Some(least), has_none }
    }

    /// From the lowest number to the highest, in even distances.
    pub fn even(values: impl Iterator<Item = f64> + Clone) -> Self {
        let has_none = values.clone().any(|value| !is_drawn(value));
        let (low, high) = range(values);
        // Dark blue, purple, orange: all visible on white, and in shades of grey.
        let colours = vec![[35.0, 23.0, 125.0], [190.0, 55.0, 120.0], [250.0, 170.0, 50.0]];
        Scale { low, high, colours, powers: None, has_none }
    }

    /// Where a number is between the lowest (0) and the highest (1).
    fn part(&self, value: f64) -> f64 {
        let part = match self.powers {
            None => (value - self.low) / (self.high - self.low),
            Some(least) => {
                let shade = (value.abs() / least).max(1.0).ln() / (self.high / least).ln();
                0.5 + 0.5 * value.signum() * shade
            }
        };
        part.clamp(0.0, 1.0)
    }

    /// The colour of a number, as SVG has it.
    pub fn colour(&self, value: f64) -> String {
        if !is_drawn(value) {
            return NONE.to_owned();
        }
        let along = self.part(value) * (self.colours.len() - 1) as f64;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 2")]
        let before = (along as usize).min(self.colours.len() - 2);
        let (from, to, part) =
            (self.colours[before], self.colours[before + 1], along - before as f64);
        hex([0, 1, 2].map(|n| from[n] + part * (to[n] - from[n])))
    }

    fn ticks(&self, most: usize) -> Vec<Tick> {
        let Some(least) = self.powers else {
            return axis::ticks((self.low, self.high), most);
        };
        let above = axis::powers((least * 1.001, self.high), most / 2);
        let below = above.iter().map(|(value, text)| (-value, format!("−{text}")));
        below.chain(above.clone()).chain([(0.0, "0".to_owned())]).collect()
    }
}

/// The bar of the colours of a scale, `height` pixels high.
pub struct Bar<'s> {
    pub scale: &'s Scale,
    /// What the numbers are, and their unit.
    pub name: &'s str,
    /// The upper left corner.
    pub corner: Point,
    pub height: f64,
}

impl Bar<'_> {
    /// The width of the bar and its words, in pixels.
    pub fn width(&self) -> f64 {
        self.words_at() + 16.0 * self.lines().len() as f64
    }

    /// Where the name begins, beside the bar and the numbers.
    fn words_at(&self) -> f64 {
        let ticks = self.ticks().into_iter().map(|(_, words)| words);
        let none = self.scale.has_none.then(|| NONE_SAYS.to_owned());
        BAR + 9.0 + ticks.chain(none).map(|words| width(&words, TEXT)).fold(0.0, f64::max)
    }

    fn lines(&self) -> Vec<String> {
        wrap(self.name, TEXT, self.height + 30.0)
    }

    fn ticks(&self) -> Vec<Tick> {
        let least = 20.0; // pixels between two
        self.scale.ticks((self.height / least) as usize)
    }

    /// The bar, as elements of SVG: one area, as many thin ones would be washed out by shrinking.
    pub fn elements(&self) -> String {
        let last = (self.scale.colours.len() - 1) as f64;
        let stops = self.scale.colours.iter().rev().enumerate().map(|(n, colour)| {
            let (offset, colour) = (n as f64 / last, hex(*colour));
            format!("<stop offset=\"{offset}\" stop-color=\"{colour}\"/>")
        });
        let stops: String = stops.collect();
        let bar = |top: f64, height: f64, fill: &str| {
            let [x, y] = [self.corner.0, self.corner.1 + top].map(units);
            let [width, height] = [BAR, height].map(units);
            format!(
                "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\" \
                 stroke=\"#000000\" stroke-width=\"16\"/>\n"
            )
        };
        let mut elements = format!(
            "<defs><linearGradient id=\"scale\" x2=\"0\" y2=\"1\">{stops}</linearGradient></defs>\n"
        );
        elements += &bar(0.0, self.height, "url(#scale)");
        if self.scale.has_none {
            elements += &bar(self.height + 10.0, BAR, NONE);
        }
        elements
    }

    /// The words beside the bar.
    pub fn draw(&self, area: &Area<'_>) -> Outcome {
        let (x, top) = (self.corner.0 + BAR + 5.0, self.corner.1);
        for (value, words) in self.ticks() {
            let y = top + self.height * (1.0 - self.scale.part(value));
            text(area, &words, TEXT, HPos::Left, (x, y))?;
        }
        if self.scale.has_none {
            let y = top + self.height + 10.0 + BAR / 2.0;
            text(area, NONE_SAYS, TEXT, HPos::Left, (x, y))?;
        }
        let (first, middle) = (self.corner.0 + self.words_at() + 8.0, top + self.height / 2.0);
        let mut lines = (0..).zip(self.lines());
        lines.try_for_each(|(n, words)| {
            upright(area, &words, TEXT, HPos::Center, (first + 16.0 * f64::from(n), middle))
        })
    }
}

/// A colour as SVG has it.
pub fn hex(colour: Rgb) -> String {
    let digits = colour.map(|part| format!("{:02X}", part.round().clamp(0.0, 255.0) as u8));
    format!("#{}", digits.concat())
}
