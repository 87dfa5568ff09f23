//! The crank hash: a running SHA-256 over every consensus write (KERNEL.md section 1.1).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What has been written since the crank began, in the order of the calls.
///
/// It is hashed as one long text when the crank ends, so that until then it is a plain value, which
/// an image can keep.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct CrankHasher {
    written: Vec<u8>,
}

/// The room that is kept from one crank to the next, in bytes. Most cranks write less.
const ROOM_KEPT: usize = 8_192;

impl CrankHasher {
    pub(crate) fn set(&mut self, key: &[u8], value: &[u8]) {
        for part in [b"add\n", key, b"\n", value, b"\n"] {
            self.written.extend_from_slice(part);
        }
    }

    pub(crate) fn delete(&mut self, key: &[u8]) {
        for part in [b"delete\n", key, b"\n"] {
            self.written.extend_from_slice(part);
        }
    }

    /// Begins anew.
    pub(crate) fn reset(&mut self) {
        self.written.clear();
        self.written.shrink_to(ROOM_KEPT);
    }

    /// The hash so far, in lower-case hex; the hasher begins anew.
    pub(crate) fn emit(&mut self) -> String {
        let hash = hex(&Sha256::digest(&self.written));
        self.reset();
        hash
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
