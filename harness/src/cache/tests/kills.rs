//! Builders that are killed at any moment, while others build and one reads.

use std::env;
use std::io::{self, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{self, Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Instant;

use super::*;

/// Tells a process of this binary that it is a builder, and where.
const CACHE: &str = "BOOTFORK_TEST_CACHE";
/// Where in the line of configs it begins.
const BEGIN: &str = "BOOTFORK_TEST_BEGIN";
/// How many configs it builds.
const COUNT: &str = "BOOTFORK_TEST_COUNT";
/// How many configs there are.
const CONFIGS: u32 = 40;

/// The life of a builder. In the process that runs all tests it has nothing to do.
#[test]
fn a_builder() {
    let Some(cache) = env::var_os(CACHE) else { return };
    let number = |name| env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    let (begin, count) = (number(BEGIN).expect("a number"), number(COUNT).expect("a number"));
    // Whoever started it holds the other end, and does not live without it.
    thread::spawn(|| {
        io::stdin().read_to_end(&mut Vec::new()).ok();
        process::exit(0);
    });
    let user = User::of(cache.as_ref());
    for config in begin..begin + count {
        user.get(&(config % CONFIGS).to_string());
    }
}

/// A process that builds. It goes when this goes, in whatever way that may be.
struct Builder(Child);

impl Builder {
    fn spawn(cache: &Path, begin: u32, count: u32) -> Self {
        let binary = env::current_exe().expect("this binary");
        Self::spawn_by(&mut Command::new(binary), cache, begin, count)
    }

    fn spawn_by(command: &mut Command, cache: &Path, begin: u32, count: u32) -> Self {
        command
            .args(["--exact", "cache::tests::kills::a_builder", "--nocapture"])
            .env(CACHE, cache)
            .env(BEGIN, begin.to_string())
            .env(COUNT, count.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        Self(command.spawn().expect("it starts"))
    }

    /// Kills it; until now it has neither failed nor ended.
    #[track_caller]
    fn kill(mut self) {
        self.0.kill().expect("it runs");
        let status = self.0.wait().expect("it is dead");
        assert_eq!(status.signal(), Some(9), "it had ended by itself: {status}");
    }

    /// How it ends by itself, which it does soon.
    #[track_caller]
    fn end(mut self) -> ExitStatus {
        let begin = Instant::now();
        while begin.elapsed() < HANGS {
            if let Some(status) = self.0.try_wait().expect("it can be asked") {
                return status;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("a builder waits for somebody since {} s", HANGS.as_secs());
    }
}

/// What takes that long waits for ever: it takes a second at most.
const HANGS: Duration = Duration::from_mins(2);

impl Drop for Builder {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Kills so many builders of so many, one after the other; returns how many files were looked at,
/// and how many of the dead had left one unfinished.
fn kill(builders: usize, kills: u32) -> (usize, usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = folder.path();
    let spawn = |number: u32| Builder::spawn(cache, number * 7, u32::MAX / 2);
    let mut alive: Vec<_> =
        (0..builders).map(|number| spawn(u32::try_from(number).unwrap())).collect();
    let mut looked = 0;
    for number in 0..kills {
        // As long as the reader takes, and a while that differs from kill to kill.
        for _ in 0..=number % 4 {
            looked += check_all_visible(cache);
        }
        let victim = number as usize % builders;
        std::mem::replace(&mut alive[victim], spawn(number)).kill();
        // What is there is deleted again, so that there is always something to build.
        if number % 8 == 7 {
            fs::remove_dir_all(cache.join("boots")).ok();
        }
    }
    alive.into_iter().for_each(Builder::kill);
    looked += check_all_visible(cache);
    let unfinished = files(cache).iter().filter(|file| is_aside(file)).count();
    // All are dead, and nobody waits for them: a last one gets every state, and ends.
    let last = Builder::spawn(cache, 0, CONFIGS).end();
    assert!(last.success(), "{last}");
    let user = User::of(cache);
    (0..CONFIGS).for_each(|config| user.get(&config.to_string()));
    assert_eq!((user.booted(), user.heard()), (0, vec![]));
    (looked, unfinished)
}

#[test]
fn two_hundred_killed_builders_leave_nothing_that_is_not_what_it_says() {
    let (mut looked, mut unfinished) = (0, 0);
    for (builders, kills) in [(2, 60), (4, 60), (8, 80)] {
        let (files, aside) = kill(builders, kills);
        (looked, unfinished) = (looked + files, unfinished + aside);
    }
    assert!(looked > 200, "{looked} files were looked at");
    assert!(unfinished > 0, "no kill came while a file was written");
}

/// A process whose memory runs out is aborted at that allocation, wherever it is.
#[test]
#[cfg(target_os = "linux")]
fn builders_that_run_out_of_memory_leave_nothing_either() {
    let folder = tempfile::tempdir().expect("a folder");
    let binary = env::current_exe().expect("this binary");
    let (mut died, mut lived) = (0, 0);
    for kibibytes in (4_000..400_000).step_by(12_000) {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", r#"ulimit -v "$1"; shift; exec "$@""#, "sh", &kibibytes.to_string()])
            .arg(&binary)
            .stderr(Stdio::null());
        let status = Builder::spawn_by(&mut shell, folder.path(), kibibytes / 12_000, 2).end();
        *if status.success() { &mut lived } else { &mut died } += 1;
        check_all_visible(folder.path());
    }
    assert!(died > 0 && lived > 0, "{died} died, {lived} lived");
    let user = User::of(folder.path());
    (0..CONFIGS).for_each(|config| user.get(&config.to_string()));
}

/// Whoever starts builders and is killed leaves none behind.
#[test]
fn builders_do_not_outlive_who_started_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut builder = Builder::spawn(folder.path(), 0, u32::MAX / 2);
    drop(builder.0.stdin.take());
    assert!(builder.end().success());
}
