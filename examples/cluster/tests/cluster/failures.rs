//! A rank that fails ends the run, and says why.

use std::collections::BTreeMap;

use cluster::{Exchange, agree};
use mpi::traits::{Communicator, CommunicatorCollectives};

use crate::ranks::{fails, run, stderr, succeeds};

#[test]
fn the_first_rank_that_failed_has_the_word() {
    succeeds("failures::the_first_rank_that_failed_has_the_word", |world| {
        let (rank, ranks) = (world.rank(), world.size());
        assert_eq!(agree(world, Ok::<_, String>(rank)), Ok(rank));
        let texts = BTreeMap::from([
            (1, "\u{e4} is missing\nin two lines".to_owned()),
            (3, "x".repeat(3 << 20)),
        ]);
        let own = texts.get(&rank).map_or(Ok(rank), |text| Err(text.clone()));
        let expected = if ranks == 1 {
            Ok(0)
        } else {
            Err("rank 1: \u{e4} is missing\nin two lines".to_owned())
        };
        assert_eq!(agree(world, own).map_err(|error| error.to_string()), expected);
        // A text of 3 MiB is cut where a character ends.
        let own =
            if rank + 1 == ranks { Err(format!("a{}", "\u{e4}".repeat(1 << 20))) } else { Ok(()) };
        let error = agree(world, own).unwrap_err();
        assert_eq!(
            (error.rank(), error.to_string().len()),
            (ranks - 1, "rank 0: ".len() + (1 << 20) - 1)
        );
        Ok(())
    });
}

#[test]
fn an_error_on_one_rank_ends_all() {
    fails("failures::an_error_on_one_rank_ends_all", "rank 1: no such file", |world| {
        if world.rank() == 1 {
            return Err("no such file".into());
        }
        Exchange::new(world, &[0.0])?.sum(&mut [0.0])?; // waits for rank 1
        Ok(())
    });
}

#[test]
fn an_error_of_all_ranks_is_printed_once() {
    fails("failures::an_error_of_all_ranks_is_printed_once", "rank 2: no such file", |world| {
        let own = if world.rank() == 2 { Err("no such file") } else { Ok(()) };
        Ok(agree(world, own)?)
    });
}

#[test]
fn a_rank_that_ends_early_does_not_end_the_run_unheard() {
    // The error comes while rank 0 has left the program already.
    let error = "rank 2: the disk is full";
    fails("failures::a_rank_that_ends_early_does_not_end_the_run_unheard", error, |world| {
        if world.rank() == 2 { Err("the disk is full".into()) } else { Ok(()) }
    });
}

#[test]
fn a_panic_on_one_rank_ends_all() {
    let output = run(3, "failures::a_panic_on_one_rank_ends_all", |world| {
        assert!(world.rank() != 1, "rank 1 has a bug");
        world.barrier();
        Ok(())
    });
    let printed = stderr(&output);
    assert_eq!(output.status.code(), Some(101), "{printed}");
    assert!(printed.contains("rank 1 has a bug"), "{printed}");
    assert!(printed.contains("error: rank 1 panicked\n"), "{printed}");
}

#[test]
fn a_process_that_exits_ends_all() {
    let output = run(3, "failures::a_process_that_exits_ends_all", |world| {
        if world.rank() == 1 {
            std::process::exit(3);
        }
        world.barrier();
        Ok(())
    });
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
}
