//! The crank: pick an event, do it, commit or undo it, hash it (KERNEL.md section 5).
//!
//! *Invariant.* A crank commits wholly or leaves no trace but what the specification says
//! survives an abort. A crank that ends in an error of this crate, or in which a vat or device
//! panics, and not one that ends in a panic of the kernel it models, leaves the state as it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use scopeguard::{ScopeGuard, guard};

use crate::deliver::CrankResult;
use crate::device::Endowments;
use crate::event::Event;
use crate::fault::{Fault, KernelError, Outcome};
use crate::id::VatId;
use crate::keeper::{Hashes, Keeper, Queue, Savepoint};
use crate::policy::RunPolicy;
use crate::route::{Route, route, splat};
use crate::state::{State, Tables};
use crate::trace::{CrankKind, CrankTrace, Rollback};
use crate::worker::VatWorker;

/// A kernel: its state, and the worker that runs its vats.
#[derive(Debug)]
pub(crate) struct Kernel<W: VatWorker> {
    pub(crate) keeper: Keeper,
    pub(crate) worker: Arc<W>,
    /// The workers' states of the vats that are online.
    pub(crate) vats: Arc<BTreeMap<VatId, W::State>>,
    pub(crate) endowments: Endowments,
    /// How many deliveries this crank has made.
    pub(crate) deliveries: usize,
}

impl<W: VatWorker> Kernel<W> {
    /// The same kernel for another host, whose endowments it gets.
    pub(crate) fn fork(&self, endowments: Endowments) -> Self {
        let Self { keeper, worker, vats, deliveries, .. } = self;
        let (keeper, worker, vats) = (keeper.clone(), worker.clone(), vats.clone());
        Self { keeper, worker, vats, endowments, deliveries: *deliveries }
    }
}

/// What a crank may be rolled back to.
pub(crate) struct CrankSavepoint<S> {
    tables: Savepoint,
    vats: Arc<BTreeMap<VatId, S>>,
}

/// What kind of work a crank did, for the run policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Routing, or an event that reached no vat.
    Empty,
    /// A delivery, and the computrons that its worker counted.
    Delivery(Option<u64>),
    /// Some of a terminated vat was deleted.
    Cleanup,
}

impl<W: VatWorker> Kernel<W> {
    /// Does one crank; `None` if there is nothing to do.
    pub(crate) fn crank(
        &mut self,
        policy: &mut dyn RunPolicy,
    ) -> Result<Option<Work>, KernelError> {
        self.keeper.refuse_if_panicked()?;
        let before = self.keeper.volatile().clone();
        let vats = self.vats.clone();
        let start = CrankSavepoint { tables: self.keeper.begin(), vats: vats.clone() };
        let mut kernel = guard(self, |kernel| {
            kernel.keeper.abandon(before);
            kernel.vats = vats;
        });
        let done = match kernel.attempt_crank(policy, &start) {
            Ok(done) => done,
            Err(Fault::Error(error)) => return Err(error),
            // Outside a delivery there is nobody to blame: an internal error of the kernel. The
            // crank ends where it is.
            Err(Fault::Panic(reason)) => {
                kernel.keeper.panic(reason);
                None
            }
            Err(Fault::Illegal) => {
                kernel.keeper.panic("a translation outside a delivery was refused".into());
                None
            }
        };
        let Self { keeper, .. } = ScopeGuard::into_inner(kernel);
        keeper.commit();
        keeper.refuse_if_panicked()?;
        Ok(done)
    }

    fn attempt_crank(
        &mut self,
        policy: &mut dyn RunPolicy,
        start: &CrankSavepoint<W::State>,
    ) -> Outcome<Option<Work>> {
        self.keeper.start_crank();
        self.deliveries = 0;
        let work = if let Some(event) = self.keeper.dequeue(Queue::Acceptance)? {
            self.trace_start(CrankKind::Routing, &event)?;
            self.route_event(event)?;
            Work::Empty
        } else {
            let Some(event) = self.choose_delivery(policy)? else { return Ok(None) };
            self.trace_start(CrankKind::Delivery, &event)?;
            self.delivery_crank(&event, start)?
        };
        self.keeper.process_refcounts()?;
        self.keeper.increment_crank_number()?;
        let hashes = self.keeper.kernel_emit()?;
        self.trace_hashes(hashes);
        Ok(Some(work))
    }

    fn choose_delivery(&mut self, policy: &mut dyn RunPolicy) -> Outcome<Option<Event>> {
        if let Some(vat) = self.keeper.first_terminated()
            && let Some(budget) = policy.allow_cleanup()
        {
            return Ok(Some(Event::CleanupTerminatedVat { vat, budget }));
        }
        if let Some(event) = self.keeper.take_gc_event()? {
            return Ok(Some(event));
        }
        if let Some(vat) = self.keeper.take_reap()? {
            return Ok(Some(Event::BringOutYourDead { vat }));
        }
        Ok(self.keeper.dequeue(Queue::Run)?)
    }

    fn route_event(&mut self, event: Event) -> Outcome<()> {
        let Event::Send { target, msg } = event else {
            return Ok(self.keeper.enqueue(Queue::Run, &event)?);
        };
        match route(&self.keeper, target, &msg)? {
            Route::Vat(_, found) => {
                self.keeper.retarget(target, found)?;
                self.keeper.enqueue(Queue::Run, &Event::Send { target: found, msg })?;
            }
            Route::Promise(promise) => self.keeper.append_to_promise_queue(promise, &msg)?,
            Route::Splat(data) => splat(&mut self.keeper, target, &msg, data)?,
        }
        Ok(())
    }

    fn delivery_crank(&mut self, event: &Event, start: &CrankSavepoint<W::State>) -> Outcome<Work> {
        let deliver = self.savepoint();
        let CrankResult { work, abort, consume, spent, dirt, terminate, callback } =
            self.perform(event)?;
        if abort {
            let (savepoint, name) =
                if consume { (&deliver, Rollback::Deliver) } else { (start, Rollback::Start) };
            self.rollback(savepoint)?;
            if let Some(trace) = &mut self.keeper.trace {
                trace.rollbacks.push(name);
            }
        }
        if let Some((meter, computrons)) = spent {
            self.keeper.deduct_meter(meter, computrons)?;
        }
        if let Some((vat, dirt)) = dirt {
            self.keeper.add_dirt(vat, dirt)?;
        }
        if let Some(termination) = terminate {
            if let Some(trace) = &mut self.keeper.trace {
                trace.terminated = Some(termination.clone());
            }
            self.keeper.terminate(&termination)?;
        }
        if let Some(callback) = callback {
            self.keeper.tell_vat_admin(callback)?;
        }
        self.forget_dead_vats();
        Ok(work)
    }

    /// Lets go of the workers' states of vats that are dead.
    fn forget_dead_vats(&mut self) {
        for vat in self.keeper.terminated() {
            if self.vats.contains_key(vat) {
                Arc::make_mut(&mut self.vats).remove(vat);
            }
        }
    }

    fn savepoint(&mut self) -> CrankSavepoint<W::State> {
        CrankSavepoint { tables: self.keeper.savepoint(), vats: self.vats.clone() }
    }

    fn rollback(&mut self, savepoint: &CrankSavepoint<W::State>) -> Result<(), KernelError> {
        self.vats = savepoint.vats.clone();
        self.keeper.rollback(savepoint.tables)
    }

    fn trace_start(&mut self, kind: CrankKind, event: &Event) -> Result<(), KernelError> {
        if self.keeper.trace.is_some() {
            let crank = self.keeper.crank_number()?;
            self.keeper.trace = Some(Box::new(CrankTrace::new(crank, kind, event)));
        }
        Ok(())
    }

    fn trace_hashes(&mut self, hashes: Hashes) {
        if let Some(trace) = &mut self.keeper.trace {
            trace.hashes = Some(hashes);
        }
    }

    /// A kernel over the same tables that has just been started: what was in memory is reloaded,
    /// vats are brought online (KERNEL.md section 13.3).
    pub(crate) fn start(
        tables: Tables,
        worker: Arc<W>,
        endowments: Endowments,
    ) -> Result<Self, KernelError> {
        let keeper = Keeper::new(State { tables, ..State::default() });
        let mut kernel = Self { keeper, worker, vats: Arc::default(), endowments, deliveries: 0 };
        kernel.keeper.load_terminated()?;
        kernel.keeper.load_stats()?;
        for vat in kernel.keeper.live_vats()?.into_iter().take(VATS_ONLINE_AT_START) {
            kernel.bring_online(vat)?;
        }
        // A vat that was never online has its first transcript entry from here.
        kernel.keeper.commit();
        Ok(kernel)
    }
}

/// How many vats a starting kernel brings online; the others wait for their first delivery.
const VATS_ONLINE_AT_START: usize = 25;
