use pytree::MapKey;

#[derive(MapKey)]
enum Ion {
    Na,
    K,
}

fn main() {}
