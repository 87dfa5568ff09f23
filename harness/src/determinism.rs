//! Does a boot give the same state whatever the circumstances, and a restored state go on as the
//! one that it was made of?

use std::env;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::{self, Command};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::arrival::Arrival;
use crate::boot::Boot;
use crate::difference::{Difference, between};
use crate::history::{Moment, first_difference, mark_parts, parts_of, record};
use crate::state::Form;
use crate::test_fork::current_test;
use bootfork_store::image::Image;

/// Set in a process that only boots, to the file that takes the history of the boot.
const HISTORY: &str = "BOOTFORK_HISTORY";
/// The boot that it is about.
const HISTORY_OF: &str = "BOOTFORK_HISTORY_OF";

/// The circumstances of the second boot that can be chosen: another locale, time zone, and number
/// of threads of the usual pools. Folders, hash seeds, addresses, process, thread and time differ
/// besides.
const CIRCUMSTANCES: [(&str, &str); 6] = [
    ("LANG", "tr_TR.UTF-8"),
    ("LC_ALL", "tr_TR.UTF-8"),
    ("TZ", "Pacific/Chatham"),
    ("RAYON_NUM_THREADS", "1"),
    ("TOKIO_WORKER_THREADS", "1"),
    ("COLUMNS", "41"),
];

impl<T> Boot<T> {
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
        let failed = |what: &str, error: &dyn fmt::Display| Divergence::Unchecked {
            boot: self.name(),
            reason: format!("{what}: {error}"),
        };
        let begin = SystemTime::now();
        let here = self.history();
        if env::var_os(HISTORY_OF).is_some_and(|name| name == self.name()) {
            let file = env::var_os(HISTORY).unwrap_or_default();
            let json = serde_json::to_vec(&here).expect("texts are JSON");
            // Only a report that is written ends in success, and the test goes no further.
            process::exit(i32::from(fs::write(file, json).is_err()));
        }
        let here = here.map_err(|error| failed("the boot failed", &error))?;
        wait_for_another_second(begin);
        let there = elsewhere(self.name()).map_err(|error| failed("no second boot", &error))?;
        let there = there.map_err(|error| {
            failed("the second boot, elsewhere and in other circumstances, failed", &error)
        })?;
        match first_difference(&here, &there) {
            None => Ok(()),
            Some((step, difference)) => Err(Divergence::Boots {
                boot: self.name(),
                causes: likely_causes(&difference, begin),
                step,
                difference,
            }),
        }
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
        // What a step leaves as it is says nothing.
        moments.iter_mut().for_each(|moment| {
            moment.changes.sort_by(|a, b| (&a.part, &a.key).cmp(&(&b.part, &b.key)))
        });
        Ok(moments)
    }

    /// A state that was booted here and never restored, beside one that was restored from its
    /// image: what is done to one is done to the other, and compared.
    ///
    /// # Errors
    /// [`Divergence::Unchecked`] if there is no state, or no way through an image.
    pub fn shadow(&self) -> Result<Shadow<T>, Divergence> {
        let unchecked = |reason: String| Divergence::Unchecked { boot: self.name(), reason };
        let form = self.form().ok_or_else(|| {
            unchecked("it is not cached, and so has no form to restore it from".to_owned())
        })?;
        let original = self.boot().map_err(|error| unchecked(error.to_string()))?;
        let restore = || form.restore(&Image::from_bytes(&form.save(&original)?.to_bytes()?)?);
        let restored = restore().map_err(|error| unchecked(error.to_string()))?;
        let (mut original, mut restored) = (original, restored);
        if let Some(act) = self.hook() {
            act(&mut original, &Arrival::seeded(0));
            act(&mut restored, &Arrival::seeded(0));
        }
        let shadow = Shadow { boot: self.name(), form, original, restored };
        shadow.compare("restoring it")?;
        Ok(shadow)
    }
}

/// Two states that should be one; see [`Boot::shadow`].
///
/// ```
/// use bootfork::{Boot, Divergence, Shadow};
///
/// static WORLD: Boot<Vec<u8>> = Boot::new("world", || Ok(vec![1, 2, 3])).cached();
///
/// let mut shadow: Shadow<Vec<u8>> = WORLD.shadow()?;
/// for number in 4..10 {
///     let len = shadow.step(&format!("push {number}"), |world| {
///         world.push(number);
///         world.len()
///     })?;
///     assert_eq!(len, usize::from(number));
/// }
/// # Ok::<(), Divergence>(())
/// ```
pub struct Shadow<T> {
    boot: &'static str,
    form: Form<T>,
    original: T,
    restored: T,
}

impl<T> Shadow<T> {
    /// Does something to both, and compares what it returns and the states afterwards. O(state).
    ///
    /// # Errors
    /// [`Divergence`] names this step, and the first key that differs.
    pub fn step<R: PartialEq + fmt::Debug>(
        &mut self,
        name: &str,
        mut act: impl FnMut(&mut T) -> R,
    ) -> Result<R, Divergence> {
        let (left, right) = (act(&mut self.original), act(&mut self.restored));
        if left != right {
            let (part, key) = ("the step".to_owned(), "answers".to_owned());
            let (left, right) = (Some(format!("{left:?}")), Some(format!("{right:?}")));
            return Err(self.divergence(name, Difference { part, key, left, right }));
        }
        self.compare(name)?;
        Ok(left)
    }

    /// The state that was never restored.
    pub fn original(&self) -> &T {
        &self.original
    }

    fn compare(&self, step: &str) -> Result<(), Divergence> {
        let unchecked = |error: Box<dyn std::error::Error + Send + Sync>| Divergence::Unchecked {
            boot: self.boot,
            reason: error.to_string(),
        };
        let original = parts_of(&self.form, &self.original).map_err(unchecked)?;
        let restored = parts_of(&self.form, &self.restored).map_err(unchecked)?;
        match between(&original, &restored).into_iter().next() {
            None => Ok(()),
            Some(difference) => Err(self.divergence(step, difference)),
        }
    }

    fn divergence(&self, step: &str, difference: Difference) -> Divergence {
        Divergence::Restored { boot: self.boot, step: step.to_owned(), difference }
    }
}

impl<T> fmt::Debug for Shadow<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shadow").field("boot", &self.boot).finish_non_exhaustive()
    }
}

/// Two states that should be equal and are not. Its `Debug` text is the message, so that a test
/// may just unwrap.
///
/// ```
/// use bootfork::{Boot, Divergence};
///
/// static WORLD: Boot<Vec<u8>> = Boot::new("world", || Ok(vec![]));
/// let error: Divergence = WORLD.check_determinism().unwrap_err();
/// assert!(error.to_string().contains("it is not cached"));
/// ```
#[non_exhaustive]
pub enum Divergence {
    /// Nothing could be compared.
    #[non_exhaustive]
    Unchecked {
        /// The boot.
        boot: &'static str,
        /// Why.
        reason: String,
    },
    /// Two boots differ.
    #[non_exhaustive]
    Boots {
        /// The boot.
        boot: &'static str,
        /// The first step that differs.
        step: String,
        /// The first key that differs.
        difference: Difference,
        /// What it may come from, judging by the values.
        causes: Vec<&'static str>,
    },
    /// A restored state goes on otherwise than the one that it was made of.
    #[non_exhaustive]
    Restored {
        /// The boot.
        boot: &'static str,
        /// The first step that differs.
        step: String,
        /// The first key that differs.
        difference: Difference,
    },
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unchecked { boot, reason } => write!(f, "boot {boot:?} is not checked: {reason}"),
            Self::Boots { boot, step, difference, causes } => {
                writeln!(f, "boot {boot:?} is not deterministic")?;
                writeln!(f, "  first different step: {step}")?;
                writeln!(f, "  first different key:  {difference}")?;
                write!(f, "  likely causes:        {}", causes.join("; "))
            }
            Self::Restored { boot, step, difference } => {
                writeln!(f, "boot {boot:?}: a restored state goes on otherwise")?;
                writeln!(f, "  first different step: {step}")?;
                write!(f, "  first different key:  {difference}")
            }
        }
    }
}

impl fmt::Debug for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Divergence {}

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
    match json {
        Ok(json) => Ok(serde_json::from_slice(&json)?),
        Err(_) => {
            let told = String::from_utf8_lossy(&output.stderr);
            Err(format!("the other process ended without a report ({})\n{told}", output.status)
                .into())
        }
    }
}

fn wait_for_another_second(begin: SystemTime) {
    let second =
        |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).map(|t| t.as_secs());
    while second(SystemTime::now()).ok() == second(begin).ok() {
        thread::sleep(Duration::from_millis(10));
    }
}

/// What values like these usually come from.
fn likely_causes(difference: &Difference, begin: SystemTime) -> Vec<&'static str> {
    let (Some(left), Some(right)) = (&difference.left, &difference.right) else {
        return vec!["randomness without a fixed seed", "the order of a std map, or of threads"];
    };
    let either = |test: &dyn Fn(&str) -> bool| test(left) || test(right);
    let has_path = |path: &Path| {
        let path = path.to_string_lossy().into_owned();
        either(&|text| !path.is_empty() && path != "/" && text.contains(&path))
    };
    let here = env::current_dir().unwrap_or_default();
    let causes = [
        (sorted(left) == sorted(right), "the order of a std HashMap or HashSet, or of threads"),
        (is_time(left, begin) && is_time(right, begin), "the clock"),
        (
            has_path(&here) || has_path(&env::temp_dir()),
            "the path of a working or temporary folder",
        ),
        (is_address(left) && is_address(right), "an address in memory"),
        (either(&|text| text.contains("ThreadId")), "the number of a thread"),
        (either(&|text| text == process::id().to_string()), "the number of the process"),
        (
            CIRCUMSTANCES
                .iter()
                .any(|(_, value)| value.len() > 2 && either(&|text| text.contains(value))),
            "the locale or the time zone",
        ),
    ];
    let mut likely: Vec<_> = causes.iter().filter(|(is, _)| *is).map(|(_, cause)| *cause).collect();
    if likely.is_empty() {
        likely.push("randomness without a fixed seed");
        likely.push("the order of a std map, or of threads, in what the value is computed from");
    }
    likely
}

/// The same pieces in another order sort alike.
fn sorted(text: &str) -> Vec<&str> {
    let mut pieces: Vec<_> = text.split(|c: char| !c.is_alphanumeric()).collect();
    pieces.sort_unstable();
    pieces
}

/// Whether it is within a day of the check, in whatever unit since 1970.
fn is_time(text: &str, begin: SystemTime) -> bool {
    const DAY: u128 = 86_400;
    let Ok(number) = text.trim_matches('"').parse::<u128>() else { return false };
    let now = begin.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let units = [1_000_000_000, 1_000_000, 1_000, 1];
    units.into_iter().any(|unit| number.abs_diff(now / unit) <= DAY * 1_000_000_000 / unit)
}

/// Whether it is as large as addresses are on the usual machines.
fn is_address(text: &str) -> bool {
    let text = text.trim_matches('"');
    let number = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    number.is_some_and(|number| (1 << 40..1 << 48).contains(&number))
}
