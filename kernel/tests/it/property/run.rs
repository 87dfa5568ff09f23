//! One run: a kernel of random vats, and a host that does anything in between.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use bootfork_kernel::{
    Allowance, CapData, CleanupBudget, Config, Controller, CrankTrace, Handle, KernelError, Kref,
    PromiseState, ResolutionPolicy, RunPolicy, VatConfig, VatId,
};
use serde_json::{Map, Value};

use super::random::Random;
use super::worker::RandomWorker;

const NAMES: [&str; 4] = ["main", "alice", "bob", "carol"];

/// A kernel, what its host holds, and what is yet to come: cloning it forks all of that.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) kernel: Controller<RandomWorker>,
    pub(super) worker: Arc<RandomWorker>,
    random: Random,
    /// References that the host counts, each as often as it does.
    pub(super) held: Vec<Kref>,
    reaped: Vec<(VatId, u64)>,
    /// What the host did, for the report of a failure.
    pub(super) log: Vec<String>,
    pub(super) panics: u64,
    /// What the last crank did.
    last: Option<CrankTrace>,
    drift: Option<Drift>,
}

/// What gauges show beyond what there is: queued events, waiting messages, promises.
type Drift = [i64; 4];

impl Run {
    pub(super) fn boot(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let risk = [0, 2, 10][random.below(3)];
        let worker = Arc::new(RandomWorker { seed, risk, cut: Mutex::new(None) });
        let vats = 3 + random.below(2);
        let mut config =
            Config::new("main").reap_interval([Some(1), Some(3), None][random.below(3)]);
        for name in &NAMES[..vats] {
            config = match random.below(3) {
                0 => config.with_vat(VatConfig::new(*name, "pipelining").pipelining()),
                _ => config.vat(*name, "plain"),
            };
        }
        let booting = RandomWorker { seed, risk, cut: Mutex::new(None) };
        let booted = Controller::boot(&config, booting).expect("a good configuration");
        let kernel = Controller::start(booted.tables().clone(), worker.clone());
        let kernel = kernel.expect("the tables of a kernel");
        // The bootstrap message's result: the first promise there is.
        let held = vec![Kref::Promise(40)];
        let (reaped, log) = (Vec::new(), Vec::new());
        Self { kernel, worker, random, held, reaped, log, panics: 0, last: None, drift: None }
    }

    /// Perhaps a host call, then a crank.
    pub(super) fn step(&mut self) -> Result<(), String> {
        if self.random.chance(125) {
            self.host_call()?;
        }
        let (trace, done) = self.crank();
        match done {
            Ok(()) if trace.is_none() => self.host_call()?,
            Ok(()) => {}
            // A panic is in memory alone: the host starts the kernel again.
            Err(KernelError::Panicked { .. }) => {
                self.panics += 1;
                self.restart()?;
            }
            Err(error) => return Err(format!("crank {}: {error}", self.kernel.cranks())),
        }
        let tracked = self.track_drift(trace.as_ref());
        self.last = trace;
        tracked
    }

    pub(super) fn crank(&mut self) -> (Option<CrankTrace>, Result<(), KernelError>) {
        let limit = |random: &mut Random| Allowance::Of(random.below(4) as u64);
        let budget = match self.random.below(4) {
            0 => None,
            1 => {
                Some(CleanupBudget { default: limit(&mut self.random), ..CleanupBudget::UNLIMITED })
            }
            _ => Some(CleanupBudget::UNLIMITED),
        };
        self.kernel.step_traced(&mut Cleanup(budget))
    }

    pub(super) fn restart(&mut self) -> Result<(), String> {
        self.kernel = self.kernel.restart().map_err(|error| format!("restart: {error}"))?;
        self.drift = None;
        Ok(())
    }

    /// Everything that must hold between two cranks.
    pub(super) fn check(&self) -> Result<(), String> {
        let checked = self.kernel.tables().check_exactly(&self.held);
        checked.map_err(|violation| format!("crank {}: {violation}", self.kernel.cranks()))
    }

    fn host_call(&mut self) -> Result<(), String> {
        let kernel = &mut self.kernel;
        let entries = kernel.kv().prefix("vat.name.");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let vats: Vec<_> = entries.map(|(key, id)| (text(&key[9..]), text(id))).collect();
        let Some((name, id)) = self.random.pick(&vats) else { return Ok(()) };
        let wrong = |error: KernelError| format!("host call: {error}");
        let choice = self.random.below(100);
        let call = match choice {
            0..70 => {
                let slots = (0..self.random.below(3)).filter_map(|_| self.random.pick(&self.held));
                let slots: Vec<Kref> = slots.copied().collect();
                let policy = self.random.chance(800).then_some(ResolutionPolicy::LogFailure);
                let handles: Vec<_> = slots.iter().map(|kref| kernel.handle(*kref)).collect();
                let methargs = CapData::new("#[\"x\",[]]", handles);
                let object = self.random.pick(&self.held).copied().filter(|_| choice < 20);
                let result = match object {
                    Some(object) => {
                        let object = kernel.handle(object);
                        kernel.queue_to_vat_object(&object, methargs, policy)
                    }
                    None => kernel.queue_to_vat_root(name, methargs, policy),
                };
                let result = result.map_err(wrong)?.map(|promise| promise.kref());
                self.held.extend(result);
                format!("queue to {name} or {object:?} with {slots:?}: {result:?}")
            }
            70..88 => {
                let promises = self.held.iter().filter(|kref| matches!(kref, Kref::Promise(_)));
                let promises = promises.map(|kref| kernel.handle(*kref)).collect::<Vec<_>>();
                let settled = |promise: &Handle| {
                    kernel.kp_status(promise) != Ok(Some(PromiseState::Unresolved))
                };
                let promises: Vec<_> = promises.into_iter().filter(settled).collect();
                let Some(promise) = self.random.pick(&promises).cloned() else { return Ok(()) };
                let incref = self.random.chance(800);
                let data = kernel.kp_resolution(&promise, incref).map_err(wrong)?;
                let at = self.held.iter().position(|kref| *kref == promise.kref()).expect("held");
                self.held.swap_remove(at);
                self.held.extend(data.slots.iter().filter(|_| incref).map(Handle::kref));
                format!("resolution of {promise}, incref {incref}: {data:?}")
            }
            88..93 => format!("pin {name}: {:?}", kernel.pin_vat_root(name).map_err(wrong)?),
            93..98 => {
                self.reaped = kernel.reap_all_vats(&self.reaped).map_err(wrong)?;
                "reap all".into()
            }
            _ => {
                let vat = id.parse().map_err(|error| format!("{error}"))?;
                kernel.terminate_vat(vat, CapData::new("#\"enough\"", [])).map_err(wrong)?;
                format!("terminate {id}")
            }
        };
        self.log.push(format!("crank {}: {call}", kernel.cranks()));
        Ok(())
    }

    /// Gauges move as what they count does, but for what a rollback forgets.
    fn track_drift(&mut self, trace: Option<&CrankTrace>) -> Result<(), String> {
        let Some(trace) = trace else { return Ok(()) };
        let drift = self.measure_drift()?;
        let before = self.drift.replace(drift);
        match before {
            Some(before) if trace.rollbacks.is_empty() && before != drift => {
                Err(format!("crank {}: gauges drift from {before:?} to {drift:?}", trace.crank))
            }
            _ => Ok(()),
        }
    }

    fn measure_drift(&self) -> Result<Drift, String> {
        let kv = self.kernel.kv();
        let record = |key: &str| -> Result<Map<String, Value>, String> {
            serde_json::from_slice(kv.get(key).unwrap_or_default()).map_err(|e| e.to_string())
        };
        let (consensus, local) = (record("kernelStats")?, record("local.kernelStats")?);
        let gauge = |record: &Map<String, Value>, name: &str| record[name].as_i64().unwrap_or(0);
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let promises = kv.prefix("kp").filter(|(key, _)| key.ends_with(b".state"));
        let waiting = kv.prefix("kp").filter(|(key, _)| {
            String::from_utf8_lossy(key).split_once(".queue.").is_some_and(|(_, id)| id != "nextID")
        });
        Ok([
            gauge(&consensus, "runQueueLength") - count(kv.prefix("runQueue.").count()),
            gauge(&consensus, "acceptanceQueueLength")
                - count(kv.prefix("acceptanceQueue.").count()),
            gauge(&consensus, "promiseQueuesLength") - count(waiting.count()),
            gauge(&local, "kernelPromises") - count(promises.count()),
        ])
    }

    /// What the host did, and the last crank.
    pub(super) fn report(&self) -> String {
        let mut report = String::new();
        for call in &self.log {
            writeln!(report, "  {call}").expect("writing to a string does not fail");
        }
        let Some(last) = &self.last else { return report };
        let event = serde_json::to_string(&last.event).unwrap_or_default();
        writeln!(report, "the last crank, {}: {event}", last.crank).expect("as above");
        for delivery in &last.deliveries {
            writeln!(report, "  {}: {:?}", delivery.vat, delivery.status).expect("as above");
            for made in &delivery.syscalls {
                let syscall = serde_json::to_string(&made.vat_form).unwrap_or_default();
                writeln!(report, "    {syscall}: {:?}", made.result).expect("as above");
            }
        }
        report
    }
}

struct Cleanup(Option<CleanupBudget>);

impl RunPolicy for Cleanup {
    fn allow_cleanup(&mut self) -> Option<CleanupBudget> {
        self.0
    }
}
