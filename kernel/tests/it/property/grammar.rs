//! What a random vat may say, and what it must not: every syscall, in and out of the rules of
//! KERNEL.md section 7.6.

use bootfork_kernel::{CapData, Message, Resolution, VatSyscall, Vref};
use serde_json::json;

use super::device::Node;
use super::vat::{RandomVat, learn};

impl RandomVat {
    /// A syscall that breaks no rule, by all that the vat remembers.
    pub(super) fn legal(&mut self) -> Option<VatSyscall> {
        Some(match self.random.below(100) {
            0..30 => self.send(),
            30..40 => VatSyscall::Subscribe(self.random.pick(&self.promises)?.clone()),
            40..54 => return self.resolve(),
            54..62 => self.vatstore(),
            62..83 => return self.call_device(),
            83..88 => {
                let dropped = self.random.pick(&self.imports)?.clone();
                self.imports.retain(|vref| *vref != dropped);
                learn(&mut self.dropped_imports, &dropped);
                VatSyscall::DropImports(vec![dropped])
            }
            88..93 => {
                let gone = vec![self.random.pick(&self.dropped_imports)?.clone()];
                self.forget_imports(&gone);
                VatSyscall::RetireImports(gone)
            }
            93..97 => {
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
                // A failure undoes what its reason might speak of.
                let failure = self.random.chance(500);
                let info = if failure { CapData::new("#[]", []) } else { self.data() };
                VatSyscall::Exit(failure, info)
            }
            _ => VatSyscall::VatstoreGetNextKey(String::new()),
        })
    }

    fn send(&mut self) -> VatSyscall {
        let Self { random, imports, promises, exports, .. } = self;
        let target = match random.below(4) {
            0 => random.pick(promises),
            1 => random.pick(exports),
            _ => random.pick(imports),
        };
        let target = target.cloned().unwrap_or_else(Vref::root);
        self.use_export(&target);
        let CapData { body, slots } = self.data();
        let methargs = CapData::new(format!("#[\"x\",[{}]]", json!(body)), slots);
        let result = if self.pipelining && self.random.chance(300) && !self.decided.is_empty() {
            let at = self.random.below(self.decided.len());
            Some(self.decided.remove(at))
        } else if self.random.chance(700) {
            Some(self.new_promise())
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

    fn call_device(&mut self) -> Option<VatSyscall> {
        // Most of what there is to do is done by way of vatAdmin.
        let some =
            [self.random.pick(&self.devices)?.clone(), self.random.pick(&self.devices)?.clone()];
        let admin = some.iter().find(|(_, node)| *node == Node::VatAdmin);
        let (vref, node) = admin.unwrap_or(&some[0]).clone();
        let (method, arguments) = node.call(self);
        Some(VatSyscall::CallNow(vref, method.into(), arguments))
    }

    /// A syscall that ends the vat or panics the kernel, or would if the vat remembered better.
    pub(super) fn illegal(&mut self) -> Option<VatSyscall> {
        let forged = ["o-9999", "o+", "p-9999", "d-70", "d+1", "o+v1", "o*1", "", "kp40", "o-50"];
        let forged = Vref::new(*self.random.pick(&forged)?);
        let stale = self.random.pick(&self.stale).cloned().unwrap_or_else(|| forged.clone());
        let any = if self.random.chance(500) { forged } else { stale };
        let data = CapData::new("#[]", [any.clone()]);
        Some(match self.random.below(18) {
            0 => VatSyscall::Send(any, Message { methargs: data, result: Some(None) }),
            1 => {
                let result = self.random.pick(&self.promises).cloned().unwrap_or(any);
                let methargs = CapData::new("#[\"x\",[]]", []);
                VatSyscall::Send(Vref::root(), Message { methargs, result: Some(Some(result)) })
            }
            // Routing this panics the kernel.
            2 => {
                let (device, _) = self.random.pick(&self.devices)?.clone();
                let methargs = CapData::new("#[\"x\",[\"$0\"]]", [self.object()]);
                VatSyscall::Send(device, Message { methargs, result: Some(None) })
            }
            3 => VatSyscall::Subscribe(any),
            4 => VatSyscall::DropImports(vec![any]),
            5 => VatSyscall::RetireImports(vec![self.random.pick(&self.imports)?.clone()]),
            6 => VatSyscall::RetireExports(vec![self.random.pick(&self.exports)?.clone()]),
            7 => VatSyscall::AbandonExports(vec![any]),
            // The kernel panics at the second of two exports that are one.
            8 => {
                let object = self.random.pick(&self.exports)?.clone();
                VatSyscall::AbandonExports(vec![object.clone(), object])
            }
            choice @ 9..12 => self.illegal_resolve(choice - 9, data)?,
            12 => VatSyscall::CallNow(any, "x".into(), data),
            13 => {
                let (device, _) = self.random.pick(&self.devices)?.clone();
                let promise = self.random.pick(&self.promises)?.clone();
                VatSyscall::CallNow(device, "echo".into(), CapData::new("#[]", [promise]))
            }
            // A device that names what it does not have panics the kernel.
            14 => {
                let test = self.devices.iter().find(|(_, node)| *node == Node::Test);
                let data = CapData::new("#[]", []);
                VatSyscall::CallNow(test?.0.clone(), "forge".into(), data)
            }
            15 => VatSyscall::Exit(false, data),
            // Nobody can tell vatAdmin: the kernel panics when it ends the vat.
            16 => VatSyscall::Exit(self.random.chance(500), CapData::new("no value", [])),
            _ => VatSyscall::Malformed(json!(["jump", any])),
        })
    }

    fn illegal_resolve(&mut self, choice: usize, data: CapData<Vref>) -> Option<VatSyscall> {
        let promise = self.random.pick(&self.promises)?.clone();
        let once = |data| Resolution { promise: promise.clone(), rejected: false, data };
        Some(VatSyscall::Resolve(match choice {
            0 => vec![once(data.clone()), once(data)],
            1 => vec![once(CapData::new("#\"&0\"", [promise.clone()]))],
            // Not the vat's to resolve, perhaps: the kernel panics.
            _ => vec![once(CapData::new("#7", []))],
        }))
    }
}
