//! Devices: what vats call synchronously (KERNEL.md section 11.3).
//!
//! A device keeps what it must remember in the kernel's table and nowhere else: its state and its
//! store, which are hashed, and what it keeps for its host, which is not. What it holds besides is
//! *authority*, an endowment from the host. Endowments never cross a fork: a fork's host gives its
//! own, or the fork has none.

pub(crate) mod bridge;
mod inbound;
pub(crate) mod mailbox;
pub(crate) mod recorded;
mod session;
pub(crate) mod timer;
mod vat_admin;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::capdata::CapData;
use crate::fault::{Fault, KernelError};
use crate::slot::Vref;

pub(crate) use session::{DeviceSession, invoke};

/// The code of a device, with what its host endowed it with.
///
/// This is what the real kernel calls a *raw* device: calls come in encoded, with the node that is
/// called; the device keeps what it must in its [state](DeviceSyscalls::state) or its
/// [store](DeviceSyscalls::vatstore_set), and makes more nodes by answering with a slot `d+N` of
/// its own choice. What the original reaches through kernel hooks is a field of the device here.
///
/// ```
/// use std::sync::Arc;
///
/// use bootfork_kernel::{
///     CapData, Config, Controller, Device, DeviceCall, DeviceSyscalls, Endowments, KernelError,
///     NativeWorker, SyscallResult, Syscalls, Value, Vat, VatDelivery, VatError, VatSyscall, Vref,
/// };
///
/// /// The root makes counters; each counts its own calls.
/// #[derive(Debug)]
/// struct Counters;
///
/// impl Device for Counters {
///     fn invoke(
///         &self,
///         call: &DeviceCall,
///         kernel: &mut dyn DeviceSyscalls,
///     ) -> Result<Result<CapData<Vref>, String>, KernelError> {
///         let node = call.target.as_str();
///         let mut next = |key: &str| {
///             let last = kernel.vatstore_get(key).and_then(|text| text.parse::<u32>().ok());
///             let next = last.unwrap_or(0) + 1;
///             kernel.vatstore_set(key, &next.to_string());
///             next
///         };
///         Ok(match (node, call.method.as_str()) {
///             ("d+0", "make") => {
///                 let node = Vref::new(format!("d+{}", next("made")));
///                 Ok(Value::Object { slot: 0, iface: Some("counter".into()) }.encode(&[node]))
///             }
///             (_, "count") => Ok(Value::Number(next(node).into()).encode(&[])),
///             (_, method) => Err(format!("there is no method {method}")),
///         })
///     }
/// }
///
/// /// Has the last reference of the bootstrap message, the device, make a counter, and counts.
/// struct Main;
///
/// impl Vat for Main {
///     fn deliver(&mut self, told: &VatDelivery, to: &mut dyn Syscalls) -> Result<(), VatError> {
///         let VatDelivery::Message(_, message) = told else { return Ok(()) };
///         let Some(device) = message.methargs.slots.last() else { return Ok(()) };
///         let mut call = |node: &Vref, method: &str| {
///             let nothing = CapData::new("#[]", []);
///             to.syscall(VatSyscall::CallNow(node.clone(), method.into(), nothing))
///         };
///         let SyscallResult::Data(made) = call(device, "make") else { return Ok(()) };
///         call(&made.slots[0], "count");
///         call(&made.slots[0], "count");
///         Ok(())
///     }
/// }
///
/// let config = Config::new("main").vat("main", "main").device("counters", "counters-bundle");
/// let worker = NativeWorker::new().with("main", || Box::new(Main));
/// let endowments = Endowments::default().with("counters", Arc::new(Counters));
/// let mut controller = Controller::boot_with(&config, worker, endowments)?;
/// controller.run()?;
/// let count = controller.device_input("counters", |kernel| kernel.vatstore_get("d+1"))?;
/// assert_eq!(count.as_deref(), Some("2"));
/// # Ok::<(), KernelError>(())
/// ```
pub trait Device: fmt::Debug + Send + Sync {
    /// Answers one call, in the device's own slots.
    ///
    /// An error in the answer reaches the calling vat as such, and harms nobody.
    ///
    /// # Errors
    /// [`KernelError::Diverged`] if the device replays and was called otherwise than recorded,
    /// [`KernelError::Tripwire`] if nobody may use it now. The crank is undone.
    fn invoke(
        &self,
        call: &DeviceCall,
        kernel: &mut dyn DeviceSyscalls,
    ) -> Result<Result<CapData<Vref>, String>, KernelError>;
}

/// A call to a device.
///
/// ```
/// use bootfork_kernel::{CapData, DeviceCall, Vref};
///
/// // The first syscall of the first delivery of crank 12.
/// let call = DeviceCall {
///     crank: 12,
///     delivery: 0,
///     syscall: 0,
///     target: Vref::new("d+0"),
///     method: "getLastPolled".into(),
///     arguments: CapData::new("#[]", []),
/// };
/// assert_eq!(call.target.as_str(), "d+0");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCall {
    /// The crank.
    pub crank: u64,
    /// Which delivery of that crank, from 0.
    pub delivery: usize,
    /// Which syscall of that delivery, from 0.
    pub syscall: usize,
    /// The node that is called, such as `d+0`.
    pub target: Vref,
    /// The method.
    pub method: String,
    /// The encoded arguments.
    pub arguments: CapData<Vref>,
}

/// The kernel, as a device sees it.
///
/// ```
/// use bootfork_kernel::{CapData, Config, Controller, NativeWorker};
/// # use bootfork_kernel::{Syscalls, Vat, VatDelivery, VatError};
/// # struct Idle;
/// # impl Vat for Idle {
/// #     fn deliver(&mut self, _: &VatDelivery, _: &mut dyn Syscalls) -> Result<(), VatError> {
/// #         Ok(())
/// #     }
/// # }
///
/// let config = Config::new("main").vat("main", "idle").device("clock", "clock-bundle");
/// let worker = NativeWorker::new().with("idle", || Box::new(Idle));
/// let mut booted = Controller::boot(&config, worker)?;
/// let noon = CapData::new("#12", []);
/// booted.device_input("clock", |kernel| kernel.set_state(&noon))?;
/// // The state is the kernel's, so forks have it.
/// assert_eq!(booted.fork().device_input("clock", |kernel| kernel.state())?, Some(noon));
/// # Ok::<(), bootfork_kernel::KernelError>(())
/// ```
pub trait DeviceSyscalls {
    /// Sends a message whose result nobody waits for.
    ///
    /// # Errors
    /// The kernel's words if the target is no object, or if the device names a slot that it does
    /// not have. Nothing is sent, and it is for the device to say what comes of it.
    fn send_only(&mut self, target: &Vref, methargs: &CapData<Vref>) -> Result<(), String>;

    /// The state that the device set last.
    fn state(&mut self) -> Option<CapData<Vref>>;

    /// Replaces the device's state. References in it are no more than slots: what a device was
    /// given once it has for ever.
    fn set_state(&mut self, state: &CapData<Vref>);

    /// The value of a key of the device's own store; an empty value is none.
    fn vatstore_get(&mut self, key: &str) -> Option<String>;

    /// Writes a key of the device's own store.
    fn vatstore_set(&mut self, key: &str, value: &str);

    /// Deletes a key of the device's own store; a missing one is no error.
    fn vatstore_delete(&mut self, key: &str);

    /// The least key of the device's own store that is greater than `after`.
    fn vatstore_next_key(&mut self, after: &str) -> Option<String>;

    /// The text that the device set last for its host.
    fn host_data(&mut self) -> Option<String>;

    /// Replaces what the device keeps for its host to read. It is forked, undone and restarted
    /// like the state, but never hashed: hosts of the real kernel keep it outside of the kernel.
    fn set_host_data(&mut self, data: &str);
}

/// The devices of one controller, by name. The vatAdmin device is the kernel's own and needs none.
///
/// ```
/// use bootfork_kernel::Endowments;
///
/// let none = Endowments::default();
/// assert!(none.device("bridge").is_none());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Endowments {
    devices: BTreeMap<String, Arc<dyn Device>>,
    tripwires: bool,
}

impl Endowments {
    /// For a boot, which must not reach its host's world: a call to any device that is not added
    /// fails the run with [`KernelError::Tripwire`], and its crank is undone. Without tripwires
    /// such a call panics the kernel.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use bootfork_kernel::{Bridge, Endowments, Timer};
    ///
    /// // The timer only remembers, and the bridge lets a handler register; nothing else may run.
    /// let boot = Endowments::tripwires()
    ///     .with("timer", Arc::new(Timer))
    ///     .with("bridge", Arc::new(Bridge::tripwire()));
    /// assert!(boot.device("bridge").is_some());
    /// ```
    pub fn tripwires() -> Self {
        Self { devices: BTreeMap::new(), tripwires: true }
    }

    /// Adds a device.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, device: Arc<dyn Device>) -> Self {
        self.devices.insert(name.into(), device);
        self
    }

    /// The device of that name.
    pub fn device(&self, name: &str) -> Option<&Arc<dyn Device>> {
        self.devices.get(name)
    }

    /// What a call to a device that is not there leads to.
    pub(crate) fn missing(&self, device: &str, method: &str) -> Fault {
        if self.tripwires {
            let (device, method) = (device.to_owned(), method.to_owned());
            return KernelError::Tripwire { device, method }.into();
        }
        Fault::Panic(format!("device {device} is not running in this controller"))
    }
}
