//! The crank hash: a running SHA-256 over every consensus write (KERNEL.md section 1.1).

use sha2::{Digest, Sha256};

/// What has been written since the crank began, hashed in the order of the calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct CrankHasher(Sha256);

impl CrankHasher {
    pub(crate) fn set(&mut self, key: &[u8], value: &[u8]) {
        for part in [b"add\n", key, b"\n", value, b"\n"] {
            self.0.update(part);
        }
    }

    pub(crate) fn delete(&mut self, key: &[u8]) {
        for part in [b"delete\n", key, b"\n"] {
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
    let mut hasher = Sha256::new();
    for part in ["activityhash\n", old, "\n", crankhash, "\n"] {
        hasher.update(part);
    }
    hex(&hasher.finalize())
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}
