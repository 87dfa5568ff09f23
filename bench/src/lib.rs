//! Inputs and peers of the benches in `benches/`.

#![forbid(unsafe_code)]

pub mod boot;
pub mod decode;
pub mod explore;
pub mod figures;
pub mod inputs;
pub mod peers;
pub mod report;
