//! Running a model and counting what was explored.

use std::any::type_name_of_val;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Explores a model, the body of a test, to each bound that its rows in `loom-tests/README.md`
/// name, and asserts that about as many interleavings were seen as they say: a model that collapsed
/// to a few runs would prove nothing. `LOOM_MAX_PREEMPTIONS` sets another bound.
#[allow(dead_code, reason = "canaries have no rows")]
pub(crate) fn explore(model: impl Fn() + Sync + Send + 'static) {
    let path = type_name_of_val(&model).to_owned();
    let name = path.rsplit("::").nth(1).expect("the test around the closure");
    let model = Arc::new(model);
    let run = |bound| {
        let began = Instant::now();
        let model = model.clone();
        let explored = run(bound, move || model());
        let bound = bound.map_or("none".to_owned(), |bound| bound.to_string());
        let seconds = began.elapsed().as_secs_f64();
        println!("{name}, bound {bound}: {explored} interleavings in {seconds:.1} s");
        explored
    };
    if let Ok(bound) = std::env::var("LOOM_MAX_PREEMPTIONS") {
        run(Some(bound.parse().expect("a number")));
        return;
    }
    let rows = rows(name);
    assert!(!rows.is_empty(), "`{name}` has no row in loom-tests/README.md");
    for (bound, expected) in rows {
        let explored = run(bound);
        // Not to the last one, so that small changes of the sources leave the table as it is.
        let near = expected - expected / 4..=expected + expected / 4;
        assert!(near.contains(&explored), "its row says {expected}: correct {explored} or the row");
    }
}

/// Explores a model in which a running thread is interrupted so many times at most, or any number
/// of times; how many interleavings there are.
pub(crate) fn run(preemptions: Option<usize>, model: impl Fn() + Sync + Send + 'static) -> usize {
    // One at a time, so that the seconds are worth something.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    // Counted outside of loom: a std atomic is no choice point.
    let explored = Arc::new(AtomicUsize::new(0));
    let counted = explored.clone();
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    // The usual bound is for models that spin. These do not, and the boot of a kernel is long.
    builder.max_branches = 1_000_000;
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        model();
    });
    explored.load(Ordering::Relaxed)
}

/// Bound and interleavings of each row that the table has for a model.
fn rows(name: &str) -> Vec<(Option<usize>, usize)> {
    let table = include_str!("../../../README.md");
    let number = |text: &str| text.replace(',', "").parse().ok();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, model, _, bound, interleavings, ..] = cells[..] else { return None };
        (model.trim_matches('`') == name).then(|| {
            (number(bound), number(interleavings).expect("a row says how many interleavings"))
        })
    };
    table.lines().filter_map(row).collect()
}
