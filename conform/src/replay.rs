//! Our kernel led through a recorded log, line by line.

use std::sync::Arc;

use bootfork_kernel::{
    CapData, Controller, Handle, KernelError, RecordedWorker, ResolutionPolicy, RunLimit, VatId,
};
use bootfork_store::Store;
use bootfork_store::image::Image;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::compare::{Difference, Judge};
use crate::input::device_input;
use crate::log::{Check, Crank, HostCall, LogEvent, RunPolicy};
use crate::recording::Recording;
use crate::verdict::{Compared, Verdict};

/// A controller at some line of a recorded log. Cloning it forks the controller there.
///
/// ```
/// use bootfork_conform::{Recording, Replay};
///
/// let recording = Recording::bundled("fork-a")?;
/// let mut replay = Replay::start(&recording).expect("the state is a kernel's");
/// while replay.advance().expect("as recorded") {}
/// assert_eq!(replay.compared().cranks, recording.cranks());
/// # Ok::<(), bootfork_conform::ReadError>(())
/// ```
#[derive(Debug)]
pub struct Replay<'a> {
    recording: &'a Recording,
    controller: Controller<RecordedWorker>,
    position: usize,
    /// The run that is going on: its limit, and a fork that has done it in one go.
    run: Option<(RunLimit, Box<Whole>)>,
    compared: Compared,
}

/// A run made by the policy alone, beside the one led crank by crank.
#[derive(Clone, Debug)]
struct Whole {
    controller: Controller<RecordedWorker>,
    cranks: Result<u64, KernelError>,
}

/// Replays a recording from its start to its end and compares everything.
pub fn conform(recording: &Recording) -> Verdict {
    let mut replay = match Replay::start(recording) {
        Ok(replay) => replay,
        Err(difference) => {
            return Verdict { compared: Compared::default(), difference: Some(difference) };
        }
    };
    let initial = recording.initial.as_ref();
    let initial = initial.map_or(Ok(0), |initial| initial.compare(&recording.start.kv));
    let difference = match initial {
        Ok(writes) => {
            replay.compared.initial_writes = writes;
            replay.finish().err()
        }
        Err(difference) => Some(difference),
    };
    Verdict { compared: replay.compared, difference }
}

impl Clone for Replay<'_> {
    /// The devices answer from the record and hold nothing, so each fork gets them.
    fn clone(&self) -> Self {
        let controller = self.controller.fork_with(self.recording.devices.clone());
        Self { controller, run: self.run.clone(), ..*self }
    }
}

impl<'a> Replay<'a> {
    /// A kernel started from the recording's first table.
    ///
    /// # Errors
    /// A [`Difference`] if the table is not one that a kernel starts from.
    pub fn start(recording: &'a Recording) -> Result<Self, Difference> {
        let worker = Arc::new(RecordedWorker::new(recording.answers.clone()));
        let devices = recording.devices.clone();
        let controller = Controller::open_with(recording.start.clone(), worker, devices)
            .or_else(|error| Judge { seq: None }.differ("kernel start", "started", error))?;
        let compared = Compared::default();
        Ok(Self { recording, controller, position: 0, run: None, compared })
    }

    /// What was compared and equal so far.
    pub fn compared(&self) -> Compared {
        self.compared
    }

    /// The controller as it is now.
    pub fn controller(&self) -> &Controller<RecordedWorker> {
        &self.controller
    }

    /// Does what the next line of the log says; `false` at the end.
    ///
    /// # Errors
    /// The first [`Difference`].
    pub fn advance(&mut self) -> Result<bool, Difference> {
        let Some(line) = self.recording.log.get(self.position) else { return Ok(false) };
        self.position += 1;
        let judge = Judge { seq: Some(line.seq) };
        let before = self.controller.kv().clone();
        match &line.event {
            LogEvent::KernelStart { delta } => judge.delta(delta, &before, &before)?,
            LogEvent::Restart => {
                self.controller = self
                    .controller
                    .restart()
                    .or_else(|error| judge.differ("restart", "started", error))?;
            }
            LogEvent::RunStart { policy } => self.start_run(policy.as_ref()),
            LogEvent::RunEnd { cranks, error } => self.end_run(judge, *cranks, error.as_deref())?,
            LogEvent::Step => {}
            LogEvent::Idle => self.idle(judge)?,
            LogEvent::Check(check) => self.check(judge, check)?,
            LogEvent::Host(call) => {
                let result = self.call(judge, call)?;
                judge.same(format!("result of {}", call.op), &call.result, &result)?;
                if let Some(hash) = &call.activityhash {
                    let ours = self.controller.activityhash().unwrap_or_default();
                    judge.same("activityhash", &json!(hash), &json!(ours))?;
                }
                judge.delta(&call.delta, &before, self.controller.kv())?;
                self.compared.host_calls += 1;
            }
            LogEvent::Crank(crank) => self.crank(judge, crank, &before)?,
        }
        Ok(true)
    }

    /// The same replay with a kernel that was restored from an image of this one.
    ///
    /// # Errors
    /// A [`Difference`] if there is no restoring it.
    pub fn restored(&self) -> Result<Self, Difference> {
        let judge = Judge { seq: None };
        let written = self.controller.image().to_bytes();
        let image = written.and_then(|bytes| Image::from_bytes(&bytes));
        let image = image.or_else(|error| judge.differ("image", "sound", error))?;
        let worker = Arc::new(RecordedWorker::new(self.recording.answers.clone()));
        let controller = Controller::restore_with(&image, worker, self.recording.devices.clone())
            .or_else(|error| judge.differ("restored kernel", "started", error))?;
        Ok(Self { controller, run: self.run.clone(), ..*self })
    }

    pub(crate) fn finish(&mut self) -> Result<(), Difference> {
        while self.advance()? {}
        self.compare_end()
    }

    pub(crate) fn is_before_crank(&self) -> bool {
        let next = self.recording.log.get(self.position);
        next.is_some_and(|line| matches!(line.event, LogEvent::Crank(_)))
    }

    fn start_run(&mut self, policy: Option<&RunPolicy>) {
        let limit = policy.map_or(RunLimit::NONE, RunPolicy::limit);
        let mut controller = self.controller.fork_with(self.recording.devices.clone());
        let cranks = controller.run_policy(&mut limit.clone());
        self.run = Some((limit, Box::new(Whole { controller, cranks })));
    }

    /// A run under its policy must come out where the cranks one by one did.
    fn end_run(
        &mut self,
        judge: Judge,
        cranks: Option<u64>,
        error: Option<&str>,
    ) -> Result<(), Difference> {
        let Some((_, whole)) = self.run.take() else {
            return judge.differ("run-end", "a run", "none is going on");
        };
        match (&whole.cranks, error) {
            (Ok(ours), None) => judge.same("cranks of the run", &json!(cranks), &json!(ours))?,
            (Err(KernelError::Panicked { .. }), Some(_)) => {}
            (Ok(_), Some(error)) => return judge.differ("end of the run", error, "no panic"),
            (Err(ours), _) => return judge.differ("end of the run", "no such error", ours),
        }
        judge.tables(self.controller.kv(), whole.controller.kv())
    }

    fn limit(&self) -> RunLimit {
        self.run.as_ref().map_or(RunLimit::NONE, |(limit, _)| *limit)
    }

    fn idle(&mut self, judge: Judge) -> Result<(), Difference> {
        match self.controller.step_traced(&mut self.limit()) {
            (None, Ok(())) => Ok(()),
            (Some(trace), _) => judge.differ("idle", "nothing to do", trace.event.name()),
            (None, Err(error)) => judge.differ("idle", "nothing to do", error),
        }
    }

    fn crank(&mut self, judge: Judge, recorded: &Crank, before: &Store) -> Result<(), Difference> {
        let (trace, result) = self.controller.step_traced(&mut self.limit());
        let Some(trace) = trace else {
            let ours = result.err().map_or("nothing to do".into(), |error| error.to_string());
            return judge.differ("crank", &recorded.message, ours);
        };
        judge.crank(recorded, &trace)?;
        judge.delta(&recorded.delta, before, self.controller.kv())?;
        self.compared.cranks += 1;
        self.compared.deliveries += trace.deliveries.len() as u64;
        let syscalls = trace.deliveries.iter().map(|delivery| delivery.syscalls.len() as u64);
        self.compared.syscalls += syscalls.sum::<u64>();
        Ok(())
    }

    fn check(&mut self, judge: Judge, check: &Check) -> Result<(), Difference> {
        let Check::KpStatus { kpid, status } = check else { return Ok(()) };
        let handle = self.controller.handle(*kpid);
        let ours = self.controller.kp_status(&handle);
        let ours = ours.or_else(|error| judge.differ("kpStatus", status, error))?;
        let ours = ours.map_or("unknown", bootfork_kernel::PromiseState::name);
        judge.same(format!("status of {kpid}"), &json!(status), &json!(ours))
    }

    fn call(&mut self, judge: Judge, call: &HostCall) -> Result<Value, Difference> {
        let argument = Arguments { judge, call };
        let controller = &mut self.controller;
        let answer = match call.op.as_str() {
            "queueToVatRoot" => {
                let (methargs, policy) = argument.message(controller)?;
                controller
                    .queue_to_vat_root(&argument.get::<String>("vat")?, methargs, policy)
                    .map(|promise| json!(promise))
            }
            "queueToVatObject" => {
                let (methargs, policy) = argument.message(controller)?;
                let target = controller.handle(argument.get("kref")?);
                controller
                    .queue_to_vat_object(&target, methargs, policy)
                    .map(|promise| json!(promise))
            }
            "kpResolution" => {
                let incref =
                    call.arguments.get("options").and_then(|options| options.get("incref"));
                let incref = incref != Some(&json!(false));
                let promise = controller.handle(argument.get("kpid")?);
                controller.kp_resolution(&promise, incref).map(|data| json!(data))
            }
            "kpRegisterInterest" => {
                let promise = controller.handle(argument.get("kpid")?);
                controller.kp_register_interest(&promise).map(|()| Value::Null)
            }
            "pinVatRoot" => {
                controller.pin_vat_root(&argument.get::<String>("vat")?).map(|root| json!(root))
            }
            "reapAllVats" => {
                let previous: Option<serde_json::Map<String, Value>> = argument.get("previous")?;
                let previous: Vec<(VatId, u64)> = previous
                    .unwrap_or_default()
                    .iter()
                    .filter_map(|(vat, position)| Some((vat.parse().ok()?, position.as_u64()?)))
                    .collect();
                controller.reap_all_vats(&previous).map(|positions| {
                    let member = |(vat, position): (VatId, u64)| (vat.to_string(), json!(position));
                    Value::Object(positions.into_iter().map(member).collect())
                })
            }
            "terminateVat" => {
                let reason = argument.data("reason", controller)?;
                controller.terminate_vat(argument.get("vatID")?, reason).map(|()| Value::Null)
            }
            "validateAndInstallBundle" => {
                let bundle: String = argument.get("bundleID")?;
                controller.install_bundle(&bundle, "{}").map(|()| json!(bundle))
            }
            "changeKernelOptions" => {
                let options: serde_json::Map<String, Value> = argument.get("options")?;
                let options: Vec<_> = options.into_iter().collect();
                controller.change_kernel_options(&options).map(|()| Value::Null)
            }
            "injectQueuedUpgradeEvents" => {
                controller.inject_queued_upgrade_events().map(|()| Value::Null)
            }
            "timerPoll" | "bridgeInbound" => {
                return device_input(self.recording, controller, judge, call);
            }
            other => return judge.differ("host call", other, "not supported by this kernel"),
        };
        answer.or_else(|error| judge.differ(format!("answer to {}", call.op), &call.result, error))
    }

    pub(crate) fn compare_end(&mut self) -> Result<(), Difference> {
        let judge = Judge { seq: None };
        let ours = self.controller.tables();
        judge.tables(&self.recording.end.kv, &ours.kv)?;
        self.compared.keys = ours.kv.len() as u64;
        self.compared.transcript_entries = self.compare_transcripts(judge)?;
        let expect = &self.recording.expect;
        let compared = &self.compared;
        for (what, expected, ours) in [
            ("cranks", expect.cranks, compared.cranks),
            ("deliveries", expect.deliveries, compared.deliveries),
            ("syscalls", expect.syscalls, compared.syscalls),
        ] {
            judge.same(format!("number of {what}"), &json!(expected), &json!(ours))?;
        }
        Ok(())
    }

    fn compare_transcripts(&self, judge: Judge) -> Result<u64, Difference> {
        let (recorded, ours) = (&self.recording.end.transcripts, self.controller.tables());
        let mut compared = 0;
        let unknown = ours.transcripts.vats().into_iter().find(|vat| recorded.end(*vat) == 0);
        if let Some(vat) = unknown {
            return judge.differ(format!("transcript of {vat}"), "no entries", "some");
        }
        for vat in recorded.vats() {
            let mut entries = ours.transcripts.entries(vat);
            for (position, recorded) in recorded.entries(vat).enumerate() {
                let ours = entries.next().unwrap_or("null");
                let what = format!("entry {position} of the transcript of {vat}");
                let parse = |text| serde_json::from_str::<Value>(text).unwrap_or_default();
                judge.same(what, &parse(recorded), &parse(ours))?;
                compared += 1;
            }
            if let Some(extra) = entries.next() {
                return judge.differ(format!("transcript of {vat}"), "no more entries", extra);
            }
        }
        Ok(compared)
    }
}

/// The members of a host call.
struct Arguments<'a> {
    judge: Judge,
    call: &'a HostCall,
}

impl Arguments<'_> {
    fn get<T: DeserializeOwned>(&self, name: &str) -> Result<T, Difference> {
        let value = self.call.arguments.get(name).cloned().unwrap_or_default();
        serde_json::from_value(value.clone())
            .or_else(|error| self.judge.differ(format!("{name} of {}", self.call.op), value, error))
    }

    /// Recorded references are this controller's too: it numbers alike.
    fn data(
        &self,
        name: &str,
        controller: &mut Controller<RecordedWorker>,
    ) -> Result<CapData<Handle>, Difference> {
        let CapData { body, slots } = self.get::<CapData>(name)?;
        let slots: Vec<_> = slots.into_iter().map(|kref| controller.handle(kref)).collect();
        Ok(CapData { body, slots })
    }

    fn message(
        &self,
        controller: &mut Controller<RecordedWorker>,
    ) -> Result<(CapData<Handle>, Option<ResolutionPolicy>), Difference> {
        let policy: Option<String> = self.get("policy")?;
        let policy = policy.unwrap_or_else(|| "ignore".into());
        Ok((self.data("methargs", controller)?, ResolutionPolicy::parse(&policy)))
    }
}
