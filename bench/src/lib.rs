//! Inputs and peers of the benches in `benches/`.

#![forbid(unsafe_code)]

pub mod inputs;
pub mod peers;
pub mod report;
