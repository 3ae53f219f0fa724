use std::any::{Any, type_name};

use crate::build::leaf_source::{LeafSource, Reported};
use crate::error::mismatch::MismatchKind;
use crate::structure::field_value::read_back;
use crate::walk::visit::{Skipped, Static};

impl<L> LeafSource<'_, L> {
    /// Takes the next static field of the struct that was taken last.
    ///
    /// # Errors
    /// If `S` is not the type of the field in the original tree, or if the structure was deserialized and so
    /// lacks the value.
    ///
    /// ```
    /// use pytree::walk::{Fields, LeafSource, Node, Reported, StructDef};
    /// use pytree::{FromLeaves, PyTree, tree_map};
    ///
    /// #[derive(PyTree)]
    /// struct State {
    ///     v: f64,
    ///     #[pytree(static)]
    ///     order: u8,
    /// }
    /// static STATE: StructDef =
    ///     StructDef::new("State", Fields::Named(&["v"])).with_statics(&["order"]);
    ///
    /// /// The order of a state, without its value.
    /// struct Only(u8);
    /// impl FromLeaves<f64> for Only {
    ///     fn from_leaves(source: &mut LeafSource<'_, f64>) -> Result<Self, Reported> {
    ///         source.expect(Node::Struct(&STATE))?;
    ///         let order = source.static_field("order");
    ///         source.leaf()?;
    ///         Ok(Only(order?))
    ///     }
    /// }
    ///
    /// let only: Only = tree_map(|leaf| leaf[[]], &State { v: 0.0, order: 2 })?;
    /// assert_eq!(only.0, 2);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn static_field<S: Static>(&mut self, name: &'static str) -> Result<S, Reported> {
        let value = self.arena.static_value(self.statics);
        self.statics += 1;
        let value = value.map(|value| (value.as_any(), value.type_name()));
        self.copy_field(name, value)
    }

    /// Takes the next skipped field of the struct that was taken last.
    ///
    /// # Errors
    /// If `S` is not the type of the field in the original tree, or if the structure was deserialized and so
    /// lacks the value.
    ///
    /// ```
    /// use pytree::walk::{Fields, LeafSource, Node, Reported, StructDef};
    /// use pytree::{FromLeaves, PyTree, tree_map};
    ///
    /// #[derive(PyTree)]
    /// struct State {
    ///     v: f64,
    ///     #[pytree(skip)]
    ///     step: u64,
    /// }
    /// static STATE: StructDef =
    ///     StructDef::new("State", Fields::Named(&["v"])).with_skipped(&["step"]);
    ///
    /// /// The number of a step, without its state.
    /// struct Only(u64);
    /// impl FromLeaves<f64> for Only {
    ///     fn from_leaves(source: &mut LeafSource<'_, f64>) -> Result<Self, Reported> {
    ///         source.expect(Node::Struct(&STATE))?;
    ///         let step = source.skipped_field("step");
    ///         source.leaf()?;
    ///         Ok(Only(step?))
    ///     }
    /// }
    ///
    /// let only: Only = tree_map(|leaf| leaf[[]], &State { v: 0.0, step: 2 })?;
    /// assert_eq!(only.0, 2);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn skipped_field<S: Skipped>(&mut self, name: &'static str) -> Result<S, Reported> {
        let value = self.arena.skipped_value(self.skipped);
        self.skipped += 1;
        let value = value.map(|value| (value.as_any(), value.type_name()));
        self.copy_field(name, value)
    }

    /// Copies the static or skipped field `field`; `value` has its value and the name of its type.
    fn copy_field<S: Clone + 'static>(
        &mut self,
        field: &'static str,
        value: Option<(&dyn Any, &'static str)>,
    ) -> Result<S, Reported> {
        let copy = value.and_then(|(value, _)| value.downcast_ref::<S>()).cloned();
        copy.ok_or_else(|| {
            if value.is_some_and(|(value, _)| read_back(value).is_some()) {
                return self.report(MismatchKind::other(format!(
                    "the value of field {field} is unknown, because the structure was deserialized; \
                     write into an existing tree with `Layout::unravel_into` instead"
                )));
            }
            let found = value.map_or("nothing", |(_, found)| found);
            self.report(MismatchKind::FieldType { field, expected: type_name::<S>(), found })
        })
    }
}
