//! The exploration of one root seed, as a policy sees it: rounds of timelines, what they found,
//! and what is left to spend.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

use crate::bug::Bug;
use crate::context::Choices;
use crate::exploration::SeedRecord;
use crate::generator::Generator;
use crate::journal::{Goal, News};
use crate::kept::Kept;
use crate::knowledge::{Cell, CellId, Knowledge};
use crate::moment::{Body, Moment};
use crate::pool::Pool;
use crate::progress::Progress;
use crate::recipe::{RECIPE_VERSION, Trail};
use crate::timeline::{End, Find, Job, Limits, Panic, Ran};
use crate::world::World;

/// What may be spent on a root seed, and when to stop before it is spent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) timelines: u64,
    pub(crate) draws: u64,
    pub(crate) stop_at_bug: bool,
    /// Bytes of moments that are kept.
    pub(crate) memory: usize,
}

/// The exploration of one root seed, as a policy sees it.
///
/// ```
/// use bootfork_explorer::{Explorer, Job, Search, worlds::Maze};
///
/// let policy = |search: &mut Search<'_, Maze>| {
///     let root = Job::resume(&search.start()).leash(100);
///     search.run(vec![root]);
///     assert!(search.goes_on() && search.timelines() == 0, "the root is no fork");
/// };
/// Explorer::new(Maze::default()).policy(policy).run();
/// ```
pub struct Search<'a, W: World> {
    pool: &'a mut Pool<W>,
    start: Arc<Body<W>>,
    root_seed: u64,
    budget: Budget,
    limits: Limits,
    known: Arc<Knowledge>,
    /// Hits of each cell by earlier root seeds.
    inherited: Vec<u64>,
    spent: Spent,
    bugs: Vec<Bug>,
    exhausted: bool,
    depth: Option<u64>,
    deadline: Option<Instant>,
    timed_out: bool,
    /// Set once nobody takes what comes of it.
    abandoned: Option<&'a AtomicBool>,
    notes: Vec<String>,
    watch: Option<&'a Watch>,
}

/// What is told how far an exploration is, after each round.
pub(crate) type Watch = dyn Fn(&Progress) + Send + Sync;

/// What was spent on a root seed.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    timelines: u64,
    draws: u64,
    steps: u64,
    states: u64,
    discovered: u64,
    draws_to_bug: u64,
    evicted: u64,
    cut: u64,
}

/// What one timeline found.
///
/// ```
/// use bootfork_explorer::{Explorer, Job, Search, worlds::Maze};
///
/// let policy = |search: &mut Search<'_, Maze>| {
///     let root = Job::resume(&search.start()).leash(100);
///     let outcome = search.run(vec![root]).remove(0);
///     assert!(outcome.draws >= 100 && !outcome.broken);
/// };
/// Explorer::new(Maze::default()).policy(policy).run();
/// ```
#[derive(Debug)]
pub struct Outcome<W: World> {
    /// How it ended.
    pub end: End,
    /// The draws that it took to run, those taken again included.
    pub draws: u64,
    /// The draws from the beginning of the timeline to where it ended.
    pub path: u64,
    /// What it reached, in order. Of two timelines in a round the earlier has the discovery.
    pub discoveries: Vec<Discovery<W>>,
    /// The cells that it reached, and how often.
    pub visits: Vec<(CellId, u64)>,
    /// Whether a property did not hold, or it panicked: for the first time or again.
    pub broken: bool,
    /// The name of the state in which it ended, where a job of one step, a replay or a
    /// bug asks for it.
    pub state_key: Option<u128>,
    /// For a job of one step: where it led, and by which choices.
    pub stepped: Option<(Arc<Moment<W>>, Choices)>,
}

/// A moment that is worth forking from.
///
/// ```
/// use bootfork_explorer::{Explorer, Job, Search, worlds::Maze};
///
/// let policy = |search: &mut Search<'_, Maze>| {
///     let root = Job::resume(&search.start()).leash(100);
///     let found = search.run(vec![root]).remove(0).discoveries.remove(0);
///     assert!(found.is_new() && found.moment.draws() == 1);
///     search.run(vec![Job::fork(&found.moment, 5).leash(100)]);
///     assert_eq!(search.timelines(), 1);
/// };
/// Explorer::new(Maze::default()).policy(policy).run();
/// ```
#[derive(Debug)]
pub struct Discovery<W: World> {
    /// What was reached.
    pub cell: CellId,
    /// Why it is worth something.
    pub news: News,
    /// Where.
    pub moment: Arc<Moment<W>>,
}

impl<W: World> Discovery<W> {
    /// Whether nothing like it was known.
    pub fn is_new(&self) -> bool {
        matches!(self.news, News::First | News::Better)
    }
}

impl<'a, W: World> Search<'a, W> {
    pub(crate) fn new(
        pool: &'a mut Pool<W>,
        world: &Arc<Kept<W>>,
        root_seed: u64,
        budget: Budget,
        limits: Limits,
        known: Arc<Knowledge>,
    ) -> Self {
        let start = Body {
            world: Arc::clone(world),
            rng: W::Rng::from_seed(root_seed),
            draws: 0,
            segment_start: 0,
            marks: 0,
            segments: 0,
            owed: Vec::new(),
        };
        Self {
            pool,
            start: Arc::new(start),
            root_seed,
            budget,
            limits,
            inherited: known.cells().iter().map(|cell| cell.hits).collect(),
            known,
            spent: Spent::default(),
            bugs: Vec::new(),
            exhausted: false,
            depth: None,
            deadline: None,
            timed_out: false,
            abandoned: None,
            notes: Vec::new(),
            watch: None,
        }
    }

    /// The moment before anything happened.
    pub fn start(&self) -> Arc<Moment<W>> {
        Arc::new(self.moment_at_start(Trail::ROOT))
    }

    pub(crate) fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    pub(crate) fn set_abandoned(&mut self, abandoned: Option<&'a AtomicBool>) {
        self.abandoned = abandoned;
    }

    pub(crate) fn set_watch(&mut self, watch: Option<&'a Watch>) {
        self.watch = watch;
    }

    /// What is known so far.
    pub fn known(&self) -> &Knowledge {
        &self.known
    }

    /// Whether there is something left to spend, and reason to.
    pub fn goes_on(&self) -> bool {
        !self.is_over() && self.left() > 0
    }

    /// Timelines that may still be forked.
    pub fn left(&self) -> u64 {
        self.budget.timelines.saturating_sub(self.spent.timelines)
    }

    /// Timelines forked so far.
    pub fn timelines(&self) -> u64 {
        self.spent.timelines
    }

    /// The budget of timelines for this root seed.
    pub fn budget(&self) -> u64 {
        self.budget.timelines
    }

    /// The bytes that moments may take which a policy keeps. One that keeps more gives
    /// [evicted](Moment::evicted) ones in their place.
    pub fn memory(&self) -> usize {
        self.budget.memory
    }

    /// Says that a moment was given up to save memory.
    pub fn count_eviction(&mut self) {
        self.spent.evicted += 1;
    }

    /// How far timelines may go.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The seed of a child of that moment. All that tells it from other children is mixed into it:
    /// root seed, path, draws, `place` (what was reached, say) and its number.
    pub fn child_seed(&self, from: &Moment<W>, place: u64, index: u64) -> u64 {
        from.child_seed(self.root_seed, place, index)
    }

    /// How often earlier root seeds reached a cell, if they are remembered.
    pub fn inherited(&self, cell: CellId) -> u64 {
        self.inherited.get(cell.index()).copied().unwrap_or_default()
    }

    /// The number that stands for a cell in the seeds of its children.
    pub fn place(&self, cell: CellId) -> u64 {
        self.known.cell(cell).id
    }

    /// Asks for other ways to a known cell, or no longer.
    pub fn want(&mut self, cell: CellId, wanted: bool) {
        Arc::make_mut(&mut self.known).cell_mut(cell).wanted = wanted;
    }

    /// Runs a round of timelines: all of them begin from what is known now, and then what they
    /// found is added in their order. The round is cut to what is left of the budget, and ends
    /// early with the timeline that spends the draws, or has a bug if that is where to stop. It may
    /// have no outcome at any time: when time is up, or nobody takes the record any more.
    pub fn run(&mut self, mut jobs: Vec<Job<W>>) -> Vec<Outcome<W>> {
        if self.is_over() {
            return Vec::new();
        }
        let mut left = self.left();
        let affordable = jobs.iter().take_while(|job| {
            let affordable = !job.is_fork() || left > 0;
            left = left.saturating_sub(u64::from(job.is_fork()));
            affordable
        });
        let affordable = affordable.count();
        jobs.truncate(affordable);
        if !jobs.is_empty() && self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            self.timed_out = true;
            return Vec::new();
        }
        let forks: Vec<bool> = jobs.iter().map(Job::is_fork).collect();
        let stop_at_bug = self.budget.stop_at_bug;
        let is_last = |ran: &Ran<W>| stop_at_bug && ran.is_bug();
        let results = self.pool.run(jobs, &self.start, &self.known, self.limits, is_last);
        let mut outcomes = Vec::with_capacity(results.len());
        for (ran, fork) in results.into_iter().zip(forks) {
            outcomes.push(self.merge(ran, fork));
            if self.spent.draws >= self.budget.draws {
                break;
            }
        }
        if let Some(watch) = self.watch {
            watch(&Progress {
                seed: self.root_seed,
                timelines: self.spent.timelines,
                draws: self.spent.draws,
                discovered: self.spent.discovered,
                bugs: self.bugs.len() as u64,
            });
        }
        outcomes
    }

    fn is_over(&self) -> bool {
        self.exhausted
            || self.timed_out
            || self.abandoned.is_some_and(|abandoned| abandoned.load(Relaxed))
            || self.spent.draws >= self.budget.draws
            || self.budget.stop_at_bug && !self.bugs.is_empty()
    }

    /// Ends the exploration of this seed: there is nothing left to explore.
    pub fn exhaust(&mut self) {
        self.exhausted = true;
    }

    /// Says how many distinct states were seen, and to which depth of steps all there are.
    pub fn count_states(&mut self, states: u64, depth: u64) {
        self.spent.states = states;
        self.depth = Some(depth);
    }

    /// Has the record of this seed say something.
    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// The record of this seed, and what it learnt.
    pub(crate) fn finish(self, seconds: f64) -> (SeedRecord, Arc<Knowledge>) {
        let first = self.bugs.first();
        let record = SeedRecord {
            seed: self.root_seed,
            found: first.is_some(),
            timelines_to_bug: first.map(|bug| bug.timelines),
            draws_to_bug: first.map(|_| self.spent.draws_to_bug),
            timelines: self.spent.timelines,
            draws: self.spent.draws,
            steps: self.spent.steps,
            seconds,
            states: if self.depth.is_some() { self.spent.states } else { self.spent.discovered },
            depth: self.depth,
            exhausted: self.exhausted,
            timed_out: self.timed_out,
            cut: self.spent.cut,
            evicted: self.spent.evicted,
            notes: self.notes,
            bugs: self.bugs,
        };
        (record, self.known)
    }

    /// Adds what a timeline found to what is known.
    fn merge(&mut self, ran: Ran<W>, fork: bool) -> Outcome<W> {
        self.spent.timelines += u64::from(fork);
        self.spent.draws += ran.draws;
        self.spent.steps += ran.steps;
        self.spent.cut += u64::from(ran.end == End::Limit);
        let deepest = self.limits.depth;
        let known = Arc::make_mut(&mut self.known);
        let mut visits = Vec::with_capacity(ran.visits.len());
        let mut broken = Vec::new();
        let mut is_broken = ran.panic.is_some();
        for visit in &ran.visits {
            let id = match visit.cell {
                Some(id) => id,
                None => known.enter(visit.id, visit.site, &visit.keys),
            };
            let cell = known.cell_mut(id);
            let is_property = visit.site.kind().is_property();
            is_broken |= is_property && visit.misses > 0;
            if is_property && cell.misses == 0 && visit.misses > 0 {
                broken.push(visit.site.id());
            }
            if is_property && visit.best > cell.best {
                cell.best.clone_from(&visit.best);
            }
            cell.hits += visit.hits;
            cell.misses += visit.misses;
            visits.push((id, visit.best_hits));
        }
        let mut discovered = 0;
        let finds = ran.finds.into_iter().filter_map(|find| {
            let cell = visits[find.event.visit].0;
            let news = known.cell_mut(cell).admit(&find)?;
            discovered += u64::from(news == News::First);
            let moment = find.moment;
            (moment.depth() < deepest).then_some(Discovery { cell, news, moment })
        });
        let discoveries = finds.collect();
        self.spent.discovered += discovered;
        for failure in ran.failures.iter().filter(|failure| broken.contains(&failure.site.id())) {
            let bug = Bug {
                property: failure.site.message().to_owned(),
                kind: Some(failure.site.kind()),
                details: failure.details.clone(),
                ..self.bug(&ran.trail, failure.draws, ran.path_steps, ran.state_key)
            };
            self.report(bug, &ran.trail);
        }
        if let Some(panic) = &ran.panic {
            let bug = self.bug(&ran.trail, ran.path, ran.path_steps, ran.state_key);
            let bug = Bug { property: panic.to_string(), place: panic.place.clone(), ..bug };
            if self.bugs.iter().all(|known| !known.is_same_property(&bug)) {
                self.report(bug, &ran.trail);
            }
        }
        Outcome {
            end: ran.end,
            draws: ran.draws,
            path: ran.path,
            discoveries,
            visits,
            broken: is_broken,
            state_key: ran.state_key,
            stepped: ran.stepped,
        }
    }

    fn bug(&self, trail: &Trail, draws: u64, steps: u64, state_key: Option<u128>) -> Bug {
        Bug {
            property: String::new(),
            kind: None,
            details: String::new(),
            root_seed: self.root_seed,
            recipe: trail.recipe(),
            recipe_version: RECIPE_VERSION,
            place: None,
            draws,
            steps,
            state_key,
            timelines: self.spent.timelines,
            verified: false,
        }
    }

    /// Takes a bug down, once its recipe was seen to make it again.
    fn report(&mut self, mut bug: Bug, trail: &Trail) {
        let goal = Goal { kind: bug.kind, message: bug.property.as_str().into() };
        let ran = self.replay(trail, Some(goal));
        let again = match bug.kind {
            Some(_) => ran.failures.iter().any(|failure| failure.draws == bug.draws),
            None => is_panic(ran.panic.as_ref(), &bug) && ran.path == bug.draws,
        };
        bug.verified = again && ran.state_key == bug.state_key && ran.path_steps == bug.steps;
        if self.bugs.is_empty() {
            self.spent.draws_to_bug = self.spent.draws;
        }
        self.bugs.push(bug);
    }

    /// Runs a recipe from the start, without regard to what is known, until that property fails, or
    /// any.
    pub(crate) fn replay(&mut self, trail: &Trail, goal: Option<Goal>) -> Ran<W> {
        let from = Arc::new(self.moment_at_start(trail.clone()));
        let job = Job { from_start: true, goal, ..Job::resume(&from) };
        let nothing = Arc::default();
        let ran = self.pool.run(vec![job], &self.start, &nothing, self.limits, |_| false);
        ran.into_iter().next().expect("one job, one result")
    }

    fn moment_at_start(&self, trail: Trail) -> Moment<W> {
        let body = Some(Body::clone(&self.start));
        Moment { body, trail, draws: 0, segment_start: 0, marks: 0, steps: 0 }
    }
}

impl<W: World> fmt::Debug for Search<'_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search")
            .field("root_seed", &self.root_seed)
            .field("budget", &self.budget)
            .field("spent", &self.spent)
            .field("bugs", &self.bugs)
            .finish_non_exhaustive()
    }
}

fn is_panic(panic: Option<&Panic>, bug: &Bug) -> bool {
    panic.is_some_and(|panic| panic.to_string() == bug.property)
}

impl<W: World> Ran<W> {
    fn is_bug(&self) -> bool {
        matches!(self.end, End::Bug | End::Panic)
    }
}

impl Cell {
    /// Whether a find is still one, now that those of earlier timelines are known.
    fn admit<W: World>(&mut self, find: &Find<W>) -> Option<News> {
        let Find { event, moment } = find;
        let better = event.level > self.best;
        let news = if !self.discovered {
            News::First
        } else if better {
            News::Better
        } else if event.level == self.best && moment.draws < self.shortest {
            News::Shorter
        } else if event.level == self.best && self.wanted {
            News::Again
        } else {
            return None;
        };
        if better {
            self.best.clone_from(&event.level);
        }
        self.discovered = true;
        self.shortest = if better { moment.draws } else { self.shortest.min(moment.draws) };
        Some(news)
    }
}
