//! One recording, read and understood.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use bootfork_kernel::{
    Bridge, CapData, DeliveryStatus, DeviceId, Endowments, RecordedCall, RecordedDelivery,
    RecordedDevice, RecordedSyscall, Tables, Timer, Transcripts, VatError, VatId, VatSyscall,
};
use bootfork_store::Store;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bundled::Bundled;
use crate::initial::Initial;
use crate::log::{Crank, Invocation, Line, LogEvent, Syscall};
use crate::read::{Folder, ReadError, Source};

/// A run of the real kernel: where it began, what happened, where it ended.
///
/// ```
/// use bootfork_conform::Recording;
///
/// let recording = Recording::bundled("hello")?;
/// assert_eq!((recording.name(), recording.cranks()), ("hello", 27));
/// # Ok::<(), bootfork_conform::ReadError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Recording {
    pub(crate) name: String,
    pub(crate) start: Tables,
    pub(crate) end: Tables,
    pub(crate) log: Vec<Line>,
    pub(crate) expect: Expect,
    pub(crate) answers: bootfork_kernel::Answers,
    pub(crate) devices: Endowments,
    /// The timer and the bridge run their own code.
    pub(crate) native_devices: bool,
    /// How the kernel was initialized; a fork was not.
    pub(crate) initial: Option<Initial>,
}

/// The totals that a recording states of itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Expect {
    pub(crate) cranks: u64,
    pub(crate) deliveries: u64,
    pub(crate) syscalls: u64,
}

#[derive(Deserialize)]
struct Config {
    name: String,
    from: Option<String>,
    expect: Expect,
}

#[derive(Deserialize)]
struct TranscriptLine {
    #[serde(rename = "vatID")]
    vat: VatId,
    pos: u64,
    item: Value,
}

impl Recording {
    /// Reads the recording in a folder.
    ///
    /// # Errors
    /// [`ReadError`] names the file, the line and what is wrong.
    pub fn read(folder: &Path) -> Result<Self, ReadError> {
        Self::from_source(&Folder(folder.to_owned()))
    }

    /// One of the [`BUNDLED`](crate::BUNDLED) recordings.
    ///
    /// # Errors
    /// [`ReadError::NotBundled`] for any other name.
    pub fn bundled(name: &str) -> Result<Self, ReadError> {
        Self::from_source(&Bundled(name.to_owned()))
    }

    /// The scenario's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tables at the start.
    pub fn start(&self) -> &Tables {
        &self.start
    }

    /// How many cranks were recorded.
    pub fn cranks(&self) -> u64 {
        self.expect.cranks
    }

    /// The same recording with the timer and the bridge of our kernel in place of the recorded
    /// ones. What they answer, send and remember is then compared like everything else. (No
    /// recording has a mailbox; the kernel's own tests compare that one.)
    ///
    /// ```
    /// use bootfork_conform::{Recording, conform};
    /// use bootfork_kernel::Bridge;
    ///
    /// let recording = Recording::bundled("hello")?.with_native_devices(Bridge::deaf());
    /// assert_eq!(conform(&recording).difference, None);
    /// # Ok::<(), bootfork_conform::ReadError>(())
    /// ```
    #[must_use]
    pub fn with_native_devices(mut self, bridge: Bridge) -> Self {
        let devices = self.devices.with("timer", Arc::new(Timer));
        self.devices = devices.with("bridge", Arc::new(bridge));
        self.native_devices = true;
        self
    }

    fn from_source(source: &dyn Source) -> Result<Self, ReadError> {
        let Config { name, from, expect } = config(source)?;
        let log: Vec<Line> = lines(source, "log.jsonl")?;
        let answers = answers(source, &log)?;
        let kv = state(source, "state0.jsonl")?;
        let bundles = bundles(source, from.as_deref(), &kv)?;
        let start = Tables {
            kv,
            bundles,
            // A fork inherits its base's transcripts, as they were at the end.
            transcripts: match &from {
                Some(base) => transcripts(&*source.sibling(base))?,
                None => Transcripts::default(),
            },
        };
        let devices = devices(source, &start.kv, &log)?;
        let native_devices = false;
        let initial = match from {
            Some(_) => None,
            None => Initial::read(source, &start.kv)?,
        };
        let end = Tables {
            kv: state(source, "stateN.jsonl")?,
            transcripts: transcripts(source)?,
            bundles: Store::new(),
        };
        Ok(Self { name, start, end, log, expect, answers, devices, native_devices, initial })
    }
}

fn config(source: &dyn Source) -> Result<Config, ReadError> {
    serde_json::from_str(&source.text("config.json")?)
        .map_err(|error| malformed(source, "config.json", Some(error.line()), &error))
}

/// What vats did, by crank and ordinal.
fn answers(source: &dyn Source, log: &[Line]) -> Result<bootfork_kernel::Answers, ReadError> {
    let mut answers = bootfork_kernel::Answers::default();
    for (index, line) in log.iter().enumerate() {
        let LogEvent::Crank(crank) = &line.event else { continue };
        let wrong = |problem: &dyn std::fmt::Display| {
            malformed(source, "log.jsonl", Some(index + 1), problem)
        };
        let number: u64 = crank.number.parse().map_err(|error| wrong(&error))?;
        for (ordinal, delivery) in deliveries(crank).map_err(|error| wrong(&error))? {
            answers.insert(number, ordinal, delivery);
        }
        if let Some((vat, why)) = failure(crank).map_err(|error| wrong(&error))? {
            answers.insert_failure(vat, why);
        }
    }
    Ok(answers)
}

/// What is installed at the start: what the table names, and for a fork all that its bases had
/// or got. Recordings have no bundles, only these names for them.
fn bundles(source: &dyn Source, from: Option<&str>, kv: &Store) -> Result<Store, ReadError> {
    let mut installed: BTreeSet<Vec<u8>> = named_bundles(kv).collect();
    let mut bases = BTreeSet::new();
    let mut from = from.map(str::to_owned);
    while let Some(name) = from.take() {
        let base = source.sibling(&name);
        if !bases.insert(name) {
            let problem = "a recording that is forked from itself";
            return Err(malformed(source, "config.json", None, &problem));
        }
        installed.extend(named_bundles(&state(&*base, "state0.jsonl")?));
        let log: Vec<Line> = lines(&*base, "log.jsonl")?;
        installed.extend(log.iter().filter_map(|line| match &line.event {
            LogEvent::Host(call) => Some(call.installed_bundle()?.as_bytes().to_vec()),
            _ => None,
        }));
        from = config(&*base)?.from;
    }
    Ok(installed.into_iter().map(|id| (id, "{}")).collect())
}

/// The bundles that a table speaks of.
fn named_bundles(kv: &Store) -> impl Iterator<Item = Vec<u8>> {
    let named = kv.prefix("namedBundleID.").map(|(_, id)| id.to_vec());
    let sources =
        kv.iter().filter(|(key, _)| key.ends_with(b".source")).filter_map(|(_, value)| {
            let source: Value = serde_json::from_slice(value).ok()?;
            Some(source["bundleID"].as_str()?.as_bytes().to_vec())
        });
    named.chain(sources)
}

/// What devices did, by name; the vatAdmin device is the kernel's own.
fn devices(source: &dyn Source, kv: &Store, log: &[Line]) -> Result<Endowments, ReadError> {
    let mut recorded: BTreeMap<DeviceId, RecordedDevice> = BTreeMap::new();
    for (index, line) in log.iter().enumerate() {
        let LogEvent::Crank(crank) = &line.event else { continue };
        let wrong = |problem: &dyn std::fmt::Display| {
            malformed(source, "log.jsonl", Some(index + 1), problem)
        };
        let number: u64 = crank.number.parse().map_err(|error| wrong(&error))?;
        for (delivery, made) in crank.deliveries.iter().enumerate() {
            for (position, syscall) in made.syscalls.iter().enumerate() {
                let Some(invocation) = &syscall.invocation else { continue };
                let call = device_call(syscall, invocation).map_err(|error| wrong(&error))?;
                let place = (number, delivery, position);
                recorded.entry(invocation.device).or_default().insert(place, call);
            }
        }
    }
    let prefix = "device.name.";
    let named = kv.prefix(prefix).filter_map(|(key, id)| {
        let name = std::str::from_utf8(&key[prefix.len()..]).ok()?;
        Some((name.to_owned(), std::str::from_utf8(id).ok()?.parse::<DeviceId>().ok()?))
    });
    Ok(named.fold(Endowments::default(), |devices, (name, id)| {
        devices.with(name, Arc::new(recorded.remove(&id).unwrap_or_default()))
    }))
}

fn device_call(
    syscall: &Syscall,
    invocation: &Invocation,
) -> Result<RecordedCall, serde_json::Error> {
    let answer = &invocation.answer[1];
    let answer = match invocation.answer[0].as_str() {
        Some("ok") => Ok(serde_json::from_value(answer.clone())?),
        _ => Err(answer.as_str().unwrap_or_default().to_owned()),
    };
    let actions = syscall.device.iter().filter_map(crate::log::DeviceAction::action).collect();
    Ok(RecordedCall { call: invocation.call.clone(), actions, answer })
}

fn deliveries(crank: &Crank) -> Result<Vec<(usize, RecordedDelivery)>, serde_json::Error> {
    let understood = |(ordinal, delivery): (usize, &crate::log::Delivery)| {
        let syscalls = delivery.syscalls.iter().map(|syscall| {
            Ok(RecordedSyscall {
                syscall: VatSyscall::from_json(syscall.vsc.clone()),
                result: serde_json::from_value(syscall.vsr.clone())?,
            })
        });
        let status = match delivery.dr.get(0).and_then(Value::as_str) {
            Some("ok") => DeliveryStatus::Ok,
            _ => DeliveryStatus::Error(
                delivery.dr.get(1).and_then(Value::as_str).unwrap_or_default().to_owned(),
            ),
        };
        let recorded = RecordedDelivery {
            vat: delivery.vat,
            delivery: serde_json::from_value(delivery.vd.clone())?,
            syscalls: syscalls.collect::<Result<_, serde_json::Error>>()?,
            status,
        };
        Ok((ordinal, recorded))
    };
    crank.deliveries.iter().enumerate().map(understood).collect()
}

/// The vat that a crank did not even make a worker for, and why: it is created and terminated
/// without a delivery.
fn failure(crank: &Crank) -> Result<Option<(VatId, VatError)>, serde_json::Error> {
    #[derive(Deserialize)]
    struct End {
        #[serde(rename = "vatID")]
        vat: VatId,
        info: CapData,
    }
    let made = crank.kind == "delivery" && crank.message_type == "create-vat";
    let Some(end) = crank.terminate.first().filter(|_| made && crank.deliveries.is_empty()) else {
        return Ok(None);
    };
    let End { vat, info } = serde_json::from_value(end.clone())?;
    match bootfork_kernel::Value::decode(&info) {
        Ok(bootfork_kernel::Value::Error { message, .. }) => Ok(Some((vat, message.into()))),
        _ => Ok(None),
    }
}

fn state(source: &dyn Source, file: &str) -> Result<Store, ReadError> {
    Store::import(source.text(file)?.as_bytes())
        .map_err(|error| malformed(source, file, None, &error))
}

fn transcripts(source: &dyn Source) -> Result<Transcripts, ReadError> {
    let file = "transcripts.jsonl";
    let mut ordered: BTreeMap<(u64, u64), (VatId, Value)> = BTreeMap::new();
    for TranscriptLine { vat, pos, item } in lines(source, file)? {
        ordered.insert((vat.0, pos), (vat, item));
    }
    let mut transcripts = Transcripts::default();
    for ((_, position), (vat, item)) in ordered {
        if transcripts.append(vat, &item.to_string()) != position {
            let problem = format!("{vat} has no entry before position {position}");
            return Err(malformed(source, file, None, &problem));
        }
    }
    Ok(transcripts)
}

fn lines<T: DeserializeOwned>(source: &dyn Source, file: &str) -> Result<Vec<T>, ReadError> {
    let parse = |(index, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| malformed(source, file, Some(index + 1), &error))
    };
    source.text(file)?.lines().enumerate().map(parse).collect()
}

fn malformed(
    source: &dyn Source,
    file: &str,
    line: Option<usize>,
    problem: &dyn std::fmt::Display,
) -> ReadError {
    ReadError::Malformed { place: source.place(file), line, problem: problem.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// KERNEL.md section 6: no recording that is here has such a vat.
    #[test]
    fn a_vat_that_ends_in_its_creation_without_a_delivery_had_no_worker() {
        let line = |delivered: &str| {
            let info = r##"{"body":"#{\"#error\":\"!!no setup\",\"name\":\"Error\"}","slots":[]}"##;
            let line = format!(
                r#"{{"seq":1,"ev":"crank","crankNum":"9","crankType":"delivery",
                "messageType":"create-vat","message":{{}},"rollbacks":["deliver"],
                "deliveries":[{delivered}],"clist":[],"crankhash":null,"activityhash":null,
                "terminate":[{{"vatID":"v7","shouldReject":true,"info":{info}}}],"delta":{{}}}}"#
            );
            let line: Line = serde_json::from_str(&line).expect("a line");
            let LogEvent::Crank(crank) = line.event else { panic!("a crank") };
            failure(&crank).expect("JSON of its kind")
        };
        assert_eq!(line(""), Some((VatId(7), VatError::new("!no setup"))));
        let delivery =
            r#"{"vatID":"v7","deliveryNum":"1","kd":[],"vd":[],"syscalls":[],"dr":["ok"]}"#;
        assert_eq!(line(delivery), None);
    }
}
