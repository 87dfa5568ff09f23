//! The command, run as a user runs it.

mod cache;
mod conform;
mod demo;
mod explore;

use std::process::{Command, Output};

/// A run of the command with these arguments.
fn bootfork(arguments: &[&str]) -> Output {
    command().args(arguments).output().expect("the command runs")
}

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_bootfork"))
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("it prints text")
}
