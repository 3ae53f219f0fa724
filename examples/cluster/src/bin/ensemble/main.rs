//! Simulates cells of random conductances on all ranks, and writes a Parquet file for each rank: a
//! folder that DuckDB, Polars and DataFusion read as one table.
//!
//! A run that was ended is taken up again by the same command, with any number of ranks: it
//! simulates the cells that no file has. A rank's file counts once the rank has simulated its whole
//! share, so cells of ranks that had not finished are simulated again. More cells are added by a
//! larger number of cells.
//!
//! `mpirun -n 2 target/release/ensemble [ensemble [1000 [25]]]`: the folder, the number of cells
//! and the time in ms

#[path = "../arguments/mod.rs"]
mod arguments;
mod member;
mod folder;
mod part;

use std::error::Error;
use std::num::NonZeroU32;
use std::path::PathBuf;

use arguments::arguments;
use cluster::{Exchange, agree};
use dynamics::build_dynamic_state_utils;
use folder::Folder;
use member::Model;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives};
use part::Part;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The folder, the number of cells, and the time in ms.
fn parsed() -> Outcome<(PathBuf, u32, f64)> {
    let usage = "ensemble [FOLDER [CELLS [MILLISECONDS]]]";
    let [folder, cells, t_max] = arguments(usage, ["ensemble", "1000", "25"])?;
    let cells = cells.parse::<NonZeroU32>();
    Ok((
        folder.into(),
        cells.map_err(|error| format!("the number of cells: {error}"))?.get(),
        t_max.parse().map_err(|error| format!("the time in ms: {error}"))?,
    ))
}

fn ensemble(world: &SimpleCommunicator) -> Outcome<()> {
    let (rank, ranks) = (u32::try_from(world.rank())?, usize::try_from(world.size())?);
    let (path, cells, t_max) = agree(world, parsed())?;
    let model = agree(world, Model::new(t_max))?;
    let utils = build_dynamic_state_utils(&model.cable)?;
    let folder =
        Folder { path, schema: member::schema(&utils.labels()), settings: model.settings() };

    // Rank 0 reads the folder, and sends the others which cells are missing.
    let mut missing = vec![true; usize::try_from(cells)?];
    let read = if rank == 0 { folder.read(model.rows(), &mut missing) } else { Ok(()) };
    agree(world, read)?;
    Exchange::new(world, &missing)?.broadcast(&mut missing)?;
    let seeds = (0..).zip(&missing).filter(|(_, missing)| **missing);
    let seeds: Vec<u32> = seeds.map(|(seed, _)| seed).collect();
    let bound = |rank: usize| seeds.len() * rank / ranks;
    let share = &seeds[bound(rank as usize)..bound(rank as usize + 1)];
    if rank == 0 {
        eprintln!("{} of {cells} cells are missing, {} on rank 0", seeds.len(), share.len());
    }

    if let Some(first) = share.first() {
        let mut part = Part::create(&folder, rank, *first)?;
        for (done, seed) in (1..).zip(share) {
            let rows = model.simulate(&utils, rank, *seed);
            part.write(&rows.map_err(|error| format!("seed {seed}: {error}"))?)?;
            if rank == 0 && (done * 10 / share.len() > (done - 1) * 10 / share.len()) {
                eprintln!("rank 0: {done} of {} cells", share.len());
            }
        }
        part.finish()?;
    }
    world.barrier(); // until all ranks have finished their files
    if rank == 0 {
        println!("{} has the cells with seeds 0 to {}.", folder.path.display(), cells - 1);
    }
    Ok(())
}

fn main() {
    cluster::run(ensemble);
}
