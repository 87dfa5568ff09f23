//! The recordings that come with the crate.

use std::path::{Path, PathBuf};

use crate::read::{ReadError, Source, unpack};

macro_rules! bundle {
    ($($name:literal / $log:literal $(/ $ops:literal)?),* $(,)?) => {
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
                    $("ops0.jsonl" => {
                        include_bytes!(concat!("../fixtures/", $name, "/", $ops))
                    })?
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
    "hello" / "log.jsonl.gz" / "ops0.jsonl",
    "introduce" / "log.jsonl.gz" / "ops0.jsonl",
    "reject" / "log.jsonl.gz" / "ops0.jsonl",
    "pipeline" / "log.jsonl.gz" / "ops0.jsonl",
    "queues" / "log.jsonl.gz" / "ops0.jsonl",
    "promises" / "log.jsonl.gz" / "ops0.jsonl",
    "fork-base" / "log.jsonl.gz" / "ops0.jsonl",
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
