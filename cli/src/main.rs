//! The `bootfork` command.

#![forbid(unsafe_code)]

mod cache;
mod conform;
mod demo;
mod explore;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Boot a deterministic kernel once, fork it in O(1), and prove the forks apart.
///
/// Without a command: boots a native ledger, forks it a thousand times, and checks that every fork
/// is what a freshly booted kernel would be.
#[derive(Debug, Parser)]
#[command(version, about)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(flatten)]
    demo: demo::Options,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show and prune the booted states that test suites share
    Cache(cache::Options),
    /// Replay recordings of the real kernel and compare every delivery, syscall, hash and key
    Conform(conform::Options),
    /// Look for bugs in a world: fork its timelines where something new happens
    Explore(explore::Options),
    /// Run a timeline again, from a root seed and a recipe
    Replay(explore::ReplayOptions),
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Whoever reads the output has gone, as `head` does: there is nobody to tell.
        Err(error) if is_closed_pipe(&*error) => ExitCode::from(CLOSED_PIPE),
        Err(error) => {
            eprintln!("bootfork: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What a shell says of a program that the signal for a closed pipe has ended.
const CLOSED_PIPE: u8 = 128 + 13;

/// `true` if everything that was checked passed.
fn run(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let mut out = io::stdout().lock();
    let passed = match &arguments.command {
        Some(Command::Cache(options)) => cache::run(options, &mut out)?,
        Some(Command::Conform(options)) => conform::run(options, &mut out)?,
        Some(Command::Explore(options)) => explore::run(options, &mut out)?,
        Some(Command::Replay(options)) => explore::replay(options, &mut out)?,
        None => demo::run(&arguments.demo, &mut out)?,
    };
    out.flush()?;
    Ok(passed)
}

fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
