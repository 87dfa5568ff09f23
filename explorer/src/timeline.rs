//! Running one timeline.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::context::{Choices, Context, DrawLimit, draws};
use crate::hush::{hush, last_place};
use crate::journal::{self, Event, Failure, Journal, News, Visit};
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
    /// The steps of a timeline, from its beginning.
    pub steps: u64,
    /// The forks that lead to a timeline.
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { draws: 1 << 30, steps: u64::MAX, depth: u32::MAX }
    }
}

/// A timeline to be run.
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
/// use bootfork_explorer::policy::Policy;
/// use bootfork_explorer::{Explorer, Job, Search};
///
/// struct Once;
///
/// impl<W: World> Policy<W> for Once {
///     fn name(&self) -> &'static str {
///         "once"
///     }
///     fn explore(&self, search: &mut Search<'_, W>) {
///         let root = Job::resume(&search.start()).leash(100);
///         let outcome = search.run(vec![root.pause()]).remove(0);
///         assert_eq!(outcome.path, 1, "it stops at its first discovery");
///     }
/// }
/// assert_eq!(Explorer::new(Walk(0)).policy(Once).run().policy, "once");
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
    pub(crate) goal: Option<u64>,
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
    /// With a property that did not hold and that no timeline broke before, or a panic.
    Bug,
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
    pub(crate) panic: Option<String>,
    pub(crate) state_key: Option<u128>,
    /// For a job of one step: where it led, and the choices that it made on the way.
    pub(crate) stepped: Option<(Arc<Moment<W>>, Choices)>,
}

/// A discovery, before it is known whether another timeline of the round made it first.
pub(crate) struct Find<W: World> {
    pub(crate) event: Event,
    pub(crate) moment: Arc<Moment<W>>,
}

/// A timeline under way.
struct Timeline<'a, W: World> {
    world: W,
    ctx: Context<W::Rng>,
    trail: Trail,
    steps: u64,
    job: &'a Job<W>,
    limits: &'a Limits,
    finds: Vec<Find<W>>,
    /// The journal's as the step under way found them.
    marks: u64,
    owed: Vec<&'static Site>,
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
    journal.begin(Arc::clone(known));
    journal.marks = body.marks;
    journal.muted = from.marks;
    journal.pause = job.pause;
    journal.shorter = job.shorter;
    journal.goal = job.goal;
    journal.owed.clone_from(&body.owed);
    let mut ctx =
        Context::resume(body.rng.clone(), body.draws, body.segment_start, script, limits.draws);
    ctx.set_choices(job.choices.clone());
    let mut timeline = Timeline {
        world: W::clone(&body.world),
        ctx,
        trail,
        steps,
        job,
        limits,
        finds: Vec::new(),
        marks: body.marks,
        owed: body.owed.clone(),
    };
    hush();
    journal::install(journal);
    let ended = catch_unwind(AssertUnwindSafe(|| timeline.run()));
    let mut journal = journal::remove();
    let (end, panic) = match ended {
        Ok(end) => (end, None),
        Err(payload) if payload.is::<DrawLimit>() => (End::Limit, None),
        Err(payload) => {
            let place = last_place().map_or_else(String::new, |place| format!(", at {place}"));
            (End::Bug, Some(format!("{}{place}", panic_message(&*payload))))
        }
    };
    if end == End::Finished {
        journal.settle();
    }
    let stepped = timeline.ctx.take_choices().map(|choices| timeline.stepped(&journal, choices));
    let (visits, failures) = journal.end();
    let ran = Ran {
        draws: draws() - body.draws,
        path: draws(),
        steps: timeline.steps - steps,
        path_steps: timeline.steps,
        end: if failures.is_empty() { end } else { End::Bug },
        state_key: if panic.is_none() { timeline.world.state_key() } else { None },
        trail: timeline.trail,
        finds: timeline.finds,
        visits,
        failures,
        panic,
        stepped,
    };
    (ran, journal)
}

impl<W: World> Timeline<'_, W> {
    fn run(&mut self) -> End {
        let mut renewed = self.job.from.draws;
        loop {
            if self.steps >= self.limits.steps {
                return End::Limit;
            }
            let world = self.world.clone();
            let rng = self.ctx.rng().clone();
            let (before, segment_start) = (draws(), self.ctx.segment_start());
            let pending = self.ctx.pending().len();
            let flow = self.world.step(&mut self.ctx);
            let (news, failed) = journal::with(|journal| {
                let mut news = false;
                if !journal.events.is_empty() {
                    let body = Body {
                        world: Arc::new(world),
                        rng,
                        draws: before,
                        segment_start,
                        marks: self.marks,
                        segments: self.trail.length() - u32::try_from(pending).unwrap_or(u32::MAX),
                        owed: self.owed.clone(),
                    };
                    news = self.collect(journal, &body);
                }
                self.marks = journal.marks;
                self.owed.clone_from(&journal.owed);
                (news, !journal.failures.is_empty())
            });
            self.steps += 1;
            if failed {
                return End::Bug;
            }
            if news {
                renewed = draws();
                if self.job.pause {
                    return End::Paused;
                }
            }
            if flow == Flow::End {
                return End::Finished;
            }
            if self.job.choices.is_some() {
                return End::Paused;
            }
            if draws().saturating_sub(renewed) >= self.job.leash {
                return End::Leash;
            }
        }
    }

    /// The moment after the only step, in whose trail each choice has a segment of its own.
    fn stepped(&mut self, journal: &Journal, choices: Choices) -> (Arc<Moment<W>>, Choices) {
        for seed in choices.seeds::<W::Rng>() {
            let first = self.trail.length() == 0;
            self.trail = self.trail.then(Segment { draws: u64::from(!first), seed });
        }
        let body = Body {
            world: Arc::new(self.world.clone()),
            rng: self.ctx.rng().clone(),
            draws: draws(),
            segment_start: self.ctx.segment_start(),
            marks: journal.marks,
            segments: self.trail.length(),
            owed: journal.owed.clone(),
        };
        let moment = Moment {
            trail: self.trail.clone(),
            draws: body.draws,
            segment_start: body.segment_start,
            marks: body.marks,
            steps: self.steps,
            body: Some(body),
        };
        (Arc::new(moment), choices)
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

/// What a panic said.
fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a message".to_owned())
}
