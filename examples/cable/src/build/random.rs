/// Numbers from a seed, the same on every machine: `SplitMix64` (Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// One of the numbers below `len`, which is not 0, each as likely as the others.
    #[expect(clippy::cast_possible_truncation, reason = "the product, shifted, is below `len`")]
    pub fn below(&mut self, len: usize) -> usize {
        ((u128::from(self.next()) * len as u128) >> 64) as usize
    }

    /// Above 0, and at most 1.
    fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// Those of `trials` independent trials, in order, that succeed with probability `p` each.
    ///
    /// The failures before the next success have a geometric distribution, which is drawn: the time
    /// is that of the successes.
    pub fn successes(mut self, p: f64, trials: usize) -> impl Iterator<Item = usize> {
        let per_failure = (-p).ln_1p();
        let mut next = 0_usize;
        std::iter::from_fn(move || {
            if p == 0.0 {
                return None;
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a quotient of two numbers that are not positive, cut to whole trials"
            )]
            let failures = (self.uniform().ln() / per_failure) as usize;
            let trial = next.saturating_add(failures);
            next = trial.saturating_add(1);
            Some(trial).filter(|&trial| trial < trials)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_reference() {
        // Of Vigna's `splitmix64.c` with the seed 1234567.
        let mut random = Random::new(1_234_567);
        let expected =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([(); 3].map(|()| random.next()), expected);
    }

    #[test]
    fn all_or_nothing() {
        assert_eq!(Random::new(0).successes(0.0, 1000).count(), 0);
        assert!(Random::new(0).successes(1.0, 1000).eq(0..1000));
        assert_eq!(Random::new(0).successes(f64::MIN_POSITIVE, usize::MAX).count(), 0);
        assert_eq!(Random::new(0).successes(0.5, 0).count(), 0);
    }

    #[test]
    fn each_trial_succeeds_with_its_probability_and_independently() {
        const TRIALS: usize = 8;
        for p in [0.03, 0.3, 0.9] {
            let (runs, mut counts, mut both) = (20_000, [0.0; TRIALS], 0.0);
            for seed in 0..runs {
                let found: Vec<_> = Random::new(seed).successes(p, TRIALS).collect();
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

    #[test]
    fn every_number_below_is_as_likely() {
        let (mut random, mut counts) = (Random::new(7), [0; 5]);
        (0..50_000).for_each(|_| counts[random.below(5)] += 1);
        assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
    }
}
