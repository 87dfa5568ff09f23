//! A look that is divided: at parts of the entries side by side, then at parts of the trie.

use std::iter::once;
use std::mem;
use std::num::NonZero;
use std::sync::{Mutex, OnceLock};
use std::thread;

use super::{Look, Part, Plan};
use crate::digest::Digest;
use crate::node::{self, Maker, Shape};
use crate::raw::{Comparer, Hashed, LINE, Memory, Pen, Spot, UNIT};
use crate::region::index::Groups;
use crate::region::jobs;
use crate::region::notes::Sorter;
use crate::region::samples::EVERY;

/// How the work of looking through a region is divided. What comes of it does not depend on that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Division {
    pub(super) threads: usize,
    /// Parts into which the entries are divided, and so is the trie.
    pub(super) parts: usize,
}

impl Division {
    pub(super) const NONE: Self = Self { threads: 1, parts: 1 };

    /// What pays for so many entries.
    pub(super) fn of(entries: u32) -> Self {
        /// They take a thread about seven milliseconds. Where all cores are busy, a second thread
        /// may have to be waited for as long.
        const ENOUGH: u32 = 1 << 18;
        const THREADS_MAX: usize = 8;
        if entries < ENOUGH {
            return Self::NONE;
        }
        match thread::available_parallelism().map_or(1, NonZero::get).min(THREADS_MAX) {
            1 => Self::NONE,
            // More parts than threads: one that is held up leaves more of them to the others.
            threads => Self { threads, parts: 4 * threads },
        }
    }
}

/// The entries whose hashes begin with one digit, as each of some parts has them.
type Heap = Vec<Vec<Hashed>>;

impl Look<'_> {
    /// Looks at parts side by side. Where they begin is taken from the samples and from the root of
    /// the trie, and they are only then what an undivided look would have found if each ends where
    /// the next begins. Nothing if that is not so, or anything else is wrong.
    pub(super) fn divided<S: Shape>(&self, Division { threads, parts }: Division) -> Option<()> {
        let Self { memory, digest, layout, .. } = self;
        let borders = self.borders(parts);
        let read = |&[(first, begin), (behind, end)]: &[(u32, u32); 2]| {
            move |(): &mut ()| {
                let mut part = self.read::<S>(first..behind, begin..end, true).ok()?;
                // They are compared while they are at hand, and then they go.
                let taking = mem::take(&mut part.notes.taking);
                taking.agrees(memory, &layout.samples, first as usize / EVERY).then_some(part)
            }
        };
        let parts = jobs::run(threads, borders.array_windows().map(read).collect());
        let parts: Vec<Part<'_>> = parts.into_iter().collect::<Option<_>>()?;
        let ascend = parts.windows(2).all(|parts| parts[0].last_key < parts[1].first_key);
        let sum = || parts.iter().fold(Digest::default(), |sum, part| sum + part.digest);
        if !ascend || digest.is_some_and(|digest| digest != sum()) {
            return None;
        }

        let mut heaps: Vec<Heap> = parts[0].notes.heaps.iter().map(|_| Heap::new()).collect();
        for Part { notes, .. } in parts {
            heaps.iter_mut().zip(notes.heaps).for_each(|(heap, part)| heap.push(part));
        }
        self.compare::<S>(threads, heaps)
    }

    /// Where each of so many parts would begin by the samples, and the last end: numbers of entries
    /// and their places.
    fn borders(&self, parts: usize) -> Vec<(u32, u32)> {
        let Self { memory, plan, layout, .. } = self;
        let samples = layout.samples.count();
        let parts = parts.min(samples);
        let inner = (1..parts).map(|part| {
            let sample = samples * part / parts;
            let number = u32::try_from(sample * EVERY).expect("less than there are entries");
            (number, layout.samples.place(memory, sample))
        });
        once((0, 0)).chain(inner).chain(once((plan.entries, plan.end))).collect()
    }

    /// Compares what lies behind the entries with what belongs there: the subtrees below the root,
    /// side by side, and the index; then the root.
    fn compare<S: Shape>(&self, threads: usize, heaps: Vec<Heap>) -> Option<()> {
        let Self { memory, plan, layout, .. } = self;
        let begin = u32::try_from(layout.index.end()? * (LINE / UNIT)).ok()?;
        let (children, ends): (Vec<Spot>, Vec<u32>) =
            memory.hearsay(Spot::from_word(plan.root), begin)?.into_iter().unzip();
        let len = |heap: &Heap| heap.iter().map(Vec::len).sum();
        let info = node::root_info(heaps.iter().map(len));
        let heaps: Vec<Heap> = heaps.into_iter().filter(|heap| len(heap) > 0).collect();
        if children.len() != heaps.len() {
            return None;
        }
        let begins = once(begin).chain(ends.iter().copied());
        let subtrees = begins.zip(&ends).zip(&children).map(|((begin, end), root)| Subtree {
            begin,
            end: *end,
            root: *root,
        });
        self.compare_subtrees::<S>(threads, heaps.into_iter().zip(subtrees).collect())?;
        let mut pen = Comparer::at(memory, ends.last().copied()?);
        let root = pen.branch(info, children.into_iter());
        let agrees = pen.begin_line() == layout.samples.first_line()
            && pen.agrees()
            && root.to_word() == plan.root;
        agrees.then_some(())
    }

    /// Compares the subtrees of some heaps and the index. A heap is sorted, compared and put into
    /// the index by one thread as long as it is in its cache.
    fn compare_subtrees<S: Shape>(
        &self,
        threads: usize,
        heaps: Vec<(Heap, Subtree)>,
    ) -> Option<()> {
        let Self { memory, plan, layout, .. } = self;
        let sorted: Vec<OnceLock<Heap>> = heaps.iter().map(|_| OnceLock::new()).collect();
        let index = Mutex::new(Indexing::begin(memory, *plan));
        let mut jobs = Vec::with_capacity(heaps.len());
        for ((mut heap, subtree), done) in heaps.into_iter().zip(&sorted) {
            let (sorted, index) = (&sorted, &index);
            jobs.push(move |sorter: &mut Sorter| {
                let mut pen = Comparer::at(memory, subtree.begin);
                let entries = sorter.sort::<S>(&mut heap, &pen);
                done.set(heap).expect("each has its own");
                let root = node::build::<S, _>(&mut pen, entries, 1);
                let agrees = pen.agrees() && root == Some(subtree.root) && pen.at() == subtree.end;
                // Whoever is at it goes on with this heap too, or else the next one does.
                if let Ok(mut index) = index.try_lock() {
                    index.go_on(sorted);
                }
                agrees
            });
        }
        let agree = jobs::run(threads, jobs).into_iter().all(|agrees| agrees);
        let mut index = index.into_inner().ok()?;
        index.go_on(&sorted);
        (agree && index.finish() == Some(layout.index.groups())).then_some(())
    }
}

/// A child of the root, as the image has it.
struct Subtree {
    root: Spot,
    /// Where its nodes begin and end.
    begin: u32,
    end: u32,
}

/// An index that is being compared, while the heaps of its entries are being sorted.
struct Indexing<'a> {
    pen: Comparer<'a>,
    groups: Groups,
    /// Heaps whose entries are done.
    heaps: usize,
}

impl<'a> Indexing<'a> {
    fn begin(memory: &'a Memory, plan: Plan) -> Self {
        let mut pen = Comparer::at(memory, plan.end);
        let groups = Groups::begin(&mut pen, plan.entries as usize);
        Self { pen, groups, heaps: 0 }
    }

    /// Goes on with the next heaps that are sorted.
    fn go_on(&mut self, sorted: &[OnceLock<Heap>]) {
        while let Some(heap) = sorted.get(self.heaps).and_then(OnceLock::get) {
            for part in heap {
                self.groups.put(&mut self.pen, part);
            }
            self.heaps += 1;
        }
    }

    /// How many groups there are, if they agree.
    fn finish(mut self) -> Option<usize> {
        let index = self.groups.finish(&mut self.pen);
        self.pen.agrees().then_some(index.groups())
    }
}
