//! The bundled recordings pass, and a recording that was tampered with does not.

mod bundled;
mod deeper;
mod invariants;
mod native;
mod tampered;
