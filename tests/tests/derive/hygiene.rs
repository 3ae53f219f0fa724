//! The derive in a scope in which every name means something else, and in a module that denies
//! all that can be denied.
#![deny(warnings, missing_docs, clippy::all, clippy::pedantic)]

mod shadowed {
    #![allow(dead_code, unused_macros, reason = "they are only in the way")]
    #![allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "so are their names")]

    mod core {}
    mod std {}
    mod alloc {}
    mod pytree {}
    mod ndarray {}

    struct Option;
    struct Some;
    struct None;
    struct Result;
    struct Ok;
    struct Err;
    struct Vec;
    struct Box;
    struct String;
    struct PhantomData;
    struct Self_;
    struct Node;
    struct Fields;
    struct StructDef;
    struct Visitor;
    struct VisitorMut;
    struct KeyRef;
    struct LeafSource;
    struct Reported;
    struct Leaf;
    struct Error;
    struct V;
    struct L;
    struct E;
    struct u8;
    struct usize;
    struct str;
    struct visitor;
    struct source;

    trait Iterator {}
    trait Clone {}
    trait Copy {}
    trait Sized {}
    trait Send {}
    trait Sync {}
    trait Default {}
    trait From {}
    trait Into {}
    trait PyTree {}
    trait FromLeaves {}
    trait Static {}
    trait Skipped {}

    /// Methods that are there for every type, by the names that the derive calls.
    trait InTheWay: ::core::marker::Sized {
        fn node(self, (): ()) {}
        fn key(self, (): ()) {}
        fn walk(self, (): ()) {}
        fn walk_mut(self, (): ()) {}
        fn leaf(self, (): ()) {}
        fn static_field(self, (): ()) {}
        fn skipped_field(self, (): ()) {}
        fn expect(self, (): ()) {}
        fn variant(self, (): ()) {}
        fn from_leaves((): ()) {}
    }
    impl<T> InTheWay for T {}

    macro_rules! shadow {
        ($($name:ident)*) => {$(
            macro_rules! $name { ($d:tt) => { compile_error!("shadowed") }; }
        )*};
    }
    shadow!(vec matches panic format assert unreachable);

    #[derive(::pytree::PyTree)]
    pub(crate) struct Record<T> {
        pub(crate) w: ::ndarray::Array2<T>,
        pub(crate) option: ::core::option::Option<T>,
        pub(crate) children: ::std::vec::Vec<Record<T>>,
        pub(crate) marker: ::core::marker::PhantomData<T>,
        #[pytree(static)]
        pub(crate) solver: ::core::primitive::u8,
        #[pytree(skip)]
        pub(crate) step: ::core::primitive::u8,
        #[pytree(leaf)]
        pub(crate) leaf: T,
    }

    #[derive(::pytree::PyTree)]
    pub(crate) enum Either<T> {
        Ok(T, ::std::vec::Vec<Self>),
        Err { value: T },
        None,
    }

    #[derive(::pytree::PyTree)]
    pub(crate) struct Named {
        pub(crate) inner: Either<f64>,
    }

    #[derive(::pytree::PyTree)]
    #[pytree(transparent)]
    pub(crate) struct Wrapper(pub(crate) Named);
}

pub mod strict {
    //! Types under all lints.
    #![deny(rust_2018_idioms, let_underscore, unused, keyword_idents)]
    #![deny(unused_qualifications, unreachable_pub, single_use_lifetimes, unused_lifetimes)]
    #![deny(trivial_casts, unused_results, variant_size_differences, unnameable_types)]
    #![deny(clippy::nursery, clippy::unwrap_used, clippy::panic, clippy::shadow_unrelated)]
    #![forbid(unsafe_code, non_upper_case_globals, clippy::used_underscore_binding)]

    use ndarray::{Array1, ArrayViewMut1};
    use pytree::PyTree;

    #[derive(PyTree, Debug)]
    pub(super) struct Borrowed<'a, T: Clone + 'static, const N: usize> {
        pub(super) views: [ArrayViewMut1<'a, T>; N],
        #[pytree(skip)]
        pub(super) _step: u8,
    }

    #[derive(PyTree, Debug)]
    /// A type on its way out.
    #[deprecated]
    pub enum Old {
        /// One state.
        Some {
            /// The state.
            v: Array1<f64>,
        },
        /// No state.
        None,
    }

    /// Public, and made from a type that is not.
    #[derive(PyTree, Debug, Default)]
    pub struct Model {
        parts: Vec<Part>,
    }

    #[derive(PyTree, Debug, Default)]
    struct Part {
        w: f64,
    }

    #[derive(PyTree, Debug)]
    pub(super) struct Tuple<A>(pub(super) A, #[pytree(static)] pub(super) Vec<u8>);
}

use pytree::{tree_flatten, tree_leaves_with_path};
use shadowed::{Either, Named, Record, Wrapper};

#[test]
fn every_name_is_shadowed() {
    let record = Record {
        w: ndarray::array![[1.0, 2.0]],
        option: Some(3.0),
        children: vec![],
        marker: std::marker::PhantomData,
        solver: 1,
        step: 2,
        leaf: 4.0,
    };
    let paths: Vec<_> =
        tree_leaves_with_path(&record).into_iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(paths, [".w", ".option", ".leaf"]);
    let back: Record<f64> = tree_flatten(&record).unflatten().unwrap();
    assert_eq!((back.w, back.option, back.leaf), (record.w, record.option, record.leaf));
    assert_eq!((back.solver, back.step, back.children.len()), (1, 2, 0));
    let std::marker::PhantomData::<f64> = back.marker;
}

#[test]
fn enums_and_wrappers_too() {
    let values = Either::Ok(1.0, vec![Either::Err { value: 2.0 }, Either::None]);
    let wrapper = Wrapper(Named { inner: values });
    let back: Wrapper = tree_flatten(&wrapper).unflatten().unwrap();
    let Either::Ok(value, rest) = back.0.inner else { panic!("another variant") };
    assert!((value - 1.0_f64).abs() < f64::EPSILON);
    assert!(matches!(rest[..], [Either::Err { value: 2.0 }, Either::None]));
}

#[test]
fn strict_lints() {
    let mut array = ndarray::array![1.0];
    let borrowed = strict::Borrowed { views: [array.view_mut()], _step: 1 };
    assert_eq!(tree_leaves_with_path(&borrowed)[0].0.to_string(), ".views[0]");
    assert!(tree_leaves_with_path(&strict::Model::default()).is_empty());
    let tuple = strict::Tuple(1.0, vec![2]);
    assert_eq!(tree_leaves_with_path(&tuple)[0].0.to_string(), "[0]");
}
