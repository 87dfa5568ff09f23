//! Vats, devices and transcripts: V1 to V4.

use std::collections::BTreeSet;

use crate::check::Violation;
use crate::check::census::{Census, Holder};
use crate::id::{DeviceId, VatId};
use crate::schema;
use crate::transcript::Transcripts;

impl Census<'_> {
    /// V1, V2 and V3.
    pub(super) fn check_vats(&self) -> Result<(), Violation> {
        let names: BTreeSet<&str> = self.static_vats.keys().copied().collect();
        same_names("V1", &schema::vat_names(), &self.fixed.vat_names, &names)?;
        let names: BTreeSet<&str> = self.device_names.keys().copied().collect();
        same_names("V3", &schema::device_names(), &self.fixed.device_names, &names)?;
        let statics = self.static_vats.values().copied().collect::<Vec<_>>();
        for (key, list) in [
            (schema::vat_names(), &statics),
            (schema::vat_dynamic_ids(), &self.fixed.dynamic),
            (schema::vats_terminated(), &self.fixed.terminated),
        ] {
            each_once("V1", &key, list)?;
        }
        each_once("V1", &schema::vat_dynamic_ids(), &[&statics[..], &self.fixed.dynamic].concat())?;
        for vat in statics.iter().chain(&self.fixed.dynamic) {
            self.check_living(*vat)?;
        }
        for number in self.vats.keys() {
            if !self.is_known(VatId(*number)) {
                let key = schema::vat_prefix(VatId(*number));
                return Err(Violation::new("V2", key, "no keys: no such vat", "some"));
            }
        }
        self.check_devices()
    }

    fn check_living(&self, vat: VatId) -> Result<(), Violation> {
        // Ended by a device in a delivery that was undone.
        if self.is_terminated(vat) {
            return Ok(());
        }
        let none = Holder::default();
        let keys = self.vats.get(&vat.0).unwrap_or(&none);
        let required = [
            (keys.next[0].is_some(), schema::vat_object_next_id(vat)),
            (keys.next[1].is_some(), schema::vat_promise_next_id(vat)),
            (keys.next[2].is_some(), schema::vat_device_next_id(vat)),
            (keys.dirt, schema::vat_reap_dirt(vat)),
            (keys.source, schema::vat_source(vat)),
            (keys.options, schema::vat_options(vat)),
        ];
        match required.into_iter().find(|(there, _)| !there) {
            Some((_, key)) => Err(Violation::new("V2", key, "a value: the vat is alive", "none")),
            None => Ok(()),
        }
    }

    fn check_devices(&self) -> Result<(), Violation> {
        let devices: Vec<_> = self.device_names.values().copied().collect();
        each_once("V3", &schema::device_names(), &devices)?;
        for device in &devices {
            let none = Holder::default();
            let keys = self.devices.get(&device.0).unwrap_or(&none);
            let required = [
                (keys.next[0].is_some(), schema::device_object_next_id(*device)),
                (keys.next[1].is_some(), schema::device_promise_next_id(*device)),
                (keys.next[2].is_some(), schema::device_node_next_number(*device)),
                (keys.source, schema::device_source(*device)),
                (keys.options, schema::device_options(*device)),
            ];
            if let Some((_, key)) = required.into_iter().find(|(there, _)| !there) {
                return Err(Violation::new("V3", key, "a value", "none"));
            }
        }
        let unknown = self.devices.keys().find(|number| !devices.contains(&DeviceId(**number)));
        match unknown {
            Some(number) => {
                let key = schema::device_source(DeviceId(*number));
                Err(Violation::new("V3", key, "no keys: no such device", "some"))
            }
            None => Ok(()),
        }
    }

    pub(super) fn is_terminated(&self, vat: VatId) -> bool {
        self.fixed.terminated.contains(&vat)
    }

    pub(super) fn is_living(&self, vat: VatId) -> bool {
        !self.is_terminated(vat)
            && (self.fixed.dynamic.contains(&vat) || self.static_vats.values().any(|v| *v == vat))
    }

    fn is_known(&self, vat: VatId) -> bool {
        self.is_living(vat) || self.is_terminated(vat)
    }

    /// V4.
    pub(super) fn check_transcripts(&self, transcripts: &Transcripts) -> Result<(), Violation> {
        let mut entries = 0;
        let vats = transcripts.vats();
        for vat in &vats {
            let (end, found) = (transcripts.end(*vat), transcripts.entries(*vat).count() as u64);
            if !self.is_known(*vat) {
                return Err(Violation::new("V4", vat, "no transcript: no such vat", "one"));
            }
            if end != found {
                let key = format!("{vat}.end");
                return Err(Violation::new("V4", key, found.to_string(), end.to_string()));
            }
            entries += found;
        }
        // Entries, and a position for each vat; where incarnations begin is a third kind of key.
        let numbers = transcripts.store().iter().filter(|(key, _)| !key.ends_with(b".spans"));
        let keys = numbers.count() as u64;
        if keys == entries + vats.len() as u64 {
            return Ok(());
        }
        let expected = format!("{entries} entries of {} vats", vats.len());
        Err(Violation::new("V4", "transcripts", expected, format!("{keys} keys")))
    }
}

fn same_names(
    invariant: &'static str,
    key: &schema::Key,
    listed: &[String],
    named: &BTreeSet<&str>,
) -> Result<(), Violation> {
    let set: BTreeSet<&str> = listed.iter().map(String::as_str).collect();
    if set == *named && set.len() == listed.len() {
        return Ok(());
    }
    Err(Violation::new(invariant, key, format!("{named:?}, each once"), format!("{listed:?}")))
}

fn each_once<T: Ord + Copy + std::fmt::Display>(
    invariant: &'static str,
    key: &schema::Key,
    list: &[T],
) -> Result<(), Violation> {
    let mut sorted = list.to_vec();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => {
            Err(Violation::new(invariant, key, "each once", format!("{} twice", pair[0])))
        }
        None => Ok(()),
    }
}
