use std::fmt::{self, Display, Write};

use crate::path::key::{Key, KeyPath, write_repr};
use crate::path::parse::{NotParsed, Scan, is_in_name};

/// Matches the paths of many nodes, as `*.rs` matches many files.
///
/// | pattern | matches |
/// |---|---|
/// | `layers[0].w`, `.layers[0].w` | only this path; the first dot may be omitted |
/// | `layers[*].w` | `.w` at any position of `.layers` |
/// | `w?`, `.*_init`, `.*` | attributes: `?` matches any character, `*` any number of characters |
/// | `['HH_*']` | string keys of a dict, in the same way |
/// | `**.b` | `.b` at any depth: `**` matches any number of keys of any kind, also none |
/// | `layers[0].**` | `.layers[0]` and every node under it |
/// | `**.w \| **.scale` | paths that match one of the alternatives |
/// | `layers[*].* \| !**.b` | paths that match an alternative without `!`, and none with a `!` |
/// | `!**.b` | all paths except `.b` at any depth: without an alternative that lacks a `!`, all others match |
///
/// A backslash escapes a character: `['2\*x']` matches the key `2*x`. In quotes, the escapes of a [`KeyPath`] are valid
/// too. `[*]` matches positions and integer keys, `['*']` string keys, `.*` attributes. An empty pattern matches only
/// the root. The order of the alternatives does not matter; those with a `!` print last. After a dot, a `!` is part of
/// the name.
///
/// A pattern prints with the first dot, and parses back. Matching takes at most the length of the path times that of
/// the pattern.
///
/// ```
/// use pytree::{KeyPath, Pattern};
/// let weights: Pattern = "layers[*].w | **['w_*']".parse()?;
/// let path: KeyPath = ".layers[12].w".parse()?;
/// assert!(weights.matches(&path));
/// assert!(!weights.matches(&".layers[12].b".parse()?));
/// assert_eq!(weights.to_string(), ".layers[*].w | **['w_*']");
/// assert_eq!(Pattern::from(&path).to_string(), ".layers[12].w");
///
/// let but_biases: Pattern = "layers[*].* | !**.b".parse()?;
/// assert!(but_biases.matches(&path));
/// assert!(!but_biases.matches(&".layers[12].b".parse()?));
///
/// let error = "layers[*.w".parse::<Pattern>().unwrap_err();
/// assert_eq!(error.to_string(), r#"not a pattern: "layers[*.w" has "." at byte 8; expected `]`"#);
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "filter_spec")]
#[doc(alias = "mask")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// A path that the pattern matches has to match one of these, unless the list is empty.
    included: Vec<Steps>,
    /// A path that the pattern matches must not match any of these.
    excluded: Vec<Steps>,
}

/// Matches a path: an alternative of a pattern.
pub(crate) type Steps = Vec<Wild<Step>>;

/// Matches items of a sequence: the keys of a path, or the characters of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Wild<T> {
    /// Any number of any items: `**`, or `*` in a name.
    Many,
    /// One item.
    One(T),
}

/// Matches one key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    GetAttr(Glob),
    /// A certain position or integer key; any if `None`.
    Sequence(Option<Key>),
    Dict(Glob),
}

/// Matches a name. `One(None)` is `?`, any character.
pub(crate) type Glob = Vec<Wild<Option<char>>>;

impl Pattern {
    /// Whether the pattern matches the whole of `path`.
    ///
    /// ```
    /// use pytree::{KeyPath, Pattern};
    /// let all: Pattern = "**".parse()?;
    /// assert!(all.matches(&KeyPath::root()) && all.matches(&".w[1]".parse()?));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn matches(&self, path: &KeyPath) -> bool {
        let fits = |steps: &Steps| fits(steps, path.keys().iter(), Step::fits);
        let included = self.included.is_empty() || self.included.iter().any(fits);
        included && !self.excluded.iter().any(fits)
    }

    /// The number of alternatives: those without a `!` first, then those with one.
    pub(crate) fn num_alternatives(&self) -> usize {
        self.included.len() + self.excluded.len()
    }

    /// Whether this alternative has a `!`.
    pub(crate) fn excludes(&self, alternative: usize) -> bool {
        alternative >= self.included.len()
    }

    /// Whether every alternative has a `!`.
    pub(crate) fn only_excludes(&self) -> bool {
        self.included.is_empty()
    }

    /// The alternatives: those without a `!` first, then those with one.
    pub(crate) fn alternatives(&self) -> impl Iterator<Item = &Steps> {
        self.included.iter().chain(&self.excluded)
    }

    /// The pattern of these alternatives, without a `!`.
    pub(crate) fn only(&self, alternatives: &[usize]) -> Pattern {
        let steps = alternatives.iter().map(|alternative| {
            let excluded = alternative.checked_sub(self.included.len());
            excluded.map_or_else(|| &self.included[*alternative], |index| &self.excluded[index])
        });
        Pattern { included: steps.cloned().collect(), excluded: Vec::new() }
    }

    /// The alternatives of all patterns as those of one pattern, without a `!`.
    pub(crate) fn any_of<'p>(patterns: impl Iterator<Item = &'p Pattern>) -> Pattern {
        let steps = patterns.flat_map(Pattern::alternatives).cloned();
        Pattern { included: steps.collect(), excluded: Vec::new() }
    }

    /// The pattern without the position that its only alternative ends in; `None` if it does not end in one.
    pub(crate) fn without_position(&self) -> Option<Pattern> {
        let [steps] = self.included.as_slice() else { return None };
        let (Wild::One(Step::Sequence(_)), steps) = steps.split_last()? else { return None };
        Some(Pattern { included: vec![steps.to_vec()], excluded: Vec::new() })
    }

    /// The first alternative as characters, which are compared with those of a path in the search for a typo. Every
    /// key, whatever its kind, is a dot and a name, so `['w']` is similar to `.w`.
    pub(crate) fn characters(&self) -> Glob {
        let mut characters = Vec::new();
        for step in self.included.first().into_iter().flatten() {
            let Wild::One(step) = step else {
                characters.push(Wild::Many);
                continue;
            };
            characters.push(Wild::One(Some('.')));
            match step {
                Step::GetAttr(glob) | Step::Dict(glob) => characters.extend_from_slice(glob),
                Step::Sequence(None) => characters.push(Wild::Many),
                Step::Sequence(Some(index)) => characters.extend(literal(&index.name())),
            }
        }
        characters
    }
}

impl Step {
    /// The only key that the step matches; `None` if the step has a wildcard.
    pub(crate) fn literal(&self) -> Option<Key> {
        let name = |glob: &Glob| {
            let character = |wild: &Wild<Option<char>>| match wild {
                Wild::One(Some(c)) => Some(*c),
                _ => None,
            };
            glob.iter().map(character).collect::<Option<String>>()
        };
        match self {
            Step::GetAttr(glob) => name(glob).map(|name| Key::GetAttr(name.into())),
            Step::Dict(glob) => name(glob).map(|name| Key::Dict(name.into())),
            Step::Sequence(key) => key.clone(),
        }
    }

    pub(crate) fn fits(&self, key: &Key) -> bool {
        let named = |glob: &Glob, name: &str| {
            fits(glob, name.chars(), |one, c| one.is_none_or(|one| one == c))
        };
        match (self, key) {
            (Step::GetAttr(glob), Key::GetAttr(name)) => named(glob, name),
            (Step::Dict(glob), Key::Dict(name)) => named(glob, name),
            (Step::Sequence(position), Key::Sequence(_) | Key::Int(_)) => {
                position.as_ref().is_none_or(|position| position == key)
            }
            _ => false,
        }
    }
}

/// Whether the pattern matches the whole sequence of items; `one` compares with one item.
///
/// On a mismatch, only the last `Many` is tried again, with one item more. Trying an earlier one is not needed: the
/// last `Many` can match every item that an earlier one would take in addition. So the time is at most the product of
/// both lengths, where a search of all combinations would be exponential.
fn fits<T, I: Copy>(
    pattern: &[Wild<T>],
    mut items: impl Iterator<Item = I> + Clone,
    one: impl Fn(&T, I) -> bool,
) -> bool {
    let mut remaining = pattern;
    // The pattern after the last `Many`, and the items that it was tried with last.
    let mut retry = None;
    loop {
        let mut after_item = items.clone();
        match (remaining.split_first(), after_item.next()) {
            (Some((Wild::Many, [])), _) | (None, None) => return true,
            (Some((Wild::Many, after)), _) => {
                remaining = after;
                retry = Some((after, items.clone()));
                continue;
            }
            (Some((Wild::One(wanted), after)), Some(item)) if one(wanted, item) => {
                remaining = after;
                items = after_item;
                continue;
            }
            _ => {}
        }
        let Some((after, from)) = &mut retry else { return false };
        if from.next().is_none() {
            return false;
        }
        remaining = after;
        items = from.clone();
    }
}

/// A name without wildcards.
fn literal(name: &str) -> impl Iterator<Item = Wild<Option<char>>> {
    name.chars().map(|c| Wild::One(Some(c)))
}

/// The pattern that matches only `path`.
impl From<&KeyPath> for Pattern {
    fn from(path: &KeyPath) -> Self {
        let step = |key: &Key| match key {
            Key::GetAttr(name) => Step::GetAttr(literal(name).collect()),
            Key::Sequence(_) | Key::Int(_) => Step::Sequence(Some(key.clone())),
            Key::Dict(name) => Step::Dict(literal(name).collect()),
        };
        let steps = path.keys().iter().map(|key| Wild::One(step(key))).collect();
        Pattern { included: vec![steps], excluded: Vec::new() }
    }
}

/// Whether a character without a backslash ends a name.
fn ends_name(c: char) -> bool {
    !is_in_name(c) || c == '|'
}

/// Parses what [`Pattern`] prints, with or without the first dot of each alternative.
pub(crate) fn parse_pattern(text: &str) -> Result<Pattern, NotParsed> {
    if text.is_empty() {
        return Ok(Pattern::from(&KeyPath::root()));
    }
    let mut scan = Scan { text, at: 0 };
    let mut pattern = Pattern { included: Vec::new(), excluded: Vec::new() };
    loop {
        scan.take_while(|c| c == ' ');
        let excludes = scan.take_while(|c| c == '!');
        match excludes {
            "" => pattern.included.push(alternative(&mut scan)?),
            "!" => pattern.excluded.push(alternative(&mut scan)?),
            _ => {
                return Err(NotParsed::new(scan.at - excludes.len()..scan.at, "a single `!`"));
            }
        }
        scan.take_while(|c| c == ' ');
        match scan.next() {
            None => return Ok(pattern),
            Some('|') => {}
            Some(c) => return Err(scan.unexpected(scan.at - c.len_utf8(), "`.`, `[` or `|`")),
        }
    }
}

fn alternative(scan: &mut Scan<'_>) -> Result<Steps, NotParsed> {
    let mut steps = Vec::new();
    loop {
        let step = match scan.peek() {
            Some('[') => {
                scan.next();
                subscript(scan)?
            }
            Some('.') => {
                scan.next();
                attribute(scan, "a name or `**`")?
            }
            _ if steps.is_empty() => attribute(scan, "a name, `[` or `**`")?,
            _ => return Ok(steps),
        };
        // `**.**` matches the same paths as `**`.
        if step != Wild::Many || steps.last() != Some(&Wild::Many) {
            steps.push(step);
        }
    }
}

fn attribute(scan: &mut Scan<'_>, expected: &'static str) -> Result<Wild<Step>, NotParsed> {
    if let Some(after) = scan.text[scan.at..].strip_prefix("**")
        && after.chars().next().is_none_or(ends_name)
    {
        scan.at += 2;
        return Ok(Wild::Many);
    }
    let start = scan.at;
    let mut glob = Glob::new();
    while let Some(c) = scan.peek().filter(|c| !ends_name(*c)) {
        scan.next();
        if c == '\\' {
            let at = scan.at;
            let escaped = scan.next().filter(|c| ends_name(*c) || "*?\\".contains(*c));
            glob.push(Wild::One(Some(escaped.ok_or_else(|| scan.unexpected(at, "an escape"))?)));
        } else {
            push_glob(&mut glob, c, scan)?;
        }
    }
    if glob.is_empty() {
        Err(scan.unexpected(start, expected))
    } else {
        Ok(one(Step::GetAttr(glob)))
    }
}

fn subscript(scan: &mut Scan<'_>) -> Result<Wild<Step>, NotParsed> {
    let start = scan.at;
    let step = match scan.peek() {
        Some('*') => {
            scan.next();
            Step::Sequence(None)
        }
        Some(c) if c == '-' || c.is_ascii_digit() => Step::Sequence(Some(scan.integer()?)),
        Some(quote @ ('\'' | '"')) => {
            scan.next();
            Step::Dict(quoted(scan, quote)?)
        }
        _ => return Err(scan.unexpected(start, "a position, `*` or a key in quotes")),
    };
    scan.closing_bracket()?;
    Ok(one(step))
}

fn quoted(scan: &mut Scan<'_>, quote: char) -> Result<Glob, NotParsed> {
    let mut glob = Glob::new();
    loop {
        match scan.next() {
            Some(c) if c == quote => return Ok(glob),
            Some('\\') => glob.push(Wild::One(Some(match scan.peek() {
                Some(c @ ('*' | '?')) => {
                    scan.next();
                    c
                }
                _ => scan.escape()?,
            }))),
            Some(c) => push_glob(&mut glob, c, scan)?,
            None => return Err(scan.unexpected(scan.at, "the closing quote")),
        }
    }
}

/// Appends `c`, which was read last, as a wildcard or a literal.
fn push_glob(glob: &mut Glob, c: char, scan: &Scan<'_>) -> Result<(), NotParsed> {
    glob.push(match c {
        '*' if glob.last() == Some(&Wild::Many) => {
            let expected = "a single `*` (`**` stands for whole keys, as in `.**`)";
            return Err(NotParsed::new(scan.at - 2..scan.at, expected));
        }
        '*' => Wild::Many,
        '?' => Wild::One(None),
        c => Wild::One(Some(c)),
    });
    Ok(())
}

fn one(step: Step) -> Wild<Step> {
    Wild::One(step)
}

impl Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let included = self.included.iter().map(|steps| ("", steps));
        let excluded = self.excluded.iter().map(|steps| ("!", steps));
        for (i, (sign, steps)) in included.chain(excluded).enumerate() {
            f.write_str(if i == 0 { "" } else { " | " })?;
            f.write_str(sign)?;
            for (j, step) in steps.iter().enumerate() {
                match step {
                    Wild::Many => f.write_str(if j == 0 { "**" } else { ".**" })?,
                    Wild::One(step) => Display::fmt(step, f)?,
                }
            }
        }
        Ok(())
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::GetAttr(glob) => {
                f.write_str(".")?;
                write_glob(f, glob, |f, c| {
                    f.write_str(if ends_name(c) || c == '\\' { "\\" } else { "" })?;
                    f.write_char(c)
                })
            }
            Step::Sequence(None) => f.write_str("[*]"),
            Step::Sequence(Some(index)) => write!(f, "{index}"),
            Step::Dict(glob) => {
                let has = |c| glob.contains(&Wild::One(Some(c)));
                let quote = if has('\'') && !has('"') { '"' } else { '\'' };
                write!(f, "[{quote}")?;
                write_glob(f, glob, |f, c| match c {
                    c if c == quote => write!(f, "\\{c}"),
                    '\'' | '"' => f.write_char(c),
                    c => {
                        let mut repr = String::new();
                        write_repr(&mut repr, c.encode_utf8(&mut [0; 4]))?;
                        f.write_str(&repr[1..repr.len() - 1])
                    }
                })?;
                write!(f, "{quote}]")
            }
        }
    }
}

fn write_glob(
    f: &mut fmt::Formatter<'_>,
    glob: &Glob,
    literal: impl Fn(&mut fmt::Formatter<'_>, char) -> fmt::Result,
) -> fmt::Result {
    glob.iter().try_for_each(|wild| match wild {
        Wild::Many => f.write_char('*'),
        Wild::One(None) => f.write_char('?'),
        Wild::One(Some(c @ ('*' | '?'))) => write!(f, "\\{c}"),
        Wild::One(Some(c)) => literal(f, *c),
    })
}
