//! The arguments of the programs.

use std::env;

/// The arguments, each of which has a default. One too many, or one that begins with `-`, is an error with the usage.
pub fn arguments<const N: usize>(usage: &str, defaults: [&str; N]) -> Result<[String; N], String> {
    let mut values = defaults.map(str::to_owned);
    for (index, argument) in env::args_os().skip(1).enumerate() {
        let argument = argument
            .into_string()
            .map_err(|other| format!("the argument '{}' is not UTF-8", other.display()))?;
        if argument.starts_with('-') {
            return Err(format!("{argument:?} is not an option; usage: {usage}"));
        }
        let Some(value) = values.get_mut(index) else {
            return Err(format!("{argument:?} is one argument too many; usage: {usage}"));
        };
        *value = argument;
    }
    Ok(values)
}
