//! The birth of dynamic vats, and changes of their options (KERNEL.md sections 6 and 2.1).

use serde_json::{Map, Value as Json};

use crate::capdata::CapData;
use crate::crank::{Kernel, Work};
use crate::deliver::CrankResult;
use crate::delivery::KernelDelivery;
use crate::fault::{Fault, KernelError, Outcome};
use crate::id::VatId;
use crate::keeper::{VatOptions, WorkerOptions};
use crate::slot::Kref;
use crate::smallcaps::{Value, error_data};
use crate::source::VatSource;
use crate::trace::Termination;
use crate::worker::{VatError, VatWorker};

/// The options that a creation may have.
const OPTIONS: [&str; 12] = [
    "name",
    "enableSetup",
    "enablePipelining",
    "enableDisavow",
    "useTranscript",
    "reapInterval",
    "reapGCKrefs",
    "neverReap",
    "critical",
    "meterID",
    "managerType",
    "nodeOptions",
];

impl<W: VatWorker> Kernel<W> {
    /// Makes a dynamic vat and starts it; vatAdmin is told its root. If the start fails the vat's
    /// keys vanish again, and vatAdmin is told that it is terminated.
    pub(crate) fn create_vat(
        &mut self,
        vat: VatId,
        source: &VatSource,
        parameters: &CapData,
        options: &Map<String, Json>,
    ) -> Outcome<CrankResult> {
        self.keeper.add_dynamic_vat(vat)?;
        if !source.is_bundle() {
            return Err(Fault::Panic(format!("{vat} is to be made of what is no bundle")));
        }
        if let Some(unknown) = options.keys().find(|name| !OPTIONS.contains(&name.as_str())) {
            return Err(Fault::Panic(format!("{vat} is to be made with option {unknown:?}")));
        }
        let options = VatOptions { enable_disavow: false, ..VatOptions::from_record(options) };
        self.keeper.create_vat(vat, source, &options);
        match self.bring_online(vat) {
            Err(KernelError::NoCode { why, .. }) => return Ok(no_worker(vat, &why)),
            online => online?,
        }
        let started = self.start_vat(vat, parameters)?;
        let mut result = CrankResult { consume: true, ..started };
        if result.terminate.is_none() {
            let root = self.keeper.export_root(vat)?;
            result.callback = Some(new_vat_callback(vat, root));
        }
        Ok(result)
    }

    /// Option `reapInterval` is the kernel's; any other is delivered to the vat.
    pub(crate) fn change_options(
        &mut self,
        vat: VatId,
        options: &Map<String, Json>,
    ) -> Outcome<CrankResult> {
        if !self.keeper.is_alive(vat) {
            return Ok(CrankResult::EMPTY);
        }
        let mut others = options.clone();
        if let Some(interval) = others.shift_remove("reapInterval")
            && (interval.is_u64() || interval == "never")
        {
            let mut stored = self.keeper.vat_options(vat)?;
            stored.reap_dirt_threshold.insert("deliveries".into(), interval);
            self.keeper.set_vat_options(vat, &stored);
        }
        if others.is_empty() {
            return Ok(CrankResult::EMPTY);
        }
        let result = self.deliver(vat, KernelDelivery::ChangeVatOptions(others), None)?;
        Ok(CrankResult { consume: true, dirt: None, ..result })
    }
}

fn no_worker(vat: VatId, why: &VatError) -> CrankResult {
    let info = error_data(&why.to_string());
    CrankResult {
        work: Work::Delivery(None),
        abort: true,
        consume: true,
        terminate: Some(Termination { vat, reject: true, info }),
        ..CrankResult::EMPTY
    }
}

fn new_vat_callback(vat: VatId, root: Kref) -> CapData {
    let object = Value::Object { slot: 0, iface: None };
    let roots = Value::Record(vec![("rootObject".into(), object)]);
    let arguments = vec![Value::text(vat.to_string()), roots];
    Value::Array(vec![Value::text("newVatCallback"), Value::Array(arguments)]).encode(&[root])
}

impl VatOptions {
    fn new(name: Option<String>) -> Self {
        Self {
            worker_options: WorkerOptions { kind: "local".into() },
            name,
            enable_setup: false,
            enable_pipelining: false,
            enable_disavow: false,
            use_transcript: true,
            reap_dirt_threshold: Map::new(),
            critical: false,
            meter_id: None,
        }
    }

    /// Options by the names that hosts and vatAdmin have for them.
    pub(crate) fn from_record(options: &Map<String, Json>) -> Self {
        let text = |name: &str| options.get(name).and_then(Json::as_str).map(str::to_owned);
        let flag = |name: &str| options.get(name).and_then(Json::as_bool);
        let mut stored = Self::new(text("name"));
        if let Some(kind) = text("managerType") {
            stored.worker_options.kind = kind;
        }
        stored.enable_setup = flag("enableSetup").unwrap_or(false);
        stored.enable_pipelining = flag("enablePipelining").unwrap_or(false);
        stored.enable_disavow = flag("enableDisavow").unwrap_or(false);
        stored.use_transcript = flag("useTranscript").unwrap_or(true);
        stored.critical = flag("critical").unwrap_or(false);
        stored.meter_id = text("meterID").and_then(|meter| meter.parse().ok());
        for (option, threshold) in [("reapInterval", "deliveries"), ("reapGCKrefs", "gcKrefs")] {
            if let Some(value) = options.get(option) {
                stored.reap_dirt_threshold.insert(threshold.into(), value.clone());
            }
        }
        if flag("neverReap") == Some(true) {
            stored.reap_dirt_threshold.insert("never".into(), true.into());
        }
        stored
    }
}
