//! A delivery that fails at its n-th syscall leaves what one leaves that fails at once.

use bootfork_kernel::{CrankTrace, VatId, VatSyscall};

use super::run::Run;
use super::worker::Cut;

/// What an undone delivery may change beyond what its end does: the crank hash hashes writes that
/// are undone; krefs that it let go are looked at though they are gone, which the statistics
/// count (KERNEL.md sections 1.1 and 8).
const SURVIVES: [&[u8]; 2] = [b"activityhash", b"local.kernelStats"];

/// How many cranks both go on after the cut.
const AFTER: usize = 5;

/// Fails the next delivery at each of its syscalls; how many there were.
pub(super) fn cut_short(run: &Run) -> Result<usize, String> {
    let mut at = run.clone();
    for _ in 0..10 {
        let mut whole = at.clone();
        let (trace, _) = whole.crank();
        let Some(trace) = trace else { return Ok(0) };
        if trace.deliveries.iter().any(|delivery| !delivery.syscalls.is_empty()) {
            return cut_each(&at, &trace);
        }
        if at.crank().1.is_err() {
            return Ok(0);
        }
    }
    Ok(0)
}

fn cut_each(before: &Run, whole: &CrankTrace) -> Result<usize, String> {
    let delivery = &whole.deliveries[0];
    let at_once = cut_at(before, whole.crank, 0);
    unchanged_but_for_the_end(before, &at_once[0], delivery.vat)?;
    // What these let go is looked at after the rollback too, and the vat's own objects have no
    // living owner by then: they may be deleted before the vat's cleanup comes to them.
    let free = |syscall: &VatSyscall| {
        matches!(
            syscall,
            VatSyscall::RetireImports(_)
                | VatSyscall::RetireExports(_)
                | VatSyscall::AbandonExports(_)
        )
    };
    let comparable =
        delivery.syscalls.iter().take_while(|syscall| !free(&syscall.vat_form)).count();
    for at in 1..=comparable {
        let late = cut_at(before, whole.crank, at);
        // A syscall before the throw may have panicked the kernel, which then does no more.
        let states = if late[1].kernel.cranks() == late[0].kernel.cranks() { 1 } else { 2 };
        for (one, other) in at_once.iter().zip(&late).take(states) {
            let changes = one.kernel.kv().diff(other.kernel.kv());
            if let Some(change) = changes.iter().find(|change| !SURVIVES.contains(&change.key)) {
                let key = String::from_utf8_lossy(change.key);
                let crank = one.kernel.cranks();
                return Err(format!("crank {crank}: a throw after {at} syscalls shows in {key}"));
            }
        }
    }
    Ok(comparable)
}

/// The state after the cut, and after some cranks more.
fn cut_at(before: &Run, crank: u64, at: usize) -> [Run; 2] {
    let mut run = before.clone();
    let set = |cut| *run.worker.cut.lock().expect("no test panics with it") = cut;
    set(Some(Cut { crank, at }));
    let mut cut = run.clone();
    drop(cut.crank());
    set(None);
    run = cut.clone();
    for _ in 0..AFTER {
        drop(run.crank());
    }
    [cut, run]
}

fn unchanged_but_for_the_end(before: &Run, after: &Run, ended: VatId) -> Result<(), String> {
    after.check()?;
    let own = format!("{ended}.vs.");
    for change in before.kernel.kv().diff(after.kernel.kv()) {
        let key = String::from_utf8_lossy(change.key);
        let vat = key.split_once('.').and_then(|(vat, _)| vat.parse::<VatId>().ok());
        let dead = after.kernel.kv().get("vats.terminated").unwrap_or_default();
        let dead = String::from_utf8_lossy(dead);
        let of_another = vat.is_some_and(|vat| !dead.contains(&format!("\"{vat}\"")));
        if of_another || key.starts_with(&own) {
            return Err(format!("{ended} threw at once, and {key} has changed"));
        }
    }
    Ok(())
}
