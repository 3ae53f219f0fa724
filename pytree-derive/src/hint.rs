use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident};
use syn::Type;

use crate::syntax::{CONTAINERS, bare, type_arguments};

/// Selects the message of rustc for a field that is not a tree, by the syntax of its type. Each variant is the name of a
/// trait in `pytree::__private` with that message. All trees implement all of these traits, so a type of the user that is
/// called `Range` is still a tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Hint {
    /// Derive it, or mark the field.
    TreeOf,
    /// As `TreeOf`, for a type with arguments, which may contain the derived type. If a requirement is endless, rustc
    /// does not print the message of a trait, but it prints the name of the trait.
    TreeOrMarkedRecursive,
    /// Mark the field: text, paths, times, sets.
    ValueOf,
    /// A value behind a lock or in a cell.
    CellOf,
    /// A trait object or a function.
    ObjectOf,
    /// A tuple of more than twelve types.
    TupleOf,
    /// A number of a crate that is a feature.
    NumberOf,
    /// A map, whose keys may be the mistake.
    MapOf,
}

impl Hint {
    pub(crate) fn new(ty: &Type) -> Self {
        const CELLS: [&str; 8] =
            ["Mutex", "RwLock", "Cell", "RefCell", "OnceCell", "OnceLock", "LazyCell", "LazyLock"];
        const GENERIC_VALUES: [&str; 9] = [
            "HashSet",
            "BTreeSet",
            "BinaryHeap",
            "Result",
            "Range",
            "RangeInclusive",
            "Cow",
            "Wrapping",
            "NonZero",
        ];
        const VALUES: [&str; 14] = [
            "String",
            "str",
            "char",
            "Path",
            "PathBuf",
            "OsString",
            "OsStr",
            "CString",
            "Duration",
            "Instant",
            "SystemTime",
            "IpAddr",
            "SocketAddr",
            "Ordering",
        ];
        let segment = match bare(ty) {
            Type::Array(array) => return Hint::new(&array.elem),
            Type::Slice(slice) => return Hint::new(&slice.elem),
            Type::Reference(reference) => return Hint::new(&reference.elem),
            Type::Tuple(tuple) if tuple.elems.is_empty() => return Hint::ValueOf,
            Type::Tuple(tuple) if tuple.elems.len() > 12 => return Hint::TupleOf,
            Type::Tuple(tuple) => return Hint::of_any(tuple.elems.iter()),
            Type::TraitObject(_) | Type::FnPtr(_) => return Hint::ObjectOf,
            Type::Path(path) => path.path.segments.last(),
            _ => None,
        };
        let Some(segment) = segment else { return Hint::TreeOf };
        let (name, mut arguments) = (segment.ident.to_string(), type_arguments(segment));
        let container = CONTAINERS.iter().find(|(container, _)| name == *container);
        if let Some((_, argument)) = container {
            let inner = arguments.nth(*argument).map_or(Hint::TreeOf, Hint::new);
            return if inner == Hint::TreeOf && *argument == 1 { Hint::MapOf } else { inner };
        }
        let generic = arguments.next().is_some();
        if name.starts_with("Atomic") || generic && CELLS.contains(&&*name) {
            Hint::CellOf
        } else if VALUES.contains(&&*name) || generic && GENERIC_VALUES.contains(&&*name) {
            Hint::ValueOf
        } else if ["Complex", "Dual", "HyperDual", "f16", "bf16"]
            .iter()
            .any(|number| name.starts_with(number))
        {
            Hint::NumberOf
        } else {
            Hint::TreeOf
        }
    }

    /// Whether a type with this hint is almost certainly not a tree.
    pub(crate) fn is_mistake(self) -> bool {
        matches!(self, Hint::ValueOf | Hint::CellOf | Hint::ObjectOf | Hint::TupleOf)
    }

    /// The first hint of `types` that is not `TreeOf`.
    fn of_any<'a>(types: impl Iterator<Item = &'a Type>) -> Self {
        types.map(Hint::new).find(|hint| *hint != Hint::TreeOf).unwrap_or(Hint::TreeOf)
    }
}

/// Writes the name of the trait.
impl ToTokens for Hint {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        format_ident!("{self:?}").to_tokens(tokens);
    }
}
