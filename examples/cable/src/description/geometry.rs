//! The geometry of a compartment, and the rates at which neighbours pull each other that follow
//! from it. Generic in the number: gradients reach radius and length.

use crate::description::edge::{Edge, EdgeKind};
use crate::states::{Params, Scalar};
use ndarray::Array1;
use pytree::grad::Duals;
use std::cell::RefCell;
use std::f64::consts::PI;

/// The parameters that follow from radius and length.
pub(crate) struct Cylinder<T> {
    /// The membrane area (um^2).
    pub area: T,
    /// The volume (um^3).
    pub volume: T,
    /// The resistive load of one half (1/um): its length over its cross section.
    pub load: T,
}

impl<T: Scalar> Cylinder<T> {
    /// The keys of what is derived, in the order of [`derived`](Self::derived).
    pub const KEYS: [&str; 4] = ["area", "volume", "resistive_load_in", "resistive_load_out"];

    /// A cylinder of this radius and length (um).
    pub fn new(radius: T, length: T) -> Self {
        Self {
            area: radius * (2.0 * PI) * length,
            volume: length * (radius * radius) * PI,
            load: length / 2.0 / (radius * radius) / PI,
        }
    }

    /// Area, volume and the loads of both halves.
    pub fn derived(&self) -> [T; 4] {
        [self.area, self.volume, self.load, self.load]
    }
}

/// The parameters that [`axial_conductances`] reads.
pub(crate) const AXIAL_KEYS: [&str; 5] =
    ["axial_resistivity", "area", "capacitance", "resistive_load_in", "resistive_load_out"];

/// Whether the [`axial_conductances`] follow from the parameter `key`.
pub(crate) fn is_geometry(key: &str) -> bool {
    key == "radius" || key == "length" || AXIAL_KEYS.contains(&key)
}

/// The rate (1/ms) of each edge, from the parameters [`AXIAL_KEYS`] of the nodes.
///
/// Between the middles of neighbouring compartments lie two halves in series, and the current that
/// flows changes the voltage of the sink's membrane. A branchpoint has no membrane, so the rates
/// that pull it only weigh its neighbours: they are conductances (S um/cm).
///
/// A compartment meets the one before it (or the branchpoint at its start) with its load in, and
/// the one after it with its load out.
pub(crate) fn axial_conductances<T: Scalar>(edges: &[Edge], params: &Params<T>) -> Array1<T> {
    let arrays = AXIAL_KEYS.map(|key| &params[key]);
    edges.iter().map(|edge| rate(edge, |key, node| arrays[key][node])).collect()
}

/// The rate of one edge, where `at` gives the parameter with this number in [`AXIAL_KEYS`] at a node.
fn rate<T: Scalar>(edge: &Edge, at: impl Fn(usize, usize) -> T) -> T {
    let [resistivity, area, capacitance, load_in, load_out] = [0, 1, 2, 3, 4];
    let conductivity = |node: usize| at(resistivity, node).recip();
    let resistance = |load: usize, node: usize| at(load, node) / conductivity(node);
    let rate = |resistance: T, sink: usize| {
        resistance.recip() / at(area, sink) / at(capacitance, sink) * 1e7 // S/(cm um) to mS/cm^2
    };
    let &Edge { source, sink, kind } = edge;
    match kind {
        EdgeKind::Compartments if source < sink => {
            rate(resistance(load_out, source) + resistance(load_in, sink), sink)
        }
        EdgeKind::Compartments => {
            rate(resistance(load_in, source) + resistance(load_out, sink), sink)
        }
        EdgeKind::BranchpointToEnd => rate(resistance(load_out, sink), sink),
        EdgeKind::BranchpointToStart => rate(resistance(load_in, sink), sink),
        EdgeKind::EndToBranchpoint => at(load_out, source).recip() * conductivity(source),
        EdgeKind::StartToBranchpoint => at(load_in, source).recip() * conductivity(source),
    }
}

/// The reverse of [`axial_conductances`]: adds to the cotangents of the parameters what those of the
/// rates come to.
pub(crate) fn axial_conductances_vjp(
    edges: &[Edge],
    params: &Params<f64>,
    rates: &Array1<f64>,
    cotangents: &mut Params<f64>,
) {
    for (edge, &cotangent) in edges.iter().zip(rates).filter(|(_, cotangent)| **cotangent != 0.0) {
        // What the rate reads: at most six parameters, each a direction.
        let read = RefCell::new(Vec::new());
        let dual = rate(edge, |key, node| {
            let mut read = read.borrow_mut();
            let found = read.iter().position(|other| *other == (key, node));
            let direction = found.unwrap_or_else(|| {
                read.push((key, node));
                read.len() - 1
            });
            Duals::from_re(params[AXIAL_KEYS[key]][node]).derivative(direction)
        });
        let Some(slopes) = dual.eps.0 else { continue };
        for (&slope, (key, node)) in slopes.iter().zip(read.into_inner()) {
            if let Some(array) = cotangents.get_mut(AXIAL_KEYS[key]) {
                array[node] += cotangent * slope;
            }
        }
    }
}
