//! `bootfork cache`: what test suites have booted, why, and for how long it stays.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::SystemTime;

use bootfork::cache::Cache;
use bootfork::differences;
use bootfork::image::{Image, ImageError, Trust};
use clap::Subcommand;

/// The command and where the cache is.
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The cache's folder; else `BOOTFORK_DIR`, or `bootfork` in the target folder here or above
    #[arg(long, global = true)]
    dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the entries, by boot and age
    List,
    /// Print one line that changes whenever the entries do: a key for a CI's own cache
    Key,
    /// Say why each entry was booted, what it depends on, and what went wrong lately
    Why {
        /// The name of a boot; all of them if none is given
        boot: Option<String>,
    },
    /// Delete what was used longest ago until the rest fits, and what nobody can use
    Prune {
        /// How many mebibytes states may take
        #[arg(long, default_value_t = 4096)]
        max_mib: u64,
    },
    /// Compare two images, such as that of a failed test and that of its boot
    Diff {
        /// The image before
        left: PathBuf,
        /// The image after
        right: PathBuf,
    },
}

/// `true` unless two images differ, or part of the cache cannot be seen, so that nothing is pruned.
pub(crate) fn run(options: &Options, out: &mut impl Write) -> io::Result<bool> {
    let cache = || {
        let folder = options.dir.clone().map_or_else(find_folder, |folder| Ok(Some(folder)))?;
        folder.map(Cache::at).ok_or_else(|| io::Error::other("no target folder here: give --dir"))
    };
    match &options.command {
        Command::List => list(&cache()?, out)?,
        Command::Key => writeln!(out, "bootfork-{}", cache()?.key())?,
        Command::Why { boot } => why(&cache()?, boot.as_deref(), out)?,
        Command::Prune { max_mib } => {
            let pruned = cache()?.prune(max_mib.saturating_mul(1 << 20));
            let (entries, files, kib) = (pruned.entries, pruned.files, pruned.bytes / 1024);
            writeln!(out, "{entries} entries, {files} files, {kib} KiB deleted")?;
            if pruned.unreadable {
                writeln!(
                    out,
                    "part of the cache cannot be seen: nobody knows what is still needed"
                )?;
            }
            return Ok(!pruned.unreadable);
        }
        Command::Diff { left, right } => return diff(left, right, out),
    }
    Ok(true)
}

fn find_folder() -> io::Result<Option<PathBuf>> {
    let named = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = named("BOOTFORK_DIR") {
        // Tests, which run in other folders, refuse it as well.
        return if folder.is_absolute() {
            Ok(Some(folder))
        } else {
            let help = "set it to an absolute path: tests run in the folders of their packages";
            Err(io::Error::other(format!("BOOTFORK_DIR is {}: {help}", folder.display())))
        };
    }
    let here = env::current_dir()?;
    let above = || here.ancestors().map(|folder| folder.join("target")).find(|t| t.is_dir());
    Ok(named("CARGO_TARGET_DIR").or_else(above).map(|target| target.join("bootfork")))
}

fn list(cache: &Cache, out: &mut impl Write) -> io::Result<()> {
    let entries = cache.entries();
    for entry in &entries {
        let kib = cache.state_bytes(entry).map_or("gone".to_owned(), |b| (b / 1024).to_string());
        let (key, state) = (entry.key(), entry.state());
        let (boot, age, ms) = (entry.boot(), age(entry.made()), entry.boot_milliseconds());
        writeln!(out, "{boot:<20} {key:.12} state {state:.12} {kib:>8} KiB {ms:>7} ms {age:>6}")?;
    }
    writeln!(out, "{} entries in {}", entries.len(), cache.folder().display())
}

fn why(cache: &Cache, boot: Option<&str>, out: &mut impl Write) -> io::Result<()> {
    let is_meant = |name: &str| boot.is_none_or(|boot| name == boot);
    let (mut entries, mut warnings) = (cache.entries(), cache.warnings());
    entries.retain(|entry| is_meant(entry.boot()));
    warnings.retain(|warning| is_meant(warning.boot()));
    for entry in &entries {
        let (boot, key, age, why) = (entry.boot(), entry.key(), age(entry.made()), entry.why());
        writeln!(out, "{boot} {key:.12}, {age} ago: {why}")?;
        for input in entry.inputs() {
            writeln!(out, "    {} = {}", input.name, input.value)?;
        }
    }
    for warning in &warnings {
        let age = age(warning.given());
        writeln!(out, "{}, {age} ago, warning: {}", warning.boot(), warning.text())?;
    }
    match boot {
        _ if !entries.is_empty() || !warnings.is_empty() => Ok(()),
        Some(boot) => writeln!(out, "no entry of {boot:?} in {}", cache.folder().display()),
        None => writeln!(out, "no entry in {}", cache.folder().display()),
    }
}

/// The time since then, which is told in seconds since 1970.
fn age(then: u64) -> String {
    let now = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |age| age.as_secs());
    let seconds = now.saturating_sub(then);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

fn diff(left: &PathBuf, right: &PathBuf, out: &mut impl Write) -> io::Result<bool> {
    let open = |path: &PathBuf| {
        Image::open(path, Trust::Full).map_err(|error| match error {
            error @ ImageError::Io { .. } => io::Error::other(error.to_string()),
            error => io::Error::other(format!("{}: {error}", path.display())),
        })
    };
    let differences = differences(&open(left)?, &open(right)?);
    for difference in &differences {
        writeln!(out, "{difference}")?;
    }
    writeln!(out, "{} differences", differences.len())?;
    Ok(differences.is_empty())
}
