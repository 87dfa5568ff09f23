//! A trader: holds purses, knows its peers, pays them.
//!
//! | key | value |
//! |---|---|
//! | `peers`, `peer.N` | how many traders there are, and the root of trader N |
//! | `purses`, `purse.N` | how many purses it holds, and each; number 0 is the one it trades with |
//! | `keep.VREF` | marks these objects |
//! | `pending.VREF` | a trade that waits: `address AMOUNT RESULT` or `payment RESULT` |

use bootfork_kernel::{Resolution, Syscalls, Value, Vat, VatDelivery, VatError, Vref};

use super::error::Refusal;
use super::message::{
    Answer, Fault, call, drop_unkept, fulfilled_object, keep, number, number_value, object,
    object_value, reject, serve, settle,
};
use super::promises;

/// The code of every trader.
pub(super) struct Trader;

impl Vat for Trader {
    fn deliver(
        &mut self,
        delivery: &VatDelivery,
        kernel: &mut dyn Syscalls,
    ) -> Result<(), VatError> {
        match delivery {
            VatDelivery::Message(_, message) => {
                let slots = &message.methargs.slots;
                let result = message.result_promise();
                serve(kernel, message, |kernel, method, arguments| {
                    root(kernel, method, arguments, slots, result)
                })?;
                drop_unkept(kernel, slots)
            }
            VatDelivery::Notify(resolutions) => {
                for resolution in resolutions {
                    go_on(kernel, resolution)?;
                }
                let slots: Vec<Vref> =
                    resolutions.iter().flat_map(|each| each.data.slots.iter().cloned()).collect();
                drop_unkept(kernel, &slots)
            }
            _ => Ok(()),
        }
    }
}

fn root(
    kernel: &mut dyn Syscalls,
    method: &str,
    arguments: &[Value],
    slots: &[Vref],
    result: Option<&Vref>,
) -> Result<Answer, Fault> {
    match (method, arguments) {
        ("introduce", [Value::Array(peers)]) => {
            let peers: Vec<&Vref> =
                peers.iter().map(|peer| object(peer, slots)).collect::<Result<_, _>>()?;
            for peer in peers {
                append(kernel, "peer", peer)?;
            }
            Ok(Answer::DONE)
        }
        ("accept", [purse]) => {
            append(kernel, "purse", object(purse, slots)?)?;
            Ok(Answer::DONE)
        }
        ("address", []) => Ok(Answer::Object(own_purse(kernel)?, "purse")),
        ("trade", [with, amount]) => {
            let (with, amount) = (number(with)?, number(amount)?);
            let peer = kernel.vatstore_get(&format!("peer.{with}"))?;
            let peer = Vref::new(peer.ok_or(Refusal::UnknownTrader)?);
            let own = own_purse(kernel)?;
            if peer == Vref::root() {
                // A vat is not told of promises that it resolves itself.
                pay(kernel, own, amount, result)?;
                return Ok(Answer::Later);
            }
            let note = format!("address {amount} {}", result.map_or("", Vref::as_str));
            promises::send(kernel, &peer, call("address", vec![], &[]), &note)?;
            Ok(Answer::Later)
        }
        _ => Err(Refusal::NotUnderstood.into()),
    }
}

/// Goes on with the trade that waited for this promise.
fn go_on(kernel: &mut dyn Syscalls, resolution: &Resolution) -> Result<(), VatError> {
    let Some(note) = promises::take(kernel, &resolution.promise)? else { return Ok(()) };
    let (step, rest) = note.split_once(' ').unwrap_or((&note, ""));
    let (amount, result) = rest.split_once(' ').unwrap_or(("", rest));
    let result = Some(Vref::new(result)).filter(|result| !result.as_str().is_empty());
    let result = result.as_ref();
    if resolution.rejected {
        return settle(kernel, result, true, resolution.data.clone());
    }
    if step != "address" {
        return settle(kernel, result, false, Value::Undefined.encode(&[]));
    }
    let amount = amount.parse().map_err(|_| VatError::from(format!("no note of ours: {note}")))?;
    let paid = match fulfilled_object(resolution) {
        Ok(address) => pay(kernel, address, amount, result),
        Err(refusal) => Err(refusal.into()),
    };
    match paid {
        Ok(()) => Ok(()),
        Err(Fault::Refused(refusal)) => reject(kernel, result, refusal),
        Err(Fault::Kernel(error)) => Err(error),
    }
}

/// Has the own purse pay to an address.
fn pay(
    kernel: &mut dyn Syscalls,
    address: Vref,
    amount: u64,
    result: Option<&Vref>,
) -> Result<(), Fault> {
    let purse = own_purse(kernel)?;
    let arguments = vec![object_value(0, "purse"), number_value(amount)];
    let note = format!("payment {}", result.map_or("", Vref::as_str));
    Ok(promises::send(kernel, &purse, call("transfer", arguments, &[address]), &note)?)
}

fn own_purse(kernel: &mut dyn Syscalls) -> Result<Vref, Fault> {
    let purse = kernel.vatstore_get("purse.0")?;
    Ok(Vref::new(purse.ok_or(Refusal::NoPurse)?))
}

/// Adds an object to a list, and keeps it.
fn append(kernel: &mut dyn Syscalls, list: &str, object: &Vref) -> Result<(), Fault> {
    let length = promises::next_number(kernel, &format!("{list}s"))? - 1;
    kernel.vatstore_set(&format!("{list}.{length}"), object.as_str())?;
    Ok(keep(kernel, object)?)
}
