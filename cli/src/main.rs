//! The `bootfork` command.

#![forbid(unsafe_code)]

mod conform;
mod demo;

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
    /// Replay recordings of the real kernel and compare every delivery, syscall, hash and key
    Conform(conform::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Command::Conform(options)) => conform::run(&options),
        None => demo::run(&arguments.demo),
    }
}
