//! The store as its users see it.

#[path = "../disk/mod.rs"]
mod disk;

mod budget;
mod claims;
mod image;
mod json_lines;
mod stack;
mod threads;
