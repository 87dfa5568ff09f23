//! How the budget is spent: which moments are forked, how often, and how long their timelines run.

mod adaptive;
mod archive;
mod brute;
mod compat04;
mod exhaustive;
mod leash;
mod queues;
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
///
/// ```
/// use bootfork_explorer::policy::Policy;
/// use bootfork_explorer::{Explorer, Job, Search, World, worlds::Maze};
///
/// /// Forks from the start only, a hundred draws each.
/// struct Short;
///
/// impl<W: World> Policy<W> for Short {
///     fn name(&self) -> &'static str {
///         "short"
///     }
///     fn explore(&self, search: &mut Search<'_, W>) {
///         let start = search.start();
///         while search.goes_on() {
///             let seed = search.child_seed(&start, 0, search.timelines());
///             search.run(vec![Job::fork(&start, seed).leash(100)]);
///         }
///     }
/// }
/// assert_eq!(Explorer::new(Maze::default()).policy(Short).budget(9).run().seeds[0].timelines, 9);
/// ```
pub trait Policy<W: World>: Send + Sync {
    /// The name that it goes by.
    fn name(&self) -> &'static str;

    /// Spends the budget of one root seed.
    fn explore(&self, search: &mut Search<'_, W>);
}

/// A closure is a policy. Its name is `custom`.
///
/// ```
/// use bootfork_explorer::{Explorer, Job, Search, worlds::Maze};
///
/// let policy = |search: &mut Search<'_, Maze>| {
///     let start = search.start();
///     search.run((0..5).map(|seed| Job::fork(&start, seed)).collect());
/// };
/// assert_eq!(Explorer::new(Maze::default()).policy(policy).run().seeds[0].timelines, 5);
/// ```
impl<W: World, F: Fn(&mut Search<'_, W>) + Send + Sync> Policy<W> for F {
    fn name(&self) -> &'static str {
        "custom"
    }

    fn explore(&self, search: &mut Search<'_, W>) {
        self(search);
    }
}

/// The names that [`by_name`] knows.
pub const NAMES: [&str; 5] = ["adaptive", "compat04", "replay", "brute", "exhaustive"];

/// The policy of that name, as it is by default.
///
/// ```
/// use bootfork_explorer::policy::{NAMES, by_name};
/// use bootfork_explorer::worlds::Maze;
///
/// assert!(NAMES.iter().all(|name| by_name::<Maze>(name).is_some()));
/// assert!(by_name::<Maze>("luck").is_none());
/// ```
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
