use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{self, Debug, Display};

use pytree::KeyPath;
use pytree::error::{Mismatch, write_places};

/// What is wrong with the states, a vector or the module: every problem, not only the first.
///
/// ```
/// use dynamics::{ProblemKind, build_dynamic_state_utils, example::Cell};
///
/// let utils = build_dynamic_state_utils(&Cell)?;
/// let mut states = Cell.all_states();
/// states.insert("v".into(), ndarray::array![-70.0, -1.0, f64::NAN]);
/// let error = utils.remove_observables(&states).unwrap_err();
/// assert_eq!(error.argument(), "all_states");
/// assert_eq!(error.problems()[0].kind(), ProblemKind::Nan { index: 2 });
/// assert_eq!(
///     error.to_string(),
///     "all_states: v[2] is NaN, but it is part of the vector; only padding may be NaN",
/// );
/// # Ok::<(), dynamics::Error>(())
/// ```
pub struct Error {
    argument: Cow<'static, str>,
    problems: Vec<Problem>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// One thing that is wrong, and the state that it is wrong with.
///
/// ```
/// use dynamics::{ProblemKind, build_dynamic_state_utils, example::Cell};
///
/// let utils = build_dynamic_state_utils(&Cell)?;
/// let error = utils.flatten(&Cell.all_states()).unwrap_err();
/// let [i_leak, _, v] = error.problems() else { panic!("{error}") };
/// assert_eq!((i_leak.path().to_string(), i_leak.kind()), ("['i_leak']".into(), ProblemKind::Observable));
/// assert_eq!(
///     v.to_string(),
///     "at ['v']: expected the 2 dynamic entries, found all 3; call remove_observables first",
/// );
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    path: KeyPath,
    kind: ProblemKind,
    text: String,
}

/// The kinds of [`Problem`], as far as a program can do something about them. The text has the details.
///
/// ```
/// use dynamics::{ProblemKind, build_dynamic_state_utils, example::Cell};
///
/// let utils = build_dynamic_state_utils(&Cell)?;
/// let error = utils.excluding(&["n"]).err().unwrap();
/// assert_eq!(error.problems()[0].kind(), ProblemKind::Name);
/// assert_eq!(error.to_string(), r#"excluded: no state is called "n"; the states are "m", "v""#);
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A tree, a vector or a matrix has another structure, shape or length.
    Mismatch,
    /// An observable or an excluded state is among the dynamic states: call
    /// [`remove_observables`](crate::DynamicStateUtils::remove_observables) first.
    Observable,
    /// An entry of the vector is NaN.
    Nan {
        /// The node, or for a synapse state the synapse. In a [`Run`](crate::Run), the index in the vector.
        index: usize,
    },
    /// No state has the name that was given, or several have it.
    Name,
    /// The module contradicts itself: a branchpoint is not a node, a membrane state or current does not have
    /// one value for each node, or a current is not computed.
    Module,
    /// The module failed to compute its currents, or the step of the simulator failed: see
    /// [`Error::source`](std::error::Error::source).
    Failed,
}

impl Error {
    pub(crate) fn new(argument: impl Into<Cow<'static, str>>, problems: Vec<Problem>) -> Self {
        Error { argument: argument.into(), problems, source: None }
    }

    /// An error about `argument` as a whole.
    pub(crate) fn about(
        argument: impl Into<Cow<'static, str>>,
        kind: ProblemKind,
        text: String,
    ) -> Self {
        Error::new(argument, vec![Problem::about_all(kind, text)])
    }

    /// An error about `argument` with the mismatches of `error`.
    pub(crate) fn from_pytree(argument: &'static str, error: &pytree::Error) -> Self {
        Error::new(argument, Problem::from_pytree(ProblemKind::Mismatch, error))
    }

    /// The error `source` of the module (`currents`) or of the simulator (`step`).
    pub(crate) fn failed(
        argument: impl Into<Cow<'static, str>>,
        source: Box<dyn StdError + Send + Sync>,
    ) -> Self {
        let error = Error::about(argument, ProblemKind::Failed, source.to_string());
        Error { source: Some(source), ..error }
    }

    /// An error about `argument` if there are `problems`.
    pub(crate) fn unless_none(argument: &'static str, problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Error::new(argument, problems)) }
    }

    /// What is wrong: an argument by its name (`all_states`, `vector`, ...), or what the module
    /// provides (`initial states`, `branchpoints`, `currents`).
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let error = utils.unflatten(&[0.1]).unwrap_err();
    /// assert_eq!(error.argument(), "vector");
    /// assert_eq!(error.to_string(), "vector: expected length 3, found 1");
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn argument(&self) -> &str {
        &self.argument
    }

    /// Everything that is wrong; never empty. Missing and unknown states come first, then the others
    /// in the order of the states.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let error = utils.unflatten(&[0.1, f64::NAN, f64::NAN]).unwrap_err();
    /// assert_eq!(error.problems().len(), 2);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

/// The same text as [`Display`], because `main` and `unwrap` print errors with [`Debug`].
impl Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_places(f, &self.argument, &self.problems)
    }
}

impl Problem {
    pub(crate) fn new(path: KeyPath, kind: ProblemKind, text: String) -> Self {
        Problem { path, kind, text }
    }

    /// A problem that is not about a single state.
    pub(crate) fn about_all(kind: ProblemKind, text: String) -> Self {
        Problem::new(KeyPath::root(), kind, text)
    }

    /// The mismatches of `error`, or its text if it has none.
    pub(crate) fn from_pytree(kind: ProblemKind, error: &pytree::Error) -> Vec<Self> {
        match error.mismatches() {
            [] => vec![Problem::about_all(kind, error.to_string())],
            mismatches => {
                let problem =
                    |each: &Mismatch| Problem::new(each.path.clone(), kind, each.kind.to_string());
                mismatches.iter().map(problem).collect()
            }
        }
    }

    /// The state; the root if the problem is not about a single state.
    ///
    /// ```
    /// use dynamics::{build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let error = utils.unflatten(&[0.1, -70.0, f64::NAN]).unwrap_err();
    /// assert_eq!(error.problems()[0].path().to_string(), "['v']");
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn path(&self) -> &KeyPath {
        &self.path
    }

    /// What is wrong with it.
    ///
    /// ```
    /// use dynamics::{ProblemKind, build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let error = utils.unflatten(&[0.1, -70.0, f64::NAN]).unwrap_err();
    /// assert_eq!(error.problems()[0].kind(), ProblemKind::Nan { index: 2 });
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn kind(&self) -> ProblemKind {
        self.kind
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The label of an entry says where it is.
        if !self.path.keys().is_empty() && !matches!(self.kind, ProblemKind::Nan { .. }) {
            write!(f, "at {}: ", self.path)?;
        }
        f.write_str(&self.text)
    }
}
