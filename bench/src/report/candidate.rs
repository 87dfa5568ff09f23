//! A contender with its base and its inputs, ready to be measured.

use std::hint::black_box;
use std::time::Duration;

use super::contender::{Contender, Kind};
use super::input::{Input, in_form};
use super::threads;
use super::workload::Workload;
use super::{Live, clock};
use crate::inputs::Entry;

/// Writes of one fork.
const WRITES: usize = 10;
/// So many writes further on does the next round of threads begin.
const SKIPPED: usize = 9_970;
/// So many forks live while their memory is measured.
const LIVING: usize = 64;

/// A contender gave a wrong answer, so that its figures mean nothing.
#[derive(Debug)]
pub struct Wrong {
    /// Who.
    pub contender: String,
    /// What did not hold.
    pub claim: &'static str,
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is wrong: {}", self.contender, self.claim)
    }
}

impl std::error::Error for Wrong {}

/// What filling a map took.
#[derive(Clone, Copy, Debug)]
pub struct Filling {
    /// CPU time.
    pub time: Duration,
    /// CPU time with that of bringing keys and values into form.
    pub from_bytes: Duration,
    /// Bytes that the map occupies.
    pub bytes: isize,
}

/// A [`Contender`], whichever it is.
pub trait Candidate {
    /// Its name.
    fn name(&self) -> String;

    /// What it is to the report.
    fn kind(&self) -> Kind;

    /// Whether it takes part.
    fn does(&self, workload: Workload) -> bool;

    /// Fills a map, which becomes the base if there is none yet. `live` tells how many bytes are
    /// allocated.
    fn fill(&mut self, input: &Input, live: fn() -> Live) -> Filling;

    /// Brings the inputs into form and tests that the base answers rightly, forks as well.
    ///
    /// # Errors
    ///
    /// The first wrong answer.
    fn prepare(&mut self, input: &Input) -> Result<(), Wrong>;

    /// CPU time of so many operations, and how many it is to be divided by.
    ///
    /// # Errors
    ///
    /// A wrong answer.
    fn run(&mut self, workload: Workload, times: usize) -> Result<(Duration, usize), Wrong>;

    /// Forks with writes that so many threads make in a second of their CPU time, all together.
    fn rate(&mut self, threads: usize, duration: Duration) -> f64;

    /// What a living fork with writes occupies, in bytes: as blocks, and as they were requested.
    fn fork_bytes(&self, input: &Input, live: fn() -> Live) -> [f64; 2];
}

/// What is asked of a contender, in its form.
struct Subject<C: Contender> {
    base: Option<C>,
    hits: Cycle<C::Key>,
    /// The lengths of the values that the hits must find.
    lengths: Cycle<usize>,
    misses: Cycle<C::Key>,
    writes: Cycle<(C::Key, C::Value)>,
    /// The values of the writes.
    written: Vec<Vec<u8>>,
    hot: Cycle<(C::Key, C::Value)>,
}

/// A contender without a base.
pub fn candidate<C: Contender + 'static>() -> Box<dyn Candidate> {
    Box::new(Subject::<C> {
        base: None,
        hits: Cycle::default(),
        lengths: Cycle::default(),
        misses: Cycle::default(),
        writes: Cycle::default(),
        written: Vec::new(),
        hot: Cycle::default(),
    })
}

impl<C: Contender> Subject<C> {
    fn base(&self) -> &C {
        self.base.as_ref().expect("filled before it is asked")
    }

    fn require(&self, holds: bool, claim: &'static str) -> Result<(), Wrong> {
        if holds { Ok(()) } else { Err(Wrong { contender: self.name(), claim }) }
    }

    /// The base has its entries, and trials and forks have their writes on top, unseen by others.
    fn check_forks(&self, input: &Input) -> Result<(), Wrong> {
        let base = self.base();
        let has = |map: &C, (key, value): &Entry| map.get(&C::key(key)) == Some(&value[..]);
        let sample = || input.hits.iter().take(1_000).map(|at| &input.entries[*at]);
        let writes = &input.writes[..WRITES];
        let in_form = &self.writes.items[..WRITES];
        let (trial, kept) = (base.trial(in_form), base.keep(in_form));
        let on_trial = |(key, value): &Entry| C::look(&trial, &C::key(key)) == Some(&value[..]);
        let beside = |(key, _): &&Entry| writes.iter().all(|(written, _)| written != key);
        self.require(sample().all(|entry| has(base, entry)), "the base has its entries")?;
        self.require(writes.iter().all(on_trial), "a trial has what was written")?;
        self.require(sample().filter(beside).all(on_trial), "a trial has the rest")?;
        self.require(writes.iter().all(|entry| has(&kept, entry)), "a fork has what was written")?;
        self.require(sample().filter(beside).all(|e| has(&kept, e)), "a fork has the rest")?;
        self.require(!base.equals(&kept), "a written fork differs from its base")
    }

    /// Keys come in order.
    fn check_order(&self, input: &Input) -> Result<(), Wrong> {
        let base = self.base();
        for followed in &input.followed {
            let key = C::key(&followed.key);
            self.require(base.next_key(&key) == followed.next.as_deref(), "the next key")?;
            self.require(base.scan(&key) == followed.scan, "what a scan finds")?;
        }
        Ok(())
    }
}

impl<C: Contender> Candidate for Subject<C> {
    fn name(&self) -> String {
        C::name()
    }

    fn kind(&self) -> Kind {
        C::KIND
    }

    fn does(&self, workload: Workload) -> bool {
        let shares = C::KIND != Kind::Copied;
        !C::skips().contains(&workload) && (shares || !workload.is_rate())
    }

    fn fill(&mut self, input: &Input, live: fn() -> Live) -> Filling {
        let before = live().blocks;
        let (forming, entries) = clock::timed(|| in_form::<C>(&input.entries));
        let (time, map) = clock::timed(|| C::build(&entries));
        drop(entries);
        let bytes = live().blocks - before;
        let has_questions = Workload::all().iter().any(|w| !w.is_filling() && self.does(*w));
        if self.base.is_none() && has_questions {
            self.base = Some(map);
        }
        let from_bytes = if C::TAKES_BYTES { time } else { time + forming };
        Filling { time, from_bytes, bytes }
    }

    fn prepare(&mut self, input: &Input) -> Result<(), Wrong> {
        if self.base.is_none() {
            return Ok(());
        }
        let hits = input.hits.iter().map(|at| &input.entries[*at]);
        self.hits = hits.clone().map(|(key, _)| C::key(key)).collect();
        self.lengths = hits.map(|(_, value)| value.len()).collect();
        self.misses = input.misses.iter().map(|key| C::key(key)).collect();
        self.writes = in_form::<C>(&input.writes).into_iter().collect();
        self.written = input.writes.iter().map(|(_, value)| value.clone()).collect();
        self.hot = in_form::<C>(&input.hot).into_iter().collect();
        self.check_forks(input)?;
        if self.does(Workload::Seek) { self.check_order(input) } else { Ok(()) }
    }

    fn run(&mut self, workload: Workload, times: usize) -> Result<(Duration, usize), Wrong> {
        let base = self.base.as_mut().expect("filled before it is asked");
        let mut wrong = None;
        let mut divisor = times;
        let time = match workload {
            Workload::Fork => clock::repeated(times, || {
                black_box(black_box(&*base).fork());
            }),
            Workload::ForkWrite10 => clock::repeated(times, || {
                black_box(&base.trial(self.writes.next(WRITES)));
            }),
            Workload::ForkWrite10Hot => clock::repeated(times, || {
                black_box(&base.trial(self.hot.next(WRITES)));
            }),
            Workload::ForkWrite10Kept => {
                let mut states = Vec::with_capacity(times + 1);
                states.push(base.fork());
                clock::repeated(times, || {
                    let last = &states[states.len() - 1];
                    states.push(last.keep(self.writes.next(WRITES)));
                })
            }
            Workload::GetHit => {
                let (mut found, mut wanted) = (0, 0);
                let time = clock::repeated(times, || {
                    found += base.get(&self.hits.next(1)[0]).map_or(0, <[u8]>::len);
                });
                (0..times).for_each(|_| wanted += self.lengths.next(1)[0]);
                wrong = (found != wanted).then_some("the values that are found");
                time
            }
            Workload::GetMiss => {
                let mut found = 0;
                let time = clock::repeated(times, || {
                    found += usize::from(base.get(&self.misses.next(1)[0]).is_some());
                });
                wrong = (found != 0).then_some("a key that is not there");
                time
            }
            Workload::Overwrite => clock::repeated(times, || {
                let (key, value) = &self.writes.next(1)[0];
                base.set(key, value);
            }),
            Workload::OverwriteFromBytes => clock::repeated(times, || {
                let at = self.writes.skip(1);
                let (key, value) = &self.writes.items[at];
                if C::TAKES_BYTES {
                    base.set(key, value);
                } else {
                    base.set(key, &C::value(&self.written[at]));
                }
            }),
            Workload::Seek => clock::repeated(times, || {
                black_box(base.next_key(&self.hits.next(1)[0]));
            }),
            Workload::Scan => {
                divisor = 0;
                clock::repeated(times, || {
                    divisor += black_box(base.scan(&self.hits.next(1)[0])).entries;
                })
            }
            Workload::EqFork => {
                let writes = &self.writes.items[..WRITES];
                let (left, right) = (base.keep(writes), base.keep(writes));
                let mut equal = true;
                let time = clock::repeated(times, || equal &= black_box(&left).equals(&right));
                wrong = (!equal).then_some("forks with the same writes are equal");
                time
            }
            Workload::DiffFork => {
                let (first, second) = self.writes.items[..2 * WRITES].split_at(WRITES);
                let (left, right) = (base.keep(first), base.keep(second));
                let mut found = 0;
                let time = clock::repeated(times, || found += black_box(&left).differences(&right));
                wrong = (found != 2 * WRITES * times).then_some("two forks have 20 differences");
                time
            }
            Workload::Threads1
            | Workload::Threads2
            | Workload::ThreadsScaling
            | Workload::MemFork10
            | Workload::MemFork10Requested
            | Workload::MemEntry
            | Workload::Build
            | Workload::BuildFromBytes => {
                unreachable!("{workload} is not measured by repeating it")
            }
        };
        self.require(wrong.is_none(), wrong.unwrap_or_default())?;
        Ok((time, divisor.max(1)))
    }

    fn rate(&mut self, threads: usize, duration: Duration) -> f64 {
        // From elsewhere each time, so that a round does not repeat the last one's first writes.
        let from = self.writes.skip(SKIPPED);
        threads::rate(self.base(), &self.writes.items, from, threads, duration)
    }

    fn fork_bytes(&self, input: &Input, live: fn() -> Live) -> [f64; 2] {
        let forks = if C::KIND == Kind::Copied { 1 } else { LIVING };
        let mut living = Vec::with_capacity(forks);
        let before = live();
        for writes in input.writes.chunks(WRITES).cycle().take(forks) {
            // Made here, so that a value which a map only refers to is counted as well.
            let writes = in_form::<C>(writes);
            living.push(self.base().trial(&writes));
        }
        let after = live();
        #[allow(clippy::cast_precision_loss)] // Far below 2^52.
        [after.blocks - before.blocks, after.requests - before.requests]
            .map(|bytes| bytes as f64 / forks as f64)
    }
}

/// Items that are taken in turn, round and round.
struct Cycle<T> {
    items: Vec<T>,
    at: usize,
}

impl<T> Cycle<T> {
    /// The next `count` items, all from one round.
    #[inline]
    fn next(&mut self, count: usize) -> &[T] {
        if self.at + count > self.items.len() {
            self.at = 0;
        }
        let from = self.at;
        self.at += count;
        &self.items[from..self.at]
    }

    /// Passes over `count` items; where the next one is.
    fn skip(&mut self, count: usize) -> usize {
        self.at = (self.at + count) % self.items.len();
        self.at
    }
}

impl<T> Default for Cycle<T> {
    fn default() -> Self {
        Self { items: Vec::new(), at: 0 }
    }
}

impl<T> FromIterator<T> for Cycle<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self { items: items.into_iter().collect(), at: 0 }
    }
}
