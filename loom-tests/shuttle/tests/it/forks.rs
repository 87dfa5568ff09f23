//! Threads that fork one base, write, freeze, batch, publish, and take what others published.

use crate::schedules::{Choice, sample};
use crate::twin::Twin;
use shuttle::rand::{Rng, thread_rng};
use shuttle::sync::Arc;
use shuttle::thread;
use shuttle_store::Published;

/// What each thread does, one thing after the other.
const STEPS: usize = 16;

/// Forks of one base go their ways, one for each thread; the base itself goes at once.
fn part_ways(threads: usize, base: Twin) {
    let place = Arc::new(Published::new(base.fork()));
    let threads: Vec<_> = (0..threads)
        .map(|_| {
            let (fork, place) = (base.fork(), place.clone());
            thread::spawn(move || wander(fork, &place))
        })
        .collect();
    drop((base, place));
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Some random steps on a handful of forks; in the end each must hold what its model holds.
fn wander(fork: Twin, place: &Published<Twin>) {
    let mut forks = vec![fork];
    for _ in 0..STEPS {
        let at = thread_rng().gen_range(0..forks.len());
        let twin = &mut forks[at];
        match thread_rng().gen_range(0..16) {
            0..5 => twin.write(),
            5..7 => twin.batch(),
            7 => twin.write_and_return(),
            8 => twin.write_while_scanning(),
            9 => twin.look(),
            10 => twin.store.freeze(),
            11 => place.publish(twin.fork()),
            12 => *twin = place.latest().fork(),
            13..15 => {
                let fork = twin.fork();
                forks.push(fork);
            }
            _ => drop(std::mem::take(twin)),
        }
    }
    forks.iter().for_each(Twin::check);
}

fn frozen(mut base: Twin) -> Twin {
    base.store.freeze();
    base
}

#[test]
fn four_threads_part_ways() {
    sample(Choice::Random, 2_000, || part_ways(4, Twin::half_full()));
    sample(Choice::Priority, 2_000, || part_ways(4, Twin::half_full()));
}

#[test]
fn four_threads_part_ways_from_a_frozen_base() {
    sample(Choice::Random, 1_000, || part_ways(4, frozen(Twin::half_full())));
    sample(Choice::Priority, 1_000, || part_ways(4, frozen(Twin::half_full())));
}

#[test]
fn eight_threads_part_ways() {
    sample(Choice::Random, 1_500, || part_ways(8, Twin::half_full()));
    sample(Choice::Priority, 1_500, || part_ways(8, Twin::half_full()));
}

#[test]
fn eight_threads_part_ways_from_a_frozen_base() {
    sample(Choice::Random, 500, || part_ways(8, frozen(Twin::half_full())));
    sample(Choice::Priority, 500, || part_ways(8, frozen(Twin::half_full())));
}
