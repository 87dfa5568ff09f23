//! Tasks that take more than `cargo test`: `cargo run --package xtask -- asan`, or `lsan`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use xtask::sanitizers::{ALL, Outcome, Sanitizer};

/// What a step of the gate ends with when it cannot be done here.
const SKIPPED: u8 = 77;

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let [name] = &names[..] else { return usage() };
    let Some(sanitizer) = Sanitizer::named(name) else { return usage() };
    match sanitizer.run() {
        Ok(Outcome::Passed(tests)) => {
            println!("{tests} tests passed under {name}, and its canary was reported");
            ExitCode::SUCCESS
        }
        Ok(Outcome::Skipped) => {
            println!("{name} needs a nightly toolchain");
            SKIPPED.into()
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    let names = ALL.map(|sanitizer| sanitizer.name).join(" | ");
    eprintln!("usage: cargo run --package xtask -- {names}");
    ExitCode::from(2)
}
