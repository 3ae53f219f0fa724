use std::fmt::{self, Display};

use ndarray::ArrayViewD;
use num_traits::ToPrimitive;

/// The range and the mean of the elements of a leaf that are not NaN. `Display` prints it as the end of a line.
pub(crate) struct Statistics {
    min: f64,
    max: f64,
    sum: f64,
    numbers: usize,
    nans: usize,
}

impl Statistics {
    pub(crate) fn new<E: ToPrimitive>(leaf: &ArrayViewD<'_, E>) -> Self {
        let (min, max) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut statistics = Statistics { min, max, sum: 0.0, numbers: 0, nans: 0 };
        for x in leaf {
            let x = x.to_f64().unwrap_or(f64::NAN);
            if x.is_nan() {
                statistics.nans += 1;
                continue;
            }
            statistics.min = statistics.min.min(x);
            statistics.max = statistics.max.max(x);
            statistics.sum += x;
            statistics.numbers += 1;
        }
        statistics
    }
}

impl Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Statistics { min, max, sum, numbers, nans } = *self;
        match (numbers, nans) {
            (0, 0) => return Ok(()),
            (0, 1) => return f.write_str(" = NaN"),
            (0, nans) => return write!(f, " {nans} NaN"),
            (1, 0) => return write!(f, " = {}", short(min)),
            _ => {
                let mean = sum / numbers as f64;
                write!(f, " min {} mean {} max {}", short(min), short(mean), short(max))?;
            }
        }
        if nans > 0 { write!(f, ", {nans} NaN") } else { Ok(()) }
    }
}

/// A number with four significant digits, or with all digits before the decimal point if these are up to six.
fn short(x: f64) -> String {
    let scientific = format!("{x:.3e}");
    // An infinity has no exponent.
    let Some((_, exponent)) = scientific.split_once('e') else { return x.to_string() };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        return scientific;
    }
    let decimals = usize::try_from(3 - exponent).unwrap_or(0);
    let text = format!("{x:.decimals$}");
    if decimals == 0 {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_have_at_least_four_significant_digits() {
        for (x, text) in [
            (0.0, "0"),
            (-2.0, "-2"),
            (2.0 / 3.0, "0.6667"),
            (0.000_123_456, "0.0001235"),
            (1234.56, "1235"),
            (123_456.7, "123457"),
            (1e6, "1.000e6"),
            (-1.5e-5, "-1.500e-5"),
            (100.0, "100"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(short(x), text);
        }
    }
}
