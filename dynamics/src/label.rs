//! The text of labels such as `v[2]` and `s[1,0]`.

use pytree::KeyPath;

/// The name of the entry at `index` in row-major order of the state or current at `path`. The keys of the
/// path are joined by `/`.
pub(crate) fn label(path: &KeyPath, shape: &[usize], index: usize) -> String {
    path.simple("/") + &index_text(shape, index)
}

/// What follows the name: `[2]`, or `[1,0]` of several axes; nothing for a number.
pub(crate) fn index_text(shape: &[usize], index: usize) -> String {
    match shape {
        [] => String::new(),
        [_] => format!("[{index}]"),
        _ => {
            // The last axis varies fastest, so its index is the first remainder.
            let (mut quotient, mut indices) = (index, Vec::new());
            for len in shape.iter().rev() {
                indices.push((quotient % len).to_string());
                quotient /= len;
            }
            indices.reverse();
            format!("[{}]", indices.join(","))
        }
    }
}

/// Splits a label that ends in an index into the name and the index.
pub(crate) fn split_index(label: &str) -> Option<(&str, Vec<usize>)> {
    let (name, index) = label.strip_suffix(']')?.rsplit_once('[')?;
    // As it is printed: without leading zeros or a sign.
    let number = |text: &str| text.parse().ok().filter(|number: &usize| number.to_string() == text);
    Some((name, index.split(',').map(number).collect::<Option<_>>()?))
}

/// The position in row-major order of the entry at `index`; `None` if the shape has no such entry.
pub(crate) fn row_major(index: &[usize], shape: &[usize]) -> Option<usize> {
    let inside = index.len() == shape.len() && index.iter().zip(shape).all(|(i, len)| i < len);
    inside.then(|| index.iter().zip(shape).fold(0, |position, (i, len)| position * len + i))
}

#[cfg(test)]
mod tests {
    use super::{index_text, row_major, split_index};

    #[test]
    fn an_index_is_printed_and_read_again() {
        for shape in [&[7][..], &[2, 3], &[2, 1, 3]] {
            for position in 0..shape.iter().product() {
                let label = format!("v{}", index_text(shape, position));
                let (name, index) = split_index(&label).unwrap();
                assert_eq!((name, row_major(&index, shape)), ("v", Some(position)));
            }
        }
        assert_eq!(index_text(&[2, 3], 4), "[1,1]");
        assert_eq!(index_text(&[], 0), "");
    }

    #[test]
    fn what_is_no_index_of_the_shape_is_refused() {
        for label in ["v", "v[", "v]", "v[]", "v[01]", "v[+1]", "v[1,]", "v[-1]", "v[1 ]"] {
            assert_eq!(split_index(label), None, "{label}");
        }
        for index in [&[2][..], &[0, 3], &[2, 0], &[0, 0, 0], &[]] {
            assert_eq!(row_major(index, &[2, 3]), None);
        }
    }
}
