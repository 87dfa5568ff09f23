//! The crank hash: a running SHA-256 over every consensus write (KERNEL.md section 1.1).

use sha2::{Digest, Sha256};

/// What has been written since the crank began, hashed in the order of the calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct CrankHasher {
    hasher: Sha256,
    /// The end of it, not hashed yet: many small writes are hashed as one long text.
    waiting: Vec<u8>,
}

/// How much may wait, in bytes. Most cranks write less.
const ENOUGH: usize = 8_192;

impl CrankHasher {
    pub(crate) fn set(&mut self, key: &[u8], value: &[u8]) {
        for part in [b"add\n", key, b"\n", value, b"\n"] {
            self.waiting.extend_from_slice(part);
        }
        self.hash_if_enough();
    }

    pub(crate) fn delete(&mut self, key: &[u8]) {
        for part in [b"delete\n", key, b"\n"] {
            self.waiting.extend_from_slice(part);
        }
        self.hash_if_enough();
    }

    fn hash_if_enough(&mut self) {
        if self.waiting.len() >= ENOUGH {
            self.hash_all();
        }
    }

    fn hash_all(&mut self) {
        self.hasher.update(&self.waiting);
        self.waiting.clear();
    }

    /// Begins anew.
    pub(crate) fn reset(&mut self) {
        self.hasher.reset();
        self.waiting.clear();
    }

    /// The hash so far, in lower-case hex; the hasher begins anew.
    pub(crate) fn emit(&mut self) -> String {
        self.hash_all();
        hex(&self.hasher.finalize_reset())
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
    let mut digits = Vec::with_capacity(2 * bytes.len());
    for byte in bytes {
        digits.extend([byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]));
    }
    String::from_utf8(digits).expect("digits are text")
}
