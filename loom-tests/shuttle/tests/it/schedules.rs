//! Running a model under many random schedules.

use std::time::Instant;

use shuttle::scheduler::{PctScheduler, RandomScheduler, ReplayScheduler, Scheduler};
use shuttle::{Config, Runner};
use shuttle_store::witnesses;

/// Multiplies the schedules.
const TIMES: &str = "BOOTFORK_SCHEDULES_TIMES";
/// A schedule to run instead, as a failing one is printed.
pub(crate) const REPLAY: &str = "BOOTFORK_SCHEDULE";

/// How the next thread is chosen, at every atomic operation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Choice {
    /// Any of them.
    Random,
    /// The one of highest priority; priorities change at up to two random moments. That finds what
    /// takes few switches in the right places.
    Priority,
}

/// Runs a model under so many schedules. The seed is fixed; `SHUTTLE_RANDOM_SEED` sets another.
pub(crate) fn sample(choice: Choice, schedules: usize, model: impl Fn() + Send + Sync + 'static) {
    if let Ok(schedule) = std::env::var(REPLAY) {
        run(ReplayScheduler::new_from_encoded(&schedule), model);
        return;
    }
    let times = std::env::var(TIMES).map_or(1, |times| times.parse().expect("a number"));
    let (seed, schedules) = (1, schedules * times);
    let began = Instant::now();
    let ran = match choice {
        Choice::Random => run(RandomScheduler::new_from_seed(seed, schedules), model),
        Choice::Priority => run(PctScheduler::new_from_seed(seed, 3, schedules), model),
    };
    println!("{ran} schedules, {choice:?}, in {:.1} s", began.elapsed().as_secs_f64());
    assert_eq!(ran, schedules);
}

/// Runs a model as often as a scheduler says; how often that was.
fn run(scheduler: impl Scheduler + 'static, model: impl Fn() + Send + Sync + 'static) -> usize {
    let mut config = Config::new();
    config.silence_warnings = true; // That weak orders are not explored.
    config.stack_size = 1 << 18;
    Runner::new(scheduler, config).run(move || {
        model();
        assert_eq!(witnesses(), 0, "every block and region was freed");
    })
}
