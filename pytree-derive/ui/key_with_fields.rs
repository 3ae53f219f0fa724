use pytree::MapKey;

#[derive(MapKey, PartialEq, Eq, PartialOrd, Ord)]
enum Ion {
    Na,
    Other(String),
    #[pytree(rename = "Na")]
    Sodium,
    #[pytree(skip)]
    K,
}

#[derive(MapKey, PartialEq, Eq, PartialOrd, Ord)]
struct Neuron(u32);

fn main() {}
