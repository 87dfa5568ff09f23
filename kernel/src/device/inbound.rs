//! The one object of a vat that hears what comes in from outside, in a device's state.

use crate::device::{DeviceCall, DeviceSyscalls};
use crate::slot::Vref;
use crate::smallcaps::Value;

/// The handler, if one is registered.
pub(super) fn handler(kernel: &mut dyn DeviceSyscalls) -> Option<Vref> {
    let state = kernel.state()?;
    let Ok(Value::Record(members)) = Value::decode(&state) else { return None };
    let (_, handler) = members.into_iter().find(|(name, _)| name == "inboundHandler")?;
    let Value::Object { slot, .. } = handler else { return None };
    state.slots.get(slot).cloned()
}

/// Registers the call's first argument; `None` if it is no object, or if there is a handler.
pub(super) fn register(
    call: &DeviceCall,
    arguments: &[Value],
    kernel: &mut dyn DeviceSyscalls,
) -> Option<Value> {
    let Some(Value::Object { slot, iface }) = arguments.first() else { return None };
    if handler(kernel).is_some() {
        return None;
    }
    let registered = call.arguments.slots.get(*slot)?.clone();
    let object = Value::Object { slot: 0, iface: iface.clone() };
    kernel.set_state(&state(object).encode(&[registered]));
    Some(Value::Undefined)
}

pub(super) fn unregister(kernel: &mut dyn DeviceSyscalls) {
    kernel.set_state(&state(Value::Undefined).encode(&[]));
}

/// Sends a message to the handler.
pub(super) fn tell(
    kernel: &mut dyn DeviceSyscalls,
    handler: &Vref,
    method: &str,
    arguments: Vec<Value>,
) -> Result<(), String> {
    let call = Value::Array(vec![Value::text(method), Value::Array(arguments)]);
    kernel.send_only(handler, &call.encode(&[]))
}

fn state(handler: Value) -> Value {
    Value::Record(vec![("inboundHandler".into(), handler)])
}
