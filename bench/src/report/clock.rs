//! CPU time of the calling thread: what others do on the machine counts only by the caches.

use std::hint::black_box;
use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime};

/// A beginning.
#[derive(Clone, Copy, Debug)]
pub struct Start(Timespec);

impl Start {
    /// Now.
    pub fn now() -> Self {
        Self(clock_gettime(ClockId::ThreadCPUTime))
    }

    /// The CPU time that the calling thread, which is the one of the beginning, has used since.
    pub fn elapsed(self) -> Duration {
        let elapsed = clock_gettime(ClockId::ThreadCPUTime) - self.0;
        elapsed.try_into().unwrap_or_default()
    }
}

/// Has the allocator put in order what others left it, so that nobody pays for it who comes later.
///
/// glibc's malloc merges the small blocks that were freed when it is next asked for a large one, or
/// has one given back: for hundreds of thousands of blocks that takes milliseconds.
fn settle() {
    drop(black_box(Vec::<u8>::with_capacity(100_000)));
}

/// The CPU time of some work, and what came of it.
pub fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    settle();
    let start = Start::now();
    let done = work();
    (start.elapsed(), done)
}

/// The CPU time of some work done again and again.
#[inline]
pub fn repeated(times: usize, mut work: impl FnMut()) -> Duration {
    settle();
    let start = Start::now();
    for _ in 0..times {
        work();
    }
    start.elapsed()
}
