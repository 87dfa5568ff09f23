//! A vat that does anything that a vat can do, by chance.
//!
//! It remembers what it was told and what it let go, so that most of what it does is legal and
//! leads somewhere; now and then it does what it must not.

use bootfork_kernel::{CapData, SyscallResult, Syscalls, VatDelivery, VatSyscall, Vref};
use serde::{Deserialize, Serialize};

use super::device::Node;
use super::random::Random;

/// All that a vat is, which it may keep in its part of the store as well as on its heap.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct RandomVat {
    pub(super) random: Random,
    pub(super) pipelining: bool,
    /// So many syscalls in a thousand break a rule.
    pub(super) risk: usize,
    next: u64,
    pub(super) exports: Vec<Vref>,
    pub(super) dropped_exports: Vec<Vref>,
    pub(super) imports: Vec<Vref>,
    pub(super) dropped_imports: Vec<Vref>,
    pub(super) promises: Vec<Vref>,
    pub(super) decided: Vec<Vref>,
    pub(super) devices: Vec<(Vref, Node)>,
    /// Of vats and meters that it had vatAdmin make.
    pub(super) names: Vec<String>,
    /// What was good once.
    pub(super) stale: Vec<Vref>,
}

/// Where a vat counts its incarnations.
const STARTS: &str = "starts";

pub(super) fn learn<T: Clone + PartialEq>(list: &mut Vec<T>, item: &T) {
    if !list.contains(item) {
        list.push(item.clone());
    }
}

impl RandomVat {
    pub(super) fn new(seed: u64, pipelining: bool, risk: usize) -> Self {
        Self {
            random: Random::new(seed),
            pipelining,
            risk,
            next: 1,
            exports: vec![Vref::root()],
            dropped_exports: Vec::new(),
            imports: Vec::new(),
            dropped_imports: Vec::new(),
            promises: Vec::new(),
            decided: Vec::new(),
            devices: Vec::new(),
            names: Vec::new(),
            stale: Vec::new(),
        }
    }

    /// Handles a delivery; an error is a vat that throws.
    pub(super) fn deliver(
        &mut self,
        told: &VatDelivery,
        kernel: &mut dyn Syscalls,
    ) -> Result<(), String> {
        if matches!(told, VatDelivery::StartVat(_)) {
            self.begin(kernel);
        }
        self.hear(told);
        for _ in 0..self.random.below(5) {
            let syscall = if self.random.chance(self.risk) { self.illegal() } else { self.legal() };
            let Some(syscall) = syscall else { continue };
            match kernel.syscall(syscall) {
                SyscallResult::Data(answer) => self.hear_answer(&answer),
                SyscallResult::Error(text)
                    if !text.starts_with("device") && self.random.chance(500) =>
                {
                    return Err(text);
                }
                _ => {}
            }
        }
        if self.random.chance(self.risk) { Err("thrown by chance".into()) } else { Ok(()) }
    }

    /// A vat that is born again must not name anew what its c-list still has.
    fn begin(&mut self, kernel: &mut dyn Syscalls) {
        let starts = kernel.syscall(VatSyscall::VatstoreGet(STARTS.into()));
        let starts: u64 = match starts {
            SyscallResult::Ok(Some(text)) => text.parse().unwrap_or(0),
            _ => 0,
        };
        kernel.syscall(VatSyscall::VatstoreSet(STARTS.into(), (starts + 1).to_string()));
        self.next += 1_000_000 * starts;
        self.random = Random::new(self.random.next() ^ starts);
    }

    fn hear(&mut self, told: &VatDelivery) {
        match told {
            VatDelivery::StartVat(data) => self.hear_slots(data),
            VatDelivery::Message(_, message) => {
                self.hear_slots(&message.methargs);
                if let Some(result) = message.result_promise() {
                    learn(&mut self.promises, result);
                    learn(&mut self.decided, result);
                }
            }
            VatDelivery::Notify(resolutions) => {
                for resolution in resolutions {
                    self.hear_slots(&resolution.data);
                }
                let gone: Vec<_> = resolutions.iter().map(|r| r.promise.clone()).collect();
                self.forget_promises(&gone);
            }
            VatDelivery::DropExports(vrefs) => {
                for vref in vrefs {
                    learn(&mut self.dropped_exports, vref);
                }
            }
            VatDelivery::RetireExports(vrefs) => self.forget_exports(vrefs),
            VatDelivery::RetireImports(vrefs) => self.forget_imports(vrefs),
            _ => {}
        }
    }

    /// What a device says; vatAdmin names a new vat or meter.
    fn hear_answer(&mut self, answer: &CapData<Vref>) {
        self.hear_slots(answer);
        let text = answer.body.strip_prefix("#\"").and_then(|text| text.strip_suffix('"'));
        if let Some(name) = text.filter(|text| text.starts_with(['m', 'v'])) {
            learn(&mut self.names, &name.to_owned());
        }
    }

    fn hear_slots(&mut self, data: &CapData<Vref>) {
        for (slot, vref) in data.slots.iter().enumerate() {
            match vref.as_str().split_at(2).0 {
                "o-" => {
                    learn(&mut self.imports, vref);
                    self.dropped_imports.retain(|dropped| dropped != vref);
                }
                "p-" => learn(&mut self.promises, vref),
                "d-" => {
                    if let Some(node) = Node::named_in(&data.body, slot) {
                        learn(&mut self.devices, &(vref.clone(), node));
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn forget_promises(&mut self, gone: &[Vref]) {
        self.promises.retain(|vref| !gone.contains(vref));
        self.decided.retain(|vref| !gone.contains(vref));
        self.stale.extend_from_slice(gone);
    }

    pub(super) fn forget_exports(&mut self, gone: &[Vref]) {
        self.exports.retain(|vref| !gone.contains(vref));
        self.dropped_exports.retain(|vref| !gone.contains(vref));
        self.stale.extend_from_slice(gone);
    }

    pub(super) fn forget_imports(&mut self, gone: &[Vref]) {
        self.imports.retain(|vref| !gone.contains(vref));
        self.dropped_imports.retain(|vref| !gone.contains(vref));
        self.stale.extend_from_slice(gone);
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// A promise of its own, which it decides unless it is the result of a message.
    pub(super) fn new_promise(&mut self) -> Vref {
        let number = self.number();
        let promise = Vref::new(format!("p+{number}"));
        self.promises.push(promise.clone());
        promise
    }

    fn export(&mut self) -> Vref {
        let number = self.number();
        let vref = match self.random.below(4) {
            0 => format!("o+v1/{number}"),
            1 => format!("o+d2/{number}:1"),
            _ => format!("o+{number}"),
        };
        let vref = Vref::new(vref);
        learn(&mut self.exports, &vref);
        vref
    }

    /// An object to speak of.
    pub(super) fn object(&mut self) -> Vref {
        let Self { random, exports, imports, .. } = self;
        let known = match random.below(3) {
            0 => random.pick(imports),
            1 => random.pick(exports),
            _ => None,
        };
        let object = known.cloned().unwrap_or_else(|| self.export());
        self.use_export(&object);
        object
    }

    /// Something to speak of.
    fn slot(&mut self) -> Vref {
        let Self { random, exports, imports, promises, devices, .. } = self;
        let known = match random.below(9) {
            0 | 1 => random.pick(imports).cloned(),
            2 | 3 => random.pick(promises).cloned(),
            4 => random.pick(exports).cloned(),
            5..8 => random.pick(devices).map(|(vref, _)| vref.clone()),
            _ => None,
        };
        if let Some(vref) = known {
            self.use_export(&vref);
            return vref;
        }
        if self.random.chance(300) {
            let promise = self.new_promise();
            self.decided.push(promise.clone());
            return promise;
        }
        self.export()
    }

    /// An export that is named is reachable again.
    pub(super) fn use_export(&mut self, vref: &Vref) {
        self.dropped_exports.retain(|dropped| dropped != vref);
    }

    pub(super) fn data(&mut self) -> CapData<Vref> {
        let slots: Vec<_> = (0..self.random.below(3)).map(|_| self.slot()).collect();
        let mark = |(index, slot): (usize, &Vref)| {
            let node = self.devices.iter().find(|(vref, _)| vref == slot);
            match node {
                _ if slot.as_str().starts_with('p') => format!("&{index}"),
                Some((_, node)) => format!("${index}.Alleged: {}", node.name()),
                None => format!("${index}.Alleged: thing"),
            }
        };
        let marks: Vec<_> = slots.iter().enumerate().map(mark).collect();
        // Data that is one reference makes a fulfilled promise callable.
        let body = match &marks[..] {
            [single] if slots[0].as_str().starts_with('o') => serde_json::json!(single),
            _ => serde_json::json!(marks),
        };
        CapData::new(format!("#{body}"), slots)
    }
}
