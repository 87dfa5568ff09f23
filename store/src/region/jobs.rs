//! Work on several threads.

use std::panic;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Does jobs on so many threads, this one among them; the results come in the order of the jobs.
/// Each thread has something that its jobs use one after the other.
///
/// Where there are no threads to be had, there are fewer.
pub(super) fn run<U: Default, T: Send>(
    threads: usize,
    jobs: Vec<impl FnOnce(&mut U) -> T + Send>,
) -> Vec<T> {
    let threads = threads.min(jobs.len());
    if threads <= 1 {
        let mut own = U::default();
        return jobs.into_iter().map(|job| job(&mut own)).collect();
    }
    let queue = Mutex::new(jobs.into_iter().enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        let (mut own, mut done) = (U::default(), Vec::new());
        while let Some((number, job)) = next() {
            done.push((number, job(&mut own)));
        }
        done
    };
    let mut done = thread::scope(|scope| {
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..threads).map_while(spawn).collect();
        let mut done = work();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::run;

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        for threads in [0, 1, 2, 7, 100] {
            let job = |number| move |(): &mut ()| number * number;
            let jobs = (0..50_u64).map(job).collect();
            assert!(run(threads, jobs).into_iter().eq((0..50).map(|number| number * number)));
        }
    }
}
