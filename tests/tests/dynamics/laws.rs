//! The laws of the utilities, on random toy modules.

use dynamics::{ChannelCurrents, Module, build_dynamic_state_utils};
use ndarray::Array1;
use proptest::prelude::*;
use tests::{bits, config, toys};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn remove_after_add_is_the_identity(toy in toys()) {
        let utils = build_dynamic_state_utils(&toy)?;
        let dynamic = utils.remove_observables(&toy.all_states())?;
        let added = utils.add_observables(&dynamic, &(), 0.025)?;
        let again = utils.remove_observables(&added)?;
        prop_assert_eq!(bits(&again), bits(&dynamic));

        let vector = utils.flatten(&dynamic)?;
        let unflattened = utils.unflatten(&vector)?;
        prop_assert_eq!(bits(&unflattened), bits(&dynamic));
        prop_assert_eq!(vector.len(), utils.num_states());
    }

    #[test]
    fn add_after_remove_is_the_identity_but_for_branchpoints(toy in toys()) {
        let utils = build_dynamic_state_utils(&toy)?;
        let mut expected = toy.all_states();
        let added = utils.add_observables(&utils.remove_observables(&expected)?, &(), 0.025)?;
        for key in ["v", "m", "i_Ca", "i_HH"] {
            for &node in &toy.branchpoints {
                expected.get_mut(key).expect("a state")[node] = -1.0;
            }
        }
        prop_assert_eq!(bits(&added), bits(&expected));
    }

    /// A naive reference: the rule as two loops.
    #[test]
    fn the_vector_is_that_of_a_naive_reference(toy in toys()) {
        let utils = build_dynamic_state_utils(&toy)?;
        let all_states = toy.all_states();
        let (mut expected, mut labels) = (Vec::new(), Vec::new());
        for (key, values) in &toy.initial {
            for (index, value) in values.iter().enumerate() {
                if key == "s" || !toy.branchpoints.contains(&index) && !value.is_nan() {
                    expected.push(*value);
                    labels.push(format!("{key}[{index}]"));
                }
            }
        }
        let vector = utils.flatten(&utils.remove_observables(&all_states)?)?;
        prop_assert_eq!(vector.to_vec(), expected);
        prop_assert_eq!(utils.labels(), labels);
        for (position, label) in utils.labels().iter().enumerate() {
            prop_assert_eq!(utils.index(label)?, position);
            prop_assert_eq!(utils.range(label)?, position..position + 1);
            prop_assert_eq!(&utils.label(position)?, label);
        }
        prop_assert!(utils.label(utils.num_states()).is_err());
    }

    #[test]
    fn in_place_equals_the_owned_functions(toy in toys()) {
        let utils = build_dynamic_state_utils(&toy)?;
        let mut states = toy.all_states();
        let in_place = utils.in_place(&states)?;
        let dynamic = utils.remove_observables(&states)?;
        let mut vector = vec![7.0; utils.num_states()];
        in_place.gather_into(&states, &mut vector)?;
        prop_assert_eq!(Array1::from(vector.clone()), utils.flatten(&dynamic)?);

        vector.iter_mut().for_each(|x| *x += 1.0);
        in_place.scatter_into(&vector, &mut states)?;
        let Ok(()) = toy.append_channel_currents(&mut states, &(), 0.025);
        let expected = utils.add_observables(&utils.unflatten(&vector)?, &(), 0.025)?;
        prop_assert_eq!(bits(&states), bits(&expected));
    }

    #[test]
    fn explain_agrees_with_the_labels(toy in toys()) {
        let utils = build_dynamic_state_utils(&toy)?;
        let rows = utils.explain();
        let states: usize = toy.initial.values().map(Array1::len).sum();
        prop_assert_eq!(rows.len(), states + toy.num_nodes() + 1);
        let kept: Vec<_> = rows
            .iter()
            .filter_map(|row| Some((row.fate.position()?, row.to_label())))
            .collect();
        prop_assert!(kept.iter().map(|(_, label)| label).eq(&utils.labels()));
        prop_assert!(kept.iter().map(|(position, _)| *position).eq(0..utils.num_states()));
    }
}
