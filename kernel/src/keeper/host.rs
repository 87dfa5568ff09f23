//! What the kernel does for itself and for its host: messages of its own, panics, transcripts.

use scopeguard::{ScopeGuard, guard};

use crate::capdata::{CapData, Message};
use crate::event::Event;
use crate::fault::KernelError;
use crate::id::VatId;
use crate::keeper::object::Strength;
use crate::keeper::{Keeper, Promise, Queue, Settlement};
use crate::policy::ResolutionPolicy;
use crate::schema;
use crate::slot::Kref;
use crate::source::VatSource;
use crate::transcript::Reader;

impl Keeper {
    /// Queues a message that no vat sends (KERNEL.md section 13.1), and returns the promise for
    /// its result, if a policy asks for one.
    pub(crate) fn send_from_kernel(
        &mut self,
        target: Kref,
        methargs: CapData,
        policy: Option<ResolutionPolicy>,
    ) -> Result<Option<Kref>, KernelError> {
        let result = policy.map(|policy| self.new_promise(Some(policy))).transpose()?;
        self.send(target, Message { methargs, result: result.map(Some) })?;
        Ok(result)
    }

    /// A host call: one that fails, or panics, leaves no trace.
    pub(crate) fn undo_if_refused<T>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<T, KernelError>,
    ) -> Result<T, KernelError> {
        self.begin();
        let before = self.state.volatile.clone();
        let mut keeper = guard(self, |keeper| keeper.abandon(before));
        let done = act(&mut keeper)?;
        ScopeGuard::into_inner(keeper).commit();
        Ok(done)
    }

    /// As [`send_from_kernel`](Self::send_from_kernel); the host holds the result, and the hashes
    /// are emitted.
    pub(crate) fn queue_for_host(
        &mut self,
        target: Kref,
        methargs: CapData,
        policy: Option<ResolutionPolicy>,
    ) -> Result<Option<Kref>, KernelError> {
        self.refuse_missing([target].iter().chain(&methargs.slots))?;
        let result = self.send_from_kernel(target, methargs, policy)?;
        if let Some(result) = result {
            self.increment(result, Strength::Full)?;
        }
        self.bare_emit()?;
        Ok(result)
    }

    /// The host may speak of these.
    pub(crate) fn refuse_missing<'a>(
        &self,
        krefs: impl IntoIterator<Item = &'a Kref>,
    ) -> Result<(), KernelError> {
        for kref in krefs {
            if !self.exists(*kref)? {
                return Err(KernelError::NoSuchReference { kref: kref.to_string() });
            }
        }
        Ok(())
    }

    fn exists(&self, kref: Kref) -> Result<bool, KernelError> {
        match kref {
            Kref::Object(_) => Ok(self.ref_count(kref)?.is_some()),
            Kref::Promise(_) => Ok(self.promise_state(kref)?.is_some()),
            Kref::Device(_) => Ok(self.is_device_node(kref)),
        }
    }

    /// The host holds a promise once more.
    pub(crate) fn hold_for_host(&mut self, promise: Kref) -> Result<(), KernelError> {
        if !matches!(promise, Kref::Promise(_)) {
            return Err(KernelError::NoSuchReference { kref: promise.to_string() });
        }
        self.refuse_missing(&[promise])?;
        self.increment(promise, Strength::Full)
    }

    /// The data of a resolved promise, which the host holds no more; it may hold the data's slots.
    pub(crate) fn resolution_for_host(
        &mut self,
        promise: Kref,
        hold_slots: bool,
    ) -> Result<CapData, KernelError> {
        let unresolved = |status| KernelError::NotResolved { promise: promise.to_string(), status };
        if self.promise_state(promise)?.is_none() {
            return Err(unresolved("unknown"));
        }
        let Promise::Resolved(Settlement { data, .. }) = self.promise(promise)? else {
            return Err(unresolved("unresolved"));
        };
        self.decrement(promise, Strength::Full)?;
        if hold_slots {
            for slot in &data.slots {
                self.increment(*slot, Strength::Full)?;
            }
        }
        self.bare_emit()?;
        Ok(data)
    }

    /// Queues what an upgrade of the kernel left. The list counted the references that the queue
    /// counts now.
    pub(crate) fn inject_upgrade_events(&mut self) -> Result<(), KernelError> {
        let key = schema::upgrade_events();
        if !self.has(&key) {
            return Ok(());
        }
        let events: Vec<Event> = self.json(&key)?;
        self.delete(&key);
        events.iter().try_for_each(|event| self.enqueue(Queue::Acceptance, event))
    }

    /// Tells vatAdmin something, if there is a vatAdmin.
    pub(crate) fn tell_vat_admin(&mut self, methargs: CapData) -> Result<(), KernelError> {
        if let Some(root) = self.vat_admin_root()? {
            self.send_from_kernel(root, methargs, Some(ResolutionPolicy::LogFailure))?;
        }
        Ok(())
    }

    /// Moves the reference that a queued message holds to the target that it was routed to.
    pub(crate) fn retarget(&mut self, old: Kref, new: Kref) -> Result<(), KernelError> {
        if old != new {
            self.decrement(old, Strength::Full)?;
            self.increment(new, Strength::Full)?;
        }
        Ok(())
    }

    /// Panics the kernel: this crank completes, every later one is refused. Kept in memory only.
    pub(crate) fn panic(&mut self, reason: String) {
        self.state.volatile.panic.get_or_insert(reason);
    }

    pub(crate) fn refuse_if_panicked(&self) -> Result<(), KernelError> {
        match &self.state.volatile.panic {
            None => Ok(()),
            Some(reason) => Err(KernelError::Panicked { reason: reason.clone() }),
        }
    }

    /// The transcripts, with what was written to them.
    pub(crate) fn transcripts(&self) -> Reader<'_> {
        self.state.tables.transcripts.with(&self.pending.transcripts)
    }

    /// Writes the first entry of a vat's incarnation, if it keeps a transcript and has none.
    pub(crate) fn open_transcript(&mut self, vat: VatId) -> Result<(), KernelError> {
        let options = self.vat_options(vat)?;
        if options.use_transcript && !self.transcripts().is_open(vat) {
            // A bundle itself is kept out of the transcript.
            let source = match self.vat_source(vat)? {
                VatSource::BundleId(id) => format!(r#"{{"bundleID":{}}}"#, json(&id)),
                VatSource::Bundle(_) | VatSource::Nowhere => "{}".to_owned(),
            };
            let options = format!(r#"{{"type":{}}}"#, json(&options.worker_options.kind));
            let worker = format!(r#"{{"source":{source},"workerOptions":{options}}}"#);
            let entry =
                format!(r#"{{"d":["initialize-worker",{worker}],"sc":[],"r":{{"status":"ok"}}}}"#);
            self.append_transcript(vat, entry.as_bytes());
        }
        Ok(())
    }

    /// Ends a vat's incarnation; the next delivery opens another. A vat that keeps no transcript
    /// gets this entry too.
    pub(crate) fn close_transcript(&mut self, vat: VatId) {
        let entry = r#"{"d":["shutdown-worker"],"sc":[],"r":{"status":"ok"}}"#;
        self.append_transcript(vat, entry.as_bytes());
    }

    pub(crate) fn append_transcript(&mut self, vat: VatId, entry: &[u8]) {
        let table = self.state.tables.transcripts.store();
        let addition = self.transcripts().addition(vat, entry);
        addition.write(|key, value| self.pending.transcripts.set(table, key, value));
    }

    /// Deletes the newest span of a vat's transcript; `true` if it was the last.
    pub(crate) fn delete_span(&mut self, vat: VatId) -> bool {
        let table = self.state.tables.transcripts.store();
        let deletion = self.transcripts().deletion(vat);
        let pending = &mut self.pending.transcripts;
        deletion.write(|key, value| match value {
            Some(value) => pending.set(table, key, value),
            None => pending.remove(table, key),
        })
    }
}

fn json(text: &str) -> String {
    serde_json::to_string(text).expect("a text has a JSON form")
}
