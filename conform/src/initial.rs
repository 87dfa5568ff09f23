//! A kernel's first state: from the same configuration we make the same one, write for write.

use std::collections::BTreeMap;

use bootfork_kernel::{Config, Hashes, Initialization, Value, VatConfig, Write};
use bootfork_store::Store;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::compare::{Difference, Judge};
use crate::read::{ReadError, Source};

/// How a recorded kernel was set up, and what its initialization wrote.
#[derive(Clone, Debug)]
pub(crate) struct Initial {
    config: Config,
    writes: Vec<Write>,
    hashes: Hashes,
}

/// The part of `config.json` that says how the kernel was set up.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Setup {
    bootstrap: String,
    #[serde(default)]
    argv: Vec<String>,
    kernel_config: Settings,
    added_vats: BTreeMap<String, bool>,
    vats: BTreeMap<String, OwnVat>,
    named_bundles: BTreeMap<String, String>,
    devices: Vec<String>,
}

/// Settings; one that we do not know is refused, not passed over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    pin_bootstrap_root: bool,
    #[serde(default = "Settings::one")]
    default_reap_interval: Json,
    #[serde(default = "Settings::twenty", rename = "defaultReapGCKrefs")]
    default_reap_gc_krefs: Json,
    #[serde(default = "Settings::three")]
    snapshot_initial: u64,
    #[serde(default = "Settings::two_hundred")]
    snapshot_interval: u64,
    #[serde(default)]
    relax_durability_rules: bool,
    #[serde(default, rename = "bootstrap")]
    _bootstrap: Option<String>,
}

/// What the real kernel takes where a configuration says nothing.
impl Settings {
    fn one() -> Json {
        json!(1)
    }

    fn twenty() -> Json {
        json!(20)
    }

    fn three() -> u64 {
        3
    }

    fn two_hundred() -> u64 {
        200
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OwnVat {
    #[serde(rename = "file")]
    _file: String,
    #[serde(default)]
    creation_options: Map<String, Json>,
    #[serde(default)]
    parameters: Map<String, Json>,
}

#[derive(Deserialize)]
struct Operations {
    ops: Vec<Vec<String>>,
}

impl Initial {
    /// Reads it, if the recording has it: from `ops0.jsonl`, or the first line of `ops.jsonl`.
    pub(crate) fn read(source: &dyn Source, start: &Store) -> Result<Option<Self>, ReadError> {
        let Some((file, operations)) = operations(source)? else { return Ok(None) };
        let malformed = |file: &str, problem: String| ReadError::Malformed {
            place: source.place(file),
            line: Some(1),
            problem,
        };
        let operations: Operations = serde_json::from_str(&operations)
            .map_err(|error| malformed(file, error.to_string()))?;
        let mut writes = Vec::new();
        let mut hashes = None;
        for operation in operations.ops {
            match operation.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["s", key, value] => writes.push(Write::Set(key.into(), value.into())),
                ["d", key] => writes.push(Write::Delete(key.into())),
                ["hash", crank, activity] => {
                    hashes =
                        Some(Hashes { crankhash: crank.into(), activityhash: activity.into() });
                }
                _ => return Err(malformed(file, format!("no operation: {operation:?}"))),
            }
        }
        let hashes = hashes.ok_or_else(|| malformed(file, "no hashes".into()))?;
        let setup: Setup = serde_json::from_str(&source.text("config.json")?)
            .map_err(|error| malformed("config.json", error.to_string()))?;
        let config = setup.config(start).map_err(|problem| malformed("config.json", problem))?;
        Ok(Some(Self { config, writes, hashes }))
    }

    /// Initializes a kernel and compares each write, the hashes and the table. The answer is the
    /// number of writes.
    pub(crate) fn compare(&self, start: &Store) -> Result<u64, Difference> {
        let judge = Judge { seq: Some(0) };
        let ours = Initialization::of(&self.config)
            .or_else(|error| judge.differ("initialization", "a first state", error))?;
        let text = |write: Option<&Write>| match write {
            Some(Write::Set(key, value)) => json!(["s", key, value]),
            Some(Write::Delete(key)) => json!(["d", key]),
            None => Json::Null,
        };
        for position in 0..self.writes.len().max(ours.writes.len()) {
            let (recorded, made) = (self.writes.get(position), ours.writes.get(position));
            if recorded != made {
                let what = format!("initial write {position}");
                return judge.differ(what, text(recorded), text(made));
            }
        }
        let hashes = |hashes: &Hashes| json!([hashes.crankhash, hashes.activityhash]);
        judge.same("initial hashes", &hashes(&self.hashes), &hashes(&ours.hashes))?;
        judge.tables(start, &ours.tables.kv)?;
        Ok(ours.writes.len() as u64)
    }
}

/// The line with the operations of initialization, and the file that it is from.
fn operations(source: &dyn Source) -> Result<Option<(&'static str, String)>, ReadError> {
    for file in ["ops0.jsonl", "ops.jsonl"] {
        match source.text(file) {
            Ok(text) => {
                return Ok(Some((file, text.lines().next().unwrap_or_default().to_owned())));
            }
            Err(ReadError::Missing { .. } | ReadError::NotBundled { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

impl Setup {
    /// The configuration in our terms. Bundle IDs are hashes of code that is not ours, so they are
    /// taken from the recorded table.
    fn config(&self, start: &Store) -> Result<Config, String> {
        let settings = &self.kernel_config;
        let interval = |value: &Json| match value {
            Json::String(text) if text == "never" => Ok(None),
            number => number.as_u64().map(Some).ok_or_else(|| format!("no interval: {number}")),
        };
        let mut config = Config::new(&self.bootstrap)
            .argv(&self.argv)
            .pin_bootstrap_root(settings.pin_bootstrap_root)
            .reap_interval(interval(&settings.default_reap_interval)?)
            .reap_gc_krefs(interval(&settings.default_reap_gc_krefs)?)
            .snapshot_initial(settings.snapshot_initial)
            .snapshot_interval(settings.snapshot_interval)
            .relax_durability_rules(settings.relax_durability_rules);
        for (name, _) in self.added_vats.iter().filter(|(_, added)| **added) {
            config = config.vat(name, source(start, "vat", name)?);
        }
        for (name, own) in &self.vats {
            let mut vat = VatConfig::new(name, source(start, "vat", name)?);
            for (option, value) in &own.creation_options {
                vat = vat.option(option, value.clone());
            }
            for (parameter, value) in &own.parameters {
                vat = vat.parameter(parameter, Value::from(value.clone()));
            }
            config = config.with_vat(vat);
        }
        for name in &self.devices {
            config = config.device(name, source(start, "device", name)?);
        }
        for name in self.named_bundles.keys() {
            config = config.named_bundle(name, text(start, &format!("namedBundleID.{name}"))?);
        }
        Ok(config)
    }
}

/// The bundle ID of a vat or device by name.
fn source(start: &Store, kind: &str, name: &str) -> Result<String, String> {
    let id = text(start, &format!("{kind}.name.{name}"))?;
    let source = text(start, &format!("{id}.source"))?;
    let source: Json = serde_json::from_str(&source).map_err(|error| error.to_string())?;
    source["bundleID"].as_str().map(str::to_owned).ok_or_else(|| format!("{id} has no bundle"))
}

fn text(start: &Store, key: &str) -> Result<String, String> {
    let value = start.get(key).ok_or_else(|| format!("the first table has no {key}"))?;
    Ok(String::from_utf8_lossy(value).into_owned())
}
