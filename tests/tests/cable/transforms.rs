//! Transforms of parameters map as Jaxley's do.

use std::error::Error;

use cable::transforms::{
    AffineTransform, ChainTransform, CustomTransform, LogisticTransform, MaskedTransform,
    NegSoftplusTransform, ParamTransform, SigmoidTransform, SoftplusTransform,
};
use cable::{Parameters, Params};
use ndarray::Array1;
use num_dual::{Dual2_64, Dual64, DualNum};
use serde_json::Value;
use tests::reference;

/// A transform of the parameter of this name, as `make_reference.py` makes it.
fn transform(name: &str) -> Result<ParamTransform, Box<dyn Error>> {
    let softplus = SoftplusTransform::new(0.5)?;
    let affine = AffineTransform::new(-2.0, 0.25)?;
    let new = ParamTransform::new();
    Ok(match name {
        "sigmoid" => new.with(name, SigmoidTransform::new(-1.0, 2.5)?),
        "logistic" => new.with(name, LogisticTransform::new(-1.0, 2.5)?),
        "softplus" => new.with(name, softplus),
        // Jaxley takes the upper bound with the wrong sign.
        "neg_softplus" => new.with(name, NegSoftplusTransform::new(-3.0)?),
        "affine" => new.with(name, affine),
        "chain" => new.with(name, ChainTransform::new(affine, softplus)),
        "masked" => {
            let each = (0..9).map(|index| MaskedTransform::new(index % 2 == 0, softplus));
            new.with_each(name, each)
        }
        "custom" => new.with(name, CustomTransform::new(|x: Dual2_64| x.sinh(), f64::asinh)),
        _ => return Err(format!("there is no {name}").into()),
    })
}

fn numbers(list: &Value) -> Result<Vec<Option<f64>>, Box<dyn Error>> {
    Ok(list.as_array().ok_or("no list")?.iter().map(Value::as_f64).collect())
}

fn one<T>(key: &str, values: impl IntoIterator<Item = T>) -> Parameters<T> {
    vec![Params::from([(key.to_owned(), values.into_iter().collect::<Array1<T>>())])]
}

#[test]
fn forward_its_derivative_and_the_inverse() -> Result<(), Box<dyn Error>> {
    let reference = reference("transforms.json");
    let free: Vec<f64> = numbers(&reference["x"])?.into_iter().flatten().collect();
    let all = reference["transforms"].as_object().ok_or("no transforms")?;
    assert_eq!(all.len(), 8);
    for (name, expected) in all {
        let transform = transform(name)?;
        let close = |what: &str, found: f64, expected: f64| {
            let near = (found - expected).abs() <= 1e-13 * expected.abs();
            assert!(near, "{name}: {what}: {found} instead of {expected}");
        };
        let of_duals =
            transform.forward(&one(name, free.iter().map(|&x| Dual64::from_re(x).derivative())))?;
        let of_numbers = transform.forward(&one(name, free.clone()))?;
        let ones = one(name, vec![1.0; free.len()]);
        let slopes = transform.vjp(&one(name, free.clone()), &ones)?;
        let [forward, derivative, inverse] =
            ["forward", "derivative", "inverse"].map(|what| numbers(&expected[what]));
        let (forward, derivative, inverse) = (forward?, derivative?, inverse?);
        for index in 0..free.len() {
            let (y, slope) = (forward[index].ok_or("null")?, derivative[index].ok_or("null")?);
            close("forward", of_numbers[0][name][index], y);
            close("forward of a dual number", of_duals[0][name][index].re, y);
            close("derivative", of_duals[0][name][index].eps, slope);
            close("vjp", slopes[0][name][index], slope);
        }
        // Further out the parameters round to the bounds, which no number stands for.
        let inside = |index: usize| free[index].abs() < 15.0;
        let parameters =
            (0..free.len()).map(|index| forward[if inside(index) { index } else { 4 }]);
        let parameters: Vec<f64> = parameters.flatten().collect();
        let found = transform.inverse(&one(name, parameters))?;
        for index in (0..free.len()).filter(|&index| inside(index)) {
            let (found, x) = (found[0][name][index], inverse[index].ok_or("null")?);
            // A parameter 4e-6 from its bound has 11 digits of x.
            let near = (found - x).abs() <= 1e-11 * (1.0 + x.abs());
            assert!(near, "{name}: inverse: {found} instead of {x}");
        }
    }
    Ok(())
}
