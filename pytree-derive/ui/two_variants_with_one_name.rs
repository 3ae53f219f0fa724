use pytree::PyTree;

#[derive(PyTree)]
enum Synapse {
    Exp(f64),
    #[pytree(rename = "Exp")]
    Alpha(f64),
}

fn main() {}
