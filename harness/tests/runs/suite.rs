//! A copy of the suite in a folder of its own, with a cache of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Tests in the suite, over both its binaries.
const TESTS: usize = 20;

pub(crate) struct Suite {
    folder: TempDir,
    target: PathBuf,
    command: Vec<&'static str>,
    to_tests: Vec<&'static str>,
}

pub(crate) struct Run {
    pub(crate) boots: usize,
    pub(crate) output: String,
}

impl Suite {
    /// A copy that is built and run by this command of Cargo's, with these arguments at its end.
    pub(crate) fn new(name: &str, command: &[&'static str], to_tests: &[&'static str]) -> Self {
        let harness = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = tempfile::tempdir().expect("a folder");
        copy(&harness.join("tests/fixture-suite"), folder.path());
        let suite = Self {
            folder,
            target: Path::new(env!("CARGO_TARGET_TMPDIR")).join("fixture-suite").join(name),
            command: command.to_vec(),
            to_tests: to_tests.to_vec(),
        };
        let manifest = fs::read_to_string(suite.path("Cargo.toml")).expect("a manifest");
        let harness = harness.to_str().expect("a path that is text");
        suite.write("Cargo.toml", &manifest.replace("BOOTFORK\"", &format!("{harness}\"")));
        // The same versions as here, which are at hand.
        fs::copy(Path::new(harness).join("../Cargo.lock"), suite.path("Cargo.lock"))
            .expect("a lock file");
        suite
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).expect("it is written");
    }

    /// Runs all tests, which must pass.
    pub(crate) fn run(&self) -> Run {
        let boots = self.path("boots");
        fs::write(&boots, "").expect("it is written");
        let output = self.cargo().env("FIXTURE_BOOTS", &boots).output().expect("Cargo runs");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(output.status.success(), "{text}");
        let passed = text.matches(" ... ok").count() + text.matches("PASS [").count();
        assert!(passed >= TESTS, "only {passed} tests ran:\n{text}");
        let boots = fs::read_to_string(boots).expect("it is there").lines().count();
        Run { boots, output: text }
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
        cargo
            .current_dir(self.folder.path())
            .env("CARGO_TARGET_DIR", &self.target)
            .env("BOOTFORK_DIR", self.path("cache"))
            .args(&self.command)
            .arg("--offline")
            .args(&self.to_tests);
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
