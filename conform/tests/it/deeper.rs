//! Recordings that the command does not carry: dynamic vats, upgrades, devices, meters, options,
//! garbage collection call by call, vats that fail to start, panics.

use std::fs;
use std::path::PathBuf;

use bootfork_conform::{Recording, conform, fork_at_every_crank, restore_at_every_crank};

/// Every recording beside the tests.
fn recordings() -> Vec<Recording> {
    let home: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures"].iter().collect();
    let folders = fs::read_dir(home).expect("the tests' recordings");
    let folders = folders.map(|folder| folder.expect("a readable folder").path());
    folders.map(|folder| Recording::read(&folder).expect("a recording")).collect()
}

#[test]
fn every_one_passes_whole() {
    let recordings = recordings();
    assert_eq!(recordings.len(), 9);
    for recording in recordings {
        let verdict = conform(&recording);
        if let Some(difference) = verdict.difference {
            panic!("{}: {difference}", recording.name());
        }
        let compared = verdict.compared;
        assert_eq!(compared.cranks, recording.cranks(), "{}", recording.name());
        assert!(compared.initial_writes > 0 && compared.keys > 0, "{}", recording.name());
    }
}

#[test]
fn a_kernel_restored_at_any_crank_goes_on_as_recorded() {
    for recording in recordings() {
        let restored = restore_at_every_crank(&recording, 25);
        let name = recording.name();
        let restored = restored.unwrap_or_else(|difference| panic!("{name}: {difference}"));
        assert_eq!(restored.images, recording.cranks(), "{name}");
    }
}

#[test]
fn a_fork_amid_new_vats_and_collection_goes_on_as_recorded() {
    let wanted = ["gc-raw", "dynamic"];
    let chosen = recordings().into_iter().filter(|recording| wanted.contains(&recording.name()));
    let forks = chosen.map(|recording| {
        let (forks, _) = fork_at_every_crank(&recording).expect("as recorded");
        assert_eq!(forks, recording.cranks(), "{}", recording.name());
        forks
    });
    assert_eq!(forks.sum::<u64>(), 103 + 232);
}
