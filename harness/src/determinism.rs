//! Does a boot give the same state whatever the circumstances?

use std::env;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::process::{self, Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::boot::Boot;
use crate::cache::Settings;
use crate::causes::likely_causes;
use crate::divergence::Divergence;
use crate::history::{Moment, first_difference, mark_parts, parts_of, record};
use crate::test_fork::current_test;

/// Set in a process that only boots, to the file that takes the history of the boot.
const HISTORY: &str = "BOOTFORK_HISTORY";
/// The boot that it is about.
const HISTORY_OF: &str = "BOOTFORK_HISTORY_OF";
/// When the first boot began, in nanoseconds since 1970.
const HISTORY_BESIDE: &str = "BOOTFORK_HISTORY_BESIDE";

/// By how much the clocks of the two boots differ within a second: each decimal place by 5.
pub(crate) const SHIFT: Duration = Duration::from_nanos(555_555_555);

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
    /// two boots, and up to two seconds until the clock shows another time to every decimal place
    /// of a second. What depends on the date alone is not found.
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
        let settings = Settings::from_env();
        let settings = settings.map_err(|error| Divergence::unchecked(self.name(), error))?;
        self.check_within(settings.patience)
    }

    /// Waits that long for the other process, or several times as long as the boot took here.
    fn check_within(&self, patience: Duration) -> Result<(), Divergence> {
        let failed = |what: &str, error: &dyn fmt::Display| {
            Divergence::unchecked(self.name(), format!("{what}: {error}"))
        };
        if env::var_os(HISTORY_OF).is_some_and(|name| name == self.name()) {
            let file = env::var_os(HISTORY).unwrap_or_default();
            let first = env::var(HISTORY_BESIDE).ok().and_then(|nanos| nanos.parse().ok());
            let now = since_1970(SystemTime::now());
            thread::sleep(wait_beside(Duration::from_nanos(first.unwrap_or_default()), now));
            let told = serde_json::to_vec(&self.history_on_a_thread()).map_err(io::Error::from);
            // Only a report that is written ends in success, and the test goes no further.
            process::exit(i32::from(told.and_then(|json| fs::write(file, json)).is_err()));
        }
        let begin = SystemTime::now();
        let here = self.history().map_err(|error| failed("the boot failed", &error))?;
        let patience = begin.elapsed().unwrap_or_default().saturating_mul(4).max(patience);
        let there = elsewhere(self.name(), begin, patience);
        let there = there.map_err(|error| failed("no second boot", &error))?;
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
            let state = self.boot_anew().map_err(|error| error.to_string())?;
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
    begin: SystemTime,
    patience: Duration,
) -> Result<Result<Vec<Moment>, String>, Box<dyn std::error::Error + Send + Sync>> {
    let name = blake3::hash(format!("{boot} {:?}", current_test()).as_bytes());
    let folder = env::temp_dir().join(format!("bootfork-{}-{:.16}", process::id(), name.to_hex()));
    fs::create_dir_all(&folder)?;
    let (report, told) = (folder.join("history.json"), folder.join("stderr"));
    let mut command = Command::new(env::current_exe()?);
    match current_test() {
        Some(test) => command.args(["--exact", &test, "--nocapture", "--include-ignored"]),
        None => command.args(env::args_os().skip(1)),
    };
    let child = command
        .current_dir(&folder)
        .envs(CIRCUMSTANCES)
        .env("TMPDIR", &folder)
        .env(HISTORY, &report)
        .env(HISTORY_OF, boot)
        .env(HISTORY_BESIDE, since_1970(begin).as_nanos().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&told)?)
        .spawn()?;
    let status = wait(child, patience + BESIDE_MAX);
    let (json, text) = (fs::read(&report), fs::read(&told).unwrap_or_default());
    for file in [report, told] {
        fs::remove_file(file).ok();
    }
    fs::remove_dir(&folder).ok();
    let text = String::from_utf8_lossy(&text);
    let Some(status) = status? else {
        let seconds = patience.as_secs();
        let help = "set BOOTFORK_WAIT_SECONDS if the boot takes longer";
        let what = format!("the other process has not ended within {seconds} s: {help}\n{text}");
        return Err(what.into());
    };
    match json {
        Ok(json) => Ok(serde_json::from_slice(&json)?),
        Err(_) => {
            Err(format!("the other process ended without a report ({status})\n{text}").into())
        }
    }
}

/// How a process ends; one that takes too long is killed.
fn wait(mut child: Child, patience: Duration) -> io::Result<Option<ExitStatus>> {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begin.elapsed() > patience {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// How long the second boot may have to wait for its time.
const BESIDE_MAX: Duration = Duration::from_secs(2);

/// How long to wait until the clock differs from that of the first boot in every decimal place of
/// a second, and in the last place of the seconds: they are an odd number apart.
fn wait_beside(first: Duration, now: Duration) -> Duration {
    let odd = u64::from((first + SHIFT).as_secs() == first.as_secs());
    let next = first + SHIFT + Duration::from_secs(odd);
    let late = now.saturating_sub(next).as_nanos();
    // Two seconds later they still are.
    let turns = u32::try_from(late.div_ceil(BESIDE_MAX.as_nanos())).unwrap_or_default();
    (next + BESIDE_MAX * turns).saturating_sub(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boot_that_hangs_elsewhere_is_not_waited_for() {
        static HANGS: Boot<Vec<u8>> = Boot::new("hangs", || {
            while env::var_os(HISTORY_OF).is_some() {
                thread::sleep(Duration::from_secs(1));
            }
            Ok(vec![])
        })
        .cached();
        let told = HANGS.check_within(Duration::from_secs(1)).expect_err("it hangs").to_string();
        assert!(told.contains("has not ended within 1 s"), "{told}");
    }

    #[test]
    fn another_boot_begins_at_another_time_to_every_decimal_place() {
        let digits = |time: Duration| format!("{:010}.{:09}", time.as_secs(), time.subsec_nanos());
        for nanos in (0..2_000_000_000).step_by(1_234_567) {
            let first = Duration::new(1_700_000_000, 0) + Duration::from_nanos(nanos);
            for took in [0, 1, 70_000, 444_444_444, 999_999_999, 3_333_333_333] {
                let now = first + Duration::from_nanos(took);
                let wait = wait_beside(first, now);
                assert!(wait <= BESIDE_MAX, "{wait:?}");
                let (one, other) = (digits(first), digits(now + wait));
                let same =
                    one.bytes().zip(other.bytes()).skip(9).filter(|(one, other)| one == other);
                assert_eq!(same.filter(|(digit, _)| *digit != b'.').count(), 0, "{one} {other}");
            }
        }
    }
}
