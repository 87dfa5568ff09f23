//! Checks the kernel's invariants in every state of recordings: of those in the folders named on
//! the command line, or else of the bundled ones.
//!
//! `cargo run --release -p bootfork-conform --example invariants -- FOLDER…`

use std::error::Error;
use std::path::Path;

use bootfork_conform::{BUNDLED, Recording, Replay};

fn main() -> Result<(), Box<dyn Error>> {
    let folders: Vec<_> = std::env::args_os().skip(1).collect();
    let recordings: Vec<_> = if folders.is_empty() {
        BUNDLED.iter().map(|name| Recording::bundled(name)).collect::<Result<_, _>>()?
    } else {
        folders.iter().map(|folder| Recording::read(Path::new(folder))).collect::<Result<_, _>>()?
    };
    let mut broken = 0;
    for recording in &recordings {
        match check(recording) {
            Ok(states) => println!("{}: {states} states", recording.name()),
            Err(problem) => {
                broken += 1;
                println!("{}: {problem}", recording.name());
            }
        }
    }
    if broken > 0 { Err(format!("{broken} recordings break an invariant").into()) } else { Ok(()) }
}

/// How many states there were, all of them sound.
fn check(recording: &Recording) -> Result<u64, String> {
    let mut replay = Replay::start(recording).map_err(|difference| difference.to_string())?;
    let mut states = 0;
    loop {
        let crank = replay.controller().cranks();
        let checked = replay.controller().check();
        checked.map_err(|violation| format!("after crank {crank}: {violation}"))?;
        states += 1;
        if !replay.advance().map_err(|difference| difference.to_string())? {
            return Ok(states);
        }
    }
}
