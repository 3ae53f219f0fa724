use std::fmt::{self, Display};

/// What a function of this crate returns instead of a result.
///
/// [`kind`](Self::kind) is for code. The text is for people: it names the part of the module, both
/// sides where two things disagree, and what to do.
///
/// ```
/// use cable::{Branch, Build, Compartment, ErrorKind};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let branch = Branch::new(&Compartment::new(), 2)?;
/// let error = branch.view().comp(5).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Index);
/// let text = "branch.comp(5) refers to index 5, but there are 2 compartments: count them from 0";
/// assert_eq!(error.to_string(), text);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CableError {
    kind: ErrorKind,
    text: String,
}

/// What a [`CableError`] is about.
///
/// ```
/// use cable::{Build, Compartment, ErrorKind};
///
/// let error = Compartment::new().build(f64::NAN).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Value);
/// assert_eq!(error.to_string(), "delta_t is NaN ms: give a positive, finite time step");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text of a file is not one of a module (JSON) or of a neuron (SWC).
    Text,
    /// A key, a name or a kind of mechanism does not exist.
    Unknown,
    /// The description of a module, or the states or parameters that are passed, lack an array.
    Missing,
    /// An array or a list has more or fewer entries than there are things that it describes.
    Length,
    /// An index is past the end.
    Index,
    /// A number is not finite, not positive or too large.
    Value,
    /// Two parts of a module do not fit together.
    Conflict,
    /// A module, a view or a simulation would consist of nothing.
    Empty,
    /// An error of `dynamics`.
    Dynamics,
    /// An error of `pytree`.
    Tree,
}

impl CableError {
    /// What the error is about.
    ///
    /// ```
    /// use cable::{Build, Compartment, ErrorKind};
    ///
    /// let mut comp = Compartment::new();
    /// assert_eq!(comp.set("radios", 2.0).unwrap_err().kind(), ErrorKind::Unknown);
    /// assert_eq!(comp.set("radius", -2.0).unwrap_err().kind(), ErrorKind::Value);
    /// ```
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(crate) fn new(kind: ErrorKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }

    pub(crate) fn conflict(text: impl Into<String>) -> Self {
        Self::new(ErrorKind::Conflict, text)
    }

    /// `place` has `found` entries, and should have one for each of `expected` things, which `per`
    /// names.
    pub(crate) fn length(place: impl Display, found: usize, expected: usize, per: &str) -> Self {
        let text = format!(
            "{place} has {found} entries, but there are {expected} {per}: give one for each"
        );
        Self::new(ErrorKind::Length, text)
    }

    /// Returns the error [`length`](Self::length) unless `found == expected`.
    pub(crate) fn same_length(
        place: impl Display,
        found: usize,
        expected: usize,
        per: &str,
    ) -> Result<(), Self> {
        if found == expected { Ok(()) } else { Err(Self::length(place, found, expected, per)) }
    }

    /// `place` has an index into a list of `len` things, which `per` names, that is past its end.
    pub(crate) fn index(place: impl Display, index: usize, len: usize, per: &str) -> Self {
        let text = format!(
            "{place} refers to index {index}, but there are {len} {per}: count them from 0"
        );
        Self::new(ErrorKind::Index, text)
    }

    /// The number called `key` of `place` is not one of those `allowed`.
    pub(crate) fn value(
        key: impl Display,
        place: impl Display,
        value: impl Display,
        allowed: &str,
    ) -> Self {
        Self::new(ErrorKind::Value, format!("{key} of {place} is {value}: give {allowed}"))
    }

    /// `place` does not have `key`, but those in `known`.
    pub(crate) fn unknown<K: Display>(
        place: impl Display,
        key: &str,
        known: impl IntoIterator<Item = K>,
    ) -> Self {
        let known = similar_first(key, known);
        let key = Short(key);
        let text = if known.is_empty() {
            format!("{place} has no '{key}', nor any other: add one first")
        } else {
            format!("{place} has no '{key}': use one of [{}]", list(known))
        };
        Self::new(ErrorKind::Unknown, text)
    }

    /// `place` names `state`, which is not one of those in `known`.
    pub(crate) fn unknown_state<K: Display>(
        place: impl Display,
        state: &str,
        known: impl IntoIterator<Item = K>,
    ) -> Self {
        let known = list(similar_first(state, known));
        let state = Short(state);
        let text = format!(
            "{place} names '{state}', which is neither a state nor a current: use one of [{known}]"
        );
        Self::new(ErrorKind::Unknown, text)
    }

    /// The description of a module lacks `array`, which `place` needs.
    pub(crate) fn missing(place: impl Display, array: impl Display) -> Self {
        let text = format!("{place} needs {array}, which is missing: add it");
        Self::new(ErrorKind::Missing, text)
    }

    /// `place` has `entry` twice.
    pub(crate) fn duplicate(place: impl Display, entry: impl Display) -> Self {
        Self::conflict(format!("{place} has {entry} twice: keep one"))
    }

    /// `name` of `place`, which is to be of one kind, is already of another.
    pub(crate) fn clash(place: impl Display, name: &str, kind: &str, other: &str) -> Self {
        let name = Short(name);
        Self::conflict(format!(
            "'{name}' of {place} is of kind {kind}, but also of kind {other}: \
             change one of the names"
        ))
    }

    /// `module` consists of no `part`.
    pub(crate) fn empty(module: &str, part: &str) -> Self {
        Self::new(ErrorKind::Empty, format!("the {module} has no {part}: give at least one"))
    }
}

impl Display for CableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for CableError {}

impl From<dynamics::Error> for CableError {
    fn from(error: dynamics::Error) -> Self {
        Self::new(ErrorKind::Dynamics, error.to_string())
    }
}

impl From<pytree::Error> for CableError {
    fn from(error: pytree::Error) -> Self {
        Self::new(ErrorKind::Tree, error.to_string())
    }
}

/// A text as an error quotes it: up to 80 characters of it.
pub(crate) struct Short<'t>(pub &'t str);

impl Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(80) {
            Some((end, _)) => write!(f, "{}...", &self.0[..end]),
            None => f.write_str(self.0),
        }
    }
}

/// A number as an error prints it: of any size in a few characters.
pub(crate) struct Number(pub f64);

impl Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Unlike `Display`, `Debug` writes large and small numbers with an exponent.
        f.write_str(format!("{:?}", self.0).trim_end_matches(".0"))
    }
}

/// The first twelve of several things, each cut after 80 characters, and how many more there are.
pub(crate) fn list<K: Display>(items: impl IntoIterator<Item = K>) -> String {
    let items: Vec<_> =
        items.into_iter().map(|item| Short(&item.to_string()).to_string()).collect();
    pytree::error::list(&items, items.len(), ", ")
}

/// What is known, in its order; if it is too long to be listed, first what `key` may be a part or a
/// misspelling in upper and lower case of.
fn similar_first<K: Display>(key: &str, known: impl IntoIterator<Item = K>) -> Vec<String> {
    let mut known: Vec<_> = known.into_iter().map(|known| known.to_string()).collect();
    if known.len() > pytree::error::SHOWN {
        let key = key.to_lowercase();
        known.sort_by_cached_key(|known| {
            let known = known.to_lowercase();
            !(known.contains(&key) || key.contains(&known))
        });
    }
    known
}

/// A part of a module as an error names it. It borrows its name, which may be long and have many parts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'n> {
    Module,
    State(&'n str),
    /// A parameter, or a state that is set as one.
    Param(&'n str),
    Channel(&'n str),
    Synapse(&'n str),
    External(&'n str),
    /// A recording by its index.
    Recording(usize),
    /// What is given to a run.
    Data(&'n str),
}

impl Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module => f.write_str("the module"),
            Self::State(key) => write!(f, "state '{}'", Short(key)),
            Self::Param(key) => write!(f, "parameter '{}'", Short(key)),
            Self::Channel(name) => write!(f, "channel '{}'", Short(name)),
            Self::Synapse(name) => write!(f, "synapse '{}'", Short(name)),
            Self::External(name) => write!(f, "external '{}'", Short(name)),
            Self::Recording(index) => write!(f, "recording {index}"),
            Self::Data(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(Short(&"ä".repeat(80)).to_string(), "ä".repeat(80));
        assert_eq!(Short(&"ä".repeat(1_000_000)).to_string(), "ä".repeat(80) + "...");
    }

    #[test]
    fn numbers_of_any_size_are_short() {
        let texts = [1.0, -0.1, 1e15, 1e-200, f64::MAX, f64::NAN].map(|x| Number(x).to_string());
        let expected = ["1", "-0.1", "1000000000000000", "1e-200", "1.7976931348623157e308", "NaN"];
        assert_eq!(texts, expected);
    }

    #[test]
    fn similar_keys_are_not_cut_off() {
        let known = (0..20).map(|n| format!("A_{n:02}")).chain(["Synapse_gS".into()]);
        for key in ["gS", "synapse_gs", "My_Synapse_gS"] {
            let error = CableError::unknown("network", key, known.clone()).to_string();
            let expected = format!("network has no '{key}': use one of [Synapse_gS, A_00, A_01, ");
            assert!(error.starts_with(&expected), "{error}");
        }
    }

    #[test]
    fn a_long_list_is_cut_after_twelve() {
        assert_eq!(list(0..3), "0, 1, 2");
        assert_eq!(list(0..15), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more");
    }
}
