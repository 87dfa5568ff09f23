//! Forks and restored kernels beside the original, at every crank of a recording.

use serde_json::json;

use crate::compare::{Difference, Judge};
use crate::recording::Recording;
use crate::replay::Replay;

/// Forks the replay at every crank and leads each fork to the recording's end. The answer counts
/// the forks, and all cranks that they did.
///
/// # Errors
/// The first [`Difference`] that any fork, or the original, met.
pub fn fork_at_every_crank(recording: &Recording) -> Result<(u64, u64), Difference> {
    let mut replay = Replay::start(recording)?;
    let (mut forks, mut cranks) = (0, 0);
    loop {
        if replay.is_before_crank() {
            let mut fork = replay.clone();
            fork.finish()?;
            forks += 1;
            cranks += fork.compared().cranks - replay.compared().cranks;
        }
        if !replay.advance()? {
            replay.compare_end()?;
            return Ok((forks, cranks));
        }
    }
}

/// What [`restore_at_every_crank`] did.
///
/// ```
/// use bootfork_conform::{Recording, Restored, restore_at_every_crank};
///
/// let recording = Recording::bundled("fork-a")?;
/// let restored: Restored = restore_at_every_crank(&recording, 1).expect("as recorded");
/// assert_eq!(restored.images, recording.cranks());
/// assert_eq!(restored.led_to_the_end, recording.cranks());
/// # Ok::<(), bootfork_conform::ReadError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Images that a kernel was restored from: one a crank.
    pub images: u64,
    /// Restored kernels that did all that was left of the recording.
    pub led_to_the_end: u64,
}

/// Leads three kernels through a recording: the original, one that is forked before every crank,
/// and one that is restored from an image before every crank. Each is compared with the record at
/// every line, and before every crank all three must have one identity as images, so that they
/// agree in all of their state. Every so many cranks a restored kernel also does the rest alone.
///
/// # Errors
/// The first [`Difference`] that any of them met.
pub fn restore_at_every_crank(recording: &Recording, every: u64) -> Result<Restored, Difference> {
    let mut original = Replay::start(recording)?;
    let (mut forked, mut restored) = (original.clone(), original.clone());
    let mut done = Restored::default();
    loop {
        if original.is_before_crank() {
            (forked, restored) = (forked.clone(), restored.restored()?);
            compare_identities(&original, &forked, "identity of a fork")?;
            compare_identities(&original, &restored, "identity of a restored kernel")?;
            if done.images.is_multiple_of(every) {
                restored.restored()?.finish()?;
                done.led_to_the_end += 1;
            }
            done.images += 1;
        }
        let goes_on = original.advance()?;
        forked.advance()?;
        restored.advance()?;
        if !goes_on {
            forked.compare_end()?;
            restored.compare_end()?;
            return original.compare_end().map(|()| done);
        }
    }
}

fn compare_identities(
    original: &Replay<'_>,
    other: &Replay<'_>,
    what: &str,
) -> Result<(), Difference> {
    let judge = Judge { seq: None };
    let [original, other] = [original, other].map(|replay| replay.controller().image().id());
    let original = original.or_else(|error| judge.differ("image", "written", error))?;
    let other = other.or_else(|error| judge.differ("image", "written", error))?;
    judge.same(what, &json!(original.to_string()), &json!(other.to_string()))
}
