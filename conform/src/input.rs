//! Input from outside through a device: as recorded, or by the device's own code.

use bootfork_kernel::{Bridge, Controller, RecordedWorker, Timer, Value as Passable};
use serde_json::{Value, json};

use crate::compare::{Difference, Judge};
use crate::log::HostCall;
use crate::recording::Recording;

/// Makes a `timerPoll` or `bridgeInbound`; the answer is its result.
pub(crate) fn device_input(
    recording: &Recording,
    controller: &mut Controller<RecordedWorker>,
    judge: Judge,
    call: &HostCall,
) -> Result<Value, Difference> {
    if recording.native_devices {
        native(controller, judge, call)
    } else {
        recorded(recording, controller, judge, call).map(|()| call.result.clone())
    }
}

fn native(
    controller: &mut Controller<RecordedWorker>,
    judge: Judge,
    call: &HostCall,
) -> Result<Value, Difference> {
    let argument = |name: &str| call.arguments.get(name).cloned().unwrap_or_default();
    let done = if call.op == "timerPoll" {
        let now = argument("now").as_u64().unwrap_or_default();
        let woken = controller.device_input("timer", |kernel| Timer::poll(kernel, now));
        woken.map(|woken| woken.map(|woken| json!(woken)))
    } else {
        let arguments = argument("args").as_array().cloned().unwrap_or_default();
        let arguments = arguments.into_iter().map(Passable::from).collect();
        let sent = controller.device_input("bridge", |kernel| Bridge::inbound(kernel, arguments));
        sent.map(|sent| sent.map(|()| Value::Null))
    };
    done.or_else(|error| judge.differ(&call.op, &call.result, error))?
        .or_else(|error| judge.differ(&call.op, &call.result, error))
}

/// Has the device do as recorded.
fn recorded(
    recording: &Recording,
    controller: &mut Controller<RecordedWorker>,
    judge: Judge,
    call: &HostCall,
) -> Result<(), Difference> {
    let devices = recording.start.kv.prefix("device.name.");
    let devices: Vec<_> = devices
        .map(|(key, id)| (String::from_utf8_lossy(&key[12..]), String::from_utf8_lossy(id)))
        .collect();
    for recorded in &call.device {
        let id = recorded.device().to_string();
        let name = devices.iter().find(|(_, other)| *other == id).map(|(name, _)| name);
        let (Some(name), Some(action)) = (name, recorded.action()) else {
            return judge.differ(&call.op, format!("{recorded:?}"), "no such device or action");
        };
        let done = controller.device_input(name, |kernel| action.perform(kernel));
        done.or_else(|error| judge.differ(&call.op, format!("{action:?}"), error))?
            .or_else(|error| judge.differ(&call.op, format!("{action:?}"), error))?;
    }
    Ok(())
}
