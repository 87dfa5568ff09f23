//! The store's tests under the sanitizers of a nightly toolchain.
//!
//! A run first compiles a tiny program with a fault and expects that the sanitizer reports it: were
//! it switched off, the tests would pass and prove nothing.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::tree;

/// How a run ended, if nothing was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// So many tests passed.
    Passed(usize),
    /// There is no nightly toolchain.
    Skipped,
}

/// What to look for.
#[derive(Debug, PartialEq, Eq)]
pub struct Sanitizer {
    /// As the command line has it, and the folder below `target/`.
    pub name: &'static str,
    /// As `-Zsanitizer` has it.
    flag: &'static str,
    /// A program with a fault.
    canary: &'static str,
    /// What the report of the fault says.
    report: &'static str,
}

/// All of them.
pub const ALL: [Sanitizer; 2] = [
    Sanitizer {
        name: "asan",
        flag: "address",
        canary: "fn main() {
            let freed = Box::into_raw(Box::new(1_u8));
            unsafe { drop(Box::from_raw(freed)) };
            std::process::exit(i32::from(unsafe { freed.read_volatile() } == 2));
        }",
        report: "heap-use-after-free",
    },
    Sanitizer {
        name: "lsan",
        flag: "leak",
        canary: "fn main() {
            for size in 1..100 {
                std::mem::forget(std::hint::black_box(vec![1_u8; size]));
            }
        }",
        report: "detected memory leaks",
    },
];

/// Fewer and shorter programs than in the gate: the run is some ten times as slow.
const SETTINGS: [(&str, &str); 2] =
    [("BOOTFORK_ORACLE_PROGRAMS", "256"), ("BOOTFORK_WORLD_STEPS", "4")];

impl Sanitizer {
    /// The one of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|sanitizer| sanitizer.name == name)
    }

    /// Tries the canary, then runs the store's tests.
    ///
    /// # Errors
    /// What went wrong, in a sentence.
    pub fn run(&self) -> Result<Outcome, String> {
        let Some(host) = nightly_host() else {
            return Ok(Outcome::Skipped);
        };
        let target = env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| tree::root().join("target"), PathBuf::from);
        let folder = target.join(self.name);
        self.try_canary(&folder)?;
        self.test_store(&folder, &host)
    }

    fn try_canary(&self, folder: &Path) -> Result<(), String> {
        let (source, program) = (folder.join("canary.rs"), folder.join("canary"));
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&source, self.canary));
        written.map_err(|error| format!("{}: {error}", source.display()))?;
        let flag = format!("-Zsanitizer={}", self.flag);
        let built = Command::new("rustc")
            .args(["+nightly", &flag, "-o"])
            .args([&program, &source])
            .status();
        if !built.is_ok_and(|status| status.success()) {
            return Err(format!("the canary of {} does not build", self.name));
        }
        let ran =
            Command::new(&program).output().map_err(|error| format!("the canary: {error}"))?;
        let reported = String::from_utf8_lossy(&ran.stderr).contains(self.report);
        if ran.status.success() || !reported {
            return Err(format!("{} is blind: it does not report its canary", self.name));
        }
        Ok(())
    }

    fn test_store(&self, folder: &Path, host: &str) -> Result<Outcome, String> {
        let mut tests = Command::new("cargo")
            .args(["+nightly", "test", "--package", "bootfork-store", "--tests", "--target", host])
            .arg("--target-dir")
            .arg(folder)
            .env("RUSTFLAGS", format!("-Zsanitizer={}", self.flag))
            .envs(SETTINGS)
            .current_dir(tree::root())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cargo: {error}"))?;
        let mut passed = 0;
        let printed = BufReader::new(tests.stdout.take().expect("a pipe was asked for"));
        for line in printed.lines().map_while(Result::ok) {
            passed += passed_in(&line);
            println!("{line}");
        }
        let status = tests.wait().map_err(|error| format!("cargo: {error}"))?;
        match passed {
            _ if !status.success() => Err(format!("the store's tests fail under {}", self.name)),
            0 => Err(format!("no test ran under {}", self.name)),
            passed => Ok(Outcome::Passed(passed)),
        }
    }
}

/// What the nightly toolchain compiles for, if there is one.
fn nightly_host() -> Option<String> {
    let output = Command::new("rustc").args(["+nightly", "-vV"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}

/// The tests that passed, by the last line that a test binary prints.
fn passed_in(line: &str) -> usize {
    let count = line.strip_prefix("test result: ok. ").and_then(|rest| rest.split_once(" passed"));
    count.and_then(|(count, _)| count.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_name() {
        assert_eq!(Sanitizer::named("asan").map(|found| found.flag), Some("address"));
        assert_eq!(Sanitizer::named("lsan").map(|found| found.flag), Some("leak"));
        assert_eq!(Sanitizer::named("msan"), None);
    }

    #[test]
    fn passed_tests_are_counted() {
        assert_eq!(passed_in("test result: ok. 18 passed; 0 failed; 0 ignored"), 18);
        assert_eq!(passed_in("test result: FAILED. 17 passed; 1 failed; 0 ignored"), 0);
        assert_eq!(passed_in("running 18 tests"), 0);
    }
}
