use arbitrary::{Result, Unstructured};
use ndarray::{Array, ArrayD, Axis, IxDyn};
use pytree::Tree;

/// A tree of every kind of node, at most so many levels deep.
pub fn tree(u: &mut Unstructured<'_>, depth: usize) -> Result<Tree<ArrayD<f64>>> {
    let kinds = if depth == 0 { 2 } else { 5 };
    Ok(match u.int_in_range(0..=kinds - 1)? {
        0 => Tree::Leaf(array(u)?),
        1 => Tree::None,
        2 => Tree::List(children(u, |u| tree(u, depth - 1))?),
        3 => Tree::Tuple(children(u, |u| tree(u, depth - 1))?),
        _ => Tree::Dict(
            children(u, |u| Ok((dict_key(u)?, tree(u, depth - 1)?)))?.into_iter().collect(),
        ),
    })
}

fn children<T>(
    u: &mut Unstructured<'_>,
    mut child: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let len = u.int_in_range(0..=4)?;
    (0..len).map(|_| child(u)).collect()
}

/// An array of up to three axes, also an empty one, in row-major, column-major or reversed order.
pub fn array(u: &mut Unstructured<'_>) -> Result<ArrayD<f64>> {
    let axes = u.int_in_range(0..=3)?;
    let mut shape = (0..axes).map(|_| u.int_in_range(0..=3)).collect::<Result<Vec<usize>>>()?;
    let first: u32 = u.arbitrary()?;
    let data = (0..shape.iter().product::<usize>()).map(|i| f64::from(first) + i as f64);
    let (columns, reversed) = u.arbitrary()?;
    if columns {
        shape.reverse();
    }
    let mut array = Array::from_shape_vec(IxDyn(&shape), data.collect()).expect("as many elements");
    if columns {
        array = array.reversed_axes();
    }
    if reversed && axes > 0 {
        array.invert_axis(Axis(0));
    }
    Ok(array)
}

/// A key with quotes, escapes, separators and digits among it, or any other.
pub fn dict_key(u: &mut Unstructured<'_>) -> Result<String> {
    const ODD: [&str; 13] =
        ["a", "b", "", "3", "-2", ".", "it's", "\"", "\\", "['a']", "a.b", "\n", "é/\0"];
    if u.ratio(3, 4)? { u.choose(&ODD).map(ToString::to_string) } else { u.arbitrary() }
}
