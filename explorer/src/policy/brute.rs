//! No policy at all: every timeline is another seed, run from the start to its end.

use crate::policy::Policy;
use crate::search::Search;
use crate::timeline::Job;
use crate::world::World;

/// Runs timelines from the start with seed after seed. What every other policy is measured by.
///
/// ```
/// use bootfork_explorer::{Explorer, policy::Brute, worlds::Maze};
///
/// let explorer = Explorer::new(Maze::default());
/// assert_eq!(explorer.policy(Brute::default()).budget(10).run().seeds[0].timelines, 10);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brute {
    /// Timelines in a round.
    pub round: u64,
}

impl Default for Brute {
    fn default() -> Self {
        Self { round: 64 }
    }
}

impl<W: World> Policy<W> for Brute {
    fn name(&self) -> &'static str {
        "brute"
    }

    fn explore(&self, search: &mut Search<'_, W>) {
        let start = search.start();
        search.run(vec![Job::resume(&start)]);
        while search.goes_on() {
            let first = search.timelines();
            let seeds =
                (first..first + self.round).map(|index| search.child_seed(&start, 0, index));
            search.run(seeds.map(|seed| Job::fork(&start, seed)).collect());
        }
    }
}
