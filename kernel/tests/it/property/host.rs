//! A host that does anything between two cranks.

use bootfork_kernel::{
    CapData, Controller, Handle, KernelError, Kref, PromiseState, ResolutionPolicy, Timer, VatId,
};
use serde_json::json;

use super::random::Random;
use super::worker::RandomWorker;

type Kernel = Controller<RandomWorker>;

/// A host, and what is yet to come.
#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) random: Random,
    /// References that are counted and not found: those that the host holds, each as often as it
    /// does, and those that KERNEL.md leaves counted for ever.
    pub(super) held: Vec<Kref>,
    reaped: Vec<(VatId, u64)>,
    now: u64,
    /// What it did, for the report of a failure.
    pub(super) log: Vec<String>,
    pub(super) panics: u64,
}

impl Host {
    pub(super) fn new(random: Random) -> Self {
        // The bootstrap message's result: the first promise there is.
        let held = vec![Kref::Promise(40)];
        Self { random, held, reaped: Vec::new(), now: 0, log: Vec::new(), panics: 0 }
    }

    pub(super) fn call(&mut self, kernel: &mut Kernel) -> Result<(), String> {
        let entries = kernel.kv().prefix("vat.name.");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let vats: Vec<_> = entries.map(|(key, id)| (text(&key[9..]), text(id))).collect();
        let Some((name, id)) = self.random.pick(&vats) else { return Ok(()) };
        let called = match self.random.below(100) {
            choice @ 0..64 => self.queue(kernel, name, choice < 20),
            64..80 => self.resolution(kernel),
            80..84 => kernel.pin_vat_root(name).map(|root| format!("pin {name}: {root}")),
            84..88 => kernel.reap_all_vats(&self.reaped).map(|reaped| {
                self.reaped = reaped;
                "reap all".into()
            }),
            88..94 => self.poll(kernel),
            94 | 95 => {
                let bundle = format!("late-{}", self.random.below(3));
                kernel.install_bundle(&bundle, "{}").map(|()| format!("install {bundle}"))
            }
            96 | 97 => {
                let interval = json!(1 + self.random.below(4));
                let options = [("defaultReapInterval".to_owned(), interval)];
                let changed = kernel.change_kernel_options(&options);
                changed.map(|()| format!("change {options:?}"))
            }
            _ => {
                let id = id.parse().map_err(|error| format!("{error}"))?;
                let vat = if self.random.chance(500) { VatId(6) } else { id };
                let ended = kernel.terminate_vat(vat, CapData::new("#\"enough\"", []));
                ended.map(|()| format!("terminate {vat}"))
            }
        };
        let called = called.map_err(|error| format!("host call: {error}"))?;
        self.log.push(format!("crank {}: {called}", kernel.cranks()));
        Ok(())
    }

    fn queue(
        &mut self,
        kernel: &mut Kernel,
        name: &str,
        to_object: bool,
    ) -> Result<String, KernelError> {
        let slots = (0..self.random.below(3)).filter_map(|_| self.random.pick(&self.held));
        let slots: Vec<Kref> = slots.copied().collect();
        let policy = self.random.chance(800).then_some(ResolutionPolicy::LogFailure);
        let handles: Vec<_> = slots.iter().map(|kref| kernel.handle(*kref)).collect();
        let methargs = CapData::new("#[\"x\",[]]", handles);
        let object = self.random.pick(&self.held).copied().filter(|_| to_object);
        let result = match object {
            Some(object) => {
                let object = kernel.handle(object);
                kernel.queue_to_vat_object(&object, methargs, policy)
            }
            None => kernel.queue_to_vat_root(name, methargs, policy),
        };
        let result = result?.map(|promise| promise.kref());
        self.held.extend(result);
        Ok(format!("queue to {name} or {object:?} with {slots:?}: {result:?}"))
    }

    fn resolution(&mut self, kernel: &mut Kernel) -> Result<String, KernelError> {
        let promises = self.held.iter().filter(|kref| matches!(kref, Kref::Promise(_)));
        let promises = promises.map(|kref| kernel.handle(*kref)).collect::<Vec<_>>();
        let settled =
            |promise: &Handle| kernel.kp_status(promise) != Ok(Some(PromiseState::Unresolved));
        let promises: Vec<_> = promises.into_iter().filter(settled).collect();
        let Some(promise) = self.random.pick(&promises).cloned() else {
            return Ok("nothing".into());
        };
        let incref = self.random.chance(800);
        let data = kernel.kp_resolution(&promise, incref)?;
        let at = self.held.iter().position(|kref| *kref == promise.kref()).expect("held");
        self.held.swap_remove(at);
        self.held.extend(data.slots.iter().filter(|_| incref).map(Handle::kref));
        Ok(format!("resolution of {promise}, incref {incref}: {data:?}"))
    }

    fn poll(&mut self, kernel: &mut Kernel) -> Result<String, KernelError> {
        self.now += self.random.below(30) as u64;
        let now = self.now;
        let woken = kernel.device_input("timer", |device| Timer::poll(device, now))?;
        Ok(format!("poll the timer at {now}: {woken:?}"))
    }
}
