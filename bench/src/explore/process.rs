//! fork(2), measured by a program in C: a Rust process may not fork safely, and it would not be
//! the original's manner either.

use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::Work;
use crate::figures::median;

/// The program, compiled.
#[derive(Debug)]
pub struct Fork2(PathBuf);

impl Fork2 {
    /// Compiles the program with the C compiler that Rust links with, `cc`.
    ///
    /// # Errors
    /// If there is no such compiler, or no place for what it makes.
    pub fn compile() -> io::Result<Self> {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/explore/fork.c");
        let program = std::env::current_exe()?.with_file_name("fork2");
        let status = Command::new("cc").args(["-O2", source, "-o"]).arg(&program).status()?;
        if !status.success() {
            return Err(io::Error::other(format!("cc {source}: {status}")));
        }
        Ok(Self(program))
    }

    /// The median time of a fork: the child does the work and ends, and the parent has waited.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn time(&self, work: Work, huge_pages: bool, rounds: u32) -> io::Result<Duration> {
        let huge_pages = u8::from(huge_pages);
        let numbers = [work.bytes, work.writes.into(), rounds.into(), huge_pages.into()]
            .map(|n| n.to_string());
        let mut command = Command::new(&self.0);
        let output = command.args(numbers).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(io::Error::other(format!("fork2: {}", output.status)));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let times = text.lines().filter_map(|line| line.parse().ok()).map(Duration::from_nanos);
        median(times.collect()).ok_or_else(|| io::Error::other("fork2 printed nothing"))
    }
}
