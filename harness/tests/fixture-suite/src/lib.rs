//! A world that takes long to boot.

#![forbid(unsafe_code)]

use std::fs::{self, File};
use std::io::{self, Write};
use std::thread;
use std::time::Duration;

/// As many bytes as there are people, each with a coin; a line in a file tells of the boot.
pub fn boot() -> io::Result<Vec<u8>> {
    let boots = std::env::var("FIXTURE_BOOTS").expect("whoever counts boots says where");
    writeln!(File::options().create(true).append(true).open(boots)?, "boot")?;
    // Long enough for other tests to come and wait.
    thread::sleep(Duration::from_millis(300));
    let config = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/world.toml"))?;
    let people = config.trim().strip_prefix("people = ").and_then(|people| people.parse().ok());
    Ok(vec![1; people.expect("a number of people")])
}
