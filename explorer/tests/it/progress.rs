//! How far it is can be seen while it explores.

use std::sync::{Arc, Mutex};

use bootfork_explorer::worlds::Maze;
use bootfork_explorer::{Explorer, Progress};

#[test]
fn each_round_is_told_and_the_last_is_the_record() {
    for threads in [1, 2] {
        let told: Arc<Mutex<Vec<Progress>>> = Arc::default();
        let log = Arc::clone(&told);
        let explorer = Explorer::new(Maze::default()).seeds(1, 2).stop_at_first_bug();
        let watched = explorer.threads(threads).on_round(move |&progress| {
            log.lock().expect("no panic").push(progress);
        });
        let records = watched.run().seeds;
        let told = told.lock().expect("no panic");
        for record in records {
            let rounds: Vec<_> = told.iter().filter(|told| told.seed == record.seed).collect();
            assert!(rounds.len() > 20 && rounds.is_sorted_by_key(|told| told.timelines));
            assert!(rounds[..rounds.len() - 1].iter().all(|told| told.bugs == 0));
            let Progress { timelines, draws, discovered, bugs, .. } = *rounds[rounds.len() - 1];
            assert_eq!((timelines, draws), (record.timelines, record.draws));
            assert_eq!((discovered, bugs), (record.states, 1));
        }
    }
}
