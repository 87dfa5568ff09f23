//! Ours against the record, and the first place where they differ.

use std::fmt;

use bootfork_kernel::{
    Cleanup, ClistMode, CrankTrace, DeliveryStatus, DeliveryTrace, Kref, Termination, VatId, Vref,
};
use bootfork_store::Store;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::log::{Crank, Delivery};

/// The first thing that is not as recorded.
///
/// ```
/// use bootfork_conform::Difference;
///
/// let difference = Difference {
///     seq: Some(12),
///     what: "crankhash".into(),
///     recorded: "a1…".into(),
///     ours: "b2…".into(),
/// };
/// assert!(difference.to_string().starts_with("line 12 of the log: crankhash\n"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line of the log, by its `seq`; `None` at the end.
    pub seq: Option<u64>,
    /// What differs.
    pub what: String,
    /// The record's side.
    pub recorded: String,
    /// Our side.
    pub ours: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seq {
            Some(seq) => write!(f, "line {seq} of the log: ")?,
            None => f.write_str("at the end: ")?,
        }
        let Self { what, recorded, ours, .. } = self;
        write!(f, "{what}\n  recorded: {recorded}\n  ours:     {ours}")
    }
}

impl std::error::Error for Difference {}

/// Compares at one line of the log.
#[derive(Clone, Copy)]
pub(crate) struct Judge {
    pub(crate) seq: Option<u64>,
}

impl Judge {
    pub(crate) fn differ<T>(
        self,
        what: impl Into<String>,
        recorded: impl fmt::Display,
        ours: impl fmt::Display,
    ) -> Result<T, Difference> {
        let (recorded, ours) = (recorded.to_string(), ours.to_string());
        Err(Difference { seq: self.seq, what: what.into(), recorded, ours })
    }

    pub(crate) fn same(
        self,
        what: impl Into<String>,
        recorded: &Value,
        ours: &Value,
    ) -> Result<(), Difference> {
        if recorded == ours { Ok(()) } else { self.differ(what, recorded, ours) }
    }

    /// A crank, but for its change of the table.
    pub(crate) fn crank(self, recorded: &Crank, ours: &CrankTrace) -> Result<(), Difference> {
        self.same("crank number", &json!(recorded.number), &json!(ours.crank.to_string()))?;
        self.same("kind of crank", &json!(recorded.kind), &form(&ours.kind))?;
        self.same("event type", &json!(recorded.message_type), &json!(ours.event.name()))?;
        self.same("event", &recorded.message, &form(&ours.event))?;
        for (index, delivery) in recorded.deliveries.iter().enumerate() {
            let Some(made) = ours.deliveries.get(index) else {
                return self.differ(format!("delivery {index}"), &delivery.kd, "none");
            };
            self.delivery(index, delivery, made)?;
        }
        if let Some(extra) = ours.deliveries.get(recorded.deliveries.len()) {
            return self.differ("one delivery more", "none", form(&extra.kernel));
        }
        self.same("c-list changes", &recorded.clist, &clist(&ours.clist))?;
        self.same("rollbacks", &json!(recorded.rollbacks), &form(&ours.rollbacks))?;
        let terminated: Vec<_> = ours.terminated.iter().map(termination).collect();
        self.same("terminations", &json!(recorded.terminate), &json!(terminated))?;
        let ours_cleanup = match &ours.event {
            bootfork_kernel::Event::CleanupTerminatedVat { vat, .. } => {
                ours.cleanup.map(|work| cleanup(*vat, work))
            }
            _ => None,
        };
        self.same("cleanup", &json!(recorded.cleanup), &json!(ours_cleanup))?;
        let hashes = ours.hashes.as_ref();
        let crankhash = hashes.map(|hashes| &hashes.crankhash);
        self.same("crankhash", &json!(recorded.crankhash), &json!(crankhash))?;
        let activityhash = hashes.map(|hashes| &hashes.activityhash);
        self.same("activityhash", &json!(recorded.activityhash), &json!(activityhash))
    }

    fn delivery(
        self,
        index: usize,
        recorded: &Delivery,
        ours: &DeliveryTrace,
    ) -> Result<(), Difference> {
        let of = |what: &str| format!("{what} of delivery {index}");
        self.same(of("vat"), &json!(recorded.vat), &json!(ours.vat))?;
        self.same(of("number"), &json!(recorded.number), &json!(ours.number.to_string()))?;
        self.same(of("kernel form"), &recorded.kd, &form(&ours.kernel))?;
        self.same(of("vat form"), &recorded.vd, &form(&ours.vat_form))?;
        for (position, syscall) in recorded.syscalls.iter().enumerate() {
            let of = |what: &str| format!("{what} of syscall {position} of delivery {index}");
            let Some(made) = ours.syscalls.get(position) else {
                return self.differ(of("vat form"), &syscall.vsc, "none");
            };
            self.same(of("vat form"), &syscall.vsc, &form(&made.vat_form))?;
            self.same(of("kernel form"), &syscall.ksc, &form(&made.kernel))?;
            self.same(of("result"), &syscall.vsr, &form(&made.result))?;
        }
        let syscalls = (recorded.syscalls.len(), ours.syscalls.len());
        self.same(of("number of syscalls"), &json!(syscalls.0), &json!(syscalls.1))?;
        let status = match ours.status {
            DeliveryStatus::Ok => "ok",
            DeliveryStatus::Error(_) => "error",
        };
        self.same(of("status"), &recorded.dr[0], &json!(status))
    }

    /// The net change of the table, as the log has it: keys set with their values, keys deleted.
    pub(crate) fn delta(
        self,
        recorded: &Value,
        before: &Store,
        after: &Store,
    ) -> Result<(), Difference> {
        let mut set = Vec::new();
        let mut deleted = Vec::new();
        for change in before.diff(after) {
            let key = String::from_utf8_lossy(change.key);
            match change.right {
                Some(value) => set.push(json!([key, String::from_utf8_lossy(value)])),
                None => deleted.push(json!(key)),
            }
        }
        self.entries("keys set", &recorded["set"], &set)?;
        self.entries("keys deleted", &recorded["del"], &deleted)
    }

    /// Two lists, of which only the first differing items are shown.
    fn entries(self, what: &str, recorded: &Value, ours: &[Value]) -> Result<(), Difference> {
        let recorded = recorded.as_array().map(Vec::as_slice).unwrap_or_default();
        let longest = recorded.len().max(ours.len());
        for position in 0..longest {
            let none = Value::Null;
            let recorded = recorded.get(position).unwrap_or(&none);
            let ours = ours.get(position).unwrap_or(&none);
            self.same(format!("{what}, number {position}"), recorded, ours)?;
        }
        Ok(())
    }

    /// Two tables, key for key.
    pub(crate) fn tables(self, recorded: &Store, ours: &Store) -> Result<(), Difference> {
        let text = |value: Option<&[u8]>| {
            value.map_or("absent".into(), |value| String::from_utf8_lossy(value).into_owned())
        };
        match recorded.diff(ours).first() {
            None => Ok(()),
            Some(change) => {
                let what = format!("key {}", String::from_utf8_lossy(change.key));
                self.differ(what, text(change.left), text(change.right))
            }
        }
    }
}

fn form(ours: &impl Serialize) -> Value {
    serde_json::to_value(ours).expect("whatever a trace holds has a JSON form")
}

fn clist(changes: &[(ClistMode, VatId, Kref, Vref)]) -> Value {
    form(&changes)
}

fn termination(Termination { vat, reject, info }: &Termination) -> Value {
    json!({ "vatID": vat, "shouldReject": reject, "info": info })
}

/// Counts without zeros, and `complete` only when it is.
fn cleanup(vat: VatId, work: Cleanup) -> Value {
    let counts = [
        ("exports", work.exports),
        ("imports", work.imports),
        ("promises", work.promises),
        ("kv", work.kv),
        ("transcripts", work.transcripts),
    ];
    let counts: Map<String, Value> = counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| (name.to_owned(), json!(count)))
        .collect();
    let mut cleanup = json!({ "vatID": vat, "work": counts });
    if work.complete {
        cleanup["complete"] = json!(true);
    }
    cleanup
}
