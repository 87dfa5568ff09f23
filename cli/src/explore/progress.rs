//! How far an exploration is, on the terminal.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bootfork_explorer::{Explorer, Progress, SeedRecord, World};
use indicatif::{ProgressBar, ProgressStyle};

use crate::demo::grouped;

/// Between two looks at how far it is.
const PAUSE: Duration = Duration::from_millis(50);

/// A bar on the terminal; nothing where there is no terminal.
pub(crate) struct Bar {
    bar: ProgressBar,
    seen: Arc<Mutex<Seen>>,
}

/// What is known of the root seeds.
#[derive(Debug, Default)]
struct Seen {
    seeds: u64,
    budget: u64,
    done: u64,
    found: u64,
    /// The root seeds under way.
    running: BTreeMap<u64, Progress>,
    shown: Option<Instant>,
}

impl Bar {
    pub(crate) fn new(seeds: u64, budget: u64) -> Self {
        let style = ProgressStyle::with_template("{bar:30} {msg} ({elapsed})");
        let bar = ProgressBar::new(seeds.saturating_mul(budget.max(1)))
            .with_style(style.expect("a sound template"));
        let seen = Seen { seeds, budget: budget.max(1), ..Seen::default() };
        Self { bar, seen: Arc::new(Mutex::new(seen)) }
    }

    /// Has it move with each round.
    pub(crate) fn watch<W: World>(&self, explorer: Explorer<W>) -> Explorer<W> {
        if self.bar.is_hidden() {
            return explorer;
        }
        let (bar, seen) = (self.bar.clone(), Arc::clone(&self.seen));
        explorer.on_round(move |&progress| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.running.insert(progress.seed, progress);
            let now = Instant::now();
            if seen.shown.is_none_or(|shown| now.duration_since(shown) >= PAUSE) {
                seen.shown = Some(now);
                show(&bar, &seen);
            }
        })
    }

    /// A root seed is done.
    pub(crate) fn add(&self, record: &SeedRecord) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.running.remove(&record.seed);
        seen.done += 1;
        seen.found += u64::from(record.found);
        show(&self.bar, &seen);
    }

    /// Does something that prints.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn show(bar: &ProgressBar, seen: &Seen) {
    bar.set_position(seen.position());
    bar.set_message(seen.to_string());
}

impl Seen {
    /// Timelines, those that a root seed did not need included.
    fn position(&self) -> u64 {
        let running: u64 = self.running.values().map(|progress| progress.timelines).sum();
        self.done.saturating_mul(self.budget).saturating_add(running)
    }
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { seeds, done, found, running, .. } = self;
        write!(f, "{} of {} root seeds, {found} with a bug", grouped(*done), grouped(*seeds))?;
        let sum = |of: fn(&Progress) -> u64| grouped(running.values().map(of).sum());
        if !running.is_empty() {
            let timelines = sum(|progress| progress.timelines);
            let (discovered, bugs) = (sum(|progress| progress.discovered), sum(|p| p.bugs));
            write!(f, "; now {timelines} timelines, {discovered} cells, {bugs} bugs")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bootfork_explorer::worlds::Maze;

    /// Rounds move it, not only root seeds that are done.
    #[test]
    fn it_says_what_was_run_and_found_so_far() {
        let seen = Arc::new(Mutex::new(Seen { seeds: 3, budget: 50, done: 1, ..Seen::default() }));
        let log = Arc::clone(&seen);
        let explorer = Explorer::new(Maze::default()).budget(20).on_round(move |&progress| {
            log.lock().expect("no panic").running.insert(progress.seed, progress);
        });
        let states = explorer.run().seeds[0].states;
        let seen = seen.lock().expect("no panic");
        assert_eq!(seen.position(), 70);
        let said =
            format!("1 of 3 root seeds, 0 with a bug; now 20 timelines, {states} cells, 0 bugs");
        assert_eq!(seen.to_string(), said);
    }
}
