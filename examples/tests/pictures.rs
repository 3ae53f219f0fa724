//! The pictures that the programs draw: what is in the files, and numbers that are hard to draw.

#[path = "../picture/mod.rs"]
mod picture;

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use cable::Build;
use ndarray::{Array2, array};
use picture::axis::{plain, powers, ticks};
use picture::heat_map::{self, Labels};
use picture::line_chart::{self, Line, Panel};
use picture::morphology::{self, Measure, Paint, View};
use picture::{Outcome, Words};

const NAN: f64 = f64::NAN;
const WORDS: Words<'_> = Words { title: "a & b < c", description: "What \"is\" shown." };

/// The text of the file that `draw` writes, or its error. What all files share is checked.
fn drawn(name: &str, draw: impl FnOnce(&str) -> Outcome) -> Result<String, String> {
    static FILES: AtomicUsize = AtomicUsize::new(0); // tests run at the same time
    let (process, file) = (std::process::id(), FILES.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(format!("{process}-{file}-{name}.svg"));
    draw(path.to_str().expect("a path that is text")).map_err(|error| error.to_string())?;
    let svg = fs::read_to_string(&path).expect("a file");
    fs::remove_file(&path).expect("a file that can be removed");
    check(&svg);
    assert!(svg.contains("<title id=\"title\">a &amp; b &lt; c</title>\n"));
    assert!(svg.contains("<desc id=\"description\">What \"is\" shown.</desc>\n"));
    Ok(svg)
}

/// What holds for each picture: a title and a description that the picture is labelled by, a white
/// page, units of a twentieth of a pixel, and numbers.
fn check(svg: &str) {
    let head = svg.lines().next().expect("a line");
    let [wide, high] = size(svg).map(|pixels| 20.0 * pixels);
    assert!(head.contains(&format!("viewBox=\"0 0 {wide} {high}\"")), "{head}");
    assert!(head.contains("role=\"img\" aria-labelledby=\"title description\""), "{head}");
    let page = format!("<rect width=\"{wide}\" height=\"{high}\" fill=\"#FFFFFF\"/>\n");
    assert!(svg.contains(&page));
    for tag in ["title", "desc", "text", "g", "svg"] {
        let [starts, ends] = [format!("<{tag}"), format!("</{tag}>")];
        let starts = [" ", ">"].map(|end| svg.matches(&format!("{starts}{end}")).count());
        assert_eq!(starts.iter().sum::<usize>(), svg.matches(&ends).count(), "{tag}");
    }
    for word in ["NaN", "inf", "2147483647", "-2147483648"] {
        assert!(!svg.contains(word), "{word}");
    }
}

/// The width and the height of a picture in pixels.
fn size(svg: &str) -> [f64; 2] {
    ["width", "height"].map(|name| {
        let (_, rest) = svg.split_once(&format!(" {name}=\"")).expect("an attribute");
        rest.split_once('"').expect("its end").0.parse().expect("a number")
    })
}

fn says(svg: &str, words: &str) -> bool {
    svg.contains(&format!(">\n{words}\n<"))
}

/// The points of the lines of data, which are wider than those of the axes.
fn lines(svg: &str) -> Vec<usize> {
    let lines = svg.lines().filter(|line| line.starts_with("<polyline"));
    let lines = lines.filter(|line| ["\"30\"", "\"90\""].iter().any(|w| line.contains(w)));
    let points = lines.map(|line| line.split_once("points=").expect("points").1);
    points.map(|points| points.matches(',').count()).filter(|n| *n != 2).collect()
}

fn texts(ticks: &[(f64, String)]) -> Vec<&str> {
    ticks.iter().map(|(_, text)| text.as_str()).collect()
}

#[test]
fn ticks_have_the_same_decimals() {
    for (range, most, expected) in [
        ((0.0, 1.0), 5, &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"][..]),
        ((-0.2, 0.31), 3, &["−0.2", "0.0", "0.2"]),
        ((-70.0, 40.0), 4, &["−50", "0"]),
        ((0.0, 0.0016), 4, &["0.0000", "0.0005", "0.0010", "0.0015"]),
        ((0.0, 2e-6), 2, &["0", "1·10⁻⁶", "2·10⁻⁶"]),
        ((0.0, 2.5e6), 3, &["0", "1·10⁶", "2·10⁶"]),
        ((1e6, 1e6 + 1.0), 2, &["1.0000000·10⁶", "1.0000005·10⁶", "1.0000010·10⁶"]),
        ((1.0, 1.0), 4, &[]),
        ((NAN, 1.0), 4, &[]),
        ((0.0, f64::INFINITY), 4, &[]),
    ] {
        assert_eq!(texts(&ticks(range, most)), expected, "{range:?}");
    }
}

#[test]
fn powers_of_ten_are_evenly_thinned() {
    for (range, most, expected) in [
        (
            (1e-6, 200.0),
            10,
            &["10⁻⁶", "10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰", "10¹", "10²"][..],
        ),
        ((1e-6, 200.0), 5, &["10⁻⁶", "10⁻⁴", "10⁻²", "10⁰", "10²"]),
        ((1e-13, 1e10), 4, &["10⁻¹²", "10⁻⁶", "10⁰", "10⁶"]),
        ((15.0, 400.0), 6, &["20", "50", "100", "200"]),
        ((0.3, 3.0), 6, &["0.5", "1.0", "2.0"]),
        ((1.1, 1.9), 4, &["1.2", "1.4", "1.6", "1.8"]),
    ] {
        assert_eq!(texts(&powers(range, most)), expected, "{range:?}");
    }
}

#[test]
fn zero_has_no_sign() {
    let found = [-0.0, -0.0004, -0.0005, 0.0, -1.0].map(|value| plain(value, 3));
    assert_eq!(found, ["0.000", "0.000", "-0.001", "0.000", "-1.000"]);
    assert_eq!([plain(-0.4, 0), plain(-0.6, 0)], ["0", "-1"]);
}

#[test]
fn a_line_is_finer_than_pixels() {
    let points = (0..500).map(|n| (f64::from(n), (f64::from(n) / 80.0).sin()));
    let panel = Panel::new("time (ms)", "v (mV)", [Line::new("", points)]);
    let svg = drawn("fine", |path| line_chart::draw(path, WORDS, &[panel])).expect("a picture");
    assert_eq!(lines(&svg), [500]);
    let (_, points) = svg.split_once("stroke-width=\"30\" points=\"").expect("a line");
    let numbers = points.split_once('"').expect("its end").0.split([' ', ',']);
    let numbers: Vec<i32> = numbers.filter_map(|number| number.parse().ok()).collect();
    assert_eq!(numbers.len(), 1000);
    let whole = numbers.iter().filter(|number| **number % 20 == 0).count();
    assert!(whole < 150, "{whole} of 1000 are at whole pixels");
    // A smooth curve has no stairs: no height is that of three points in a row, but at its peaks.
    let level = numbers.chunks(2).collect::<Vec<_>>();
    let level = level.windows(3).filter(|at| at[0][1] == at[1][1] && at[1][1] == at[2][1]).count();
    assert!(level < 40, "{level}");
    // A line of more points than can be told apart is no larger.
    let points = (0..100_000).map(|n| (f64::from(n), (f64::from(n) / 2e4).sin()));
    let panel = Panel::new("x", "y", [Line::new("", points)]);
    let many = drawn("many", |path| line_chart::draw(path, WORDS, &[panel])).expect("a picture");
    assert!((1000..3000).contains(&lines(&many)[0]), "{:?}", lines(&many));
    assert!(says(&svg, "time (ms)") && says(&svg, "v (mV)") && says(&svg, "−0.5"));
}

#[test]
fn what_is_no_number_is_a_gap() {
    let points = [1.0, 2.0, NAN, 4.0, 5.0, 6.0, f64::INFINITY, 8.0];
    let line = Line::new("gaps", (0..).map(f64::from).zip(points));
    let panel = Panel::new("x", "y", [line]);
    let svg = drawn("gaps", |path| line_chart::draw(path, WORDS, &[panel])).expect("a picture");
    assert_eq!(lines(&svg), [3]);
    assert_eq!(svg.matches("<circle").count(), 1); // the 8 is alone
    assert!(says(&svg, "gaps (2 of 8 points not drawn)"));

    // On an axis of powers of ten, 0 and negative numbers have no place.
    let line = Line::new("loss", [(0.0, 1.0), (1.0, 0.1), (2.0, 0.01), (3.0, 0.0), (4.0, -1.0)]);
    let panel = Panel { powers: true, ..Panel::new("x", "y", [line]) };
    let svg = drawn("zeros", |path| line_chart::draw(path, WORDS, &[panel])).expect("a picture");
    assert_eq!(lines(&svg), [3]);
    assert!(says(&svg, "loss (2 of 5 points not drawn)"));
    assert!(["10⁻²", "10⁻¹", "10⁰"].iter().all(|tick| says(&svg, tick)));
}

#[test]
fn a_panel_without_points_says_so() {
    for powers in [false, true] {
        for points in [vec![], vec![(0.0, NAN)], vec![(NAN, 1.0)], vec![(f64::INFINITY, -1.0)]] {
            let panel = Panel { powers, ..Panel::new("x", "y", [Line::new("none", points)]) };
            let draw = |path: &str| line_chart::draw(path, WORDS, &[panel]);
            assert!(says(&drawn("empty", draw).expect("a picture"), "nothing to draw"));
        }
        let panel = Panel { powers, ..Panel::new("x", "y", []) };
        let draw = |path: &str| line_chart::draw(path, WORDS, &[panel]);
        assert!(says(&drawn("no_lines", draw).expect("a picture"), "nothing to draw"));
    }
}

#[test]
fn equal_and_single_numbers_are_drawn() {
    for powers in [false, true] {
        for value in [1.0, 1e-300, 1e299, 5e-324, 1e15] {
            for len in [1, 3] {
                let line = Line::new("flat", (0..len).map(|n| (f64::from(n), value)));
                let panel = Panel { powers, ..Panel::new("x", "y", [line]) };
                let draw = |path: &str| line_chart::draw(path, WORDS, &[panel]);
                let svg = drawn("flat", draw).expect("a picture");
                assert!(!says(&svg, "nothing to draw"), "{value} {powers}");
                assert_eq!(svg.matches("<circle").count(), usize::from(len == 1));
            }
        }
    }
    let zero = Panel::new("x", "y", [Line::new("zero", [(0.0, 0.0), (1.0, -0.0)])]);
    let wide = Panel::new("x", "y", [Line::new("wide", [(0.0, -1e299), (1.0, 1e299)])]);
    let draw = |path: &str| line_chart::draw(path, WORDS, &[zero, wide]);
    assert!(says(&drawn("zero", draw).expect("a picture"), "0.0"));
}

#[test]
fn panels_share_the_axis_below_and_the_legend_above() {
    let panel = |across, end| {
        let lines = ["a", "b"].map(|name| Line::new(name, [(0.0, 1.0), (end, 2.0), (end, 3.0)]));
        Panel::new(across, "y", lines)
    };
    let ends = |line: &str| -> Vec<i32> {
        let points = line.split_once("points=\"").expect("points").1;
        points.split([' ', ',']).step_by(2).filter_map(|x| x.parse().ok()).collect()
    };
    // The first two share an axis, whichever of them is longer; the third has its own.
    for (lengths, expected) in [([10.0, 100.0], [0.1, 1.0, 1.0]), ([100.0, 10.0], [1.0, 0.1, 1.0])]
    {
        let panels = [panel("", lengths[0]), panel("time (ms)", lengths[1]), panel("step", 5.0)];
        let draw = |path: &str| line_chart::draw(path, WORDS, &panels);
        let svg = drawn("shared", draw).expect("a picture");
        let lines = svg.lines().filter(|line| line.matches(',').count() == 3).map(ends);
        let lines: Vec<_> = lines.filter(|xs| xs[1] == xs[2]).collect();
        assert_eq!(lines.len(), 6);
        let pixels = [0, 2, 4].map(|line| f64::from(lines[line][1] - lines[line][0]));
        for (found, part) in pixels.into_iter().zip(expected) {
            assert!((found / pixels[2] - part).abs() < 1e-3, "{lengths:?}: {lines:?}");
        }
        assert_eq!(["a", "b"].map(|name| svg.matches(&format!(">\n{name}\n<")).count()), [1, 1]);
    }
}

#[test]
fn a_band_must_fit_its_line() {
    let line = Line { band: vec![(0.0, 1.0)], ..Line::new("fit", [(0.0, 0.5), (1.0, 0.5)]) };
    let error =
        drawn("band", |path| line_chart::draw(path, WORDS, &[Panel::new("x", "y", [line])]));
    assert_eq!(error.unwrap_err(), "'fit' has 2 points, and 1 in its band");
    let error = drawn("none", |path| line_chart::draw(path, WORDS, &[]));
    assert_eq!(error.unwrap_err(), "a chart without panels: give at least one");

    let band = vec![(0.4, 0.6), (NAN, f64::INFINITY)];
    let line = Line { band, ..Line::new("fit", [(0.0, 0.5), (1.0, 0.5)]) };
    let draw = |path: &str| line_chart::draw(path, WORDS, &[Panel::new("x", "y", [line])]);
    assert_eq!(drawn("wild", draw).expect("a picture").matches("<polygon").count(), 2);

    let nowhere = line_chart::draw("no/such/folder/a.svg", WORDS, &[Panel::new("x", "y", [])]);
    let error = nowhere.unwrap_err().to_string();
    assert_eq!(error, "no/such/folder/a.svg: No such file or directory (os error 2)");
}

fn map(rows: usize, columns: usize, matrix: &Array2<f64>) -> Result<String, String> {
    let [rows, columns] =
        [rows, columns].map(|len| (0..len).map(|n| n.to_string()).collect::<Vec<_>>());
    let labels = Labels { rows: "r", columns: "c", scale: "s", names: [&rows, &columns] };
    drawn("map", |path| heat_map::draw(path, WORDS, &labels, matrix))
}

#[test]
fn a_heat_map_has_a_colour_for_each_entry_that_is_not_small() {
    let svg = map(2, 3, &array![[1.0, -1.0, 1e-4], [0.0, NAN, f64::INFINITY]]).expect("a picture");
    let entries = |colour: &str| svg.matches(&format!("z\" fill=\"{colour}\"/>")).count();
    assert_eq!(["#B2182B", "#2166AC", "#2C8C2C"].map(entries), [1, 1, 2]);
    assert!(says(&svg, "not finite") && says(&svg, "10⁰") && says(&svg, "−10⁰"));
    // The bar is one area of a gradient: many thin ones would let the page show through.
    assert_eq!(svg.matches("url(#scale)").count(), 1);
    assert_eq!(svg.matches("<stop ").count(), 3);

    let zeros = map(1, 1, &Array2::zeros((1, 1))).expect("a picture");
    assert!(!says(&zeros, "not finite"));
    assert!(["10⁻³", "0", "−10⁻³"].iter().all(|tick| says(&zeros, tick)));
}

#[test]
fn the_bar_of_a_heat_map_says_what_its_ends_are() {
    for (largest, end) in [
        (1.0, "10⁰"),
        (0.8, "0.80"),
        (0.9999, "1.00"),
        (3.2e-3, "0.0032"),
        (47.3, "47"),
        (1.2, "1.2"),
        (2.34e7, "2.3·10⁷"),
        (1e7, "10⁷"),
    ] {
        let svg = map(1, 2, &array![[0.1 * largest, -largest]]).expect("a picture");
        assert!(says(&svg, end) && says(&svg, &format!("−{end}")), "{largest}");
        // Just below 1.2, the text of 1 would lie on it.
        assert_eq!(says(&svg, "10⁰"), largest == 1.0 || largest > 2.0, "{largest}");
    }
}

#[test]
fn a_heat_map_needs_its_labels() {
    let error = "a matrix of 2 x 3 with 2 labels of rows and 2 of columns: give one label for each, \
                 and at least one row and column";
    assert_eq!(map(2, 2, &Array2::zeros((2, 3))).unwrap_err(), error);
    let error = "a matrix of 0 x 3 with 0 labels of rows and 3 of columns: give one label for each, \
                 and at least one row and column";
    assert_eq!(map(0, 3, &Array2::zeros((0, 3))).unwrap_err(), error);
}

/// A soma of one point, a dendrite of two compartments to the right, and one up.
fn cell() -> Vec<Vec<[f64; 4]>> {
    vec![
        vec![[0.0, 0.0, 0.0, 10.0]],
        vec![[10.0, 0.0, 5.0, 1.0], [60.0, 0.0, 5.0, 1.0]],
        vec![[60.0, 0.0, 5.0, 1.0], [110.0, 0.0, 5.0, 0.1]],
        vec![[0.0, 10.0, 5.0, 1.0], [0.0, 40.0, 5.0, 1.0], [20.0, 80.0, 5.0, 1.0]],
    ]
}

fn view<'c>(compartments: &'c [Vec<[f64; 4]>], paint: Paint<'c>) -> View<'c> {
    View { name: "cell", compartments, paint, marks: vec![] }
}

fn morphology(axes: [usize; 2], views: &[View<'_>]) -> Result<String, String> {
    let measure = Measure { name: "g (S/cm²)", powers: None };
    drawn("cell", |path| morphology::draw(path, WORDS, axes, measure, views))
}

#[test]
fn a_cell_is_drawn_by_group_and_by_value() {
    let cell = cell();
    let groups = vec![("soma", vec![0]), ("basal", vec![1, 2])];
    let marks = vec![("current", 0), ("spike", 2)];
    let by_group = View { marks, ..view(&cell, Paint::Groups(groups)) };
    let svg = morphology([0, 1], &[by_group]).expect("a picture");
    // The soma is a dot of a diameter of 20 um, the widest and first; 100 um are the scale bar.
    let paths: Vec<_> = svg.lines().filter(|line| line.starts_with("<path stroke")).collect();
    assert!(paths[0].contains("h0\"/>") && paths[0].contains("#2166AC"), "{svg}");
    assert_eq!(svg.matches("h0").count(), 1);
    assert!(paths.iter().any(|path| path.contains("#B4B4B4"))); // the dendrite without a group
    for words in ["cell", "soma", "basal", "current", "spike", "20 um"] {
        assert!(says(&svg, words), "{words}: {svg}");
    }
    assert_eq!(svg.matches("<circle").count(), 8); // two marks, and two in the legend, with edges

    let values = [0.1, 0.2, NAN, 0.4];
    let svg = morphology([0, 1], &[view(&cell, Paint::Values(&values))]).expect("a picture");
    for words in ["g (S/cm²)", "0.10", "0.40", "not finite"] {
        assert!(says(&svg, words), "{words}");
    }
    // The end of the dendrite, which has no value, gets thin in steps, but never invisible.
    let width = |path: &str| -> i32 {
        let (_, rest) = path.split_once("stroke-width=\"").expect("a width");
        rest.split_once('"').expect("its end").0.parse().expect("a number")
    };
    assert!(
        svg.lines().filter(|line| line.starts_with("<path stroke")).all(|path| width(path) >= 20)
    );

    // Many cells are in many rows.
    let views: Vec<_> = (0..50).map(|_| view(&cell, Paint::Values(&values))).collect();
    let [_, high] = size(&morphology([0, 1], &views).expect("a picture"));
    assert!((1700.0..1800.0).contains(&high), "{high}");

    // Seen along y, the dendrite to the top is a line at the left; equal values have one colour.
    let svg = morphology([0, 2], &[view(&cell, Paint::Values(&[0.5; 4]))]).expect("a picture");
    let paths = svg.lines().filter(|line| line.starts_with("<path stroke"));
    let colours: std::collections::BTreeSet<_> = paths.map(|path| &path[..22]).collect();
    assert_eq!(colours.len(), 1);
}

#[test]
fn what_does_not_fit_the_cell_is_an_error() {
    let cell = cell();
    let groups = |members| Paint::Groups(vec![("soma", members)]);
    let error = |axes, views: &[View<'_>]| morphology(axes, views).unwrap_err();
    assert_eq!(error([0, 1], &[]), "a picture without cells: give at least one");
    assert_eq!(error([1, 1], &[]), "the axes are [1, 1]: give two of 0, 1 and 2");
    assert_eq!(error([0, 3], &[]), "the axes are [0, 3]: give two of 0, 1 and 2");
    let none = view(&[], groups(vec![]));
    assert_eq!(error([0, 1], &[none]), "'cell' has no compartments: give at least one");
    let few = view(&cell, Paint::Values(&[1.0, 2.0]));
    assert_eq!(error([0, 1], &[few]), "'cell' has 4 compartments, and 2 values");
    let far = view(&cell, groups(vec![0, 4]));
    assert_eq!(error([0, 1], &[far]), "'soma' has compartment 4 of 'cell', which has 4");
    let mark = View { marks: vec![("spike", 9)], ..view(&cell, groups(vec![0])) };
    assert_eq!(error([0, 1], &[mark]), "'spike' has compartment 9 of 'cell', which has 4");

    let built_by_hand = cable::Cell::default().view().xyzr();
    assert_eq!(
        error([0, 1], &[view(&built_by_hand, Paint::Values(&[1.0]))]),
        "1 of the 1 compartments of 'cell' have no coordinates, the first is 0: read the cell from \
         an SWC file"
    );
    let mut wild = cell.clone();
    (wild[1][1][2], wild[3]) = (NAN, vec![]);
    assert_eq!(
        error([0, 1], &[view(&wild, groups(vec![]))]),
        "2 of the 4 compartments of 'cell' have no coordinates, the first is 1: read the cell from \
         an SWC file"
    );
}

#[test]
fn a_cell_of_a_million_points_is_a_small_file() {
    // A walk in space, in 100,000 compartments of ten points, each starting where the last ended.
    let (mut at, mut angle) = ([0.0, 0.0, 0.0, 0.5], 0.0_f64);
    let compartments = (0..100_000).map(|n| {
        let points = (0..11).map(|point| {
            if point > 0 {
                angle += (0.7 * f64::from(n * 10 + point)).sin();
                (at[0], at[1]) = (at[0] + angle.cos(), at[1] + angle.sin());
                at[3] = 0.5 + 0.4 * (0.01 * f64::from(n)).sin();
            }
            at
        });
        points.collect::<Vec<_>>()
    });
    let cell: Vec<_> = compartments.collect();
    let values: Vec<_> = (0..100_000).map(f64::from).collect();
    let svg = morphology([0, 1], &[view(&cell, Paint::Values(&values))]).expect("a picture");
    assert!(svg.len() < 2_000_000, "{} bytes", svg.len());
    assert!(size(&svg)[1] < 600.0);
}

#[test]
fn the_pictures_of_the_readme_are_drawn_as_now() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let readme = fs::read_to_string(readme).expect("a file");
    let mut count = 0;
    for entry in fs::read_dir(docs).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "svg") {
            count += 1;
            check(&fs::read_to_string(&path).expect("a file"));
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            assert!(readme.contains(&format!("](docs/{name})")), "{name}");
        }
    }
    assert_eq!(readme.matches("](docs/").count(), count);
}
