//! The explorer: what to explore, how, and how far.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::bug::Bug;
use crate::exploration::{AssertionRecord, Exploration, Gap, SeedRecord};
use crate::journal::Goal;
use crate::kept::Kept;
use crate::knowledge::{Cell, Knowledge};
use crate::policy::{Adaptive, Policy};
use crate::pool::Pool;
use crate::recipe::{Recipe, Trail};
use crate::search::{Budget, Search};
use crate::site::{Kind, SITES, Site, Watermark};
use crate::timeline::Limits;
use crate::world::World;

/// Explores a world: what is set here says how, and [`run`](Explorer::run) does it.
///
/// ```
/// # use bootfork_explorer::{Context, Flow, SplitMix64, World};
/// # use bootfork_explorer::{assert_always, assert_sometimes_each};
/// # #[derive(Clone)]
/// # struct Walk(i64);
/// # impl World for Walk {
/// #     type Rng = SplitMix64;
/// #     fn step(&mut self, ctx: &mut Context) -> Flow {
/// #         self.0 += if ctx.chance(0.5) { 1 } else { -1 };
/// #         assert_sometimes_each!("distance", [("from home", self.0.abs())]);
/// #         assert_always!(self.0.abs() < 20, "on the line", self.0);
/// #         Flow::Continue
/// #     }
/// # }
/// use bootfork_explorer::Explorer;
///
/// let explorer = Explorer::new(Walk(0)).seeds(1, 2).budget(20_000).threads(2).stop_at_first_bug();
/// let exploration = explorer.run();
/// let bug = &exploration.bugs[0];
/// assert_eq!(explorer.replay(bug.root_seed, &bug.recipe).broken, ["on the line"]);
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

    /// Makes at most so many draws for each root seed, and those of the round in which they are
    /// spent.
    #[must_use]
    pub fn draw_budget(mut self, draws: u64) -> Self {
        self.budget.draws = draws;
        self
    }

    /// Keeps moments of at most so many bytes, as [`World::weight`] counts them. Others are given
    /// up, and the way to them is gone again when it is needed, which costs draws and finds the
    /// same.
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

    /// Runs timelines on so many threads. What is found does not depend on it.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// Expects to reach the assertions below that module. Without it, those of the crate that the
    /// world is from.
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

    /// Explores.
    pub fn run(&self) -> Exploration {
        self.run_each(|_| {})
    }

    /// Explores, and shows the record of each root seed as soon as it is there.
    pub fn run_each(&self, mut show: impl FnMut(&SeedRecord)) -> Exploration {
        let mut pool = Pool::new(self.threads);
        let mut known = Arc::default();
        let mut records = Vec::new();
        let mut sums = BTreeMap::new();
        let (mut cells, mut stable) = (0, 0);
        for seed in (0..self.seeds).map(|index| self.first_seed.wrapping_add(index)) {
            let (record, after) = self.explore(&mut pool, seed, known);
            known = after;
            if self.warm {
                Arc::make_mut(&mut known).forget_moments();
            } else {
                add(&mut sums, &known);
                known = Arc::default();
            }
            show(&record);
            records.push(record);
            stable = if known.cells().len() > cells { 0 } else { stable + 1 };
            cells = known.cells().len();
            if self.plateau.is_some_and(|plateau| stable >= plateau) {
                break;
            }
        }
        if self.warm {
            add(&mut sums, &known);
        }
        self.report(records, &sums)
    }

    /// Runs the timeline that a recipe makes from a root seed, every assertion evaluated, until
    /// a property fails.
    pub fn replay(&self, root_seed: u64, recipe: &Recipe) -> Replayed {
        self.replay_to(root_seed, recipe, None)
    }

    /// The same until that property fails, or there is a panic: a bug may lie behind another one,
    /// which is passed over then. A property is named by its message.
    pub fn replay_until(&self, root_seed: u64, recipe: &Recipe, property: &str) -> Replayed {
        self.replay_to(root_seed, recipe, Some(Goal { kind: None, message: property.into() }))
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
    ) -> (SeedRecord, Arc<Knowledge>) {
        let begun = Instant::now();
        let mut search = self.search(pool, seed, known);
        search.set_deadline(self.time.and_then(|time| begun.checked_add(time)));
        self.policy.explore(&mut search);
        search.finish(begun.elapsed().as_secs_f64())
    }

    fn report(&self, seeds: Vec<SeedRecord>, sums: &Sums) -> Exploration {
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
            assertions: sums.values().cloned().collect(),
            never_reached: self.gaps(sums),
        }
    }

    /// What is stated and was not reached, each assertion once.
    fn gaps(&self, sums: &Sums) -> Vec<Gap> {
        let is_expected = |site: &&Site| match self.module {
            Some(module) => is_below(module, site.module()),
            None => self.expected.is_none(),
        };
        let listed = SITES.iter().copied().filter(is_expected);
        let listed = listed.chain(self.expected.into_iter().flatten().copied());
        let missing = listed.filter(|site| {
            let reached = sums.contains_key(&(site.message(), site.kind()));
            site.kind().must_be_reached() && !reached
        });
        let mut gaps = BTreeMap::new();
        for site in missing {
            let place = format!("{}:{}", site.file(), site.line());
            let least = gaps.entry((site.message(), site.kind())).or_insert_with(|| place.clone());
            *least = place.min(std::mem::take(least));
        }
        let gap = |((message, kind), place): ((&str, Kind), String)| Gap {
            message: message.to_owned(),
            kind,
            place,
        };
        gaps.into_iter().map(gap).collect()
    }
}

/// Whether a module lies in another, or is it.
fn is_below(outer: &str, module: &str) -> bool {
    let below = module.strip_prefix(outer);
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
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

type Sums = BTreeMap<(&'static str, crate::site::Kind), AssertionRecord>;

/// Adds what one exploration knows of each assertion.
fn add(sums: &mut Sums, known: &Knowledge) {
    for cell in known.cells() {
        let site = cell.site();
        let sum = sums.entry((site.message(), site.kind())).or_insert_with(|| AssertionRecord {
            message: site.message().to_owned(),
            kind: site.kind(),
            passed: false,
            hits: 0,
            misses: 0,
            buckets: 0,
            watermark: None,
            frontier: None,
        });
        sum.hits += cell.hits();
        sum.misses += cell.misses();
        sum.buckets += u64::from(!cell.keys().is_empty());
        sum.passed = match site.kind() {
            Kind::Eventually => sum.misses == 0 && sum.hits > 0,
            kind if kind.is_property() => sum.misses == 0,
            _ => sum.hits > 0,
        };
        add_best(sum, cell);
    }
}

fn add_best(sum: &mut AssertionRecord, cell: &Cell) {
    let Some(&[best]) = cell.best() else { return };
    match cell.site().watermark() {
        Some(Watermark::Least) => {
            sum.watermark = Some(sum.watermark.map_or(!best, |least| least.min(!best)));
        }
        Some(Watermark::Greatest) => sum.watermark = sum.watermark.max(Some(best)),
        None if sum.kind == Kind::SometimesAll => sum.frontier = sum.frontier.max(Some(best)),
        None => {}
    }
}

/// What a recipe led to.
///
/// ```
/// # use bootfork_explorer::{Context, Flow, SplitMix64, World};
/// # use bootfork_explorer::{assert_always, assert_sometimes_each};
/// # #[derive(Clone)]
/// # struct Walk(i64);
/// # impl World for Walk {
/// #     type Rng = SplitMix64;
/// #     fn step(&mut self, ctx: &mut Context) -> Flow {
/// #         self.0 += if ctx.chance(0.5) { 1 } else { -1 };
/// #         assert_sometimes_each!("distance", [("from home", self.0.abs())]);
/// #         assert_always!(self.0.abs() < 20, "on the line", self.0);
/// #         Flow::Continue
/// #     }
/// # }
/// use bootfork_explorer::{Explorer, Limits, Recipe};
///
/// let limits = Limits { steps: 10, ..Limits::default() };
/// let replayed = Explorer::new(Walk(0)).limits(limits).replay(1, &Recipe::default());
/// assert_eq!((replayed.steps, replayed.draws), (10, 10));
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
    /// The name of the state in which it ended.
    pub state_key: Option<u128>,
}
