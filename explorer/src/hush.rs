//! Panics of worlds are findings: they are reported once, not printed each time.

use std::cell::RefCell;
use std::panic::{set_hook, take_hook};
use std::sync::Once;

use crate::journal::is_active;

thread_local! {
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Has panics within timelines pass silently. Those elsewhere reach the hook that was there before.
pub(crate) fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            if is_active() {
                PLACE.set(info.location().map(ToString::to_string));
            } else {
                before(info);
            }
        }));
    });
}

/// Where this thread's last panic within a timeline was.
pub(crate) fn last_place() -> Option<String> {
    PLACE.take()
}
