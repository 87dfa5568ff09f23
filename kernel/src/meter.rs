//! Meters: how many computrons a vat may still use (KERNEL.md sections 5 and 11.3, and the notes
//! in `SPEC-NOTES.md`). Amounts are decimal numbers of any size.

use std::cmp::Ordering;

use crate::delivery::VatDelivery;
use crate::fault::{Fault, Outcome};
use crate::id::MeterId;
use crate::keeper::{DeliveryOptions, Keeper};
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
    pub(crate) fn meter_covers(&self, meter: MeterId, spent: u64) -> Outcome<bool> {
        let (remaining, _) = self.required_meter(meter)?;
        Ok(remaining == "unlimited" || subtract(&remaining, spent).is_some())
    }

    /// Takes from a meter, down to zero, and tells vatAdmin when it falls below its threshold.
    pub(crate) fn deduct_meter(&mut self, meter: MeterId, spent: u64) -> Outcome<()> {
        let (old, threshold) = self.required_meter(meter)?;
        if old == "unlimited" {
            return Ok(());
        }
        let remaining = subtract(&old, spent).unwrap_or_else(|| "0".into());
        self.set_meter_remaining(meter, &remaining);
        let below = |amount: &str| compare(amount, &threshold) == Ordering::Less;
        if below(&remaining) && !below(&old) {
            let arguments = vec![Value::text(meter.to_string()), Value::BigInt(remaining)];
            let method = Value::text("meterCrossedThreshold");
            let call = Value::Array(vec![method, Value::Array(arguments)]);
            self.tell_vat_admin(call.encode(&[]))?;
        }
        Ok(())
    }

    fn required_meter(&self, meter: MeterId) -> Outcome<(String, String)> {
        let missing = || Fault::Panic(format!("there is no meter {meter}"));
        self.meter(meter)?.ok_or_else(missing)
    }
}

/// The difference of a decimal number of any size and another; `None` if it were negative.
fn subtract(left: &str, mut right: u64) -> Option<String> {
    let mut digits = left.as_bytes().to_vec();
    let mut borrow = 0;
    for digit in digits.iter_mut().rev() {
        let low = u8::try_from(right % 10).expect("one digit") + borrow;
        let value = digit.wrapping_sub(b'0') % 10;
        right /= 10;
        borrow = u8::from(value < low);
        *digit = b'0' + value + 10 * borrow - low;
    }
    if right > 0 || borrow > 0 {
        return None;
    }
    let text: String = digits.into_iter().map(char::from).collect();
    let trimmed = text.trim_start_matches('0');
    Some(if trimmed.is_empty() { "0".into() } else { trimmed.to_owned() })
}

/// The order of two decimal numbers of any size.
fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
    (left.len(), left).cmp(&(right.len(), right))
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::{compare, subtract};

    #[test]
    fn meters_run_down_without_a_bound_above_and_never_below_zero() {
        assert_eq!(subtract("1000", 1), Some("999".into()));
        assert_eq!(subtract("1000", 1000), Some("0".into()));
        assert_eq!(subtract("1000", 1001), None);
        assert_eq!(subtract("0", 1), None);
        assert_eq!(subtract("7", 10), None);
        let large = format!("1{}", "0".repeat(40));
        assert_eq!(subtract(&large, 1), Some("9".repeat(40)));
        assert_eq!(subtract(&large, u64::MAX).map(|text| text.len()), Some(40));
    }

    #[test]
    fn amounts_order_as_numbers() {
        assert_eq!(compare("9", "10"), Ordering::Less);
        assert_eq!(compare("10", "10"), Ordering::Equal);
        assert_eq!(compare("10", "9"), Ordering::Greater);
        assert_eq!(compare("0", "1"), Ordering::Less);
    }
}
