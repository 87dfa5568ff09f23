//! Everything that a kernel keeps step by step, counted anew from the tables.
//!
//! [`Tables::check`] reads every key once and compares what it finds; it takes O(n log n), writes
//! nothing, and trusts nothing. [`Controller::open`] lets it decide whether tables of unknown
//! origin are started at all. What the specification itself leaves behind is allowed: an
//! invariant says so where it does.
//!
//! # Invariants
//!
//! Keys and values (KERNEL.md section 2):
//!
//! - **K1** Every key is one of the schema, or begins with `local.` or `host.`.
//! - **K2** Every value has the form that its key asks for.
//! - **K3** The keys that the first crank writes are there.
//! - **K4** A number that was given out is below its counter: of vats, devices, objects, device
//!   nodes, promises, meters, and of the imports of each vat and device.
//!
//! Queues (sections 4 and 9):
//!
//! - **Q1** A queue has the items from its head up to its tail, and no other.
//! - **Q2** GC actions are sorted, and no vat is queued twice for reaping.
//!
//! Vats and devices (sections 10 and 11):
//!
//! - **V1** `vat.names` lists those vats that have a `vat.name.` key, and each vat is listed once:
//!   among the static, the dynamic or the terminated. (A vat that a device ends in a delivery
//!   which is then undone is in two: section 10 keeps the list of the dead in memory.)
//! - **V2** A vat that is listed as alive has all of its keys; a vat's key belongs to a vat that
//!   is alive or terminated.
//! - **V3** `device.names` lists the devices, and each has all of its keys; a device's key belongs
//!   to one of them.
//! - **V4** Transcripts are of vats that are alive or terminated, and have no gap.
//!
//! C-lists (section 7):
//!
//! - **C1** Both halves of every entry are there and name each other. (A terminated vat's
//!   cleanup deletes entries of device nodes and of the vref `o+` half by half.)
//! - **C2** The two halves are of one type; no vat exports a device node.
//! - **C3** Who owns an object or a device node has the entry that exports it, and who exports it
//!   owns it. (The owner of an object that was exported as `o+` may be gone for good.)
//! - **C4** An import that is marked reachable is of an object that exists, with a reachable count
//!   of at least 1. What a living vat imports exists, or the vat is about to be told otherwise.
//!
//! Promises (sections 7.4 and 7.8):
//!
//! - **P1** An unresolved promise has a decider, subscribers and a queue, and no data.
//! - **P2** A resolved one has data, and neither decider, policy, subscribers nor queue.
//! - **P3** The decider is alive and has the promise in its c-list.
//! - **P4** A promise's queue has the messages from 0 up to its counter, and no other.
//! - **P5** Subscribers are sorted, each named once.
//!
//! References (section 8):
//!
//! - **R1** What is referred to exists: by events and messages, resolutions, vat parameters, pins,
//!   c-lists (but C4) and devices.
//! - **R2** An object's reachable count is at most its recognizable count.
//! - **R3** No count is below the number of references that are found. It may be above: a host
//!   holds what it was given, and sections 6, 10 and 11.2 name references that stay counted.
//!   [`Tables::check_exactly`] is for states where neither is so.
//! - **R4** Pins are sorted, each named once.
//!
//! Statistics (section 12):
//!
//! - **S1** A gauge is what went up less what went down, and was never above its maximum.
//! - **S2** As many promises are counted as there are unresolved, fulfilled and rejected ones.
//!
//! How far a gauge is from what it gauges cannot be told from one state: every rollback forgets
//! what the host had queued, and every consumed event that is undone leaves one too many.

mod census;
mod clists;
mod fixed;
mod promises;
mod references;
mod vats;

use std::fmt;
use std::sync::Arc;

use crate::controller::Controller;
use crate::device::Endowments;
use crate::fault::KernelError;
use crate::slot::Kref;
use crate::state::Tables;
use crate::worker::VatWorker;

use census::Census;

/// An invariant that does not hold.
///
/// ```
/// use bootfork_kernel::Tables;
///
/// let violation = Tables::default().check().expect_err("an empty table is no kernel's");
/// assert_eq!(violation.invariant(), "K3");
/// assert!(violation.to_string().contains("acceptanceQueue"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    invariant: &'static str,
    key: String,
    expected: String,
    found: String,
}

impl Violation {
    fn new(
        invariant: &'static str,
        key: impl fmt::Display,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        let (expected, mut found) = (expected.into(), found.into());
        if let Some((end, _)) = found.char_indices().nth(SHOWN) {
            found.truncate(end);
            found.push('…');
        }
        Self { invariant, key: key.to_string(), expected, found }
    }

    /// The number of the invariant in the list at the head of `kernel/src/check/mod.rs`: a letter
    /// (K: keys, Q: queues, V: vats and devices, C: c-lists, P: promises, R: references, S:
    /// statistics) and a digit.
    pub fn invariant(&self) -> &'static str {
        self.invariant
    }

    /// The key that is wrong, or missing.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What it should hold.
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// What it holds, or what speaks against it.
    pub fn found(&self) -> &str {
        &self.found
    }
}

/// So many characters of a value are shown.
const SHOWN: usize = 200;

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { invariant, key, expected, found } = self;
        write!(f, "invariant {invariant} does not hold: key {key:?}: ")?;
        write!(f, "expected {expected}, found {found}")
    }
}

impl std::error::Error for Violation {}

impl Tables {
    /// Tests everything that must hold between the keys of a kernel that is not in a crank.
    ///
    /// # Errors
    /// The first invariant found broken, with the key that breaks it.
    ///
    /// ```
    /// use bootfork_kernel::{
    ///     Config, Controller, NativeWorker, Syscalls, Vat, VatDelivery, VatError,
    /// };
    ///
    /// struct Idle;
    /// impl Vat for Idle {
    ///     fn deliver(&mut self, _: &VatDelivery, _: &mut dyn Syscalls) -> Result<(), VatError> {
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let worker = NativeWorker::new().with("idle", || Box::new(Idle));
    /// let mut kernel = Controller::boot(&Config::new("main").vat("main", "idle"), worker)?;
    /// kernel.run()?;
    /// let mut tables = kernel.tables().clone();
    /// assert_eq!(tables.check(), Ok(()));
    ///
    /// // Half of a c-list entry is gone.
    /// tables.kv.remove("v1.c.o+0");
    /// let violation = tables.check().expect_err("a broken invariant");
    /// assert_eq!((violation.invariant(), violation.key()), ("C1", "v1.c.o+0"));
    /// # Ok::<(), bootfork_kernel::KernelError>(())
    /// ```
    pub fn check(&self) -> Result<(), Violation> {
        self.check_counts(None)
    }

    /// As [`check`](Self::check), for a caller that knows what the host holds, each reference as
    /// often as it is held: counts must equal the references found and held. States in which the
    /// specification leaves references counted fail this.
    ///
    /// # Errors
    /// The first invariant found broken.
    pub fn check_exactly(&self, held: &[Kref]) -> Result<(), Violation> {
        self.check_counts(Some(held))
    }

    fn check_counts(&self, held: Option<&[Kref]>) -> Result<(), Violation> {
        let mut census = Census::take(&self.kv)?;
        census.check_queues()?;
        census.check_vats()?;
        census.check_transcripts(&self.transcripts)?;
        census.check_clists()?;
        census.check_promises()?;
        census.check_counters()?;
        census.check_references(held)
    }
}

impl<W: VatWorker> Controller<W> {
    /// Tests everything that must hold between two cranks: [`Tables::check`].
    ///
    /// # Errors
    /// The first invariant found broken: a defect of this crate, if the controller was booted by
    /// it or [opened](Self::open).
    pub fn check(&self) -> Result<(), Violation> {
        self.tables().check()
    }

    /// As [`start`](Self::start), for tables that come from outside: they are checked first.
    ///
    /// # Errors
    /// [`KernelError::Invariant`] names what the tables break; others as for `start`.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use bootfork_kernel::{Controller, KernelError, NativeWorker, Tables};
    ///
    /// let opened = Controller::open(Tables::default(), Arc::new(NativeWorker::new()));
    /// let Err(KernelError::Invariant(broken)) = opened else { panic!("nothing was opened") };
    /// assert_eq!(broken.invariant(), "K3");
    /// ```
    pub fn open(tables: Tables, worker: Arc<W>) -> Result<Self, KernelError> {
        Self::open_with(tables, worker, Endowments::default())
    }

    /// As [`open`](Self::open), with devices.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(
        tables: Tables,
        worker: Arc<W>,
        endowments: Endowments,
    ) -> Result<Self, KernelError> {
        tables.check().map_err(|violation| KernelError::Invariant(Box::new(violation)))?;
        Self::start_with(tables, worker, endowments)
    }
}
