//! The recordings that come with the crate.

use std::path::{Path, PathBuf};

use crate::read::{ReadError, Source, unpack};

macro_rules! bundle {
    ($($name:literal / $log:literal),* $(,)?) => {
        /// The names of the bundled recordings, in reading order.
        pub const BUNDLED: &[&str] = &[$($name),*];

        fn bytes(name: &str, file: &str) -> Option<&'static [u8]> {
            match name {
                $($name => Some(match file {
                    "config.json" => include_bytes!(concat!("../fixtures/", $name, "/config.json")),
                    "log.jsonl" => include_bytes!(concat!("../fixtures/", $name, "/", $log)),
                    "state0.jsonl" => {
                        include_bytes!(concat!("../fixtures/", $name, "/state0.jsonl"))
                    }
                    "stateN.jsonl" => {
                        include_bytes!(concat!("../fixtures/", $name, "/stateN.jsonl"))
                    }
                    "transcripts.jsonl" => {
                        include_bytes!(concat!("../fixtures/", $name, "/transcripts.jsonl"))
                    }
                    _ => return None,
                }),)*
                _ => None,
            }
        }
    };
}

bundle!(
    "hello" / "log.jsonl.gz",
    "introduce" / "log.jsonl.gz",
    "reject" / "log.jsonl.gz",
    "pipeline" / "log.jsonl.gz",
    "queues" / "log.jsonl.gz",
    "promises" / "log.jsonl.gz",
    "fork-base" / "log.jsonl.gz",
    "fork-a" / "log.jsonl",
);

/// One bundled recording.
pub(crate) struct Bundled(pub(crate) String);

impl Source for Bundled {
    fn text(&self, file: &str) -> Result<String, ReadError> {
        let bytes =
            bytes(&self.0, file).ok_or_else(|| ReadError::NotBundled { name: self.0.clone() })?;
        unpack(&self.place(file), bytes)
    }

    fn place(&self, file: &str) -> PathBuf {
        Path::new(&self.0).join(file)
    }

    fn sibling(&self, name: &str) -> Box<dyn Source> {
        Box::new(Self(name.to_owned()))
    }
}
