//! Statistics, kept in memory and written by every kernel emit (KERNEL.md section 12).

use serde::{Deserialize, Serialize};
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

/// The members that have these names, as they are written.
macro_rules! members {
    ($($name:literal),* $(,)?) => { [$(concat!("\"", $name, "\":")),*] };
}

/// For each of these gauges its four members, as they are written.
macro_rules! gauges {
    ($($name:literal),* $(,)?) => {
        [$([
            concat!("\"", $name, "\":"),
            concat!("\"", $name, "Up\":"),
            concat!("\"", $name, "Down\":"),
            concat!("\"", $name, "Max\":"),
        ]),*]
    };
}

const COUNTERS: [&str; 14] = members![
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

const GAUGES: [[&str; 4]; 11] = gauges![
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

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Track {
    now: i64,
    up: i64,
    down: i64,
    max: i64,
}

/// All counters and gauges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stats {
    counters: [i64; COUNTERS.len()],
    gauges: [Track; GAUGES.len()],
}

impl Stats {
    pub(crate) fn count(&mut self, counter: Counter) {
        self.counters[counter as usize] += 1;
    }

    /// Whether all numbers are such as a kernel counts, so that it can count on.
    pub(crate) fn are_in_range(&self) -> bool {
        let tracks =
            self.gauges.iter().flat_map(|track| [track.now, track.up, track.down, track.max]);
        let mut numbers = self.counters.iter().copied().chain(tracks);
        numbers.all(|number| (-STATS_MAX..=STATS_MAX).contains(&number))
    }

    /// How many there are now.
    pub(crate) fn now(&self, gauge: Gauge) -> i64 {
        self.gauges[gauge as usize].now
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
        for (member, value) in COUNTERS.iter().zip(self.counters) {
            json.member(member, value);
        }
        self.write_gauges(&mut json, CONSENSUS_GAUGES..GAUGES.len());
        json.end()
    }

    fn write_gauges(&self, json: &mut JsonRecord, gauges: std::ops::Range<usize>) {
        for (members, track) in GAUGES[gauges.clone()].iter().zip(&self.gauges[gauges]) {
            let Track { now, up, down, max } = *track;
            for (member, value) in members.iter().zip([now, up, down, max]) {
                json.member(member, value);
            }
        }
    }

    /// Reads back what the two JSON texts hold; a missing member counts as 0.
    ///
    /// Returns `None` where a text is no JSON record.
    pub(crate) fn parse(consensus: &str, local: &str) -> Option<Self> {
        let consensus: Map<String, Value> = serde_json::from_str(consensus).ok()?;
        let local: Map<String, Value> = serde_json::from_str(local).ok()?;
        let read = |record: &Map<String, Value>, member: &str| {
            let name = member.trim_matches(['"', ':']);
            let number = record.get(name).and_then(Value::as_i64);
            number.unwrap_or(0).clamp(-STATS_MAX, STATS_MAX)
        };
        let mut stats = Self::default();
        for (member, counter) in COUNTERS.iter().zip(&mut stats.counters) {
            *counter = read(&local, member);
        }
        for (index, (members, track)) in GAUGES.iter().zip(&mut stats.gauges).enumerate() {
            let record = if index < CONSENSUS_GAUGES { &consensus } else { &local };
            let [now, up, down, max] = members.map(|member| read(record, member));
            *track = Track { now, up, down, max };
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

    fn member(&mut self, member: &str, value: i64) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(member);
        self.0.push_str(itoa::Buffer::new().format(value));
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// The names of each gauge's members in `kernelStats`: now, up, down, at most.
pub(crate) fn consensus_gauges() -> impl Iterator<Item = [&'static str; 4]> {
    names(&GAUGES[..CONSENSUS_GAUGES])
}

/// The same of `local.kernelStats`.
pub(crate) fn local_gauges() -> impl Iterator<Item = [&'static str; 4]> {
    names(&GAUGES[CONSENSUS_GAUGES..])
}

fn names(gauges: &'static [[&str; 4]]) -> impl Iterator<Item = [&'static str; 4]> {
    gauges.iter().map(|members| members.map(|member| member.trim_matches(['"', ':'])))
}
