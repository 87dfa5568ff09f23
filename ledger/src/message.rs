//! Messages as the vats of the ledger take and answer them.

use bootfork_kernel::{
    CapData, Resolution, Syscalls, Value, VatError, VatMessage, VatSyscall, Vref, VrefType,
};

use super::error::Refusal;

/// Why a vat does not do as a message says: it refuses, or the kernel refused it.
#[derive(Debug)]
pub(super) enum Fault {
    Refused(Refusal),
    Kernel(VatError),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<VatError> for Fault {
    fn from(error: VatError) -> Self {
        Self::Kernel(error)
    }
}

/// What a vat answers to a message that it understood.
#[derive(Debug)]
pub(super) enum Answer {
    /// This value.
    Value(Value),
    /// This object.
    Object(Vref, &'static str),
    /// Whatever becomes of work that has only begun; the vat resolves the promise then.
    Later,
}

impl Answer {
    /// There is nothing to say but that it was done.
    pub(super) const DONE: Self = Self::Value(Value::Undefined);

    pub(super) fn number(number: u64) -> Self {
        Self::Value(number_value(number))
    }
}

/// Lets `handle` answer a message: by method and arguments, with the message's own slots.
pub(super) fn serve(
    kernel: &mut dyn Syscalls,
    message: &VatMessage,
    handle: impl FnOnce(&mut dyn Syscalls, &str, &[Value]) -> Result<Answer, Fault>,
) -> Result<(), VatError> {
    let answer = match Value::decode(&message.methargs) {
        Ok(Value::Array(parts)) => match parts.as_slice() {
            [Value::Text(method), Value::Array(arguments)] => handle(kernel, method, arguments),
            _ => Err(Refusal::NotUnderstood.into()),
        },
        _ => Err(Refusal::NotUnderstood.into()),
    };
    let result = message.result_promise();
    match answer {
        Err(Fault::Kernel(error)) => Err(error),
        Err(Fault::Refused(refusal)) => reject(kernel, result, refusal),
        Ok(Answer::Later) => Ok(()),
        Ok(Answer::Value(value)) => settle(kernel, result, false, value.encode(&[])),
        Ok(Answer::Object(vref, iface)) => {
            settle(kernel, result, false, object_value(0, iface).encode(&[vref]))
        }
    }
}

/// Resolves a result promise, if the sender asked for a result.
pub(super) fn settle(
    kernel: &mut dyn Syscalls,
    result: Option<&Vref>,
    rejected: bool,
    data: CapData<Vref>,
) -> Result<(), VatError> {
    result.map_or(Ok(()), |result| kernel.resolve(result.clone(), rejected, data))
}

/// Rejects a result promise for this reason.
pub(super) fn reject(
    kernel: &mut dyn Syscalls,
    result: Option<&Vref>,
    refusal: Refusal,
) -> Result<(), VatError> {
    settle(kernel, result, true, Value::error(refusal.to_string()).encode(&[]))
}

/// The encoded `[method, [arguments…]]`.
pub(super) fn call(method: &str, arguments: Vec<Value>, slots: &[Vref]) -> CapData<Vref> {
    Value::Array(vec![Value::text(method), Value::Array(arguments)]).encode(slots)
}

/// The number that a value is: no fraction, no sign, at most 64 bits.
pub(super) fn number(value: &Value) -> Result<u64, Refusal> {
    match value {
        Value::BigInt(digits) => digits.parse().map_err(|_| Refusal::NotUnderstood),
        _ => Err(Refusal::NotUnderstood),
    }
}

/// A number as a value.
pub(super) fn number_value(number: u64) -> Value {
    Value::BigInt(number.to_string())
}

/// The object that a value is, by its slot.
pub(super) fn object<'a>(value: &Value, slots: &'a [Vref]) -> Result<&'a Vref, Refusal> {
    match value {
        Value::Object { slot, .. } => slots.get(*slot).ok_or(Refusal::NotUnderstood),
        _ => Err(Refusal::NotUnderstood),
    }
}

/// The reference to a slot as a value.
pub(super) fn object_value(slot: usize, iface: &str) -> Value {
    Value::Object { slot, iface: Some(iface.to_owned()) }
}

/// The object that a promise was fulfilled with.
pub(super) fn fulfilled_object(resolution: &Resolution) -> Result<Vref, Refusal> {
    let value = Value::decode(&resolution.data).map_err(|_| Refusal::NotUnderstood)?;
    object(&value, &resolution.data.slots).cloned()
}

/// Lets go of the imported objects among these slots that the vat does not [keep](keep).
pub(super) fn drop_unkept(kernel: &mut dyn Syscalls, slots: &[Vref]) -> Result<(), VatError> {
    let mut unkept = Vec::new();
    for slot in slots {
        let import = slot.kind().is_some_and(|kind| kind.of == VrefType::Object && !kind.exported);
        if import && !unkept.contains(slot) && kernel.vatstore_get(&kept_key(slot))?.is_none() {
            unkept.push(slot.clone());
        }
    }
    if unkept.is_empty() {
        return Ok(());
    }
    kernel.syscall(VatSyscall::DropImports(unkept.clone()));
    kernel.syscall(VatSyscall::RetireImports(unkept));
    Ok(())
}

/// Marks an object as one that the vat keeps.
pub(super) fn keep(kernel: &mut dyn Syscalls, object: &Vref) -> Result<(), VatError> {
    kernel.vatstore_set(&kept_key(object), "kept")
}

fn kept_key(object: &Vref) -> String {
    format!("keep.{object}")
}
