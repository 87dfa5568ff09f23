//! The teller: takes money into its vault, and pays it out when it is there.
//!
//! | key | value |
//! |---|---|
//! | `issuer` | the issuer's root |
//! | `vault` | the number of its account |
//! | `next.promise` | the number of its next promise |
//! | `note.VREF` | the payment that waits for this promise: `TO AMOUNT RESULT` |

use std::collections::BTreeMap;

use bootfork_kernel::{CapData, Resolution, Syscalls, Value, VatDelivery, VatError, Vref};

use super::{LedgerOptions, number};

/// The bundle of its code.
pub(super) const BUNDLE: &str = "teller";

/// What a teller is between two deliveries.
#[derive(Clone, Debug)]
pub(super) struct Teller {
    /// The notes of one that keeps them in memory.
    memory: Option<BTreeMap<String, String>>,
    panics: bool,
}

impl Teller {
    pub(super) fn new(options: &LedgerOptions) -> Self {
        Self { memory: options.bug.then(BTreeMap::new), panics: options.panics }
    }

    pub(super) fn deliver(
        &mut self,
        delivery: &VatDelivery,
        kernel: &mut dyn Syscalls,
    ) -> Result<(), VatError> {
        match delivery {
            VatDelivery::Message(_, message) => {
                let result = message.result_promise();
                match (call(&message.methargs)?, result) {
                    ((method, arguments), Some(result)) if method == "begin" => {
                        begin(kernel, &arguments, &message.methargs.slots, result)
                    }
                    ((method, arguments), Some(result)) if method == "transfer" => {
                        self.take_in(kernel, &arguments, result)
                    }
                    _ => Err(VatError::new("not understood")),
                }
            }
            VatDelivery::Notify(resolutions) => {
                resolutions.iter().try_for_each(|resolution| self.pay_out(kernel, resolution))
            }
            _ => Ok(()),
        }
    }

    /// Has the issuer move money into the vault, and notes what for.
    fn take_in(
        &mut self,
        kernel: &mut dyn Syscalls,
        arguments: &[Value],
        result: &Vref,
    ) -> Result<(), VatError> {
        let [from, to, amount] = numbers(arguments)?[..] else {
            return Err(VatError::new("three numbers, please"));
        };
        let promise = next_promise(kernel)?;
        let (issuer, vault) = (stored(kernel, "issuer")?, stored_number(kernel, "vault")?);
        kernel.send(Vref::new(issuer), transfer(from, vault, amount), Some(promise.clone()))?;
        kernel.subscribe(promise.clone())?;
        self.note(kernel, &promise, format!("{to} {amount} {result}"))
    }

    /// Has it moved on, now that it is there. The issuer's answer is the customer's.
    fn pay_out(
        &mut self,
        kernel: &mut dyn Syscalls,
        resolution: &Resolution,
    ) -> Result<(), VatError> {
        let promise = &resolution.promise;
        let Some(note) = self.forget(kernel, promise)? else {
            assert!(!self.panics, "the teller doesn't know what {promise} is for");
            return Ok(());
        };
        let parts: Vec<&str> = note.split(' ').collect();
        let [to, amount, result] = parts[..] else { return Err(VatError::new("no note of ours")) };
        let result = Vref::new(result);
        if resolution.rejected {
            return kernel.resolve(result, true, resolution.data.clone());
        }
        let (issuer, vault) = (stored(kernel, "issuer")?, stored_number(kernel, "vault")?);
        let payment = transfer(vault, parse(to)?, parse(amount)?);
        kernel.send(Vref::new(issuer), payment, Some(result))
    }

    fn note(
        &mut self,
        kernel: &mut dyn Syscalls,
        promise: &Vref,
        note: String,
    ) -> Result<(), VatError> {
        match &mut self.memory {
            None => kernel.vatstore_set(&note_key(promise), note),
            Some(memory) => {
                memory.insert(promise.to_string(), note);
                Ok(())
            }
        }
    }

    fn forget(
        &mut self,
        kernel: &mut dyn Syscalls,
        promise: &Vref,
    ) -> Result<Option<String>, VatError> {
        if let Some(memory) = &mut self.memory {
            return Ok(memory.remove(promise.as_str()));
        }
        let note = kernel.vatstore_get(&note_key(promise))?;
        kernel.vatstore_delete(&note_key(promise))?;
        Ok(note)
    }
}

fn begin(
    kernel: &mut dyn Syscalls,
    arguments: &[Value],
    slots: &[Vref],
    result: &Vref,
) -> Result<(), VatError> {
    let [Value::Object { slot, .. }, Value::BigInt(vault)] = arguments else {
        return Err(VatError::new("an issuer and a number, please"));
    };
    let issuer = slots.get(*slot).ok_or_else(|| VatError::new("no such slot"))?;
    kernel.vatstore_set("issuer", issuer.as_str())?;
    kernel.vatstore_set("vault", vault)?;
    kernel.resolve(result.clone(), false, Value::Undefined.encode(&[]))
}

/// The method and the arguments of a message.
fn call(data: &CapData<Vref>) -> Result<(String, Vec<Value>), VatError> {
    if let Ok(Value::Array(parts)) = Value::decode(data)
        && let Ok([Value::Text(method), Value::Array(arguments)]) = <[Value; 2]>::try_from(parts)
    {
        return Ok((method, arguments));
    }
    Err(VatError::new("no call"))
}

fn transfer(from: u64, to: u64, amount: u64) -> CapData<Vref> {
    let numbers = [from, to, amount].map(number).to_vec();
    Value::Array(vec![Value::text("transfer"), Value::Array(numbers)]).encode(&[])
}

fn numbers(arguments: &[Value]) -> Result<Vec<u64>, VatError> {
    let number = |value: &Value| match value {
        Value::BigInt(digits) => parse(digits),
        _ => Err(VatError::new("a number, please")),
    };
    arguments.iter().map(number).collect()
}

fn next_promise(kernel: &mut dyn Syscalls) -> Result<Vref, VatError> {
    let number = kernel.vatstore_get("next.promise")?.map_or(Ok(1), |text| parse(&text))?;
    kernel.vatstore_set("next.promise", (number + 1).to_string())?;
    Ok(Vref::new(format!("p+{number}")))
}

fn note_key(promise: &Vref) -> String {
    format!("note.{promise}")
}

fn stored(kernel: &mut dyn Syscalls, key: &str) -> Result<String, VatError> {
    kernel.vatstore_get(key)?.ok_or_else(|| VatError::new(format!("no {key} yet")))
}

fn stored_number(kernel: &mut dyn Syscalls, key: &str) -> Result<u64, VatError> {
    parse(&stored(kernel, key)?)
}

fn parse(text: &str) -> Result<u64, VatError> {
    text.parse().map_err(|_| VatError::new(format!("{text} is no number")))
}
