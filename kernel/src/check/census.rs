//! The one pass over the table: every key recognized (K1), every value read (K2).

use std::collections::BTreeMap;
use std::str;
use std::str::FromStr;

use bootfork_store::Store;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::capdata::{CapData, Message};
use crate::check::Violation;
use crate::check::fixed::Fixed;
use crate::decimal::Amount;
use crate::event::Event;
use crate::id::{DeviceId, VatId, parse_number};
use crate::keeper::VatOptions;
use crate::policy::ResolutionPolicy;
use crate::schema::parse::{self, DevicePart, MeterPart, Parsed, PromisePart, VatPart};
use crate::slot::{Kref, Vref};
use crate::source::VatSource;

/// All that the table holds, by number.
#[derive(Debug, Default)]
pub(super) struct Census<'a> {
    pub(super) fixed: Fixed,
    /// Static vats by name, and devices.
    pub(super) static_vats: BTreeMap<&'a str, VatId>,
    pub(super) device_names: BTreeMap<&'a str, DeviceId>,
    pub(super) run: BTreeMap<u64, Event>,
    pub(super) acceptance: BTreeMap<u64, Event>,
    pub(super) objects: BTreeMap<u64, Object>,
    pub(super) nodes: BTreeMap<u64, Node>,
    pub(super) promises: BTreeMap<u64, Promise<'a>>,
    pub(super) vats: BTreeMap<u64, Holder<'a>>,
    pub(super) devices: BTreeMap<u64, Holder<'a>>,
    pub(super) meters: BTreeMap<u64, [bool; 2]>,
}

/// What an object's keys hold, and what is found to refer to it.
#[derive(Debug, Default)]
pub(super) struct Object {
    pub(super) owner: Option<VatId>,
    pub(super) count: Option<(u64, u64)>,
    pub(super) found: (u64, u64),
    /// Its owner's c-list exports it.
    pub(super) exported: bool,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) owner: DeviceId,
    pub(super) exported: bool,
}

/// What a promise's keys hold, and what is found to refer to it.
#[derive(Debug, Default)]
pub(super) struct Promise<'a> {
    pub(super) state: Option<&'a str>,
    pub(super) count: Option<u64>,
    #[expect(clippy::option_option, reason = "absent, the kernel, and a vat are three things")]
    pub(super) decider: Option<Option<VatId>>,
    pub(super) policy: bool,
    pub(super) subscribers: Option<Vec<VatId>>,
    pub(super) queue_next: Option<u64>,
    pub(super) queue: BTreeMap<u64, Message>,
    pub(super) body: bool,
    pub(super) slots: Option<Vec<Kref>>,
    pub(super) found: u64,
    /// Its decider's c-list has it.
    pub(super) known_to_decider: bool,
}

/// A vat or a device: who has a c-list.
#[derive(Debug, Default)]
pub(super) struct Holder<'a> {
    /// Counters of imported objects, promises and device nodes.
    pub(super) next: [Option<u64>; 3],
    pub(super) dirt: bool,
    pub(super) source: bool,
    pub(super) options: bool,
    pub(super) parameters: Option<CapData>,
    /// The kernel's side: kref, whether reachable, vref.
    pub(super) krefs: Vec<(Kref, bool, &'a str)>,
    /// The holder's side, in the order of vrefs.
    pub(super) vrefs: Vec<(&'a str, Kref)>,
}

/// A value under its key: what is wrong with it names the key.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) key: &'a str,
    pub(super) text: &'a str,
}

impl<'a> Entry<'a> {
    pub(super) fn wrong(&self, expected: &str) -> Violation {
        Violation::new("K2", self.key, expected, self.text)
    }

    pub(super) fn parse<T: FromStr>(&self, expected: &str) -> Result<T, Violation> {
        self.text.parse().map_err(|_| self.wrong(expected))
    }

    pub(super) fn number(&self) -> Result<u64, Violation> {
        Some(self.text)
            .filter(|text| !text.is_empty())
            .and_then(parse_number)
            .ok_or_else(|| self.wrong("a number"))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, expected: &str) -> Result<T, Violation> {
        serde_json::from_str(self.text).map_err(|_| self.wrong(expected))
    }

    pub(super) fn list<T: FromStr>(&self, expected: &str) -> Result<Vec<T>, Violation> {
        if self.text.is_empty() {
            return Ok(Vec::new());
        }
        let items = self.text.split(',').map(str::parse).collect::<Result<_, _>>();
        items.map_err(|_| self.wrong(expected))
    }

    fn one_of(&self, expected: &str, allowed: &[&str]) -> Result<&'a str, Violation> {
        if allowed.contains(&self.text) { Ok(self.text) } else { Err(self.wrong(expected)) }
    }
}

impl<'a> Census<'a> {
    pub(super) fn take(kv: &'a Store) -> Result<Self, Violation> {
        let mut census = Self::default();
        for (key, value) in kv {
            let unknown = |key| Violation::new("K1", key, "a key of the schema", "a key");
            let Ok(key) = str::from_utf8(key) else {
                return Err(unknown(String::from_utf8_lossy(key)));
            };
            let parsed = parse::parse(key).ok_or_else(|| unknown(key.into()))?;
            let text = str::from_utf8(value)
                .map_err(|_| Violation::new("K2", key, "UTF-8 text", "other bytes"))?;
            census.add(Entry { key, text }, parsed)?;
        }
        census.fixed.complete()?;
        Ok(census)
    }

    fn add(&mut self, entry: Entry<'a>, parsed: Parsed<'a>) -> Result<(), Violation> {
        match parsed {
            Parsed::Fixed => self.fixed.add(entry)?,
            Parsed::Foreign | Parsed::NamedBundle => {}
            Parsed::QueueItem(queue, position) => {
                let event = Event::from_json(entry.text).map_err(|_| entry.wrong("an event"))?;
                if !may_wait(&event) {
                    return Err(entry.wrong("an event that may be queued"));
                }
                let items = if queue == "runQueue" { &mut self.run } else { &mut self.acceptance };
                items.insert(position, event);
            }
            Parsed::VatName(name) => {
                self.static_vats.insert(name, entry.parse("a vat ID")?);
            }
            Parsed::DeviceName(name) => {
                self.device_names.insert(name, entry.parse("a device ID")?);
            }
            Parsed::Owner(Kref::Device(number)) => {
                let owner = entry.parse("a device ID")?;
                self.nodes.insert(number, Node { owner, exported: false });
            }
            Parsed::Owner(kref) => {
                let owner = entry.parse("a vat ID")?;
                self.objects.entry(number_of(kref)).or_default().owner = Some(owner);
            }
            Parsed::RefCount(Kref::Promise(number)) => {
                self.promises.entry(number).or_default().count = Some(entry.number()?);
            }
            Parsed::RefCount(kref) => {
                let count = entry.text.split_once(',').and_then(|(reachable, recognizable)| {
                    Some((parse_number(reachable)?, parse_number(recognizable)?))
                });
                let count = count.ok_or_else(|| entry.wrong("two numbers and a comma"))?;
                self.objects.entry(number_of(kref)).or_default().count = Some(count);
            }
            Parsed::Promise(number, part) => {
                self.promises.entry(number).or_default().add(entry, part)?;
            }
            Parsed::Vat(vat, part) => self.vats.entry(vat.0).or_default().add_vat(entry, part)?,
            Parsed::Device(device, part) => {
                self.devices.entry(device.0).or_default().add_device(entry, part)?;
            }
            Parsed::Meter(number, part) => self.add_meter(entry, number, part)?,
        }
        Ok(())
    }

    fn add_meter(
        &mut self,
        entry: Entry<'_>,
        meter: u64,
        part: MeterPart,
    ) -> Result<(), Violation> {
        let amount = Amount::parse(entry.text).is_some();
        let unlimited = part == MeterPart::Remaining && entry.text == "unlimited";
        if !amount && !unlimited {
            return Err(entry.wrong("an amount"));
        }
        self.meters.entry(meter).or_default()[usize::from(part == MeterPart::Threshold)] = true;
        Ok(())
    }
}

pub(super) fn number_of(kref: Kref) -> u64 {
    match kref {
        Kref::Object(number) | Kref::Promise(number) | Kref::Device(number) => number,
    }
}

fn may_wait(event: &Event) -> bool {
    matches!(
        event,
        Event::Send { .. }
            | Event::Notify { promise: Kref::Promise(_), .. }
            | Event::StartVat { .. }
            | Event::CreateVat { .. }
            | Event::UpgradeVat { .. }
            | Event::ChangeVatOptions { .. }
    )
}

impl<'a> Promise<'a> {
    fn add(&mut self, entry: Entry<'a>, part: PromisePart) -> Result<(), Violation> {
        match part {
            PromisePart::State => {
                let states = ["unresolved", "fulfilled", "rejected"];
                self.state = Some(entry.one_of("unresolved, fulfilled or rejected", &states)?);
            }
            PromisePart::Decider => {
                let named = !entry.text.is_empty();
                let decider = named.then(|| entry.parse("a vat ID or nothing")).transpose()?;
                self.decider = Some(decider);
            }
            PromisePart::Policy => {
                let stored = ResolutionPolicy::parse(entry.text).and_then(ResolutionPolicy::stored);
                stored.ok_or_else(|| entry.wrong("logAlways, logFailure or panic"))?;
                self.policy = true;
            }
            PromisePart::Subscribers => {
                self.subscribers = Some(entry.list("vat IDs joined by commas")?);
            }
            PromisePart::QueueNextId => self.queue_next = Some(entry.number()?),
            PromisePart::QueueItem(position) => {
                self.queue.insert(position, entry.json("a message")?);
            }
            PromisePart::Body => self.body = true,
            PromisePart::Slots => self.slots = Some(entry.list("krefs joined by commas")?),
        }
        Ok(())
    }
}

impl<'a> Holder<'a> {
    fn add_vat(&mut self, entry: Entry<'a>, part: VatPart<'a>) -> Result<(), Violation> {
        match part {
            VatPart::ObjectNextId => self.next[0] = Some(entry.number()?),
            VatPart::PromiseNextId => self.next[1] = Some(entry.number()?),
            VatPart::DeviceNextId => self.next[2] = Some(entry.number()?),
            VatPart::ReapDirt => {
                entry.json::<Map<String, Value>>("a record")?;
                self.dirt = true;
            }
            VatPart::Source => {
                let source: VatSource = entry.json("a record with a bundle or its ID")?;
                if !source.is_bundle() {
                    return Err(entry.wrong("a record with a bundle or its ID"));
                }
                self.source = true;
            }
            VatPart::Options => {
                entry.json::<VatOptions>("a vat's options")?;
                self.options = true;
            }
            VatPart::Parameters => self.parameters = Some(entry.json("capdata")?),
            VatPart::Kref(kref) => {
                let wrong = || entry.wrong("R or _, a space, a vref");
                let (flag, vref) = entry.text.split_once(' ').ok_or_else(wrong)?;
                if !matches!(flag, "R" | "_") || Vref::new(vref).kind().is_none() {
                    return Err(wrong());
                }
                self.krefs.push((kref, flag == "R", vref));
            }
            VatPart::Vref(vref) => self.vrefs.push((vref, entry.parse("a kref")?)),
            VatPart::Store => {}
        }
        Ok(())
    }

    fn add_device(&mut self, entry: Entry<'a>, part: DevicePart<'a>) -> Result<(), Violation> {
        match part {
            DevicePart::ObjectNextId => self.next[0] = Some(entry.number()?),
            DevicePart::PromiseNextId => self.next[1] = Some(entry.number()?),
            DevicePart::DeviceNextId => self.next[2] = Some(entry.number()?),
            DevicePart::State => {
                entry.json::<CapData<Vref>>("capdata")?;
            }
            DevicePart::Source => {
                entry.json::<Map<String, Value>>("a record")?;
                self.source = true;
            }
            DevicePart::Options => {
                entry.json::<Map<String, Value>>("a record")?;
                self.options = true;
            }
            DevicePart::Kref(kref) => {
                if Vref::new(entry.text).kind().is_none() {
                    return Err(entry.wrong("a slot"));
                }
                self.krefs.push((kref, true, entry.text));
            }
            DevicePart::Slot(slot) => self.vrefs.push((slot, entry.parse("a kref")?)),
            DevicePart::Store => {}
        }
        Ok(())
    }
}
