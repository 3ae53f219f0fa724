use crate::description::export::Export;
use crate::description::geometry::{AXIAL_KEYS, Cylinder, axial_conductances_vjp, is_geometry};
use crate::description::setting::{ParamState, Setting};
use crate::run::cable::Cable;
use crate::states::{Params, States};
use pytree::grad::Duals;

impl Setting<f64> {
    /// The keys of the parameters that a change of this one changes.
    fn changes(&self) -> Vec<&str> {
        let mut keys = vec![&*self.key];
        if is_geometry(&self.key) {
            keys.extend(Cylinder::<f64>::KEYS.into_iter().chain(AXIAL_KEYS));
            keys.push(Export::AXIAL);
        }
        keys
    }

    /// The derivatives by the values, from those by the arrays. What the arrays were before does not
    /// count.
    fn apply_vjp(&self, arrays: &mut Params<f64>, values: &mut [f64]) {
        let Some(array) = arrays.get_mut(&self.key) else { return };
        // Of several values for one index the last counts.
        for (indices, value) in self.indices.iter().zip(values).rev() {
            *value += indices.iter().map(|&index| std::mem::take(&mut array[index])).sum::<f64>();
        }
    }

    /// Moves the derivatives by what follows from radius and length to these.
    fn make_cylinders_vjp(&self, params: &Params<f64>, cotangents: &mut Params<f64>) {
        if self.key != "radius" && self.key != "length" {
            return;
        }
        for &node in self.indices.iter().flatten() {
            let dual = |key: &str, at| Duals::from_re(params[key][node]).derivative(at);
            let derived = Cylinder::new(dual("radius", 0), dual("length", 1)).derived();
            let mut slopes = [0.0; 2];
            for (key, derived) in Cylinder::<f64>::KEYS.into_iter().zip(derived) {
                let (Some(array), Some(eps)) = (cotangents.get_mut(key), derived.eps.0) else {
                    continue;
                };
                let cotangent = std::mem::take(&mut array[node]);
                slopes.iter_mut().zip(&eps).for_each(|(slope, eps)| *slope += cotangent * eps);
            }
            for (key, slope) in ["radius", "length"].into_iter().zip(slopes) {
                cotangents.entry(key.to_owned()).and_modify(|array| array[node] += slope);
            }
        }
    }
}

impl Cable {
    /// Whether the parameter `key` changes with one of these settings.
    pub(crate) fn changes_with(settings: &ParamState<f64>, key: &str) -> bool {
        settings.iter().any(|setting| setting.changes().contains(&key))
    }

    /// The reverse of `get_all_parameters` and `get_all_states`: the derivatives by the values of
    /// the settings, from those by all parameters and initial states.
    pub(crate) fn settings_vjp(
        &self,
        settings: &ParamState<f64>,
        params: &Params<f64>,
        mut cotangents: Params<f64>,
        mut states: States<f64>,
    ) -> ParamState<f64> {
        if settings.iter().any(|setting| is_geometry(&setting.key))
            && let Some(rates) = cotangents.get(Export::AXIAL).cloned()
        {
            axial_conductances_vjp(&self.module.edges, params, &rates, &mut cotangents);
        }
        let reverse = |setting: &Setting<f64>| {
            let mut values = vec![0.0; setting.values.len()];
            setting.make_cylinders_vjp(params, &mut cotangents);
            setting.apply_vjp(&mut cotangents, &mut values);
            setting.apply_vjp(&mut states, &mut values);
            Setting { values, ..setting.clone() }
        };
        let mut reversed: Vec<_> = settings.iter().rev().map(reverse).collect();
        reversed.reverse();
        reversed
    }
}
