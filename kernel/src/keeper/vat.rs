//! Vats: names, options, liveness, dirt.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::capdata::CapData;
use crate::fault::{KernelError, corrupt};
use crate::id::{MeterId, VatId};
use crate::keeper::Keeper;
use crate::keeper::object::Strength;
use crate::schema::{self, VAT_NAME_PREFIX};
use crate::slot::{Kref, Vref};
use crate::source::VatSource;
use crate::stats::Gauge;

/// A vat's options, members in the stored order (KERNEL.md section 2.1).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the record that the specification stores")]
pub(crate) struct VatOptions {
    pub(crate) worker_options: WorkerOptions,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    pub(crate) enable_setup: bool,
    pub(crate) enable_pipelining: bool,
    pub(crate) enable_disavow: bool,
    pub(crate) use_transcript: bool,
    pub(crate) reap_dirt_threshold: Map<String, Value>,
    pub(crate) critical: bool,
    #[serde(default, rename = "meterID", skip_serializing_if = "Option::is_none")]
    pub(crate) meter_id: Option<MeterId>,
}

/// Of a vat's options, those that every delivery asks for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryOptions {
    pub(crate) enable_pipelining: bool,
    pub(crate) use_transcript: bool,
    #[serde(rename = "meterID")]
    pub(crate) meter_id: Option<MeterId>,
}

/// Of a vat's options, when it is to be reaped.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OwnThresholds {
    reap_dirt_threshold: Map<String, Value>,
}

/// Which kind of worker a vat asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WorkerOptions {
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

/// What a delivery adds to the reasons for reaping a vat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dirt {
    pub(crate) deliveries: u64,
    pub(crate) computrons: Option<u64>,
    pub(crate) gc_krefs: Option<u64>,
}

impl Keeper {
    pub(crate) fn allocate_vat_id(&mut self) -> Result<VatId, KernelError> {
        self.up(Gauge::Vats);
        self.take_number(&schema::vat_next_id()).map(VatId)
    }

    /// The next upgrade's number, `upN`.
    pub(crate) fn allocate_upgrade_id(&mut self) -> Result<String, KernelError> {
        Ok(format!("up{}", self.take_number(&schema::vat_next_upgrade_id())?))
    }

    pub(crate) fn add_dynamic_vat(&mut self, vat: VatId) -> Result<(), KernelError> {
        let mut dynamic = self.dynamic_vats()?;
        dynamic.push(vat);
        self.set_json(&schema::vat_dynamic_ids(), &dynamic);
        Ok(())
    }

    /// Points a vat at new code; its options are written anew, as they are.
    pub(crate) fn set_vat_source(
        &mut self,
        vat: VatId,
        source: &VatSource,
    ) -> Result<(), KernelError> {
        let options = self.vat_options(vat)?;
        self.set_json(&schema::vat_source(vat), source);
        self.set_vat_options(vat, &options);
        Ok(())
    }

    pub(crate) fn set_vat_options(&mut self, vat: VatId, options: &VatOptions) {
        self.set_json(&schema::vat_options(vat), options);
    }

    pub(crate) fn name_static_vat(&mut self, vat: VatId, name: &str) -> Result<(), KernelError> {
        self.set(&schema::vat_name(name), &vat.to_string());
        let mut names: Vec<String> = self.json(&schema::vat_names())?;
        names.push(name.to_owned());
        self.set_json(&schema::vat_names(), &names);
        Ok(())
    }

    /// Writes the keys of a new vat, in the order of KERNEL.md section 11.1.
    pub(crate) fn create_vat(&mut self, vat: VatId, source: &VatSource, options: &VatOptions) {
        self.set(&schema::vat_object_next_id(vat), "50");
        self.set(&schema::vat_promise_next_id(vat), "60");
        self.set(&schema::vat_device_next_id(vat), "70");
        self.set(&schema::vat_reap_dirt(vat), "{}");
        self.set_json(&schema::vat_source(vat), source);
        self.set_json(&schema::vat_options(vat), options);
    }

    pub(crate) fn vat_source(&self, vat: VatId) -> Result<VatSource, KernelError> {
        self.json(&schema::vat_source(vat))
    }

    pub(crate) fn delivery_options(&self, vat: VatId) -> Result<DeliveryOptions, KernelError> {
        self.json(&schema::vat_options(vat))
    }

    pub(crate) fn vat_options(&self, vat: VatId) -> Result<VatOptions, KernelError> {
        self.json(&schema::vat_options(vat))
    }

    pub(crate) fn static_vat(&self, name: &str) -> Result<Option<VatId>, KernelError> {
        let key = schema::vat_name(name);
        self.text(&key)?.map(|text| text.parse().map_err(|_| corrupt(&key, "a vat ID"))).transpose()
    }

    /// Static vats by name, in the order of their keys.
    pub(crate) fn static_vats(&self) -> Result<Vec<(String, VatId)>, KernelError> {
        self.keys_after(VAT_NAME_PREFIX)
            .map(|name| {
                let vat = self.static_vat(name)?;
                let vat = vat.ok_or_else(|| corrupt(schema::vat_name(name), "a vat ID"))?;
                Ok((name.to_owned(), vat))
            })
            .collect()
    }

    /// Dynamic vats in order of creation.
    pub(crate) fn dynamic_vats(&self) -> Result<Vec<VatId>, KernelError> {
        self.json(&schema::vat_dynamic_ids())
    }

    /// All vats that are not terminated: static by name, then dynamic.
    pub(crate) fn live_vats(&self) -> Result<Vec<VatId>, KernelError> {
        let statics = self.static_vats()?.into_iter().map(|(_, vat)| vat);
        Ok(statics.chain(self.dynamic_vats()?).collect())
    }

    pub(crate) fn is_alive(&self, vat: VatId) -> bool {
        self.has(&schema::vat_object_next_id(vat)) && !self.is_terminated(vat)
    }

    pub(crate) fn is_terminated(&self, vat: VatId) -> bool {
        self.state.volatile.terminated.contains(&vat)
    }

    pub(crate) fn terminated(&self) -> &[VatId] {
        &self.state.volatile.terminated
    }

    pub(crate) fn first_terminated(&self) -> Option<VatId> {
        self.state.volatile.terminated.first().copied()
    }

    /// Reads into memory which vats are dead, at kernel start.
    pub(crate) fn load_terminated(&mut self) -> Result<(), KernelError> {
        self.state.volatile.terminated = self.json(&schema::vats_terminated())?;
        Ok(())
    }

    /// Takes a vat from the list of the living, if it is there, to the list of the dead.
    pub(crate) fn mark_terminated(&mut self, vat: VatId) -> Result<(), KernelError> {
        let mut dynamic = self.dynamic_vats()?;
        if dynamic.contains(&vat) {
            dynamic.retain(|other| *other != vat);
            self.set_json(&schema::vat_dynamic_ids(), &dynamic);
        } else if let Some((name, _)) = self.static_vats()?.into_iter().find(|(_, id)| *id == vat) {
            self.delete(&schema::vat_name(&name));
            let mut names: Vec<String> = self.json(&schema::vat_names())?;
            names.retain(|other| *other != name);
            self.set_json(&schema::vat_names(), &names);
            self.down(Gauge::Vats);
        }
        self.state.volatile.terminated.push(vat);
        self.save_terminated();
        Ok(())
    }

    /// Forgets a vat of which nothing is left.
    pub(crate) fn forget_terminated(&mut self, vat: VatId) {
        self.state.volatile.terminated.retain(|other| *other != vat);
        self.save_terminated();
    }

    fn save_terminated(&mut self) {
        let terminated = std::mem::take(&mut self.state.volatile.terminated);
        self.set_json(&schema::vats_terminated(), &terminated);
        self.state.volatile.terminated = terminated;
    }

    /// Deletes the vat's first key that is left, whatever it is; `false` if none is.
    pub(crate) fn delete_any_key(&mut self, vat: VatId) -> bool {
        let prefix = schema::vat_prefix(vat);
        let first = self.next_key_with_prefix(prefix.as_str(), prefix.as_str());
        let Some(key) = first.map(schema::Key::fixed) else { return false };
        self.delete(&key);
        true
    }

    /// The kref of a vat's root object, exported now if it was not.
    pub(crate) fn export_root(&mut self, vat: VatId) -> crate::fault::Outcome<Kref> {
        self.map_vat_to_kernel(vat, &Vref::root(), super::Flags::Use)
    }

    pub(crate) fn vat_admin_root(&self) -> Result<Option<Kref>, KernelError> {
        let key = schema::vat_admin_root();
        self.text(&key)?.map(|text| text.parse().map_err(|_| corrupt(&key, "a kref"))).transpose()
    }

    /// Holds a vat's parameters in place of earlier ones.
    pub(crate) fn set_vat_parameters(
        &mut self,
        vat: VatId,
        parameters: &CapData,
    ) -> Result<(), KernelError> {
        let key = schema::vat_parameters(vat);
        for slot in &parameters.slots {
            self.increment(*slot, Strength::Full)?;
        }
        if self.has(&key) {
            let old: CapData = self.json(&key)?;
            for slot in old.slots {
                self.decrement(slot, Strength::Full)?;
            }
        }
        self.set_json(&key, parameters);
        Ok(())
    }

    /// Adds dirt, and queues the vat for reaping when a threshold is reached (section 9.2).
    pub(crate) fn add_dirt(&mut self, vat: VatId, dirt: Dirt) -> Result<(), KernelError> {
        let mut thresholds: Map<String, Value> =
            self.json(&schema::default_reap_dirt_threshold())?;
        let own: OwnThresholds = self.json(&schema::vat_options(vat))?;
        thresholds.extend(own.reap_dirt_threshold);
        let mut stored: Map<String, Value> = self.json(&schema::vat_reap_dirt(vat))?;
        let mut reap = false;
        for (kind, amount) in [
            ("deliveries", Some(dirt.deliveries)),
            ("computrons", dirt.computrons),
            ("gcKrefs", dirt.gc_krefs),
        ] {
            let threshold = thresholds.get(kind).and_then(Value::as_u64);
            let (Some(amount), Some(threshold)) = (amount, threshold) else { continue };
            let before = stored.get(kind).and_then(Value::as_u64).unwrap_or(0);
            let total = before.saturating_add(amount);
            stored.insert(kind.to_owned(), total.into());
            reap |= total >= threshold;
        }
        if thresholds.get("never") == Some(&Value::Bool(true)) {
            return Ok(());
        }
        self.set_json(&schema::vat_reap_dirt(vat), &stored);
        if reap {
            self.queue_for_reaping(vat)?;
        }
        Ok(())
    }

    pub(crate) fn clear_dirt(&mut self, vat: VatId) {
        self.set(&schema::vat_reap_dirt(vat), "{}");
    }

    /// Queues a vat for bringOutYourDead; nothing is written if it is queued.
    pub(crate) fn queue_for_reaping(&mut self, vat: VatId) -> Result<(), KernelError> {
        let mut queue: Vec<VatId> = self.json(&schema::reap_queue())?;
        if !queue.contains(&vat) {
            queue.push(vat);
            self.set_json(&schema::reap_queue(), &queue);
        }
        Ok(())
    }

    pub(crate) fn take_reap(&mut self) -> Result<Option<VatId>, KernelError> {
        if self.required(&schema::reap_queue())? == "[]" {
            return Ok(None);
        }
        let mut queue: Vec<VatId> = self.json(&schema::reap_queue())?;
        if queue.is_empty() {
            return Ok(None);
        }
        let vat = queue.remove(0);
        self.set_json(&schema::reap_queue(), &queue);
        Ok(Some(vat))
    }

    pub(crate) fn vatstore_get(
        &self,
        vat: VatId,
        key: &str,
    ) -> Result<Option<String>, KernelError> {
        let value = self.text(&schema::vatstore(vat, key))?;
        Ok(value.filter(|value| !value.is_empty()).map(str::to_owned))
    }

    pub(crate) fn vatstore_set(&mut self, vat: VatId, key: &str, value: &str) {
        self.set(&schema::vatstore(vat, key), value);
    }

    pub(crate) fn vatstore_delete(&mut self, vat: VatId, key: &str) {
        self.delete(&schema::vatstore(vat, key));
    }

    /// The next key of the vat's own store, without the vat's prefix.
    pub(crate) fn vatstore_next_key(&self, vat: VatId, after: &str) -> Option<String> {
        let prefix = schema::vatstore(vat, "");
        let after = schema::vatstore(vat, after);
        let key = self.next_key_with_prefix(after.as_str(), prefix.as_str())?;
        Some(key[prefix.as_str().len()..].to_owned())
    }

    /// One setting of the kernel, by the name that the host has for it.
    pub(crate) fn change_option(&mut self, name: &str, value: &Value) -> Result<(), KernelError> {
        let threshold = match name {
            "defaultReapInterval" => "deliveries",
            "defaultReapGCKrefs" => "gcKrefs",
            "snapshotInterval" => {
                self.set_json(&schema::snapshot_interval(), value);
                return Ok(());
            }
            _ => return Ok(()),
        };
        let key = schema::default_reap_dirt_threshold();
        let mut thresholds: Map<String, Value> = self.json(&key)?;
        thresholds.insert(threshold.to_owned(), value.clone());
        self.set_json(&key, &thresholds);
        Ok(())
    }
}
