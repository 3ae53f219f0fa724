//! The geometry of a traced compartment: a row of truncated cones.

use std::f64::consts::PI;

/// The geometry of a compartment, from the points it is traced by.
pub(crate) struct Frusta {
    /// The mean radius (um), weighted by length.
    pub radius: f64,
    /// The lateral area (um^2).
    pub area: f64,
    /// The volume (um^3).
    pub volume: f64,
    /// The resistive loads (1/um) of both halves: the integral of 1 / (pi r^2) along them.
    pub loads: [f64; 2],
}

impl Frusta {
    /// The cones between neighbouring points, each a position and a radius (um); one point alone is
    /// the `ncomp`th part of a sphere, and as long as its radius.
    ///
    /// `None` if all points are at one position.
    pub fn new(points: &[[f64; 4]], ncomp: usize) -> Option<Self> {
        if let &[[.., r]] = points {
            let share = ncomp as f64;
            return Some(Self {
                radius: r,
                area: 4.0 * PI * (r * r) / share,
                volume: 4.0 / 3.0 * PI * r.powi(3) / share,
                loads: [r / share / (r * r) / PI; 2],
            });
        }
        let total: f64 = cones(points).map(|(length, _)| length).sum();
        if total <= 0.0 {
            return None;
        }
        let radius = cones(points).map(|(length, [a, b])| length * (a + b)).sum::<f64>();
        let area = cones(points).map(|(length, [a, b])| PI * (a + b) * (b - a).hypot(length));
        let volume =
            cones(points).map(|(length, [a, b])| PI / 3.0 * length * (a * a + a * b + b * b));
        let mut halves = split(points, 2).into_iter().map(|half| load(&half));
        Some(Self {
            radius: radius / (2.0 * total),
            area: area.sum(),
            volume: volume.sum(),
            loads: [halves.next()?, halves.next()?],
        })
    }
}

/// Length and end radii of each cone.
fn cones(points: &[[f64; 4]]) -> impl Iterator<Item = (f64, [f64; 2])> {
    points.windows(2).map(|pair| (distance(&pair[0], &pair[1]), [pair[0][3], pair[1][3]]))
}

fn distance(a: &[f64; 4], b: &[f64; 4]) -> f64 {
    let [x, y, z] = [0, 1, 2].map(|axis| b[axis] - a[axis]);
    (x * x + y * y + z * z).sqrt()
}

/// The integral of 1 / (pi r^2) along the cones.
fn load(points: &[[f64; 4]]) -> f64 {
    let of_cone = |(length, [a, b]): (f64, [f64; 2])| {
        if (b - a).abs() <= 1e-8 {
            length / (a * a)
        } else {
            length / (b - a) * (1.0 / a - 1.0 / b)
        }
    };
    cones(points).map(of_cone).sum::<f64>() / PI
}

/// How far along the points each of them is (um).
fn passed(points: &[[f64; 4]]) -> Vec<f64> {
    let lengths = cones(points).map(|(length, _)| length);
    let sums = lengths.scan(0.0, |sum, length| {
        *sum += length;
        Some(*sum)
    });
    std::iter::once(0.0).chain(sums).collect()
}

/// How far along a way of length `total` its part `n` of `parts` starts (um).
fn cut(total: f64, parts: usize, n: usize) -> f64 {
    if n == parts { total } else { n as f64 * (total / parts as f64) }
}

/// Cuts the points into `parts` of one length, with a new point at each cut, which ends one part
/// and starts the next. A single point is every part.
pub(crate) fn split(points: &[[f64; 4]], parts: usize) -> Vec<Vec<[f64; 4]>> {
    if points.len() == 1 {
        return vec![points.to_vec(); parts];
    }
    let passed = passed(points);
    let total = passed[points.len() - 1];
    let at = |cut: f64| {
        let cone = passed.partition_point(|&passed| passed <= cut).clamp(1, points.len() - 1) - 1;
        let (a, b) = (points[cone], points[cone + 1]);
        // By the length of the cone and not by `passed`: a load depends on the rounding of a radius
        // where neighbouring radii are almost the same, and should be that of Jaxley.
        let share = (cut - passed[cone]) / distance(&a, &b).max(1e-14);
        let [x, y, z, radius] = [0, 1, 2, 3].map(|n| a[n] + share * (b[n] - a[n]));
        // A cut at a point with a radius of 0 has no other by rounding.
        [x, y, z, if radius < 1e-12 * a[3].max(b[3]) { 0.0 } else { radius }]
    };
    let part = |n: usize| {
        let [from, to] = [n, n + 1].map(|n| cut(total, parts, n));
        let first = passed.partition_point(|&passed| passed <= from);
        let past = passed.partition_point(|&passed| passed < to).max(first);
        let between = points[first..past].iter().copied();
        std::iter::once(at(from)).chain(between).chain([at(to)]).collect()
    };
    (0..parts).map(part).collect()
}

/// Which of `parts` each point is in. A point where two parts meet is in the earlier one, a single
/// point in the middle one.
pub(crate) fn parts_of(points: &[[f64; 4]], parts: usize) -> Vec<usize> {
    if points.len() == 1 {
        return vec![(parts - 1) / 2];
    }
    let passed = passed(points);
    let total = passed[points.len() - 1];
    let mut part = 0;
    let part_of = |passed: f64| {
        while part + 1 < parts && cut(total, parts, part + 1) < passed {
            part += 1;
        }
        part
    };
    passed.into_iter().map(part_of).collect()
}
