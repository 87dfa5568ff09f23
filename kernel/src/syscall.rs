//! Syscalls: what a vat asks of the kernel, in the vat's words and in the kernel's.
//!
//! Both serialize to the arrays of KERNEL.md section 7.2.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::capdata::{CapData, Message, VatMessage};
use crate::delivery::{Resolution, part};
use crate::id::VatId;
use crate::slot::{Kref, Vref};

/// A syscall in the calling vat's vrefs.
///
/// ```
/// use bootfork_kernel::{VatSyscall, Vref};
///
/// let syscall = VatSyscall::Subscribe(Vref::new("p-60"));
/// assert_eq!(serde_json::to_string(&syscall).unwrap(), r#"["subscribe","p-60"]"#);
/// let json = serde_json::json!(["jump"]);
/// assert_eq!(VatSyscall::from_json(json.clone()), VatSyscall::Malformed(json));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum VatSyscall {
    /// Sends a message.
    Send(Vref, VatMessage),
    /// Asks to be told when a promise is resolved.
    Subscribe(Vref),
    /// Resolves promises that the vat decides.
    Resolve(Vec<Resolution>),
    /// Ends the vat once the delivery is over; `true` for a failure.
    Exit(bool, CapData<Vref>),
    /// Reads the vat's own store.
    VatstoreGet(String),
    /// Writes the vat's own store.
    VatstoreSet(String, String),
    /// The next key of the vat's own store.
    VatstoreGetNextKey(String),
    /// Deletes from the vat's own store.
    VatstoreDelete(String),
    /// Imports that the vat no longer reaches.
    DropImports(Vec<Vref>),
    /// Imports that the vat no longer recognizes.
    RetireImports(Vec<Vref>),
    /// Exports that nobody reaches and the vat has let go.
    RetireExports(Vec<Vref>),
    /// Exports that the vat gives up though others may reach them.
    AbandonExports(Vec<Vref>),
    /// Calls a device.
    CallNow(Vref, String, CapData<Vref>),
    /// What no syscall looks like; always illegal.
    Malformed(Value),
}

/// A syscall in krefs, as it is executed.
///
/// ```
/// use bootfork_kernel::{KernelSyscall, Kref, VatId};
///
/// let syscall = KernelSyscall::Subscribe(VatId(1), Kref::Promise(40));
/// assert_eq!(serde_json::to_string(&syscall).unwrap(), r#"["subscribe","v1","kp40"]"#);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is the kernel's form of the VatSyscall of its name")]
pub enum KernelSyscall {
    Send(Kref, Message),
    Subscribe(VatId, Kref),
    Resolve(VatId, Vec<Resolution<Kref>>),
    Exit(VatId, bool, CapData),
    VatstoreGet(VatId, String),
    VatstoreSet(VatId, String, String),
    VatstoreGetNextKey(VatId, String),
    VatstoreDelete(VatId, String),
    DropImports(Vec<Kref>),
    RetireImports(Vec<Kref>),
    RetireExports(Vec<Kref>),
    AbandonExports(VatId, Vec<Kref>),
    Invoke(Kref, String, CapData),
}

/// The kernel's answer to a syscall: `["ok",value]` or `["error",text]`.
///
/// ```
/// use bootfork_kernel::SyscallResult;
///
/// let json = |result| serde_json::to_string(&result).unwrap();
/// assert_eq!(json(SyscallResult::Ok(Some("alice".into()))), r#"["ok","alice"]"#);
/// assert_eq!(json(SyscallResult::Ok(None)), r#"["ok",null]"#);
/// let error: SyscallResult = serde_json::from_str(r#"["error","no"]"#).unwrap();
/// assert_eq!(error, SyscallResult::Error("no".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyscallResult {
    /// It was done; reads of the vatstore carry the text they found.
    Ok(Option<String>),
    /// A device answered with this.
    Data(CapData<Vref>),
    /// It was not; the text is the kernel's.
    Error(String),
}

impl VatSyscall {
    /// Reads the array form; whatever does not fit is [`Malformed`](Self::Malformed), which the
    /// kernel answers as it answers any illegal syscall.
    pub fn from_json(value: Value) -> Self {
        Self::parse(&value).unwrap_or(Self::Malformed(value))
    }

    fn parse(value: &Value) -> Option<Self> {
        fn of<T: serde::de::DeserializeOwned>(value: Option<&Value>) -> Option<T> {
            part::<T, serde_json::Error>(value?.clone()).ok()
        }
        let parts = value.as_array()?;
        let (first, second) = (parts.get(1), parts.get(2));
        Some(match parts.first()?.as_str()? {
            "send" => Self::Send(of(first)?, of(Some(&without_falsy_result(second?)))?),
            "subscribe" => Self::Subscribe(of(first)?),
            "resolve" => Self::Resolve(of(first)?),
            "exit" => Self::Exit(of(first)?, of(second)?),
            "vatstoreGet" => Self::VatstoreGet(of(first)?),
            "vatstoreSet" => Self::VatstoreSet(of(first)?, of(second)?),
            "vatstoreGetNextKey" => Self::VatstoreGetNextKey(of(first)?),
            "vatstoreDelete" => Self::VatstoreDelete(of(first)?),
            "dropImports" => Self::DropImports(of(first)?),
            "retireImports" => Self::RetireImports(of(first)?),
            "retireExports" => Self::RetireExports(of(first)?),
            "abandonExports" => Self::AbandonExports(of(first)?),
            "callNow" => Self::CallNow(of(first)?, of(second)?, of(parts.get(3))?),
            _ => return None,
        })
    }
}

/// A message to send: to the original whatever is falsy is no result. (The empty text stays, for
/// the transcript.)
fn without_falsy_result(message: &Value) -> Value {
    let mut message = message.clone();
    if let Some(result) = message.get_mut("result")
        && (*result == false || result.as_f64() == Some(0.0))
    {
        *result = Value::Null;
    }
    message
}

impl Serialize for VatSyscall {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        match self {
            Self::Send(target, message) => ("send", target, message).serialize(serializer),
            Self::Subscribe(promise) => ("subscribe", promise).serialize(serializer),
            Self::Resolve(resolutions) => ("resolve", resolutions).serialize(serializer),
            Self::Exit(failure, info) => ("exit", failure, info).serialize(serializer),
            Self::VatstoreGet(key) => ("vatstoreGet", key).serialize(serializer),
            Self::VatstoreSet(key, value) => ("vatstoreSet", key, value).serialize(serializer),
            Self::VatstoreGetNextKey(key) => ("vatstoreGetNextKey", key).serialize(serializer),
            Self::VatstoreDelete(key) => ("vatstoreDelete", key).serialize(serializer),
            Self::DropImports(vrefs) => ("dropImports", vrefs).serialize(serializer),
            Self::RetireImports(vrefs) => ("retireImports", vrefs).serialize(serializer),
            Self::RetireExports(vrefs) => ("retireExports", vrefs).serialize(serializer),
            Self::AbandonExports(vrefs) => ("abandonExports", vrefs).serialize(serializer),
            Self::CallNow(device, method, arguments) => {
                ("callNow", device, method, arguments).serialize(serializer)
            }
            Self::Malformed(value) => value.serialize(serializer),
        }
    }
}

impl Serialize for KernelSyscall {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        match self {
            Self::Send(target, message) => ("send", target, message).serialize(serializer),
            Self::Subscribe(vat, promise) => ("subscribe", vat, promise).serialize(serializer),
            Self::Resolve(vat, resolutions) => ("resolve", vat, resolutions).serialize(serializer),
            Self::Exit(vat, failure, info) => ("exit", vat, failure, info).serialize(serializer),
            Self::VatstoreGet(vat, key) => ("vatstoreGet", vat, key).serialize(serializer),
            Self::VatstoreSet(vat, key, value) => {
                ("vatstoreSet", vat, key, value).serialize(serializer)
            }
            Self::VatstoreGetNextKey(vat, key) => {
                ("vatstoreGetNextKey", vat, key).serialize(serializer)
            }
            Self::VatstoreDelete(vat, key) => ("vatstoreDelete", vat, key).serialize(serializer),
            Self::DropImports(krefs) => ("dropImports", krefs).serialize(serializer),
            Self::RetireImports(krefs) => ("retireImports", krefs).serialize(serializer),
            Self::RetireExports(krefs) => ("retireExports", krefs).serialize(serializer),
            Self::AbandonExports(vat, krefs) => {
                ("abandonExports", vat, krefs).serialize(serializer)
            }
            Self::Invoke(device, method, arguments) => {
                ("invoke", device, method, arguments).serialize(serializer)
            }
        }
    }
}

impl Serialize for SyscallResult {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        match self {
            Self::Ok(value) => ("ok", value).serialize(serializer),
            Self::Data(data) => ("ok", data).serialize(serializer),
            Self::Error(text) => ("error", text).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for SyscallResult {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Answer {
            Text(Option<String>),
            Data(CapData<Vref>),
        }
        let (status, answer) = <(String, Answer)>::deserialize(deserializer)?;
        match (status.as_str(), answer) {
            ("ok", Answer::Text(value)) => Ok(Self::Ok(value)),
            ("ok", Answer::Data(data)) => Ok(Self::Data(data)),
            ("error", Answer::Text(Some(text))) => Ok(Self::Error(text)),
            (status, _) => {
                Err(serde::de::Error::custom(format!("unknown syscall status {status:?}")))
            }
        }
    }
}
