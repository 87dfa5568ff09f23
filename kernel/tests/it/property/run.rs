//! One run: a kernel of random vats, and a host that does anything in between.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use bootfork_kernel::{
    Allowance, CleanupBudget, Config, Controller, CrankTrace, KernelError, RunPolicy, VatConfig,
};
use serde_json::{Map, Value};

use super::device::{endowments, with_devices};
use super::host::Host;
use super::left::{Left, ends_a_vat};
use super::random::Random;
use super::worker::{Memory, RandomWorker};

const NAMES: [&str; 5] = ["main", "vatAdmin", "alice", "bob", "carol"];

/// A kernel, what its host holds, and what is yet to come: cloning it forks all of that.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) kernel: Controller<RandomWorker>,
    pub(super) worker: Arc<RandomWorker>,
    pub(super) host: Host,
    /// What the last crank did.
    pub(super) last: Option<CrankTrace>,
    drift: Option<Drift>,
    /// A device ended a vat in a delivery that was undone, so the vat is dead in memory and alive
    /// in the table (KERNEL.md section 10): its cleanup will leave a vat without keys among the
    /// living, on which no kernel starts. All that holds from here on is that copies agree.
    pub(super) torn: bool,
    /// A torn kernel does no more cranks.
    stuck: bool,
}

/// What gauges show beyond what there is: queued events, waiting messages, promises.
type Drift = [i64; 4];

impl Clone for Run {
    fn clone(&self) -> Self {
        let Self { worker, host, last, drift, torn, stuck, .. } = self;
        let kernel = self.kernel.fork_with(endowments());
        let (worker, host, last) = (worker.clone(), host.clone(), last.clone());
        Self { kernel, worker, host, last, drift: *drift, torn: *torn, stuck: *stuck }
    }
}

impl Run {
    pub(super) fn boot(seed: u64, memory: Memory) -> Self {
        let mut random = Random::new(seed);
        let risk = [0, 4, 20][random.below(3)];
        let worker = || RandomWorker { seed, risk, memory, cut: Mutex::new(None) };
        let vats = 4 + random.below(2);
        let mut config =
            Config::new("main").reap_interval([Some(1), Some(3), None][random.below(3)]);
        for name in &NAMES[..vats] {
            config = match random.below(3) {
                0 => config.with_vat(VatConfig::new(*name, "pipelining").pipelining()),
                _ => config.vat(*name, "plain"),
            };
        }
        let booted = Controller::boot(&with_devices(config), worker()).expect("a configuration");
        let worker = Arc::new(worker());
        let kernel = Controller::start_with(booted.tables().clone(), worker.clone(), endowments());
        let kernel = kernel.expect("the tables of a kernel");
        let host = Host::new(random);
        Self { kernel, worker, host, last: None, drift: None, torn: false, stuck: false }
    }

    /// Perhaps a host call, then a crank.
    pub(super) fn step(&mut self) -> Result<(), String> {
        self.last = None;
        if self.stuck {
            return Ok(());
        }
        if self.host.random.chance(125) {
            self.call()?;
        }
        let (trace, done) = self.crank();
        let idle = trace.is_none();
        self.last = trace;
        match done {
            Ok(()) if idle => self.call()?,
            Ok(()) => {}
            Err(_) if self.torn => self.stuck = true,
            // A panic is in memory alone: the host starts the kernel again.
            Err(KernelError::Panicked { .. }) => {
                self.host.panics += 1;
                self.restart()?;
            }
            Err(error) => return Err(format!("crank {}: {error}", self.kernel.cranks())),
        }
        Ok(())
    }

    fn call(&mut self) -> Result<(), String> {
        let called = self.host.call(&mut self.kernel);
        self.stuck |= self.torn && called.is_err();
        if self.stuck { Ok(()) } else { called }
    }

    pub(super) fn crank(&mut self) -> (Option<CrankTrace>, Result<(), KernelError>) {
        let random = &mut self.host.random;
        let limit = |random: &mut Random| Allowance::Of(random.below(4) as u64);
        let budget = match random.below(4) {
            0 => None,
            1 => {
                let (default, one) = (limit(random), Some(Allowance::Of(1)));
                let unlimited = CleanupBudget::UNLIMITED;
                Some(CleanupBudget { default, snapshots: one, transcripts: one, ..unlimited })
            }
            2 => Some(CleanupBudget { promises: Some(limit(random)), ..CleanupBudget::UNLIMITED }),
            _ => Some(CleanupBudget::UNLIMITED),
        };
        let left = Left::before(&self.kernel);
        let (trace, done) = self.kernel.step_traced(&mut Cleanup(budget));
        if let Some(trace) = &trace {
            self.host.held.extend(left.after(trace, &self.kernel));
            self.torn |= !trace.rollbacks.is_empty() && trace.deliveries.iter().any(ends_a_vat);
        }
        (trace, done)
    }

    /// A torn kernel goes on as it is.
    pub(super) fn restart(&mut self) -> Result<(), String> {
        if self.torn {
            return Ok(());
        }
        self.kernel = self.kernel.restart().map_err(|error| format!("restart: {error}"))?;
        self.drift = None;
        Ok(())
    }

    /// Everything that must hold between two cranks.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.torn {
            return Ok(());
        }
        let checked = self.kernel.tables().check_exactly(&self.host.held);
        checked.map_err(|violation| format!("crank {}: {violation}", self.kernel.cranks()))
    }

    /// Gauges move as what they count does, but for what a rollback forgets. To be asked after
    /// every crank.
    pub(super) fn check_gauges(&mut self) -> Result<(), String> {
        let Some(last) = self.last.as_ref().filter(|_| !self.torn) else { return Ok(()) };
        let (crank, plain) = (last.crank, last.rollbacks.is_empty());
        let drift = self.measure_drift()?;
        match self.drift.replace(drift) {
            Some(before) if plain && before != drift => {
                Err(format!("crank {crank}: gauges drift from {before:?} to {drift:?}"))
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
        for call in &self.host.log {
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
