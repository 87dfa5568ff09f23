//! The crank hash: a running SHA-256 over every consensus write (KERNEL.md section 1.1).

use sha2::{Digest, Sha256};

/// What has been written since the crank began, hashed in the order of the calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct CrankHasher(Sha256);

impl CrankHasher {
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        for part in ["add\n", key, "\n", value, "\n"] {
            self.0.update(part);
        }
    }

    pub(crate) fn delete(&mut self, key: &str) {
        for part in ["delete\n", key, "\n"] {
            self.0.update(part);
        }
    }

    /// The hash so far, in lower-case hex; the hasher begins anew.
    pub(crate) fn emit(&mut self) -> String {
        hex(&self.0.finalize_reset())
    }
}

/// The activity hash after a crank: `SHA256("activityhash\n" old "\n" crankhash "\n")`.
pub(crate) fn next_activityhash(old: &str, crankhash: &str) -> String {
    hex(&Sha256::digest(format!("activityhash\n{old}\n{crankhash}\n")))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}
