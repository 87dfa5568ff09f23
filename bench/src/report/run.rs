//! The course of a run: sizes, workloads, rounds, and the time there is for them.

use std::time::{Duration, Instant};

use super::candidate::{Candidate, Wrong};
use super::input::Input;
use super::options::Plan;
use super::row::Figure;
use super::threads;
use super::workload::Workload;
use super::{Live, ROUNDS, contenders};

/// What filling one map with one entry takes at least, with all that comes with it. For planning.
const FILLING: Duration = Duration::from_micros(3);

/// Measures what the plan says. `live` tells how many bytes are allocated, and `progress` is told
/// what is being done.
///
/// # Errors
///
/// The first wrong answer.
pub fn run(
    plan: &Plan,
    live: fn() -> Live,
    mut progress: impl FnMut(&str),
) -> Result<Vec<Figure>, Wrong> {
    let end = Instant::now() + plan.duration;
    let mut workloads = plan.workloads.clone();
    if threads::cores().len() < 2 {
        progress("one core only: no figures for two threads");
        workloads.retain(|w| !matches!(w, Workload::Threads2 | Workload::ThreadsScaling));
    }
    let mut figures = Vec::new();
    for (done, &n) in plan.sizes.iter().enumerate() {
        let to_fill: Duration = plan.sizes[done..].iter().map(|n| filling(*n)).sum();
        let left = end.saturating_duration_since(Instant::now()).saturating_sub(to_fill);
        let sizes_left = u32::try_from(plan.sizes.len() - done).unwrap_or(u32::MAX);
        let end = Instant::now() + filling(n) + left / sizes_left;
        Course { n, live, figures: &mut figures }.run(&workloads, end, &mut progress)?;
    }
    Ok(figures)
}

/// What filling all the maps of a size once takes, about.
fn filling(n: usize) -> Duration {
    let fillings = n * contenders(n).len();
    FILLING * u32::try_from(fillings).unwrap_or(u32::MAX)
}

/// The measurements of one size.
struct Course<'a> {
    n: usize,
    live: fn() -> Live,
    figures: &'a mut Vec<Figure>,
}

impl Course<'_> {
    fn run(
        mut self,
        workloads: &[Workload],
        end: Instant,
        progress: &mut impl FnMut(&str),
    ) -> Result<(), Wrong> {
        let n = self.n;
        progress(&format!("n = {n}: filling the maps"));
        let input = Input::new(n);
        let mut candidates = contenders(n);
        let (filling, asking): (Vec<_>, Vec<_>) = workloads.iter().partition(|w| w.is_filling());
        let left = end.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(workloads.len() + 1).unwrap_or(1);
        let until =
            Instant::now() + if filling == [Workload::MemEntry] { share / 9 } else { share };
        self.fill(&mut candidates, &input, &filling, until);
        for candidate in &mut candidates {
            candidate.prepare(&input)?;
        }
        for (done, workload) in asking.iter().enumerate() {
            progress(&format!("n = {n}: {workload}"));
            let left = end.saturating_duration_since(Instant::now());
            let share = left / u32::try_from(asking.len() - done).unwrap_or(1);
            let mut taking_part: Vec<_> =
                candidates.iter_mut().filter(|c| c.does(*workload)).collect();
            if let Workload::MemFork10 | Workload::MemFork10Requested = workload {
                for candidate in taking_part {
                    let [blocks, requests] = candidate.fork_bytes(&input, self.live);
                    let as_blocks = *workload == Workload::MemFork10;
                    let bytes = if as_blocks { blocks } else { requests };
                    self.note(*workload, &**candidate, bytes);
                }
                continue;
            }
            if *workload == Workload::ThreadsScaling {
                for candidate in taking_part {
                    let rate = |w| self.figure(w, &candidate.name());
                    let scaling = rate(Workload::Threads2) / rate(Workload::Threads1);
                    self.note(*workload, &**candidate, scaling);
                }
                continue;
            }
            let medians = rounds(&mut taking_part, *workload, share)?;
            for (candidate, median) in taking_part.into_iter().zip(medians) {
                self.note(*workload, &**candidate, median);
            }
        }
        Ok(())
    }

    /// Fills every map once, and again while there is time.
    #[allow(clippy::cast_precision_loss)] // Sizes and bytes are far below 2^52.
    fn fill(
        &mut self,
        candidates: &mut [Box<dyn Candidate>],
        input: &Input,
        wanted: &[Workload],
        until: Instant,
    ) {
        let n = self.n as f64;
        let asked = |candidate: &dyn Candidate, workload| {
            wanted.contains(&workload) && candidate.does(workload)
        };
        let per_entry = |time: Duration| time.as_secs_f64() * 1e9 / n;
        let mut times: Vec<[Vec<f64>; 2]> = vec![Default::default(); candidates.len()];
        for round in 0..ROUNDS {
            for (candidate, [build, from_bytes]) in candidates.iter_mut().zip(&mut times) {
                if round > 0 && Instant::now() >= until {
                    continue;
                }
                let filling = candidate.fill(input, self.live);
                build.push(per_entry(filling.time));
                from_bytes.push(per_entry(filling.from_bytes));
                if round == 0 && asked(&**candidate, Workload::MemEntry) {
                    let bytes = filling.bytes as f64 / n;
                    self.note(Workload::MemEntry, &**candidate, bytes);
                }
            }
        }
        for (at, workload) in [Workload::Build, Workload::BuildFromBytes].into_iter().enumerate() {
            for (candidate, times) in candidates.iter().zip(&times) {
                if asked(&**candidate, workload) {
                    self.note(workload, &**candidate, median(times[at].clone()));
                }
            }
        }
    }

    /// What was measured already.
    fn figure(&self, workload: Workload, contender: &str) -> f64 {
        let mut figures = self.figures.iter().filter(|f| (f.workload, f.n) == (workload, self.n));
        figures.find(|figure| figure.contender == contender).map_or(f64::NAN, |f| f.value)
    }

    fn note(&mut self, workload: Workload, candidate: &dyn Candidate, value: f64) {
        let (contender, kind) = (candidate.name(), candidate.kind());
        self.figures.push(Figure { workload, n: self.n, contender, kind, value });
    }
}

/// The median of every candidate, the rounds of all of them interleaved.
fn rounds(
    candidates: &mut [&mut Box<dyn Candidate>],
    workload: Workload,
    share: Duration,
) -> Result<Vec<f64>, Wrong> {
    let parts = u32::try_from(candidates.len()).unwrap_or(1) * (ROUNDS + 1);
    let slice = (share / parts.max(1)).max(Duration::from_micros(50));
    let mut times = vec![0; candidates.len()];
    let mut samples: Vec<Vec<f64>> = vec![Vec::new(); candidates.len()];
    let mut spent = vec![Duration::ZERO; candidates.len()];
    for (at, candidate) in candidates.iter_mut().enumerate() {
        if workload.is_rate() {
            continue;
        }
        let start = Instant::now();
        let (enough, sample) = times_in(slice, &mut ***candidate, workload)?;
        times[at] = enough;
        // Whose one operation has used up all rounds is not asked again.
        if enough == 1 && start.elapsed() >= slice * ROUNDS {
            samples[at].push(sample);
            spent[at] = start.elapsed();
        }
    }
    for _ in 0..ROUNDS {
        for (at, candidate) in candidates.iter_mut().enumerate() {
            if spent[at] >= slice * ROUNDS {
                continue;
            }
            let start = Instant::now();
            samples[at].push(sample(&mut ***candidate, workload, times[at], slice)?);
            spent[at] += start.elapsed();
        }
    }
    Ok(samples.into_iter().map(median).collect())
}

/// How often the workload can be repeated in a time, and the figure of the last try. Warms up, too.
fn times_in(
    slice: Duration,
    candidate: &mut dyn Candidate,
    workload: Workload,
) -> Result<(usize, f64), Wrong> {
    let mut times = 1;
    loop {
        let (time, divisor) = candidate.run(workload, times)?;
        if time * 2 >= slice {
            return Ok((times, each(time, divisor)));
        }
        let more = slice.as_nanos() / time.as_nanos().max(1);
        times *= usize::try_from(more).unwrap_or(usize::MAX).clamp(2, 100);
    }
}

/// Nanoseconds of each of so many operations.
#[allow(clippy::cast_precision_loss)] // Far below 2^52.
fn each(time: Duration, operations: usize) -> f64 {
    time.as_secs_f64() * 1e9 / operations as f64
}

/// One figure, in the workload's unit.
fn sample(
    candidate: &mut dyn Candidate,
    workload: Workload,
    times: usize,
    slice: Duration,
) -> Result<f64, Wrong> {
    Ok(match workload {
        Workload::Threads1 => candidate.rate(1, slice),
        Workload::Threads2 => candidate.rate(2, slice),
        _ => {
            let (time, divisor) = candidate.run(workload, times)?;
            each(time, divisor)
        }
    })
}

/// The middle one; of an even number, the lower of the middle ones.
fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[(samples.len() - 1) / 2]
}
