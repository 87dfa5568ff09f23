//! A process that has a booted state, forks it, and tells what that took.

use std::env;
use std::error::Error;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use bootfork::Boot;
use serde::{Deserialize, Serialize};

use super::World;
use crate::figures::timed;

/// What one process paid.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Visit {
    /// Whether it booted, and did not find the state.
    pub booted: bool,
    /// From the start of its `main` until it had the state.
    pub have: Duration,
    /// Until a first fork had been used, too.
    pub first_use: Duration,
    /// A fork later on.
    pub fork: Duration,
    /// A fork and its first use.
    pub fork_and_use: Duration,
    /// By how much the process grows for each fork that was used once, all held.
    pub resident_bytes: u64,
}

/// Forks that are held at once.
const HELD: u32 = 2_000;

impl Visit {
    /// Pays, in this process.
    pub(super) fn pay<T: Clone>(
        boot: &Boot<T>,
        act: impl Fn(&mut T),
    ) -> Result<Self, Box<dyn Error>> {
        let fork_and_use = || {
            let mut fork = boot.fork().expect("it is booted");
            act(&mut fork);
            fork
        };
        let begin = Instant::now();
        boot.get()?;
        let have = begin.elapsed();
        drop(fork_and_use());
        let first_use = begin.elapsed();
        let many = 10_000;
        let fork = timed(11, || (0..many).for_each(|_| drop(boot.fork()))) / many;
        let used = timed(501, fork_and_use);
        let before = resident_bytes()?;
        let held: Vec<_> = (0..HELD).map(|_| fork_and_use()).collect();
        let grown = resident_bytes()?.saturating_sub(before) / u64::from(HELD);
        drop(held);
        let booted = false;
        Ok(Self { booted, have, first_use, fork, fork_and_use: used, resident_bytes: grown })
    }

    /// Has a process of its own pay, which is this program again, with a cache in that folder and
    /// the mode of `BOOTFORK_MODE`.
    ///
    /// # Errors
    /// If it does not end well.
    pub fn of(world: World, mode: &str, cache: &Path) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(env::current_exe()?);
        command.args(["--visit", &world.argument()]).env("BOOTFORK_DIR", cache);
        let output = command.env("BOOTFORK_MODE", mode).output()?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr);
            return Err(format!("a process ended ({}):\n{told}", output.status).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// What of this process lies in memory.
fn resident_bytes() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kibibytes.map(|kib| kib * 1024).ok_or_else(|| io::Error::other("no VmRSS in /proc/self/status"))
}
