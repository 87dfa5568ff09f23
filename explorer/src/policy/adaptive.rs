//! Effort where there is something to find.

use crate::energy::Energy;
use crate::policy::Policy;
use crate::policy::archive::Archive;
use crate::policy::leash::{Waits, ruler};
use crate::search::{Discovery, Outcome, Search};
use crate::timeline::Job;
use crate::world::World;

/// Timelines in the first rounds.
const ROUND: u64 = 2;
/// Later rounds are this part of what was run before them: what a round does not know yet costs
/// less than a hundredth, however long an exploration is, and threads have work.
const ROUND_PART: u64 = 128;
/// A mark leaves this part of the budget to the others unless told otherwise: one that leads
/// somewhere misses little, and beside one that leads nowhere they have a chance.
const LEFT_PART: u64 = 8;

/// Forks where timelines seldom come, the latest discoveries first, and follows timelines as long
/// as discoveries take.
///
/// *Places.* Each discovery is a place to fork from, kept as a few moments. A place is worth the
/// more, the less often timelines came to it and the fewer discoveries were made since. *Leash.* A
/// timeline that discovers nothing is given up after as many draws as paid best so far; every
/// second from a place is given twice that, every fourth four times … so that nothing is out of
/// reach. *Rounds* grow with what was run. *Energy* binds on three levels: the budget, the account
/// of each mark, and the pool of what marks leave that found nothing. A mark whose account is spent
/// waits until all others have spent theirs, so that one with ever new buckets (a clock, say)
/// starves none of them. No number in it is about any world.
///
/// ```
/// use bootfork_explorer::policy::Adaptive;
/// use bootfork_explorer::{Explorer, worlds::Maze};
///
/// let policy = Adaptive { per_mark: Some(1_000) };
/// let exploration = Explorer::new(Maze::default()).policy(policy).stop_at_first_bug().run();
/// assert!(exploration.seeds[0].found);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Adaptive {
    /// The timelines that each mark has to itself, at least 1, until all marks have spent theirs:
    /// beyond them it draws on what marks leave that found nothing. None is seven eighths of the
    /// budget of timelines, so that an exploration which ends by its draws or its time should say
    /// how many.
    pub per_mark: Option<u64>,
}

impl<W: World> Policy<W> for Adaptive {
    fn name(&self) -> &'static str {
        "adaptive"
    }

    fn explore(&self, search: &mut Search<'_, W>) {
        let start = search.start();
        let per_mark = self.per_mark.unwrap_or(search.budget() - search.budget() / LEFT_PART);
        let mut archive = Archive::new(&start, Energy::new(per_mark, per_mark.div_ceil(2)));
        let mut waits = Waits::new();
        let root = Job::resume(&start).leash(waits.leash()).report_shorter();
        let outcomes = search.run(vec![root]);
        learn(&mut archive, search, outcomes);
        while search.goes_on() {
            let round = ROUND.max(search.timelines() / ROUND_PART);
            let leash = waits.leash();
            let forks: Vec<_> = (0..round).map(|_| archive.next(search)).collect();
            let jobs = forks.iter().map(|fork| {
                let leash = leash.saturating_mul(ruler(fork.number));
                Job::fork(&fork.moment, fork.seed).leash(leash).report_shorter()
            });
            let outcomes = search.run(jobs.collect());
            for (fork, outcome) in forks.iter().zip(&outcomes) {
                let news = outcome.discoveries.iter().filter(|discovery| discovery.is_new());
                let finds = news.map(|discovery| discovery.moment.draws());
                waits.add(fork.moment.draws(), finds, outcome.path);
                if outcome.discoveries.iter().any(Discovery::is_new) {
                    archive.reward(fork);
                }
            }
            learn(&mut archive, search, outcomes);
        }
    }
}

fn learn<W: World>(
    archive: &mut Archive<W>,
    search: &mut Search<'_, W>,
    outcomes: Vec<Outcome<W>>,
) {
    for outcome in outcomes {
        for (cell, visits) in outcome.visits {
            archive.visit(cell, visits);
        }
        for discovery in outcome.discoveries {
            archive.learn(search, discovery);
        }
    }
}
