//! Prints the parts of messages with a bounded length: lists of places, lists of names, and quoted texts.

use std::fmt::{self, Display, Write};

use crate::path::key::KeyPath;

/// The number of places, names or keys that a message lists. It counts those that are not listed.
pub const SHOWN: usize = 12;

/// The number of characters of a text that a message quotes.
const QUOTED: usize = 80;

/// Writes a message about several places: `subject: place` for one place. For several, writes their number, a line for
/// each of the first [`SHOWN`], and the number of the others.
///
/// # Errors
/// Returns the error of the formatter.
///
/// ```
/// use std::fmt::{self, Display};
///
/// struct BadLines(Vec<String>);
/// impl Display for BadLines {
///     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
///         pytree::error::write_places(f, "the file has bad lines", &self.0)
///     }
/// }
///
/// let lines = |numbers: &[u32]| BadLines(numbers.iter().map(|n| format!("line {n}")).collect());
/// assert_eq!(lines(&[3]).to_string(), "the file has bad lines: line 3");
/// assert_eq!(
///     lines(&[3, 7]).to_string(),
///     "the file has bad lines in 2 places:\n  line 3\n  line 7"
/// );
/// ```
pub fn write_places<P: Display>(
    f: &mut fmt::Formatter<'_>,
    subject: impl Display,
    places: &[P],
) -> fmt::Result {
    Display::fmt(&subject, f)?;
    match places {
        [] => Ok(()),
        [only] => write!(f, ": {only}"),
        many => {
            write!(f, " in {} places:", many.len())?;
            many.iter().take(SHOWN).try_for_each(|place| write!(f, "\n  {place}"))?;
            match many.len().saturating_sub(SHOWN) {
                0 => Ok(()),
                more => write!(f, "\n  and {more} more"),
            }
        }
    }
}

/// The text in quotes, escaped as by `{:?}`, and cut after 80 characters, those of the escapes included.
///
/// ```
/// assert_eq!(pytree::error::quote("w[0"), r#""w[0""#);
/// assert_eq!(pytree::error::quote(&"a".repeat(1_000_000)).len(), 85);
/// ```
pub fn quote(text: &str) -> String {
    let mut printed = 0;
    let past = text.char_indices().find(|(_, char)| {
        printed += char.escape_debug().count();
        printed > QUOTED
    });
    match past {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}...", &text[..end]),
    }
}

/// The text of `item`, cut after 80 characters.
pub(crate) fn cut(item: impl Display) -> String {
    /// A text, and the number of characters that it may still get. A write fails when there are none left, which stops
    /// the `Display` of a long item.
    struct Cut(String, usize);
    impl Write for Cut {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let end = text.char_indices().nth(self.1).map(|(end, _)| end);
            let kept = &text[..end.unwrap_or(text.len())];
            self.0.push_str(kept);
            self.1 -= kept.chars().count();
            end.map_or(Ok(()), |_| Err(fmt::Error))
        }
    }
    let mut cut = Cut(String::new(), QUOTED);
    match write!(cut, "{item}") {
        Ok(()) => cut.0,
        Err(_) => cut.0 + "...",
    }
}

/// Two different texts, each cut after 80 characters. If they have a long common beginning, only its last 20 characters
/// are kept.
pub(crate) fn cut_where_they_differ(first: &str, second: &str) -> (String, String) {
    const SHARED: usize = 20;
    let pairs = first.char_indices().zip(second.chars());
    let same = pairs.take_while(|((_, a), b)| a == b).map(|((at, _), _)| at);
    let mut starts: Vec<_> = same.collect();
    if starts.len() < QUOTED - SHARED {
        return (cut(first), cut(second));
    }
    let start = starts.swap_remove(starts.len() - SHARED);
    let from_start = |text: &str| format!("...{}", cut(&text[start..]));
    (from_start(first), from_start(second))
}

/// A shape, or an index along each axis: `[2, 3]`, cut after 80 characters.
pub(crate) fn shape<N: fmt::Debug>(lengths: &[N]) -> String {
    cut(format_args!("{lengths:?}"))
}

/// The text of a path. A long text is cut in the middle.
pub(crate) fn cut_path(path: &KeyPath) -> String {
    cut_middle(path.to_string())
}

/// A text of which both ends are needed: a path, or a message that quotes a text and then says what is wrong.
pub(crate) fn cut_middle(text: String) -> String {
    /// The number of characters that are kept at each end.
    const END: usize = 120;
    let (head, tail) = (text.char_indices().nth(END), text.char_indices().rev().nth(END - 1));
    match (head, tail) {
        (Some((head, _)), Some((tail, _))) if head < tail => {
            format!("{}...{}", &text[..head], &text[tail..])
        }
        _ => text,
    }
}

/// The first [`SHOWN`] of `count` items, joined by `separator`, and the number of the others.
///
/// ```
/// assert_eq!(pytree::error::list(["a", "b"], 2, ", "), "a, b");
/// assert!(pytree::error::list(0..14, 14, ", ").ends_with("10, 11 and 2 more"));
/// ```
pub fn list<I: Display>(
    items: impl IntoIterator<Item = I>,
    count: usize,
    separator: &str,
) -> String {
    let mut text = String::new();
    for (i, item) in items.into_iter().take(SHOWN).enumerate() {
        text.push_str(if i == 0 { "" } else { separator });
        // Writing to a string cannot fail.
        let _ = write!(text, "{item}");
    }
    if count > SHOWN {
        let _ = write!(text, " and {} more", count - SHOWN);
    }
    text
}

/// The end of a message with a suggestion: "; did you mean .w?". Empty without names.
pub(crate) fn did_you_mean<N: Display>(names: impl IntoIterator<Item = N>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| cut_middle(name.to_string())).collect();
    if names.is_empty() { String::new() } else { format!("; did you mean {}?", names.join(" or ")) }
}

/// "1 leaf", "2 leaves".
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// "2 rows and 1 column".
pub(crate) fn rows_and_columns([rows, columns]: [usize; 2]) -> String {
    format!("{} and {}", count(rows, "row", "rows"), count(columns, "column", "columns"))
}

#[cfg(test)]
mod tests {
    use super::{
        Display, KeyPath, cut, cut_path, cut_where_they_differ, did_you_mean, fmt, list, quote,
        write_places,
    };
    use crate::path::key::Key;

    struct Message(usize);

    impl Display for Message {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let places: Vec<_> = (0..self.0).map(|place| format!("at [{place}]")).collect();
            write_places(f, "no match", &places)
        }
    }

    #[test]
    fn twelve_places_are_printed_and_the_others_counted() {
        assert_eq!(Message(0).to_string(), "no match");
        assert_eq!(Message(1).to_string(), "no match: at [0]");
        assert_eq!(Message(2).to_string(), "no match in 2 places:\n  at [0]\n  at [1]");
        let text = Message(12).to_string();
        assert_eq!((text.lines().count(), text.lines().last()), (13, Some("  at [11]")));
        let text = Message(13).to_string();
        assert_eq!((text.lines().count(), text.lines().last()), (14, Some("  and 1 more")));
    }

    #[test]
    fn twelve_names_are_listed_and_the_others_counted() {
        assert_eq!(list([1, 2], 2, ", "), "1, 2");
        assert_eq!(list(0..14, 14, " "), "0 1 2 3 4 5 6 7 8 9 10 11 and 2 more");
    }

    #[test]
    fn eighty_characters_are_quoted() {
        assert_eq!(quote("it's"), "\"it's\"");
        let text = "\u{e4}".repeat(81);
        assert_eq!(quote(&text[..160]), format!("\"{}\"", &text[..160]));
        assert_eq!(quote(&text), format!("\"{}\"...", &text[..160]));
    }

    #[test]
    fn long_texts_are_cut_where_they_differ() {
        let cut = |a: &str, b: &str| cut_where_they_differ(a, b);
        assert_eq!(cut("[1.0]", "[2.0]"), ("[1.0]".to_string(), "[2.0]".to_string()));
        let zeros = "0, ".repeat(1000);
        let shared = "...".to_string() + &zeros[zeros.len() - 20..];
        assert_eq!(
            cut(&format!("[{zeros}1]"), &format!("[{zeros}2]")),
            (format!("{shared}1]"), format!("{shared}2]"))
        );
        let (first, second) = cut(&"a".repeat(200), &"b".repeat(200));
        assert_eq!((first.len(), second.len()), (83, 83));
    }

    #[test]
    fn long_items_and_paths_are_cut() {
        assert_eq!(cut("\u{e4}".repeat(80)), "\u{e4}".repeat(80));
        assert_eq!(cut("\u{e4}".repeat(81)), "\u{e4}".repeat(80) + "...");
        let path = |keys: usize| (0..keys).map(Key::Sequence).collect::<KeyPath>();
        assert_eq!(cut_path(&path(50)), path(50).to_string());
        let text = cut_path(&path(100_000));
        assert_eq!(text.len(), 243);
        assert!(text.starts_with("[0][1][2]") && text.ends_with("[99998][99999]"), "{text}");
    }

    #[test]
    fn names_that_may_be_meant() {
        assert_eq!(did_you_mean::<&str>([]), "");
        assert_eq!(did_you_mean([".w", "['w']"]), "; did you mean .w or ['w']?");
    }
}
