use std::ops::Range;
use std::sync::Arc;

use pytree::Layout;
use pytree::error::quote;

use crate::dynamic_state_utils::DynamicStateUtils;
use crate::error::{Error, Problem, ProblemKind};
use crate::module::Module;
use crate::plan::Plan;

/// The names of the elements of a vector, which a [`Linearization`](crate::Linearization) and a
/// [`Jacobian`](crate::Jacobian) have for their rows and columns.
///
/// They come from [`DynamicStateUtils`], whose labels count nodes and synapses, or from the
/// [`Layout`] of a tree of your own. A clone is cheap.
///
/// ```
/// use dynamics::{Names, build_dynamic_state_utils, example::Cell};
/// use pytree::Layout;
///
/// let utils = build_dynamic_state_utils(&Cell)?;
/// assert_eq!(Names::from(&utils).labels(), utils.labels());
///
/// let names = Names::from(&Layout::of(&(1.0, ndarray::array![[2.0, 3.0]])));
/// assert_eq!(names.labels(), ["0", "1[0,0]", "1[0,1]"]);
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Names(Arc<Plan>);

impl<M: Module> From<&DynamicStateUtils<'_, M>> for Names {
    fn from(utils: &DynamicStateUtils<'_, M>) -> Self {
        Names(Arc::clone(&utils.plan))
    }
}

impl From<&Layout> for Names {
    fn from(layout: &Layout) -> Self {
        Names(Arc::new(Plan::of_layout(layout)))
    }
}

impl Names {
    /// The name of each element.
    ///
    /// ```
    /// use dynamics::{Names, build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// assert_eq!(Names::from(&utils).labels(), ["m[0]", "v[0]", "v[2]"]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn labels(&self) -> Vec<String> {
        self.0.labels().collect()
    }

    /// The length of the vector.
    pub(crate) fn len(&self) -> usize {
        self.0.num_states()
    }

    /// The row with this label.
    pub(crate) fn row(&self, label: &str) -> Result<usize, Error> {
        let error = |text| Error::about("row", ProblemKind::Name, text);
        let rows = self.0.range(label).map_err(error)?;
        if rows.len() == 1 {
            return Ok(rows.start);
        }
        let first = self.0.labels().nth(rows.start).unwrap_or_default();
        let text = format!(
            "{} is {} rows; name one of them, as in {}, or ask for a block",
            quote(label),
            rows.len(),
            quote(&first)
        );
        Err(error(text))
    }

    /// The rows and the columns of a block of a matrix, each given by a name.
    pub(crate) fn block(
        &self,
        rows: &str,
        columns: &str,
    ) -> Result<(Range<usize>, Range<usize>), Error> {
        match (self.0.range(rows), self.0.range(columns)) {
            (Ok(rows), Ok(columns)) => Ok((rows, columns)),
            (rows, columns) => {
                let texts = [("rows", rows.err()), ("columns", columns.err())].into_iter();
                let problems = texts.filter_map(|(side, text)| {
                    Some(Problem::about_all(ProblemKind::Name, format!("{side}: {}", text?)))
                });
                Err(Error::new("block", problems.collect()))
            }
        }
    }
}
