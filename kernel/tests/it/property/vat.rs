//! A vat that does anything that a vat can do, by chance.
//!
//! It remembers what it was told and what it let go, so that most of what it does is legal and
//! leads somewhere; now and then it does what it must not.

use bootfork_kernel::{
    CapData, Message, Resolution, SyscallResult, Syscalls, VatDelivery, VatSyscall, Vref,
};
use serde_json::json;

use super::random::Random;

#[derive(Clone, Debug)]
pub(super) struct RandomVat {
    random: Random,
    pipelining: bool,
    /// So many syscalls in a thousand break a rule.
    risk: usize,
    next: u64,
    exports: Vec<Vref>,
    dropped_exports: Vec<Vref>,
    imports: Vec<Vref>,
    dropped_imports: Vec<Vref>,
    promises: Vec<Vref>,
    decided: Vec<Vref>,
    /// What was good once.
    stale: Vec<Vref>,
}

fn learn(list: &mut Vec<Vref>, vref: &Vref) {
    if !list.contains(vref) {
        list.push(vref.clone());
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
            stale: Vec::new(),
        }
    }

    /// Handles a delivery; an error is a vat that throws.
    pub(super) fn deliver(
        &mut self,
        told: &VatDelivery,
        kernel: &mut dyn Syscalls,
    ) -> Result<(), String> {
        self.hear(told);
        for _ in 0..self.random.below(5) {
            let syscall = if self.random.chance(self.risk) { self.illegal() } else { self.legal() };
            let Some(syscall) = syscall else { continue };
            if let SyscallResult::Error(text) = kernel.syscall(syscall)
                && self.random.chance(500)
            {
                return Err(text);
            }
        }
        if self.random.chance(self.risk) { Err("thrown by chance".into()) } else { Ok(()) }
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

    fn hear_slots(&mut self, data: &CapData<Vref>) {
        for vref in &data.slots {
            match vref.as_str().split_at(2).0 {
                "o-" => {
                    learn(&mut self.imports, vref);
                    self.dropped_imports.retain(|dropped| dropped != vref);
                }
                "p-" => learn(&mut self.promises, vref),
                _ => {}
            }
        }
    }

    fn forget_promises(&mut self, gone: &[Vref]) {
        self.promises.retain(|vref| !gone.contains(vref));
        self.decided.retain(|vref| !gone.contains(vref));
        self.stale.extend_from_slice(gone);
    }

    fn forget_exports(&mut self, gone: &[Vref]) {
        self.exports.retain(|vref| !gone.contains(vref));
        self.dropped_exports.retain(|vref| !gone.contains(vref));
        self.stale.extend_from_slice(gone);
    }

    fn forget_imports(&mut self, gone: &[Vref]) {
        self.imports.retain(|vref| !gone.contains(vref));
        self.dropped_imports.retain(|vref| !gone.contains(vref));
        self.stale.extend_from_slice(gone);
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn new_promise(&mut self) -> Vref {
        let number = self.number();
        Vref::new(format!("p+{number}"))
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

    /// Something to speak of.
    fn slot(&mut self) -> Vref {
        let Self { random, exports, imports, promises, .. } = self;
        let known = match random.below(6) {
            0 | 1 => random.pick(imports),
            2 | 3 => random.pick(promises),
            4 => random.pick(exports),
            _ => None,
        };
        if let Some(vref) = known.cloned() {
            self.dropped_exports.retain(|dropped| *dropped != vref);
            return vref;
        }
        if self.random.chance(300) {
            let promise = self.new_promise();
            self.promises.push(promise.clone());
            self.decided.push(promise.clone());
            return promise;
        }
        self.export()
    }

    fn data(&mut self) -> CapData<Vref> {
        let slots: Vec<_> = (0..self.random.below(3)).map(|_| self.slot()).collect();
        if let [single] = &slots[..]
            && single.as_str().starts_with('o')
        {
            return CapData::new("#\"$0.Alleged: thing\"", slots);
        }
        let mark = |(index, slot): (usize, &Vref)| {
            let mark = if slot.as_str().starts_with('p') { '&' } else { '$' };
            format!("{mark}{index}")
        };
        let body = json!(slots.iter().enumerate().map(mark).collect::<Vec<_>>());
        CapData::new(format!("#{body}"), slots)
    }

    fn send(&mut self) -> VatSyscall {
        let Self { random, imports, promises, exports, .. } = self;
        let target = match random.below(4) {
            0 => random.pick(promises),
            1 => random.pick(exports),
            _ => random.pick(imports),
        };
        let target = target.cloned().unwrap_or_else(Vref::root);
        self.dropped_exports.retain(|dropped| *dropped != target);
        let CapData { body, slots } = self.data();
        let methargs = CapData::new(format!("#[\"x\",[{}]]", json!(body)), slots);
        let result = if self.pipelining && self.random.chance(300) && !self.decided.is_empty() {
            let at = self.random.below(self.decided.len());
            Some(self.decided.remove(at))
        } else if self.random.chance(700) {
            let promise = self.new_promise();
            self.promises.push(promise.clone());
            Some(promise)
        } else {
            None
        };
        VatSyscall::Send(target, Message { methargs, result: Some(result) })
    }

    /// Resolves one promise or several, whose data may speak of each other.
    fn resolve(&mut self) -> Option<VatSyscall> {
        let mut resolutions = Vec::new();
        for _ in 0..=self.random.below(3) {
            let Some(promise) = self.random.pick(&self.decided).cloned() else { break };
            self.decided.retain(|other| *other != promise);
            let (rejected, data) = (self.random.chance(300), self.data());
            resolutions.push(Resolution { promise, rejected, data });
        }
        let resolved: Vec<_> = resolutions.iter().map(|r| r.promise.clone()).collect();
        self.forget_promises(&resolved);
        (!resolved.is_empty()).then_some(VatSyscall::Resolve(resolutions))
    }

    fn legal(&mut self) -> Option<VatSyscall> {
        Some(match self.random.below(100) {
            0..35 => self.send(),
            35..50 => VatSyscall::Subscribe(self.random.pick(&self.promises)?.clone()),
            50..70 => return self.resolve(),
            70..85 => self.vatstore(),
            85..90 => {
                let dropped = self.random.pick(&self.imports)?.clone();
                self.imports.retain(|vref| *vref != dropped);
                learn(&mut self.dropped_imports, &dropped);
                VatSyscall::DropImports(vec![dropped])
            }
            90..94 => {
                let gone = vec![self.random.pick(&self.dropped_imports)?.clone()];
                self.forget_imports(&gone);
                VatSyscall::RetireImports(gone)
            }
            94..97 => {
                let gone = vec![self.random.pick(&self.dropped_exports)?.clone()];
                self.forget_exports(&gone);
                VatSyscall::RetireExports(gone)
            }
            // What was exported may have been retired since: then this is illegal.
            97 => {
                let gone = vec![self.random.pick(&self.exports)?.clone()];
                self.forget_exports(&gone);
                VatSyscall::AbandonExports(gone)
            }
            98 if self.random.chance(20 * self.risk) => {
                VatSyscall::Exit(self.random.chance(500), self.data())
            }
            _ => VatSyscall::VatstoreGetNextKey(String::new()),
        })
    }

    fn vatstore(&mut self) -> VatSyscall {
        let keys = ["", "a", "a.b", "c.o+0", "../v1.vs.x", "\u{0}", "o.nextID", "ä"];
        let key = (*self.random.pick(&keys).expect("some")).to_owned();
        match self.random.below(4) {
            0 => VatSyscall::VatstoreGet(key),
            1 => VatSyscall::VatstoreDelete(key),
            2 => VatSyscall::VatstoreGetNextKey(key),
            _ => VatSyscall::VatstoreSet(key, self.random.below(100).to_string()),
        }
    }

    fn illegal(&mut self) -> Option<VatSyscall> {
        let forged = ["o-9999", "o+", "p-9999", "d-70", "d+1", "o+v1", "o*1", "", "kp40", "o-50"];
        let forged = Vref::new(*self.random.pick(&forged)?);
        let stale = self.random.pick(&self.stale).cloned().unwrap_or_else(|| forged.clone());
        let any = if self.random.chance(500) { forged } else { stale };
        let data = CapData::new("#[]", [any.clone()]);
        Some(match self.random.below(12) {
            0 => VatSyscall::Send(any, Message { methargs: data, result: Some(None) }),
            1 => {
                let result = self.random.pick(&self.promises).cloned().unwrap_or(any);
                let methargs = CapData::new("#[\"x\",[]]", []);
                VatSyscall::Send(Vref::root(), Message { methargs, result: Some(Some(result)) })
            }
            2 => VatSyscall::Subscribe(any),
            3 => VatSyscall::DropImports(vec![any]),
            4 => VatSyscall::RetireImports(vec![self.random.pick(&self.imports)?.clone()]),
            5 => VatSyscall::RetireExports(vec![self.random.pick(&self.exports)?.clone()]),
            6 => VatSyscall::AbandonExports(vec![any.clone(), any]),
            7 => {
                let promise = self.random.pick(&self.promises)?.clone();
                let once = Resolution { promise, rejected: false, data };
                VatSyscall::Resolve(vec![once.clone(), once])
            }
            // Not the vat's to resolve, perhaps: the kernel panics.
            8 => {
                let promise = self.random.pick(&self.promises)?.clone();
                let data = CapData::new("#7", []);
                VatSyscall::Resolve(vec![Resolution { promise, rejected: false, data }])
            }
            9 => VatSyscall::CallNow(any, "x".into(), data),
            10 => VatSyscall::Exit(true, data),
            _ => VatSyscall::Malformed(json!(["jump", any])),
        })
    }
}
