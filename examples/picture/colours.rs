//! Colours for numbers, and the bar that says which number has which colour.

use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;

use crate::picture::axis::{self, Tick};
use crate::picture::{
    Area, Outcome, Point, TEXT, is_drawn, range, span, text, units, upright, width, wrap,
};

const RED: RGBColor = RGBColor(178, 24, 43);
const BLUE: RGBColor = RGBColor(33, 102, 172);
/// Dark blue, purple and orange: visible on white, and from dark to light without colours.
const EVEN: [RGBColor; 3] = [RGBColor(35, 23, 125), RGBColor(190, 55, 120), RGBColor(250, 170, 50)];
/// Of what is not a finite number: green, which is in none of the scales.
const NOT_FINITE: (&str, &str) = ("#2C8C2C", "not finite");

/// The width of the bar in pixels.
const BAR: f64 = 14.0;

/// Colours from the lowest number to the highest, mixed from those around each.
pub struct Scale {
    low: f64,
    high: f64,
    colours: [RGBColor; 3],
    /// The number from which on a power of ten is one shade darker, or even distances.
    powers: Option<f64>,
    has_none: bool,
}

impl Scale {
    /// Positive numbers are red and negative ones blue, a shade lighter for each power of ten down
    /// to `least`, from where on they have the colour `middle`.
    pub fn by_powers(
        values: impl Iterator<Item = f64> + Clone,
        least: f64,
        middle: RGBColor,
    ) -> Self {
        let has_none = values.clone().any(|value| !is_drawn(value));
        let (low, high) = span(values).unwrap_or_default();
        let high = high.abs().max(low.abs()).max(10.0 * least);
        Scale { low: -high, high, colours: [BLUE, middle, RED], powers: Some(least), has_none }
    }

    /// From the lowest number to the highest, in even distances.
    pub fn even(values: impl Iterator<Item = f64> + Clone) -> Self {
        let has_none = values.clone().any(|value| !is_drawn(value));
        let (low, high) = range(values);
        Scale { low, high, colours: EVEN, powers: None, has_none }
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
            return NOT_FINITE.0.to_owned();
        }
        let [low, middle, high] = self.colours;
        let part = 2.0 * self.part(value);
        let (from, to, part) =
            if part < 1.0 { (low, middle, part) } else { (middle, high, part - 1.0) };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
        let mix = |from: u8, to: u8| {
            (f64::from(from) + part * (f64::from(to) - f64::from(from))).round() as u8
        };
        hex(RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2)))
    }

    fn ticks(&self, pixels: f64) -> Vec<Tick> {
        let Some(least) = self.powers else {
            return axis::ticks((self.low, self.high), axis::most(pixels, 20.0));
        };
        let mut above = axis::powers((least, self.high), axis::most(pixels / 2.0, 20.0));
        above.retain(|(value, _)| *value > 1.001 * least);
        // Each end is labelled with its value, which need not be a power of ten, and nothing is close to it.
        if above.last().is_none_or(|(value, _)| *value < 0.999 * self.high) {
            above.retain(|(value, _)| pixels * (1.0 - self.part(*value)) >= 16.0);
            above.push((self.high, axis::short(self.high)));
        }
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
        let none = self.scale.has_none.then(|| NOT_FINITE.1.to_owned());
        BAR + 9.0 + ticks.chain(none).map(|words| width(&words, TEXT)).fold(0.0, f64::max)
    }

    fn lines(&self) -> Vec<String> {
        wrap(self.name, TEXT, self.height + 30.0)
    }

    fn ticks(&self) -> Vec<Tick> {
        self.scale.ticks(self.height)
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
            elements += &bar(self.height + 10.0, BAR, NOT_FINITE.0);
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
            text(area, NOT_FINITE.1, TEXT, HPos::Left, (x, y))?;
        }
        let (first, middle) = (self.corner.0 + self.words_at() + 8.0, top + self.height / 2.0);
        let mut lines = (0..).zip(self.lines());
        lines.try_for_each(|(n, words)| {
            upright(area, &words, TEXT, HPos::Center, (first + 16.0 * f64::from(n), middle))
        })
    }
}

/// A colour as SVG has it.
pub fn hex(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}
