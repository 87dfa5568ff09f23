//! The explorer: what to explore, how, and how far.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use crate::bug::Bug;
use crate::exploration::{Exploration, SeedRecord};
use crate::journal::Goal;
use crate::kept::Kept;
use crate::knowledge::Knowledge;
use crate::policy::{Adaptive, Policy};
use crate::pool::Pool;
use crate::progress::Progress;
use crate::recipe::{Recipe, Trail};
use crate::search::{Budget, Search, Watch};
use crate::site::{Kind, Site};
use crate::tally::Tally;
use crate::timeline::Limits;
use crate::world::World;

/// Explores a world: what is set here says how, and [`run`](Explorer::run) does it.
///
/// ```
/// use bootfork_explorer::{Explorer, worlds::Ladder};
///
/// let explorer = Explorer::new(Ladder::default()).seeds(1, 2).threads(2).stop_at_first_bug();
/// let exploration = explorer.run();
/// let bug = &exploration.bugs[0];
/// let replayed = explorer.replay(bug.root_seed, &bug.recipe);
/// assert_eq!(replayed.broken, ["nobody reaches the top"]);
/// ```
pub struct Explorer<W: World> {
    world: Arc<Kept<W>>,
    policy: Box<dyn Policy<W>>,
    first_seed: u64,
    seeds: u64,
    budget: Budget,
    limits: Limits,
    threads: usize,
    warm: bool,
    module: Option<&'static str>,
    expected: Option<&'static [&'static Site]>,
    time: Option<Duration>,
    plateau: Option<u64>,
    watch: Option<Box<Watch>>,
}

impl<W: World> Explorer<W> {
    /// An explorer of that world, which is the state that each timeline begins in: one root seed,
    /// one thread, 10,000 timelines, to be spent whole.
    pub fn new(world: W) -> Self {
        Self {
            world: Arc::new(Kept::new(world)),
            policy: Box::new(Adaptive::default()),
            first_seed: 1,
            seeds: 1,
            budget: Budget {
                timelines: 10_000,
                draws: u64::MAX,
                stop_at_bug: false,
                memory: usize::MAX,
            },
            limits: Limits::default(),
            threads: 1,
            warm: false,
            module: None,
            expected: None,
            time: None,
            plateau: None,
            watch: None,
        }
    }

    /// Explores in that way.
    #[must_use]
    pub fn policy(self, policy: impl Policy<W> + 'static) -> Self {
        self.boxed_policy(Box::new(policy))
    }

    /// Explores in that way, which was chosen by name, say.
    #[must_use]
    pub fn boxed_policy(self, policy: Box<dyn Policy<W>>) -> Self {
        Self { policy, ..self }
    }

    /// Explores from `count` root seeds, `first` and those that follow it, each for itself.
    #[must_use]
    pub fn seeds(self, first: u64, count: u64) -> Self {
        Self { first_seed: first, seeds: count, ..self }
    }

    /// Has each root seed know what those before it found, and look for something else.
    #[must_use]
    pub fn warm(self) -> Self {
        Self { warm: true, ..self }
    }

    /// Forks at most so many timelines for each root seed.
    #[must_use]
    pub fn budget(mut self, timelines: u64) -> Self {
        self.budget.timelines = timelines;
        self
    }

    /// Makes at most so many draws for each root seed, and those of the timeline that spends them.
    /// What else its round had run is not counted.
    #[must_use]
    pub fn draw_budget(mut self, draws: u64) -> Self {
        self.budget.draws = draws;
        self
    }

    /// Keeps moments of at most so many bytes for each root seed, as [`World::weight`] counts them.
    /// Others are given up, and the way to them is gone again when it is needed, which costs draws
    /// and finds the same.
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Self {
        self.budget.memory = bytes;
        self
    }

    /// Ends each root seed at its first bug.
    #[must_use]
    pub fn stop_at_first_bug(mut self) -> Self {
        self.budget.stop_at_bug = true;
        self
    }

    /// Limits each timeline.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Explores on so many threads: root seeds side by side, unless they are [warm](Self::warm),
    /// and the timelines of one where there are more threads than root seeds. What is found does
    /// not depend on it.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: if W::ALONE { 1 } else { threads }, ..self }
    }

    /// Expects to reach the assertions below that module. Without it, all that the program links.
    #[must_use]
    pub fn catalogue(self, module: &'static str) -> Self {
        Self { module: Some(module), ..self }
    }

    /// Expects to reach these assertions, which are in no catalogue: those of a bundled world, say.
    /// Others are expected too only if a [catalogue](Explorer::catalogue) names them.
    #[must_use]
    pub fn expecting(self, sites: &'static [&'static Site]) -> Self {
        Self { expected: Some(sites), ..self }
    }

    /// Ends each root seed after so much time. It is the one thing that depends on a clock: what
    /// was found until then is as always, and the record says that it
    /// [timed out](SeedRecord::timed_out).
    #[must_use]
    pub fn time_limit(self, time: Duration) -> Self {
        Self { time: Some(time), ..self }
    }

    /// Ends a [warm](Explorer::warm) exploration when so many root seeds in a row have reached
    /// nothing new.
    #[must_use]
    pub fn stop_when_stable(self, seeds: u64) -> Self {
        Self { warm: true, plateau: Some(seeds), ..self }
    }

    /// Tells how far it is after each round, from the thread that explores the root seed.
    #[must_use]
    pub fn on_round(self, watch: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Self { watch: Some(Box::new(watch)), ..self }
    }

    /// Explores.
    pub fn run(&self) -> Exploration {
        self.run_each(|_| ControlFlow::Continue(()))
    }

    /// Explores, and shows the record of each root seed in their order, as soon as it is there. A
    /// break ends the exploration with that root seed; those under way beside it end with their
    /// round, and are in no report.
    pub fn run_each(&self, mut show: impl FnMut(&SeedRecord) -> ControlFlow<()>) -> Exploration {
        let (mut records, mut tally) = (Vec::new(), Tally::default());
        let keep = |record: SeedRecord| {
            let flow = show(&record);
            records.push(record);
            flow
        };
        if self.warm {
            self.explore_in_turn(&mut tally, keep);
        } else {
            self.explore_side_by_side(&mut tally, keep);
        }
        self.report(records, &tally)
    }

    /// Each root seed knows what those before it found: what the last one knows is told.
    fn explore_in_turn(
        &self,
        tally: &mut Tally,
        mut keep: impl FnMut(SeedRecord) -> ControlFlow<()>,
    ) {
        let mut pool = Pool::new(self.threads);
        let mut known = Arc::default();
        let (mut cells, mut stable) = (0, 0);
        for index in 0..self.seeds {
            let (record, after) = self.explore(&mut pool, self.seed(index), known, None);
            known = after;
            Arc::make_mut(&mut known).forget_moments();
            stable = if known.cells().len() > cells { 0 } else { stable + 1 };
            cells = known.cells().len();
            if keep(record).is_break() || self.plateau.is_some_and(|plateau| stable >= plateau) {
                break;
            }
        }
        tally.add(&known);
    }

    /// Root seeds that know nothing of each other are explored on as many threads as there are, and
    /// kept in their order. What threads are left over run timelines.
    fn explore_side_by_side(
        &self,
        tally: &mut Tally,
        mut keep: impl FnMut(SeedRecord) -> ControlFlow<()>,
    ) {
        let seeds = usize::try_from(self.seeds).unwrap_or(usize::MAX);
        let workers = self.threads.min(seeds).max(1);
        let own_threads =
            |worker| self.threads / workers + usize::from(worker < self.threads % workers);
        let next = AtomicU64::new(0);
        let mut add = |(record, known): (SeedRecord, Arc<Knowledge>)| {
            tally.add(&known);
            keep(record).is_continue()
        };
        if workers == 1 {
            return self.explore_from(&next, self.threads, None, |_, explored| add(explored));
        }
        let abandoned = AtomicBool::new(false);
        let (results, explored) = channel();
        thread::scope(|scope| {
            for worker in 0..workers {
                let (next, results, abandoned) = (&next, results.clone(), Some(&abandoned));
                let send = move |index, explored| results.send((index, explored)).is_ok();
                let threads = own_threads(worker);
                scope.spawn(move || self.explore_from(next, threads, abandoned, send));
            }
            drop(results);
            // However this ends, by a panic of who is shown the records, too.
            let _abandon = Abandon(&abandoned);
            let (mut waiting, mut first) = (BTreeMap::new(), 0);
            // Whoever sends what is not received any more ends.
            for (index, explored) in explored {
                waiting.insert(index, explored);
                while let Some(explored) = waiting.remove(&first) {
                    if !add(explored) {
                        return;
                    }
                    first += 1;
                }
            }
        });
    }

    /// Explores one root seed after the other, from the next that nobody has taken, for as long as
    /// somebody takes what comes of them.
    fn explore_from(
        &self,
        next: &AtomicU64,
        threads: usize,
        abandoned: Option<&AtomicBool>,
        mut take: impl FnMut(u64, (SeedRecord, Arc<Knowledge>)) -> bool,
    ) {
        let mut pool = Pool::new(threads);
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let is_over = abandoned.is_some_and(|abandoned| abandoned.load(Ordering::Relaxed));
            if index >= self.seeds || is_over {
                return;
            }
            let explored = self.explore(&mut pool, self.seed(index), Arc::default(), abandoned);
            if !take(index, explored) {
                return;
            }
        }
    }

    fn seed(&self, index: u64) -> u64 {
        self.first_seed.wrapping_add(index)
    }

    /// Runs the timeline that a recipe makes from a root seed, every assertion evaluated, until
    /// a property fails.
    pub fn replay(&self, root_seed: u64, recipe: &Recipe) -> Replayed {
        self.replay_to(root_seed, recipe, None)
    }

    /// The same until that property fails, or there is a panic: a bug may lie behind another one,
    /// which is passed over then. A property is named by its message, and by its kind where
    /// assertions of several kinds have that message.
    pub fn replay_until(
        &self,
        root_seed: u64,
        recipe: &Recipe,
        property: &str,
        kind: Option<Kind>,
    ) -> Replayed {
        self.replay_to(root_seed, recipe, Some(Goal { kind, message: property.into() }))
    }

    fn replay_to(&self, root_seed: u64, recipe: &Recipe, goal: Option<Goal>) -> Replayed {
        let mut pool = Pool::new(1);
        let mut search = self.search(&mut pool, root_seed, Arc::default());
        let trail = recipe.segments().iter().fold(Trail::ROOT, |trail, &s| trail.then(s));
        let ran = search.replay(&trail, goal);
        let mut broken: Vec<String> =
            ran.failures.iter().map(|failure| failure.site.message().to_owned()).collect();
        broken.extend(ran.panic.map(|panic| panic.to_string()));
        Replayed { broken, draws: ran.path, steps: ran.path_steps, state_key: ran.state_key }
    }

    fn search<'a>(&self, pool: &'a mut Pool<W>, seed: u64, known: Arc<Knowledge>) -> Search<'a, W> {
        Search::new(pool, &self.world, seed, self.budget, self.limits, known)
    }

    fn explore(
        &self,
        pool: &mut Pool<W>,
        seed: u64,
        known: Arc<Knowledge>,
        abandoned: Option<&AtomicBool>,
    ) -> (SeedRecord, Arc<Knowledge>) {
        let begun = Instant::now();
        let mut search = self.search(pool, seed, known);
        search.set_watch(self.watch.as_deref());
        search.set_abandoned(abandoned);
        search.set_deadline(self.time.and_then(|time| begun.checked_add(time)));
        self.policy.explore(&mut search);
        search.finish(begun.elapsed().as_secs_f64())
    }

    fn report(&self, seeds: Vec<SeedRecord>, tally: &Tally) -> Exploration {
        let mut bugs: Vec<Bug> = Vec::new();
        for bug in seeds.iter().flat_map(|record| &record.bugs) {
            if bugs.iter().all(|other| !other.is_same_property(bug)) {
                bugs.push(bug.clone());
            }
        }
        Exploration {
            policy: self.policy.name().to_owned(),
            seeds,
            bugs,
            assertions: tally.records(),
            never_reached: tally.gaps(self.module, self.expected),
        }
    }
}

/// Lets those go who work for nobody any more.
struct Abandon<'a>(&'a AtomicBool);

impl Drop for Abandon<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<W: World> fmt::Debug for Explorer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explorer")
            .field("policy", &self.policy.name())
            .field("first_seed", &self.first_seed)
            .field("seeds", &self.seeds)
            .field("budget", &self.budget)
            .field("limits", &self.limits)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

/// What a recipe led to.
///
/// ```
/// use bootfork_explorer::{Explorer, Limits, Recipe, worlds::Maze};
///
/// let limits = Limits { steps: 10, ..Limits::default() };
/// let replayed = Explorer::new(Maze::default()).limits(limits).replay(1, &Recipe::default());
/// assert!(replayed.steps == 10 && replayed.draws > 10);
/// assert!(replayed.broken.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// The messages of the properties that did not hold, and of a panic.
    pub broken: Vec<String>,
    /// The draws of the timeline.
    pub draws: u64,
    /// Its steps.
    pub steps: u64,
    /// The name of the state in which it ended: with a panic, of that before the step that it
    /// broke off.
    pub state_key: Option<u128>,
}
