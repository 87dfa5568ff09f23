//! Running a model and counting what was explored.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Explores a model and asserts that at least `floor` interleavings were seen: a model that
/// collapsed to one run would prove nothing. `preemptions` bounds how often a running thread is
/// interrupted; with `None` the exploration is complete.
pub(crate) fn explore(
    preemptions: Option<usize>,
    floor: usize,
    model: impl Fn() + Sync + Send + 'static,
) {
    // Counted outside of loom: a std atomic is no choice point.
    static EXPLORED: AtomicUsize = AtomicUsize::new(0);
    static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    EXPLORED.store(0, Ordering::Relaxed);
    let began = Instant::now();
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    builder.check(move || {
        EXPLORED.fetch_add(1, Ordering::Relaxed);
        model();
    });
    let explored = EXPLORED.load(Ordering::Relaxed);
    println!("{explored} interleavings in {:.1} s", began.elapsed().as_secs_f64());
    assert!(explored >= floor, "explored {explored} interleavings, expected {floor}");
}
