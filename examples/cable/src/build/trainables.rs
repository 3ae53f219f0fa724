//! How trained values are written back into a module.

use crate::build::tables::Tables;
use crate::description::limits::check_value;
use crate::description::setting::{Parameters, Setting};
use crate::error::{CableError, Short};
use crate::run::parameters::with_values;
use std::collections::HashMap;

impl Tables {
    /// Gives all that is trainable the values of `parameters`. Nothing is written if there is an
    /// error.
    pub(crate) fn write_trainables(
        &mut self,
        parameters: &Parameters<f64>,
    ) -> Result<(), CableError> {
        let settings = with_values(&self.trainables, parameters)?;
        let addresses = self.addresses();
        let comps = addresses.iter().enumerate().map(|(comp, address)| (address.node, comp));
        let comps: HashMap<_, _> = comps.collect();
        let mut written = self.clone();
        settings.iter().try_for_each(|setting| written.write(setting, &comps))?;
        *self = Self { trainables: settings, ..written };
        Ok(())
    }

    /// Writes a setting, whose nodes are the compartments `comps`.
    fn write(
        &mut self,
        setting: &Setting<f64>,
        comps: &HashMap<usize, usize>,
    ) -> Result<(), CableError> {
        let Setting { key, indices, values } = setting;
        for (index, &value) in values.iter().enumerate() {
            let name = || format!("{}[{index}]", Short(key));
            check_value(key, name, "the parameters", value)?;
        }
        let rows = indices.iter().zip(values);
        let rows = rows.flat_map(|(group, &value)| group.iter().map(move |&at| (at, value)));
        if let Some(column) = self.columns.get_mut(key) {
            let rows: Vec<_> =
                rows.filter_map(|(at, value)| Some((*comps.get(&at)?, value))).collect();
            rows.iter().for_each(|&(comp, value)| column[comp] = value);
            if key == "radius" || key == "length" {
                let (comps, values): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
                self.check_cylinders("the parameters", key, &comps, &values)?;
                self.make_cylinders(&comps);
            }
        } else if let Some(synapses) =
            self.synapses.iter_mut().find(|s| s.columns.contains_key(key))
        {
            let column = synapses.columns.get_mut(key).into_iter().flatten();
            let given: HashMap<_, _> = rows.collect();
            for (at, value) in column.enumerate() {
                *value = given.get(&at).copied().unwrap_or(*value);
            }
        }
        Ok(())
    }
}
