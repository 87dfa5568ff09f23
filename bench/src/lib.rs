//! Inputs and peers of the benches in `benches/`.

#![forbid(unsafe_code)]

pub mod explore;
pub mod inputs;
pub mod peers;
pub mod report;
