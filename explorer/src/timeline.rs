//! Running one timeline.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::context::{Choices, Context, DrawLimit};
use crate::hush::{hush, last_place};
use crate::journal::{self, Event, Failure, Goal, Journal, News, Visit};
use crate::kept::Kept;
use crate::knowledge::Knowledge;
use crate::moment::{Body, Moment};
use crate::recipe::{Segment, Trail};
use crate::site::Site;
use crate::world::{Flow, World};

/// How far a timeline may go.
///
/// ```
/// use bootfork_explorer::Limits;
///
/// let limits = Limits { steps: 1_000, ..Limits::default() };
/// assert!(limits.draws > 1_000_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Limits {
    /// The draws of a timeline, from its beginning. A step that would exceed them is broken off.
    pub draws: u64,
    /// The steps of a timeline, from its beginning. A world whose steps draw nothing is ended by
    /// this alone.
    pub steps: u64,
    /// The forks that lead to a timeline, beyond the one from the start: none is made from moments
    /// that lie deeper.
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { draws: 1 << 30, steps: 1 << 20, depth: u32::MAX }
    }
}

/// A timeline to be run.
///
/// ```
/// use bootfork_explorer::{End, Explorer, Job, Search, worlds::Maze};
///
/// let policy = |search: &mut Search<'_, Maze>| {
///     let root = Job::resume(&search.start()).leash(100);
///     let outcome = search.run(vec![root.pause()]).remove(0);
///     assert_eq!(outcome.end, End::Paused, "at its first discovery");
/// };
/// Explorer::new(Maze::default()).policy(policy).run();
/// ```
#[derive(Debug)]
pub struct Job<W: World> {
    pub(crate) from: Arc<Moment<W>>,
    pub(crate) seed: Option<u64>,
    pub(crate) leash: u64,
    pub(crate) pause: bool,
    pub(crate) shorter: bool,
    pub(crate) from_start: bool,
    /// The only property whose failure ends it, if there is one.
    pub(crate) goal: Option<Goal>,
    /// What the draws of the one step are that it takes, if it is to take one only.
    pub(crate) choices: Option<Choices>,
}

impl<W: World> Job<W> {
    /// Goes on from a moment as its own timeline did.
    pub fn resume(from: &Arc<Moment<W>>) -> Self {
        Self {
            from: Arc::clone(from),
            seed: None,
            leash: u64::MAX,
            pause: false,
            shorter: false,
            from_start: false,
            goal: None,
            choices: None,
        }
    }

    /// Takes one step from a moment between steps, with bounded draws as these choices say.
    pub fn step(from: &Arc<Moment<W>>, choices: Choices) -> Self {
        Self { choices: Some(choices), ..Self::resume(from) }
    }

    /// Goes on from a moment with the stream of that seed.
    pub fn fork(from: &Arc<Moment<W>>, seed: u64) -> Self {
        Self { seed: Some(seed), ..Self::resume(from) }
    }

    /// Is given up after so many draws without a discovery.
    #[must_use]
    pub fn leash(self, draws: u64) -> Self {
        Self { leash: draws, ..self }
    }

    /// Stops at its first discovery, from where it can be resumed.
    #[must_use]
    pub fn pause(self) -> Self {
        Self { pause: true, ..self }
    }

    /// Also reports ways to known cells that take fewer draws.
    #[must_use]
    pub fn report_shorter(self) -> Self {
        Self { shorter: true, ..self }
    }

    /// Takes no use of the fork: runs from the start, as an explorer that cannot fork must.
    #[must_use]
    pub fn from_start(self) -> Self {
        Self { from_start: true, ..self }
    }
}

impl<W: World> Job<W> {
    /// Whether its timeline is another than that of the moment.
    pub(crate) fn is_fork(&self) -> bool {
        self.seed.is_some() || self.choices.is_some()
    }

    /// Whether it is run for the state that it leads to: as one step, or as a replay.
    fn is_exact(&self) -> bool {
        self.choices.is_some() || self.from_start
    }

    /// The draw at which the stream begins that its timeline makes discoveries with.
    fn segment_start(&self) -> u64 {
        if self.seed.is_some() { self.from.draws } else { self.from.segment_start }
    }
}

/// How a timeline ended.
///
/// ```
/// use bootfork_explorer::End;
/// assert_ne!(End::Finished, End::Bug);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// By itself.
    Finished,
    /// With a property that did not hold and that no timeline broke before.
    Bug,
    /// With a panic.
    Panic,
    /// At its first discovery, as asked.
    Paused,
    /// Its leash was spent.
    Leash,
    /// At a limit of its steps or draws.
    Limit,
}

/// What a timeline found, as the thread that ran it reports it.
pub(crate) struct Ran<W: World> {
    /// Draws that were made to run it, and those from its beginning.
    pub(crate) draws: u64,
    pub(crate) path: u64,
    pub(crate) steps: u64,
    pub(crate) path_steps: u64,
    pub(crate) end: End,
    pub(crate) trail: Trail,
    pub(crate) visits: Vec<Visit>,
    pub(crate) finds: Vec<Find<W>>,
    pub(crate) failures: Vec<Failure>,
    pub(crate) panic: Option<Panic>,
    pub(crate) state_key: Option<u128>,
    /// For a job of one step: where it led, and the choices that it made on the way.
    pub(crate) stepped: Option<(Arc<Moment<W>>, Choices)>,
}

/// What a world panicked with.
#[derive(Clone, Debug)]
pub(crate) struct Panic {
    pub(crate) message: String,
    pub(crate) place: Option<String>,
}

impl Panic {
    /// The panic of this thread that was just caught.
    fn caught(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        let message = text.unwrap_or_else(|| "a panic without a message".to_owned());
        Self { message, place: last_place() }
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.place.as_ref().map_or(Ok(()), |place| write!(f, ", at {place}"))
    }
}

/// A discovery, before it is known whether another timeline of the round made it first.
pub(crate) struct Find<W: World> {
    pub(crate) event: Event,
    pub(crate) moment: Arc<Moment<W>>,
}

/// A timeline under way.
struct Timeline<'a, W: World> {
    world: Kept<W>,
    ctx: Context<W::Rng>,
    trail: Trail,
    steps: u64,
    job: &'a Job<W>,
    limits: &'a Limits,
    pause: bool,
    finds: Vec<Find<W>>,
    /// What the step under way began from.
    before: Option<Before<W>>,
    /// The journal's as the step under way found them.
    marks: u64,
    owed: Vec<&'static Site>,
}

struct Before<W: World> {
    world: Kept<W>,
    rng: W::Rng,
    draws: u64,
    segment_start: u64,
    pending: usize,
}

/// Runs a timeline in this thread, whose journal is passed in and back.
pub(crate) fn run<W: World>(
    job: &Job<W>,
    start: &Body<W>,
    known: &Arc<Knowledge>,
    limits: &Limits,
    mut journal: Journal,
) -> (Ran<W>, Journal) {
    let from = &*job.from;
    let kept = from.body.as_ref().filter(|_| !job.from_start);
    let steps = if kept.is_some() { from.steps } else { 0 };
    let body = kept.unwrap_or(start);
    let mut script = from.trail.segments_from(body.segments);
    let mut trail = from.trail.clone();
    if let Some(seed) = job.seed {
        let segment = from.child_segment(seed);
        script.push(segment);
        trail = trail.then(segment);
    }
    let pause = job.pause && trail.length() < limits.depth;
    journal.begin(Arc::clone(known));
    journal.marks = body.marks;
    journal.muted = from.marks;
    journal.pause = pause;
    journal.shorter = job.shorter;
    journal.goal.clone_from(&job.goal);
    journal.owed.clone_from(&body.owed);
    let mut ctx =
        Context::resume(body.rng.clone(), body.draws, body.segment_start, script, limits.draws);
    ctx.set_choices(job.choices.clone());
    let mut timeline = Timeline {
        world: Kept::nothing(),
        ctx,
        trail,
        steps,
        job,
        limits,
        pause,
        finds: Vec::new(),
        before: None,
        marks: body.marks,
        owed: body.owed.clone(),
    };
    hush();
    journal::install(journal);
    let (end, mut panic) = timeline.run_guarded(&body.world);
    let broken = journal::with(|journal| {
        if end == End::Finished {
            journal.settle();
        }
        journal.muted = u64::MAX;
        !journal.failures.is_empty()
    });
    let mut seen = |again| {
        panic.get_or_insert(again);
    };
    let key = guard(|| timeline.state_key(end, broken)).map_err(&mut seen).unwrap_or(None);
    let stepped = guard(|| timeline.stepped(end)).map_err(&mut seen).unwrap_or(None);
    let Timeline { mut world, ctx, trail, steps: path_steps, finds, .. } = timeline;
    let ended = guard(|| drop(world.take())).map_err(seen);
    let mut journal = journal::remove();
    let (visits, failures) = journal.end();
    let end = match (&panic, failures.is_empty()) {
        (_, false) if end != End::Limit => End::Bug,
        (Some(_), true) => End::Panic,
        _ => end,
    };
    // Of a world that cannot end nobody knows before whether its state will be asked for.
    let state_key = key.filter(|_| ended.is_ok());
    let ran = Ran {
        draws: ctx.draws() - body.draws,
        path: ctx.draws(),
        steps: path_steps - steps,
        path_steps,
        end,
        state_key,
        trail,
        finds,
        visits,
        failures,
        panic,
        stepped,
    };
    (ran, journal)
}

impl<W: World> Timeline<'_, W> {
    /// Runs to the end, however the world brings that about. What a step reached before it was
    /// broken off counts.
    fn run_guarded(&mut self, from: &Kept<W>) -> (End, Option<Panic>) {
        let payload = match catch_unwind(AssertUnwindSafe(|| self.run(from))) {
            Ok(end) => return (end, None),
            Err(payload) => payload,
        };
        // First of all: the place of a panic is that of the last one.
        let panic = (!payload.is::<DrawLimit>()).then(|| Panic::caught(&*payload));
        if let Some(before) = &self.before {
            // What the step has left is no state of the world any more.
            self.world = guard(|| before.world.clone()).unwrap_or(Kept::nothing());
        }
        let news = self.finish_step();
        self.steps += 1;
        let end = match panic {
            Some(_) => End::Panic,
            None if news && self.pause => End::Paused,
            None => End::Limit,
        };
        (end, panic)
    }

    fn run(&mut self, from: &Kept<W>) -> End {
        self.world = Kept::clone(from);
        let mut renewed = self.job.from.draws;
        loop {
            if self.steps >= self.limits.steps {
                return End::Limit;
            }
            self.before = Some(Before {
                world: self.world.clone(),
                rng: self.ctx.rng().clone(),
                draws: self.ctx.draws(),
                segment_start: self.ctx.segment_start(),
                pending: self.ctx.pending().len(),
            });
            let flow = self.world.step(&mut self.ctx);
            let news = self.finish_step();
            self.steps += 1;
            if journal::with(|journal| !journal.failures.is_empty()) {
                return End::Bug;
            }
            if news {
                renewed = self.ctx.draws();
                if self.pause {
                    return End::Paused;
                }
            }
            if flow == Flow::End {
                return End::Finished;
            }
            if self.job.choices.is_some() {
                return End::Paused;
            }
            if self.ctx.draws().saturating_sub(renewed) >= self.job.leash {
                return End::Leash;
            }
        }
    }

    /// Takes in what the step under way reached. The answer is whether that is news.
    fn finish_step(&mut self) -> bool {
        let Some(before) = self.before.take() else { return false };
        journal::with(|journal| {
            let mut news = false;
            if !journal.events.is_empty() {
                let pending = u32::try_from(before.pending).unwrap_or(u32::MAX);
                let body = Body {
                    world: Arc::new(before.world),
                    rng: before.rng,
                    draws: before.draws,
                    segment_start: before.segment_start,
                    marks: self.marks,
                    segments: self.trail.length() - pending,
                    owed: self.owed.clone(),
                };
                news = self.collect(journal, &body);
            }
            self.marks = journal.marks;
            self.owed.clone_from(&journal.owed);
            news
        })
    }

    /// The name of the state in which it ended, if anybody asks.
    fn state_key(&self, end: End, broken: bool) -> Option<u128> {
        let is_asked = self.job.is_exact() || broken || end == End::Panic;
        if is_asked { self.world.get()?.state_key() } else { None }
    }

    /// The moment after the only step, in whose trail each choice has a segment of its own. A step
    /// that was broken off leaves no world to go on from.
    fn stepped(&mut self, end: End) -> Option<(Arc<Moment<W>>, Choices)> {
        let choices = self.ctx.take_choices()?;
        let is_whole = !matches!(end, End::Panic | End::Limit);
        for seed in choices.seeds::<W::Rng>() {
            let first = self.trail.length() == 0;
            self.trail = self.trail.then(Segment { draws: u64::from(!first), seed });
        }
        let (draws, segment_start) = (self.ctx.draws(), self.ctx.segment_start());
        let body = is_whole.then(|| Body {
            world: Arc::new(self.world.clone()),
            rng: self.ctx.rng().clone(),
            draws,
            segment_start,
            marks: self.marks,
            segments: self.trail.length(),
            owed: self.owed.clone(),
        });
        let (trail, marks, steps) = (self.trail.clone(), self.marks, self.steps);
        Some((Arc::new(Moment { body, trail, draws, segment_start, marks, steps }), choices))
    }

    /// Makes moments of a step's events. The answer is whether one of them is news.
    fn collect(&mut self, journal: &mut Journal, body: &Body<W>) -> bool {
        let mut news = false;
        for event in std::mem::take(&mut journal.events) {
            news |= matches!(event.news, News::First | News::Better);
            let moment = Moment {
                body: Some(body.clone()),
                trail: self.trail.clone(),
                draws: event.draws,
                segment_start: self.job.segment_start(),
                marks: event.marks,
                steps: self.steps,
            };
            self.finds.push(Find { event, moment: Arc::new(moment) });
        }
        news
    }
}

/// Asks something of a world. A panic is the answer, where it panics.
fn guard<T>(ask: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(ask)).map_err(|payload| Panic::caught(&*payload))
}
