//! A state from the cache, or else from a boot, which only one process at a time does.

use std::cell::RefCell;
use std::error::Error;
use std::fs::{File, TryLockError};
use std::io;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use bootfork_store::image::Image;

use super::{Cache, Entry, Found, Mode, Settings};
use crate::difference::differences;
use crate::inputs::Fingerprint;
use crate::progress::Progress;
use crate::state::Form;
use crate::trace::span;

type Made<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A state that somebody wants.
pub(crate) struct Wanted<'a, T> {
    pub(crate) boot: &'a str,
    pub(crate) facts: Fingerprint,
    pub(crate) form: Form<T>,
    pub(crate) settings: &'a Settings,
    pub(crate) cache: Cache,
    /// Takes what there is to say.
    pub(crate) tell: &'a dyn Fn(&str),
}

impl<T> Wanted<'_, T> {
    /// The state, from wherever it is to be had.
    ///
    /// Nothing that is wrong with the cache is an error: the state is booted then, in this
    /// process, and a warning says why.
    pub(crate) fn obtain(&self, make: impl FnOnce() -> Made<T>) -> Made<T> {
        match self.settings.mode {
            Mode::Off => make(),
            Mode::Verify => self.verify(make),
            Mode::Use | Mode::Refresh => {
                let warned = RefCell::new(String::new());
                let warn_once = |reason: &str| {
                    if warned.replace(reason.to_owned()) != reason {
                        self.warn(reason);
                    }
                };
                if let Some(state) = self.load(&warn_once) {
                    return Ok(state);
                }
                match self.lock() {
                    Turn::Made(state) => Ok(state),
                    Turn::Mine(_lock) => match self.load(&warn_once) {
                        Some(state) => Ok(state),
                        None => self.build(make),
                    },
                    Turn::Never(reason) => {
                        self.warn(&format!("{reason}: booting in this process"));
                        self.booting(make)
                    }
                }
            }
        }
    }

    /// The state of the entry, if it is of use; else says why not.
    fn load(&self, say: &dyn Fn(&str)) -> Option<T> {
        if self.settings.mode == Mode::Refresh && !self.is_refreshed() {
            return None;
        }
        span!("lookup", self.boot);
        let image = match self.cache.load(self.boot, &self.facts) {
            Found::State(_, image) => image,
            Found::Nothing => return None,
            Found::Unusable(reason) => {
                say(&format!("{reason}: booting anew"));
                return None;
            }
        };
        match self.form.restore(&image) {
            Ok(state) => Some(state),
            Err(error) => {
                say(&format!("its state cannot be restored ({error}): booting anew"));
                None
            }
        }
    }

    /// Whether the entry is of this very run.
    fn is_refreshed(&self) -> bool {
        let run = &self.settings.run;
        run.is_some() && self.entry().is_some_and(|entry| entry.run == *run)
    }

    /// The entry, whose state is not looked at: that takes as long as the state is large.
    fn entry(&self) -> Option<Entry> {
        Entry::read(self.cache.disk, &self.cache.entry_file(self.boot, &self.facts.key())).ok()
    }

    /// Whose turn it is to boot; if it is another's, waits for that, or for the state, whichever
    /// comes first.
    fn lock(&self) -> Turn<T> {
        let key = self.facts.key();
        let file = self.cache.entry_file(self.boot, &key).with_extension("lock");
        let folder = file.parent().unwrap_or(self.cache.folder());
        let disk = self.cache.disk;
        let lock = match disk.create_folder(folder).and_then(|()| disk.open_lock(&file)) {
            Ok(lock) => lock,
            Err(error) => {
                return Turn::Never(format!("{} is of no use ({error})", folder.display()));
            }
        };
        // Whoever prunes leaves a lock alone that somebody is about to take.
        disk.touch(&file).ok();
        match disk.try_lock(&lock) {
            Ok(()) => Turn::Mine(lock),
            Err(TryLockError::WouldBlock) => self.wait(lock),
            Err(TryLockError::Error(error)) => Turn::unlocked(&error),
        }
    }

    /// Waits while another process boots.
    fn wait(&self, lock: File) -> Turn<T> {
        span!("wait", self.boot);
        let begin = Instant::now();
        let mut progress =
            Progress::new(format!("waiting for another process to boot {:?}", self.boot));
        let mut pause = Duration::from_millis(1);
        let mut seen = None;
        while begin.elapsed() < self.settings.patience {
            thread::sleep(pause);
            pause = (pause * 2).min(PAUSE_MAX);
            progress.tick();
            let entry = self.entry();
            if entry != seen
                && let Some(state) = self.load(&said)
            {
                return Turn::Made(state);
            }
            seen = entry;
            match self.cache.disk.try_lock(&lock) {
                Ok(()) => return Turn::Mine(lock),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Turn::unlocked(&error),
            }
        }
        let seconds = self.settings.patience.as_secs();
        Turn::Never(format!("another process boots it since {seconds} s"))
    }

    /// Boots, and leaves an entry.
    fn build(&self, make: impl FnOnce() -> Made<T>) -> Made<T> {
        span!("build", self.boot);
        let why = self.why();
        (self.tell)(&format!("booting {:?}: {why}", self.boot));
        let begin = Instant::now();
        let state = self.booting(make)?;
        let milliseconds = begin.elapsed().as_millis().try_into().unwrap_or(u64::MAX);
        let saved = self.form.save(&state).and_then(|image| {
            let entry = Entry {
                boot: self.boot.to_owned(),
                facts: self.facts.clone(),
                object: image.id()?.to_string(),
                milliseconds,
                made: SystemTime::UNIX_EPOCH.elapsed().map_or(0, |age| age.as_secs()),
                why,
                run: self.settings.run.clone(),
            };
            self.cache.save(&entry, &image)
        });
        if let Err(error) = saved {
            self.warn(&format!("it is not kept for other processes: {error}"));
        } else if self.cache.prune(self.settings.bytes_max).unreadable {
            self.warn("part of the cache cannot be seen: nothing is pruned");
        }
        Ok(state)
    }

    /// Boots, and compares with the entry, if there is one.
    fn verify(&self, make: impl FnOnce() -> Made<T>) -> Made<T> {
        let state = self.booting(make)?;
        let booted = self.form.save(&state)?.id()?.to_string();
        match self.cache.load(self.boot, &self.facts) {
            Found::State(entry, cached) if entry.object != booted => {
                let anew = Image::from_bytes(&self.form.save(&state)?.to_bytes()?)?;
                let first = differences(&cached, &anew).into_iter().next();
                let first = first.map_or("their parts".to_owned(), |first| first.to_string());
                Err(format!(
                    "the state in the cache is not that of booting anew, first in {first}: an \
                     input is not declared, or the boot is not deterministic"
                )
                .into())
            }
            Found::State(..) | Found::Nothing => Ok(state),
            Found::Unusable(reason) => {
                self.warn(&reason);
                Ok(state)
            }
        }
    }

    fn booting(&self, make: impl FnOnce() -> Made<T>) -> Made<T> {
        let _progress = Progress::new(format!("booting {:?}", self.boot)).on_its_own();
        make()
    }

    /// Why a boot is needed: what became of the entry, or what differs from the one most like it.
    fn why(&self) -> String {
        let disk = self.cache.disk;
        if !disk.is_gone(&self.cache.entry_file(self.boot, &self.facts.key())) {
            let has_state = |entry: &Entry| !disk.is_gone(&self.cache.object_file(&entry.object));
            let why = match self.entry() {
                _ if self.settings.mode == Mode::Refresh => "a refresh was asked for",
                Some(entry) if !has_state(&entry) => "its state was deleted",
                _ => "its entry could not be used",
            };
            return why.to_owned();
        }
        let entries = self.cache.entries().into_iter().rev();
        let entries = entries.filter(|entry| entry.boot == self.boot);
        let nearest = entries.map(|entry| (self.facts.changes(&entry.facts), entry));
        let likeness = |(changes, entry): &(Vec<_>, Entry)| {
            (!self.facts.is_of_same_boot(&entry.facts), changes.len())
        };
        match nearest.min_by_key(likeness) {
            None => "there is no entry yet".to_owned(),
            Some((changes, _)) => changes.join("; "),
        }
    }

    /// Says it now, and to whoever asks later.
    fn warn(&self, text: &str) {
        (self.tell)(&format!("warning: boot {:?}: {text}", self.boot));
        self.cache.remember(self.boot, text);
    }
}

/// For who looks while he waits.
fn said(_: &str) {}

/// How long to wait between looks at a lock, at most.
const PAUSE_MAX: Duration = Duration::from_millis(50);

/// Whether it is this process's turn to boot.
enum Turn<T> {
    /// It is, as long as this lock is held.
    Mine(File),
    /// Another process has booted meanwhile.
    Made(T),
    /// It never will be, for this reason.
    Never(String),
}

impl<T> Turn<T> {
    fn unlocked(error: &io::Error) -> Self {
        Self::Never(format!("no lock is to be had ({error})"))
    }
}
