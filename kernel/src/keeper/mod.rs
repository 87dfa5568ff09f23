//! The keeper: the only code that reads and writes the kernel's keys.
//!
//! Everything above speaks of vats, objects and promises; everything below of bytes. Each file
//! holds the operations on one kind of key, in the order of writes of KERNEL.md section 16, since
//! the order is what the crank hash hashes.

mod clist;
mod device;
mod gc;
mod host;
mod object;
mod pending;
mod promise;
mod queue;
mod vat;

pub(crate) use clist::Flags;
pub(crate) use object::Strength;
pub(crate) use pending::Savepoint;
pub(crate) use promise::Promise;
pub use promise::PromiseState;
pub(crate) use promise::Settlement;
pub(crate) use queue::Queue;
pub(crate) use vat::{DeliveryOptions, Dirt, VatOptions, WorkerOptions};

use std::str;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::{KernelError, corrupt};
use crate::hash::next_activityhash;
use crate::id::parse_number;
use crate::keeper::pending::Pending;
use crate::schema::{self, Key};
use crate::state::{State, Tables, Volatile};
use crate::stats::{Counter, Gauge, Stats};
use crate::trace::{CrankTrace, Write};

/// A typed view of one kernel state.
#[derive(Clone, Debug)]
pub(crate) struct Keeper {
    state: State,
    pending: Pending,
    /// Filled in while a crank is watched; no part of the state.
    pub(crate) trace: Option<Box<CrankTrace>>,
}

/// The two hashes of a crank or host call.
///
/// ```
/// use bootfork_kernel::{Config, Initialization};
///
/// let hashes = Initialization::of(&Config::new("main").vat("main", "bundle"))?.hashes;
/// assert_eq!((hashes.crankhash.len(), hashes.activityhash.len()), (64, 64));
/// # Ok::<(), bootfork_kernel::KernelError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashes {
    /// SHA-256 of every consensus write of this crank, in hex.
    pub crankhash: String,
    /// SHA-256 over this and all earlier crank hashes, in hex.
    pub activityhash: String,
}

impl Keeper {
    pub(crate) fn new(state: State) -> Self {
        Self { state, pending: Pending::default(), trace: None }
    }

    /// The tables as the last commit left them. Only a host, between cranks, sees them so.
    pub(crate) fn tables(&self) -> &Tables {
        &self.state.tables
    }

    pub(crate) fn volatile(&self) -> &Volatile {
        &self.state.volatile
    }

    /// Begins a crank or host call, which ends in a [`commit`](Self::commit) or an
    /// [`abandon`](Self::abandon), also when a vat or device panics in it.
    pub(crate) fn begin(&mut self) -> Savepoint {
        self.pending.savepoint()
    }

    /// Puts what was written into the tables.
    pub(crate) fn commit(&mut self) {
        self.pending.commit(&mut self.state.tables);
    }

    /// Drops what was written, and puts back what a rollback leaves out as well.
    pub(crate) fn abandon(&mut self, volatile: Volatile) {
        self.pending.discard();
        self.trace = None;
        self.state.volatile = volatile;
    }

    /// Moves the tables to frozen regions; between cranks.
    pub(crate) fn freeze(&mut self) {
        self.state.tables.freeze();
    }

    /// The present state, to go back to.
    pub(crate) fn savepoint(&mut self) -> Savepoint {
        self.pending.savepoint()
    }

    /// Drops what was written since then. Statistics are not in a savepoint: they are reloaded
    /// from the tables (KERNEL.md section 12). Neither is the crank hash: what was hashed stays
    /// hashed.
    pub(crate) fn rollback(&mut self, savepoint: Savepoint) -> Result<(), KernelError> {
        self.pending.rollback(&self.state.tables, savepoint);
        self.load_stats()
    }

    pub(crate) fn start_crank(&mut self) {
        self.state.volatile.crank_hasher.reset();
    }

    /// Writes the statistics and emits the hashes: the end of a crank.
    pub(crate) fn kernel_emit(&mut self) -> Result<Hashes, KernelError> {
        self.save_stats();
        self.bare_emit()
    }

    /// Emits the hashes alone: the end of a host call.
    pub(crate) fn bare_emit(&mut self) -> Result<Hashes, KernelError> {
        let crankhash = self.state.volatile.crank_hasher.emit();
        let old = self.text(&schema::activityhash())?.unwrap_or_default();
        let activityhash = next_activityhash(old, &crankhash);
        self.write(&schema::activityhash(), activityhash.as_bytes());
        Ok(Hashes { crankhash, activityhash })
    }

    pub(crate) fn activityhash(&self) -> Result<&str, KernelError> {
        Ok(self.text(&schema::activityhash())?.unwrap_or_default())
    }

    pub(crate) fn count(&mut self, counter: Counter) {
        self.state.volatile.stats.count(counter);
    }

    fn up(&mut self, gauge: Gauge) {
        self.state.volatile.stats.up(gauge);
    }

    fn down(&mut self, gauge: Gauge) {
        self.state.volatile.stats.down(gauge);
    }

    /// Statistics as the store has them; a store that has none yet starts from zero.
    pub(crate) fn load_stats(&mut self) -> Result<(), KernelError> {
        let key = schema::kernel_stats();
        let consensus = self.text(&key)?.unwrap_or("{}");
        let local = self.text(&schema::local_kernel_stats())?.unwrap_or("{}");
        let stats = Stats::parse(consensus, local)
            .ok_or_else(|| corrupt(&key, "a JSON record of numbers"))?;
        self.state.volatile.stats = stats;
        Ok(())
    }

    fn save_stats(&mut self) {
        let consensus = self.state.volatile.stats.consensus_json();
        self.set(&schema::kernel_stats(), &consensus);
        let local = self.state.volatile.stats.local_json();
        self.set(&schema::local_kernel_stats(), &local);
    }

    pub(crate) fn crank_number(&self) -> Result<u64, KernelError> {
        self.number(&schema::crank_number())
    }

    pub(crate) fn increment_crank_number(&mut self) -> Result<(), KernelError> {
        self.take_number(&schema::crank_number()).map(drop)
    }

    fn get(&self, key: &Key) -> Option<&[u8]> {
        self.pending.kv.get(&self.state.tables.kv, key)
    }

    fn text(&self, key: &Key) -> Result<Option<&str>, KernelError> {
        let Some(bytes) = self.get(key) else { return Ok(None) };
        str::from_utf8(bytes).map(Some).map_err(|_| corrupt(key, "UTF-8 text"))
    }

    fn required(&self, key: &Key) -> Result<&str, KernelError> {
        self.text(key)?.ok_or_else(|| corrupt(key, "a value"))
    }

    fn number(&self, key: &Key) -> Result<u64, KernelError> {
        parse_number(self.required(key)?).ok_or_else(|| corrupt(key, "a number"))
    }

    /// Reads a counter and writes it one higher.
    fn take_number(&mut self, key: &Key) -> Result<u64, KernelError> {
        let number = self.number(key)?;
        self.set_number(key, number + 1);
        Ok(number)
    }

    fn json<T: DeserializeOwned>(&self, key: &Key) -> Result<T, KernelError> {
        serde_json::from_str(self.required(key)?)
            .map_err(|error| corrupt(key, format!("JSON of its kind ({error})")))
    }

    fn has(&self, key: &Key) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn set(&mut self, key: &Key, value: &(impl AsRef<[u8]> + ?Sized)) {
        let value = value.as_ref();
        if key.is_consensus() {
            self.state.volatile.crank_hasher.set(key.as_bytes(), value);
        }
        if let Some(trace) = &mut self.trace {
            let value = String::from_utf8_lossy(value).into_owned();
            trace.writes.push(Write::Set(key.as_str().to_owned(), value));
        }
        self.write(key, value);
    }

    /// Writes a key without hashing it.
    fn write(&mut self, key: &Key, value: &[u8]) {
        self.pending.kv.set(&self.state.tables.kv, key, value);
    }

    fn set_number(&mut self, key: &Key, number: u64) {
        self.set(key, itoa::Buffer::new().format(number));
    }

    fn set_json(&mut self, key: &Key, value: &impl Serialize) {
        let json = serde_json::to_string(value).expect("the kernel's own values have a JSON form");
        self.set(key, &json);
    }

    /// Deletes a key; a missing one is hashed as a deletion all the same.
    fn delete(&mut self, key: &Key) {
        if key.is_consensus() {
            self.state.volatile.crank_hasher.delete(key.as_bytes());
        }
        if let Some(trace) = &mut self.trace {
            trace.writes.push(Write::Delete(key.as_str().to_owned()));
        }
        self.pending.kv.remove(&self.state.tables.kv, key);
    }

    /// The next key after `after`, if it begins with `prefix`.
    fn next_key_with_prefix(&self, after: &str, prefix: &str) -> Option<&str> {
        let key = self.pending.kv.next_key(&self.state.tables.kv, after)?;
        str::from_utf8(key).ok().filter(|key| key.starts_with(prefix))
    }

    /// All keys that begin with `prefix` and are greater than it, without it, in order.
    fn keys_after<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        let mut last = prefix;
        std::iter::from_fn(move || {
            last = self.next_key_with_prefix(last, prefix)?;
            Some(&last[prefix.len()..])
        })
    }
}
