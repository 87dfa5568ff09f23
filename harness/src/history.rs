//! What a boot does step by step, while somebody wants to know.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::difference::{Difference, Parts, between, parts};
use crate::state::{Form, State};
use bootfork_store::image::Image;

/// One step of a boot: what it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moment {
    pub(crate) name: String,
    pub(crate) changes: Vec<Difference>,
}

#[derive(Default)]
struct Recorder {
    last: Parts,
    moments: Vec<Moment>,
}

thread_local! {
    /// The boot on this thread, if its history is asked for.
    static RECORDER: RefCell<Option<Recorder>> = const { RefCell::new(None) };
}

/// Marks a step of a boot, for [`check_determinism`](crate::Boot::check_determinism): with steps,
/// it names the first one that differs. At other times this does nothing.
///
/// ```
/// use bootfork::{Boot, Json};
///
/// static PRIMES: Boot<Vec<u32>> = Boot::new("primes", || {
///     let mut primes = Vec::new();
///     for n in 2..20 {
///         if (2..n).all(|d| n % d != 0) {
///             primes.push(n);
///         }
///         bootfork::mark::<_, Json>(&format!("looked at {n}"), &primes);
///     }
///     Ok(primes)
/// })
/// .cached_as::<Json>();
/// assert_eq!(PRIMES.get()?.len(), 8);
/// # Ok::<(), bootfork::BootError>(())
/// ```
pub fn mark<T, S: State<T>>(name: &str, state: &T) {
    mark_parts(name, || parts_of(&Form::of::<S>(), state).unwrap_or_default());
}

/// As [`mark`], for a state whose parts are at hand.
pub(crate) fn mark_parts(name: &str, parts: impl FnOnce() -> Parts) {
    RECORDER.with_borrow_mut(|recorder| {
        let Some(recorder) = recorder else { return };
        let now = parts();
        let changes = between(&recorder.last, &now);
        recorder.moments.push(Moment { name: name.to_owned(), changes });
        recorder.last = now;
    });
}

/// Does something, and tells the steps that it marked on this thread.
pub(crate) fn record<R>(act: impl FnOnce() -> R) -> (R, Vec<Moment>) {
    let before = RECORDER.replace(Some(Recorder::default()));
    let done = act();
    let recorder = RECORDER.replace(before);
    (done, recorder.map(|recorder| recorder.moments).unwrap_or_default())
}

/// The parts of the image that a state has.
pub(crate) fn parts_of<T>(
    form: &Form<T>,
    state: &T,
) -> Result<Parts, Box<dyn std::error::Error + Send + Sync>> {
    Ok(parts(&Image::from_bytes(&form.save(state)?.to_bytes()?)?))
}

/// The first step of two histories that differs, and how.
pub(crate) fn first_difference(left: &[Moment], right: &[Moment]) -> Option<(String, Difference)> {
    let nothing = Moment { name: String::new(), changes: Vec::new() };
    for index in 0..left.len().max(right.len()) {
        let at = |moments: &[Moment]| moments.get(index).cloned().unwrap_or(nothing.clone());
        let (left, right) = (at(left), at(right));
        if left == right {
            continue;
        }
        if left.name != right.name {
            let side = |moment: Moment| (!moment.name.is_empty()).then_some(moment.name);
            let (part, key) = ("steps".to_owned(), "name".to_owned());
            let name = if left.name.is_empty() { right.name.clone() } else { left.name.clone() };
            let (left, right) = (side(left), side(right));
            return Some((name, Difference { part, key, left, right }));
        }
        return Some((left.name.clone(), first_change(left, right)));
    }
    None
}

/// Of two steps that did not do the same, the first key of which they made different things.
fn first_change(left: Moment, right: Moment) -> Difference {
    let mut keys = BTreeMap::<(String, String), [Option<Option<String>>; 2]>::new();
    for (side, moment) in [left, right].into_iter().enumerate() {
        for Difference { part, key, right: value, .. } in moment.changes {
            keys.entry((part, key)).or_default()[side] = Some(value);
        }
    }
    let differs = |(_, [left, right]): &(_, [Option<_>; 2])| left != right;
    let ((part, key), [left, right]) = keys.into_iter().find(differs).unwrap_or_default();
    let value = |side: Option<Option<String>>| match side {
        Some(Some(value)) => Some(value),
        Some(None) => Some("(deleted)".to_owned()),
        None => Some("(as before)".to_owned()),
    };
    Difference { part, key, left: value(left), right: value(right) }
}
