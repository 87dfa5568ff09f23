//! One or two threads that fork one base, each on a core of its own.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::clock;
use super::contender::Contender;

/// Writes of one fork.
const WRITES: usize = 10;
/// So many forks between two looks at the time.
const FORKS: usize = 16;

/// The cores that this process may use.
pub fn cores() -> Vec<usize> {
    let allowed = sched_getaffinity(None).unwrap_or_else(|_| CpuSet::new());
    (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect()
}

/// Forks of `base` with ten writes, then dropped, in a second of CPU time, all threads together.
/// The first of them takes its writes from the one at `from` on.
///
/// # Panics
///
/// If there are fewer cores than threads.
pub fn rate<C: Contender>(
    base: &C,
    writes: &[(C::Key, C::Value)],
    from: usize,
    threads: usize,
    duration: Duration,
) -> f64 {
    let cores = cores();
    let together = Barrier::new(threads);
    let all = writes.chunks_exact(WRITES);
    let share = all.len() / threads;
    thread::scope(|scope| {
        let spawn = |number: usize| {
            let (core, together) = (cores[number], &together);
            let mut chunks = all.clone().cycle().skip(from / WRITES + number * share);
            scope.spawn(move || {
                pin(core);
                // Gets there before the clock starts.
                black_box(chunks.next());
                together.wait();
                let end = Instant::now() + duration;
                let (mut forks, start) = (0_u32, clock::Start::now());
                // Once in any case: a thread may have to wait for its core until after the end.
                loop {
                    for writes in chunks.by_ref().take(FORKS) {
                        black_box(&base.trial(writes));
                        forks += 1;
                    }
                    if Instant::now() >= end {
                        break;
                    }
                }
                f64::from(forks) / start.elapsed().as_secs_f64()
            })
        };
        let running: Vec<_> = (0..threads).map(spawn).collect();
        running.into_iter().map(|thread| thread.join().expect("a fork panics nowhere")).sum()
    })
}

/// Keeps the calling thread on a core, if the system lets it.
fn pin(core: usize) {
    let mut set = CpuSet::new();
    set.set(core);
    // Where that is not allowed, the figure is only less steady.
    let _ = sched_setaffinity(None, &set);
}
