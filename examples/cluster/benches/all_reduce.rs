//! x
use cluster::Exchange;
use mpi::collective::SystemOperation;
use mpi::traits::*;
use ndarray::{Array1, Array2};
use pytree::PyTree;
use std::time::Instant;

#[derive(PyTree)]
struct Layer {
    w: Array2<f64>,
    b: Array1<f64>,
}

fn median(mut t: Vec<f64>) -> f64 {
    t.sort_by(f64::total_cmp);
    t[t.len() / 2]
}
fn main() {
    cluster::run(|world| {
        let mut tree: Vec<Layer> =
            (0..32).map(|_| Layer { w: Array2::ones((128, 128)), b: Array1::ones(128) }).collect();
        let mut ex = Exchange::new(world, &tree)?;
        let n = ex.layout().len();
        let send = vec![1.0; n];
        let mut recv = vec![0.0; n];
        let mut flat = vec![0.0; n];
        let mut e = vec![];
        let (mut a, mut b, mut c, mut d, mut r) = (vec![], vec![], vec![], vec![], vec![]);
        for _ in 0..200 {
            world.barrier();
            let t = Instant::now();
            world.all_reduce_into(&send[..], &mut recv[..], SystemOperation::sum());
            a.push(t.elapsed().as_secs_f64() * 1e3);
            world.barrier();
            let t = Instant::now();
            ex.sum(&mut tree)?;
            b.push(t.elapsed().as_secs_f64() * 1e3);
            let t = Instant::now();
            flat.copy_from_slice(&recv);
            e.push(t.elapsed().as_secs_f64() * 1e3);
            let t = Instant::now();
            ex.layout().ravel_into(&tree, &mut flat)?;
            c.push(t.elapsed().as_secs_f64() * 1e3);
            let t = Instant::now();
            ex.layout().unravel_into(&flat, &mut tree)?;
            d.push(t.elapsed().as_secs_f64() * 1e3);
            r.push(b[b.len() - 1] / a[a.len() - 1]);
        }
        if world.rank() == 0 {
            println!("memcpy {:.3}", median(e));
            println!(
                "bare {:.3} sum {:.3} ravel {:.3} unravel {:.3} ratio {:.3}",
                median(a),
                median(b),
                median(c),
                median(d),
                median(r)
            );
        }
        Ok(())
    })
}
