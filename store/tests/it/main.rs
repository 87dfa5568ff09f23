//! The store as its users see it.

mod budget;
mod claims;
mod image;
mod json_lines;
mod stack;
mod threads;
