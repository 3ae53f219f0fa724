use std::fmt::{self, Debug};

use num_dual::Dual2_64;

use crate::error::{CableError, ErrorKind, Number};
use crate::transforms::bounded::finite;
use crate::transforms::transform::Transform;

/// Every number to itself.
///
/// ```
/// use cable::transforms::{IdentityTransform, Transform};
/// assert_eq!(IdentityTransform.inverse(-65.0), -65.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityTransform;

impl Transform for IdentityTransform {
    fn forward(&self, x: Dual2_64) -> Dual2_64 {
        x
    }

    fn inverse(&self, y: f64) -> f64 {
        y
    }
}

/// `scale x + shift`.
///
/// ```
/// use cable::transforms::{AffineTransform, Transform};
///
/// let transform = AffineTransform::new(10.0, -65.0)?; // a voltage that varies by 10 mV around -65 mV
/// assert_eq!((transform.forward(0.5.into()).re, transform.inverse(-60.0)), (-60.0, 0.5));
/// # Ok::<(), cable::CableError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AffineTransform {
    scale: f64,
    shift: f64,
}

impl AffineTransform {
    /// The map that multiplies by `scale`, then adds `shift`.
    ///
    /// # Errors
    /// [`Value`](ErrorKind::Value) unless both are finite, and the scale is more than 1e-8 from 0:
    /// closer ones count as 0, as in Jaxley, and the map would have no inverse.
    ///
    /// ```
    /// let error = cable::transforms::AffineTransform::new(0.0, 1.0).unwrap_err();
    /// let text = "the scale of AffineTransform is 0: give a number that is more than 1e-8 from 0";
    /// assert_eq!(error.to_string(), text);
    /// ```
    pub fn new(scale: f64, shift: f64) -> Result<Self, CableError> {
        finite("scale", "AffineTransform", scale)?;
        finite("shift", "AffineTransform", shift)?;
        if scale.abs() > 1e-8 {
            return Ok(Self { scale, shift });
        }
        let text = format!(
            "the scale of AffineTransform is {}: give a number that is more than 1e-8 from 0",
            Number(scale)
        );
        Err(CableError::new(ErrorKind::Value, text))
    }
}

impl Transform for AffineTransform {
    fn forward(&self, x: Dual2_64) -> Dual2_64 {
        x * self.scale + self.shift
    }

    fn inverse(&self, y: f64) -> f64 {
        (y - self.shift) / self.scale
    }
}

/// One transform after another.
///
/// ```
/// use cable::transforms::{AffineTransform, ChainTransform, SigmoidTransform, Transform};
///
/// let steep = AffineTransform::new(10.0, 0.0)?;
/// let transform = ChainTransform::new(steep, SigmoidTransform::new(0.0, 2.0)?);
/// assert_eq!(transform.forward(0.0.into()).re, 1.0);
/// assert_eq!(transform.range(), [0.0, 2.0]);
/// # Ok::<(), cable::CableError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChainTransform<A, B> {
    first: A,
    second: B,
}

impl<A: Transform, B: Transform> ChainTransform<A, B> {
    /// `first`, and then `second` of what it gives. A chain of three has a chain as one of the two.
    ///
    /// ```
    /// use cable::transforms::{AffineTransform, ChainTransform, Transform};
    ///
    /// let [twice, plus_one] = [AffineTransform::new(2.0, 0.0)?, AffineTransform::new(1.0, 1.0)?];
    /// assert_eq!(ChainTransform::new(twice, plus_one).forward(3.0.into()).re, 7.0);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn new(first: A, second: B) -> Self {
        Self { first, second }
    }
}

impl<A: Transform, B: Transform> Transform for ChainTransform<A, B> {
    fn forward(&self, x: Dual2_64) -> Dual2_64 {
        self.second.forward(self.first.forward(x))
    }

    fn inverse(&self, y: f64) -> f64 {
        self.first.inverse(self.second.inverse(y))
    }

    fn range(&self) -> [f64; 2] {
        let first = self.first.range();
        if first == IdentityTransform.range() {
            return self.second.range();
        }
        let [a, b] = first.map(|end| self.second.forward(end.into()).re);
        if a <= b { [a, b] } else { [b, a] }
    }
}

/// Another transform, or the identity.
///
/// With [`with_each`](crate::transforms::ParamTransform::with_each), some of the values of a key are
/// transformed:
///
/// ```
/// use cable::transforms::{MaskedTransform, ParamTransform, SoftplusTransform};
/// use ndarray::array;
///
/// let positive = SoftplusTransform::new(0.0)?;
/// let mask = [true, false];
/// let transform = ParamTransform::new()
///     .with_each("x", mask.map(|transformed| MaskedTransform::new(transformed, positive)));
/// let parameters = transform.forward(&vec![[("x".to_owned(), array![-3.0, -3.0])].into()])?;
/// assert!(parameters[0]["x"][0] > 0.0 && parameters[0]["x"][1] == -3.0);
/// # Ok::<(), cable::CableError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaskedTransform<A> {
    transform: Option<A>,
}

impl<A: Transform> MaskedTransform<A> {
    /// `transform` if `transformed`, else the identity.
    ///
    /// ```
    /// use cable::transforms::{MaskedTransform, SoftplusTransform, Transform};
    ///
    /// let masked = MaskedTransform::new(false, SoftplusTransform::new(0.0)?);
    /// assert_eq!(masked.forward((-3.0).into()).re, -3.0);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn new(transformed: bool, transform: A) -> Self {
        Self { transform: transformed.then_some(transform) }
    }
}

impl<A: Transform> Transform for MaskedTransform<A> {
    fn forward(&self, x: Dual2_64) -> Dual2_64 {
        self.transform.as_ref().map_or(x, |transform| transform.forward(x))
    }

    fn inverse(&self, y: f64) -> f64 {
        self.transform.as_ref().map_or(y, |transform| transform.inverse(y))
    }

    fn range(&self) -> [f64; 2] {
        self.transform.as_ref().map_or(IdentityTransform.range(), Transform::range)
    }
}

/// Two functions, each the inverse of the other.
///
/// The first is a function of num-dual's `Dual2_64`, a number with its first and second derivative.
///
/// ```
/// use cable::transforms::{CustomTransform, Transform};
/// use num_dual::{Dual2_64, DualNum};
///
/// let cube = CustomTransform::new(|x: Dual2_64| x.powi(3), f64::cbrt);
/// let y = cube.forward(Dual2_64::from_re(2.0).derivative());
/// assert_eq!((y.re, y.v1), (8.0, 12.0));
/// assert_eq!(cube.inverse(8.0), 2.0);
/// ```
#[derive(Clone, Copy)]
pub struct CustomTransform<F, G> {
    forward: F,
    inverse: G,
}

impl<F, G> CustomTransform<F, G>
where
    F: Fn(Dual2_64) -> Dual2_64 + Send + Sync,
    G: Fn(f64) -> f64 + Send + Sync,
{
    /// The map `forward`, and its inverse.
    ///
    /// ```
    /// use cable::transforms::{CustomTransform, Transform};
    /// use num_dual::{Dual2_64, DualNum};
    ///
    /// let positive = CustomTransform::new(|x: Dual2_64| x.exp(), f64::ln);
    /// assert_eq!(positive.inverse(1.0), 0.0);
    /// ```
    pub fn new(forward: F, inverse: G) -> Self {
        Self { forward, inverse }
    }
}

impl<F, G> Transform for CustomTransform<F, G>
where
    F: Fn(Dual2_64) -> Dual2_64 + Send + Sync,
    G: Fn(f64) -> f64 + Send + Sync,
{
    fn forward(&self, x: Dual2_64) -> Dual2_64 {
        (self.forward)(x)
    }

    fn inverse(&self, y: f64) -> f64 {
        (self.inverse)(y)
    }
}

impl<F, G> Debug for CustomTransform<F, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomTransform").finish_non_exhaustive()
    }
}
