//! Numbers along an axis: where they are, and how they are written.

/// A number, and its text.
pub type Tick = (f64, String);

/// How many ticks there can be on so many pixels, if two are this far apart: 1 to 8.
pub fn most(pixels: f64, apart: f64) -> usize {
    let fits = |count: &u32| f64::from(*count) * apart <= pixels;
    (1..=8).rev().find(fits).unwrap_or(1) as usize
}

/// At most `most` multiples of 1, 2 or 5 times a power of ten, all with the same decimals.
pub fn ticks((low, high): (f64, f64), most: usize) -> Vec<Tick> {
    let least = (high - low) / most.max(1) as f64;
    if !(least > 0.0 && least.is_finite()) {
        return vec![];
    }
    let power = least.log10().floor();
    // One of these is larger than `least`, also where its logarithm is rounded.
    let steps = [1.0, 2.0, 5.0, 10.0, 20.0].map(|factor| factor * 10_f64.powf(power));
    let step = steps.into_iter().find(|step| *step >= least).unwrap_or(least);
    let first = (low / step).ceil();
    let values = (0..=most).map(|n| (first + n as f64) * step).take_while(|value| *value <= high);
    let values: Vec<_> = values.collect();
    let texts = texts(&values, step);
    values.into_iter().zip(texts).collect()
}

/// The powers of ten in a range of positive numbers, or every second, third, .. of them. If there
/// are fewer than two, also 2 and 5 times these; and if there are fewer than two of them, even
/// distances.
pub fn powers((low, high): (f64, f64), most: usize) -> Vec<Tick> {
    #[allow(clippy::cast_possible_truncation, reason = "-308 to 308")]
    let [first, last] = [low.log10().ceil(), high.log10().floor()].map(|power| power as i32);
    if last <= first {
        let near = [first - 1, first]
            .into_iter()
            .flat_map(|power| [1.0, 2.0, 5.0].map(|factor| (factor * 10_f64.powi(power), factor)));
        let near: Vec<_> =
            near.map(|(value, _)| value).filter(|x| (low..=high).contains(x)).collect();
        return match near[..] {
            [first, _, ..] if near.len() <= most => {
                near.iter().copied().zip(texts(&near, first)).collect()
            }
            _ => ticks((low, high), most),
        };
    }
    let most = i32::try_from(most.max(1)).unwrap_or(i32::MAX);
    let every = (1..=last - first).find(|every| last / every - first / every < most);
    let multiples = (first..=last).filter(|power| power % every.unwrap_or(1) == 0);
    multiples.map(|power| (10_f64.powi(power), power_of_ten(power))).collect()
}

/// `10` with its power above.
pub fn power_of_ten(power: i32) -> String {
    let raised = |c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => {
            char::from_u32(u32::from(digit) - u32::from('0') + u32::from('⁰')).unwrap_or(digit)
        }
    };
    format!("10{}", power.to_string().chars().map(raised).collect::<String>())
}

/// The texts of numbers at distances of `step`. Small and large ones have a power of ten.
fn texts(values: &[f64], step: f64) -> Vec<String> {
    let largest = values.iter().fold(step, |largest, value| largest.max(value.abs()));
    #[allow(clippy::cast_possible_truncation, reason = "-308 to 308")]
    let [power, fine] = [largest, step].map(|size| (size * (1.0 + 1e-9)).log10().floor() as i32);
    let shift = if (-3..=4).contains(&power) { 0 } else { power };
    let decimals = usize::try_from(shift - fine).unwrap_or(0);
    let text = |value: &f64| {
        let digits = plain(value / 10_f64.powi(shift), decimals).replace('-', "−");
        match shift {
            0 => digits,
            _ if *value == 0.0 => "0".to_owned(),
            _ => format!("{digits}·{}", power_of_ten(shift)),
        }
    };
    values.iter().map(text).collect()
}

/// A positive number as a power of ten, or to two digits, or more before the decimal point.
pub fn short(value: f64) -> String {
    let power = value.log10().floor();
    #[allow(clippy::cast_possible_truncation, reason = "-308 to 308")]
    match value / 10_f64.powf(power) {
        first if first < 1.0 + 1e-9 => power_of_ten(power as i32),
        _ => texts(&[value], 10_f64.powf(power - 1.0)).concat(),
    }
}

/// A number with so many decimals, and without a sign if all of its digits are 0.
pub fn plain(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|c| matches!(c, '0' | '.')) => digits.to_owned(),
        _ => text,
    }
}
