//! Random schedules of four to eight threads over the store's own sources, in their shipped shape.
//!
//! Loom explores small models to the end; shuttle samples large ones. All orders are as `SeqCst`
//! here, so what is looked for is a wrong count, a write that shows in another fork, a leak: not a
//! weak order, which is loom's.

mod canaries;
mod forks;
mod schedules;
mod twin;
