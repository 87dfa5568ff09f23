//! The end of a vat, and the deletion of what it leaves (KERNEL.md section 10).

use crate::capdata::CapData;
use crate::event::{Allowance, CleanupBudget};
use crate::fault::{Fault, KernelError, Outcome};
use crate::id::VatId;
use crate::keeper::{Keeper, Settlement};
use crate::slot::Kref;
use crate::smallcaps::{Reference, Value, error_data};
use crate::trace::{Cleanup, Termination};

impl Keeper {
    /// Ends a vat: rejects what it decides, and tells vatAdmin. A vat that is gone already is
    /// only reported.
    pub(crate) fn terminate(&mut self, termination: &Termination) -> Outcome<()> {
        let Termination { vat, reject, info } = termination;
        if self.is_alive(*vat) {
            let critical = self.vat_options(*vat)?.critical;
            self.mark_terminated(*vat)?;
            let rejection = Settlement { rejected: true, data: error_data("vat terminated") };
            for promise in self.promises_decided_by(*vat)? {
                self.resolve(Some(*vat), promise, &rejection)?;
            }
            if critical {
                self.panic(format!("the critical vat {vat} failed: {}", info.body));
                return Ok(());
            }
        }
        self.report_termination(*vat, *reject, info)
    }

    fn report_termination(&mut self, vat: VatId, reject: bool, info: &CapData) -> Outcome<()> {
        if self.vat_admin_root()?.is_none() {
            return Ok(());
        }
        let reason = Value::decode(info)
            .map_err(|error| Fault::Panic(format!("exit info of {vat}: {error}")))?;
        let arguments = vec![Value::text(vat.to_string()), Value::Bool(reject), reason];
        let call = Value::Array(vec![Value::text("vatTerminated"), Value::Array(arguments)]);
        let call = call.encode(&info.slots);
        for slot in &call.slots {
            if slot.is_promise() && self.promise_state(*slot)?.is_none() {
                return Err(Fault::Panic(format!("exit info of {vat}: {slot} is undone")));
            }
        }
        Ok(self.tell_vat_admin(call)?)
    }

    /// Deletes some of what a terminated vat has left, phase by phase, each within its allowance.
    pub(crate) fn cleanup(&mut self, vat: VatId, budget: &CleanupBudget) -> Outcome<()> {
        let mut work = Cleanup::default();
        work.complete = self.cleanup_phases(vat, budget, &mut work)?;
        if work.complete {
            self.forget_terminated(vat);
        }
        if let Some(trace) = &mut self.trace {
            trace.cleanup = Some(work);
        }
        Ok(())
    }

    /// `true` when nothing is left.
    fn cleanup_phases(
        &mut self,
        vat: VatId,
        budget: &CleanupBudget,
        work: &mut Cleanup,
    ) -> Result<bool, KernelError> {
        let keeper = &mut *self;
        let allowance = |phase: Option<Allowance>| phase.unwrap_or(budget.default);
        let by_prefix =
            |prefix: &'static str,
             delete: fn(&mut Keeper, VatId, Kref) -> Result<(), KernelError>| {
                move |keeper: &mut Keeper| match keeper.first_clist_kref(vat, prefix)? {
                    Some(kref) => delete(keeper, vat, kref).map(|()| true),
                    None => Ok(false),
                }
            };
        let exports = by_prefix("o+", Keeper::orphan);
        let imports = by_prefix("o-", Keeper::delete_clist_entry);
        let promises = by_prefix("p", Keeper::delete_clist_entry);
        let finished = phase(keeper, allowance(budget.exports), &mut work.exports, exports)?
            && phase(keeper, allowance(budget.imports), &mut work.imports, imports)?
            && phase(keeper, allowance(budget.promises), &mut work.promises, promises)?
            && phase(keeper, allowance(budget.kv), &mut work.kv, |keeper| {
                Ok(keeper.delete_any_key(vat))
            })?;
        if !finished {
            return Ok(false);
        }
        for (phase, own) in [("snapshots", budget.snapshots), ("transcripts", budget.transcripts)] {
            if allowance(own) == Allowance::Of(0) {
                return Err(KernelError::NoCleanup { phase });
            }
        }
        let limit = allowance(budget.transcripts);
        let used_up = |done| matches!(limit, Allowance::Of(limit) if done >= limit);
        // Unlike the phases before it, this one ends well with the last that it may delete.
        while !used_up(work.transcripts) {
            work.transcripts += 1;
            if keeper.delete_span(vat) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Deletes one thing after another; `false` as soon as the allowance is used up, even if nothing
/// is left by then. At least one thing is looked for, whatever the allowance.
fn phase(
    keeper: &mut Keeper,
    allowance: Allowance,
    done: &mut u64,
    mut delete_one: impl FnMut(&mut Keeper) -> Result<bool, KernelError>,
) -> Result<bool, KernelError> {
    while delete_one(keeper)? {
        *done += 1;
        if let Allowance::Of(limit) = allowance
            && *done >= limit
        {
            return Ok(false);
        }
    }
    Ok(true)
}
