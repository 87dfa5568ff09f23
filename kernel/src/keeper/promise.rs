//! Promises: their state, decider, subscribers, and the messages that wait on them.

use crate::capdata::{CapData, Message};
use crate::event::Event;
use crate::fault::{Fault, KernelError, Outcome, corrupt};
use crate::id::VatId;
use crate::keeper::object::{Strength, join_list, split_list};
use crate::keeper::{Keeper, Queue};
use crate::policy::ResolutionPolicy;
use crate::schema;
use crate::slot::Kref;
use crate::stats::{Counter, Gauge};
use crate::text::{Text, text};

/// A promise as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    /// Still open; `decider` is `None` for the kernel.
    Unresolved { decider: Option<VatId> },
    /// Over.
    Resolved(Settlement),
}

/// How a promise ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settlement {
    /// Whether it was rejected.
    pub(crate) rejected: bool,
    /// With what.
    pub(crate) data: CapData,
}

/// The three states of a promise.
///
/// ```
/// use bootfork_kernel::{
///     CapData, Config, Controller, NativeWorker, PromiseState, ResolutionPolicy,
/// };
/// # use bootfork_kernel::{Syscalls, Vat, VatDelivery, VatError};
/// # struct Idle;
/// # impl Vat for Idle {
/// #     fn deliver(&mut self, _: &VatDelivery, _: &mut dyn Syscalls) -> Result<(), VatError> {
/// #         Ok(())
/// #     }
/// # }
///
/// let worker = NativeWorker::new().with("idle", || Box::new(Idle));
/// let mut controller = Controller::boot(&Config::new("main").vat("main", "idle"), worker)?;
/// let call = CapData::new(r##"#["speak",[]]"##, []);
/// let result = controller.queue_to_vat_root("main", call, Some(ResolutionPolicy::Ignore))?;
/// let result = result.expect("a policy was given");
/// assert_eq!(controller.kp_status(&result)?, Some(PromiseState::Unresolved));
/// assert_eq!(PromiseState::Unresolved.name(), "unresolved");
/// # Ok::<(), bootfork_kernel::KernelError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromiseState {
    /// Still open.
    Unresolved,
    /// It has a value.
    Fulfilled,
    /// It has a reason.
    Rejected,
}

impl PromiseState {
    /// The state's name, as stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unresolved => "unresolved",
            Self::Fulfilled => "fulfilled",
            Self::Rejected => "rejected",
        }
    }

    fn gauge(self) -> Gauge {
        match self {
            Self::Unresolved => Gauge::KpUnresolved,
            Self::Fulfilled => Gauge::KpFulfilled,
            Self::Rejected => Gauge::KpRejected,
        }
    }
}

impl Keeper {
    /// A new promise that the kernel decides.
    pub(crate) fn new_promise(
        &mut self,
        policy: Option<ResolutionPolicy>,
    ) -> Result<Kref, KernelError> {
        let promise = Kref::Promise(self.take_number(&schema::promise_next_id())?);
        self.set(&schema::promise_state(promise), "unresolved");
        self.set(&schema::promise_subscribers(promise), "");
        self.set(&schema::promise_queue_next_id(promise), "0");
        self.set(&schema::ref_count(promise), "0");
        self.set_decider(promise, None);
        if let Some(policy) = policy.and_then(ResolutionPolicy::stored) {
            self.set(&schema::promise_policy(promise), policy);
        }
        self.up(Gauge::KernelPromises);
        self.up(Gauge::KpUnresolved);
        Ok(promise)
    }

    pub(crate) fn promise_state(&self, promise: Kref) -> Result<Option<PromiseState>, KernelError> {
        let key = schema::promise_state(promise);
        match self.text(&key)? {
            None => Ok(None),
            Some("unresolved") => Ok(Some(PromiseState::Unresolved)),
            Some("fulfilled") => Ok(Some(PromiseState::Fulfilled)),
            Some("rejected") => Ok(Some(PromiseState::Rejected)),
            Some(_) => Err(corrupt(key, "unresolved, fulfilled or rejected")),
        }
    }

    /// The promise, which must exist.
    pub(crate) fn promise(&self, promise: Kref) -> Result<Promise, KernelError> {
        let state = self.promise_state(promise)?;
        let state = state.ok_or_else(|| corrupt(schema::promise_state(promise), "a state"))?;
        if state == PromiseState::Unresolved {
            let key = schema::promise_decider(promise);
            let decider = match self.required(&key)? {
                "" => None,
                text => Some(text.parse().map_err(|_| corrupt(&key, "a vat ID or nothing"))?),
            };
            return Ok(Promise::Unresolved { decider });
        }
        let key = schema::promise_slots(promise);
        let data = CapData {
            body: self.required(&schema::promise_body(promise))?.to_owned(),
            slots: split_list(&key, self.required(&key)?, "krefs")?,
        };
        Ok(Promise::Resolved(Settlement { rejected: state == PromiseState::Rejected, data }))
    }

    pub(crate) fn set_decider(&mut self, promise: Kref, decider: Option<VatId>) {
        let decider = decider.map_or_else(Text::new, |vat| text![vat]);
        self.set(&schema::promise_decider(promise), &decider);
    }

    fn subscribers(&self, promise: Kref) -> Result<Vec<VatId>, KernelError> {
        let key = schema::promise_subscribers(promise);
        split_list(&key, self.required(&key)?, "vat IDs")
    }

    pub(crate) fn is_subscriber(&self, promise: Kref, vat: VatId) -> Result<bool, KernelError> {
        Ok(self.subscribers(promise)?.contains(&vat))
    }

    /// Adds a vat to those to be told; written even if it was there.
    pub(crate) fn add_subscriber(&mut self, promise: Kref, vat: VatId) -> Result<(), KernelError> {
        let mut subscribers = self.subscribers(promise)?;
        if !subscribers.contains(&vat) {
            subscribers.push(vat);
            subscribers.sort_unstable();
        }
        self.set(&schema::promise_subscribers(promise), &join_list(&subscribers));
        Ok(())
    }

    /// Puts the news of a resolved promise on the acceptance queue.
    pub(crate) fn enqueue_notify(&mut self, vat: VatId, promise: Kref) -> Result<(), KernelError> {
        self.increment(promise, Strength::Full)?;
        self.enqueue(Queue::Acceptance, &Event::Notify { vat, promise })
    }

    /// Puts a message on the acceptance queue; the event counts a reference to all it names.
    pub(crate) fn send(&mut self, target: Kref, msg: Message) -> Result<(), KernelError> {
        self.count(Counter::Syscalls);
        self.count(Counter::SyscallSend);
        self.increment(target, Strength::Full)?;
        for kref in msg.result_promise().into_iter().chain(&msg.methargs.slots) {
            self.increment(*kref, Strength::Full)?;
        }
        self.enqueue(Queue::Acceptance, &Event::Send { target, msg })
    }

    /// Gives back the references of a message that left the queues.
    pub(crate) fn release_message(
        &mut self,
        target: Kref,
        msg: &Message,
    ) -> Result<(), KernelError> {
        self.decrement(target, Strength::Full)?;
        for kref in msg.result_promise().into_iter().chain(&msg.methargs.slots) {
            self.decrement(*kref, Strength::Full)?;
        }
        Ok(())
    }

    /// Lets a message wait for a promise; its references move with it.
    pub(crate) fn append_to_promise_queue(
        &mut self,
        promise: Kref,
        msg: &Message,
    ) -> Result<(), KernelError> {
        let position = self.take_number(&schema::promise_queue_next_id(promise))?;
        self.set_json(&schema::promise_queue_item(promise, position), msg);
        self.up(Gauge::PromiseQueuesLength);
        Ok(())
    }

    /// Moves what waits for a promise to the acceptance queue (KERNEL.md section 7.5).
    pub(crate) fn move_promise_queue(&mut self, promise: Kref) -> Result<(), KernelError> {
        let next_id = schema::promise_queue_next_id(promise);
        let length = self.number(&next_id)?;
        for position in 0..length {
            let msg = self.json(&schema::promise_queue_item(promise, position))?;
            self.enqueue(Queue::Acceptance, &Event::Send { target: promise, msg })?;
        }
        let moved = i64::try_from(length).unwrap_or(i64::MAX);
        self.state.volatile.stats.down_by(Gauge::PromiseQueuesLength, moved);
        for position in 0..length {
            self.delete(&schema::promise_queue_item(promise, position));
        }
        self.set_number(&next_id, 0);
        Ok(())
    }

    /// Resolves a promise (KERNEL.md section 7.4). `decider` must decide it: a vat, or the kernel.
    ///
    /// # Errors
    /// [`Fault::Panic`] if it is resolved already or somebody else decides it.
    pub(crate) fn resolve(
        &mut self,
        decider: Option<VatId>,
        promise: Kref,
        settlement: &Settlement,
    ) -> Outcome<()> {
        if self.promise(promise)? != (Promise::Unresolved { decider }) {
            let who = decider.map_or("the kernel".to_owned(), |vat| vat.to_string());
            return Err(Fault::Panic(format!("{promise} is not for {who} to resolve")));
        }
        for vat in self.subscribers(promise)? {
            self.enqueue_notify(vat, promise)?;
        }
        for slot in &settlement.data.slots {
            self.increment(*slot, Strength::Full)?;
        }
        self.move_promise_queue(promise)?;
        let policy = self.promise_policy(promise)?;
        self.delete_promise_keys(promise);

        let state =
            if settlement.rejected { PromiseState::Rejected } else { PromiseState::Fulfilled };
        self.down(Gauge::KpUnresolved);
        self.up(state.gauge());
        self.set(&schema::promise_state(promise), state.name());
        self.set(&schema::promise_body(promise), &settlement.data.body);
        self.set(&schema::promise_slots(promise), &join_list(&settlement.data.slots));

        if settlement.rejected && policy == Some(ResolutionPolicy::Panic) {
            let body = &settlement.data.body;
            self.panic(format!("{promise} was rejected, and its policy is panic: {body}"));
        }
        Ok(())
    }

    fn promise_policy(&self, promise: Kref) -> Result<Option<ResolutionPolicy>, KernelError> {
        let key = schema::promise_policy(promise);
        let parse = |text| {
            ResolutionPolicy::parse(text).ok_or_else(|| corrupt(&key, "a resolution policy"))
        };
        self.text(&key)?.map(parse).transpose()
    }

    fn delete_promise_keys(&mut self, promise: Kref) {
        for key in [
            schema::promise_state(promise),
            schema::promise_decider(promise),
            schema::promise_subscribers(promise),
            schema::promise_policy(promise),
        ] {
            self.delete(&key);
        }
        let mut position = 0;
        loop {
            let item = schema::promise_queue_item(promise, position);
            if !self.has(&item) {
                break;
            }
            self.delete(&item);
            position += 1;
        }
        for key in [
            schema::promise_queue_next_id(promise),
            schema::promise_body(promise),
            schema::promise_slots(promise),
        ] {
            self.delete(&key);
        }
    }

    /// Forgets a promise that nothing refers to, and what its data referred to.
    pub(super) fn delete_promise(
        &mut self,
        promise: Kref,
        state: PromiseState,
    ) -> Result<(), KernelError> {
        if let Promise::Resolved(settlement) = self.promise(promise)? {
            for slot in settlement.data.slots {
                self.decrement(slot, Strength::Full)?;
            }
        }
        self.down(state.gauge());
        self.down(Gauge::KernelPromises);
        self.delete_promise_keys(promise);
        self.delete(&schema::ref_count(promise));
        Ok(())
    }

    /// The unresolved promises in a vat's c-list that it decides, in the order of vrefs.
    pub(crate) fn promises_decided_by(&self, vat: VatId) -> Result<Vec<Kref>, KernelError> {
        let mut decided = Vec::new();
        for (promise, _) in self.clist_entries(vat, "p")? {
            if self.promise(promise)? == (Promise::Unresolved { decider: Some(vat) }) {
                decided.push(promise);
            }
        }
        Ok(decided)
    }
}
