//! The bootfork command.

fn main() {}
