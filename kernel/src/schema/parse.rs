//! Keys read back: which of the schema's patterns a text follows (KERNEL.md section 2).

use crate::id::{DeviceId, VatId, parse_number};
use crate::slot::{Kref, Vref};

/// A key by what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parsed<'a> {
    /// A key without a variable part; its own text says which.
    Fixed,
    /// The host's, or a replica's own: the kernel does not say what it holds.
    Foreign,
    /// An item of the queue of this name.
    QueueItem(&'a str, u64),
    NamedBundle,
    VatName(&'a str),
    DeviceName(&'a str),
    Owner(Kref),
    RefCount(Kref),
    Promise(u64, PromisePart),
    Vat(VatId, VatPart<'a>),
    Device(DeviceId, DevicePart<'a>),
    Meter(u64, MeterPart),
}

/// What a promise's key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PromisePart {
    State,
    Decider,
    Policy,
    Subscribers,
    QueueNextId,
    QueueItem(u64),
    Body,
    Slots,
}

/// What a vat's key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VatPart<'a> {
    ObjectNextId,
    PromiseNextId,
    DeviceNextId,
    ReapDirt,
    Source,
    Options,
    Parameters,
    Kref(Kref),
    Vref(&'a str),
    Store,
}

/// What a device's key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DevicePart<'a> {
    ObjectNextId,
    PromiseNextId,
    DeviceNextId,
    State,
    Source,
    Options,
    Kref(Kref),
    Slot(&'a str),
    Store,
}

/// What a meter's key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MeterPart {
    Remaining,
    Threshold,
}

/// Keys without a variable part that every kernel has from its first crank on.
pub(crate) const ALWAYS: [&str; 20] = [
    "acceptanceQueue",
    "activityhash",
    "crankNumber",
    "device.names",
    "device.nextID",
    "gcActions",
    "kd.nextID",
    "kernel.defaultReapDirtThreshold",
    "kernelStats",
    "ko.nextID",
    "kp.nextID",
    "local.kernelStats",
    "meter.nextID",
    "reapQueue",
    "runQueue",
    "vat.dynamicIDs",
    "vat.names",
    "vat.nextID",
    "vat.nextUpgradeID",
    "vats.terminated",
];

/// Keys without a variable part that a kernel may have.
const SOMETIMES: [&str; 8] = [
    "kernel.defaultManagerType",
    "kernel.relaxDurabilityRules",
    "kernel.snapshotInitial",
    "kernel.snapshotInterval",
    "pinnedObjects",
    "upgradeEvents",
    "vatAdminRootKref",
    "version",
];

/// Which pattern a key follows; `None` if no kernel writes it.
pub(crate) fn parse(key: &str) -> Option<Parsed<'_>> {
    let (head, rest) = key.split_once('.').unwrap_or((key, ""));
    if let Some(parsed) = numbered(head, rest) {
        return Some(parsed);
    }
    if ALWAYS.binary_search(&key).is_ok() || SOMETIMES.binary_search(&key).is_ok() {
        return Some(Parsed::Fixed);
    }
    match head {
        "local" | "host" => Some(Parsed::Foreign),
        "runQueue" | "acceptanceQueue" => Some(Parsed::QueueItem(head, parse_id(rest)?)),
        "namedBundleID" => Some(Parsed::NamedBundle),
        "vat" => rest.strip_prefix("name.").map(Parsed::VatName),
        "device" => rest.strip_prefix("name.").map(Parsed::DeviceName),
        _ => None,
    }
}

fn parse_id(text: &str) -> Option<u64> {
    if text.is_empty() { None } else { parse_number(text) }
}

/// Keys that begin with a letter or two and a number.
fn numbered<'a>(head: &'a str, rest: &'a str) -> Option<Parsed<'a>> {
    let digits = head.find(|c: char| c.is_ascii_digit())?;
    let number = parse_id(&head[digits..])?;
    match &head[..digits] {
        "v" => Some(Parsed::Vat(VatId(number), vat_part(rest)?)),
        "d" => Some(Parsed::Device(DeviceId(number), device_part(rest)?)),
        "kp" if rest == "refCount" => Some(Parsed::RefCount(Kref::Promise(number))),
        "kp" => Some(Parsed::Promise(number, promise_part(rest)?)),
        "ko" if rest == "refCount" => Some(Parsed::RefCount(Kref::Object(number))),
        "ko" if rest == "owner" => Some(Parsed::Owner(Kref::Object(number))),
        "kd" if rest == "owner" => Some(Parsed::Owner(Kref::Device(number))),
        "m" if rest == "remaining" => Some(Parsed::Meter(number, MeterPart::Remaining)),
        "m" if rest == "threshold" => Some(Parsed::Meter(number, MeterPart::Threshold)),
        _ => None,
    }
}

fn promise_part(rest: &str) -> Option<PromisePart> {
    Some(match rest {
        "state" => PromisePart::State,
        "decider" => PromisePart::Decider,
        "policy" => PromisePart::Policy,
        "subscribers" => PromisePart::Subscribers,
        "queue.nextID" => PromisePart::QueueNextId,
        "data.body" => PromisePart::Body,
        "data.slots" => PromisePart::Slots,
        _ => PromisePart::QueueItem(parse_id(rest.strip_prefix("queue.")?)?),
    })
}

fn vat_part(rest: &str) -> Option<VatPart<'_>> {
    Some(match rest {
        "o.nextID" => VatPart::ObjectNextId,
        "p.nextID" => VatPart::PromiseNextId,
        "d.nextID" => VatPart::DeviceNextId,
        "reapDirt" => VatPart::ReapDirt,
        "source" => VatPart::Source,
        "options" => VatPart::Options,
        "vatParameters" => VatPart::Parameters,
        _ if rest.starts_with("vs.") => VatPart::Store,
        _ => match clist_part(rest.strip_prefix("c.")?)? {
            Half::Kernel(kref) => VatPart::Kref(kref),
            Half::Own(vref) => VatPart::Vref(vref),
        },
    })
}

fn device_part(rest: &str) -> Option<DevicePart<'_>> {
    Some(match rest {
        "o.nextID" => DevicePart::ObjectNextId,
        "p.nextID" => DevicePart::PromiseNextId,
        "d.nextID" => DevicePart::DeviceNextId,
        "deviceState" => DevicePart::State,
        "source" => DevicePart::Source,
        "options" => DevicePart::Options,
        _ if rest.starts_with("vs.") => DevicePart::Store,
        _ => match clist_part(rest.strip_prefix("c.")?)? {
            Half::Kernel(kref) => DevicePart::Kref(kref),
            Half::Own(slot) => DevicePart::Slot(slot),
        },
    })
}

/// One half of a c-list entry.
enum Half<'a> {
    Kernel(Kref),
    Own(&'a str),
}

fn clist_part(text: &str) -> Option<Half<'_>> {
    if let Ok(kref) = text.parse() {
        return Some(Half::Kernel(kref));
    }
    Vref::new(text).kind().map(|_| Half::Own(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::MeterId;
    use crate::schema;

    #[test]
    fn the_keys_that_the_schema_builds_are_read_back() {
        let (vat, device, promise) = (VatId(3), DeviceId(7), Kref::Promise(40));
        let vref = Vref::new("o+d6/1:2");
        let built = [
            (schema::vat_name("a.b"), Parsed::VatName("a.b")),
            (schema::device_name(""), Parsed::DeviceName("")),
            (schema::named_bundle("x"), Parsed::NamedBundle),
            (schema::queue_item("runQueue", 7), Parsed::QueueItem("runQueue", 7)),
            (schema::owner(Kref::Object(20)), Parsed::Owner(Kref::Object(20))),
            (schema::owner(Kref::Device(30)), Parsed::Owner(Kref::Device(30))),
            (schema::ref_count(promise), Parsed::RefCount(promise)),
            (schema::promise_state(promise), Parsed::Promise(40, PromisePart::State)),
            (schema::promise_decider(promise), Parsed::Promise(40, PromisePart::Decider)),
            (schema::promise_policy(promise), Parsed::Promise(40, PromisePart::Policy)),
            (schema::promise_subscribers(promise), Parsed::Promise(40, PromisePart::Subscribers)),
            (schema::promise_queue_next_id(promise), Parsed::Promise(40, PromisePart::QueueNextId)),
            (
                schema::promise_queue_item(promise, 2),
                Parsed::Promise(40, PromisePart::QueueItem(2)),
            ),
            (schema::promise_body(promise), Parsed::Promise(40, PromisePart::Body)),
            (schema::promise_slots(promise), Parsed::Promise(40, PromisePart::Slots)),
            (schema::vat_object_next_id(vat), Parsed::Vat(vat, VatPart::ObjectNextId)),
            (schema::vat_reap_dirt(vat), Parsed::Vat(vat, VatPart::ReapDirt)),
            (schema::vat_parameters(vat), Parsed::Vat(vat, VatPart::Parameters)),
            (schema::clist_kref(vat, promise), Parsed::Vat(vat, VatPart::Kref(promise))),
            (schema::clist_vref(vat, &vref), Parsed::Vat(vat, VatPart::Vref("o+d6/1:2"))),
            (schema::vatstore(vat, "c.o+0"), Parsed::Vat(vat, VatPart::Store)),
            (
                schema::device_kref(device, promise),
                Parsed::Device(device, DevicePart::Kref(promise)),
            ),
            (schema::device_state(device), Parsed::Device(device, DevicePart::State)),
            (schema::meter_remaining(MeterId(1)), Parsed::Meter(1, MeterPart::Remaining)),
        ];
        for (key, parsed) in &built {
            assert_eq!(parse(key.as_str()), Some(*parsed), "{key}");
        }
        for key in ALWAYS.iter().chain(&SOMETIMES) {
            assert_eq!(parse(key), Some(Parsed::Fixed), "{key}");
        }
    }

    #[test]
    fn what_no_kernel_writes_is_nothing() {
        for key in [
            "",
            "v1",
            "v1.",
            "v01.options",
            "v1.c.",
            "v1.c.o*1",
            "ko20",
            "kd30.refCount",
            "kp40.data",
            "kp40.queue.",
            "runQueue.",
            "runQueue.x",
            "vats",
            "v.options",
            "m1",
            "x1.options",
        ] {
            assert_eq!(parse(key), None, "{key:?}");
        }
    }
}
