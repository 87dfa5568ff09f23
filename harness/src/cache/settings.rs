//! What the environment says about the cache.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How a boot goes about the cache.
///
/// ```
/// use bootfork::cache::Mode;
///
/// assert_eq!("verify".parse(), Ok(Mode::Verify));
/// assert!("sometimes".parse::<Mode>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// Take the entry, or boot and leave one.
    #[default]
    Use,
    /// Boot once in every run, and replace the entry.
    Refresh,
    /// Boot in every process, and fail if the state is not that of the entry.
    Verify,
    /// Boot in every process; touch no disk.
    Off,
}

impl std::str::FromStr for Mode {
    type Err = BadSetting;

    fn from_str(text: &str) -> Result<Self, BadSetting> {
        match text {
            "use" | "" => Ok(Self::Use),
            "refresh" => Ok(Self::Refresh),
            "verify" => Ok(Self::Verify),
            "off" => Ok(Self::Off),
            _ => Err(BadSetting {
                variable: "BOOTFORK_MODE",
                value: text.to_owned(),
                expected: "use, refresh, verify or off",
            }),
        }
    }
}

/// A variable of the environment that cannot be understood: better to say so than to guess.
///
/// ```
/// let error = "of".parse::<bootfork::cache::Mode>().unwrap_err();
/// let text = r#"BOOTFORK_MODE is "of": set it to use, refresh, verify or off"#;
/// assert_eq!(error.to_string(), text);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSetting {
    variable: &'static str,
    value: String,
    expected: &'static str,
}

impl fmt::Display for BadSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, value, expected } = self;
        write!(f, "{variable} is {value:?}: set it to {expected}")
    }
}

impl std::error::Error for BadSetting {}

/// The settings of one process.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) mode: Mode,
    /// Where the cache is; nowhere, if no target folder is to be found.
    pub(crate) folder: Option<PathBuf>,
    /// How long to wait for another process's boot.
    pub(crate) patience: Duration,
    /// How much the cache may hold, in bytes.
    pub(crate) bytes_max: u64,
    /// What nextest calls this run of the suite; tests that share it share a refresh.
    pub(crate) run: Option<String>,
}

const PATIENCE_SECONDS: u64 = 60;
const MEBIBYTES_MAX: u64 = 4096;

impl Settings {
    pub(crate) fn from_env() -> Result<Self, BadSetting> {
        Self::from_variables(&|name| env::var_os(name))
    }

    fn from_variables(get: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, BadSetting> {
        let text = |name| get(name).map(|value| value.to_string_lossy().into_owned());
        let number = |variable, default| match text(variable) {
            None => Ok(default),
            Some(value) => value.parse().map_err(|_| BadSetting {
                variable,
                value,
                expected: "a whole number",
            }),
        };
        let folder = get("BOOTFORK_DIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
        if let Some(folder) = folder.as_ref().filter(|folder| !folder.is_absolute()) {
            let value = folder.to_string_lossy().into_owned();
            let expected = "an absolute path: tests run in the folders of their packages";
            return Err(BadSetting { variable: "BOOTFORK_DIR", value, expected });
        }
        Ok(Self {
            mode: text("BOOTFORK_MODE").unwrap_or_default().parse()?,
            folder: folder.or_else(|| target_folder(get).map(|target| target.join("bootfork"))),
            patience: Duration::from_secs(number("BOOTFORK_WAIT_SECONDS", PATIENCE_SECONDS)?),
            bytes_max: number("BOOTFORK_MAX_MIB", MEBIBYTES_MAX)?.saturating_mul(1 << 20),
            run: text("NEXTEST_RUN_ID"),
        })
    }
}

/// Cargo's target folder: around the running binary; or, for one that runs elsewhere as those of
/// documentation tests do, where Cargo was told to build, or above the package.
fn target_folder(get: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // Cargo puts `CACHEDIR.TAG` only into a folder that it has made itself.
    let is_target = |folder: &&Path| {
        folder.file_name().is_some_and(|name| name == "target")
            || folder.join(".rustc_info.json").is_file()
    };
    let around_binary = || {
        let binary = env::current_exe().ok()?;
        binary.ancestors().skip(1).find(is_target).map(Path::to_owned)
    };
    let above_package = || {
        let package = PathBuf::from(get("CARGO_MANIFEST_DIR")?);
        let targets = package.ancestors().map(|folder| folder.join("target"));
        targets.into_iter().find(|target| target.is_dir())
    };
    around_binary().or_else(|| get("CARGO_TARGET_DIR").map(PathBuf::from)).or_else(above_package)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Result<Settings, BadSetting> {
        Settings::from_variables(&|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn without_variables_the_cache_is_in_the_target_folder() {
        let settings = settings(&[]).expect("all is optional");
        assert_eq!(settings.mode, Mode::Use);
        let folder = settings.folder.expect("this test runs in a target folder");
        let target = folder.parent().expect("it is in one");
        assert!(env::current_exe().expect("a binary").starts_with(target), "{folder:?}");
        assert!(target.join(".rustc_info.json").is_file(), "{target:?}");
    }

    #[test]
    fn variables_are_read_and_mistakes_named() {
        let variables = [
            ("BOOTFORK_DIR", "/elsewhere"),
            ("BOOTFORK_MODE", "verify"),
            ("BOOTFORK_WAIT_SECONDS", "3"),
            ("BOOTFORK_MAX_MIB", "2"),
        ];
        let settings = settings(&variables).expect("they are sound");
        assert_eq!(settings.folder, Some(PathBuf::from("/elsewhere")));
        assert_eq!(settings.mode, Mode::Verify);
        assert_eq!((settings.patience.as_secs(), settings.bytes_max), (3, 2 << 20));
        let mistakes = [
            ("BOOTFORK_MODE", "sometimes"),
            ("BOOTFORK_WAIT_SECONDS", "1m"),
            ("BOOTFORK_DIR", "target/elsewhere"),
        ];
        for (name, value) in mistakes {
            let error = self::settings(&[(name, value)]).expect_err("a mistake").to_string();
            assert!(error.contains(name) && error.contains(value), "{error}");
        }
    }
}
