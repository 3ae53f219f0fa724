//! A struct with so many fields that the derive splits the bodies of functions.

use pytree::{PyTree, Vector, ravel_pytree, tree_equal, tree_map, tree_map2};

/// The fields by their names: numbers and arrays in turn.
macro_rules! many {
    ($($number:ident $array:ident)*) => {
        #[derive(PyTree, Clone, Debug, PartialEq)]
        struct Many {
            #[pytree(static)]
            order: u8,
            $($number: f64, $array: [f64; 2],)*
        }

        /// The same in a variant of an enum, with a parameter.
        #[derive(PyTree, Clone, Debug, PartialEq)]
        enum Any<T> {
            Many { #[pytree(static)] order: u8, $($number: T, $array: [T; 2],)* },
            None(T),
        }

        fn many(order: u8) -> Many {
            let mut next = 0.0;
            let mut next = || { next += 1.0; next };
            Many { order, $($number: next(), $array: [next(), next()],)* }
        }

        fn any(many: &Many) -> Any<f64> {
            Any::Many { order: many.order, $($number: many.$number, $array: many.$array,)* }
        }
    };
}

many! {
    x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13 x14 x15 x16 x17 x18 x19 x20 x21 x22 x23 x24 x25
    x26 x27 x28 x29 x30 x31 x32 x33 x34 x35 x36 x37 x38 x39 x40 x41 x42 x43 x44 x45 x46 x47 x48 x49
    x50 x51 x52 x53 x54 x55 x56 x57 x58 x59
}

#[test]
fn all_fields_take_part_in_order() {
    let (flat, unravel) = ravel_pytree(&many(1));
    assert_eq!(flat, (1..=90).map(f64::from).collect::<ndarray::Array1<_>>());
    assert_eq!(unravel.label(89).unwrap(), ".x59[1]");
    assert_eq!(unravel.unravel::<_, Many>(&flat).unwrap(), many(1));
    let doubled: Many = tree_map(|leaf| &leaf * 2.0, &many(1)).unwrap();
    assert_eq!(ravel_pytree(&doubled).0, &flat * 2.0);
    assert_eq!(ravel_pytree(&any(&many(1))).0, flat);
}

#[test]
fn all_fields_take_part_in_a_lockstep() {
    let flat = ravel_pytree(&many(1)).0;
    let mut sum = Vector(many(1));
    sum.add_scaled(2.0, &Vector(many(1))).unwrap();
    assert_eq!(ravel_pytree(&sum).0, &flat * 3.0);
    let mut sum = Vector(any(&many(1)));
    sum.add_scaled(2.0, &Vector(any(&many(1)))).unwrap();
    assert_eq!(*sum, any(&tree_map(|leaf| &leaf * 3.0, &many(1)).unwrap()));
    let sum: Many = tree_map2(|a, b| &a + &b, &many(1), &many(1)).unwrap();
    assert_eq!(ravel_pytree(&sum).0, &flat * 2.0);
}

#[test]
fn a_difference_in_the_last_field_or_the_structure_is_found() {
    let mut other = many(1);
    other.x59[1] += 1.0;
    assert!(tree_equal(&many(1), &many(1)) && !tree_equal(&many(1), &other));
    assert!(Vector(many(1)).add_scaled(1.0, &Vector(many(2))).is_err());
    assert!(Vector(any(&many(1))).add_scaled(1.0, &Vector(any(&many(2)))).is_err());
    assert!(Vector(any(&many(1))).add_scaled(1.0, &Vector(Any::None(1.0))).is_err());
}
