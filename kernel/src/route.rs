//! Where a message goes (KERNEL.md section 6).

use crate::capdata::{CapData, Message};
use crate::fault::{Fault, KernelError, Outcome};
use crate::id::VatId;
use crate::keeper::{Keeper, Promise, Settlement};
use crate::slot::Kref;
use crate::smallcaps::{error_data, method_name, single_slot};

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// To this vat, for this target.
    Vat(VatId, Kref),
    /// It waits for this promise.
    Promise(Kref),
    /// Nowhere; its result is rejected with this.
    Splat(CapData),
}

/// Finds the way of a message as things are now.
///
/// # Errors
/// [`Fault::Panic`] for a message to a device, which a vat can send.
pub(crate) fn route(keeper: &Keeper, target: Kref, message: &Message) -> Outcome<Route> {
    match target {
        Kref::Device(_) => Err(Fault::Panic(format!("a message was sent to the device {target}"))),
        Kref::Object(_) => Ok(route_to_object(keeper, target)?),
        Kref::Promise(_) => Ok(route_to_promise(keeper, target, message)?),
    }
}

fn route_to_object(keeper: &Keeper, object: Kref) -> Result<Route, KernelError> {
    Ok(match keeper.live_owner(object)? {
        Some(vat) => Route::Vat(vat, object),
        None => Route::Splat(error_data("vat terminated")),
    })
}

fn route_to_promise(
    keeper: &Keeper,
    promise: Kref,
    message: &Message,
) -> Result<Route, KernelError> {
    match keeper.promise(promise)? {
        Promise::Resolved(Settlement { rejected: true, data }) => Ok(Route::Splat(data)),
        Promise::Resolved(Settlement { rejected: false, data }) => {
            if let Some(object @ Kref::Object(_)) = single_slot(&data) {
                return route_to_object(keeper, object);
            }
            let method = method_name(&message.methargs);
            let text = format!("data is not callable, has no method {method}");
            Ok(Route::Splat(error_data(&text)))
        }
        Promise::Unresolved { decider: None } => Ok(Route::Promise(promise)),
        Promise::Unresolved { decider: Some(vat) } => {
            if keeper.is_terminated(vat) {
                Ok(Route::Splat(error_data("vat terminated")))
            } else if keeper.delivery_options(vat)?.enable_pipelining {
                Ok(Route::Vat(vat, promise))
            } else {
                Ok(Route::Promise(promise))
            }
        }
    }
}

/// Ends a message that reaches nobody: rejects its result, then gives its references back.
/// `target` is the one that the message was queued with.
pub(crate) fn splat(
    keeper: &mut Keeper,
    target: Kref,
    message: &Message,
    data: CapData,
) -> Outcome<()> {
    if let Some(result) = message.result_promise() {
        keeper.resolve(None, *result, &Settlement { rejected: true, data })?;
    }
    keeper.release_message(target, message)?;
    Ok(())
}
