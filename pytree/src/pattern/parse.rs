use std::ops::Range;
use std::str::FromStr;

use crate::error::error::Error;
use crate::error::mismatch::MismatchKind;
use crate::path::key::{Key, KeyPath};

/// Parses what [`KeyPath`] prints: `.name`, `[3]`, `[-2]`, `['key']` and `["it's"]`, one after the other.
///
/// In quotes the escapes of Python's `repr` are understood: `\\`, `\'`, `\"`, `\n`, `\r`, `\t`,
/// `\xhh`, `\uhhhh`, `\Uhhhhhhhh`.
///
/// # Errors
/// Says which bytes of the text do not fit, and what belongs there. A path without the dot at the front
/// is told with the dot, a key without quotes with quotes, and a name alone as an attribute and as a key:
///
/// ```
/// use pytree::KeyPath;
/// let error = "HH_m".parse::<KeyPath>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "not a key path: \"HH_m\" has \"H\" at byte 0 for `.` or `[`; did you mean .HH_m or ['HH_m']?"
/// );
/// ```
impl FromStr for KeyPath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut scan = Scan { subject: "not a key path", text, at: 0 };
        let mut path = KeyPath::root();
        while let Some(c) = scan.next() {
            path.push(match c {
                '.' => scan.attribute()?,
                '[' => scan.subscript()?,
                c => {
                    let at = scan.at - c.len_utf8()..scan.at;
                    let meant = if at.start == 0 { meant_by(text) } else { Vec::new() };
                    return Err(scan.not_parsed(at, "`.` or `[`", meant));
                }
            });
        }
        Ok(path)
    }
}

/// The paths that may be meant by a text that begins with a name, without a sign of what kind of key it
/// is: an attribute; also a key of a dict, unless an attribute follows; a position, if it is a number.
fn meant_by(text: &str) -> Vec<KeyPath> {
    let rest = text.trim_start_matches(is_in_name);
    let name = &text[..text.len() - rest.len()];
    if name.is_empty() {
        return Vec::new();
    }
    let Ok(rest) = rest.parse::<KeyPath>() else { return Vec::new() };
    let position = name.parse().ok().filter(|index: &usize| index.to_string() == name);
    let is_attribute = |key: &Key| matches!(key, Key::GetAttr(_));
    let attribute = Key::GetAttr(name.to_string().into());
    let first = match position {
        Some(index) => vec![Key::Sequence(index)],
        None if rest.keys().iter().any(is_attribute) => vec![attribute],
        None => vec![attribute, Key::Dict(name.into())],
    };
    let rest = || rest.keys().iter().cloned();
    first.into_iter().map(|key| std::iter::once(key).chain(rest()).collect()).collect()
}

/// Whether the name of an attribute can have this character.
fn is_in_name(c: char) -> bool {
    !c.is_whitespace() && !".[]'\"".contains(c)
}

/// A text and how far it has been read.
pub(crate) struct Scan<'t> {
    /// What is said of a text that does not parse.
    pub subject: &'static str,
    pub text: &'t str,
    pub at: usize,
}

impl<'t> Scan<'t> {
    pub(crate) fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    pub(crate) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// The longest run of characters from here that `belongs`.
    pub(crate) fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'t str {
        let rest = &self.text[self.at..];
        let run = &rest[..rest.find(|c| !belongs(c)).unwrap_or(rest.len())];
        self.at += run.len();
        run
    }

    fn attribute(&mut self) -> Result<Key, Error> {
        let name = self.take_while(is_in_name);
        if name.is_empty() {
            return Err(self.unfit(self.at, "a name"));
        }
        Ok(Key::GetAttr(name.to_string().into()))
    }

    fn subscript(&mut self) -> Result<Key, Error> {
        let start = self.at;
        let key = match self.next() {
            Some(quote @ ('\'' | '"')) => Key::Dict(self.quoted(quote)?.into()),
            Some(c) if c == '-' || c.is_ascii_digit() => {
                self.at = start;
                self.integer()?
            }
            _ => return Err(self.without_quotes(start)),
        };
        self.closing_bracket()?;
        Ok(key)
    }

    /// The error that says that neither a position nor a key in quotes is at `start`. A name in brackets
    /// is told with its quotes.
    fn without_quotes(&self, start: usize) -> Error {
        let len = self.text[start..].chars().next().map_or(0, char::len_utf8);
        let (before, rest) = self.text.split_at(start);
        let name = rest.split_once(']').filter(|(name, _)| name.starts_with(char::is_alphabetic));
        let meant = name.and_then(|(name, after)| {
            let key = Key::Dict(name.into());
            format!("{}{key}{after}", &before[..start - 1]).parse().ok()
        });
        let expected = "a position or a key in quotes";
        self.not_parsed(start..start + len, expected, meant.into_iter().collect())
    }

    /// An integer: a position if it can be one.
    pub(crate) fn integer(&mut self) -> Result<Key, Error> {
        let start = self.at;
        self.take_while(|c| c == '-' || c.is_ascii_digit());
        let digits = &self.text[start..self.at];
        let integer: Option<i128> = digits.parse().ok();
        // One way to write a number, so that printing gives the text again.
        let integer = integer.filter(|integer| integer.to_string() == digits).ok_or_else(|| {
            let expected = "an integer of at most 128 bits, without leading zeros";
            self.unfit_range(start..self.at, expected)
        })?;
        Ok(usize::try_from(integer).map_or(Key::Int(integer), Key::Sequence))
    }

    pub(crate) fn closing_bracket(&mut self) -> Result<(), Error> {
        match self.next() {
            Some(']') => Ok(()),
            Some(c) => Err(self.unfit(self.at - c.len_utf8(), "`]`")),
            None => Err(self.unfit(self.at, "`]`")),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, Error> {
        let mut key = String::new();
        loop {
            match self.next() {
                Some(c) if c == quote => return Ok(key),
                Some('\\') => key.push(self.escape()?),
                Some(c) => key.push(c),
                None => return Err(self.unfit(self.at, "the closing quote")),
            }
        }
    }

    pub(crate) fn escape(&mut self) -> Result<char, Error> {
        let start = self.at;
        let digits = match self.next() {
            Some(c @ ('\\' | '\'' | '"')) => return Ok(c),
            Some('n') => return Ok('\n'),
            Some('r') => return Ok('\r'),
            Some('t') => return Ok('\t'),
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            _ => return Err(self.unfit(start, "an escape")),
        };
        let mut code = 0;
        for _ in 0..digits {
            let digit = self.peek().and_then(|c| c.to_digit(16));
            code = code * 16 + digit.ok_or_else(|| self.unfit(self.at, "a hexadecimal digit"))?;
            self.at += 1;
        }
        char::from_u32(code).ok_or_else(|| self.unfit_range(start..self.at, "a code point"))
    }

    /// The character at `start` (or the end of the text) stands where `expected` belongs.
    pub(crate) fn unfit(&self, start: usize, expected: &'static str) -> Error {
        let len = self.text[start..].chars().next().map_or(0, char::len_utf8);
        self.unfit_range(start..start + len, expected)
    }

    pub(crate) fn unfit_range(&self, at: Range<usize>, expected: &'static str) -> Error {
        self.not_parsed(at, expected, Vec::new())
    }

    fn not_parsed(&self, at: Range<usize>, expected: &'static str, meant: Vec<KeyPath>) -> Error {
        let text = self.text.to_string();
        Error::at_root(self.subject, MismatchKind::Parse { text, at, expected, meant })
    }
}
