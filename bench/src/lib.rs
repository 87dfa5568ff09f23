//! Inputs and peers of the benches in `benches/`.

pub mod inputs;
pub mod peers;
