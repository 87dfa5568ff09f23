//! One recording, read and understood.

use std::collections::BTreeMap;
use std::path::Path;

use bootfork_kernel::{
    DeliveryStatus, RecordedDelivery, RecordedSyscall, Tables, Transcripts, VatId, VatSyscall,
};
use bootfork_store::Store;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bundled::Bundled;
use crate::log::{Crank, Line, LogEvent};
use crate::read::{Folder, ReadError, Source};

/// A run of the real kernel: where it began, what happened, where it ended.
#[derive(Clone, Debug)]
pub struct Recording {
    pub(crate) name: String,
    pub(crate) start: Tables,
    pub(crate) end: Tables,
    pub(crate) log: Vec<Line>,
    pub(crate) expect: Expect,
    pub(crate) answers: bootfork_kernel::Recording,
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

    fn from_source(source: &dyn Source) -> Result<Self, ReadError> {
        let Config { name, from, expect } = serde_json::from_str(&source.text("config.json")?)
            .map_err(|error| malformed(source, "config.json", Some(error.line()), &error))?;
        let log: Vec<Line> = lines(source, "log.jsonl")?;
        let answers = answers(source, &log)?;
        let start = Tables {
            kv: state(source, "state0.jsonl")?,
            // A fork inherits its base's transcripts, as they were at the end.
            transcripts: match from {
                Some(base) => transcripts(&*source.sibling(&base))?,
                None => Transcripts::default(),
            },
        };
        let end = Tables { kv: state(source, "stateN.jsonl")?, transcripts: transcripts(source)? };
        Ok(Self { name, start, end, log, expect, answers })
    }
}

/// What vats did, by crank and ordinal.
fn answers(source: &dyn Source, log: &[Line]) -> Result<bootfork_kernel::Recording, ReadError> {
    let mut answers = bootfork_kernel::Recording::default();
    for (index, line) in log.iter().enumerate() {
        let LogEvent::Crank(crank) = &line.event else { continue };
        let wrong = |problem: &dyn std::fmt::Display| {
            malformed(source, "log.jsonl", Some(index + 1), problem)
        };
        let number: u64 = crank.number.parse().map_err(|error| wrong(&error))?;
        for (ordinal, delivery) in deliveries(crank).map_err(|error| wrong(&error))? {
            answers.insert(number, ordinal, delivery);
        }
    }
    Ok(answers)
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
