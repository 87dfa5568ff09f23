//! A copy of the suite in a folder of its own, with a cache of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Tests in the suite, over both its binaries.
const TESTS: usize = 20;

/// What runs the tests.
#[derive(Clone, Copy)]
pub(crate) enum Runner {
    CargoTest,
    Nextest,
}

pub(crate) struct Suite {
    folder: TempDir,
    cache: PathBuf,
    runner: Runner,
}

pub(crate) struct Run {
    pub(crate) boots: usize,
    pub(crate) output: String,
}

impl Suite {
    /// A copy whose package has this name, so that copies share the target folder and nothing that
    /// is built of themselves.
    pub(crate) fn new(name: &str, runner: Runner) -> Self {
        let harness = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = tempfile::tempdir().expect("a folder");
        copy(&harness.join("tests/fixture-suite"), folder.path());
        let cache = folder.path().join("cache");
        let suite = Self { folder, cache, runner };
        let manifest = fs::read_to_string(suite.path("Cargo.toml")).expect("a manifest");
        let harness = harness.to_str().expect("a path that is text");
        let manifest = manifest.replace("\"BOOTFORK\"", &format!("{harness:?}"));
        suite.write("Cargo.toml", &manifest.replace("NAME", name));
        // The same versions as here, which are at hand.
        fs::copy(Path::new(harness).join("../Cargo.lock"), suite.path("Cargo.lock"))
            .expect("a lock file");
        suite
    }

    /// Another checkout, with the cache of this one.
    pub(crate) fn sharing_cache_of(other: &Self, name: &str) -> Self {
        let suite = Self::new(name, other.runner);
        fs::copy(other.path("src/lib.rs"), suite.path("src/lib.rs")).expect("it can be copied");
        Self { cache: other.cache.clone(), ..suite }
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).expect("it is written");
    }

    /// Runs all tests, which must pass.
    pub(crate) fn run(&self) -> Run {
        self.run_with(&[])
    }

    pub(crate) fn run_with(&self, variables: &[(&str, &str)]) -> Run {
        let (succeeded, output) = self.output(variables);
        assert!(succeeded, "{output}");
        let passed = output.matches(" ... ok").count() + output.matches("PASS [").count();
        assert!(passed >= TESTS, "only {passed} tests ran:\n{output}");
        let boots = fs::read_to_string(self.path("boots")).expect("it is there").lines().count();
        Run { boots, output }
    }

    /// Runs all tests, some of which must fail; returns what was printed.
    pub(crate) fn run_failing(&self, variables: &[(&str, &str)]) -> String {
        let (succeeded, output) = self.output(variables);
        assert!(!succeeded, "{output}");
        output
    }

    fn output(&self, variables: &[(&str, &str)]) -> (bool, String) {
        let boots = self.path("boots");
        fs::write(&boots, "").expect("it is written");
        let variables = variables.iter().copied();
        let output = self.cargo().env("FIXTURE_BOOTS", &boots).envs(variables).output();
        let output = output.expect("Cargo runs");
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    /// Cargo in an environment that knows nothing of the Cargo and the nextest that run this.
    fn cargo(&self) -> Command {
        let mut cargo = Command::new("cargo");
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let inherited = text == "CARGO_HOME";
            let prefixes = ["CARGO_", "NEXTEST", "BOOTFORK_", "RUSTC", "RUST_"];
            if !inherited && prefixes.iter().any(|prefix| text.starts_with(prefix)) {
                cargo.env_remove(name);
            }
        }
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fixture-suite");
        cargo
            .current_dir(self.folder.path())
            .env("CARGO_TARGET_DIR", target)
            .env("BOOTFORK_DIR", &self.cache);
        match self.runner {
            Runner::CargoTest => {
                cargo.args(["test", "--offline", "--no-fail-fast", "--", "--nocapture"])
            }
            // Side by side, or nobody would have to wait for anybody.
            Runner::Nextest => {
                let arguments = "nextest run --offline --test-threads 8 --success-output immediate";
                cargo.args(arguments.split(' '))
            }
        };
        cargo
    }
}

pub(crate) fn nextest_is_installed() -> bool {
    let version = Command::new("cargo").args(["nextest", "--version"]).output();
    version.is_ok_and(|output| output.status.success())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            if entry.file_name() != "target" {
                copy(&path, &to);
            }
        } else {
            fs::copy(&path, &to).expect("it can be copied");
        }
    }
}
