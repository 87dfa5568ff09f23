//! In every state of every recording the kernel's invariants hold.

use bootfork_conform::{BUNDLED, Recording, Replay};

#[test]
fn every_state_of_every_bundled_recording_passes_the_check() {
    for name in BUNDLED {
        let recording = Recording::bundled(name).expect("bundled");
        let mut replay = Replay::start(&recording).expect("a kernel's state");
        let mut states = 0;
        loop {
            if let Err(violation) = replay.controller().check() {
                panic!("{name}, after crank {}: {violation}", replay.controller().cranks());
            }
            states += 1;
            if !replay.advance().expect("as recorded") {
                break;
            }
        }
        assert!(states > recording.cranks(), "{name}: every crank was looked at");
    }
}
