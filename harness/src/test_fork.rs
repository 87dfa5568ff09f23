//! The fork that a test works on, which outlives the test if it fails.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread;

use bootfork_store::image::{Image, Trust};

use crate::boot::Boot;
use crate::cache::Settings;
use crate::state::Form;

/// A fork whose state is kept as an image when the test that works on it fails: the fork that
/// [`#[bootfork::test]`](macro@crate::test) hands to a test.
///
/// Only states of boots that are [cached](Boot::cached) are kept, since only they have a form.
///
/// ```
/// use bootfork::{Boot, TestFork};
///
/// static WORLD: Boot<Vec<u8>> = Boot::new("world", || Ok(vec![1, 2, 3])).cached();
///
/// let mut world = TestFork::new(&WORLD, "worlds::grow", true);
/// world.push(4);
/// assert_eq!(*world, [1, 2, 3, 4]);
/// ```
pub struct TestFork<'a, T: 'static> {
    boot: &'a Boot<T>,
    state: Option<T>,
    test: String,
    number: usize,
    keep: bool,
}

impl<'a, T: Clone> TestFork<'a, T> {
    /// A fork for a test of that name; under libtest, which gives threads the names of tests, their
    /// name counts. With `keep`, its state is kept if the test fails.
    ///
    /// A test that is run again from a kept state gets that one: `BOOTFORK_FROM` says where it is.
    ///
    /// # Panics
    /// If the boot fails, or the kept state is of no use.
    #[track_caller]
    pub fn new(boot: &'a Boot<T>, name: &str, keep: bool) -> Self {
        Self::numbered(boot, name, 0, keep)
    }

    /// As [`new`](Self::new), for the fork of that number in a test that has several: each is kept
    /// as an image of its own.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    #[track_caller]
    pub fn numbered(boot: &'a Boot<T>, name: &str, number: usize, keep: bool) -> Self {
        let test = current_test().unwrap_or_else(|| without_crate(name).to_owned());
        let from = match kept_folder(env::var_os("BOOTFORK_FROM")) {
            Ok(from) => from,
            Err(help) => panic!("{help}"),
        };
        let file = from.as_deref().map(|folder| kept_file(folder, boot, number));
        let state = match (file.filter(|file| file.is_file()), boot.form()) {
            (Some(file), Some(form)) => {
                restore(boot, &form, &file).map_err(|error| format!("{}: {error}", file.display()))
            }
            _ => boot.fork().map_err(|error| error.to_string()),
        };
        // Not in a closure, so that the panic is said to be the test's.
        let state = match state {
            Ok(state) => state,
            Err(error) => panic!("{error}"),
        };
        // What a test starts from stays as it is, so that it may be run again and again: also where
        // this boot has left nothing there, since what is written now would be found then.
        let keep = keep && from.is_none();
        Self { boot, state: Some(state), test, number, keep }
    }
}

/// The folder that `BOOTFORK_FROM` names, in which some test has kept a state.
fn kept_folder(named: Option<OsString>) -> Result<Option<PathBuf>, String> {
    let Some(folder) = named.map(PathBuf::from) else { return Ok(None) };
    let mut files = fs::read_dir(&folder).into_iter().flatten().flatten();
    if files.any(|file| file.path().extension().is_some_and(|extension| extension == "image")) {
        return Ok(Some(folder));
    }
    Err(format!(
        "BOOTFORK_FROM is {}, where no test has kept a state: take the command that the failed \
         test printed, or unset the variable",
        folder.display()
    ))
}

/// A fork of a kept state.
fn restore<T>(
    boot: &Boot<T>,
    form: &Form<T>,
    file: &Path,
) -> Result<T, Box<dyn std::error::Error + Send + Sync>> {
    let mut state = form.restore(&Image::open(file, Trust::Full)?)?;
    boot.arrive(&mut state);
    Ok(state)
}

impl<T> TestFork<'_, T> {
    /// The state alone, which is not kept then.
    ///
    /// # Panics
    /// Never: a fork has a state until it is taken.
    pub fn into_inner(mut self) -> T {
        self.state.take().expect("it is taken once")
    }

    /// Tells how the test ended. A test that panicked need not tell.
    pub fn end(&mut self, outcome: &impl Outcome) {
        if outcome.is_failure() {
            self.keep_state();
        }
    }

    fn keep_state(&mut self) {
        let (Some(state), Some(form), true) = (&self.state, self.boot.form(), self.keep) else {
            return;
        };
        // A state that a panic has left half changed may panic again, which would end the process.
        let written = catch_unwind(AssertUnwindSafe(|| self.write(state, &form)));
        match written {
            Ok(Ok(Some(folder))) => eprintln!("{}", self.help(&folder)),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => eprintln!("bootfork: warning: the state is not kept: {error}"),
            Err(_) => eprintln!("bootfork: warning: the state is not kept: its form panics"),
        }
        self.keep = false;
    }

    /// Writes the state, and that of the boot beside it.
    fn write(
        &self,
        state: &T,
        form: &Form<T>,
    ) -> Result<Option<PathBuf>, Box<dyn std::error::Error + Send + Sync>> {
        let Some(cache) = Settings::from_env()?.folder else { return Ok(None) };
        let folder = std::path::absolute(cache)?.join("kept").join(self.test.replace("::", "-"));
        fs::create_dir_all(&folder)?;
        form.save(state)?.write(kept_file(&folder, self.boot, self.number))?;
        form.save(&*self.boot.get()?)?.write(boot_file(&folder, self.boot))?;
        Ok(Some(folder))
    }

    /// What to do with it now.
    fn help(&self, folder: &Path) -> String {
        let before = boot_file(folder, self.boot);
        let after = kept_file(folder, self.boot, self.number);
        let binary = env::current_exe().unwrap_or_else(|_| "the test binary".into());
        let here = env::current_dir().unwrap_or_default();
        let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| here.clone().into());
        format!(
            "bootfork: the state of {test} is kept\n  \
               what it changed:   bootfork cache diff {before} {after}\n  \
               run it from there: cd {here} && CARGO_MANIFEST_DIR={package} \
               BOOTFORK_FROM={folder} {binary} --exact {test} --nocapture",
            test = self.test,
            before = quoted(&before),
            after = quoted(&after),
            here = quoted(&here),
            package = quoted(package.as_ref()),
            folder = quoted(folder),
            binary = quoted(&binary),
        )
    }
}

/// A test that panics has failed.
impl<T> Drop for TestFork<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.keep_state();
        }
    }
}

impl<T> Deref for TestFork<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.state.as_ref().expect("it is there until the end")
    }
}

impl<T> DerefMut for TestFork<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.state.as_mut().expect("it is there until the end")
    }
}

impl<T> fmt::Debug for TestFork<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { boot, test, .. } = self;
        f.debug_struct("TestFork").field("boot", &boot.name()).field("test", test).finish()
    }
}

/// What a test may return, and whether that is a failure.
///
/// ```
/// use bootfork::Outcome;
///
/// assert!(!().is_failure());
/// assert!("no number".parse::<u32>().is_failure());
/// ```
#[diagnostic::on_unimplemented(
    message = "a test from a fork returns nothing or a `Result`, not `{Self}`"
)]
pub trait Outcome {
    /// Whether the test failed.
    fn is_failure(&self) -> bool;
}

impl Outcome for () {
    fn is_failure(&self) -> bool {
        false
    }
}

impl<T, E> Outcome for Result<T, E> {
    fn is_failure(&self) -> bool {
        self.is_err()
    }
}

/// The test on whose thread this runs, if it is a thread of libtest's.
pub(crate) fn current_test() -> Option<String> {
    thread::current().name().filter(|name| *name != "main").map(str::to_owned)
}

/// The path of a test as libtest knows it.
fn without_crate(path: &str) -> &str {
    path.split_once("::").map_or(path, |(_, path)| path)
}

fn kept_file<T>(folder: &Path, boot: &Boot<T>, number: usize) -> PathBuf {
    let name = boot.file_name();
    folder.join(if number == 0 {
        format!("{name}.image")
    } else {
        format!("{name}.{number}.image")
    })
}

fn boot_file<T>(folder: &Path, boot: &Boot<T>) -> PathBuf {
    folder.join(format!("{}.boot.image", boot.file_name()))
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_no_test_has_left_is_a_mistake() {
        let folder = tempfile::tempdir().expect("a folder");
        let named = |path: &Path| kept_folder(Some(path.into()));
        assert_eq!(kept_folder(None), Ok(None));
        for wrong in [folder.path(), &folder.path().join("nowhere")] {
            let help = named(wrong).expect_err("no state is there");
            assert!(help.contains("the command that the failed test printed"), "{help}");
        }
        fs::write(folder.path().join("world.image"), "").expect("it is written");
        assert_eq!(named(folder.path()), Ok(Some(folder.path().to_owned())));
    }
}
