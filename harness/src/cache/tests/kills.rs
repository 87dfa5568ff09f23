//! Builders that are killed at any moment, while others build and one reads.

use std::env;
use std::process::{Child, Command, Stdio};

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
    let user = User::of(cache.as_ref());
    for config in begin..begin + count {
        user.get(&(config % CONFIGS).to_string());
    }
}

fn spawn_builder(cache: &Path, begin: u32, count: u32) -> Child {
    Command::new(env::current_exe().expect("this binary"))
        .args(["--exact", "cache::tests::kills::a_builder", "--nocapture"])
        .env(CACHE, cache)
        .env(BEGIN, begin.to_string())
        .env(COUNT, count.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts")
}

/// Kills so many builders of so many, one after the other; returns how many files were looked at,
/// and how many of the dead had left one unfinished.
fn kill(builders: usize, kills: u32) -> (usize, usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = folder.path();
    let spawn = |number: u32| spawn_builder(cache, number * 7, u32::MAX / 2);
    let mut alive: Vec<_> =
        (0..builders).map(|number| spawn(u32::try_from(number).unwrap())).collect();
    let mut looked = 0;
    for number in 0..kills {
        // As long as the reader takes, and a while that differs from kill to kill.
        for _ in 0..=number % 4 {
            looked += check_all_visible(cache);
        }
        let victim = number as usize % builders;
        alive[victim].kill().expect("it runs");
        alive[victim].wait().expect("it is dead");
        alive[victim] = spawn(number);
        // What is there is deleted again, so that there is always something to build.
        if number % 8 == 7 {
            fs::remove_dir_all(cache.join("boots")).ok();
        }
    }
    for builder in &mut alive {
        builder.kill().expect("it runs");
        builder.wait().expect("it is dead");
    }
    looked += check_all_visible(cache);
    let unfinished = files(cache).iter().filter(|file| is_aside(file)).count();
    // All are dead, and nobody waits for them: a last one gets every state, and ends.
    let mut last = spawn_builder(cache, 0, CONFIGS);
    assert!(last.wait().expect("it ends").success());
    let user = User::of(cache);
    (0..CONFIGS).for_each(|config| user.get(&config.to_string()));
    assert_eq!((user.booted(), user.heard()), (0, vec![]));
    (looked, unfinished)
}

fn is_aside(file: &Path) -> bool {
    file.to_string_lossy().ends_with(bootfork_store::image::ASIDE)
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
        let status = Command::new("sh")
            .args(["-c", r#"ulimit -v "$1"; shift; exec "$@""#, "sh", &kibibytes.to_string()])
            .arg(&binary)
            .args(["--exact", "cache::tests::kills::a_builder", "--nocapture"])
            .env(CACHE, folder.path())
            .env(BEGIN, (kibibytes / 12_000).to_string())
            .env(COUNT, "2")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        *if status.expect("sh runs").success() { &mut lived } else { &mut died } += 1;
        check_all_visible(folder.path());
    }
    assert!(died > 0 && lived > 0, "{died} died, {lived} lived");
    let user = User::of(folder.path());
    (0..CONFIGS).for_each(|config| user.get(&config.to_string()));
}
