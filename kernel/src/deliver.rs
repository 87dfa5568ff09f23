//! Events (KERNEL.md section 6): what is delivered to whom, and what its end leads to.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::capdata::{CapData, Message};
use crate::crank::{Kernel, Work};
use crate::delivery::{KernelDelivery, KernelResolution};
use crate::event::{Event, GcEvent};
use crate::fault::{Fault, KernelError, Outcome};
use crate::id::{MeterId, VatId};
use crate::keeper::{DeliveryOptions, Dirt, Keeper, Promise, Strength};
use crate::meter;
use crate::route::{Route, route, splat};
use crate::session::{Session, Verdict};
use crate::slot::Kref;
use crate::smallcaps::error_data;
use crate::stats::Counter;
use crate::trace::{DeliveryTrace, Termination};
use crate::translate::delivery_to_vat;
use crate::upgrade::Upgrade;
use crate::worker::{DeliveryContext, DeliveryStatus, VatWorker};

/// What an event leads to when it is over.
pub(crate) struct CrankResult {
    pub(crate) work: Work,
    /// The delivery is undone.
    pub(crate) abort: bool,
    /// An undone event does not come again.
    pub(crate) consume: bool,
    /// The meter that pays, and how many computrons.
    pub(crate) spent: Option<(MeterId, u64)>,
    pub(crate) dirt: Option<(VatId, Dirt)>,
    pub(crate) terminate: Option<Termination>,
    /// What vatAdmin is told: encoded method and arguments.
    pub(crate) callback: Option<CapData>,
}

impl CrankResult {
    /// Nothing was delivered.
    pub(crate) const EMPTY: Self = Self {
        work: Work::Empty,
        abort: false,
        consume: false,
        spent: None,
        dirt: None,
        terminate: None,
        callback: None,
    };
}

impl<W: VatWorker> Kernel<W> {
    pub(crate) fn perform(&mut self, event: &Event) -> Outcome<CrankResult> {
        match event {
            Event::Send { target, msg } => self.send(*target, msg),
            Event::Notify { vat, promise } => self.notify(*vat, *promise),
            Event::StartVat { vat, parameters } => {
                if !self.keeper.is_alive(*vat) {
                    return Ok(CrankResult::EMPTY);
                }
                let consumed = self.start_vat(*vat, parameters)?;
                Ok(CrankResult { consume: true, ..consumed })
            }
            Event::CreateVat { vat, source, parameters, dynamic_options } => {
                self.create_vat(*vat, source, parameters, dynamic_options)
            }
            Event::UpgradeVat { vat, upgrade_id, bundle_id, parameters, upgrade_message } => {
                if !self.keeper.is_alive(*vat) {
                    return Ok(CrankResult::EMPTY);
                }
                let upgrade = Upgrade {
                    vat: *vat,
                    id: upgrade_id,
                    bundle_id,
                    parameters,
                    message: upgrade_message,
                };
                self.upgrade(&upgrade)
            }
            Event::ChangeVatOptions { vat, options } => self.change_options(*vat, options),
            Event::BringOutYourDead { vat } => {
                if !self.keeper.is_alive(*vat) {
                    return Ok(CrankResult::EMPTY);
                }
                self.reap(*vat)
            }
            Event::DropExports(gc) => self.gc(gc, KernelDelivery::DropExports),
            Event::RetireExports(gc) => {
                if self.keeper.is_alive(gc.vat) {
                    for object in &gc.krefs {
                        self.keeper.delete_object(*object);
                    }
                }
                self.gc(gc, KernelDelivery::RetireExports)
            }
            Event::RetireImports(gc) => self.gc(gc, KernelDelivery::RetireImports),
            Event::NegatedGcAction => Ok(CrankResult::EMPTY),
            Event::CleanupTerminatedVat { vat, budget } => {
                self.keeper.cleanup(*vat, budget)?;
                Ok(CrankResult { work: Work::Cleanup, ..CrankResult::EMPTY })
            }
        }
    }

    /// Sets a vat's parameters and starts it with them. The event's references are given back.
    pub(crate) fn start_vat(&mut self, vat: VatId, parameters: &CapData) -> Outcome<CrankResult> {
        self.keeper.set_vat_parameters(vat, parameters)?;
        let delivery = KernelDelivery::StartVat(parameters.clone());
        self.deliver_and_release(vat, delivery, &parameters.slots)
    }

    pub(crate) fn reap(&mut self, vat: VatId) -> Outcome<CrankResult> {
        let result = self.deliver(vat, KernelDelivery::BringOutYourDead, None)?;
        self.keeper.clear_dirt(vat);
        Ok(result)
    }

    fn send(&mut self, target: Kref, message: &Message) -> Outcome<CrankResult> {
        let (vat, found) = match route(&self.keeper, target, message)? {
            Route::Vat(vat, found) => (vat, found),
            Route::Promise(promise) => {
                self.keeper.append_to_promise_queue(promise, message)?;
                return Ok(CrankResult::EMPTY);
            }
            Route::Splat(data) => {
                splat(&mut self.keeper, target, message, data)?;
                return Ok(CrankResult::EMPTY);
            }
        };
        self.keeper.release_message(target, message)?;
        self.keeper.count(Counter::Dispatches);
        self.keeper.count(Counter::DispatchDeliver);
        // Cleanup misses what was exported as `o+` (KERNEL.md section 10): its owner is gone.
        if !self.keeper.is_alive(vat) {
            return Err(Fault::Panic(format!("{vat}, the owner of {found}, is deleted")));
        }
        let gc_krefs = None;
        self.deliver(vat, KernelDelivery::Message(found, message.clone()), gc_krefs)
    }

    fn notify(&mut self, vat: VatId, promise: Kref) -> Outcome<CrankResult> {
        self.keeper.decrement(promise, Strength::Full)?;
        self.keeper.count(Counter::Dispatches);
        if !self.keeper.is_alive(vat) {
            return Ok(CrankResult::EMPTY);
        }
        self.keeper.count(Counter::DispatchNotify);
        if self.keeper.clist_entry(vat, promise)?.is_none() {
            return Ok(CrankResult::EMPTY);
        }
        let delivery = KernelDelivery::Notify(resolutions_from(&self.keeper, promise)?);
        self.deliver(vat, delivery, None)
    }

    fn gc(
        &mut self,
        GcEvent { vat, krefs }: &GcEvent,
        delivery: fn(Vec<Kref>) -> KernelDelivery,
    ) -> Outcome<CrankResult> {
        if !self.keeper.is_alive(*vat) {
            return Ok(CrankResult::EMPTY);
        }
        self.deliver(*vat, delivery(krefs.clone()), Some(krefs.len() as u64))
    }

    pub(crate) fn deliver(
        &mut self,
        vat: VatId,
        delivery: KernelDelivery,
        gc_krefs: Option<u64>,
    ) -> Outcome<CrankResult> {
        let reaping = delivery == KernelDelivery::BringOutYourDead;
        let result = self.deliver_and_release(vat, delivery, &[])?;
        let dirt = result.dirt.filter(|_| !reaping);
        Ok(CrankResult { dirt: dirt.map(|(vat, dirt)| (vat, Dirt { gc_krefs, ..dirt })), ..result })
    }

    /// Translates a delivery, gives back the references that its event alone held, and has the
    /// worker make it.
    fn deliver_and_release(
        &mut self,
        vat: VatId,
        delivery: KernelDelivery,
        held: &[Kref],
    ) -> Outcome<CrankResult> {
        let options = self.keeper.delivery_options(vat)?;
        let vat_form = delivery_to_vat(&mut self.keeper, vat, &delivery)?;
        for kref in held {
            self.keeper.decrement(*kref, Strength::Full)?;
        }
        match &delivery {
            KernelDelivery::Message(_, message) if options.enable_pipelining => {
                if let Some(result) = message.result_promise() {
                    self.keeper.move_promise_queue(*result)?;
                }
            }
            KernelDelivery::Notify(resolutions) => {
                for resolution in resolutions {
                    self.keeper.retire_promise(vat, resolution.promise)?;
                }
            }
            _ => {}
        }
        self.bring_online(vat)?;
        let number = self.keeper.transcripts().end(vat);
        if let Some(trace) = &mut self.keeper.trace {
            trace.deliveries.push(DeliveryTrace {
                vat,
                number,
                kernel: delivery,
                vat_form: vat_form.clone(),
                syscalls: Vec::new(),
                status: DeliveryStatus::Ok,
            });
        }
        self.run_vat(vat, &options, &vat_form)
    }

    fn run_vat(
        &mut self,
        vat: VatId,
        options: &DeliveryOptions,
        delivery: &crate::delivery::VatDelivery,
    ) -> Outcome<CrankResult> {
        let ordinal = self.deliveries;
        self.deliveries += 1;
        let (crank, limit) = (self.keeper.crank_number()?, meter::delivery_limit(options));
        let at = DeliveryContext { vat, crank, ordinal, limit };
        let state = self.vats.get(&vat).cloned().expect("it was brought online");
        let mut session = Session::new(&mut self.keeper, &self.endowments, at, options, delivery);
        let delivered = self
            .worker
            .deliver(&state, &at, delivery, &mut session)
            .map_err(KernelError::Diverged)?;
        let (verdict, entry) = session.end(&delivered.status);
        if let Some(error) = verdict.error {
            return Err(error.into());
        }
        if let Some(delivery) =
            self.keeper.trace.as_mut().and_then(|trace| trace.deliveries.last_mut())
        {
            delivery.status = delivered.status.clone();
        }
        if let Some(entry) = entry {
            self.keeper.append_transcript(vat, &entry);
        }
        if let Some(next) = delivered.next {
            Arc::make_mut(&mut self.vats).insert(vat, next);
        }
        if let Some(reason) = &verdict.panic {
            self.keeper.panic(reason.clone());
        }
        let computrons = delivered.computrons.filter(|used| *used > 0);
        let spent = meter::charged(options, delivery).zip(computrons);
        let underflow = match spent {
            Some((meter, used)) => !self.keeper.meter_covers(meter, used)?,
            None => false,
        };
        let made = CrankResult { work: Work::Delivery(computrons), spent, ..CrankResult::EMPTY };
        Ok(judge(vat, verdict, delivered.status, underflow, made))
    }

    /// Makes the worker's state of a vat that has none, by replay if need be, and opens its
    /// transcript.
    pub(crate) fn bring_online(&mut self, vat: VatId) -> Result<(), KernelError> {
        if self.vats.contains_key(&vat) {
            return Ok(());
        }
        let source = self.keeper.vat_source(vat)?;
        let state = self.worker.create(vat, &source);
        let state = state.map_err(|why| KernelError::NoCode { vat, why })?;
        let state = if self.worker.replays() { self.replay(vat, state)? } else { state };
        Arc::make_mut(&mut self.vats).insert(vat, state);
        self.keeper.open_transcript(vat)
    }
}

/// The first that applies: an illegal syscall, code that threw, a meter that ran out, an exit
/// (KERNEL.md section 6, "Result of a delivery").
fn judge(
    vat: VatId,
    verdict: Verdict,
    status: DeliveryStatus,
    underflow: bool,
    made: CrankResult,
) -> CrankResult {
    let undone = |text: &str| Termination { vat, reject: true, info: error_data(text) };
    let terminate = if let Some(end) = verdict.end {
        undone(end)
    } else if let DeliveryStatus::Error(text) = status {
        undone(&text)
    } else if underflow {
        undone(meter::UNDERFLOW)
    } else if let Some((reject, info)) = verdict.exit {
        let terminate = Some(Termination { vat, reject, info });
        return CrankResult { abort: reject, terminate, ..made };
    } else {
        let computrons = match made.work {
            Work::Delivery(computrons) => computrons,
            _ => None,
        };
        let dirt = Dirt { deliveries: 1, computrons, gc_krefs: None };
        return CrankResult { dirt: Some((vat, dirt)), ..made };
    };
    CrankResult { abort: true, terminate: Some(terminate), ..made }
}

/// A promise and every resolved promise found in resolution data from there, depth first in slot
/// order, each once.
fn resolutions_from(keeper: &Keeper, first: Kref) -> Result<Vec<KernelResolution>, KernelError> {
    let mut resolutions = Vec::new();
    let mut seen = BTreeSet::new();
    let mut to_visit = vec![first];
    while let Some(promise) = to_visit.pop() {
        if seen.contains(&promise) {
            continue;
        }
        let Promise::Resolved(settlement) = keeper.promise(promise)? else { continue };
        seen.insert(promise);
        let slots = settlement.data.slots.iter().rev().copied();
        to_visit.extend(slots.filter(|slot| matches!(slot, Kref::Promise(_))));
        let (rejected, data) = (settlement.rejected, settlement.data);
        resolutions.push(KernelResolution { promise, rejected, data });
    }
    Ok(resolutions)
}
