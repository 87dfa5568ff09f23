//! Devices: their c-lists, state and storage (KERNEL.md section 11.3).
//!
//! A device's c-list has no flags: an entry counts one reference of each kind for as long as the
//! kernel lives.

use crate::capdata::CapData;
use crate::fault::{Fault, KernelError, Outcome, corrupt};
use crate::id::{DeviceId, MeterId};
use crate::keeper::Keeper;
use crate::keeper::object::Strength;
use crate::schema;
use crate::slot::{Kref, Vref, VrefType};
use crate::stats::Gauge;

impl Keeper {
    pub(crate) fn device_named(&self, name: &str) -> Result<Option<DeviceId>, KernelError> {
        let key = schema::device_name(name);
        self.text(&key)?
            .map(|text| text.parse().map_err(|_| corrupt(&key, "a device ID")))
            .transpose()
    }

    /// Devices by name, in the order of their keys.
    pub(crate) fn devices(&self) -> Result<Vec<(String, DeviceId)>, KernelError> {
        self.keys_after(schema::DEVICE_NAME_PREFIX)
            .map(|name| {
                let device = self.device_named(name)?;
                let missing = || corrupt(schema::device_name(name), "a device ID");
                Ok((name.to_owned(), device.ok_or_else(missing)?))
            })
            .collect()
    }

    pub(crate) fn is_device_node(&self, node: Kref) -> bool {
        self.has(&schema::owner(node))
    }

    /// The device that a node belongs to.
    pub(crate) fn device_of(&self, node: Kref) -> Result<DeviceId, KernelError> {
        let key = schema::owner(node);
        self.required(&key)?.parse().map_err(|_| corrupt(&key, "a device ID"))
    }

    /// The device's slot for a kref, imported now if the device does not know it.
    pub(crate) fn map_kernel_to_device(
        &mut self,
        device: DeviceId,
        kref: Kref,
    ) -> Result<Vref, KernelError> {
        if let Some(slot) = self.text(&schema::device_kref(device, kref))? {
            return Ok(Vref::new(slot));
        }
        let (letter, next) = match kref {
            Kref::Object(_) => ('o', schema::device_object_next_id(device)),
            Kref::Promise(_) => ('p', schema::device_promise_next_id(device)),
            Kref::Device(_) => ('d', schema::device_node_next_number(device)),
        };
        let slot = Vref::new(format!("{letter}-{}", self.take_number(&next)?));
        self.increment(kref, Strength::Full)?;
        self.set(&schema::device_slot(device, &slot), &kref.to_string());
        self.set(&schema::device_kref(device, kref), slot.as_str());
        Ok(slot)
    }

    /// The kref that a device means by a slot; a node of its own is exported now if it is new.
    ///
    /// # Errors
    /// [`Fault::Panic`] for a slot that the device cannot have.
    pub(crate) fn map_device_to_kernel(&mut self, device: DeviceId, slot: &Vref) -> Outcome<Kref> {
        let key = schema::device_slot(device, slot);
        if let Some(text) = self.text(&key)? {
            return Ok(text.parse().map_err(|_| corrupt(&key, "a kref"))?);
        }
        let node = slot.kind().filter(|kind| kind.of == VrefType::Device && kind.exported);
        if node.is_none() {
            return Err(Fault::Panic(format!("{device} speaks of {slot}, which it does not have")));
        }
        Ok(self.export_device_node(device, slot)?)
    }

    pub(crate) fn export_device_node(
        &mut self,
        device: DeviceId,
        slot: &Vref,
    ) -> Result<Kref, KernelError> {
        let node = Kref::Device(self.take_number(&schema::device_node_next_id())?);
        self.set(&schema::owner(node), &device.to_string());
        self.up(Gauge::KernelDevices);
        self.set(&schema::device_kref(device, node), slot.as_str());
        self.set(&schema::device_slot(device, slot), &node.to_string());
        Ok(node)
    }

    pub(crate) fn data_to_device(
        &mut self,
        device: DeviceId,
        data: &CapData,
    ) -> Result<CapData<Vref>, KernelError> {
        data.try_map(|kref| self.map_kernel_to_device(device, *kref))
    }

    pub(crate) fn data_from_device(
        &mut self,
        device: DeviceId,
        data: &CapData<Vref>,
    ) -> Outcome<CapData> {
        data.try_map(|slot| self.map_device_to_kernel(device, slot))
    }

    /// Writes the keys of a new device, in the order of KERNEL.md section 13.2.
    pub(crate) fn create_device(
        &mut self,
        name: &str,
        bundle_id: &str,
    ) -> Result<DeviceId, KernelError> {
        let device = DeviceId(self.take_number(&schema::device_next_id())?);
        self.set(&schema::device_name(name), &device.to_string());
        let mut names: Vec<String> = self.json(&schema::device_names())?;
        names.push(name.to_owned());
        self.set_json(&schema::device_names(), &names);
        self.set(&schema::device_object_next_id(device), "10");
        self.set(&schema::device_node_next_number(device), "20");
        self.set(&schema::device_promise_next_id(device), "30");
        let source = serde_json::json!({ "bundleID": bundle_id });
        self.set_json(&schema::device_source(device), &source);
        self.set(&schema::device_options(device), r#"{"deviceParameters":{}}"#);
        Ok(device)
    }

    pub(crate) fn device_state(
        &self,
        device: DeviceId,
    ) -> Result<Option<CapData<Vref>>, KernelError> {
        let key = schema::device_state(device);
        if self.has(&key) { self.json(&key).map(Some) } else { Ok(None) }
    }

    pub(crate) fn set_device_state(&mut self, device: DeviceId, state: &CapData<Vref>) {
        self.set_json(&schema::device_state(device), state);
    }

    pub(crate) fn device_store_get(
        &self,
        device: DeviceId,
        key: &str,
    ) -> Result<Option<String>, KernelError> {
        let value = self.text(&schema::device_store(device, key))?;
        Ok(value.filter(|value| !value.is_empty()).map(str::to_owned))
    }

    pub(crate) fn device_store_set(&mut self, device: DeviceId, key: &str, value: &str) {
        self.set(&schema::device_store(device, key), value);
    }

    pub(crate) fn device_store_delete(&mut self, device: DeviceId, key: &str) {
        self.delete(&schema::device_store(device, key));
    }

    /// The next key of the device's own store, without the device's prefix.
    pub(crate) fn device_store_next_key(&self, device: DeviceId, after: &str) -> Option<String> {
        let prefix = schema::device_store(device, "");
        let after = schema::device_store(device, after);
        let key = self.next_key_with_prefix(after.as_str(), prefix.as_str())?;
        Some(key[prefix.as_str().len()..].to_owned())
    }

    pub(crate) fn device_host_data(&self, device: DeviceId) -> Result<Option<&str>, KernelError> {
        self.text(&schema::device_host_data(device))
    }

    pub(crate) fn set_device_host_data(&mut self, device: DeviceId, data: &str) {
        self.set(&schema::device_host_data(device), data);
    }

    /// Whether a bundle is installed.
    pub(crate) fn has_bundle(&self, bundle_id: &str) -> bool {
        self.pending.bundles.get(&self.state.tables.bundles, bundle_id).is_some()
    }

    pub(crate) fn bundle(&self, bundle_id: &str) -> Option<String> {
        let bundle = self.pending.bundles.get(&self.state.tables.bundles, bundle_id)?;
        std::str::from_utf8(bundle).ok().map(str::to_owned)
    }

    pub(crate) fn install_bundle(&mut self, bundle_id: &str, bundle: &str) {
        self.pending.bundles.set(&self.state.tables.bundles, bundle_id, bundle);
    }

    pub(crate) fn named_bundle(&self, name: &str) -> Result<Option<String>, KernelError> {
        Ok(self.text(&schema::named_bundle(name))?.map(str::to_owned))
    }

    /// A new meter. Amounts are decimal numbers of any size, or `unlimited`.
    pub(crate) fn create_meter(
        &mut self,
        remaining: &str,
        threshold: &str,
    ) -> Result<MeterId, KernelError> {
        let meter = MeterId(self.take_number(&schema::meter_next_id())?);
        self.set_meter_remaining(meter, remaining);
        self.set_meter_threshold(meter, threshold);
        Ok(meter)
    }

    /// What a meter has left, and its threshold.
    pub(crate) fn meter(&self, meter: MeterId) -> Result<Option<(String, String)>, KernelError> {
        let remaining = self.text(&schema::meter_remaining(meter))?;
        let threshold = self.text(&schema::meter_threshold(meter))?;
        Ok(remaining.zip(threshold).map(|(left, right)| (left.to_owned(), right.to_owned())))
    }

    pub(crate) fn set_meter_remaining(&mut self, meter: MeterId, remaining: &str) {
        self.set(&schema::meter_remaining(meter), remaining);
    }

    pub(crate) fn set_meter_threshold(&mut self, meter: MeterId, threshold: &str) {
        self.set(&schema::meter_threshold(meter), threshold);
    }
}
