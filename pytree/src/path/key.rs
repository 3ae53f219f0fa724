use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::{self, Display, Write};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// One step of a [`KeyPath`]: the key of a node in its parent.
///
/// The variants are JAX's `GetAttrKey`, `SequenceKey` and `DictKey`; the last is `Dict` for a string and `Int` for an
/// integer. A position and an integer key with the same value print alike and are equal, so a parsed path finds both.
/// In the order of keys, attributes come first, then positions and integers by value, then strings.
///
/// ```
/// use pytree::path::Key;
/// assert_eq!(Key::Int(3), Key::Sequence(3));
/// assert!(Key::Int(-2) < Key::Sequence(0) && Key::Int(9) < Key::Int(10));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Key {
    /// A named field of a struct or of an enum variant: `.w`.
    GetAttr(Cow<'static, str>),
    /// A position in a list, a tuple or a tuple struct: `[0]`.
    Sequence(usize),
    /// A key of a map: `['HH_m']`.
    Dict(Arc<str>),
    /// An integer key of a map: `[3]`, `[-2]`.
    Int(i128),
}

impl Key {
    /// The key as a plain string, without dot, brackets or quotes. A position or an integer is in decimal.
    ///
    /// ```
    /// use pytree::path::Key;
    /// assert_eq!(Key::Sequence(3).name(), "3");
    /// assert_eq!(Key::Dict("HH_m".into()).name(), "HH_m");
    /// ```
    pub fn name(&self) -> Cow<'_, str> {
        match self {
            Key::GetAttr(name) => Cow::Borrowed(name),
            Key::Sequence(index) => Cow::Owned(index.to_string()),
            Key::Dict(key) => Cow::Borrowed(key),
            Key::Int(integer) => Cow::Owned(integer.to_string()),
        }
    }

    /// Writes the key as Python's `repr` does: strings in quotes, integers bare.
    pub(crate) fn write_repr(&self, out: &mut impl Write) -> fmt::Result {
        match self {
            Key::GetAttr(text) => write_repr(out, text),
            Key::Dict(text) => write_repr(out, text),
            Key::Sequence(index) => write!(out, "{index}"),
            Key::Int(integer) => write!(out, "{integer}"),
        }
    }

    /// The kind, the integer and the text, which are compared and hashed.
    fn order(&self) -> (u8, i128, &str) {
        match self {
            Key::GetAttr(name) => (0, 0, name),
            // Lossless: a `usize` has at most 64 bits.
            Key::Sequence(index) => (1, *index as i128, ""),
            Key::Int(integer) => (1, *integer, ""),
            Key::Dict(key) => (2, 0, key),
        }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.order().hash(state);
    }
}

impl Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Key::GetAttr(name) = self {
            return write!(f, ".{name}");
        }
        f.write_str("[")?;
        self.write_repr(f)?;
        f.write_str("]")
    }
}

/// A borrowed [`Key`], which a [`Visitor`](crate::walk::Visitor) receives.
///
/// ```
/// use pytree::walk::KeyRef;
/// use pytree::path::Key;
/// assert_eq!(Key::from(KeyRef::Dict("HH_m")).to_string(), "['HH_m']");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyRef<'k> {
    /// See [`Key::GetAttr`].
    GetAttr(&'static str),
    /// See [`Key::Sequence`].
    Sequence(usize),
    /// See [`Key::Dict`].
    Dict(&'k str),
    /// See [`Key::Int`].
    Int(i128),
}

impl KeyRef<'_> {
    /// Whether this is `key`; a position and an integer key of one value are equal, as they are for [`Key`].
    pub(crate) fn is(self, key: &Key) -> bool {
        let order = match self {
            KeyRef::GetAttr(name) => (0, 0, name),
            KeyRef::Sequence(index) => (1, index as i128, ""),
            KeyRef::Int(integer) => (1, integer, ""),
            KeyRef::Dict(key) => (2, 0, key),
        };
        order == key.order()
    }
}

impl From<KeyRef<'_>> for Key {
    fn from(key: KeyRef<'_>) -> Key {
        match key {
            KeyRef::GetAttr(name) => Key::GetAttr(Cow::Borrowed(name)),
            KeyRef::Sequence(index) => Key::Sequence(index),
            KeyRef::Dict(key) => Key::Dict(Arc::from(key)),
            KeyRef::Int(integer) => Key::Int(integer),
        }
    }
}

/// The path from the root of a tree to a node: the keys of all nodes on the way.
///
/// `Display` prints the text of JAX's `keystr`. The text parses back if all attributes are identifiers, as those of
/// derived types are.
///
/// ```
/// use pytree::KeyPath;
/// let path: KeyPath = ".layers[0]['HH_m']".parse()?;
/// assert_eq!(path.to_string(), ".layers[0]['HH_m']");
/// assert_eq!(path.simple("/"), "layers/0/HH_m");
/// assert_eq!(path.last_name().as_deref(), Some("HH_m"));
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "keystr")]
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPath(Vec<Key>);

impl KeyPath {
    /// The path of the root, which has no keys and prints as an empty text.
    ///
    /// ```
    /// assert_eq!(pytree::KeyPath::root().to_string(), "");
    /// ```
    pub const fn root() -> Self {
        KeyPath(Vec::new())
    }

    /// The keys, outermost first.
    ///
    /// ```
    /// use pytree::{KeyPath, path::Key};
    /// let path: KeyPath = "[2]".parse()?;
    /// assert_eq!(path.keys(), [Key::Sequence(2)]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn keys(&self) -> &[Key] {
        &self.0
    }

    /// The [name](Key::name) of the last key; `None` for the root.
    ///
    /// The counterpart of `_get_key_name` in Jaxley's `dynamics.py`. Keys are typed, so there is no unknown kind of key
    /// to warn about.
    ///
    /// ```
    /// use pytree::KeyPath;
    /// assert_eq!(KeyPath::root().last_name(), None);
    /// ```
    pub fn last_name(&self) -> Option<Cow<'_, str>> {
        self.0.last().map(Key::name)
    }

    /// The [names](Key::name) of the keys, joined by `separator`: JAX's `keystr(simple=True, separator=separator)`.
    ///
    /// ```
    /// let path: pytree::KeyPath = ".soma['v'][3]".parse()?;
    /// assert_eq!(path.simple("."), "soma.v.3");
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "keystr")]
    pub fn simple(&self, separator: &str) -> String {
        let names: Vec<_> = self.0.iter().map(Key::name).collect();
        names.join(separator)
    }

    /// Appends a key: the path becomes that of a child.
    ///
    /// ```
    /// use pytree::{KeyPath, path::Key};
    /// let mut path = KeyPath::root();
    /// path.push(Key::Sequence(1));
    /// assert_eq!(path.to_string(), "[1]");
    /// ```
    pub fn push(&mut self, key: Key) {
        self.0.push(key);
    }

    /// Removes the last key and returns it: the path becomes that of the parent. `None` at the root.
    ///
    /// ```
    /// use pytree::{KeyPath, path::Key};
    /// let mut path: KeyPath = ".w[1]".parse()?;
    /// assert_eq!(path.pop(), Some(Key::Sequence(1)));
    /// assert_eq!(path.to_string(), ".w");
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn pop(&mut self) -> Option<Key> {
        self.0.pop()
    }
}

impl FromIterator<Key> for KeyPath {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
        KeyPath(keys.into_iter().collect())
    }
}

impl Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|key| Display::fmt(key, f))
    }
}

/// Writes `text` as Python's `repr` writes a string, which is how JAX prints dict keys.
pub(crate) fn write_repr(out: &mut impl Write, text: &str) -> fmt::Result {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            c if c == quote => write!(out, "\\{c}")?,
            c if is_printable(c) => out.write_char(c)?,
            c if u32::from(c) < 0x100 => write!(out, "\\x{:02x}", u32::from(c))?,
            c if u32::from(c) < 0x1_0000 => write!(out, "\\u{:04x}", u32::from(c))?,
            c => write!(out, "\\U{:08x}", u32::from(c))?,
        }
    }
    out.write_char(quote)
}

/// Python's `str.isprintable`: false for control, format, surrogate, private and unassigned code points, and for
/// separators other than the space.
///
/// These are the characters that `escape_debug` escapes. It also escapes a combining mark at the start of a text, so
/// the character is put after an `a`.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return c == ' ' || c.is_ascii_graphic();
    }
    let mut buffer = [b'a'; 5];
    let end = 1 + c.encode_utf8(&mut buffer[1..]).len();
    std::str::from_utf8(&buffer[..end]).is_ok_and(|text| text.escape_debug().nth(1) == Some(c))
}
