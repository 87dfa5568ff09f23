//! The keys without a variable part: lists, counters, queues' ends, statistics.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::check::Violation;
use crate::check::census::{Census, Entry};
use crate::event::Event;
use crate::id::VatId;
use crate::schema::parse::ALWAYS;
use crate::slot::Kref;
use crate::stats;

/// What those keys hold.
#[derive(Debug, Default)]
pub(super) struct Fixed {
    /// Which of [`ALWAYS`] are there.
    present: [bool; ALWAYS.len()],
    pub(super) vat_names: Vec<String>,
    pub(super) dynamic: Vec<VatId>,
    pub(super) terminated: Vec<VatId>,
    pub(super) device_names: Vec<String>,
    pub(super) reap: Vec<VatId>,
    pub(super) actions: Vec<(VatId, String, Kref)>,
    pub(super) pinned: Vec<Kref>,
    pub(super) vat_admin_root: Option<Kref>,
    pub(super) upgrade_events: Vec<Event>,
    /// Head and tail.
    run: (u64, u64),
    acceptance: (u64, u64),
    counters: Counters,
    stats: [Map<String, Value>; 2],
}

/// The next number of each kind.
#[derive(Debug, Default)]
struct Counters {
    vat: u64,
    device: u64,
    object: u64,
    node: u64,
    promise: u64,
    meter: u64,
}

impl Fixed {
    pub(super) fn add(&mut self, entry: Entry<'_>) -> Result<(), Violation> {
        if let Ok(index) = ALWAYS.binary_search(&entry.key) {
            self.present[index] = true;
        }
        match entry.key {
            "vat.names" => self.vat_names = entry.json("an array of names")?,
            "vat.dynamicIDs" => self.dynamic = entry.json("an array of vat IDs")?,
            "vats.terminated" => self.terminated = entry.json("an array of vat IDs")?,
            "device.names" => self.device_names = entry.json("an array of names")?,
            "reapQueue" => self.reap = entry.json("an array of vat IDs")?,
            "gcActions" => self.actions = actions(entry)?,
            "pinnedObjects" => self.pinned = entry.list("krefs joined by commas")?,
            "vatAdminRootKref" => self.vat_admin_root = Some(entry.parse("a kref")?),
            "upgradeEvents" => self.upgrade_events = entry.json("an array of events")?,
            "runQueue" => self.run = bounds(entry)?,
            "acceptanceQueue" => self.acceptance = bounds(entry)?,
            "vat.nextID" => self.counters.vat = entry.number()?,
            "device.nextID" => self.counters.device = entry.number()?,
            "ko.nextID" => self.counters.object = entry.number()?,
            "kd.nextID" => self.counters.node = entry.number()?,
            "kp.nextID" => self.counters.promise = entry.number()?,
            "meter.nextID" => self.counters.meter = entry.number()?,
            "vat.nextUpgradeID" | "crankNumber" => drop(entry.number()?),
            "kernelStats" => self.stats[0] = entry.json("a record")?,
            "local.kernelStats" => self.stats[1] = entry.json("a record")?,
            "kernel.defaultReapDirtThreshold" => {
                entry.json::<Map<String, Value>>("a record")?;
            }
            "activityhash" => {
                let hex = entry.text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
                if entry.text.len() != 64 || !hex {
                    return Err(entry.wrong("64 hex digits"));
                }
            }
            "version" if entry.text != "3" => return Err(entry.wrong("3")),
            _ => {}
        }
        Ok(())
    }

    /// K3.
    pub(super) fn complete(&self) -> Result<(), Violation> {
        match self.present.iter().position(|present| !present) {
            Some(missing) => Err(Violation::new("K3", ALWAYS[missing], "a value", "no such key")),
            None => Ok(()),
        }
    }
}

fn bounds(entry: Entry<'_>) -> Result<(u64, u64), Violation> {
    let (head, tail) = entry.json("[head,tail]")?;
    if head <= tail { Ok((head, tail)) } else { Err(entry.wrong("[head,tail], head <= tail")) }
}

fn actions(entry: Entry<'_>) -> Result<Vec<(VatId, String, Kref)>, Violation> {
    let texts: Vec<String> = entry.json("an array of GC actions")?;
    if texts.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(Violation::new("Q2", entry.key, "sorted actions, each once", entry.text));
    }
    let action = |text: &String| {
        let (vat, rest) = text.split_once(' ')?;
        let (kind, object) = rest.split_once(' ')?;
        let known = matches!(kind, "dropExport" | "retireExport" | "retireImport");
        let object = object.parse().ok().filter(|kref| matches!(kref, Kref::Object(_)))?;
        known.then_some((vat.parse().ok()?, kind.to_owned(), object))
    };
    let actions = texts.iter().map(action).collect::<Option<_>>();
    actions.ok_or_else(|| entry.wrong("an array of GC actions"))
}

impl Census<'_> {
    /// Q1 and Q2.
    pub(super) fn check_queues(&self) -> Result<(), Violation> {
        for (name, (head, tail), items) in [
            ("runQueue", self.fixed.run, &self.run),
            ("acceptanceQueue", self.fixed.acceptance, &self.acceptance),
        ] {
            sequence("Q1", name, items, head, tail)?;
        }
        let mut reap = self.fixed.reap.clone();
        reap.sort_unstable();
        match reap.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => {
                let found = format!("{} twice", pair[0]);
                Err(Violation::new("Q2", "reapQueue", "each vat once", found))
            }
            None => Ok(()),
        }
    }

    /// K4, S1 and S2.
    pub(super) fn check_counters(&self) -> Result<(), Violation> {
        let Counters { vat, device, object, node, promise, meter } = self.fixed.counters;
        let last = |map: Option<&u64>| map.copied();
        let listed = self.fixed.dynamic.iter().chain(&self.fixed.terminated);
        let listed = listed.chain(self.static_vats.values()).map(|vat| vat.0).max();
        for (key, counter, greatest) in [
            ("vat.nextID", vat, last(self.vats.keys().next_back()).max(listed)),
            ("device.nextID", device, last(self.devices.keys().next_back())),
            ("ko.nextID", object, last(self.objects.keys().next_back())),
            ("kd.nextID", node, last(self.nodes.keys().next_back())),
            ("kp.nextID", promise, last(self.promises.keys().next_back())),
            ("meter.nextID", meter, last(self.meters.keys().next_back())),
        ] {
            if let Some(greatest) = greatest
                && greatest >= counter
            {
                let found = format!("{counter}");
                return Err(Violation::new("K4", key, format!("more than {greatest}"), found));
            }
        }
        self.check_stats()
    }

    fn check_stats(&self) -> Result<(), Violation> {
        let consensus = stats::consensus_gauges().map(|names| ("kernelStats", 0, names));
        let local = stats::local_gauges().map(|names| ("local.kernelStats", 1, names));
        for (key, record, names) in consensus.chain(local) {
            let read = |member: &str| {
                let number = self.fixed.stats[record].get(member).and_then(Value::as_i64);
                let wanted = || format!("a number {member}");
                number.ok_or_else(|| Violation::new("K2", key, wanted(), "none"))
            };
            let [now, up, down, max] = names;
            let (now, up, down, max) = (read(now)?, read(up)?, read(down)?, read(max)?);
            if now != up - down || now > max || max > up.max(0) {
                let name = names[0];
                let found = format!("{name} {now}, up {up}, down {down}, at most {max}");
                return Err(Violation::new("S1", key, "up less down, at most max", found));
            }
        }
        let read = |name: &str| self.fixed.stats[1].get(name).and_then(Value::as_i64).unwrap_or(0);
        let all = read("kernelPromises");
        let states = read("kpUnresolved") + read("kpFulfilled") + read("kpRejected");
        if all == states {
            return Ok(());
        }
        let expected = format!("kernelPromises to be {states}, as by state");
        Err(Violation::new("S2", "local.kernelStats", expected, all.to_string()))
    }
}

/// The positions of some items must be those from `head` up to `tail`.
pub(super) fn sequence<T>(
    invariant: &'static str,
    name: &str,
    items: &BTreeMap<u64, T>,
    head: u64,
    tail: u64,
) -> Result<(), Violation> {
    let mut wanted = head;
    for &position in items.keys() {
        let inside = position == wanted && position < tail;
        if !inside {
            let (key, expected, found) = if position > wanted && wanted < tail {
                (wanted, "an item", "none")
            } else {
                (position, "no item, beyond head and tail", "one")
            };
            return Err(Violation::new(invariant, format!("{name}.{key}"), expected, found));
        }
        wanted += 1;
    }
    if wanted < tail {
        return Err(Violation::new(invariant, format!("{name}.{wanted}"), "an item", "none"));
    }
    Ok(())
}
