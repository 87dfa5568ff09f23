//! What a key means, in words.

use super::parse::{DevicePart, MeterPart, Parsed, PromisePart, VatPart, parse};
use crate::slot::Kref;

/// Says in words what a key of the kernel's table holds; `None` for a key that no kernel writes.
///
/// ```
/// use bootfork_kernel::schema::explain;
///
/// assert_eq!(
///     explain("v3.c.ko21").as_deref(),
///     Some("c-list of vat v3: R (reachable) or _ (recognizable), and its vref for object ko21"),
/// );
/// assert_eq!(explain("v3.surprise"), None);
/// ```
pub fn explain(key: &str) -> Option<String> {
    Some(match parse(key)? {
        Parsed::Fixed => fixed(key).to_owned(),
        Parsed::Foreign => "kept for the host or this replica alone; not hashed".into(),
        Parsed::QueueItem(queue, position) => format!("item {position} of the {}", name(queue)),
        Parsed::NamedBundle => "ID of the bundle of this name".into(),
        Parsed::VatName(name) => format!("ID of the static vat {name}"),
        Parsed::DeviceName(name) => format!("ID of the device {name}"),
        Parsed::Owner(kref @ Kref::Device(_)) => {
            format!("the device that device node {kref} belongs to")
        }
        Parsed::Owner(kref) => format!("the vat that exports object {kref}; absent for an orphan"),
        Parsed::RefCount(kref @ Kref::Promise(_)) => {
            format!("how often promise {kref} is referred to")
        }
        Parsed::RefCount(kref) => {
            format!("how often object {kref} is referred to: reachable,recognizable")
        }
        Parsed::Promise(number, part) => format!("promise kp{number}: {}", promise(part)),
        Parsed::Vat(vat, part) => match part {
            VatPart::Kref(kref) => format!(
                "c-list of vat {vat}: R (reachable) or _ (recognizable), and its vref for {}",
                what(kref)
            ),
            VatPart::Vref(vref) => format!("c-list of vat {vat}: the kref that it calls {vref}"),
            part => format!("vat {vat}: {}", vat_part(part)),
        },
        Parsed::Device(device, part) => match part {
            DevicePart::Kref(kref) => {
                format!("c-list of device {device}: its slot for {}", what(kref))
            }
            DevicePart::Slot(slot) => {
                format!("c-list of device {device}: the kref that it calls {slot}")
            }
            part => format!("device {device}: {}", device_part(part)),
        },
        Parsed::Meter(number, MeterPart::Remaining) => {
            format!("meter m{number}: computrons left, or unlimited")
        }
        Parsed::Meter(number, MeterPart::Threshold) => {
            format!("meter m{number}: its owner is told when less is left")
        }
    })
}

fn name(queue: &str) -> &'static str {
    if queue == "runQueue" { "run queue" } else { "acceptance queue" }
}

fn what(kref: Kref) -> String {
    match kref {
        Kref::Object(_) => format!("object {kref}"),
        Kref::Promise(_) => format!("promise {kref}"),
        Kref::Device(_) => format!("device node {kref}"),
    }
}

fn fixed(key: &str) -> &'static str {
    match key {
        "acceptanceQueue" => "acceptance queue, where every event enters: [head,tail]",
        "runQueue" => "run queue, which is delivered from: [head,tail]",
        "activityhash" => "hash over all cranks so far; itself not hashed",
        "crankNumber" => "number of the next crank",
        "device.names" => "names of the devices",
        "device.nextID" => "number of the next device",
        "gcActions" => "what vats are to be told about objects nobody refers to, sorted",
        "kd.nextID" => "number of the next device node",
        "kernel.defaultManagerType" => "worker type of vats that name none",
        "kernel.defaultReapDirtThreshold" => {
            "how much dirt has a vat reaped, where it sets nothing"
        }
        "kernel.relaxDurabilityRules" => "true if virtual objects may hold what is not durable",
        "kernel.snapshotInitial" => "deliveries before a vat's first heap snapshot",
        "kernel.snapshotInterval" => "deliveries between a vat's heap snapshots",
        "kernelStats" => "statistics that all replicas share",
        "ko.nextID" => "number of the next object",
        "kp.nextID" => "number of the next promise",
        "local.kernelStats" => "statistics that replicas may differ in; not hashed",
        "meter.nextID" => "number of the next meter",
        "pinnedObjects" => "objects that are held for ever, sorted",
        "reapQueue" => "vats that wait for bringOutYourDead",
        "upgradeEvents" => "events that an upgrade of the kernel left to be injected",
        "vat.dynamicIDs" => "dynamic vats that live, in order of creation",
        "vat.names" => "names of the static vats, in order of allocation",
        "vat.nextID" => "number of the next vat",
        "vat.nextUpgradeID" => "number of the next upgrade of a vat",
        "vatAdminRootKref" => "root object of the vatAdmin vat",
        "vats.terminated" => "vats that are dead and not wholly deleted",
        _ => "version of this schema",
    }
}

fn promise(part: PromisePart) -> String {
    match part {
        PromisePart::State => "unresolved, fulfilled or rejected".into(),
        PromisePart::Decider => "the vat that decides it; empty for the kernel".into(),
        PromisePart::Policy => "what its rejection sets off".into(),
        PromisePart::Subscribers => "vats to be told when it is resolved, sorted".into(),
        PromisePart::QueueNextId => "how many messages wait for it".into(),
        PromisePart::QueueItem(position) => format!("message {position} that waits for it"),
        PromisePart::Body => "body of what it was resolved with".into(),
        PromisePart::Slots => "slots of what it was resolved with".into(),
    }
}

fn vat_part(part: VatPart<'_>) -> &'static str {
    match part {
        VatPart::ObjectNextId => "number of the next object that it imports",
        VatPart::PromiseNextId => "number of the next promise that it imports",
        VatPart::DeviceNextId => "number of the next device node that it imports",
        VatPart::ReapDirt => "what it has gathered since it was last reaped",
        VatPart::Source => "where its code is",
        VatPart::Options => "its options",
        VatPart::Parameters => "its parameters",
        VatPart::Kref(_) | VatPart::Vref(_) => "an entry of its c-list",
        VatPart::Store => "an entry of its own store",
    }
}

fn device_part(part: DevicePart<'_>) -> &'static str {
    match part {
        DevicePart::ObjectNextId => "number of the next object that it imports",
        DevicePart::PromiseNextId => "number of the next promise that it imports",
        DevicePart::DeviceNextId => "number of the next device node that it imports",
        DevicePart::State => "its state",
        DevicePart::Source => "where its code is",
        DevicePart::Options => "its options",
        DevicePart::Kref(_) | DevicePart::Slot(_) => "an entry of its c-list",
        DevicePart::Store => "an entry of its own storage",
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::ALWAYS;
    use super::explain;

    #[test]
    fn every_fixed_key_has_words_of_its_own() {
        let words: std::collections::BTreeSet<_> = ALWAYS.iter().map(|key| explain(key)).collect();
        assert_eq!(words.len(), ALWAYS.len());
        assert!(!words.contains(&explain("version")));
    }
}
