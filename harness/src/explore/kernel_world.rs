//! A kernel and its host, step by step: a crank, or something that the host does.

use std::fmt;
use std::sync::Arc;

use bootfork_explorer::{
    Context, Flow, SplitMix64, World, assert_always, assert_sometimes, assert_sometimes_each,
    assert_unreachable,
};
use bootfork_kernel::{Controller, Handle, KernelError, PromiseState, VatWorker};
use bootfork_store::{Digest, Store};

/// Where the assertions about any kernel stand.
pub(super) const MODULE: &str = module_path!();

/// What sends messages to a kernel, and knows what must hold there.
///
/// It remembers nothing: what it decides depends on the draws and the kernel alone.
///
/// ```
/// use bootfork::explore::{Host, KernelWorld, Pace};
/// use bootfork::explorer::{Context, Explorer, assert_always};
/// use bootfork::kernel::{
///     Call, Config, Controller, Handle, KernelError, NativeWorker, ResolutionPolicy, Syscalls,
///     Value, Vat, VatDelivery, VatError,
/// };
///
/// /// Answers every message, unless it is tired.
/// struct Clerk;
/// impl Vat for Clerk {
///     fn deliver(&mut self, told: &VatDelivery, to: &mut dyn Syscalls) -> Result<(), VatError> {
///         let VatDelivery::Message(_, message) = told else { return Ok(()) };
///         let served = to.vatstore_get("served")?.unwrap_or_default() + "|";
///         to.vatstore_set("served", &*served)?;
///         match message.result_promise() {
///             Some(result) if served.len() < 5 => {
///                 to.resolve(result.clone(), false, Value::Undefined.encode(&[]))
///             }
///             _ => Ok(()),
///         }
///     }
/// }
///
/// #[derive(Clone)]
/// struct Customer;
/// impl Host for Customer {
///     type Worker = NativeWorker;
///
///     fn send(
///         &self,
///         kernel: &mut Controller<NativeWorker>,
///         _: &mut Context,
///     ) -> Result<Option<Handle>, KernelError> {
///         let policy = Some(ResolutionPolicy::Ignore);
///         kernel.queue_to_vat_root("clerk", Call::new("serve").encode(), policy)
///     }
///
///     fn between_cranks(&self, _: &Controller<NativeWorker>) {}
///
///     fn at_rest(&self, _: &Controller<NativeWorker>, unsettled: &[Handle]) {
///         assert_always!(unsettled.is_empty(), "everybody is served");
///     }
/// }
///
/// let worker = NativeWorker::new().with("clerk", || Box::new(Clerk));
/// let kernel = Controller::boot(&Config::new("clerk").vat("clerk", "clerk"), worker)?;
/// let found = Explorer::new(KernelWorld::new(kernel, Customer, Pace::default())).run();
/// assert_eq!(found.bugs[0].property, "everybody is served");
/// # Ok::<(), KernelError>(())
/// ```
pub trait Host: Clone + Send + Sync + 'static {
    /// What runs the kernel's vats.
    type Worker: VatWorker + 'static;

    /// Queues a message of the explorer's choice. The answer is the promise of its result, if the
    /// host asked for one; the world waits for it, and then lets it go.
    ///
    /// # Errors
    /// Those of the kernel. They end the timeline with a bug.
    fn send(
        &self,
        kernel: &mut Controller<Self::Worker>,
        ctx: &mut Context,
    ) -> Result<Option<Handle>, KernelError>;

    /// States what holds after every crank.
    fn between_cranks(&self, kernel: &Controller<Self::Worker>);

    /// States what holds when the kernel has nothing left to do. `unsettled` are the results that
    /// are still open then.
    fn at_rest(&self, kernel: &Controller<Self::Worker>, unsettled: &[Handle]);

    /// Keys of the vats' own that only count what has happened: a state that differs from another
    /// in these alone is the same.
    fn counters(&self) -> Vec<String> {
        Vec::new()
    }
}

/// How much happens in a timeline, and how often what.
///
/// ```
/// use bootfork::explore::Pace;
///
/// let hurried = Pace { crank: 0.1, ..Pace::default() };
/// assert!(hurried.restart < 1.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// How often the host does something: messages, restarts and reaps together.
    pub events: u32,
    /// The probability that a kernel with work does a crank before the host does anything.
    pub crank: f64,
    /// The probability that what the host does is to restart the kernel from its tables.
    pub restart: f64,
    /// The probability that it is else to have every vat say what it has dropped.
    pub reap: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { events: 12, crank: 0.7, restart: 0.05, reap: 0.05 }
    }
}

/// A booted kernel that a [`Host`] sends messages to. A timeline ends when the host has done all
/// that its [`Pace`] allows, and the kernel rests.
///
/// A step is one crank, or one thing that the host does. See [`Host`] for an example.
pub struct KernelWorld<H: Host> {
    kernel: Controller<H::Worker>,
    host: H,
    pace: Pace,
    /// What the host may still do.
    events: u32,
    /// Whether the kernel may have something to do.
    busy: bool,
    /// Results that the host waits for.
    waiting: Vec<Handle>,
    /// Where restarts fell since the kernel last rested. What a worker keeps in memory is not in
    /// the tables, and may depend on it.
    restarts: Digest,
    /// Keys that only tell history.
    history: Arc<[Vec<u8>]>,
}

impl<H: Host> KernelWorld<H> {
    /// The world that begins with this kernel.
    pub fn new(kernel: Controller<H::Worker>, host: H, pace: Pace) -> Self {
        let mut history = history(kernel.kv());
        history.extend(host.counters().into_iter().map(String::into_bytes));
        Self {
            kernel,
            host,
            pace,
            events: pace.events,
            busy: true,
            waiting: Vec::new(),
            restarts: Digest::default(),
            history: history.into(),
        }
    }

    fn crank(&mut self) -> Result<(), KernelError> {
        self.busy = self.kernel.step()?;
        if self.busy {
            self.settle()?;
            self.host.between_cranks(&self.kernel);
            return Ok(());
        }
        self.restarts = Digest::default();
        let broken = self.kernel.check().err();
        assert_always!(broken.is_none(), "the kernel's tables are sound", broken);
        self.host.at_rest(&self.kernel, &self.waiting);
        Ok(())
    }

    /// Lets go of the results that are there.
    fn settle(&mut self) -> Result<(), KernelError> {
        let mut waiting = Vec::with_capacity(self.waiting.len());
        for result in std::mem::take(&mut self.waiting) {
            match self.kernel.kp_status(&result)? {
                Some(PromiseState::Unresolved) => {
                    waiting.push(result);
                    continue;
                }
                state => {
                    let fulfilled = state == Some(PromiseState::Fulfilled);
                    assert_sometimes!(fulfilled, "a result is fulfilled");
                    assert_sometimes!(!fulfilled, "a result is rejected");
                }
            }
            self.kernel.kp_resolution(&result, false)?;
        }
        self.waiting = waiting;
        Ok(())
    }

    fn act(&mut self, ctx: &mut Context) -> Result<(), KernelError> {
        self.events -= 1;
        let under_way = self.waiting.len().min(MANY);
        if ctx.chance(self.pace.restart) {
            self.restarts += Digest::of_entry(b"restart", &self.tables().to_bytes());
            self.kernel = self.kernel.restart()?;
            assert_sometimes_each!("restart", [("results under way", under_way)]);
        } else if ctx.chance(self.pace.reap) {
            self.kernel.reap_all_vats(&[])?;
            assert_sometimes_each!("reap", [("results under way", under_way)]);
        } else {
            self.waiting.extend(self.host.send(&mut self.kernel, ctx)?);
            assert_sometimes_each!("message", [("results under way", under_way)]);
        }
        self.busy = true;
        Ok(())
    }

    fn tables(&self) -> Digest {
        self.kernel.kv().digest_without(self.history.iter())
    }
}

/// From so many on, how many are under way makes no difference worth telling.
const MANY: usize = 4;

impl<H: Host> World for KernelWorld<H> {
    type Rng = SplitMix64;

    fn step(&mut self, ctx: &mut Context) -> Flow {
        let is_over = self.events == 0;
        let done = if self.busy && (is_over || ctx.chance(self.pace.crank)) {
            self.crank()
        } else if is_over {
            return Flow::End;
        } else {
            self.act(ctx)
        };
        match done {
            Ok(()) => Flow::Continue,
            Err(error) => {
                assert_unreachable!("the kernel cannot go on", error);
                Flow::End
            }
        }
    }

    /// The digest of the kernel's table, less the keys that only tell how it came about.
    fn state_key(&self) -> Option<u128> {
        let events = Digest::of_entry(b"events", &self.events.to_le_bytes());
        let busy = Digest::of_entry(b"busy", &[u8::from(self.busy)]);
        let state = self.tables() + self.restarts + events + busy;
        Some(u128::from_be_bytes(state.to_bytes()))
    }

    fn weight(&self) -> usize {
        PATHS_COPIED
    }
}

/// What a fork of a kernel has for its own after a few messages, in bytes.
const PATHS_COPIED: usize = 20_000;

/// The keys of a kernel that tell what happened, and not what is: counts, hashes and next numbers.
fn history(kv: &Store) -> Vec<Vec<u8>> {
    const KEYS: [&str; 8] = [
        "kernelStats",
        "local.kernelStats",
        "crankNumber",
        "activityhash",
        "kp.nextID",
        "ko.nextID",
        "runQueue",
        "acceptanceQueue",
    ];
    let fixed = KEYS.into_iter().map(|key| key.as_bytes().to_vec());
    let vats = kv.prefix("vat.name.").map(|(_, id)| id);
    let next =
        vats.flat_map(|id| [".o.nextID", ".p.nextID"].map(|key| [id, key.as_bytes()].concat()));
    fixed.chain(next).collect()
}

impl<H: Host> Clone for KernelWorld<H> {
    fn clone(&self) -> Self {
        Self {
            kernel: self.kernel.fork(),
            host: self.host.clone(),
            waiting: self.waiting.clone(),
            history: Arc::clone(&self.history),
            ..*self
        }
    }
}

impl<H: Host> fmt::Debug for KernelWorld<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KernelWorld")
            .field("kernel", &self.kernel)
            .field("events", &self.events)
            .field("waiting", &self.waiting)
            .finish_non_exhaustive()
    }
}
