//! The lines of a recorded log.

use bootfork_kernel::{CapData, CleanupBudget, DeviceId, Kref, RunLimit, VatId, Vref};
use serde::Deserialize;
use serde_json::{Map, Value};

/// One line.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Line {
    /// Its number, from 1.
    pub(crate) seq: u64,
    #[serde(flatten)]
    pub(crate) event: LogEvent,
}

/// What happened.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "ev", rename_all = "kebab-case")]
pub(crate) enum LogEvent {
    /// A kernel was made from the store.
    KernelStart { delta: Value },
    /// The host shut the kernel down.
    Restart,
    /// The host asked for a run.
    RunStart { policy: Option<RunPolicy> },
    /// The run is over; `cranks` is missing after a panic.
    RunEnd {
        cranks: Option<u64>,
        #[serde(default)]
        error: Option<String>,
    },
    /// The host asked for one crank.
    Step,
    /// There was nothing to do.
    Idle,
    /// A question without effect.
    Check(Check),
    /// A host call.
    Host(HostCall),
    /// A crank.
    Crank(Box<Crank>),
}

/// When a recorded run stops.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunPolicy {
    cranks: Option<u64>,
    deliveries: Option<u64>,
    /// Absent: unlimited.
    #[serde(default)]
    allow_cleanup: Option<Cleanup>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Cleanup {
    Allowed(bool),
    Budget(CleanupBudget),
}

impl RunPolicy {
    pub(crate) fn limit(&self) -> RunLimit {
        let cleanup = match &self.allow_cleanup {
            None | Some(Cleanup::Allowed(true)) => Some(CleanupBudget::UNLIMITED),
            Some(Cleanup::Allowed(false)) => None,
            Some(Cleanup::Budget(budget)) => Some(*budget),
        };
        let limit = RunLimit::NONE.with_cranks(self.cranks).with_deliveries(self.deliveries);
        limit.with_cleanup(cleanup)
    }
}

/// A question of the host.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "what", rename_all = "camelCase")]
pub(crate) enum Check {
    KpStatus { kpid: Kref, status: String },
    Stats {},
}

/// A host call and what it did.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct HostCall {
    pub(crate) op: String,
    #[serde(default)]
    pub(crate) result: Value,
    #[serde(default)]
    pub(crate) activityhash: Option<String>,
    pub(crate) delta: Value,
    /// What devices did.
    #[serde(default)]
    pub(crate) device: Vec<DeviceAction>,
    /// The call's own members.
    #[serde(flatten)]
    pub(crate) arguments: Map<String, Value>,
}

impl HostCall {
    /// The bundle that is installed after this call.
    pub(crate) fn installed_bundle(&self) -> Option<&str> {
        let install = self.op == "validateAndInstallBundle";
        self.arguments.get("bundleID").filter(|_| install)?.as_str()
    }
}

/// A crank and all that it did, in the words of the record.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Crank {
    #[serde(rename = "crankNum")]
    pub(crate) number: String,
    #[serde(rename = "crankType")]
    pub(crate) kind: String,
    pub(crate) message_type: String,
    pub(crate) message: Value,
    #[serde(default)]
    pub(crate) rollbacks: Vec<String>,
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) clist: Value,
    #[serde(default)]
    pub(crate) terminate: Vec<Value>,
    #[serde(default)]
    pub(crate) cleanup: Option<Value>,
    pub(crate) crankhash: Option<String>,
    pub(crate) activityhash: Option<String>,
    pub(crate) delta: Value,
}

/// One delivery of a crank.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Delivery {
    #[serde(rename = "vatID")]
    pub(crate) vat: VatId,
    #[serde(rename = "deliveryNum")]
    pub(crate) number: String,
    pub(crate) kd: Value,
    pub(crate) vd: Value,
    pub(crate) syscalls: Vec<Syscall>,
    pub(crate) dr: Value,
}

/// One syscall of a delivery. The kernel's own form of the answer is the vat's, but where it
/// means nothing, so it is not read.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Syscall {
    pub(crate) vsc: Value,
    pub(crate) ksc: Value,
    pub(crate) vsr: Value,
    /// What a device that was called did meanwhile.
    #[serde(default)]
    pub(crate) device: Vec<DeviceAction>,
    /// The call, as the device saw it.
    #[serde(default, rename = "deviceInvoke")]
    pub(crate) invocation: Option<Invocation>,
}

/// A call to a device, in its own slots.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Invocation {
    #[serde(rename = "deviceID")]
    pub(crate) device: DeviceId,
    #[serde(rename = "di")]
    pub(crate) call: (Vref, String, CapData<Vref>),
    #[serde(rename = "dr")]
    pub(crate) answer: Value,
}

/// One thing that a device did.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum DeviceAction {
    State {
        #[serde(rename = "deviceID")]
        device: DeviceId,
        #[serde(rename = "setState")]
        state: CapData<Vref>,
    },
    /// A message, the device's own store, or a hook that the vatAdmin device alone has.
    Syscall {
        #[serde(rename = "deviceID")]
        device: DeviceId,
        syscall: Value,
    },
}

impl DeviceAction {
    pub(crate) fn device(&self) -> DeviceId {
        match self {
            Self::State { device, .. } | Self::Syscall { device, .. } => *device,
        }
    }

    /// What the kernel's recorded device is to do.
    pub(crate) fn action(&self) -> Option<bootfork_kernel::DeviceAction> {
        match self {
            Self::State { state, .. } => {
                Some(bootfork_kernel::DeviceAction::SetState(state.clone()))
            }
            Self::Syscall { syscall, .. } => recorded_syscall(syscall),
        }
    }
}

fn recorded_syscall(syscall: &Value) -> Option<bootfork_kernel::DeviceAction> {
    use bootfork_kernel::DeviceAction as Action;
    let text = |index: usize| Some(syscall.get(index)?.as_str()?.to_owned());
    Some(match syscall.get(0)?.as_str()? {
        "sendOnly" => {
            let methargs = serde_json::from_value(syscall.get(2)?.clone()).ok()?;
            Action::Send(Vref::new(text(1)?), methargs)
        }
        "vatstoreGet" => Action::VatstoreGet(text(1)?),
        "vatstoreSet" => Action::VatstoreSet(text(1)?, text(2)?),
        "vatstoreDelete" => Action::VatstoreDelete(text(1)?),
        "vatstoreGetNextKey" => Action::VatstoreNextKey(text(1)?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_stops_at_the_first_of_its_limits() {
        use bootfork_kernel::RunPolicy as _;
        let both = serde_json::json!({ "cranks": 3, "deliveries": 2 });
        let policy: RunPolicy = serde_json::from_value(both).expect("a policy");
        let mut limit = policy.limit();
        assert!(limit.crank_complete(None));
        assert!(!limit.crank_complete(None), "two deliveries");
        let mut limit = policy.limit();
        assert!(limit.empty_crank());
        assert!(limit.empty_crank());
        assert!(!limit.empty_crank(), "three cranks");
    }

    #[test]
    fn what_a_raw_device_did_is_read_from_the_record() {
        use bootfork_kernel::DeviceAction as Action;
        let read = |syscall: Value| {
            let line = serde_json::json!({ "deviceID": "d7", "syscall": syscall });
            let action: DeviceAction = serde_json::from_value(line).expect("a device's action");
            action.action()
        };
        let (key, value) = ("k".to_owned(), "1".to_owned());
        let message = serde_json::json!(["sendOnly", "o-10", { "body": "#[]", "slots": [] }]);
        let sent = Action::Send(Vref::new("o-10"), CapData::new("#[]", []));
        for (syscall, action) in [
            (message, Some(sent)),
            (serde_json::json!(["vatstoreGet", "k"]), Some(Action::VatstoreGet(key.clone()))),
            (
                serde_json::json!(["vatstoreSet", "k", "1"]),
                Some(Action::VatstoreSet(key.clone(), value)),
            ),
            (serde_json::json!(["vatstoreDelete", "k"]), Some(Action::VatstoreDelete(key.clone()))),
            (
                serde_json::json!(["vatstoreGetNextKey", "k"]),
                Some(Action::VatstoreNextKey(key.clone())),
            ),
            (serde_json::json!(["callKernelHook", "k", {}]), None),
            (serde_json::json!(["vatstoreSet", "k"]), None),
        ] {
            assert_eq!(read(syscall.clone()), action, "{syscall}");
        }
    }
}
