//! The bootfork command.

#![forbid(unsafe_code)]

fn main() {}
