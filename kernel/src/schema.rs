//! The names of all keys (KERNEL.md section 2). Only the keeper builds keys, and only from here.

mod explain;
pub(crate) mod parse;

pub use explain::explain;

use std::fmt;
use std::str;

use crate::id::{DeviceId, MeterId, VatId};
use crate::slot::{Kref, Vref};
use crate::text::{Text, text};

/// A key of the kernel's key-value table.
#[derive(Clone)]
pub(crate) struct Key(Text);

impl Key {
    pub(crate) fn fixed(text: &str) -> Self {
        Self(text![text])
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(self.as_bytes()).expect("the parts of a key are texts")
    }

    /// Whether the key belongs to consensus: its writes are hashed (KERNEL.md section 1).
    pub(crate) fn is_consensus(&self) -> bool {
        !self.as_bytes().starts_with(b"local.") && !self.as_bytes().starts_with(b"host.")
    }
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_text())
    }
}

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident ( $($argument:ident : $type:ty),* ) = $($part:expr),+;)*) => {
        $($(#[$doc])* pub(crate) fn $name($($argument: $type),*) -> Key {
            Key(text![$($part),+])
        })*
    };
}

keys! {
    /// JSON array of static vat names, in order of allocation.
    vat_names() = "vat.names";
    /// JSON array of live dynamic vats, in order of creation.
    vat_dynamic_ids() = "vat.dynamicIDs";
    /// Number of the next vat.
    vat_next_id() = "vat.nextID";
    /// Number of the next upgrade.
    vat_next_upgrade_id() = "vat.nextUpgradeID";
    /// JSON array of vats dead but not yet deleted.
    vats_terminated() = "vats.terminated";
    /// JSON array of device names.
    device_names() = "device.names";
    /// Number of the next device.
    device_next_id() = "device.nextID";
    /// Number of the next object.
    object_next_id() = "ko.nextID";
    /// Number of the next device node.
    device_node_next_id() = "kd.nextID";
    /// Number of the next promise.
    promise_next_id() = "kp.nextID";
    /// Number of the next meter.
    meter_next_id() = "meter.nextID";
    /// JSON array of sorted GC actions.
    gc_actions() = "gcActions";
    /// JSON array of vats waiting for bringOutYourDead.
    reap_queue() = "reapQueue";
    /// Number of the next crank.
    crank_number() = "crankNumber";
    /// Worker type of vats that name none.
    default_manager_type() = "kernel.defaultManagerType";
    /// Reap thresholds of vats that set none.
    default_reap_dirt_threshold() = "kernel.defaultReapDirtThreshold";
    /// Deliveries before the first heap snapshot.
    snapshot_initial() = "kernel.snapshotInitial";
    /// Deliveries between heap snapshots.
    snapshot_interval() = "kernel.snapshotInterval";
    /// `true` if durable storage may hold what is not durable, else absent.
    relax_durability_rules() = "kernel.relaxDurabilityRules";
    /// Kref of the vatAdmin vat's root.
    vat_admin_root() = "vatAdminRootKref";
    /// Krefs that are pinned, sorted, joined by commas.
    pinned_objects() = "pinnedObjects";
    /// Version of this schema.
    version() = "version";
    /// The hash of all crank hashes so far.
    activityhash() = "activityhash";
    /// Statistics that all replicas share.
    kernel_stats() = "kernelStats";
    /// Statistics that replicas may differ in.
    local_kernel_stats() = "local.kernelStats";
    /// Vat ID of a static vat.
    vat_name(name: &str) = "vat.name.", name;
    /// Head and tail of a queue, `[head,tail]`.
    queue(name: &str) = name;
    /// One item of a queue.
    queue_item(name: &str, position: u64) = name, ".", position;
    /// Vat or device that owns an object or device node.
    owner(kref: Kref) = kref, ".owner";
    /// Reference counts.
    ref_count(kref: Kref) = kref, ".refCount";
    /// `unresolved`, `fulfilled` or `rejected`.
    promise_state(promise: Kref) = promise, ".state";
    /// The vat that decides the promise; empty for the kernel.
    promise_decider(promise: Kref) = promise, ".decider";
    /// What happens on resolution; absent for `ignore`.
    promise_policy(promise: Kref) = promise, ".policy";
    /// Vats to be told, sorted, joined by commas.
    promise_subscribers(promise: Kref) = promise, ".subscribers";
    /// Number of queued messages.
    promise_queue_next_id(promise: Kref) = promise, ".queue.nextID";
    /// One queued message.
    promise_queue_item(promise: Kref, position: u64) = promise, ".queue.", position;
    /// Body of the resolution.
    promise_body(promise: Kref) = promise, ".data.body";
    /// Slots of the resolution, joined by commas.
    promise_slots(promise: Kref) = promise, ".data.slots";
    /// Next imported object number of a vat.
    vat_object_next_id(vat: VatId) = vat, ".o.nextID";
    /// Next imported promise number of a vat.
    vat_promise_next_id(vat: VatId) = vat, ".p.nextID";
    /// Next imported device number of a vat.
    vat_device_next_id(vat: VatId) = vat, ".d.nextID";
    /// Dirt gathered since the vat was last reaped.
    vat_reap_dirt(vat: VatId) = vat, ".reapDirt";
    /// Where the vat's code is.
    vat_source(vat: VatId) = vat, ".source";
    /// The vat's options.
    vat_options(vat: VatId) = vat, ".options";
    /// The vat's parameters, in krefs.
    vat_parameters(vat: VatId) = vat, ".vatParameters";
    /// Kernel side of a c-list entry: flag, space, vref.
    clist_kref(vat: VatId, kref: Kref) = vat, ".c.", kref;
    /// Vat side of a c-list entry: kref.
    clist_vref(vat: VatId, vref: &Vref) = vat, ".c.", vref;
    /// The beginning of those c-list keys whose vref begins so.
    clist_prefix(vat: VatId, vref: &str) = vat, ".c.", vref;
    /// Bundle ID of a named bundle.
    named_bundle(name: &str) = "namedBundleID.", name;
    /// Device ID of a device.
    device_name(name: &str) = "device.name.", name;
    /// Next imported object number of a device.
    device_object_next_id(device: DeviceId) = device, ".o.nextID";
    /// Next imported device node number of a device.
    device_node_next_number(device: DeviceId) = device, ".d.nextID";
    /// Next imported promise number of a device.
    device_promise_next_id(device: DeviceId) = device, ".p.nextID";
    /// Kernel side of a device's c-list entry: its slot.
    device_kref(device: DeviceId, kref: Kref) = device, ".c.", kref;
    /// Device side of a device's c-list entry: kref.
    device_slot(device: DeviceId, slot: &Vref) = device, ".c.", slot;
    /// A device's state: JSON capdata in its own slots.
    device_state(device: DeviceId) = device, ".deviceState";
    /// One entry of a raw device's storage.
    device_store(device: DeviceId, key: &str) = device, ".vs.", key;
    /// What a device keeps for its host, outside consensus.
    device_host_data(device: DeviceId) = "local.", device, ".hostData";
    /// Where the device's code is.
    device_source(device: DeviceId) = device, ".source";
    /// The device's options.
    device_options(device: DeviceId) = device, ".options";
    /// What a meter has left, or `unlimited`.
    meter_remaining(meter: MeterId) = meter, ".remaining";
    /// Below what a meter's owner is told.
    meter_threshold(meter: MeterId) = meter, ".threshold";
    /// One entry of the vat's own store.
    vatstore(vat: VatId, key: &str) = vat, ".vs.", key;
    /// The beginning of every key of a vat.
    vat_prefix(vat: VatId) = vat, ".";
}

/// Begins the names of devices.
pub(crate) const DEVICE_NAME_PREFIX: &str = "device.name.";
/// Begins the names of static vats.
pub(crate) const VAT_NAME_PREFIX: &str = "vat.name.";
