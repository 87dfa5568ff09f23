//! The rebirth of a vat with new code (KERNEL.md section 11.2).

use std::sync::Arc;

use crate::capdata::CapData;
use crate::crank::{Kernel, Work};
use crate::deliver::CrankResult;
use crate::fault::{Fault, KernelError, Outcome};
use crate::id::{MeterId, VatId};
use crate::keeper::Settlement;
use crate::slot::Kref;
use crate::smallcaps::Value;
use crate::source::VatSource;
use crate::worker::VatWorker;

/// What an upgrade-vat event asks for.
pub(crate) struct Upgrade<'a> {
    pub(crate) vat: VatId,
    pub(crate) id: &'a str,
    pub(crate) bundle_id: &'a str,
    pub(crate) parameters: &'a CapData,
    pub(crate) message: &'a str,
}

impl<W: VatWorker> Kernel<W> {
    /// Gives a vat new code. Its vatstore and durable exports stay; promises that it decided are
    /// rejected, other exports orphaned. A failure undoes all of it, and the old code goes on.
    pub(crate) fn upgrade(&mut self, upgrade: &Upgrade<'_>) -> Outcome<CrankResult> {
        let vat = upgrade.vat;
        let reaped = self.reap(vat)?;
        if reaped.terminate.is_some() {
            return Ok(failed(upgrade, reaped.work, None));
        }
        let incarnation = self.keeper.transcripts().incarnation(vat);
        self.disconnect_promises(vat, incarnation, upgrade.message)?;
        self.orphan_ephemeral_exports(vat)?;
        self.keeper.close_transcript(vat);
        Arc::make_mut(&mut self.vats).remove(&vat);
        let source = VatSource::BundleId(upgrade.bundle_id.to_owned());
        self.keeper.set_vat_source(vat, &source)?;
        if !self.keeper.has_bundle(upgrade.bundle_id) {
            let why = format!("{vat} is to be upgraded to {source}, which is not installed");
            return Err(Fault::Panic(why));
        }
        let started = match self.start_vat(vat, upgrade.parameters) {
            Err(Fault::Error(why @ KernelError::NoCode { .. })) => {
                return Err(Fault::Panic(why.to_string()));
            }
            started => started?,
        };
        // The start is metered alone, but if it is, the reaping before it is charged as well.
        let computrons = sum(reaped.work, started.work);
        let spent = started.spent.map(|(meter, used)| (meter, computrons.unwrap_or(used)));
        if started.terminate.is_some() {
            return Ok(failed(upgrade, Work::Delivery(computrons), spent));
        }
        let outcome = [Value::Bool(true), Value::Undefined, number(incarnation + 1)];
        let callback = Some(callback(upgrade, outcome));
        Ok(CrankResult { spent, callback, ..CrankResult::EMPTY })
    }

    fn disconnect_promises(&mut self, vat: VatId, incarnation: u64, message: &str) -> Outcome<()> {
        let reason = Value::Record(vec![
            ("incarnationNumber".into(), number(incarnation)),
            ("name".into(), Value::text("vatUpgraded")),
            ("upgradeMessage".into(), Value::text(message)),
        ]);
        let settlement = Settlement { rejected: true, data: reason.encode(&[] as &[Kref]) };
        for promise in self.keeper.promises_decided_by(vat)? {
            let subscribed = self.keeper.is_subscriber(promise, vat)?;
            self.keeper.resolve(Some(vat), promise, &settlement)?;
            if !subscribed {
                self.keeper.retire_promise(vat, promise)?;
            }
        }
        Ok(())
    }

    /// Everything but the root and durable objects. The list is complete before the first goes.
    fn orphan_ephemeral_exports(&mut self, vat: VatId) -> Result<(), KernelError> {
        for (object, vref) in self.keeper.clist_entries(vat, "o+")? {
            if vref.as_str() != "o+0" && !vref.as_str().starts_with("o+d") {
                self.keeper.orphan(vat, object)?;
            }
        }
        Ok(())
    }
}

/// `vatUpgradeCallback(upN, …)`, for vatAdmin.
fn callback(upgrade: &Upgrade<'_>, outcome: impl IntoIterator<Item = Value>) -> CapData {
    let arguments = [Value::text(upgrade.id)].into_iter().chain(outcome).collect();
    Value::Array(vec![Value::text("vatUpgradeCallback"), Value::Array(arguments)]).encode(&[])
}

/// The computrons of two deliveries together, if any were counted.
fn sum(first: Work, second: Work) -> Option<u64> {
    let used = |work| match work {
        Work::Delivery(computrons) => computrons,
        Work::Empty | Work::Cleanup => None,
    };
    match (used(first), used(second)) {
        (None, second) => second,
        (Some(first), second) => Some(first.saturating_add(second.unwrap_or(0))),
    }
}

fn failed(upgrade: &Upgrade<'_>, work: Work, spent: Option<(MeterId, u64)>) -> CrankResult {
    let outcome = [Value::Bool(false), Value::error("vat-upgrade failure")];
    CrankResult {
        work,
        abort: true,
        consume: true,
        spent,
        callback: Some(callback(upgrade, outcome)),
        ..CrankResult::EMPTY
    }
}

/// An incarnation number as the encoding has it.
#[expect(clippy::cast_precision_loss, reason = "nobody upgrades a vat 2^53 times")]
fn number(incarnation: u64) -> Value {
    Value::Number(incarnation as f64)
}
