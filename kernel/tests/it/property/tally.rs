//! What the runs of one test came to, so that one whose grammar reaches nothing fails.

use std::collections::BTreeMap;

use bootfork_kernel::{
    CrankKind, CrankTrace, Event, Kref, SyscallResult, SyscallTrace, VatSource, VatSyscall, Write,
};

use super::cut::Cuts;
use super::left::ends_a_vat;
use super::run::Run;

#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) runs: u64,
    pub(super) counts: BTreeMap<String, u64>,
}

impl Tally {
    pub(super) fn add(&mut self, what: &str, count: usize) {
        *self.counts.entry(what.into()).or_default() += count as u64;
    }

    fn count(&mut self, what: &str) {
        self.add(what, 1);
    }

    /// A run that is over.
    pub(super) fn end(&mut self, run: &Run) {
        self.runs += 1;
        self.add("cranks", usize::try_from(run.kernel.cranks()).unwrap_or(0));
        self.add("panics", usize::try_from(run.host.panics).unwrap_or(0));
        self.add("torn", usize::from(run.torn));
    }

    pub(super) fn add_cuts(&mut self, cuts: &Cuts) {
        self.add("cuts", cuts.compared);
        self.add("cuts that freed", cuts.freed);
        self.add("cuts that ended a vat", cuts.ended);
    }

    /// The last crank of a run, if it did one.
    pub(super) fn see_last(&mut self, run: &Run) {
        if let Some(trace) = &run.last {
            self.see(trace);
        }
    }

    fn see(&mut self, trace: &CrankTrace) {
        for delivery in &trace.deliveries {
            for made in &delivery.syscalls {
                self.see_syscall(made);
            }
        }
        let ends = |write: &Write| matches!(write, Write::Set(key, _) if key == "vats.terminated");
        if trace.deliveries.iter().any(ends_a_vat) && trace.writes.iter().any(ends) {
            self.count("vats ended by a device");
        }
        if trace.kind == CrankKind::Routing {
            if matches!(trace.event, Event::Send { target: Kref::Device(_), .. }) {
                self.count("messages to devices");
            }
            return;
        }
        let done = trace.rollbacks.is_empty() && trace.terminated.is_none();
        match &trace.event {
            Event::CreateVat { source: VatSource::Bundle(_), .. } if done => {
                self.count("vats created");
                self.count("vats made of bundles");
            }
            Event::CreateVat { .. } if done => self.count("vats created"),
            Event::CreateVat { .. } => self.count("vats not created"),
            Event::UpgradeVat { .. } if trace.deliveries.is_empty() => {
                self.count("upgrades of the dead");
            }
            Event::UpgradeVat { .. } if done => self.count("vats upgraded"),
            Event::UpgradeVat { .. } => self.count("vats not upgraded"),
            Event::ChangeVatOptions { .. } => self.count("options changed"),
            Event::CleanupTerminatedVat { .. } => {
                let complete = trace.cleanup.is_some_and(|cleanup| cleanup.complete);
                self.count(if complete { "vats deleted" } else { "cleanups in part" });
            }
            _ => {}
        }
    }

    fn see_syscall(&mut self, made: &SyscallTrace) {
        let name = name(&made.vat_form);
        let fate = match &made.result {
            SyscallResult::Error(text) if text.starts_with("you killed") => "panics",
            SyscallResult::Error(text) if text.starts_with("device") => "fails",
            SyscallResult::Error(_) => "kills",
            _ => "passes",
        };
        self.count(&format!("{name} {fate}"));
    }

    /// Fails if there was less of anything than so much in a hundred runs, or nothing of it.
    pub(super) fn assert_floors(&self, floors: &[(&str, u64)]) {
        for (what, floor) in floors {
            let found = self.counts.get(*what).copied().unwrap_or(0);
            let (runs, floor) = (self.runs, (floor * self.runs / 100).max(1));
            assert!(found >= floor, "{what}: {found} in {runs} runs, expected at least {floor}");
        }
    }
}

/// Of every syscall, what is legal and what is not: a third of what was seen, or 0, which is once,
/// where it is rare.
pub(super) const GRAMMAR: [(&str, u64); 39] = [
    ("cranks", 15_000),
    ("panics", 20),
    ("abandonExports kills", 0),
    ("abandonExports panics", 0),
    ("abandonExports passes", 50),
    ("callNow fails", 25),
    ("callNow kills", 2),
    ("callNow passes", 130),
    ("dropImports kills", 0),
    ("dropImports passes", 40),
    ("exit kills", 0),
    ("exit passes", 9),
    ("malformed kills", 0),
    ("resolve kills", 3),
    ("resolve panics", 2),
    ("resolve passes", 500),
    ("retireExports kills", 0),
    ("retireExports passes", 25),
    ("retireImports kills", 0),
    ("retireImports passes", 12),
    ("send kills", 4),
    ("send passes", 1_500),
    ("subscribe kills", 0),
    ("subscribe passes", 450),
    ("vatstoreDelete passes", 100),
    ("vatstoreGet passes", 250),
    ("vatstoreGetNextKey passes", 200),
    ("vatstoreSet passes", 250),
    ("cleanups in part", 70),
    ("messages to devices", 0),
    ("options changed", 0),
    ("upgrades of the dead", 5),
    ("vats created", 8),
    ("vats made of bundles", 1),
    ("vats deleted", 60),
    ("vats ended by a device", 2),
    ("vats not created", 3),
    ("vats not upgraded", 0),
    ("vats upgraded", 3),
];

/// What the cut deliveries come to besides.
pub(super) const CUTS: [(&str, u64); 3] =
    [("cuts", 500), ("cuts that ended a vat", 8), ("cuts that freed", 0)];

fn name(syscall: &VatSyscall) -> &'static str {
    match syscall {
        VatSyscall::Send(..) => "send",
        VatSyscall::Subscribe(_) => "subscribe",
        VatSyscall::Resolve(_) => "resolve",
        VatSyscall::Exit(..) => "exit",
        VatSyscall::VatstoreGet(_) => "vatstoreGet",
        VatSyscall::VatstoreSet(..) => "vatstoreSet",
        VatSyscall::VatstoreGetNextKey(_) => "vatstoreGetNextKey",
        VatSyscall::VatstoreDelete(_) => "vatstoreDelete",
        VatSyscall::DropImports(_) => "dropImports",
        VatSyscall::RetireImports(_) => "retireImports",
        VatSyscall::RetireExports(_) => "retireExports",
        VatSyscall::AbandonExports(_) => "abandonExports",
        VatSyscall::CallNow(..) => "callNow",
        _ => "malformed",
    }
}
