use std::collections::BTreeMap;
use std::fmt::Display;

use ndarray::Array1;

use crate::arrays::table::not_passed;
use crate::description::setting::Parameters;
use crate::error::{CableError, ErrorKind, Number, Place, Short};
use crate::states::{Params, Scalar};
use crate::transforms::transform::{Transform, at, lift};

/// A [`Transform`] for each of the trainable [`Parameters`] of a module: between the free numbers of
/// an optimiser and the parameters, both trees of the same shape.
///
/// ```
/// use cable::transforms::{AffineTransform, ParamTransform, SigmoidTransform};
/// use cable::{Branch, Build, Compartment};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut branch = Branch::new(&Compartment::new(), 2)?;
/// branch.comp(..)?.make_trainable("radius")?; // um
/// branch.make_trainable("v")?; // mV
/// let transform = ParamTransform::new()
///     .with_each("radius", [SigmoidTransform::new(0.5, 5.0)?, SigmoidTransform::new(0.5, 2.0)?])
///     .with("v", AffineTransform::new(10.0, -65.0)?);
///
/// let free = transform.inverse(&branch.get_parameters())?;
/// assert_eq!(free[1]["v"][0], -0.5);
/// let parameters = transform.forward(&free)?;
/// assert!((parameters[0]["radius"][1] - 1.0).abs() < 1e-15);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct ParamTransform {
    entries: Vec<Entry>,
}

/// What is done with the values of one call of `make_trainable`.
#[derive(Debug)]
struct Entry {
    key: String,
    transforms: Transforms,
}

#[derive(Debug)]
enum Transforms {
    All(Box<dyn Transform>),
    Each(Vec<Box<dyn Transform>>),
}

impl ParamTransform {
    /// Of no parameters yet.
    ///
    /// ```
    /// let none = cable::transforms::ParamTransform::new();
    /// assert!(none.forward::<f64>(&vec![]).is_ok());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// `transform` for each value of a dictionary of the parameters that has the key `key`. The keys
    /// are in any order; of one key that was [made trainable](crate::View::make_trainable) several
    /// times, the transforms are in the order of these calls.
    ///
    /// ```
    /// use cable::transforms::{ParamTransform, SoftplusTransform};
    ///
    /// let transform = ParamTransform::new().with("radius", SoftplusTransform::new(0.1)?);
    /// let error = transform.forward::<f64>(&vec![]).unwrap_err().to_string();
    /// let text = "the list of parameters has 0 entries, but there are 1 keys of the ParamTransform: \
    ///             give one for each";
    /// assert_eq!(error, text);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    #[must_use]
    pub fn with(self, key: &str, transform: impl Transform + 'static) -> Self {
        self.and(key, Transforms::All(Box::new(transform)))
    }

    /// As [`with`](Self::with), but with a transform of its own for each value. Transforms of
    /// several types are `Box<dyn Transform>`.
    ///
    /// ```
    /// use cable::transforms::{AffineTransform, ParamTransform};
    ///
    /// let scales = [1.0, 2.0].map(|scale| AffineTransform::new(scale, 0.0));
    /// let scales = scales.into_iter().collect::<Result<Vec<_>, _>>()?;
    /// let transform = ParamTransform::new().with_each("x", scales);
    /// let parameters = transform.forward(&vec![[("x".into(), ndarray::array![3.0, 3.0])].into()])?;
    /// assert_eq!(parameters[0]["x"], ndarray::array![3.0, 6.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    #[must_use]
    pub fn with_each<F: Transform + 'static>(
        self,
        key: &str,
        transforms: impl IntoIterator<Item = F>,
    ) -> Self {
        let boxed = |transform| Box::new(transform) as Box<dyn Transform>;
        self.and(key, Transforms::Each(transforms.into_iter().map(boxed).collect()))
    }

    fn and(mut self, key: &str, transforms: Transforms) -> Self {
        self.entries.push(Entry { key: key.to_owned(), transforms });
        self
    }

    /// The parameters that the free numbers stand for. With dual numbers, their derivatives too.
    ///
    /// # Errors
    /// [`Length`](ErrorKind::Length) or [`Unknown`](ErrorKind::Unknown) if the lists or the keys do
    /// not fit those of the transform, and [`Value`](ErrorKind::Value) if a parameter, or its
    /// derivative, would not be finite.
    ///
    /// ```
    /// use cable::transforms::{ParamTransform, SigmoidTransform};
    /// use ndarray::array;
    ///
    /// let transform = ParamTransform::new().with("x", SigmoidTransform::new(0.0, 1.0)?);
    /// let free = vec![[("x".to_owned(), array![0.0, f64::NAN])].into()];
    /// let error = transform.forward(&free).unwrap_err().to_string();
    /// assert_eq!(error, "x[1] is NaN, and what it stands for is not finite: give another number");
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn forward<T: Scalar>(&self, free: &Parameters<T>) -> Result<Parameters<T>, CableError> {
        self.map(free, |place, transform, x: T| {
            let y = at(transform, x.re());
            if y.re.is_finite() && y.v1.is_finite() {
                return Ok(lift(y, x));
            }
            let text = format!(
                "{place} is {}, and what it stands for is not finite: give another number",
                Number(x.re())
            );
            Err(CableError::new(ErrorKind::Value, text))
        })
    }

    /// The free numbers that stand for the parameters.
    ///
    /// # Errors
    /// [`Length`](ErrorKind::Length) or [`Unknown`](ErrorKind::Unknown) if the lists or the keys do
    /// not fit those of the transform, and [`Value`](ErrorKind::Value) if a parameter is outside the
    /// [range](Transform::range) of its transform, or too close to its end.
    ///
    /// ```
    /// use cable::transforms::{ParamTransform, SigmoidTransform};
    /// use ndarray::array;
    ///
    /// let transform = ParamTransform::new().with("HH_gNa", SigmoidTransform::new(0.05, 0.5)?);
    /// let parameters = vec![[("HH_gNa".to_owned(), array![0.12, 0.7])].into()];
    /// let error = transform.inverse(&parameters).unwrap_err().to_string();
    /// assert_eq!(
    ///     error,
    ///     "HH_gNa[1] is 0.7, which no number stands for: give one between 0.05 and 0.5, or another \
    ///      transform"
    /// );
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn inverse(&self, parameters: &Parameters<f64>) -> Result<Parameters<f64>, CableError> {
        self.map(parameters, |place, transform, y: f64| {
            let [lower, upper] = transform.range();
            if lower < y && y < upper {
                let x = transform.inverse(y);
                if x.is_finite() {
                    return Ok(x);
                }
            }
            let [y, lower, upper] = [y, lower, upper].map(Number);
            let text = format!(
                "{place} is {y}, which no number stands for: give one between {lower} and {upper}, \
                 or another transform"
            );
            Err(CableError::new(ErrorKind::Value, text))
        })
    }

    /// The gradient with respect to the free numbers, from the `gradient` with respect to the
    /// parameters that [`forward`](Self::forward) of `free` gives.
    ///
    /// # Errors
    /// Those of `forward`, for either argument.
    ///
    /// ```
    /// use cable::transforms::{AffineTransform, ParamTransform};
    /// use ndarray::array;
    ///
    /// let transform = ParamTransform::new().with("v", AffineTransform::new(10.0, -65.0)?);
    /// let [free, gradient] = [0.5, 3.0].map(|x| vec![[("v".to_owned(), array![x])].into()]);
    /// assert_eq!(transform.vjp(&free, &gradient)?[0]["v"], array![30.0]);
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn vjp(
        &self,
        free: &Parameters<f64>,
        gradient: &Parameters<f64>,
    ) -> Result<Parameters<f64>, CableError> {
        let mut slopes = self.map(free, |_, transform, x: f64| Ok(at(transform, x).v1))?;
        self.forward(free)?;
        self.map(gradient, |_, _, x: f64| Ok(x))?;
        for (slopes, gradient) in slopes.iter_mut().zip(gradient) {
            for (key, slopes) in slopes {
                let gradient = gradient.get(key).ok_or_else(|| not_passed(&Place::Param(key)))?;
                CableError::same_length(key, gradient.len(), slopes.len(), "free numbers")?;
                *slopes *= gradient;
            }
        }
        Ok(slopes)
    }

    /// Each value by `f`, which has the place of the value, its transform and the value.
    fn map<T: Scalar>(
        &self,
        parameters: &Parameters<T>,
        f: impl Fn(&dyn Display, &dyn Transform, T) -> Result<T, CableError>,
    ) -> Result<Parameters<T>, CableError> {
        let (found, expected) = (parameters.len(), self.entries.len());
        CableError::same_length(
            "the list of parameters",
            found,
            expected,
            "keys of the ParamTransform",
        )?;
        // For each key the entries that are left: the first is that of the next dictionary.
        let mut entries: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for entry in self.entries.iter().rev() {
            entries.entry(&entry.key).or_default().push(entry);
        }
        let mut of_dictionary = |given: &Params<T>| {
            let unknown = |key: &str| {
                CableError::unknown("the ParamTransform", key, self.entries.iter().map(|e| &e.key))
            };
            let mut pairs = given.iter();
            let (Some((key, values)), None) = (pairs.next(), pairs.next()) else {
                let text = format!(
                    "a dictionary of the parameters has {} keys: give a dictionary of one key for each \
                     make_trainable, as get_parameters returns them",
                    given.len()
                );
                return Err(CableError::new(ErrorKind::Length, text));
            };
            let left = entries.get_mut(&**key).ok_or_else(|| unknown(key))?;
            let Some(entry) = left.pop() else {
                let text = format!(
                    "the ParamTransform has fewer transforms of '{}' than there are dictionaries with \
                     this key: give one for each make_trainable",
                    Short(key)
                );
                return Err(CableError::new(ErrorKind::Length, text));
            };
            if let Transforms::Each(transforms) = &entry.transforms {
                CableError::same_length(
                    key,
                    values.len(),
                    transforms.len(),
                    "transforms of with_each",
                )?;
            }
            let mapped = values.iter().enumerate().map(|(index, &value)| {
                let transform = match &entry.transforms {
                    Transforms::All(transform) => transform,
                    Transforms::Each(transforms) => &transforms[index],
                };
                f(&format_args!("{}[{index}]", Short(key)), transform, value)
            });
            let mapped = mapped.collect::<Result<Array1<T>, _>>()?;
            Ok(Params::from([(key.clone(), mapped)]))
        };
        parameters.iter().map(&mut of_dictionary).collect()
    }
}
