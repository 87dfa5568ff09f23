//! Replay: a vat that keeps state outside its part of the store is brought back by making the
//! deliveries of its present incarnation again (KERNEL.md section 14).
//!
//! *Invariant.* A replay reads the transcript and nothing else: no syscall reaches the kernel, so
//! nothing in the tables changes. Every syscall that the vat makes is checked against the record.

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value as Json;

use crate::crank::Kernel;
use crate::delivery::VatDelivery;
use crate::fault::KernelError;
use crate::id::VatId;
use crate::meter;
use crate::syscall::{SyscallResult, VatSyscall};
use crate::transcript::Reader;
use crate::worker::{DeliveryContext, DeliveryStatus, Divergence, Syscalls, VatWorker};

/// One entry of a transcript.
#[derive(Deserialize)]
struct Entry {
    d: VatDelivery,
    sc: Vec<Made>,
    r: Ended,
}

/// A syscall and its answer.
#[derive(Deserialize)]
struct Made {
    s: Json,
    r: SyscallResult,
}

#[derive(Deserialize)]
struct Ended {
    status: String,
}

impl<W: VatWorker> Kernel<W> {
    /// The state of a vat after all deliveries of its present incarnation, from that of one that
    /// has not run yet.
    ///
    /// # Errors
    /// [`KernelError::Diverged`] with the first syscall that is not as recorded.
    pub(crate) fn replay(&self, vat: VatId, fresh: W::State) -> Result<W::State, KernelError> {
        let options = self.keeper.delivery_options(vat)?;
        let (crank, limit) = (self.keeper.crank_number()?, meter::delivery_limit(&options));
        let at = DeliveryContext { vat, crank, ordinal: 0, limit };
        let mut state = fresh;
        for (position, entry) in incarnation(self.keeper.transcripts(), vat) {
            let recorded: Entry = serde_json::from_str(entry).map_err(|error| {
                let key = format!("transcript of {vat}, position {position}");
                KernelError::Corrupt { key, expected: format!("a delivery ({error})") }
            })?;
            let mut replayed = Replayed { at, position, made: &recorded.sc, next: 0, first: None };
            let delivered = self
                .worker
                .deliver(&state, &at, &recorded.d, &mut replayed)
                .map_err(KernelError::Diverged)?;
            replayed.finish(&recorded.r.status, &delivered.status)?;
            state = delivered.next.unwrap_or(state);
        }
        Ok(state)
    }
}

/// The deliveries of a vat's present incarnation, with their positions.
fn incarnation(transcripts: Reader<'_>, vat: VatId) -> impl Iterator<Item = (usize, &str)> {
    let entries: Vec<_> = transcripts.entries(vat).enumerate().collect();
    let born = |(_, entry): &(usize, &str)| entry.starts_with(r#"{"d":["initialize-worker""#);
    let first = entries.iter().rposition(born).filter(|_| transcripts.is_open(vat));
    let skipped = first.map_or(entries.len(), |first| first + 1);
    entries.into_iter().skip(skipped)
}

/// Answers the syscalls of one replayed delivery from the record.
struct Replayed<'a> {
    at: DeliveryContext,
    position: usize,
    made: &'a [Made],
    next: usize,
    /// The first syscall that was not as recorded.
    first: Option<Box<Divergence>>,
}

impl Replayed<'_> {
    fn differ(&mut self, what: &str, recorded: String, ours: String) {
        let DeliveryContext { vat, crank, .. } = self.at;
        let what = format!("{what} of the replayed delivery at position {}", self.position);
        self.first.get_or_insert_with(|| Box::new(Divergence { crank, vat, what, recorded, ours }));
    }

    fn finish(mut self, recorded: &str, ours: &DeliveryStatus) -> Result<(), KernelError> {
        if let Some(missing) = self.made.get(self.next) {
            self.differ(&syscall(self.next), missing.s.to_string(), "none".into());
        }
        let ours = match ours {
            DeliveryStatus::Ok => "ok",
            DeliveryStatus::Error(_) => "error",
        };
        if recorded != ours {
            self.differ("the status", recorded.into(), ours.into());
        }
        self.first.map_or(Ok(()), |first| Err(KernelError::Diverged(first)))
    }
}

impl Syscalls for Replayed<'_> {
    fn syscall(&mut self, made: VatSyscall) -> SyscallResult {
        let number = self.next;
        self.next += 1;
        let refused = || SyscallResult::Error("the replay has diverged".into());
        if self.first.is_some() {
            return refused();
        }
        match self.made.get(number) {
            Some(recorded) if VatSyscall::from_json(recorded.s.clone()) == made => {
                recorded.r.clone()
            }
            recorded => {
                let recorded = recorded.map_or("none".into(), |made| made.s.to_string());
                self.differ(&syscall(number), recorded, json(&made));
                refused()
            }
        }
    }
}

fn syscall(number: usize) -> String {
    format!("syscall {number}")
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("syscalls have a JSON form")
}
