//! The exact messages of all mistakes. The tests in `ui` show some of them in the output of rustc.

use crate::expand::derive;

/// The messages of the derive for `input`.
fn messages(input: &str) -> Vec<String> {
    let input = syn::parse_str(input).unwrap();
    derive(&input).1.into_iter().flatten().map(|error| error.to_string()).collect()
}

const ON_A_FIELD: &str = "a field can have `static`, `skip`, `leaf`, `with = some::module`, `recursive`, `rename = \"name\"`";

#[track_caller]
fn says(input: &str, expected: &str) {
    assert_eq!(messages(input), [expected], "{input}");
}

#[test]
fn valid_attributes_are_expanded() {
    assert!(messages("struct S { #[pytree(rename = \"type\")] v: f64 }").is_empty());
    assert!(messages("#[pytree(elem = f64,)] struct S;").is_empty());
    assert!(messages("enum E<T> { A(T), B { #[pytree(static,)] b: u8 }, C }").is_empty());
}

#[test]
fn unknown_attributes() {
    let hint = |name, nearest| format!("unknown attribute `{name}`; {nearest}{ON_A_FIELD}");
    says("struct S(#[pytree(statik)] f64);", &hint("statik", "did you mean `static`? "));
    says("struct S(#[pytree(lef = 1)] f64);", &hint("lef", "did you mean `leaf`? "));
    says("struct S(#[pytree(weight(1, 2))] f64);", &hint("weight", ""));
    says("struct S(#[pytree(skipped)] f64);", &hint("skipped", "did you mean `skip`? "));
    says("struct S(#[pytree(stat)] f64);", &hint("stat", "did you mean `static`? "));
    says(
        "#[pytree(element = f64)] struct S;",
        "unknown attribute `element`; did you mean `elem`? a struct or enum can have `elem = f64`, `transparent`, \
         `bound = \"T: Clone\"`, `crate = some::path`, `rename = \"name\"`",
    );
    says(
        "enum E { #[pytree(rname = \"B\")] A(f64) }",
        "unknown attribute `rname`; did you mean `rename`? a variant can have \
         `rename = \"name\"`",
    );
    says(
        "struct S(#[pytree = \"skip\"] f64);",
        "expected attributes in parentheses; write `#[pytree(skip)]`",
    );
    for text in ["#[pytree(\"skip\")]", "#[pytree(1)]"] {
        says(
            &format!("struct S({text} f64);"),
            &format!("expected the name of an attribute; {ON_A_FIELD}"),
        );
    }
    for empty in ["#[pytree]", "#[pytree = 1]", "#[pytree = \"no\"]"] {
        says(
            &format!("struct S({empty} f64);"),
            &format!("expected attributes in parentheses; {ON_A_FIELD}"),
        );
    }
}

#[test]
fn misplaced_attributes() {
    for name in ["elem = f64", "transparent", "bound = \"\"", "crate = a"] {
        let short = name.split(' ').next().unwrap();
        let message = |place| format!("`{short}` belongs on a struct or enum, not on {place}");
        says(&format!("struct S(#[pytree({name})] f64);"), &message("a field"));
        says(&format!("enum E {{ #[pytree({name})] A(f64) }}"), &message("a variant"));
    }
    for name in ["static", "skip", "leaf", "recursive"] {
        let message = |place| format!("`{name}` belongs on a field, not on {place}");
        says(&format!("#[pytree({name})] struct S(f64);"), &message("a struct or enum"));
        says(&format!("enum E {{ #[pytree({name})] A(f64) }}"), &message("a variant"));
    }
}

#[test]
fn misplaced_attributes_of_keys() {
    let input = "#[pytree(rename = \"x\")] enum E { #[pytree(crate = a)] A, #[pytree(static)] B }";
    let mistakes = crate::map_key::derive(&syn::parse_str(input).unwrap()).1;
    let messages: Vec<_> = mistakes.into_iter().flatten().map(|error| error.to_string()).collect();
    assert_eq!(
        messages,
        [
            "`rename` belongs on a variant of an enum of keys, not on an enum of keys",
            "`crate` belongs on an enum of keys, not on a variant of an enum of keys",
            "`static` belongs on a field, not on a variant of an enum of keys",
        ]
    );
}

#[test]
fn values() {
    for name in ["static", "skip", "leaf", "recursive"] {
        let message = format!("`{name}` takes no value; write it as `{name}`");
        says(&format!("struct S(f64, #[pytree({name} = true)] f64);"), &message);
        says(&format!("struct S(f64, #[pytree({name}(true))] f64);"), &message);
    }
    let elem = "`elem` needs a type; write it as `elem = f64`";
    for value in ["elem", "elem =", "elem = \"f64\"", "elem(f64)"] {
        says(&format!("#[pytree({value})] struct S(f64);"), elem);
    }
    let with = "`with` needs a path; write it as `with = some::module`";
    for value in ["with", "with = \"module\"", "with(module)"] {
        says(&format!("struct S(f64, #[pytree({value})] M);"), with);
    }
    let path = "`crate` needs a path; write it as `crate = some::path`";
    for value in ["crate", "crate = \"pytree\"", "crate = 1"] {
        says(&format!("#[pytree({value})] struct S(f64);"), path);
    }
    let rename = "`rename` needs a string; write it as `rename = \"name\"`";
    for value in ["rename", "rename = v", "rename(\"v\")"] {
        says(&format!("struct S {{ #[pytree({value})] v: f64 }}"), rename);
    }
    says(
        "#[pytree(bound = T)] struct S(f64);",
        "`bound` needs a string; write it as `bound = \"T: Clone\"`",
    );
    says(
        "#[pytree(bound = \"T Clone\")] struct S<T>(T);",
        "`bound` needs the predicates of a where-clause, for example `bound = \"T: Clone\"`: \
         expected `:`",
    );
}

#[test]
fn attributes_that_do_not_go_together() {
    says("struct S(f64, #[pytree(skip, skip)] f64);", "`skip` is given twice");
    says("struct S(f64, #[pytree(skip)] #[pytree(skip)] f64);", "`skip` is given twice");
    says("#[pytree(elem = f64, elem = f32)] struct S;", "`elem` is given twice");
    for (first, second) in [("static", "skip"), ("static", "leaf"), ("skip", "leaf")] {
        says(
            &format!("struct S(f64, #[pytree({second}, {first})] f64);"),
            &format!("a field cannot be both `{first}` and `{second}`; keep one of them"),
        );
    }
    says(
        "struct S(f64, #[pytree(static, recursive)] f64);",
        "only a field that is a tree can be `recursive`; remove `recursive`",
    );
}

#[test]
fn names() {
    for name in ["HH m", "", "3", "a.b", "r#type", " m", "m ", "a::b", "it's"] {
        says(
            &format!("struct S {{ #[pytree(rename = \"{name}\")] v: f64 }}"),
            &format!(
                "\"{name}\" is not an identifier; expected a name such as `w`, `W_1` or `type`"
            ),
        );
    }
    let no_key = "a field that is not a tree has no key; remove `rename`";
    says("struct S { v: f64, #[pytree(static, rename = \"b\")] a: u8 }", no_key);
    says("struct S { v: f64, #[pytree(rename = \"b\", skip)] a: u8 }", no_key);
    says("struct S { v: f64, #[pytree(rename = \"b\")] a: PhantomData<u8> }", no_key);
    says(
        "struct S(#[pytree(rename = \"v\")] f64);",
        "the key of a field without a name is its position; give the field a name, or remove \
         `rename`",
    );
    let twice = "two fields have the key `a`; rename one of them";
    says("struct S { a: f64, #[pytree(rename = \"a\")] b: f64 }", twice);
    says("struct S { #[pytree(rename = \"a\")] b: f64, r#a: f64 }", twice);
    assert!(
        messages("struct S { #[pytree(static)] a: u8, #[pytree(rename = \"a\")] b: f64 }")
            .is_empty()
    );
    says(
        "enum E { A(f64), #[pytree(rename = \"A\")] B(f64) }",
        "two variants have the name `E::A`; rename one of them",
    );
}

#[test]
fn transparent() {
    says(
        "#[pytree(transparent)] enum E { A(f64) }",
        "an enum cannot be `transparent`, because its variant is part of the structure",
    );
    says(
        "#[pytree(transparent)] struct S(f64, f64);",
        "a `transparent` struct needs exactly one field that is a tree, found 2",
    );
    says(
        "#[pytree(transparent, elem = f64)] struct S;",
        "a `transparent` struct needs exactly one field that is a tree, found 0",
    );
    says(
        "#[pytree(transparent, rename = \"T\")] struct S(f64);",
        "a `transparent` struct is not a node, so it has no name; remove `rename`",
    );
    for role in ["static", "skip"] {
        says(
            &format!("#[pytree(transparent)] struct S(f64, #[pytree({role})] u8);"),
            "a `transparent` struct is not a node, so it cannot have a static or skipped \
             field; remove `transparent`",
        );
    }
}

#[test]
fn types_that_cannot_be_trees() {
    says(
        "union U { a: f64, b: u64 }",
        "a union cannot be a pytree, because its active field is unknown; use an enum",
    );
    says("enum E {}", "an enum without variants has no values, so it cannot be a pytree");
    let no_elem = "no field of `S` has an element type; add it, for example \
                   `#[pytree(elem = f64)]`";
    says("struct S;", no_elem);
    says("struct S { #[pytree(static)] n: u8 }", no_elem);
    says("struct S { p: PhantomData<f64>, all: Vec<S>, own: Option<Box<Self>> }", no_elem);
    let other = |found, of, expected| {
        format!(
            "the element type of this field is `{found}`, but {of} `{expected}`; all leaves share one \
             element type, so change one of the two, or mark a field `#[pytree(static)]` (part of the \
             structure) or `#[pytree(skip)]` (copied, never compared)"
        )
    };
    let first = "that of field `0` is";
    says("struct S(Array2<f64>, Vec<f32>);", &other("f32", first, "f64"));
    says("struct S { a: f32, b: f64 }", &other("f64", "that of field `a` is", "f32"));
    says("#[pytree(elem = f64)] struct S([u8; 2]);", &other("u8", "`elem` is", "f64"));
    says(
        "enum E { A((f32, T)), B(#[pytree(leaf)] u8) }",
        &other("f32", "that of field `0` is", "u8"),
    );
    // An integer or a number is the mistake, whatever comes first.
    says(
        "struct S { n: usize, v: f64, w: Vec<f64> }",
        &other("usize", "that of field `v` is", "f64"),
    );
    says("struct S<T> { u: f64, v: Array1<T> }", &other("f64", "that of field `v` is", "T"));
    says("struct S<T, U> { v: Array1<T>, u: Array1<U> }", &other("U", "that of field `v` is", "T"));
    assert!(messages("#[pytree(elem = f64)] struct S<T> { u: f64, v: Array1<T> }").is_empty());
    says(
        "struct S { #[pytree(skip = 1)] n: u8, v: f64 }",
        "`skip` takes no value; write it as `skip`",
    );
    let borrowed = |role| {
        format!(
            "a `{role}` field cannot borrow for `'a`, because it is copied to trees that may live \
             longer; use an owned type, or share the value in an `Arc`"
        )
    };
    says("struct S<'a> { v: f64, #[pytree(skip)] n: &'a str }", &borrowed("skip"));
    says("struct S<'a> { v: f64, #[pytree(static)] n: Vec<Cow<'a, str>> }", &borrowed("static"));
    assert!(messages("struct S { v: f64, #[pytree(skip)] n: &'static str }").is_empty());
    assert!(messages("struct S { v: f64, #[pytree(skip)] f: fn(&u8) -> &u8 }").is_empty());
    says(
        "struct S<A> { v: A, #[pytree(with = m)] n: N }",
        "the element type of a `with` field is not known; add it to the type, for example \
         `#[pytree(elem = f64)]`",
    );
}

#[test]
fn all_at_once() {
    let input = "#[pytree(static, elem, transparent)]
        struct S {
            #[pytree(leef, rename = \"a b\", skip = 1, static)] a: f64,
            #[pytree(static, leaf)] b: f64,
            #[pytree(skip skip)] c: f64,
        }";
    assert_eq!(
        messages(input),
        [
            "`static` belongs on a field, not on a struct or enum",
            "`elem` needs a type; write it as `elem = f64`",
            &format!("unknown attribute `leef`; did you mean `leaf`? {ON_A_FIELD}"),
            "\"a b\" is not an identifier; expected a name such as `w`, `W_1` or `type`",
            "`skip` takes no value; write it as `skip`",
            "`skip` takes no value; write it as `skip`",
            "a field cannot be both `static` and `leaf`; keep one of them",
            "a `transparent` struct is not a node, so it cannot have a static or skipped field; \
             remove `transparent`",
            "a `transparent` struct is not a node, so it cannot have a static or skipped field; \
             remove `transparent`",
        ]
    );
}
