use crate::place::Place;
use std::fmt;

/// Why a module cannot be put together, or not be changed in a certain way.
///
/// It comes as [`CableError::Build`](crate::CableError::Build). The module is then as before.
///
/// ```
/// use cable::{BuildError, CableError, Compartment};
///
/// let mut comp = Compartment::new();
/// let error = comp.set("radius", -1.0).unwrap_err();
/// let CableError::Build(BuildError::Value { key, value, .. }) = &error else { panic!("{error}") };
/// assert_eq!((&**key, *value), ("radius", -1.0));
/// let text = "radius of compartment is -1: give a positive, finite number";
/// assert_eq!(error.to_string(), text);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BuildError {
    /// Nothing in view has a key, a group or a type of synapse; or the module has not the key of a
    /// [`Setting`](crate::Setting).
    NoKey {
        /// The view, or the module.
        place: Place,
        /// What was asked for.
        key: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A view is narrowed down to nothing.
    NothingInView {
        /// The view.
        place: Place,
        /// What it should keep: `"compartment"` or `"synapse"`.
        part: &'static str,
    },
    /// A state that the module has, but nothing in view.
    NotInView {
        /// The view.
        place: Place,
        /// The state or the current.
        state: String,
        /// What should have it: `"compartment"` or `"synapse"`.
        part: &'static str,
    },
    /// A value is not one that is allowed.
    Value {
        /// Who is given the value.
        place: Place,
        /// What it is the value of.
        key: String,
        /// The value, in the [units](crate#keys-and-units) of the key.
        value: f64,
        /// What is allowed.
        allowed: &'static str,
    },
    /// One name stands for two kinds of mechanisms, or for a channel and a group.
    Clash {
        /// Where the second was to be inserted.
        place: Place,
        /// The name.
        name: String,
        /// The kind that was to be inserted, or `"group"`.
        kind: &'static str,
        /// The kind that has the name.
        other: &'static str,
    },
    /// A module is put together from nothing, or a simulation records nothing or takes no step.
    Empty {
        /// The module: `"branch"`, `"cell"` or `"network"`; or `"simulation"`.
        module: &'static str,
        /// What it is made of: `"compartment"`, `"branch"`, `"cell"`, `"recording"` or `"step"`.
        part: &'static str,
    },
    /// A part of a module has what only the whole can have.
    TooEarly {
        /// The part.
        place: Place,
        /// What it has: `"stimuli or clamps"`, `"recordings"` or `"trainable parameters"`.
        what: &'static str,
    },
    /// A branch does not fit into the tree of a cell.
    Parent {
        /// The branch, counted from 0.
        branch: usize,
        /// Its parent, as it was given.
        parent: isize,
        /// How many branches there are.
        branches: usize,
    },
    /// A gate has no fixed point, as its rates are 0/0.
    NoFixedPoint {
        /// The channel.
        place: Place,
        /// The state.
        state: String,
        /// The node.
        node: usize,
        /// The voltage there in mV.
        v: f64,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey { place, key, known } if known.is_empty() => {
                write!(f, "{place} has no '{key}', nor any other: add one first")
            }
            Self::NoKey { place, key, known } => {
                write!(f, "{place} has no '{key}': use one of [{}]", known.join(", "))
            }
            Self::NothingInView { place, part } => {
                write!(f, "nothing is left in {place}: keep at least one {part}")
            }
            Self::NotInView { place, state, part } => write!(
                f,
                "no {part} in {place} has '{state}', though others of the module do: \
                 keep one that has it"
            ),
            Self::Value { place, key, value, allowed } => {
                write!(f, "{key} of {place} is {value}: give {allowed}")
            }
            Self::Clash { place, name, kind, other } => write!(
                f,
                "'{name}' of {place} is of kind {kind}, but also of kind {other}: \
                 change one of the names"
            ),
            Self::Empty { module, part: "step" } => write!(
                f,
                "the {module} has no step: stimulate or clamp something, or say how long it takes \
                 with build_for"
            ),
            Self::Empty { module, part } => {
                write!(f, "the {module} has no {part}: give at least one")
            }
            Self::TooEarly { place, what } => write!(
                f,
                "{place} has {what}, which belong to the whole module: \
                 add them once it is put together"
            ),
            Self::Parent { branch, parent, branches } => write!(
                f,
                "branch {branch} of {branches} has parent {parent}: \
                 give -1 for branch 0, and for each other one a branch that leads to branch 0"
            ),
            Self::NoFixedPoint { place, state, node, v } => write!(
                f,
                "{place} has no fixed point of '{state}' at node {node}, where v is {v} mV: \
                 change the voltage a little"
            ),
        }
    }
}

impl std::error::Error for BuildError {}
