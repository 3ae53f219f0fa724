/// The first node from which no root is reached: it is its own ancestor, or has an ancestor that
/// is. `parents` has the parent of each node, and `None` for a root. Takes linear time.
pub(crate) fn without_root(parents: &[Option<usize>]) -> Option<usize> {
    let mut rooted = vec![false; parents.len()];
    for start in 0..parents.len() {
        let way = || std::iter::successors(Some(start), |&at| parents[at]);
        // A walk up ends at a node that is known to have a root, or it goes round in a circle.
        let new = way().take_while(|&at| !rooted[at]).take(parents.len() + 1).count();
        if new > parents.len() {
            return Some(start);
        }
        way().take(new).collect::<Vec<_>>().into_iter().for_each(|at| rooted[at] = true);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_node_without_a_root_is_found() {
        assert_eq!(without_root(&[]), None);
        assert_eq!(without_root(&[None, None, Some(3), Some(1)]), None);
        assert_eq!(without_root(&[None, Some(1)]), Some(1));
        assert_eq!(without_root(&[Some(2), None, Some(3), Some(2)]), Some(0));
    }

    #[test]
    fn a_long_chain_takes_linear_time() {
        let chain: Vec<_> = (0..1_000_000_usize).map(|n| n.checked_sub(1)).collect();
        assert_eq!(without_root(&chain), None);
    }
}
