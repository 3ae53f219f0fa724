//! Lines over a common axis as a picture, the vertical axis in powers of ten.

use std::error::Error;

use plotters::prelude::*;

/// What the words around the lines say.
pub struct Words<'w> {
    pub title: &'w str,
    pub across: &'w str,
    pub up: &'w str,
}

/// Draws each line, a name and a positive value for 1, 2, 3 and so on, to the SVG file at `path`.
pub fn draw(
    path: &str,
    words: &Words<'_>,
    lines: &[(&str, Vec<f64>)],
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let values = || lines.iter().flat_map(|(_, line)| line.iter().copied());
    let (lowest, highest) = (values().fold(f64::MAX, f64::min), values().fold(0.0, f64::max));
    let longest = lines.iter().map(|(_, line)| line.len()).max().unwrap_or_default();

    let area = SVGBackend::new(path, (720, 440)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(words.title, ("sans-serif", 18))
        .margin(16)
        .x_label_area_size(46)
        .y_label_area_size(72)
        .build_cartesian_2d(0..longest, (lowest / 1.5..highest * 1.5).log_scale())?;
    chart
        .configure_mesh()
        .x_desc(words.across)
        .y_desc(words.up)
        .label_style(("sans-serif", 13))
        .axis_desc_style(("sans-serif", 15))
        .y_label_formatter(&|value| format!("{value}"))
        .light_line_style(WHITE)
        .draw()?;
    for ((name, line), colour) in lines.iter().zip([BLUE, RED, BLACK].into_iter().cycle()) {
        let points: Vec<_> = (1..).zip(line.iter().copied()).collect();
        let style = colour.stroke_width(2);
        chart
            .draw_series([PathElement::new(points, style)])?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], style));
    }
    chart
        .configure_series_labels()
        .label_font(("sans-serif", 14))
        .background_style(WHITE)
        .border_style(BLACK)
        .draw()?;
    Ok(area.present()?)
}
