//! What a world is given in a step: counted draws from a generator that the explorer may replace.

use std::cell::Cell;
use std::panic::resume_unwind;

use crate::generator::{Generator, Hook, SplitMix64};
use crate::recipe::Segment;

thread_local! {
    /// Draws of the timeline that this thread runs, from its very beginning, as its context counts
    /// them. Assertions read it, and they are not given the context.
    static DRAWS: Cell<u64> = const { Cell::new(0) };
}

pub(crate) fn draws() -> u64 {
    DRAWS.get()
}

/// Unwinds out of a timeline that drew more than it may.
#[derive(Debug)]
pub(crate) struct DrawLimit;

/// The random choices of one timeline, each of which is counted.
///
/// One call is one draw, whatever it is for and however often the generator is asked. The count is
/// what a recipe refers to, so a world draws from nothing else.
///
/// ```
/// use bootfork_explorer::{Context, SplitMix64};
///
/// let mut ctx: Context<SplitMix64> = Context::from_seed(42);
/// assert!(ctx.below(6) < 6);
/// assert!((0.0..1.0).contains(&ctx.f64()));
/// assert_eq!(ctx.draws(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct Context<R = SplitMix64> {
    rng: R,
    draws: u64,
    /// Whether it is that of the timeline under way, and not one that a world made for itself.
    is_timeline: bool,
    /// The count at which the present segment began.
    segment_start: u64,
    /// The segments to come, and which of them is next.
    script: Vec<Segment>,
    next: usize,
    /// The count at which a draw is more than a draw.
    pause: u64,
    /// The count that no timeline exceeds.
    limit: u64,
    choices: Option<Choices>,
}

impl<R: Generator> Context<R> {
    /// A context outside of any exploration: the draws of the root timeline of that seed.
    pub fn from_seed(seed: u64) -> Self {
        Self::new(R::from_seed(seed), 0, 0, Vec::new(), u64::MAX)
    }

    /// A context after `draws` draws, the last of them from a segment that began at
    /// `segment_start`, and with the segments of `script` to come.
    pub(crate) fn resume(
        rng: R,
        draws: u64,
        segment_start: u64,
        script: Vec<Segment>,
        limit: u64,
    ) -> Self {
        DRAWS.set(draws);
        Self { is_timeline: true, ..Self::new(rng, draws, segment_start, script, limit) }
    }

    fn new(rng: R, draws: u64, segment_start: u64, script: Vec<Segment>, limit: u64) -> Self {
        let mut ctx = Self {
            rng,
            draws,
            is_timeline: false,
            segment_start,
            script,
            next: 0,
            pause: 0,
            limit,
            choices: None,
        };
        ctx.set_pause();
        ctx
    }

    /// Counts a draw and gives the generator that it is from, for samplings of your own. What they
    /// could be has no list: where every possibility is to be tried, use [`below`](Self::below),
    /// [`choose`](Self::choose) and [`chance`](Self::chance).
    pub fn draw(&mut self) -> &mut R {
        self.count_draw();
        if let Some(choices) = &mut self.choices {
            self.rng = R::from_seed(choices.sample());
        }
        &mut self.rng
    }

    fn count_draw(&mut self) -> &mut R {
        if self.draws >= self.pause {
            self.reach();
        }
        self.draws += 1;
        if self.is_timeline {
            DRAWS.set(self.draws);
        }
        &mut self.rng
    }

    /// 64 bits.
    pub fn u64(&mut self) -> u64 {
        self.draw().next_u64()
    }

    /// A number at least 0 and below 1, of 53 bits.
    pub fn f64(&mut self) -> f64 {
        unit(self.draw().next_u64())
    }

    /// Whether something happens that happens with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        if let Some(choices) = &mut self.choices {
            let certain = p <= 0.0 || p >= 1.0;
            let chosen = choices.next(if certain { 1 } else { 2 }, p);
            self.count_draw();
            return if certain { p >= 1.0 } else { chosen == 1 };
        }
        unit(self.count_draw().next_u64()) < p
    }

    /// A number below `n`.
    ///
    /// # Panics
    ///
    /// If `n` is 0: there is none.
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "there is no number below 0");
        if let Some(choices) = &mut self.choices {
            let chosen = choices.next(n, 0.0);
            self.count_draw();
            return chosen;
        }
        scale(self.count_draw().next_u64(), n)
    }

    /// An index of a slice of that length, or one of its items.
    ///
    /// # Panics
    ///
    /// If there is none to choose.
    pub fn choose<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let index = self.below(items.len() as u64);
        &items[usize::try_from(index).unwrap_or(usize::MAX)]
    }

    /// Draws made since the timeline began.
    pub fn draws(&self) -> u64 {
        self.draws
    }

    pub(crate) fn rng(&self) -> &R {
        &self.rng
    }

    pub(crate) fn segment_start(&self) -> u64 {
        self.segment_start
    }

    /// The segments that no draw has begun yet.
    pub(crate) fn pending(&self) -> &[Segment] {
        &self.script[self.next..]
    }

    /// From here on each bounded draw is what these choices say, and tells what else it could be.
    pub(crate) fn set_choices(&mut self, choices: Option<Choices>) {
        self.choices = choices;
    }

    pub(crate) fn take_choices(&mut self) -> Option<Choices> {
        self.choices.take()
    }

    #[cold]
    fn reach(&mut self) {
        let draws = self.draws;
        if draws >= self.limit {
            resume_unwind(Box::new(DrawLimit));
        }
        while let Some(&Segment { draws: taken, seed }) = self.script.get(self.next) {
            if draws < self.segment_start.saturating_add(taken) {
                break;
            }
            self.rng = R::from_seed(seed);
            self.segment_start += taken;
            self.next += 1;
        }
        self.set_pause();
    }

    fn set_pause(&mut self) {
        let next = self.script.get(self.next);
        let breakpoint = next.map_or(u64::MAX, |s| self.segment_start.saturating_add(s.draws));
        self.pause = breakpoint.min(self.limit);
    }
}

impl Context<Hook> {
    /// Counts a draw that the world is about to make from its own generator. An answer is the seed
    /// that generator takes first: the root seed before the first draw of all, a child's at a fork.
    pub fn count(&mut self) -> Option<u64> {
        self.draw().take()
    }
}

/// A draw of 64 bits as a number at least 0 and below 1.
#[allow(clippy::cast_precision_loss)] // 53 bits are what a float holds
pub(crate) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// A draw of 64 bits as a number below `n`.
#[allow(clippy::cast_possible_truncation)] // the product's upper half is below n
pub(crate) fn scale(bits: u64, n: u64) -> u64 {
    ((u128::from(bits) * u128::from(n)) >> 64) as u64
}

/// What the bounded draws of a step are, when every possibility is tried in turn. By default each
/// is the first there is.
///
/// ```
/// use bootfork_explorer::{Choices, Context, Explorer, Job, Search, Replay};
///
/// let coin = Replay::new(|ctx: &mut Context| {
///     ctx.chance(0.5);
/// });
/// let policy = |search: &mut Search<'_, _>| {
///     let step = Job::step(&search.start(), Choices::default());
///     let (_, choices) = search.run(vec![step]).remove(0).stepped.unwrap();
///     let other = choices.advance().unwrap();
///     assert!(other.advance().is_none(), "a coin has two sides");
/// };
/// Explorer::new(coin).policy(policy).run();
/// ```
#[derive(Clone, Debug, Default)]
pub struct Choices {
    made: Vec<Choice>,
    at: usize,
    /// Whether the world drew something that cannot be enumerated.
    unbounded: bool,
}

/// What was chosen at one draw.
#[derive(Clone, Copy, Debug)]
struct Choice {
    chosen: u64,
    of: u64,
    /// The probability of 1 out of 2, or 0 where all are as likely.
    p: f64,
}

/// The number of possibilities of a draw that has no list of them. What was chosen is its seed.
const UNBOUNDED: u64 = 0;

impl Choice {
    /// A seed whose first draw makes this choice.
    fn seed<R: Generator>(self) -> u64 {
        if self.of == UNBOUNDED {
            return self.chosen;
        }
        let makes = |&seed: &u64| {
            let bits = R::from_seed(seed).next_u64();
            match self.of {
                1 => true,
                2 if self.p > 0.0 => (unit(bits) < self.p) == (self.chosen == 1),
                of => scale(bits, of) == self.chosen,
            }
        };
        (0..SEEDS_TRIED).find(makes).unwrap_or_default()
    }
}

/// Seeds that are tried for one that makes a choice. A choice so unlikely that none of them does
/// leaves a recipe that does not replay, and its bug says so.
const SEEDS_TRIED: u64 = 1 << 24;

impl Choices {
    /// Seeds that make the choices, one for each.
    pub(crate) fn seeds<R: Generator>(&self) -> impl Iterator<Item = u64> {
        self.made.iter().map(|choice| choice.seed::<R>())
    }

    fn next(&mut self, of: u64, p: f64) -> u64 {
        if self.at == self.made.len() {
            self.made.push(Choice { chosen: 0, of, p });
        }
        self.at += 1;
        self.made[self.at - 1].chosen
    }

    /// The seed of a draw that has no list of possibilities: one for each, so that a world which
    /// draws again until it likes the answer comes to an end.
    fn sample(&mut self) -> u64 {
        self.unbounded = true;
        if self.at == self.made.len() {
            self.made.push(Choice { chosen: self.at as u64, of: UNBOUNDED, p: 0.0 });
        }
        self.at += 1;
        self.made[self.at - 1].chosen
    }

    /// Whether the world drew something that has no list of possibilities.
    pub fn is_unbounded(&self) -> bool {
        self.unbounded
    }

    /// The next possibility, if there is one: the last draw that can be another one is.
    pub fn advance(mut self) -> Option<Self> {
        self.at = 0;
        while let Some(last) = self.made.last_mut() {
            last.chosen += 1;
            if last.chosen < last.of {
                return Some(self);
            }
            self.made.pop();
        }
        None
    }
}
