//! One delivery, from the side of the syscalls that the vat makes in it.

use serde::Serialize;

use crate::capdata::CapData;
use crate::delivery::VatDelivery;
use crate::device::{self, Endowments};
use crate::fault::{Fault, KernelError, Outcome};
use crate::keeper::{DeliveryOptions, Flags, Keeper, Promise, Settlement};
use crate::slot::Kref;
use crate::stats::Counter;
use crate::syscall::{KernelSyscall, SyscallResult, VatSyscall};
use crate::trace::SyscallTrace;
use crate::translate::SyscallTranslator;
use crate::worker::{DeliveryContext, DeliveryStatus, Syscalls};

const ILLEGAL: &str = "syscall translation error: prepare to die";
const DEAD: &str = "vat is dead";
const KILLED: &str = "you killed my kernel. prepare to die";

/// Answers the syscalls of one delivery, and remembers what they lead to when it is over.
pub(crate) struct Session<'a> {
    keeper: &'a mut Keeper,
    endowments: &'a Endowments,
    at: DeliveryContext,
    pipelining: bool,
    /// How many syscalls there were.
    syscalls: usize,
    /// The transcript's entry so far, or `None` for a vat that keeps none.
    transcript: Option<Vec<u8>>,
    verdict: Verdict,
}

/// What the syscalls of a delivery lead to.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// A syscall was refused or failed in execution; the vat ends with this text, the last's.
    pub(crate) end: Option<&'static str>,
    /// A syscall failed in execution: the kernel panics.
    pub(crate) panic: Option<String>,
    /// The vat asked to end: whether as a failure, and why. The last such call counts.
    pub(crate) exit: Option<(bool, CapData)>,
    /// No crank can go on.
    pub(crate) error: Option<KernelError>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        keeper: &'a mut Keeper,
        endowments: &'a Endowments,
        at: DeliveryContext,
        options: &DeliveryOptions,
        delivery: &VatDelivery,
    ) -> Self {
        let transcript = options.use_transcript.then(|| {
            let mut entry = Vec::with_capacity(1_024);
            entry.extend_from_slice(br#"{"d":"#);
            write_json(&mut entry, delivery);
            entry.extend_from_slice(br#","sc":["#);
            entry
        });
        Self {
            keeper,
            endowments,
            at,
            pipelining: options.enable_pipelining,
            syscalls: 0,
            transcript,
            verdict: Verdict::default(),
        }
    }

    /// The verdict, and the delivery's transcript entry.
    pub(crate) fn end(self, status: &DeliveryStatus) -> (Verdict, Option<Vec<u8>>) {
        let entry = self.transcript.map(|mut entry| {
            entry.extend_from_slice(match status {
                DeliveryStatus::Ok => br#"],"r":{"status":"ok"}}"#,
                DeliveryStatus::Error(_) => br#"],"r":{"status":"error"}}"#,
            });
            entry
        });
        (self.verdict, entry)
    }

    fn answer(&mut self, syscall: &VatSyscall) -> (Option<KernelSyscall>, SyscallResult) {
        // A vat that had itself terminated, through vatAdmin, in this very delivery.
        if self.keeper.is_terminated(self.at.vat) {
            return (None, self.refuse(DEAD));
        }
        let Self { at: DeliveryContext { vat, .. }, pipelining, .. } = *self;
        let mut translator = SyscallTranslator { keeper: self.keeper, vat, pipelining };
        let translated = match translator.translate(syscall) {
            Ok(translated) => translated,
            Err(fault) => return (None, self.fail(fault)),
        };
        let result = self.execute(&translated).unwrap_or_else(|fault| self.fail(fault));
        (Some(translated), result)
    }

    fn refuse(&mut self, end: &'static str) -> SyscallResult {
        self.verdict.end = Some(end);
        SyscallResult::Error(end.into())
    }

    fn fail(&mut self, fault: Fault) -> SyscallResult {
        match fault {
            Fault::Illegal => return self.refuse(ILLEGAL),
            Fault::Panic(reason) => self.verdict.panic = Some(reason),
            Fault::Error(error) => self.verdict.error = Some(error),
        }
        self.refuse(KILLED)
    }

    fn execute(&mut self, syscall: &KernelSyscall) -> Outcome<SyscallResult> {
        let counter = match syscall {
            KernelSyscall::Subscribe(..) => Some(Counter::SyscallSubscribe),
            KernelSyscall::Resolve(..) => Some(Counter::SyscallResolve),
            KernelSyscall::Exit(..) => Some(Counter::SyscallExit),
            KernelSyscall::VatstoreGet(..) => Some(Counter::SyscallVatstoreGet),
            KernelSyscall::VatstoreSet(..) => Some(Counter::SyscallVatstoreSet),
            KernelSyscall::VatstoreGetNextKey(..) => Some(Counter::SyscallVatstoreGetNextKey),
            KernelSyscall::VatstoreDelete(..) => Some(Counter::SyscallVatstoreDelete),
            KernelSyscall::Invoke(..) => Some(Counter::SyscallCallNow),
            // A send counts itself, whoever sends; GC syscalls are not counted.
            _ => None,
        };
        if let Some(counter) = counter {
            self.keeper.count(Counter::Syscalls);
            self.keeper.count(counter);
        }
        self.perform(syscall)
    }

    fn invoke(&mut self, node: Kref, method: &str, arguments: &CapData) -> Outcome<SyscallResult> {
        let place = (self.at.crank, self.at.ordinal, self.syscalls);
        match device::invoke(self.keeper, self.endowments, place, node, method, arguments)? {
            Ok(data) => {
                let vat = self.at.vat;
                let map = |kref: &Kref| self.keeper.map_kernel_to_vat(vat, *kref, Flags::Use);
                Ok(SyscallResult::Data(data.try_map(map)?))
            }
            Err(text) => Ok(SyscallResult::Error(text)),
        }
    }

    fn perform(&mut self, syscall: &KernelSyscall) -> Outcome<SyscallResult> {
        let keeper = &mut *self.keeper;
        match syscall {
            KernelSyscall::Send(target, message) => keeper.send(*target, message.clone())?,
            KernelSyscall::Subscribe(vat, promise) => match keeper.promise(*promise)? {
                Promise::Unresolved { .. } => keeper.add_subscriber(*promise, *vat)?,
                Promise::Resolved(_) => keeper.enqueue_notify(*vat, *promise)?,
            },
            KernelSyscall::Resolve(vat, resolutions) => {
                for resolution in resolutions {
                    let settlement =
                        Settlement { rejected: resolution.rejected, data: resolution.data.clone() };
                    keeper.resolve(Some(*vat), resolution.promise, &settlement)?;
                }
            }
            KernelSyscall::Exit(_, failure, info) => {
                self.verdict.exit = Some((*failure, info.clone()));
            }
            KernelSyscall::VatstoreGet(vat, key) => {
                return Ok(SyscallResult::Ok(keeper.vatstore_get(*vat, key)?));
            }
            KernelSyscall::VatstoreSet(vat, key, value) => keeper.vatstore_set(*vat, key, value),
            KernelSyscall::VatstoreGetNextKey(vat, key) => {
                return Ok(SyscallResult::Ok(keeper.vatstore_next_key(*vat, key)));
            }
            KernelSyscall::VatstoreDelete(vat, key) => keeper.vatstore_delete(*vat, key),
            // Translation has deleted the entries and counted them down.
            KernelSyscall::DropImports(_) | KernelSyscall::RetireImports(_) => {}
            KernelSyscall::RetireExports(objects) => keeper.retire_objects(objects)?,
            KernelSyscall::AbandonExports(vat, objects) => {
                for object in objects {
                    if keeper.clist_entry(*vat, *object)?.is_none() {
                        return Err(Fault::Panic(format!("{vat} abandons {object} twice")));
                    }
                    keeper.orphan(*vat, *object)?;
                }
            }
            KernelSyscall::Invoke(node, method, arguments) => {
                return self.invoke(*node, method, arguments);
            }
        }
        Ok(SyscallResult::Ok(None))
    }
}

impl Syscalls for Session<'_> {
    fn syscall(&mut self, syscall: VatSyscall) -> SyscallResult {
        let (kernel, result) = self.answer(&syscall);
        self.syscalls += 1;
        if let Some(transcript) = &mut self.transcript {
            transcript.extend_from_slice(if self.syscalls > 1 {
                br#",{"s":"#
            } else {
                br#"{"s":"#
            });
            write_json(transcript, &syscall);
            transcript.extend_from_slice(br#","r":"#);
            write_json(transcript, &result);
            transcript.push(b'}');
        }
        if let Some(delivery) =
            self.keeper.trace.as_mut().and_then(|trace| trace.deliveries.last_mut())
        {
            let result = result.clone();
            delivery.syscalls.push(SyscallTrace { vat_form: syscall, kernel, result });
        }
        result
    }
}

fn write_json(entry: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(entry, value).expect("deliveries and syscalls have a JSON form");
}
