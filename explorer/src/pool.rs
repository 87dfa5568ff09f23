//! The threads that run a round of timelines.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use crate::journal::Journal;
use crate::knowledge::Knowledge;
use crate::moment::Body;
use crate::timeline::{Job, Limits, Ran, run};
use crate::world::World;

/// Timelines with their places in the round, and what they begin from.
struct Batch<W: World> {
    jobs: Vec<(usize, Job<W>)>,
    start: Arc<Body<W>>,
    known: Arc<Knowledge>,
    limits: Limits,
}

struct Worker<W: World> {
    jobs: Option<Sender<Batch<W>>>,
    results: Receiver<Vec<(usize, Ran<W>)>>,
    thread: Option<JoinHandle<()>>,
}

/// Threads, or the caller's own if there is to be one only.
pub(crate) struct Pool<W: World> {
    workers: Vec<Worker<W>>,
    journal: Journal,
}

impl<W: World> Pool<W> {
    pub(crate) fn new(threads: usize) -> Self {
        let workers = if threads <= 1 { 0 } else { threads };
        let workers = (0..workers).map(|_| Worker::start()).collect();
        Self { workers, journal: Journal::default() }
    }

    /// Runs a round of timelines. What they found is in the order of the jobs and ends with the
    /// first that `is_last` holds for, so that it does not depend on the number of threads.
    pub(crate) fn run(
        &mut self,
        jobs: Vec<Job<W>>,
        start: &Arc<Body<W>>,
        known: &Arc<Knowledge>,
        limits: Limits,
        is_last: impl Fn(&Ran<W>) -> bool,
    ) -> Vec<Ran<W>> {
        let mut results = if self.workers.is_empty() || jobs.len() == 1 {
            let mut results = Vec::with_capacity(jobs.len());
            for job in &jobs {
                let journal = std::mem::take(&mut self.journal);
                let (ran, journal) = run(job, start, known, &limits, journal);
                self.journal = journal;
                let last = is_last(&ran);
                results.push(ran);
                if last {
                    break;
                }
            }
            results
        } else {
            self.spread(jobs, start, known, limits)
        };
        if let Some(last) = results.iter().position(is_last) {
            results.truncate(last + 1);
        }
        results
    }

    fn spread(
        &self,
        jobs: Vec<Job<W>>,
        start: &Arc<Body<W>>,
        known: &Arc<Knowledge>,
        limits: Limits,
    ) -> Vec<Ran<W>> {
        let mut shares: Vec<Vec<_>> = self.workers.iter().map(|_| Vec::new()).collect();
        let workers = shares.len();
        let mut results: Vec<Option<Ran<W>>> = jobs.iter().map(|_| None).collect();
        for (place, job) in jobs.into_iter().enumerate() {
            shares[place % workers].push((place, job));
        }
        for (worker, jobs) in self.workers.iter().zip(shares) {
            let (start, known) = (Arc::clone(start), Arc::clone(known));
            worker.send(Batch { jobs, start, known, limits });
        }
        for worker in &self.workers {
            for (place, ran) in worker.results.recv().expect("a worker answers each batch") {
                results[place] = Some(ran);
            }
        }
        results.into_iter().map(|ran| ran.expect("each job has its result")).collect()
    }
}

impl<W: World> Worker<W> {
    fn start() -> Self {
        let (jobs, batches) = channel::<Batch<W>>();
        let (answers, results) = channel();
        let thread = std::thread::spawn(move || {
            let mut journal = Journal::default();
            for Batch { jobs, start, known, limits } in batches {
                let mut ran = Vec::with_capacity(jobs.len());
                for (place, job) in jobs {
                    let (result, used) = run(&job, &start, &known, &limits, journal);
                    journal = used;
                    ran.push((place, result));
                }
                drop(known);
                if answers.send(ran).is_err() {
                    return;
                }
            }
        });
        Self { jobs: Some(jobs), results, thread: Some(thread) }
    }

    fn send(&self, batch: Batch<W>) {
        let jobs = self.jobs.as_ref().expect("open until dropped");
        assert!(jobs.send(batch).is_ok(), "a worker takes batches until it is dropped");
    }
}

/// Closes its channel and waits for the thread.
impl<W: World> Drop for Worker<W> {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
