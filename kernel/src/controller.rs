//! The host's handle on a kernel.

mod publish;

use std::fmt;
use std::sync::{Arc, Weak};

use bootfork_store::{Published, Store};

use crate::capdata::CapData;
use crate::crank::{Kernel, Work};
use crate::device::{DeviceSession, DeviceSyscalls, Endowments};
use crate::event::Event;
use crate::fault::{Fault, KernelError};
use crate::handle::{Handle, Lineage};
use crate::id::VatId;
use crate::keeper::PromiseState;
use crate::policy::{ResolutionPolicy, RunPolicy, ToQuiescence};
use crate::slot::Kref;
use crate::smallcaps::Value;
use crate::state::Tables;
use crate::trace::{CrankKind, CrankTrace, Termination};
use crate::worker::VatWorker;

/// A kernel and what its host may do with it (KERNEL.md section 13).
///
/// A controller owns all of its state, and [`fork`](Self::fork) copies it in O(1): parent and
/// fork go on from the same moment, number what they allocate alike, and never see each other.
///
/// ```
/// use bootfork_kernel::{Config, Controller, NativeWorker, Syscalls, Vat, VatDelivery, VatError};
///
/// struct Idle;
/// impl Vat for Idle {
///     fn deliver(&mut self, _: &VatDelivery, _: &mut dyn Syscalls) -> Result<(), VatError> {
///         Ok(())
///     }
/// }
///
/// let worker = NativeWorker::new().with("idle", || Box::new(Idle));
/// let mut booted = Controller::boot(&Config::new("main").vat("main", "idle"), worker)?;
/// booted.run()?;
///
/// let mut fork = booted.fork();
/// fork.pin_vat_root("main")?;
/// assert_ne!(fork.activityhash()?, booted.activityhash()?);
/// # Ok::<(), bootfork_kernel::KernelError>(())
/// ```
pub struct Controller<W: VatWorker> {
    kernel: Kernel<W>,
    lineage: Lineage,
    /// Where the state is published, as long as somebody looks there.
    published: Weak<Published<Self>>,
}

/// A clone is a [`fork`](Controller::fork).
impl<W: VatWorker> Clone for Controller<W> {
    fn clone(&self) -> Self {
        self.fork()
    }
}

impl<W: VatWorker> fmt::Debug for Controller<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Controller")
            .field("cranks", &self.cranks())
            .field("keys", &self.kv().len())
            .finish_non_exhaustive()
    }
}

impl<W: VatWorker> Controller<W> {
    /// Starts a kernel on the tables of another one.
    ///
    /// # Errors
    /// [`KernelError::Corrupt`] if the tables are not a kernel's, [`KernelError::NoCode`] as in
    /// [`boot`](Self::boot).
    pub fn start(tables: Tables, worker: Arc<W>) -> Result<Self, KernelError> {
        Self::start_with(tables, worker, Endowments::default())
    }

    /// As [`start`](Self::start), with devices.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_with(
        tables: Tables,
        worker: Arc<W>,
        endowments: Endowments,
    ) -> Result<Self, KernelError> {
        Ok(Self::of_kernel(Kernel::start(tables, worker, endowments)?))
    }

    fn new(kernel: Kernel<W>, lineage: Lineage) -> Self {
        Self { kernel, lineage, published: Weak::new() }
    }

    /// The first controller of a kernel.
    pub(crate) fn of_kernel(kernel: Kernel<W>) -> Self {
        Self::new(kernel, Lineage::default())
    }

    pub(crate) fn kernel(&self) -> &Kernel<W> {
        &self.kernel
    }

    /// A second controller in the same state. O(1) in the size of the state.
    ///
    /// It has no devices: what the host endowed this controller with does not cross a fork. Nor is
    /// what it does [published](Self::publish) where this one's is.
    #[must_use]
    pub fn fork(&self) -> Self {
        self.fork_with(Endowments::default())
    }

    /// A second controller in the same state, with devices of its own.
    #[must_use]
    pub fn fork_with(&self, endowments: Endowments) -> Self {
        Self::new(self.kernel.fork(endowments), self.lineage.fork())
    }

    /// What a real kernel is after it was shut down and started again from its store: everything
    /// in memory is lost, a panic too.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn restart(&self) -> Result<Self, KernelError> {
        let endowments = self.kernel.endowments.clone();
        let worker = self.kernel.worker.clone();
        let kernel = Kernel::start(self.tables().clone(), worker, endowments)?;
        Ok(Self::new(kernel, self.lineage.fork()))
    }

    /// Moves the tables to frozen regions ([`Store::freeze`]): for a state that many forks are to
    /// start from. It changes nothing that can be observed. O(n log n) in their entries.
    pub fn freeze(&mut self) {
        self.kernel.keeper.freeze();
    }

    /// The tables: all that a restart keeps.
    pub fn tables(&self) -> &Tables {
        self.kernel.keeper.tables()
    }

    /// The key-value table.
    pub fn kv(&self) -> &Store {
        &self.tables().kv
    }

    /// How many cranks the kernel has done; 0 if the table has no number there, as no kernel
    /// leaves it. ([`Tables::check`] finds that; a run of it fails with
    /// [`KernelError::Corrupt`].)
    pub fn cranks(&self) -> u64 {
        self.kernel.keeper.crank_number().unwrap_or(0)
    }

    /// The hash over everything that happened so far, in hex.
    ///
    /// # Errors
    /// [`KernelError::Corrupt`] if the stored hash is no text.
    pub fn activityhash(&self) -> Result<&str, KernelError> {
        self.kernel.keeper.activityhash()
    }

    /// Runs until nothing is left to do; returns the number of cranks.
    ///
    /// # Errors
    /// [`KernelError::Panicked`] if the kernel panics or has panicked; other errors leave the
    /// state as it was before the crank that met them.
    pub fn run(&mut self) -> Result<u64, KernelError> {
        self.run_policy(&mut ToQuiescence)
    }

    /// Runs until nothing is left to do or the policy says stop; returns the number of cranks.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_policy(&mut self, policy: &mut dyn RunPolicy) -> Result<u64, KernelError> {
        let mut cranks = 0;
        while let Some(work) = self.crank(policy)? {
            cranks += 1;
            if !goes_on(policy, work) {
                break;
            }
        }
        Ok(cranks)
    }

    /// Does one crank; `false` if there is nothing to do.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn step(&mut self) -> Result<bool, KernelError> {
        Ok(self.crank(&mut ToQuiescence)?.is_some())
    }

    /// Does one crank and tells what it did; `None` if there is nothing to do. The policy is asked
    /// for its cleanup budget alone.
    ///
    /// The second part is the error that [`run`](Self::run) would have returned: a crank that
    /// panics the kernel has happened all the same.
    pub fn step_traced(
        &mut self,
        policy: &mut dyn RunPolicy,
    ) -> (Option<CrankTrace>, Result<(), KernelError>) {
        let nothing = Event::NegatedGcAction;
        let blank = CrankTrace::new(0, CrankKind::Delivery, &nothing);
        self.kernel.keeper.trace = Some(Box::new(blank));
        let done = self.kernel.crank(policy);
        let trace = self.kernel.keeper.trace.take().map(|trace| *trace);
        self.show_crank(&done);
        let happened = match &done {
            Ok(work) => work.is_some(),
            Err(error) => matches!(error, KernelError::Panicked { .. }),
        };
        (trace.filter(|_| happened), done.map(drop))
    }

    /// A handle on a reference that the host has from elsewhere, such as a trace or a recording.
    /// Whether there is such an object or promise shows when it is used.
    pub fn handle(&mut self, kref: Kref) -> Handle {
        self.lineage.give(kref)
    }

    /// Queues a message to the root of a static vat; returns the promise for its result, which
    /// the host holds until it asks for the [resolution](Self::kp_resolution). Without a policy
    /// there is no result.
    ///
    /// # Errors
    /// [`KernelError::NoSuchVat`]; [`KernelError::ForeignHandle`] among the slots.
    pub fn queue_to_vat_root(
        &mut self,
        vat: &str,
        methargs: CapData<Handle>,
        policy: Option<ResolutionPolicy>,
    ) -> Result<Option<Handle>, KernelError> {
        let methargs = self.lineage.take_data(methargs)?;
        let vat = self.static_vat(vat)?;
        self.host_call(|keeper, lineage| {
            let root = keeper.root_for_host(vat)?;
            let result = keeper.queue_for_host(root, methargs, policy)?;
            Ok(result.map(|promise| lineage.give(promise)))
        })
    }

    /// Queues a message to any object or promise; as
    /// [`queue_to_vat_root`](Self::queue_to_vat_root).
    ///
    /// # Errors
    /// [`KernelError::ForeignHandle`], [`KernelError::NoSuchReference`]; the state is as it was.
    pub fn queue_to_vat_object(
        &mut self,
        target: &Handle,
        methargs: CapData<Handle>,
        policy: Option<ResolutionPolicy>,
    ) -> Result<Option<Handle>, KernelError> {
        let target = self.lineage.take(target)?;
        let methargs = self.lineage.take_data(methargs)?;
        self.host_call(|keeper, lineage| {
            let result = keeper.queue_for_host(target, methargs, policy)?;
            Ok(result.map(|promise| lineage.give(promise)))
        })
    }

    /// Keeps the root of a static vat alive for ever.
    ///
    /// # Errors
    /// [`KernelError::NoSuchVat`].
    pub fn pin_vat_root(&mut self, vat: &str) -> Result<Handle, KernelError> {
        let vat = self.static_vat(vat)?;
        self.host_call(|keeper, lineage| {
            let root = keeper.root_for_host(vat)?;
            keeper.pin(root)?;
            keeper.bare_emit()?;
            Ok(lineage.give(root))
        })
    }

    /// The state of a promise; `None` if the kernel knows no such promise.
    ///
    /// # Errors
    /// [`KernelError::ForeignHandle`], [`KernelError::Corrupt`].
    pub fn kp_status(&self, promise: &Handle) -> Result<Option<PromiseState>, KernelError> {
        self.kernel.keeper.promise_state(self.lineage.take(promise)?)
    }

    /// The data of a resolved promise. The host gives up its hold on the promise, and holds what
    /// the data refers to instead, unless `incref` is `false`.
    ///
    /// # Errors
    /// [`KernelError::ForeignHandle`], [`KernelError::NotResolved`].
    pub fn kp_resolution(
        &mut self,
        promise: &Handle,
        incref: bool,
    ) -> Result<CapData<Handle>, KernelError> {
        let promise = self.lineage.take(promise)?;
        self.host_call(|keeper, lineage| {
            let data = keeper.resolution_for_host(promise, incref)?;
            Ok(lineage.give_data(&data))
        })
    }

    /// Holds a promise once more, until as many calls of
    /// [`kp_resolution`](Self::kp_resolution) have given it up. No hash covers this.
    ///
    /// # Errors
    /// [`KernelError::ForeignHandle`]; [`KernelError::NoSuchReference`] if it is no promise of
    /// this kernel.
    pub fn kp_register_interest(&mut self, promise: &Handle) -> Result<(), KernelError> {
        let promise = self.lineage.take(promise)?;
        self.host_call(|keeper, _| keeper.hold_for_host(promise))
    }

    /// Ends a vat at once, as a failure for this reason.
    ///
    /// # Errors
    /// [`KernelError::Panicked`] if the reason is no encoded value;
    /// [`KernelError::ForeignHandle`] and [`KernelError::NoSuchReference`] for its slots.
    pub fn terminate_vat(
        &mut self,
        vat: VatId,
        reason: CapData<Handle>,
    ) -> Result<(), KernelError> {
        let termination = Termination { vat, reject: true, info: self.lineage.take_data(reason)? };
        self.host_call(|keeper, _| {
            keeper.refuse_missing(&termination.info.slots)?;
            keeper.terminate(&termination).map_err(Fault::into_error)
        })
    }

    /// Queues every vat for bringOutYourDead that was delivered to since `previous`, the answer
    /// of an earlier call. The answer is a position in each vat's transcript.
    ///
    /// # Errors
    /// [`KernelError::Corrupt`].
    pub fn reap_all_vats(
        &mut self,
        previous: &[(VatId, u64)],
    ) -> Result<Vec<(VatId, u64)>, KernelError> {
        self.host_call(|keeper, _| {
            let mut positions = Vec::new();
            for vat in keeper.live_vats()? {
                let end = keeper.transcripts().end(vat);
                let before = previous.iter().find(|(other, _)| *other == vat);
                if end > before.map_or(0, |(_, position)| *position) {
                    keeper.queue_for_reaping(vat)?;
                    positions.push((vat, end + 1));
                } else if end > 0 {
                    positions.push((vat, end));
                }
            }
            Ok(positions)
        })
    }

    /// Installs a bundle, and tells vatAdmin if it is new.
    ///
    /// # Errors
    /// [`KernelError::Corrupt`].
    pub fn install_bundle(&mut self, bundle_id: &str, bundle: &str) -> Result<(), KernelError> {
        self.host_call(|keeper, _| {
            if keeper.has_bundle(bundle_id) {
                return Ok(());
            }
            keeper.start_crank();
            keeper.install_bundle(bundle_id, bundle);
            let arguments = Value::Array(vec![Value::text(bundle_id)]);
            let call = Value::Array(vec![Value::text("bundleInstalled"), arguments]);
            keeper.tell_vat_admin(call.encode(&[]))?;
            keeper.kernel_emit().map(drop)
        })
    }

    /// Changes settings of the kernel: `defaultReapInterval`, `defaultReapGCKrefs` and
    /// `snapshotInterval`, in the order in which they are given; others are ignored.
    ///
    /// # Errors
    /// [`KernelError::Corrupt`].
    pub fn change_kernel_options(
        &mut self,
        options: &[(String, serde_json::Value)],
    ) -> Result<(), KernelError> {
        self.host_call(|keeper, _| {
            keeper.start_crank();
            for (name, value) in options {
                keeper.change_option(name, value)?;
            }
            keeper.kernel_emit().map(drop)
        })
    }

    /// Queues the events that an upgrade of the kernel left in the tables, if any, and deletes
    /// them there. No hash covers this.
    ///
    /// # Errors
    /// [`KernelError::Corrupt`] if they are no events.
    pub fn inject_queued_upgrade_events(&mut self) -> Result<(), KernelError> {
        self.host_call(|keeper, _| keeper.inject_upgrade_events())
    }

    /// Lets a device act by itself, between cranks: a clock that ticks, a message from outside.
    /// What it does is in the state; it is hashed only if another host call follows before the
    /// next crank, as in the real kernel.
    ///
    /// # Errors
    /// [`KernelError::NoSuchDevice`]; [`KernelError::Corrupt`], and nothing that it did stays.
    pub fn device_input<T>(
        &mut self,
        device: &str,
        act: impl FnOnce(&mut dyn DeviceSyscalls) -> T,
    ) -> Result<T, KernelError> {
        let missing = || KernelError::NoSuchDevice { name: device.to_owned() };
        let device = self.kernel.keeper.device_named(device)?.ok_or_else(missing)?;
        self.host_call(|keeper, _| {
            let mut session = DeviceSession { keeper, device, fault: None };
            let done = act(&mut session);
            session.fault.take().map_or(Ok(done), |fault| Err(fault.into_error()))
        })
    }

    fn static_vat(&self, name: &str) -> Result<VatId, KernelError> {
        let missing = || KernelError::NoSuchVat { name: name.to_owned() };
        self.kernel.keeper.static_vat(name)?.ok_or_else(missing)
    }
}

fn goes_on(policy: &mut dyn RunPolicy, work: Work) -> bool {
    match work {
        Work::Empty => policy.empty_crank(),
        Work::Delivery(computrons) => policy.crank_complete(computrons),
        Work::Cleanup => policy.did_cleanup(),
    }
}
