//! The persistent maps that a user would take instead, and the ordinary ones.

mod chunkmap;
mod copied;
mod im;
mod imbl;
mod rpds;

use super::contender::Blob;

/// What is the same in every map that holds [`Blob`]s of a type `B` and is forked by cloning it.
macro_rules! blobs {
    () => {
        type Key = B;
        type Value = B;
        type Trial<'a>
            = Self
        where
            Self: 'a;

        fn key(bytes: &[u8]) -> B {
            B::pack(bytes)
        }

        fn value(bytes: &[u8]) -> B {
            B::pack(bytes)
        }

        fn fork(&self) -> Self {
            self.clone()
        }

        fn equals(&self, other: &Self) -> bool {
            self == other
        }

        fn trial(&self, writes: &[(B, B)]) -> Self {
            crate::report::contender::written(self, writes)
        }

        fn look<'t>(trial: &'t Self, key: &B) -> Option<&'t [u8]> {
            Contender::get(trial, key)
        }
    };
}
use blobs;

/// An entry as bytes.
fn bytes<'a, B: Blob>((key, value): (&'a B, &'a B)) -> (&'a [u8], &'a [u8]) {
    (key.bytes(), value.bytes())
}
