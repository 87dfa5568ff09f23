//! Does a boot give the same state whatever the circumstances?

use std::env;
use std::fmt;
use std::fs;
use std::io;
use std::process::{self, Command};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::boot::Boot;
use crate::causes::likely_causes;
use crate::divergence::Divergence;
use crate::history::{Moment, first_difference, mark_parts, parts_of, record};
use crate::test_fork::current_test;

/// Set in a process that only boots, to the file that takes the history of the boot.
const HISTORY: &str = "BOOTFORK_HISTORY";
/// The boot that it is about.
const HISTORY_OF: &str = "BOOTFORK_HISTORY_OF";

/// The circumstances of the second boot that can be chosen: another locale, time zone, and number
/// of threads of the usual pools. Folders, hash seeds, addresses, process, thread and time differ
/// besides.
pub(crate) const CIRCUMSTANCES: [(&str, &str); 6] = [
    ("LANG", "tr_TR.UTF-8"),
    ("LC_ALL", "tr_TR.UTF-8"),
    ("TZ", "Pacific/Chatham"),
    ("RAYON_NUM_THREADS", "1"),
    ("TOKIO_WORKER_THREADS", "1"),
    ("COLUMNS", "41"),
];

impl<T: Send + Sync> Boot<T> {
    /// Boots twice, in this process and in another one, with another time, working folder,
    /// temporary folder, locale, time zone, thread, number of threads, hash seeds of the standard
    /// maps and addresses, and compares the states: step by step, if the recipe
    /// [marks](crate::mark) steps, as a kernel's does that is run by `bootfork::run`.
    ///
    /// It is for tests: the other process is the test binary, told to run this very test. Takes
    /// two boots, and up to a second until the clock shows another one.
    ///
    /// ```no_run
    /// use bootfork::Boot;
    ///
    /// static WORLD: Boot<Vec<u8>> = Boot::new("world", || Ok(vec![1, 2, 3])).cached();
    ///
    /// #[test]
    /// fn the_world_is_deterministic() {
    ///     WORLD.check_determinism().unwrap();
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Divergence`] names the first step and key that differ, both values, and likely causes; or
    /// says why nothing could be compared.
    pub fn check_determinism(&self) -> Result<(), Divergence> {
        let failed = |what: &str, error: &dyn fmt::Display| {
            Divergence::unchecked(self.name(), format!("{what}: {error}"))
        };
        if env::var_os(HISTORY_OF).is_some_and(|name| name == self.name()) {
            let file = env::var_os(HISTORY).unwrap_or_default();
            let told = serde_json::to_vec(&self.history_on_a_thread()).map_err(io::Error::from);
            // Only a report that is written ends in success, and the test goes no further.
            process::exit(i32::from(told.and_then(|json| fs::write(file, json)).is_err()));
        }
        let begin = SystemTime::now();
        let here = self.history().map_err(|error| failed("the boot failed", &error))?;
        wait_for_another_second(begin);
        let there = elsewhere(self.name()).map_err(|error| failed("no second boot", &error))?;
        let there = there.map_err(|error| {
            failed("the second boot, elsewhere and in other circumstances, failed", &error)
        })?;
        match first_difference(&here, &there) {
            None => Ok(()),
            Some((step, difference)) => {
                let causes = likely_causes(&difference, begin);
                Err(Divergence::of_boots(self.name(), step, difference, causes))
            }
        }
    }

    /// The same on a thread of another name and number, with more stack.
    fn history_on_a_thread(&self) -> Result<Vec<Moment>, String> {
        let thread = thread::Builder::new().name("elsewhere".to_owned()).stack_size(16 << 20);
        thread::scope(|scope| {
            let boot = thread.spawn_scoped(scope, || self.history());
            boot.map_err(|error| error.to_string())?.join().map_err(|_| "it panicked".to_owned())?
        })
    }

    /// The steps of a boot, the last one its end.
    fn history(&self) -> Result<Vec<Moment>, String> {
        let form = self.form().ok_or("it is not cached, and so has no form to compare")?;
        let (booted, mut moments) = record(|| {
            let state = self.boot().map_err(|error| error.to_string())?;
            let parts = parts_of(&form, &state).map_err(|error| error.to_string())?;
            mark_parts("the end of the boot", || parts);
            Ok::<(), String>(())
        });
        booted?;
        for moment in &mut moments {
            moment.changes.sort_by(|a, b| (&a.part, &a.key).cmp(&(&b.part, &b.key)));
        }
        Ok(moments)
    }
}

/// The history of the same boot in a process of its own: this test, run again.
fn elsewhere(
    boot: &str,
) -> Result<Result<Vec<Moment>, String>, Box<dyn std::error::Error + Send + Sync>> {
    let name = blake3::hash(format!("{boot} {:?}", current_test()).as_bytes());
    let folder = env::temp_dir().join(format!("bootfork-{}-{:.16}", process::id(), name.to_hex()));
    fs::create_dir_all(&folder)?;
    let report = folder.join("history.json");
    let mut command = Command::new(env::current_exe()?);
    match current_test() {
        Some(test) => command.args(["--exact", &test, "--nocapture", "--include-ignored"]),
        None => command.args(env::args_os().skip(1)),
    };
    let output = command
        .current_dir(&folder)
        .envs(CIRCUMSTANCES)
        .env("TMPDIR", &folder)
        .env(HISTORY, &report)
        .env(HISTORY_OF, boot)
        .output()?;
    let json = fs::read(&report);
    fs::remove_file(&report).ok();
    fs::remove_dir(&folder).ok();
    let Ok(json) = json else {
        let (status, told) = (output.status, String::from_utf8_lossy(&output.stderr));
        return Err(format!("the other process ended without a report ({status})\n{told}").into());
    };
    Ok(serde_json::from_slice(&json)?)
}

fn wait_for_another_second(begin: SystemTime) {
    let second =
        |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).map(|t| t.as_secs());
    while second(SystemTime::now()).ok() == second(begin).ok() {
        thread::sleep(Duration::from_millis(10));
    }
}
