//! The host's handle on a kernel.

use std::fmt;
use std::sync::Arc;

use bootfork_store::Store;

use crate::capdata::CapData;
use crate::config::Config;
use crate::crank::{Kernel, Work};
use crate::device::{DeviceSession, DeviceSyscalls, Endowments};
use crate::event::Event;
use crate::fault::{Fault, KernelError};
use crate::id::VatId;
use crate::keeper::{Keeper, Promise, PromiseState, Strength};
use crate::policy::{ResolutionPolicy, RunPolicy, ToQuiescence};
use crate::slot::Kref;
use crate::smallcaps::Value;
use crate::state::{State, Tables};
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
    /// Initializes a kernel and starts it; its vats have run nothing yet.
    ///
    /// # Errors
    /// [`KernelError::NoSuchVat`] if the configuration has no vat of the bootstrap vat's name,
    /// [`KernelError::NoCode`] if the worker lacks a vat's code.
    pub fn boot(config: &Config, worker: W) -> Result<Self, KernelError> {
        let mut keeper = Keeper::new(State::default());
        keeper.initialize(config)?;
        Self::start(keeper.state().tables.clone(), Arc::new(worker))
    }

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
        Ok(Self { kernel: Kernel::start(tables, worker, endowments)? })
    }

    /// A second controller in the same state. O(1) in the size of the state.
    ///
    /// It has no devices: what the host endowed this controller with does not cross a fork.
    #[must_use]
    pub fn fork(&self) -> Self {
        self.fork_with(Endowments::default())
    }

    /// A second controller in the same state, with devices of its own.
    #[must_use]
    pub fn fork_with(&self, endowments: Endowments) -> Self {
        Self { kernel: self.kernel.fork(endowments) }
    }

    /// What a real kernel is after it was shut down and started again from its store: everything
    /// in memory is lost, a panic too.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn restart(&self) -> Result<Self, KernelError> {
        let endowments = self.kernel.endowments.clone();
        Self::start_with(self.tables().clone(), self.kernel.worker.clone(), endowments)
    }

    /// The tables: all that a restart keeps.
    pub fn tables(&self) -> &Tables {
        &self.kernel.keeper.state().tables
    }

    /// The key-value table.
    pub fn kv(&self) -> &Store {
        self.kernel.keeper.kv()
    }

    /// How many cranks the kernel has done.
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
        while let Some(work) = self.kernel.crank(policy)? {
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
        Ok(self.kernel.crank(&mut ToQuiescence)?.is_some())
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
        let happened = match &done {
            Ok(work) => work.is_some(),
            Err(error) => matches!(error, KernelError::Panicked { .. }),
        };
        (trace.filter(|_| happened), done.map(drop))
    }

    /// Queues a message to the root of a static vat; returns the promise for its result, which
    /// the host holds until it asks for the [resolution](Self::kp_resolution). Without a policy
    /// there is no result.
    ///
    /// # Errors
    /// [`KernelError::NoSuchVat`].
    pub fn queue_to_vat_root(
        &mut self,
        vat: &str,
        methargs: CapData,
        policy: Option<ResolutionPolicy>,
    ) -> Result<Option<Kref>, KernelError> {
        let vat = self.static_vat(vat)?;
        let root = self.kernel.keeper.root_for_host(vat)?;
        self.queue_to_vat_object(root, methargs, policy)
    }

    /// Queues a message to any object or promise; as
    /// [`queue_to_vat_root`](Self::queue_to_vat_root).
    ///
    /// # Errors
    /// [`KernelError::Corrupt`] if there is no such object; the state is as it was.
    pub fn queue_to_vat_object(
        &mut self,
        target: Kref,
        methargs: CapData,
        policy: Option<ResolutionPolicy>,
    ) -> Result<Option<Kref>, KernelError> {
        self.wholly(|keeper| {
            let result = keeper.send_from_kernel(target, methargs, policy)?;
            if let Some(result) = result {
                keeper.increment(result, Strength::Full)?;
            }
            keeper.bare_emit()?;
            Ok(result)
        })
    }

    /// Keeps the root of a static vat alive for ever.
    ///
    /// # Errors
    /// [`KernelError::NoSuchVat`].
    pub fn pin_vat_root(&mut self, vat: &str) -> Result<Kref, KernelError> {
        let vat = self.static_vat(vat)?;
        let keeper = &mut self.kernel.keeper;
        let root = keeper.root_for_host(vat)?;
        keeper.pin(root)?;
        keeper.bare_emit()?;
        Ok(root)
    }

    /// The state of a promise; `None` if the kernel knows no such promise.
    ///
    /// # Errors
    /// [`KernelError::Corrupt`].
    pub fn kp_status(&self, promise: Kref) -> Result<Option<PromiseState>, KernelError> {
        self.kernel.keeper.promise_state(promise)
    }

    /// The data of a resolved promise. The host gives up its hold on the promise, and holds what
    /// the data refers to instead, unless `incref` is `false`.
    ///
    /// # Errors
    /// [`KernelError::NotResolved`].
    pub fn kp_resolution(&mut self, promise: Kref, incref: bool) -> Result<CapData, KernelError> {
        let keeper = &mut self.kernel.keeper;
        let not_resolved =
            |status| KernelError::NotResolved { promise: promise.to_string(), status };
        let data = match keeper.promise_state(promise)? {
            None => return Err(not_resolved("unknown")),
            Some(PromiseState::Unresolved) => return Err(not_resolved("unresolved")),
            Some(_) => match keeper.promise(promise)? {
                Promise::Resolved(settlement) => settlement.data,
                Promise::Unresolved { .. } => return Err(not_resolved("unresolved")),
            },
        };
        self.wholly(|keeper| {
            keeper.decrement(promise, Strength::Full)?;
            if incref {
                for slot in &data.slots {
                    keeper.increment(*slot, Strength::Full)?;
                }
            }
            keeper.bare_emit()?;
            Ok(data)
        })
    }

    /// Ends a vat at once, as a failure for this reason.
    ///
    /// # Errors
    /// [`KernelError::Panicked`] if the reason is no encoded value.
    pub fn terminate_vat(&mut self, vat: VatId, reason: CapData) -> Result<(), KernelError> {
        let termination = Termination { vat, reject: true, info: reason };
        self.wholly(|keeper| keeper.terminate(&termination).map_err(Fault::into_error))
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
        let keeper = &mut self.kernel.keeper;
        let mut positions = Vec::new();
        for vat in keeper.live_vats()? {
            let end = keeper.state().tables.transcripts.end(vat);
            let before = previous.iter().find(|(other, _)| *other == vat).map_or(0, |pair| pair.1);
            if end == 0 {
                continue;
            }
            if end > before {
                keeper.queue_for_reaping(vat)?;
                positions.push((vat, end + 1));
            } else {
                positions.push((vat, end));
            }
        }
        Ok(positions)
    }

    /// Installs a bundle, and tells vatAdmin if it is new.
    ///
    /// # Errors
    /// [`KernelError::Corrupt`].
    pub fn install_bundle(&mut self, bundle_id: &str, bundle: &str) -> Result<(), KernelError> {
        let keeper = &mut self.kernel.keeper;
        if keeper.has_bundle(bundle_id) {
            return Ok(());
        }
        keeper.start_crank();
        keeper.install_bundle(bundle_id, bundle);
        let arguments = Value::Array(vec![Value::text(bundle_id)]);
        let call = Value::Array(vec![Value::text("bundleInstalled"), arguments]);
        keeper.tell_vat_admin(call.encode(&[]))?;
        keeper.kernel_emit().map(drop)
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
        let keeper = &mut self.kernel.keeper;
        keeper.start_crank();
        for (name, value) in options {
            keeper.change_option(name, value)?;
        }
        keeper.kernel_emit().map(drop)
    }

    /// Lets a device act by itself, between cranks: a clock that ticks, a message from outside.
    /// What it does is in the state; it is hashed only if another host call follows before the
    /// next crank, as in the real kernel.
    ///
    /// # Errors
    /// [`KernelError::NoSuchDevice`]; [`KernelError::Panicked`] if the device names what it does
    /// not have, and nothing that it did stays.
    pub fn device_input<T>(
        &mut self,
        device: &str,
        act: impl FnOnce(&mut dyn DeviceSyscalls) -> T,
    ) -> Result<T, KernelError> {
        let keeper = &mut self.kernel.keeper;
        let missing = || KernelError::NoSuchDevice { name: device.to_owned() };
        let id = keeper.device_named(device)?.ok_or_else(missing)?;
        let before = keeper.state().clone();
        let mut session = DeviceSession { keeper, device: id, fault: None };
        let done = act(&mut session);
        match session.fault.take() {
            None => Ok(done),
            Some(fault) => {
                keeper.restore(before);
                Err(fault.into_error())
            }
        }
    }

    /// Does what the host asks for, or nothing.
    fn wholly<T>(
        &mut self,
        act: impl FnOnce(&mut Keeper) -> Result<T, KernelError>,
    ) -> Result<T, KernelError> {
        let keeper = &mut self.kernel.keeper;
        let before = keeper.state().volatile.clone();
        let start = keeper.begin_undoable();
        let done = act(keeper);
        if done.is_err() {
            keeper.restore_all(start, before);
        }
        keeper.end_undoable();
        done
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
