//! How the budget is spent: which moments are forked, how often, and how long their timelines run.

mod adaptive;
mod archive;
mod brute;
mod compat04;
mod exhaustive;
mod leash;
mod replay;

pub use adaptive::Adaptive;
pub use brute::Brute;
pub use compat04::Compat04;
pub use exhaustive::Exhaustive;
pub use replay::Replay;

use crate::search::Search;
use crate::world::World;

/// A way of exploring.
///
/// A policy explores one root seed: it asks the [`Search`] for rounds of timelines until nothing is
/// left to spend. What it decides depends on what those found, and on nothing else; then the result
/// does not depend on the number of threads either.
pub trait Policy<W: World>: Send + Sync {
    /// The name that it goes by.
    fn name(&self) -> &'static str;

    /// Spends the budget of one root seed.
    fn explore(&self, search: &mut Search<'_, W>);
}

/// The names that [`by_name`] knows.
pub const NAMES: [&str; 5] = ["adaptive", "compat04", "replay", "brute", "exhaustive"];

/// The policy of that name, as it is by default.
pub fn by_name<W: World>(name: &str) -> Option<Box<dyn Policy<W>>> {
    Some(match name {
        "adaptive" => Box::new(Adaptive::default()),
        "replay" => Box::new(Replay::default()),
        "compat04" => Box::new(Compat04::default()),
        "exhaustive" => Box::new(Exhaustive::default()),
        "brute" => Box::new(Brute::default()),
        _ => return None,
    })
}
