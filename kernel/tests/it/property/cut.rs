//! A delivery that fails at its n-th syscall leaves what one leaves that fails at once.
//!
//! Three things outlive a rollback by KERNEL.md, and nothing else may:
//!
//! - *The crank hash* hashes the writes that are undone (section 1.1): `activityhash` is not
//!   compared.
//! - *Krefs to be looked at* stay so (section 5). What comes of it is predicted by a model
//!   ([`freed`](super::freed)), and the states must be equal after that. Objects that are gone are
//!   looked at too, which the gauge `kernelObjects` counts (section 8): it is not compared.
//! - *A vat that a device ended* stays dead in memory (section 10). So a delivery that did that is
//!   compared with one that does nothing else and fails with the same words.

use bootfork_kernel::{
    CapData, Controller, CrankTrace, Rollback, SyscallTrace, Tables, VatId, VatSyscall,
};
use bootfork_store::Store;
use serde_json::{Map, Value};

use super::device::endowments;
use super::freed;
use super::left::{ended_vat, has_ended};
use super::run::Run;
use super::worker::Cut;

/// How many cranks to look ahead.
const AHEAD: usize = 25;

/// How many cranks both go on after the cut.
const AFTER: usize = 4;

const THROWN: &str = "cut short";

/// What two ways to fail have come to.
#[derive(Debug, Default)]
pub(super) struct Cuts {
    pub(super) compared: usize,
    /// Those whose undone syscalls had something deleted or told.
    pub(super) freed: usize,
    /// Those whose undone syscalls had ended a vat.
    pub(super) ended: usize,
}

impl Cuts {
    fn add(&mut self, more: &Self) {
        self.compared += more.compared;
        self.freed += more.freed;
        self.ended += more.ended;
    }
}

/// Looks ahead, and fails at each of its syscalls the next delivery that makes any, and every
/// delivery among the next ones whose syscalls free something or end a vat.
pub(super) fn cut_short(run: &Run) -> Result<Cuts, String> {
    let (mut at, mut cuts) = (run.clone(), Cuts::default());
    // From a crank's end, when nothing is left to be looked at.
    if at.torn || !matches!(at.crank(), (Some(_), Ok(()))) {
        return Ok(cuts);
    }
    for _ in 0..AHEAD {
        let before = at.clone();
        let (Some(trace), done) = at.crank() else { break };
        let mut made = trace.deliveries.iter().flat_map(|delivery| &delivery.syscalls);
        let any = cuts.compared == 0 && made.clone().next().is_some();
        if any || made.any(outlives) {
            cuts.add(&cut_each(&before, &trace)?);
        }
        if at.torn || done.is_err() {
            break;
        }
    }
    Ok(cuts)
}

/// Whether a syscall may show though it is undone.
fn outlives(made: &SyscallTrace) -> bool {
    let frees = matches!(
        made.vat_form,
        VatSyscall::RetireImports(_) | VatSyscall::RetireExports(_) | VatSyscall::AbandonExports(_)
    );
    frees || has_ended(made).is_some()
}

fn cut_each(before: &Run, whole: &CrankTrace) -> Result<Cuts, String> {
    let mut cuts = Cuts::default();
    for (ordinal, delivery) in whole.deliveries.iter().enumerate() {
        let syscalls: Vec<_> = delivery.syscalls.iter().map(|made| made.vat_form.clone()).collect();
        let cut = |syscalls: &[VatSyscall], throws: &str| {
            let (syscalls, throws) = (syscalls.to_vec(), throws.to_owned());
            Failed::by(before, Cut { crank: whole.crank, ordinal, syscalls, throws })
        };
        let at_once = cut(&[], THROWN);
        at_once.leaves_the_state_before(before)?;
        for at in 1..=syscalls.len() {
            let late = cut(&syscalls[..at], THROWN);
            let ends = late.ends();
            let alike = if ends.is_empty() && late.reason() == at_once.reason() {
                at_once.clone()
            } else {
                cut(&ends, &late.reason())
            };
            cuts.compared += 1;
            cuts.ended += usize::from(!ends.is_empty());
            let differs = |what: String| {
                let crank = whole.crank;
                format!("crank {crank}: {what} shows a throw after {at} syscalls: {syscalls:?}")
            };
            cuts.freed += usize::from(late.equals(&alike).map_err(differs)?);
        }
    }
    Ok(cuts)
}

/// A kernel after a delivery that failed.
#[derive(Clone)]
struct Failed {
    run: Run,
    trace: CrankTrace,
    /// A syscall before the failure may have panicked the kernel.
    panicked: bool,
}

impl Failed {
    fn by(before: &Run, cut: Cut) -> Self {
        let mut next = before.clone();
        let set = |cut| *before.worker.cut.lock().expect("no test panics with it") = cut;
        set(Some(cut));
        let (trace, done) = next.crank();
        set(None);
        Self { run: next, trace: trace.expect("a crank"), panicked: done.is_err() }
    }

    fn kv(&self) -> &Store {
        self.run.kernel.kv()
    }

    /// In what words the vat ended.
    fn reason(&self) -> String {
        let info = self.trace.terminated.as_ref().map(|ended| &ended.info.body[1..]);
        let error: Option<Value> = info.and_then(|info| serde_json::from_str(info).ok());
        let text = error.as_ref().and_then(|error| error["#error"].as_str());
        text.unwrap_or(THROWN).to_owned()
    }

    /// Its syscalls that had a device end a vat.
    fn ends(&self) -> Vec<VatSyscall> {
        let made = self.trace.deliveries.last().map_or(&[][..], |delivery| &delivery.syscalls);
        made.iter()
            .filter(|made| has_ended(made).is_some())
            .map(|made| made.vat_form.clone())
            .collect()
    }

    /// The state is that before, but for the end of the vat: as if its host had ended it. An
    /// event that is consumed and undone touches no vat that lives.
    fn leaves_the_state_before(&self, before: &Run) -> Result<(), String> {
        self.run.check()?;
        // A meter pays for what is undone too.
        let metered = self.trace.deliveries.iter().any(|delivery| {
            let options = before.kernel.kv().get(format!("{}.options", delivery.vat));
            options.is_some_and(|options| String::from_utf8_lossy(options).contains("meterID"))
        });
        let plain = self.trace.rollbacks == [Rollback::Start] && !metered;
        let mut expected = before.clone();
        if let Some(ended) = self.trace.terminated.as_ref().filter(|_| plain) {
            let info = CapData::new(ended.info.body.clone(), []);
            let done = expected.kernel.terminate_vat(ended.vat, info);
            done.map_err(|error| error.to_string())?;
        }
        let after_a_crank = ["activityhash", "crankNumber", "kernelStats", "local.kernelStats"];
        let changes = expected.kernel.kv().diff(self.kv());
        let keys = changes.iter().map(|change| String::from_utf8_lossy(change.key));
        let mut differing = keys.filter(|key| !after_a_crank.contains(&&**key));
        let of_a_vat =
            |key: &str| key.split_once('.').is_some_and(|(vat, _)| vat.parse::<VatId>().is_ok());
        match differing.find(|key| plain || of_a_vat(key)) {
            Some(key) => Err(format!("a throw before any syscall shows in {key}")),
            None => Ok(()),
        }
    }

    /// Whether both are in the same state and stay so; `true` if what the undone syscalls freed
    /// had to be allowed for.
    fn equals(&self, alike: &Self) -> Result<bool, String> {
        let mut expected = alike.kv().clone();
        let mut dead = freed::dead(&expected);
        dead.extend(self.ends().iter().filter_map(ended_vat));
        freed::look_at(&mut expected, &freed::freed(&self.trace.writes), &dead);
        let freed = expected != *alike.kv();
        compare(&expected, self.kv())?;

        let (mut one, mut other) = (alike.run.clone(), self.run.clone());
        if freed || self.panicked || alike.panicked {
            let tables = Tables { kv: expected, ..one.kernel.tables().clone() };
            let started = Controller::start_with(tables, one.worker.clone(), endowments());
            one.kernel = started.map_err(|error| error.to_string())?;
            other.kernel = other.kernel.restart().map_err(|error| error.to_string())?;
        }
        for _ in 0..AFTER {
            drop((one.crank(), other.crank()));
        }
        compare(one.kernel.kv(), other.kernel.kv())?;
        Ok(freed)
    }
}

/// The key that differs between what should be one state.
fn compare(expected: &Store, found: &Store) -> Result<(), String> {
    for change in expected.diff(found) {
        let key = String::from_utf8_lossy(change.key);
        let equal = match &*key {
            "activityhash" => true,
            "local.kernelStats" => counted(change.left) == counted(change.right),
            _ => false,
        };
        if !equal {
            return Err(key.into_owned());
        }
    }
    Ok(())
}

/// Statistics without the gauge `kernelObjects`.
fn counted(stats: Option<&[u8]>) -> Option<Map<String, Value>> {
    let mut stats: Map<String, Value> = serde_json::from_slice(stats?).ok()?;
    stats.retain(|name, _| !name.starts_with("kernelObjects"));
    Some(stats)
}
