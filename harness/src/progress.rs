//! A line on the terminal about something that takes long; nothing where nobody watches.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long something may take before it is spoken of.
const QUIET: Duration = Duration::from_secs(2);
const PERIOD: Duration = Duration::from_millis(500);

/// Something that goes on until this is dropped.
pub(crate) struct Progress {
    what: String,
    begin: Instant,
    shown: Option<Instant>,
    watched: bool,
}

impl Progress {
    pub(crate) fn new(what: String) -> Self {
        let watched = io::stderr().is_terminal();
        Self { what, begin: Instant::now(), shown: None, watched }
    }

    /// Shows the line, if it is time to.
    pub(crate) fn tick(&mut self) {
        let due = self.begin.elapsed() >= QUIET
            && self.shown.is_none_or(|shown| shown.elapsed() >= PERIOD);
        if self.watched && due {
            let seconds = self.begin.elapsed().as_secs();
            // Past libtest's capture, which takes what is printed.
            write!(io::stderr(), "\r\x1b[Kbootfork: {} ({seconds} s)", self.what).ok();
            self.shown = Some(Instant::now());
        }
    }

    /// Ticks on a thread of its own, if anybody watches.
    pub(crate) fn on_its_own(mut self) -> Option<Ticking> {
        if !self.watched {
            return None;
        }
        let (end, ended) = channel();
        let tick = move || {
            while ended.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                self.tick();
            }
        };
        thread::Builder::new().spawn(tick).ok().map(|_| Ticking { _end: end })
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            write!(io::stderr(), "\r\x1b[K").ok();
        }
    }
}

/// A progress that shows itself until this is dropped.
pub(crate) struct Ticking {
    _end: Sender<()>,
}
