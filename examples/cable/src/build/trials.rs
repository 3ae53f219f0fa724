//! Random trials: which pairs of cells are connected.

use fastrand::Rng;

/// Those of `trials` independent trials, in order, that succeed with probability `p` each.
///
/// The failures before the next success have a geometric distribution, which is drawn: the time is
/// that of the successes.
pub(crate) fn successes(mut rng: Rng, p: f64, trials: usize) -> impl Iterator<Item = usize> {
    let per_failure = (-p).ln_1p();
    let mut next = 0_usize;
    std::iter::from_fn(move || {
        if p == 0.0 {
            return None;
        }
        let above_0 = 1.0 - rng.f64();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a quotient of two numbers that are not positive, cut to whole trials"
        )]
        let failures = (above_0.ln() / per_failure) as usize;
        let trial = next.saturating_add(failures);
        next = trial.saturating_add(1);
        Some(trial).filter(|&trial| trial < trials)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_seed(seed: u64, p: f64, trials: usize) -> impl Iterator<Item = usize> {
        successes(Rng::with_seed(seed), p, trials)
    }

    /// Another machine, or another version of `fastrand`, that draws other numbers fails here.
    #[test]
    fn a_seed_draws_the_same_on_every_machine() {
        let drawn = [10, 18, 21, 36, 37, 52, 66, 84, 93, 95, 96, 98, 99];
        assert!(of_seed(1, 0.1, 100).eq(drawn));
    }

    #[test]
    fn all_or_nothing() {
        assert_eq!(of_seed(0, 0.0, 1000).count(), 0);
        assert!(of_seed(0, 1.0, 1000).eq(0..1000));
        assert_eq!(of_seed(0, f64::MIN_POSITIVE, usize::MAX).count(), 0);
        assert_eq!(of_seed(0, 0.5, 0).count(), 0);
    }

    #[test]
    fn each_trial_succeeds_with_its_probability_and_independently() {
        const TRIALS: usize = 8;
        for p in [0.03, 0.3, 0.9] {
            let (runs, mut counts, mut both) = (20_000, [0.0; TRIALS], 0.0);
            for seed in 0..runs {
                let found: Vec<_> = of_seed(seed, p, TRIALS).collect();
                found.iter().for_each(|&trial| counts[trial] += 1.0);
                both += f64::from(u8::from(found.contains(&3) && found.contains(&4)));
            }
            let runs = runs as f64;
            let near =
                |count: f64, p: f64| (count - runs * p).abs() < 5.0 * (runs * p * (1.0 - p)).sqrt();
            assert!(counts.iter().all(|&count| near(count, p)), "{p}: {counts:?}");
            assert!(near(both, p * p), "{p}: {both}");
        }
    }
}
