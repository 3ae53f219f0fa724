use std::f64::consts::PI;

use num_dual::{Dual2_64, DualNum};

use crate::error::{CableError, ErrorKind, Number};
use crate::mechanism::gate::clipped_exp;
use crate::transforms::transform::Transform;

/// All numbers to those between two bounds: `lower + (upper - lower) / (1 + exp(-x))`.
///
/// Below -20 the exponential is cut off, and the derivative is 0.
///
/// ```
/// use cable::transforms::{SigmoidTransform, Transform};
///
/// let transform = SigmoidTransform::new(1.0, 3.0)?;
/// assert_eq!((transform.forward(0.0.into()).re, transform.inverse(2.0)), (2.0, 0.0));
/// assert_eq!(transform.range(), [1.0, 3.0]);
/// # Ok::<(), cable::CableError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SigmoidTransform {
    lower: f64,
    upper: f64,
}

impl SigmoidTransform {
    /// The map to the numbers between `lower` and `upper`.
    ///
    /// # Errors
    /// [`Value`](ErrorKind::Value) unless both are finite and `lower < upper`.
    ///
    /// ```
    /// let error = cable::transforms::SigmoidTransform::new(1.0, 0.5).unwrap_err();
    /// let text = "SigmoidTransform has the bounds 1 and 0.5: give finite ones, the lower first";
    /// assert_eq!(error.to_string(), text);
    /// ```
    pub fn new(lower: f64, upper: f64) -> Result<Self, CableError> {
        interval("SigmoidTransform", lower, upper)?;
        Ok(Self { lower, upper })
    }
}

impl Transform for SigmoidTransform {
    fn forward(&self, x: Dual2_64) -> Dual2_64 {
        let part = (clipped_exp(-x) + 1.0).recip();
        part * (self.upper - self.lower) + self.lower
    }

    fn inverse(&self, y: f64) -> f64 {
        let part = (y - self.lower) / (self.upper - self.lower);
        -(1.0 / part - 1.0).ln()
    }

    fn range(&self) -> [f64; 2] {
        [self.lower, self.upper]
    }
}

/// A [`SigmoidTransform`] of `x pi / sqrt(3)`: a parameter with a logistic distribution becomes a
/// number with the variance 1.
///
/// ```
/// use cable::transforms::{LogisticTransform, SigmoidTransform, Transform};
///
/// let [logistic, sigmoid]: [Box<dyn Transform>; 2] =
///     [Box::new(LogisticTransform::new(0.0, 1.0)?), Box::new(SigmoidTransform::new(0.0, 1.0)?)];
/// let scale = std::f64::consts::PI / 3.0_f64.sqrt();
/// assert_eq!(logistic.forward(0.5.into()).re, sigmoid.forward((0.5 * scale).into()).re);
/// # Ok::<(), cable::CableError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogisticTransform(SigmoidTransform);

impl LogisticTransform {
    /// The map to the numbers between `lower` and `upper`.
    ///
    /// # Errors
    /// [`Value`](ErrorKind::Value) unless both are finite and `lower < upper`.
    ///
    /// ```
    /// assert!(cable::transforms::LogisticTransform::new(0.0, f64::NAN).is_err());
    /// ```
    pub fn new(lower: f64, upper: f64) -> Result<Self, CableError> {
        interval("LogisticTransform", lower, upper)?;
        Ok(Self(SigmoidTransform { lower, upper }))
    }
}

impl Transform for LogisticTransform {
    fn forward(&self, x: Dual2_64) -> Dual2_64 {
        self.0.forward(x * PI / 3.0_f64.sqrt())
    }

    fn inverse(&self, y: f64) -> f64 {
        self.0.inverse(y) * 3.0_f64.sqrt() / PI
    }

    fn range(&self) -> [f64; 2] {
        self.0.range()
    }
}

/// All numbers to those above a bound: `lower + ln(1 + exp(x))`.
///
/// ```
/// use cable::transforms::{SoftplusTransform, Transform};
///
/// let transform = SoftplusTransform::new(0.1)?;
/// assert!((transform.forward(0.0.into()).re - 0.1 - 2.0_f64.ln()).abs() < 1e-15);
/// assert_eq!((transform.forward(50.0.into()).re, transform.inverse(50.1)), (50.1, 50.0));
/// # Ok::<(), cable::CableError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoftplusTransform {
    lower: f64,
}

/// Above this the logarithm of 1 + exp(x) is x.
const THRESHOLD: f64 = 20.0;

fn softplus(x: Dual2_64) -> Dual2_64 {
    if x.re > THRESHOLD { x } else { x.exp().ln_1p() }
}

fn inverse_softplus(y: f64) -> f64 {
    if y > THRESHOLD { y } else { y.exp_m1().ln() }
}

impl SoftplusTransform {
    /// The map to the numbers above `lower`.
    ///
    /// # Errors
    /// [`Value`](ErrorKind::Value) unless it is finite.
    ///
    /// ```
    /// let error = cable::transforms::SoftplusTransform::new(f64::NAN).unwrap_err();
    /// let text = "the bound of SoftplusTransform is NaN: give a finite number";
    /// assert_eq!(error.to_string(), text);
    /// ```
    pub fn new(lower: f64) -> Result<Self, CableError> {
        finite("bound", "SoftplusTransform", lower)?;
        Ok(Self { lower })
    }
}

impl Transform for SoftplusTransform {
    fn forward(&self, x: Dual2_64) -> Dual2_64 {
        softplus(x) + self.lower
    }

    fn inverse(&self, y: f64) -> f64 {
        inverse_softplus(y - self.lower)
    }

    fn range(&self) -> [f64; 2] {
        [self.lower, f64::INFINITY]
    }
}

/// All numbers to those below a bound: `upper - ln(1 + exp(-x))`.
///
/// In Jaxley 0.14 the numbers are below `-upper`, which its documentation does not say.
///
/// ```
/// use cable::transforms::{NegSoftplusTransform, Transform};
///
/// let transform = NegSoftplusTransform::new(-50.0)?;
/// assert_eq!(transform.forward((-30.0).into()).re, -80.0);
/// assert_eq!(transform.range(), [f64::NEG_INFINITY, -50.0]);
/// # Ok::<(), cable::CableError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NegSoftplusTransform {
    upper: f64,
}

impl NegSoftplusTransform {
    /// The map to the numbers below `upper`.
    ///
    /// # Errors
    /// [`Value`](ErrorKind::Value) unless it is finite.
    ///
    /// ```
    /// assert!(cable::transforms::NegSoftplusTransform::new(f64::INFINITY).is_err());
    /// ```
    pub fn new(upper: f64) -> Result<Self, CableError> {
        finite("bound", "NegSoftplusTransform", upper)?;
        Ok(Self { upper })
    }
}

impl Transform for NegSoftplusTransform {
    fn forward(&self, x: Dual2_64) -> Dual2_64 {
        -softplus(-x) + self.upper
    }

    fn inverse(&self, y: f64) -> f64 {
        -inverse_softplus(self.upper - y)
    }

    fn range(&self) -> [f64; 2] {
        [f64::NEG_INFINITY, self.upper]
    }
}

fn interval(transform: &str, lower: f64, upper: f64) -> Result<(), CableError> {
    // The width is finite too, and a NaN is less than nothing.
    if lower < upper && (upper - lower).is_finite() {
        return Ok(());
    }
    let [lower, upper] = [lower, upper].map(Number);
    let text = format!(
        "{transform} has the bounds {lower} and {upper}: give finite ones, the lower first"
    );
    Err(CableError::new(ErrorKind::Value, text))
}

/// Checks that `value`, the `what` of a transform, is finite.
pub(crate) fn finite(what: &str, transform: &str, value: f64) -> Result<(), CableError> {
    if value.is_finite() {
        return Ok(());
    }
    let text = format!("the {what} of {transform} is {}: give a finite number", Number(value));
    Err(CableError::new(ErrorKind::Value, text))
}
