//! Promises that a vat waits for: what it was doing is in the vatstore, under the promise's vref.

use bootfork_kernel::{CapData, Syscalls, VatError, Vref};

/// The key of the number of the vat's next promise.
const NEXT: &str = "next.promise";

/// Sends a message and asks to be told what becomes of it; `note` comes back from [`take`] then.
pub(super) fn send(
    kernel: &mut dyn Syscalls,
    target: &Vref,
    methargs: CapData<Vref>,
    note: &str,
) -> Result<(), VatError> {
    let number = next_number(kernel, NEXT)?;
    let promise = Vref::new(format!("p+{number}"));
    kernel.send(target.clone(), methargs, Some(promise.clone()))?;
    kernel.subscribe(promise.clone())?;
    kernel.vatstore_set(&key(&promise), note)
}

/// The note under which a promise was waited for, which is thereby over. A promise that nobody
/// waits for has none.
pub(super) fn take(kernel: &mut dyn Syscalls, promise: &Vref) -> Result<Option<String>, VatError> {
    let key = key(promise);
    let note = kernel.vatstore_get(&key)?;
    if note.is_some() {
        kernel.vatstore_delete(&key)?;
    }
    Ok(note)
}

/// Takes a number, from 1, off a counter in the vatstore.
pub(super) fn next_number(kernel: &mut dyn Syscalls, counter: &str) -> Result<u64, VatError> {
    let number = kernel.vatstore_get(counter)?.map_or(Ok(1), |text| text.parse::<u64>());
    let number = number.map_err(|_| VatError::from(format!("{counter} is no number")))?;
    kernel.vatstore_set(counter, (number + 1).to_string())?;
    Ok(number)
}

fn key(promise: &Vref) -> String {
    format!("pending.{promise}")
}
