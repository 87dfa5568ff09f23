//! Statistics, kept in memory and written by every kernel emit (KERNEL.md section 12).

use serde_json::{Map, Value};

/// What only grows; written to `local.kernelStats` in this order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Counter {
    Syscalls,
    SyscallSend,
    SyscallCallNow,
    SyscallSubscribe,
    SyscallResolve,
    SyscallExit,
    SyscallVatstoreGet,
    SyscallVatstoreSet,
    SyscallVatstoreGetNextKey,
    SyscallVatstoreDelete,
    #[expect(dead_code, reason = "the specification: written, never counted")]
    SyscallDropImports,
    Dispatches,
    DispatchDeliver,
    DispatchNotify,
}

const COUNTERS: [&str; 14] = [
    "syscalls",
    "syscallSend",
    "syscallCallNow",
    "syscallSubscribe",
    "syscallResolve",
    "syscallExit",
    "syscallVatstoreGet",
    "syscallVatstoreSet",
    "syscallVatstoreGetNextKey",
    "syscallVatstoreDelete",
    "syscallDropImports",
    "dispatches",
    "dispatchDeliver",
    "dispatchNotify",
];

/// What goes up and down. The first three are consensus, the others local.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Gauge {
    RunQueueLength,
    AcceptanceQueueLength,
    PromiseQueuesLength,
    KernelObjects,
    KernelDevices,
    KernelPromises,
    KpUnresolved,
    KpFulfilled,
    KpRejected,
    ClistEntries,
    Vats,
}

const GAUGES: [&str; 11] = [
    "runQueueLength",
    "acceptanceQueueLength",
    "promiseQueuesLength",
    "kernelObjects",
    "kernelDevices",
    "kernelPromises",
    "kpUnresolved",
    "kpFulfilled",
    "kpRejected",
    "clistEntries",
    "vats",
];

/// As far as JavaScript counts.
const STATS_MAX: i64 = 1 << 53;

const CONSENSUS_GAUGES: usize = 3;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Track {
    now: i64,
    up: i64,
    down: i64,
    max: i64,
}

/// All counters and gauges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stats {
    counters: [i64; COUNTERS.len()],
    gauges: [Track; GAUGES.len()],
}

impl Stats {
    pub(crate) fn count(&mut self, counter: Counter) {
        self.counters[counter as usize] += 1;
    }

    pub(crate) fn up(&mut self, gauge: Gauge) {
        let track = &mut self.gauges[gauge as usize];
        track.now += 1;
        track.up += 1;
        track.max = track.max.max(track.now);
    }

    pub(crate) fn down(&mut self, gauge: Gauge) {
        self.down_by(gauge, 1);
    }

    pub(crate) fn down_by(&mut self, gauge: Gauge, number: i64) {
        let track = &mut self.gauges[gauge as usize];
        track.now -= number;
        track.down += number;
    }

    /// The value of `kernelStats`.
    pub(crate) fn consensus_json(&self) -> String {
        let mut json = JsonRecord::with_capacity(512);
        self.write_gauges(&mut json, 0..CONSENSUS_GAUGES);
        json.end()
    }

    /// The value of `local.kernelStats`.
    pub(crate) fn local_json(&self) -> String {
        let mut json = JsonRecord::with_capacity(1024);
        for (name, value) in COUNTERS.iter().zip(self.counters) {
            json.member(name, "", value);
        }
        self.write_gauges(&mut json, CONSENSUS_GAUGES..GAUGES.len());
        json.end()
    }

    fn write_gauges(&self, json: &mut JsonRecord, gauges: std::ops::Range<usize>) {
        for (name, track) in GAUGES[gauges.clone()].iter().zip(&self.gauges[gauges]) {
            json.member(name, "", track.now);
            json.member(name, "Up", track.up);
            json.member(name, "Down", track.down);
            json.member(name, "Max", track.max);
        }
    }

    /// Reads back what the two JSON texts hold; a missing member counts as 0.
    ///
    /// Returns `None` where a text is no JSON record.
    pub(crate) fn parse(consensus: &str, local: &str) -> Option<Self> {
        let consensus: Map<String, Value> = serde_json::from_str(consensus).ok()?;
        let local: Map<String, Value> = serde_json::from_str(local).ok()?;
        let read = |record: &Map<String, Value>, name: &str, suffix: &str| {
            let number = record.get(&format!("{name}{suffix}")).and_then(Value::as_i64);
            number.unwrap_or(0).clamp(-STATS_MAX, STATS_MAX)
        };
        let mut stats = Self::default();
        for (name, counter) in COUNTERS.iter().zip(&mut stats.counters) {
            *counter = read(&local, name, "");
        }
        for (index, (name, track)) in GAUGES.iter().zip(&mut stats.gauges).enumerate() {
            let record = if index < CONSENSUS_GAUGES { &consensus } else { &local };
            *track = Track {
                now: read(record, name, ""),
                up: read(record, name, "Up"),
                down: read(record, name, "Down"),
                max: read(record, name, "Max"),
            };
        }
        Some(stats)
    }
}

/// A JSON record of numbers, written without an intermediate value.
struct JsonRecord(String);

impl JsonRecord {
    fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    fn member(&mut self, name: &str, suffix: &str, value: i64) {
        let mut digits = itoa::Buffer::new();
        let separator = if self.0.is_empty() { "{\"" } else { ",\"" };
        for part in [separator, name, suffix, "\":", digits.format(value)] {
            self.0.push_str(part);
        }
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// The gauges of `kernelStats`.
pub(crate) fn consensus_gauges() -> &'static [&'static str] {
    &GAUGES[..CONSENSUS_GAUGES]
}

/// The gauges of `local.kernelStats`.
pub(crate) fn local_gauges() -> &'static [&'static str] {
    &GAUGES[CONSENSUS_GAUGES..]
}
