use crate::build_error::BuildError;
use crate::place::Place;
use crate::swc_error::SwcError;
use std::{error, fmt};

/// Why a module cannot be loaded, built or changed, or a step not be taken.
///
/// A variant carries the place, and both sides where two things disagree. What is printed also says
/// what to do:
///
/// ```
/// use cable::{Branch, CableError, Compartment};
///
/// # fn main() -> Result<(), CableError> {
/// let branch = Branch::new(&Compartment::new(), 2)?;
/// let error = branch.view().comp(5).unwrap_err();
/// assert!(matches!(error, CableError::Index { index: 5, len: 2, .. }));
/// let text = "branch.comp(5) refers to index 5, but there are 2 compartments: count them from 0";
/// assert_eq!(error.to_string(), text);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum CableError {
    /// The text is not JSON, or a field is missing or of another type.
    Json(serde_json::Error),
    /// The `format` tag is another one.
    Format {
        /// The tag.
        found: String,
    },
    /// The time step is not a positive, finite number.
    TimeStep {
        /// The time step in ms.
        delta_t: f64,
    },
    /// An array or a list has not as many entries as there are things it describes.
    Length {
        /// The array or the list.
        place: Place,
        /// How many entries it has.
        found: usize,
        /// How many it should have.
        expected: usize,
        /// What it should have one entry for each of: `"nodes"`, `"edges"`, ...
        per: &'static str,
    },
    /// A stimulus or a clamp ends before the simulation does.
    Short {
        /// The name of the external.
        external: String,
        /// Which of its rows, counted from 0.
        row: usize,
        /// How many values the row has.
        values: usize,
        /// How many steps there are.
        steps: usize,
    },
    /// An index points past the end.
    Index {
        /// Who holds the index.
        place: Place,
        /// The index, counted from 0.
        index: usize,
        /// How many things there are.
        len: usize,
        /// What is counted: `"nodes"`, `"synapses"`, `"branches"`, ...
        per: &'static str,
    },
    /// Something that needs a membrane sits on a branchpoint.
    OnBranchpoint {
        /// What sits there.
        place: Place,
        /// The branchpoint.
        node: usize,
    },
    /// Something occurs twice that may occur once.
    Duplicate {
        /// Where.
        place: Place,
        /// What.
        entry: String,
    },
    /// A mechanism is of a kind that is not implemented.
    UnknownKind {
        /// The mechanism.
        place: Place,
        /// Its kind.
        kind: String,
        /// The kinds there are.
        known: Vec<&'static str>,
    },
    /// A mechanism lists other keys than its kind has.
    Keys {
        /// The mechanism.
        place: Place,
        /// Its kind.
        kind: String,
        /// `"params"` or `"states"`.
        field: &'static str,
        /// What the mechanism lists, sorted.
        listed: Vec<String>,
        /// What the kind has, sorted.
        expected: Vec<String>,
    },
    /// The module lacks an array.
    Missing {
        /// Who needs it.
        place: Place,
        /// The array.
        array: Place,
    },
    /// The states or parameters passed to a function of the module lack an array.
    NotPassed {
        /// The array.
        array: Place,
    },
    /// A recording or an external names a state that the module does not have.
    UnknownState {
        /// Who names it.
        place: Place,
        /// The name.
        state: String,
        /// The states and currents there are.
        known: Vec<String>,
    },
    /// A state lives neither on nodes nor on synapses.
    Homeless {
        /// The state.
        state: String,
    },
    /// A mechanism's current is not among the module's current names.
    UnlistedCurrent {
        /// The mechanism.
        place: Place,
        /// Its current.
        current: String,
        /// The list that lacks it.
        list: &'static str,
    },
    /// A synaptic current belongs to no synapse.
    OrphanCurrent {
        /// The current.
        current: String,
    },
    /// An edge does not fit into a forest of neighbours.
    Edge {
        /// Its place among the edges, counted from 0.
        index: usize,
        /// The node it starts from.
        source: usize,
        /// The node it points to.
        sink: usize,
        /// What is wrong with it.
        problem: EdgeProblem,
    },
    /// A branchpoint joins nothing, so nothing determines its voltage.
    LoneBranchpoint {
        /// The branchpoint.
        node: usize,
    },
    /// The module's externals end before this step.
    NoSuchStep {
        /// The name of the external that ends first.
        external: String,
        /// The step asked for, counted from 0.
        step: usize,
        /// How many steps it has values for.
        values: usize,
    },
    /// States, their vector or a matrix are not as they should be, or a step made them so.
    Dynamics(dynamics::Error),
    /// A tree of states or parameters does not fit its layout.
    Tree(pytree::Error),
    /// An SWC file cannot be read as a neuron.
    Swc(SwcError),
    /// A module cannot be put together, or not be changed so.
    Build(BuildError),
    /// An external was passed to a step that the module does not place anywhere.
    UnknownExternal {
        /// Its name.
        external: String,
    },
}

/// What is wrong with an edge.
///
/// ```
/// use cable::{Cable, CableError, EdgeProblem};
///
/// # fn main() -> Result<(), CableError> {
/// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/jaxley/three_branches_leak/module.json"));
/// let mut module = cable::Export::from_json(text)?;
/// module.edges[1].sink = 1; // it led from 1 to 0
/// let error = Cable::new(module).unwrap_err();
/// assert!(matches!(error, CableError::Edge { problem: EdgeProblem::Loop, .. }));
/// assert_eq!(error.to_string(), "edge 1 (1 -> 1) joins a node to itself: remove it");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EdgeProblem {
    /// One of its ends does not exist.
    NoSuchNode {
        /// How many nodes there are.
        nodes: usize,
    },
    /// It joins a node to itself.
    Loop,
    /// An earlier edge is the same.
    Repeated {
        /// The place of the earlier one among the edges.
        first: usize,
    },
    /// There is no edge the other way.
    OneWay,
    /// It is one of several that form a cycle.
    Cycle,
    /// Its type contradicts which of its ends are branchpoints.
    Type {
        /// The type; [`Edge::kind`](crate::Edge::kind) says what each means.
        found: u8,
    },
}

impl fmt::Display for CableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) if error.is_syntax() && (error.line(), error.column()) == (1, 1) => {
                write!(
                    f,
                    "not a readable module, give the text of a JSON file, not its path: {error}"
                )
            }
            Self::Json(error) => write!(f, "not a readable module, correct the JSON: {error}"),
            Self::Format { found } => {
                write!(f, "the format is '{found}': export the module as 'jaxley-export/1'")
            }
            Self::TimeStep { delta_t } => {
                write!(f, "delta_t is {delta_t} ms: give a positive, finite time step")
            }
            Self::Length { place, found, expected, per } => {
                write!(
                    f,
                    "{place} has {found} entries, but there are {expected} {per}: give one for each"
                )
            }
            Self::Short { external, row, values, steps } => write!(
                f,
                "external '{external}' has {values} values in row {row}, but there are {steps} \
                 steps: give one for each step, and at least one"
            ),
            Self::Index { place, index, len, per } => {
                write!(
                    f,
                    "{place} refers to index {index}, but there are {len} {per}: count them from 0"
                )
            }
            Self::OnBranchpoint { place, node } => {
                write!(
                    f,
                    "{place} is at node {node}, which is a branchpoint: move it to a compartment"
                )
            }
            Self::Duplicate { place, entry } => write!(f, "{place} has {entry} twice: keep one"),
            Self::UnknownKind { place, kind, known } => {
                write!(f, "{place} is of unknown kind '{kind}': use one of {}", known.join(", "))
            }
            Self::Keys { place, kind, field, listed, expected } => write!(
                f,
                "{place} lists the {field} [{}], but kind '{kind}' has [{}]: list those",
                listed.join(", "),
                expected.join(", ")
            ),
            Self::Missing { place, array } => {
                write!(f, "{place} needs {array}, which is missing: add it")
            }
            Self::NotPassed { array: array @ Place::State(_) } => write!(
                f,
                "{array} is missing: start from the initial states and append the channel currents"
            ),
            Self::NotPassed { array } => {
                write!(
                    f,
                    "{array} is missing: start from get_parameters() or params() of the module"
                )
            }
            Self::UnknownState { place, state, known } => write!(
                f,
                "{place} names '{state}', which is neither a state nor a current: use one of [{}]",
                known.join(", ")
            ),
            Self::Homeless { state } => write!(
                f,
                "state '{state}' lives neither on nodes nor on synapses: \
                 add it to membrane_keys or to the states of its synapse"
            ),
            Self::UnlistedCurrent { place, current, list } => {
                write!(f, "{place} has the current '{current}', which {list} lacks: add it there")
            }
            Self::OrphanCurrent { current } => {
                write!(f, "synapse_current_names has '{current}', which no synapse has: remove it")
            }
            Self::Edge { index, source, sink, problem } => {
                write!(f, "edge {index} ({source} -> {sink}) {problem}")
            }
            Self::LoneBranchpoint { node } => {
                write!(f, "branchpoint {node} has no edges: connect it or make it a compartment")
            }
            Self::NoSuchStep { external, step, values } => write!(
                f,
                "external '{external}' has {values} values, none for step {step}: \
                 give more, or step without it"
            ),
            Self::Dynamics(error) => error.fmt(f),
            Self::Tree(error) => error.fmt(f),
            Self::Swc(error) => write!(f, "{error}"),
            Self::Build(error) => write!(f, "{error}"),
            Self::UnknownExternal { external } => {
                write!(
                    f,
                    "the module has no external '{external}': stimulate or clamp before it is built"
                )
            }
        }
    }
}

impl fmt::Display for EdgeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchNode { nodes } => {
                write!(f, "leaves the module, which has {nodes} nodes: count them from 0")
            }
            Self::Loop => f.write_str("joins a node to itself: remove it"),
            Self::Repeated { first } => write!(f, "repeats edge {first}: keep one"),
            Self::OneWay => f.write_str("has no reverse: add the edge the other way"),
            Self::Cycle => {
                f.write_str("is part of a cycle: remove an edge, the nodes must form trees")
            }
            Self::Type { found } => write!(
                f,
                "has type {found}: use 0 between compartments, 1 or 2 from a branchpoint, \
                 3 or 4 to one"
            ),
        }
    }
}

impl error::Error for CableError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            _ => None,
        }
    }
}

impl From<dynamics::Error> for CableError {
    fn from(error: dynamics::Error) -> Self {
        Self::Dynamics(error)
    }
}

impl From<pytree::Error> for CableError {
    fn from(error: pytree::Error) -> Self {
        Self::Tree(error)
    }
}

impl From<SwcError> for CableError {
    fn from(error: SwcError) -> Self {
        Self::Swc(error)
    }
}

impl From<BuildError> for CableError {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}
