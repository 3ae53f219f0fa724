use std::fmt::{self, Display};
use std::hint::black_box;
use std::ops::Range;
use std::time::{Duration, Instant};

/// Samples of each side, at most and at least.
const SAMPLES: Range<usize> = 11..101;

/// After this time a race ends, if it has the fewest samples.
const RACE: Duration = Duration::from_secs(2);

/// A sample runs a function as often as fits into this time, but at least once: long enough for the clock,
/// and so short that most samples are over before another process gets the core.
const SAMPLE: Duration = Duration::from_micros(500);

/// What a row of a table has to reach.
#[derive(Clone, Copy)]
pub enum Aim {
    /// At most this many times the time of the rival.
    Times(f64),
    /// At most this many nanoseconds a leaf.
    Nanoseconds(f64),
    /// Nothing: the row is there to be read beside another.
    Open,
}

/// Two functions timed in turn: nanoseconds a call.
struct Race {
    ours: f64,
    rival: f64,
    /// The median of the ratios of neighbouring samples, in which a slow second of the machine
    /// falls on both sides.
    ratio: f64,
}

/// Prints a table in Markdown, one row for each race.
pub struct Table {
    leaves: usize,
}

impl Table {
    /// Prints the title and the head. The times are those of one call.
    pub fn new(title: &str) -> Self {
        Table::per_leaf(title, 1)
    }

    /// Prints the title and the head. The times are those of a call divided by `leaves`.
    pub fn per_leaf(title: &str, leaves: usize) -> Self {
        let unit = if leaves == 1 { "" } else { " a leaf" };
        println!("\n{title}\n");
        println!("| what | rival | ours{unit} | rival{unit} | ratio | aim | |");
        println!("|---|---|---|---|---|---|---|");
        Table { leaves }
    }

    /// Times `ours` and `rival` in turn and prints a row.
    pub fn row<A, B>(
        &self,
        what: &str,
        rival: &str,
        aim: Aim,
        ours: impl FnMut() -> A,
        rivals: impl FnMut() -> B,
    ) {
        let Race { ours, rival: theirs, ratio } = race(ours, rivals);
        let leaves = self.leaves as f64;
        let (ours, theirs) = (ours / leaves, theirs / leaves);
        let reached = match aim {
            Aim::Times(times) => ratio <= times,
            Aim::Nanoseconds(nanoseconds) => ours <= nanoseconds,
            Aim::Open => true,
        };
        let missed = if reached { "" } else { "missed" };
        let (ours, theirs) = (Time(ours), Time(theirs));
        println!("| {what} | {rival} | {ours} | {theirs} | {ratio:.2} | {aim} | {missed} |");
    }
}

/// The time of one call of `f` in nanoseconds, of as many as make one sample.
pub fn sample<A>(f: &mut impl FnMut() -> A, calls: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        black_box(f());
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
}

/// How many calls of `f` make one sample. Warms up `f`.
pub fn calls<A>(f: &mut impl FnMut() -> A) -> u32 {
    let mut calls = 1;
    loop {
        let nanoseconds = sample(f, calls) * f64::from(calls);
        if nanoseconds >= SAMPLE.as_secs_f64() * 0.5e9 || calls >= 1 << 24 {
            return calls;
        }
        calls *= 2;
    }
}

/// The median time of a call of `f`, which has no rival.
pub fn alone<A>(mut f: impl FnMut() -> A) -> Time {
    let calls = calls(&mut f);
    Time(median((0..SAMPLES.start).map(|_| sample(&mut f, calls))))
}

fn race<A, B>(mut ours: impl FnMut() -> A, mut rival: impl FnMut() -> B) -> Race {
    let (our_calls, rival_calls) = (calls(&mut ours), calls(&mut rival));
    let (mut pairs, start) = (Vec::with_capacity(SAMPLES.end), Instant::now());
    while pairs.len() < SAMPLES.start || pairs.len() < SAMPLES.end && start.elapsed() < RACE {
        // Each side is first as often as second.
        let pair = if pairs.len() % 2 == 0 {
            let first = sample(&mut ours, our_calls);
            (first, sample(&mut rival, rival_calls))
        } else {
            let first = sample(&mut rival, rival_calls);
            (sample(&mut ours, our_calls), first)
        };
        pairs.push(pair);
    }
    Race {
        ours: median(pairs.iter().map(|(ours, _)| *ours)),
        rival: median(pairs.iter().map(|(_, rival)| *rival)),
        ratio: median(pairs.iter().map(|(ours, rival)| ours / rival)),
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

impl Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Aim::Times(times) => write!(f, "{times}"),
            Aim::Nanoseconds(nanoseconds) => write!(f, "{nanoseconds} ns"),
            Aim::Open => Ok(()),
        }
    }
}

/// Nanoseconds, in the unit that needs the fewest digits.
pub struct Time(f64);

impl Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = match self.0 {
            ns if ns < 1e3 => (ns, "ns"),
            ns if ns < 1e6 => (ns / 1e3, "us"),
            ns => (ns / 1e6, "ms"),
        };
        let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
        write!(f, "{value:.digits$} {unit}")
    }
}
