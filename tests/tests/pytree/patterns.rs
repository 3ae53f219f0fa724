//! Patterns for paths: what they match, how they print, and the errors for texts that are not patterns.

use proptest::collection::vec;
use proptest::prelude::*;
use pytree::path::Key;
use pytree::{KeyPath, Layout, Pattern};
use tests::{config, key_paths, message, pattern};

/// Patterns, the paths they match, and those they do not.
const MATCHES: &[(&str, &[&str], &[&str])] = &[
    ("", &[""], &[".a", "[0]"]),
    ("layers[*].w", &[".layers[0].w", ".layers[12].w"], &[".layers.w", ".layers[0].b", ".w"]),
    (".layers[3]", &[".layers[3]"], &[".layers[4]", ".layers['3']", ".layers[3].w", ".layers"]),
    ("**", &["", ".a", "[0]['k'].b"], &[]),
    ("**.b", &[".b", ".a.b", "[0]['b'].b"], &["", ".b[0]", "['b']", ".bb"]),
    ("a.**", &[".a", ".a.b", ".a[0].b"], &["", ".b", ".b.a"]),
    ("a.**.b", &[".a.b", ".a.b.c.b", ".a[0].b"], &[".a", ".b", ".a.b.c"]),
    ("**.a.**.b.**", &[".a.b", ".x.a.y.b.z", ".b.a.b"], &[".b.a", ".a"]),
    ("**[0].**.**[1]", &["[0][1]", ".a[0].b[1]"], &["[1][0]", "[0]"]),
    (".*", &[".a", ".long_name"], &["", "[0]", "['a']", ".a.b"]),
    ("w?", &[".w1", ".wµ"], &[".w", ".w12"]),
    ("*_in*_w", &[".x_in_w", ".a_in_in_w_w"], &[".x_i_w", ".in_w"]),
    ("[*]", &["[0]", "[7]"], &["['0']", ".a", "[0][0]"]),
    ("['HH_*']", &["['HH_m']", "['HH_']"], &["['Na_m']", ".HH_m", "['HH']"]),
    ("['*']", &["['']", "['a]b']"], &["[0]", ".a"]),
    (r"['\*\?']", &["['*?']"], &["['ab']"]),
    (r"a\*b\.c", &[], &[".axb", ".a.b"]),
    (r#"["it's"]"#, &[r#"["it's"]"#], &["['its']"]),
    (r"['\x41*']", &["['A']", "['Ab']"], &["['x41']"]),
    ("a | b[0]|['c d']", &[".a", ".b[0]", "['c d']"], &[".b", "['c']", ".a.b"]),
    ("!**.b", &["", ".a", ".b.a", "['b']"], &[".b", ".a[0].b"]),
    ("a.** | !**.b", &[".a", ".a.c", ".a.b[0]"], &["", ".c", ".a.b", ".a.c.b"]),
    ("!**.b|a.**|!['c']", &[".a", ".a.c"], &["", ".c", ".a.b", "['c']"]),
    ("![0]|!a", &["", "[1]", ".a.b"], &["[0]", ".a"]),
    (".!a | !.!b", &[".!a"], &[".a", ".!b", ""]),
    ("!**", &[], &["", ".a", "[0]"]),
];

#[test]
fn what_matches() {
    for (text, matching, others) in MATCHES {
        let pattern = pattern(text);
        for path in *matching {
            assert!(pattern.matches(&path.parse().unwrap()), "{text:?} matches {path:?}");
        }
        for path in *others {
            assert!(!pattern.matches(&path.parse().unwrap()), "{text:?} does not match {path:?}");
        }
        assert_eq!(pattern.to_string().parse(), Ok(pattern), "{text:?} prints and parses");
    }
    let attribute = KeyPath::from_iter([Key::GetAttr("a*b.c".into())]);
    assert!(pattern(r"a\*b\.c").matches(&attribute));
}

#[test]
fn how_patterns_print() {
    for (text, printed) in [
        ("layers[*].w", ".layers[*].w"),
        ("**.b", "**.b"),
        (".**.**.b", "**.b"),
        (" a|b ", ".a | .b"),
        ("!b|a.**|!.c|d", ".a.** | .d | !.b | !.c"),
        ("!**", "!**"),
        (".!a", ".!a"),
        ("a.**[0]", ".a.**[0]"),
        (r#"["a*\*\n"]"#, r"['a*\*\n']"),
        (r"['it\'s']", r#"["it's"]"#),
        (r"a\*\ b", r".a\*\ b"),
    ] {
        assert_eq!(pattern(text).to_string(), printed);
    }
}

#[test]
fn texts_that_are_no_patterns() {
    for (text, error) in [
        (".", r#"not a pattern: "." ends where a name or `**` is expected"#),
        ("a |", r#"not a pattern: "a |" ends where a name, `[` or `**` is expected"#),
        ("!", r#"not a pattern: "!" ends where a name, `[` or `**` is expected"#),
        ("! a", r#"not a pattern: "! a" has " " at byte 1; expected a name, `[` or `**`"#),
        ("a | !!b", r#"not a pattern: "a | !!b" has "!!" at byte 4; expected a single `!`"#),
        ("** !b", r#"not a pattern: "** !b" has "!" at byte 3; expected `.`, `[` or `|`"#),
        ("a b", r#"not a pattern: "a b" has "b" at byte 2; expected `.`, `[` or `|`"#),
        (
            "[a]",
            r#"not a pattern: "[a]" has "a" at byte 1; expected a position, `*` or a key in quotes"#,
        ),
        ("[*.w", r#"not a pattern: "[*.w" has "." at byte 2; expected `]`"#),
        (
            "[03]",
            "not a pattern: \"[03]\" has \"03\" at byte 1; expected an integer of at most 128 bits, \
             without leading zeros",
        ),
        ("['HH_*", r#"not a pattern: "['HH_*" ends where the closing quote is expected"#),
        (r"a\b", r#"not a pattern: "a\\b" has "b" at byte 2; expected an escape"#),
        (
            "layers**.w",
            "not a pattern: \"layers**.w\" has \"**\" at byte 6; expected a single `*` (`**` stands for whole \
             keys, as in `.**`)",
        ),
        (
            "['**']",
            "not a pattern: \"['**']\" has \"**\" at byte 2; expected a single `*` (`**` stands for whole \
             keys, as in `.**`)",
        ),
    ] {
        assert_eq!(message(text.parse::<Pattern>()), error);
    }
}

/// A matcher that tried all ways out would take longer than there is time.
#[test]
fn no_pattern_takes_long() {
    let deep: KeyPath = std::iter::repeat_n(Key::Sequence(0), 5_000).collect();
    assert!(!pattern(&(".**[0]".repeat(40) + "[1]")).matches(&deep));
    let long = KeyPath::from_iter([Key::Dict("a".repeat(5_000).into())]);
    assert!(!pattern(&format!("['{}b']", "*a".repeat(40))).matches(&long));
}

/// Tries all ways to match, as the table in the docs reads.
fn naive(pattern: &str, keys: &[Key]) -> bool {
    fn glob(pattern: &[u8], name: &[u8]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some((b'*', rest)) => (0..=name.len()).any(|taken| glob(rest, &name[taken..])),
            Some((c, rest)) => {
                let fits = |n: &u8| *c == b'?' || c == n;
                name.first().is_some_and(fits) && glob(rest, &name[1..])
            }
        }
    }
    let Some(step) = pattern.split_inclusive(' ').next() else { return keys.is_empty() };
    let rest = &pattern[step.len()..];
    let step = step.trim_end();
    if step == ".**" {
        return (0..=keys.len()).any(|taken| naive(rest, &keys[taken..]));
    }
    let fits = |key: &Key| match key {
        Key::GetAttr(name) => {
            step.strip_prefix('.').is_some_and(|step| glob(step.as_bytes(), name.as_bytes()))
        }
        Key::Sequence(index) => step == "[*]" || step == format!("[{index}]"),
        Key::Dict(name) => {
            let quoted = step.strip_prefix("['").and_then(|step| step.strip_suffix("']"));
            quoted.is_some_and(|step| glob(step.as_bytes(), name.as_bytes()))
        }
        _ => false,
    };
    keys.first().is_some_and(fits) && naive(rest, &keys[1..])
}

/// Steps of few different letters, because then many of them match.
fn steps() -> impl Strategy<Value = Vec<String>> {
    let glob = || "(\\*?[ab?]){1,3}\\*?";
    let step = prop_oneof![
        Just(".**".to_string()),
        glob().prop_map(|glob| format!(".{glob}")),
        Just("[*]".to_string()),
        (0..2).prop_map(|index| format!("[{index}]")),
        glob().prop_map(|glob| format!("['{glob}']")),
    ];
    vec(step, 1..6)
}

fn small_paths() -> impl Strategy<Value = KeyPath> {
    let key = prop_oneof![
        "[ab]{1,4}".prop_map(|name| Key::GetAttr(name.into())),
        (0..2_usize).prop_map(Key::Sequence),
        "[ab]{1,4}".prop_map(|name| Key::Dict(name.into())),
    ];
    vec(key, 0..6).prop_map(|keys| keys.into_iter().collect())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_matcher_agrees_with_the_naive_one(
        steps in steps(),
        paths in vec(small_paths(), 64),
    ) {
        let pattern: Pattern = steps.concat().parse()?;
        prop_assert_eq!(&pattern.to_string().parse::<Pattern>()?, &pattern);
        let spaced = steps.join(" ");
        for path in paths {
            prop_assert_eq!(pattern.matches(&path), naive(&spaced, path.keys()), "{}", path);
        }
    }

    #[test]
    fn excluded_is_what_an_alternative_with_a_sign_matches(
        alternatives in vec((any::<bool>(), steps()), 1..5),
        paths in vec(small_paths(), 64),
    ) {
        let alternatives: Vec<_> =
            alternatives.into_iter().map(|(excludes, steps)| (excludes, steps.concat())).collect();
        let sign = |excludes| if excludes { "!" } else { "" };
        let texts: Vec<_> =
            alternatives.iter().map(|(excludes, text)| format!("{}{text}", sign(*excludes))).collect();
        let whole: Pattern = texts.join(" | ").parse()?;
        prop_assert_eq!(&whole.to_string().parse::<Pattern>()?, &whole);
        for path in paths {
            let mut matches = alternatives.iter().all(|(excludes, _)| *excludes);
            for (_, text) in alternatives.iter().filter(|(excludes, _)| !excludes) {
                matches |= pattern(text).matches(&path);
            }
            for (_, text) in alternatives.iter().filter(|(excludes, _)| *excludes) {
                matches &= !pattern(text).matches(&path);
            }
            prop_assert_eq!(whole.matches(&path), matches, "{} of {}", whole, path);
        }
    }

    #[test]
    fn a_path_is_a_pattern_that_matches_it_and_no_other(path in key_paths(), other in key_paths()) {
        let pattern = Pattern::from(&path);
        prop_assert!(pattern.matches(&path));
        prop_assert_eq!(pattern.matches(&other), path == other);
        for depth in 0..path.keys().len() {
            let above: KeyPath = path.keys()[..depth].iter().cloned().collect();
            prop_assert!(!pattern.matches(&above));
        }
        prop_assert_eq!(pattern.to_string().parse::<Pattern>()?, pattern);
    }

    #[test]
    fn any_text_is_a_pattern_or_an_error(text in "[a.*?!\\[\\]'|\\\\ 0é]{0,12}") {
        if let Ok(pattern) = text.parse::<Pattern>() {
            prop_assert_eq!(pattern.to_string().parse::<Pattern>()?, pattern);
        }
    }
}

#[test]
fn a_pattern_that_reaches_into_a_leaf_says_so() {
    let layout = Layout::of(&(1.0, [2.0, 3.0]));
    let text = "the pattern does not match the tree: no leaf matches";
    let hint = "is a single leaf, and a pattern selects whole leaves: remove the last position";
    for pattern in ["[1][*]", "[1][0]"] {
        let expected = format!("{text} \"{pattern}\"; [1] {hint}");
        assert_eq!(message(layout.select(pattern)), expected);
    }
    let expected = format!("{text} \"[*]\"; the root {hint}");
    assert_eq!(message(Layout::of(&[1.0, 2.0]).select("[*]")), expected);
    assert!(layout.select("[1]").is_ok());
}
