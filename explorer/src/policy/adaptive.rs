//! Effort where there is something to find.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use crate::journal::News;
use crate::moment::Moment;
use crate::policy::Policy;
use crate::search::{Outcome, Search};
use crate::timeline::Job;
use crate::world::World;

/// Forks where timelines have been least often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adaptive {
    /// Timelines in the first rounds.
    pub round: u64,
    /// A round is at most this part of what was run before it.
    pub round_part: u64,
    /// The leash of a cell's first timelines, in draws.
    pub leash: u64,
}

impl Default for Adaptive {
    fn default() -> Self {
        Self { round: 2, round_part: 32, leash: 32 }
    }
}

struct Arm<W: World> {
    moment: Arc<Moment<W>>,
    place: u64,
    visits: u64,
    forks: u64,
    queued: u64,
}

struct Archive<W: World> {
    arms: Vec<Option<Arm<W>>>,
    queue: BinaryHeap<Reverse<(u64, Reverse<usize>)>>,
}

impl<W: World> Archive<W> {
    fn enqueue(&mut self, index: usize) {
        let arm = self.arms[index].as_mut().expect("there");
        arm.queued = arm.visits;
        self.queue.push(Reverse((arm.visits, Reverse(index))));
    }

    fn pop(&mut self) -> Option<usize> {
        while let Some(Reverse((visits, Reverse(index)))) = self.queue.pop() {
            let arm = self.arms[index].as_ref().expect("there");
            if arm.queued != visits {
                continue;
            }
            if arm.visits != visits {
                self.enqueue(index);
                continue;
            }
            return Some(index);
        }
        None
    }
}

impl<W: World> Policy<W> for Adaptive {
    fn name(&self) -> &'static str {
        "adaptive"
    }

    fn explore(&self, search: &mut Search<'_, W>) {
        let start = search.start();
        let arm = Arm { moment: Arc::clone(&start), place: 0, visits: 0, forks: 0, queued: 0 };
        let mut archive = Archive { arms: vec![Some(arm)], queue: BinaryHeap::new() };
        let outcomes = search.run(vec![Job::resume(&start).leash(self.leash).report_shorter()]);
        archive.enqueue(0);
        learn(&mut archive, search, outcomes);
        while search.goes_on() {
            let round = self.round.max(search.timelines() / self.round_part);
            let mut jobs = Vec::new();
            for _ in 0..round {
                let index = archive.pop().expect("one");
                let arm = archive.arms[index].as_mut().expect("there");
                let seed = search.child_seed(&arm.moment, arm.place, arm.forks);
                arm.forks += 1;
                arm.visits += 1;
                let leash = self.leash * luby(arm.forks);
                jobs.push(Job::fork(&arm.moment, seed).leash(leash).report_shorter());
                archive.enqueue(index);
            }
            let outcomes = search.run(jobs);
            learn(&mut archive, search, outcomes);
        }
    }
}

fn learn<W: World>(archive: &mut Archive<W>, search: &Search<'_, W>, outcomes: Vec<Outcome<W>>) {
    for outcome in outcomes {
        for (cell, hits) in outcome.visits {
            if let Some(Some(arm)) = archive.arms.get_mut(cell.index() + 1) {
                arm.visits += hits;
            }
        }
        for discovery in outcome.discoveries {
            let index = discovery.cell.index() + 1;
            if archive.arms.len() <= index {
                archive.arms.resize_with(index + 1, || None);
            }
            let place = search.place(discovery.cell);
            match &mut archive.arms[index] {
                Some(arm) => {
                    arm.moment = discovery.moment;
                    if discovery.news == News::Better {
                        arm.visits = 0;
                        arm.forks = 0;
                        archive.enqueue(index);
                    }
                }
                empty => {
                    *empty = Some(Arm {
                        moment: discovery.moment,
                        place,
                        visits: 0,
                        forks: 0,
                        queued: 0,
                    });
                    archive.enqueue(index);
                }
            }
        }
    }
}

fn luby(i: u64) -> u64 {
    let mut i = i;
    loop {
        if (i + 1).is_power_of_two() {
            return i.div_ceil(2);
        }
        i -= (1 << i.ilog2()) - 1;
    }
}
