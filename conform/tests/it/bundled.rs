//! What the real kernel did, ours does.

use bootfork_conform::{BUNDLED, Recording, conform, fork_at_every_crank, restore_at_every_crank};

#[test]
fn every_bundled_recording_passes_whole() {
    assert_eq!(BUNDLED.len(), 8);
    for name in BUNDLED {
        let recording = Recording::bundled(name).expect("bundled");
        let verdict = conform(&recording);
        if let Some(difference) = verdict.difference {
            panic!("{name}: {difference}");
        }
        let compared = verdict.compared;
        assert_eq!(compared.cranks, recording.cranks(), "{name}");
        assert!(compared.deliveries > 0 && compared.syscalls > 0, "{name}: {compared:?}");
        assert!(compared.host_calls > 0 && compared.keys > 0, "{name}: {compared:?}");
        assert!(compared.transcript_entries > 0, "{name}: {compared:?}");
    }
}

#[test]
fn a_fork_at_any_crank_goes_on_as_recorded() {
    for name in ["fork-base", "fork-a", "queues"] {
        let recording = Recording::bundled(name).expect("bundled");
        let (forks, cranks) = fork_at_every_crank(&recording).expect("as recorded");
        let all = recording.cranks();
        assert_eq!(forks, all, "{name}");
        assert_eq!(cranks, all * (all + 1) / 2, "{name}: each fork does all cranks that are left");
    }
}

#[test]
fn a_kernel_restored_at_any_crank_goes_on_as_recorded() {
    for name in BUNDLED {
        let recording = Recording::bundled(name).expect("bundled");
        let restored = restore_at_every_crank(&recording, 10);
        let restored = restored.unwrap_or_else(|difference| panic!("{name}: {difference}"));
        assert_eq!(restored.images, recording.cranks(), "{name}");
        assert!(restored.led_to_the_end > 1, "{name}");
    }
}

#[test]
fn every_recorded_key_can_be_explained() {
    let mut explained = 0;
    for name in BUNDLED {
        let recording = Recording::bundled(name).expect("bundled");
        for (key, _) in &recording.start().kv {
            let key = std::str::from_utf8(key).expect("a text");
            assert!(bootfork_kernel::schema::explain(key).is_some(), "{name}: {key}");
            explained += 1;
        }
    }
    assert!(explained > 500);
}

#[test]
fn one_state_can_go_on_from_the_end_of_another_recording() {
    let base = Recording::bundled("fork-base").expect("bundled");
    let fork = Recording::bundled("fork-a").expect("bundled");
    let mut replay = bootfork_conform::Replay::start(&base).expect("a kernel's state");
    while replay.advance().expect("as recorded") {}
    assert_eq!(replay.controller().tables().kv, fork.start().kv);
    assert_eq!(replay.controller().tables().transcripts, fork.start().transcripts);
}
