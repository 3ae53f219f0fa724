//! Parses key paths, and has the scanner that patterns are parsed with too.
//!
//! Parsing is one pass without recursion, so it takes time proportional to the length of the text, also if it fails.

use std::ops::Range;

use crate::path::key::{Key, KeyPath};

/// Parses what [`KeyPath`] prints, with or without the first dot.
pub(crate) fn parse_path(text: &str) -> Result<KeyPath, NotParsed> {
    let mut scan = Scan { text, at: 0 };
    let path = scan.keys()?;
    match scan.peek() {
        None => Ok(path),
        Some(_) if scan.at == 0 => Err(scan.unexpected(0, "a name, `.` or `[`")),
        Some(_) => Err(scan.unexpected(scan.at, "`.` or `[`")),
    }
}

/// Parses the label of an element, which ends in an index such as `[1,0]`, into the path that leads to it, which
/// ends in `[1][0]`; `None` if the text is not such a label.
pub(crate) fn parse_label(text: &str) -> Option<KeyPath> {
    let (path, indices) = split_index(text)?;
    let mut path = parse_path(path).ok()?;
    indices.into_iter().for_each(|index| path.push(Key::Sequence(index)));
    Some(path)
}

/// Splits a label that ends in an index, such as `[1,0]`, into the path and the index.
pub(crate) fn split_index(label: &str) -> Option<(&str, Vec<usize>)> {
    let (path, indices) = label.strip_suffix(']')?.rsplit_once('[')?;
    // As in a path, only the canonical form of a number is valid: `1`, not `01` or `+1`.
    let index = |text: &str| text.parse().ok().filter(|index: &usize| index.to_string() == text);
    Some((path, indices.split(',').map(index).collect::<Option<_>>()?))
}

/// Why a text is not a key path or not a pattern.
#[derive(Debug, PartialEq)]
pub(crate) struct NotParsed {
    /// The unexpected bytes; empty if the text ends too early.
    pub at: Range<usize>,
    /// What was expected instead.
    pub expected: &'static str,
    /// The text that the user most likely meant.
    pub meant: Option<String>,
}

/// Whether the name of an attribute can have this character. It cannot have control characters, or the byte order mark
/// that some editors write at the start of a file.
pub(crate) fn is_in_name(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !".[]'\"\u{feff}".contains(c)
}

/// A text, and the index of the first byte that has not been read.
pub(crate) struct Scan<'t> {
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

    /// Reads characters while `accept` is true.
    pub(crate) fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'t str {
        let unread = &self.text[self.at..];
        let taken = &unread[..unread.find(|c| !accept(c)).unwrap_or(unread.len())];
        self.at += taken.len();
        taken
    }

    /// Reads keys up to the end of the text, or to a character that does not begin a key.
    fn keys(&mut self) -> Result<KeyPath, NotParsed> {
        let mut path = KeyPath::root();
        loop {
            path.push(match self.peek() {
                Some('[') => {
                    self.at += 1;
                    self.subscript()?
                }
                Some('.') => {
                    self.at += 1;
                    self.attribute()?
                }
                Some(c) if self.at == 0 && is_in_name(c) => self.attribute()?,
                _ => return Ok(path),
            });
        }
    }

    fn attribute(&mut self) -> Result<Key, NotParsed> {
        let name = self.take_while(is_in_name);
        if name.is_empty() {
            return Err(self.unexpected(self.at, "a name"));
        }
        Ok(Key::GetAttr(name.to_string().into()))
    }

    fn subscript(&mut self) -> Result<Key, NotParsed> {
        let start = self.at;
        let key = match self.next() {
            Some(quote @ ('\'' | '"')) => Key::Dict(self.quoted(quote)?.into()),
            Some(c) if c == '-' || c.is_ascii_digit() => {
                self.at = start;
                self.integer()?
            }
            _ => {
                let error = self.unexpected(start, "a position or a key in quotes");
                return Err(NotParsed { meant: self.with_quotes(start), ..error });
            }
        };
        self.closing_bracket()?;
        Ok(key)
    }

    /// The text with quotes around the name in brackets that begins at `start`, if the text is short and is a key path
    /// with the quotes.
    fn with_quotes(&self, start: usize) -> Option<String> {
        /// A suggestion for a longer text would not be readable.
        const MAX_LEN: usize = 80;
        let (before, unread) = self.text.split_at(start);
        let (name, after) = unread.split_once(']')?;
        if self.text.len() > MAX_LEN || !name.starts_with(char::is_alphabetic) {
            return None;
        }
        // The text after the name is parsed, but without suggestions, so this does not recur for `[a][b][c]..`.
        let begins_key = after.is_empty() || after.starts_with(['.', '[']);
        let mut keys = Scan { text: after, at: 0 };
        let is_path = begins_key && keys.keys().is_ok() && keys.peek().is_none();
        is_path.then(|| format!("{}{}{after}", &before[..start - 1], Key::Dict(name.into())))
    }

    /// Reads an integer. The key is a position if the integer fits into a `usize`.
    pub(crate) fn integer(&mut self) -> Result<Key, NotParsed> {
        let start = self.at;
        self.take_while(|c| c == '-' || c.is_ascii_digit());
        let digits = &self.text[start..self.at];
        let integer: Option<i128> = digits.parse().ok();
        // Only the canonical form of a number is valid, so that a path prints as the text that it was parsed from.
        let integer = integer.filter(|integer| integer.to_string() == digits).ok_or_else(|| {
            let expected = "an integer of at most 128 bits, without leading zeros";
            NotParsed::new(start..self.at, expected)
        })?;
        Ok(usize::try_from(integer).map_or(Key::Int(integer), Key::Sequence))
    }

    pub(crate) fn closing_bracket(&mut self) -> Result<(), NotParsed> {
        match self.next() {
            Some(']') => Ok(()),
            Some(c) => Err(self.unexpected(self.at - c.len_utf8(), "`]`")),
            None => Err(self.unexpected(self.at, "`]`")),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, NotParsed> {
        let mut key = String::new();
        loop {
            match self.next() {
                Some(c) if c == quote => return Ok(key),
                Some('\\') => key.push(self.escape()?),
                Some(c) => key.push(c),
                None => return Err(self.unexpected(self.at, "the closing quote")),
            }
        }
    }

    /// Reads an escape after its backslash.
    pub(crate) fn escape(&mut self) -> Result<char, NotParsed> {
        let start = self.at;
        let digits = match self.next() {
            Some(c @ ('\\' | '\'' | '"')) => return Ok(c),
            Some('n') => return Ok('\n'),
            Some('r') => return Ok('\r'),
            Some('t') => return Ok('\t'),
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            _ => return Err(self.unexpected(start, "an escape")),
        };
        let mut code = 0;
        for _ in 0..digits {
            let digit = self.peek().and_then(|c| c.to_digit(16));
            code =
                code * 16 + digit.ok_or_else(|| self.unexpected(self.at, "a hexadecimal digit"))?;
            self.at += 1;
        }
        char::from_u32(code).ok_or_else(|| NotParsed::new(start..self.at, "a code point"))
    }

    /// The error that `expected` should be at `start` instead of the character there, or the end of the text.
    pub(crate) fn unexpected(&self, start: usize, expected: &'static str) -> NotParsed {
        let len = self.text[start..].chars().next().map_or(0, char::len_utf8);
        NotParsed::new(start..start + len, expected)
    }
}

impl NotParsed {
    pub(crate) fn new(at: Range<usize>, expected: &'static str) -> Self {
        NotParsed { at, expected, meant: None }
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, KeyPath, NotParsed, parse_path};

    /// The unexpected bytes, what was expected, and the suggestion.
    #[track_caller]
    fn unexpected(text: &str) -> (std::ops::Range<usize>, &'static str, Option<String>) {
        let NotParsed { at, expected, meant } = parse_path(text).expect_err("not a path");
        (at, expected, meant)
    }

    #[test]
    fn the_first_dot_may_be_left_out() {
        let path = |text| parse_path(text).expect("a path");
        assert_eq!(path("w[0].b"), path(".w[0].b"));
        assert_eq!(path("0"), KeyPath::from_iter([Key::GetAttr("0".into())]));
        assert_eq!(path(""), KeyPath::root());
        assert_eq!(unexpected("[0]w").0, 3..4);
    }

    #[test]
    fn the_unexpected_bytes_are_reported() {
        assert_eq!(unexpected("'w'"), (0..1, "a name, `.` or `[`", None));
        assert_eq!(unexpected(".w "), (2..3, "`.` or `[`", None));
        assert_eq!(unexpected(".w..b"), (3..4, "a name", None));
        assert_eq!(unexpected("[1"), (2..2, "`]`", None));
        assert_eq!(unexpected("[-]").0, 1..2);
        assert_eq!(unexpected("['\\u12"), (6..6, "a hexadecimal digit", None));
    }

    #[test]
    fn quotes_are_suggested_for_a_name_in_brackets() {
        let expected = "a position or a key in quotes";
        let meant = |text: &str| Some(text.to_string());
        assert_eq!(unexpected(".w[a][0].b"), (3..4, expected, meant(".w['a'][0].b")));
        // There is a suggestion only if one name lacks its quotes, and only for a short text.
        assert_eq!(unexpected("[a][b]"), (1..2, expected, None));
        assert_eq!(unexpected(&format!("[{}]", "a".repeat(100))), (1..2, expected, None));
    }

    #[test]
    fn parsing_takes_linear_time() {
        let start = std::time::Instant::now();
        for piece in ["[a]", "[0]", ".a", "['", "[\"\\x", "[1", "]"] {
            let _ = parse_path(&piece.repeat(300_000));
        }
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    }
}
