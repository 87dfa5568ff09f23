//! Meters: what is left, and when its owner is told (KERNEL.md section 11.3).

use std::fmt;

use crate::decimal::Amount;
use crate::fault::{KernelError, corrupt};
use crate::id::MeterId;
use crate::keeper::Keeper;
use crate::schema;

/// What a meter has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remaining {
    /// Any amount.
    Unlimited,
    /// So much.
    Limited(Amount),
}

impl Remaining {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "unlimited" => Some(Self::Unlimited),
            _ => Amount::parse(text).map(Self::Limited),
        }
    }
}

impl fmt::Display for Remaining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => f.write_str("unlimited"),
            Self::Limited(amount) => amount.fmt(f),
        }
    }
}

/// One meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meter {
    pub(crate) remaining: Remaining,
    /// Its owner is told when less is left.
    pub(crate) threshold: Amount,
}

impl Keeper {
    pub(crate) fn create_meter(&mut self, meter: &Meter) -> Result<MeterId, KernelError> {
        let id = MeterId(self.take_number(&schema::meter_next_id())?);
        self.set(&schema::meter_remaining(id), &meter.remaining.to_string());
        self.set_meter_threshold(id, &meter.threshold);
        Ok(id)
    }

    pub(crate) fn meter(&self, id: MeterId) -> Result<Option<Meter>, KernelError> {
        let (left, below) = (schema::meter_remaining(id), schema::meter_threshold(id));
        let Some((remaining, threshold)) = self.text(&left)?.zip(self.text(&below)?) else {
            return Ok(None);
        };
        let remaining = Remaining::parse(remaining);
        let remaining = remaining.ok_or_else(|| corrupt(&left, "an amount, or unlimited"))?;
        let threshold = Amount::parse(threshold).ok_or_else(|| corrupt(&below, "an amount"))?;
        Ok(Some(Meter { remaining, threshold }))
    }

    /// Only of a meter that is limited.
    pub(crate) fn set_meter_remaining(&mut self, id: MeterId, remaining: &Amount) {
        self.set(&schema::meter_remaining(id), &remaining.to_string());
    }

    pub(crate) fn set_meter_threshold(&mut self, id: MeterId, threshold: &Amount) {
        self.set(&schema::meter_threshold(id), &threshold.to_string());
    }
}
