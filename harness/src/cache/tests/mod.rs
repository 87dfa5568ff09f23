//! A cache that is damaged, in the way, slow, cut off, killed and pruned.

mod damage;
mod disks;
mod elsewhere;
mod faults;
#[cfg(unix)]
mod kills;
mod pruning;
mod reasons;
mod warnings;

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bootfork_store::image::{ASIDE, Image, RealDisk, Trust};

use super::disk::CacheDisk;
use super::obtain::Wanted;
use super::{Cache, Found, Mode, Settings};
use crate::inputs::Fingerprint;
use crate::state::Form;

type State = Vec<u8>;

/// One who wants states from a cache, and hears what there is to say.
struct User {
    folder: PathBuf,
    /// For warnings.
    spare: PathBuf,
    disk: &'static dyn CacheDisk,
    settings: Settings,
    told: RefCell<Vec<String>>,
    boots: Cell<u32>,
}

impl User {
    fn of(folder: &Path) -> Self {
        Self::on(folder, &RealDisk)
    }

    fn on(folder: &Path, disk: &'static dyn CacheDisk) -> Self {
        let settings = Settings {
            mode: Mode::Use,
            folder: None,
            patience: Duration::from_mins(10),
            bytes_max: u64::MAX,
            run: None,
        };
        let (told, boots) = (RefCell::default(), Cell::new(0));
        let (folder, spare) = (folder.to_owned(), folder.join("spare"));
        Self { folder, spare, disk, settings, told, boots }
    }

    fn cache(&self) -> Cache {
        Cache { folder: self.folder.clone(), spare: self.spare.clone(), disk: self.disk }
    }

    fn try_get(&self, config: &str) -> Result<State, String> {
        let tell = |text: &str| self.told.borrow_mut().push(text.to_owned());
        let wanted = Wanted {
            boot: "world",
            facts: facts(config),
            form: Form::of::<State>(),
            settings: &self.settings,
            cache: self.cache(),
            tell: &tell,
        };
        let boot = || {
            self.boots.set(self.boots.get() + 1);
            Ok(state(config))
        };
        wanted.obtain(boot).map_err(|error| error.to_string())
    }

    /// The right state, from wherever.
    #[track_caller]
    fn get(&self, config: &str) {
        assert_eq!(self.try_get(config).expect("there is a state"), state(config));
    }

    /// What was said since the last time.
    fn heard(&self) -> Vec<String> {
        self.told.take()
    }

    /// How often it booted since the last time.
    fn booted(&self) -> u32 {
        self.boots.replace(0)
    }
}

fn facts(config: &str) -> Fingerprint {
    let mut facts = Fingerprint::default();
    facts.add("config", config);
    facts
}

/// What a boot with this config comes to.
fn state(config: &str) -> State {
    format!("the world of {config}, ").repeat(50).into_bytes()
}

/// Every file that has its name is what its name says. Returns how many there are.
#[track_caller]
fn check_all_visible(folder: &Path) -> usize {
    let cache = Cache::at(folder);
    let visible: Vec<_> =
        files(folder).into_iter().filter(|file| is_entry_or_object(file)).collect();
    for file in &visible {
        let name = file.file_stem().expect("it has a name").to_string_lossy().into_owned();
        if file.extension().is_some_and(|extension| extension == "entry") {
            let entry = super::Entry::read(&RealDisk, file);
            let entry = entry.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            assert_eq!(entry.key(), name);
            match cache.load(&entry.boot, &entry.facts) {
                Found::State(..) => {}
                Found::Nothing => panic!("{}: it has gone", file.display()),
                Found::Unusable(reason) => panic!("{}: {reason}", file.display()),
            }
        } else {
            let image = Image::open(file, Trust::Full);
            let image = image.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            assert_eq!(image.id().to_string(), name);
        }
    }
    visible.len()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    RealDisk.files(folder).into_iter().map(|file| file.expect("it can be listed")).collect()
}

fn is_entry_or_object(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "entry" || extension == "image")
}

/// Whether a file has not its name yet, or never will.
fn is_aside(file: &Path) -> bool {
    file.to_string_lossy().ends_with(ASIDE)
}

/// Puts a file in place of a read-only one.
fn replace(file: &Path, bytes: &[u8]) {
    fs::remove_file(file).and_then(|()| fs::write(file, bytes)).expect("it is written");
}
