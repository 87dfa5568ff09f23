//! A deterministic SwingSet kernel whose whole state is one value.
//!
//! Vats exchange messages and promises through the kernel; the kernel keeps every queue, promise,
//! reference and count in one ordered key-value table, and hashes every write. This one keeps the
//! table in a persistent map, so that a booted kernel is a value: boot it once, then fork as many
//! as there are tests.
//!
//! ```
//! use bootfork_kernel::{
//!     Call, CapData, Config, Controller, NativeWorker, RunUtils, Syscalls, Vat, VatDelivery,
//!     VatError,
//! };
//!
//! /// Counts the messages it gets.
//! struct Counter;
//!
//! impl Vat for Counter {
//!     fn deliver(&mut self, told: &VatDelivery, to: &mut dyn Syscalls) -> Result<(), VatError> {
//!         let VatDelivery::Message(_, message) = told else { return Ok(()) };
//!         let count = to.vatstore_get("count")?.and_then(|text| text.parse().ok());
//!         let count = count.unwrap_or(0) + 1;
//!         to.vatstore_set("count", count.to_string())?;
//!         let Some(result) = message.result_promise() else { return Ok(()) };
//!         to.resolve(result.clone(), false, CapData::new(format!("#{count}"), []))
//!     }
//! }
//!
//! // Boot once …
//! let worker = NativeWorker::new().with("counter", || Box::new(Counter));
//! let mut booted = Controller::boot(&Config::new("counter").vat("counter", "counter"), worker)?;
//! booted.run()?;
//!
//! // … fork many: each goes on from the same moment, and none sees another.
//! let mut count = |mut fork: Controller<NativeWorker>| {
//!     RunUtils::new(&mut fork).ask_root("counter", &Call::new("count"))
//! };
//! assert_eq!(count(booted.fork())?.body, "#2");
//! assert_eq!(count(booted.fork())?.body, "#2");
//! # Ok::<(), bootfork_kernel::AskError>(())
//! ```
//!
//! *Architecture invariants.* The kernel reads no clock, no random source, no file and no
//! environment. Every change of state goes through the keeper. A crank commits wholly or leaves no
//! trace. Two runs from equal states with equal inputs give equal bytes.
//!
//! References to `KERNEL.md` are to the specification of the real kernel that this one follows,
//! write for write.

#![forbid(unsafe_code)]

mod boot;
mod capdata;
mod check;
mod config;
mod controller;
mod crank;
mod create;
mod decimal;
mod deliver;
mod delivery;
mod device;
mod event;
mod fault;
mod handle;
mod hash;
mod id;
mod image;
mod keeper;
mod maybe_free;
mod meter;
mod policy;
mod replay;
mod route;
mod run_utils;
pub mod schema;
mod session;
mod slot;
mod smallcaps;
mod source;
mod state;
mod stats;
mod syscall;
mod terminate;
mod text;
mod trace;
mod transcript;
mod translate;
mod upgrade;
mod worker;

pub use boot::Initialization;
pub use capdata::{CapData, Message, VatMessage};
pub use check::Violation;
pub use config::{Config, VatConfig};
pub use controller::Controller;
pub use delivery::{KernelDelivery, KernelResolution, Resolution, VatDelivery};
pub use device::bridge::Bridge;
pub use device::mailbox::{Mailbox, PeerMailbox};
pub use device::recorded::{DeviceAction, RecordedCall, RecordedDevice};
pub use device::timer::Timer;
pub use device::{Device, DeviceCall, DeviceSyscalls, Endowments};
pub use event::{Allowance, CleanupBudget, Event, GcEvent};
pub use fault::KernelError;
pub use handle::Handle;
pub use id::{DeviceId, ParseIdError, VatId};
pub use image::{IMAGE_KIND, IMAGE_VERSION, RestoreError};
pub use keeper::{Hashes, PromiseState};
pub use policy::{ResolutionPolicy, RunLimit, RunPolicy, ToQuiescence};
pub use run_utils::{AskError, Call, RunUtils};
pub use slot::{Kref, Vref, VrefKind, VrefType};
pub use smallcaps::{Reference, Undecodable, Value};
pub use source::{Bundle, VatSource};
pub use state::Tables;
pub use syscall::{KernelSyscall, SyscallResult, VatSyscall};
pub use trace::{
    Cleanup, ClistMode, CrankKind, CrankTrace, DeliveryTrace, Rollback, SyscallTrace, Termination,
    Write,
};
pub use transcript::Transcripts;
pub use worker::native::{NativeWorker, Vat, VatConstructor};
pub use worker::recorded::{Answers, RecordedDelivery, RecordedSyscall, RecordedWorker};
pub use worker::{
    Delivered, DeliveryContext, DeliveryStatus, Divergence, Syscalls, VatError, VatWorker,
};
