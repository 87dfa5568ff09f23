//! Meters: how many computrons a vat may still use (KERNEL.md sections 5 and 11.3, and the notes
//! in `SPEC-NOTES.md`).

use crate::decimal::Amount;
use crate::delivery::VatDelivery;
use crate::fault::{Fault, Outcome};
use crate::id::MeterId;
use crate::keeper::{DeliveryOptions, Keeper, Meter, Remaining};
use crate::smallcaps::Value;

/// The most computrons that one delivery to a metered vat may use.
const DELIVERY_LIMIT: u64 = 100_000_000;

/// What the kernel says of a vat that used more than its meter had.
pub(crate) const UNDERFLOW: &str = "meter underflow, vat terminated";

/// The limit that a worker has to keep.
pub(crate) fn delivery_limit(options: &DeliveryOptions) -> Option<u64> {
    options.meter_id.map(|_| DELIVERY_LIMIT)
}

/// The meter that a delivery is charged to. Nobody pays for garbage collection.
pub(crate) fn charged(options: &DeliveryOptions, delivery: &VatDelivery) -> Option<MeterId> {
    let own_code = matches!(
        delivery,
        VatDelivery::Message(..) | VatDelivery::Notify(..) | VatDelivery::StartVat(..)
    );
    options.meter_id.filter(|_| own_code)
}

impl Keeper {
    /// Whether a meter has as much left. Nothing is written.
    pub(crate) fn meter_covers(&self, id: MeterId, spent: u64) -> Outcome<bool> {
        Ok(match self.required_meter(id)?.remaining {
            Remaining::Unlimited => true,
            Remaining::Limited(amount) => amount.minus(spent).is_some(),
        })
    }

    /// Takes from a meter, down to zero, and tells vatAdmin when it falls below its threshold.
    pub(crate) fn deduct_meter(&mut self, id: MeterId, spent: u64) -> Outcome<()> {
        let Meter { remaining, threshold } = self.required_meter(id)?;
        let Remaining::Limited(old) = remaining else { return Ok(()) };
        let remaining = old.minus(spent).unwrap_or(Amount::ZERO);
        self.set_meter_remaining(id, &remaining);
        if remaining < threshold && old >= threshold {
            let remaining = Value::BigInt(remaining.to_string());
            let arguments = vec![Value::text(id.to_string()), remaining];
            let method = Value::text("meterCrossedThreshold");
            let call = Value::Array(vec![method, Value::Array(arguments)]);
            self.tell_vat_admin(call.encode(&[]))?;
        }
        Ok(())
    }

    fn required_meter(&self, id: MeterId) -> Outcome<Meter> {
        self.meter(id)?.ok_or_else(|| Fault::Panic(format!("there is no meter {id}")))
    }
}
