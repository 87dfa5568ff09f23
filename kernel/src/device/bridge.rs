//! The bridge device: plain data between vats and the host's own world (KERNEL.md section 11.3).

use std::fmt;

use crate::capdata::CapData;
use crate::device::session::FAILED;
use crate::device::{Device, DeviceCall, DeviceSyscalls, inbound};
use crate::fault::KernelError;
use crate::slot::Vref;
use crate::smallcaps::Value;

type Outbound = dyn Fn(&[Value]) -> Result<Value, String> + Send + Sync;

/// The bridge. A vat registers a handler for what comes [in](Self::inbound), and calls out by a
/// function that the host gives. The handler is in the device's state; the function is authority,
/// and each controller has its own or none.
///
/// ```
/// use bootfork_kernel::{Bridge, Value};
///
/// let bridge = Bridge::calling(|arguments| Ok(Value::Array(arguments.to_vec())));
/// assert_eq!(format!("{bridge:?}"), "Bridge(calling)");
/// assert_eq!(format!("{:?}", Bridge::tripwire()), "Bridge(tripwire)");
/// ```
pub struct Bridge(Reach);

/// Where a call to the outside ends.
enum Reach {
    /// Nowhere: the caller gets an error.
    Nowhere,
    /// Nowhere, and loudly: the run fails.
    Tripwire,
    /// At the host.
    Host(Box<Outbound>),
}

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Reach::Nowhere => "Bridge(deaf)",
            Reach::Tripwire => "Bridge(tripwire)",
            Reach::Host(_) => "Bridge(calling)",
        })
    }
}

impl Bridge {
    /// A bridge whose vats get an error when they call out.
    pub fn deaf() -> Self {
        Self(Reach::Nowhere)
    }

    /// A bridge for a boot: a vat that calls out fails the run, and the crank is undone.
    pub fn tripwire() -> Self {
        Self(Reach::Tripwire)
    }

    /// A bridge that calls this function with what a vat calls out with. Its answer is plain data:
    /// what JSON lacks becomes what JavaScript's `JSON.stringify` makes of it, or an error.
    pub fn calling(
        outbound: impl Fn(&[Value]) -> Result<Value, String> + Send + Sync + 'static,
    ) -> Self {
        Self(Reach::Host(Box::new(outbound)))
    }

    /// Sends `inbound` with these arguments to the handler that a vat has registered.
    ///
    /// # Errors
    /// A text if none is registered, or if the arguments are no plain data.
    pub fn inbound(kernel: &mut dyn DeviceSyscalls, arguments: Vec<Value>) -> Result<(), String> {
        let handler = inbound::handler(kernel).ok_or("no inbound handler is registered")?;
        let arguments = arguments.into_iter().map(plain).collect::<Option<_>>();
        let arguments = arguments.ok_or("the arguments are no plain data")?;
        inbound::tell(kernel, &handler, "inbound", arguments)
    }
}

impl Device for Bridge {
    fn invoke(
        &self,
        call: &DeviceCall,
        kernel: &mut dyn DeviceSyscalls,
    ) -> Result<Result<CapData<Vref>, String>, KernelError> {
        if call.method == "callOutbound" && matches!(self.0, Reach::Tripwire) {
            let (device, method) = ("bridge".into(), call.method.clone());
            return Err(KernelError::Tripwire { device, method });
        }
        let answer = self.answer(call, kernel).map(|value| value.encode(&[]));
        Ok(answer.ok_or_else(|| FAILED.to_owned()))
    }
}

impl Bridge {
    /// `None` for whatever the original's code throws at.
    fn answer(&self, call: &DeviceCall, kernel: &mut dyn DeviceSyscalls) -> Option<Value> {
        let Ok(Value::Array(arguments)) = Value::decode(&call.arguments) else { return None };
        match call.method.as_str() {
            "registerInboundHandler" => inbound::register(call, &arguments, kernel),
            "unregisterInboundHandler" => {
                inbound::unregister(kernel);
                Some(Value::Undefined)
            }
            "callOutbound" => {
                let Reach::Host(outbound) = &self.0 else { return None };
                match outbound(&arguments).ok()? {
                    Value::Undefined => Some(Value::Undefined),
                    answer => plain(answer),
                }
            }
            _ => None,
        }
    }
}

/// What is left of a value that goes through JSON and back; `None` if it cannot.
fn plain(value: Value) -> Option<Value> {
    Some(match value {
        Value::Undefined => Value::Null,
        Value::Number(number) if !number.is_finite() => Value::Null,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => value,
        Value::Array(items) => Value::Array(items.into_iter().map(plain).collect::<Option<_>>()?),
        Value::Record(members) => {
            let kept = members.into_iter().filter(|(_, value)| *value != Value::Undefined);
            let members = kept.map(|(name, value)| Some((name, plain(value)?)));
            Value::Record(members.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}
