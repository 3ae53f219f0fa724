use pytree::tree_map;

fn main() -> Result<(), pytree::Error> {
    let half = tree_map(|leaf| &leaf * 0.5, &vec![1.0, 2.0])?;
    drop(half);
    Ok(())
}
