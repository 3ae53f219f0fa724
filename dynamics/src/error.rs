use std::borrow::Cow;
use std::fmt::{self, Debug, Display};

use pytree::KeyPath;
use pytree::error::MismatchKind;

/// What is wrong with the states, the vector or the module, and where: every problem, not only the
/// first.
///
/// ```
/// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
/// # use cell::*;
/// let utils = build_dynamic_state_utils(&Cell)?;
/// let mut states = all_states();
/// states.get_mut("v").unwrap()[2] = f64::NAN;
/// let error = utils.remove_observables(&states).unwrap_err();
/// assert_eq!(error.argument(), "all_states");
/// assert_eq!(error.problems()[0].to_string(), "at ['v']: NaN at index 2, where a state lives");
/// # Ok::<(), dynamics::Error>(())
/// ```
pub struct Error {
    argument: Cow<'static, str>,
    problems: Vec<Problem>,
}

/// One thing that is wrong, and the state it is wrong at.
///
/// ```
/// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
/// # use cell::*;
/// let utils = build_dynamic_state_utils(&Cell)?;
/// let error = utils.flatten(&all_states()).unwrap_err();
/// let paths: Vec<_> = error.problems().iter().map(|problem| problem.path.to_string()).collect();
/// assert_eq!(paths, ["['i_leak']", "['m']", "['v']"]);
/// assert_eq!(
///     error.problems()[2].to_string(),
///     "at ['v']: expected the 2 dynamic entries, found all 3; call remove_observables first",
/// );
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Debug)]
pub struct Problem {
    /// The state; the root if it is about all of them.
    pub path: KeyPath,
    /// What is wrong there.
    pub kind: ProblemKind,
}

/// What can be wrong with a state.
///
/// ```
/// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
/// # use cell::*;
/// let utils = build_dynamic_state_utils(&Cell)?;
/// let error = utils.excluding(&["n"]).err().unwrap();
/// let dynamics::ProblemKind::NoSuchState { names, states } = &error.problems()[0].kind else { panic!() };
/// assert_eq!((&names[..], &states[..]), (&["n".to_string()][..], &["m".into(), "v".into()][..]));
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The states have another structure, or a state another shape.
    Mismatch(MismatchKind),
    /// A NaN where a state lives; NaN is the padding of nodes without the mechanism.
    Nan {
        /// The node, or for a synapse state the synapse.
        node: usize,
    },
    /// The state still has its observables: one entry for each node.
    NotStripped {
        /// The number of dynamic entries.
        expected: usize,
        /// The number of nodes.
        found: usize,
    },
    /// The state has as many entries as are dynamic: it has lost its observables already.
    Stripped {
        /// The number of nodes.
        expected: usize,
        /// The number of dynamic entries.
        found: usize,
    },
    /// An observable among the dynamic states.
    Observable,
    /// A state among the dynamic ones that is excluded by name.
    Excluded,
    /// A state of nodes that has not one value for each node.
    NotPerNode {
        /// The number of nodes.
        nodes: usize,
        /// The shape that is there.
        found: Vec<usize>,
    },
    /// A branchpoint that is no node.
    Branchpoint {
        /// The index that was given.
        index: usize,
        /// The number of nodes.
        nodes: usize,
    },
    /// States that are to be excluded and are not there.
    NoSuchState {
        /// The names that were given.
        names: Vec<String>,
        /// The names of the states that there are.
        states: Vec<String>,
    },
    /// A current that is to be excluded, and is no state.
    ExcludedCurrent {
        /// The name that was given.
        name: String,
    },
    /// A name that several states have, so that only a path tells which is meant.
    Ambiguous {
        /// The name that was given.
        name: String,
        /// The paths of these states.
        paths: Vec<KeyPath>,
    },
    /// A function that gives vectors of different lengths.
    OutputLength {
        /// How many values it gave at first.
        expected: usize,
        /// How many it gave later.
        found: usize,
        /// The first and the last column of the Jacobian that it was then called for.
        columns: [usize; 2],
    },
    /// A matrix that has not as many rows and columns as the vector has elements.
    Matrix {
        /// The number of rows and of columns there should be.
        expected: [usize; 2],
        /// The number of rows and of columns there are.
        found: [usize; 2],
    },
    /// What the module says.
    Module(Box<dyn std::error::Error + Send + Sync>),
}

/// How many problems are printed; [`Error::problems`] has them all.
const SHOWN: usize = 12;

impl Error {
    pub(crate) fn new(argument: impl Into<Cow<'static, str>>, problems: Vec<Problem>) -> Self {
        Error { argument: argument.into(), problems }
    }

    /// An error about a whole argument.
    pub(crate) fn about(argument: &'static str, kind: ProblemKind) -> Self {
        Error::new(argument, vec![Problem { path: KeyPath::root(), kind }])
    }

    /// All mismatches of `error` as problems of `argument`.
    pub(crate) fn from_pytree(argument: &'static str, error: &pytree::Error) -> Self {
        Error::new(argument, Problem::from_pytree(error))
    }

    /// An error about `argument` if there are `problems`.
    pub(crate) fn unless_none(argument: &'static str, problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Error::new(argument, problems)) }
    }

    /// What is wrong: the argument by its name (`all_states`, `vector`, ...), or what the module hands
    /// out (`initial states`, `branchpoints`, `currents`).
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let error = utils.unflatten(array![0.1].view()).unwrap_err();
    /// assert_eq!(error.argument(), "vector");
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn argument(&self) -> &str {
        &self.argument
    }

    /// Everything that is wrong; never empty. Of one list of states, what is missing or extra comes
    /// before what is wrong with the others, and each is in the order of the states.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let error = utils.unflatten(array![0.1, f64::NAN, f64::NAN].view()).unwrap_err();
    /// assert_eq!(error.problems().len(), 2);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

/// What [`Display`] prints: `main` and `unwrap` show errors this way.
impl Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.problems.as_slice() {
            [Problem { kind: ProblemKind::Module(error), .. }] => Some(&**error),
            _ => None,
        }
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [only] => write!(f, "{}: {only}", self.argument),
            many => {
                write!(f, "{}: {} problems:", self.argument, many.len())?;
                many.iter().take(SHOWN).try_for_each(|problem| write!(f, "\n  {problem}"))?;
                match many.len().saturating_sub(SHOWN) {
                    0 => Ok(()),
                    more => write!(f, "\n  and {more} more"),
                }
            }
        }
    }
}

impl Problem {
    /// The mismatches of `error`, or its text if it has none.
    pub(crate) fn from_pytree(error: &pytree::Error) -> Vec<Self> {
        let problem = |path: &KeyPath, kind: &MismatchKind| Problem {
            path: path.clone(),
            kind: ProblemKind::Mismatch(kind.clone()),
        };
        match error.mismatches() {
            [] => {
                vec![problem(&KeyPath::root(), &MismatchKind::Other(error.to_string().into()))]
            }
            mismatches => mismatches.iter().map(|each| problem(&each.path, &each.kind)).collect(),
        }
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.keys().is_empty() {
            write!(f, "at {}: ", self.path)?;
        }
        match &self.kind {
            ProblemKind::Mismatch(kind) => Display::fmt(kind, f),
            ProblemKind::Nan { node } => write!(f, "NaN at index {node}, where a state lives"),
            ProblemKind::NotStripped { expected, found } => write!(
                f,
                "expected the {expected} dynamic entries, found all {found}; \
                 call remove_observables first"
            ),
            ProblemKind::Stripped { expected, found } => write!(
                f,
                "expected one value for each of the {expected} nodes, found the {found} dynamic \
                 entries; its observables have been removed already"
            ),
            ProblemKind::Excluded => f.write_str("this state is excluded by name"),
            ProblemKind::Observable => f.write_str(
                "this is an observable and no dynamic state; call remove_observables first",
            ),
            ProblemKind::NotPerNode { nodes, found } => {
                write!(f, "expected one value for each of the {nodes} nodes, found shape {found:?}")
            }
            ProblemKind::Branchpoint { index, nodes } => {
                write!(f, "branchpoint {index} is none of the {nodes} nodes")
            }
            ProblemKind::NoSuchState { names, states } => {
                let (names, states) = (names.join(", "), states.join(", "));
                write!(f, "there is no state {names}; the states are {states}")
            }
            ProblemKind::ExcludedCurrent { name } => {
                write!(
                    f,
                    "{name} is a current and no state, so that it is not in the vector anyway"
                )
            }
            ProblemKind::Ambiguous { name, paths } => {
                let paths: Vec<_> = paths.iter().map(ToString::to_string).collect();
                write!(f, "{name} is the name of several states; give one of {}", paths.join(", "))
            }
            ProblemKind::Matrix { expected, found } => write!(
                f,
                "expected {} rows and {} columns, found {} rows and {} columns",
                expected[0], expected[1], found[0], found[1]
            ),
            ProblemKind::OutputLength { expected, found, columns: [first, last] } => write!(
                f,
                "the function gave {expected} values at first and {found} for columns {first} to \
                 {last}: give as many each time"
            ),
            ProblemKind::Module(error) => Display::fmt(error, f),
        }
    }
}
