//! Which place comes next, of all whose marks can pay.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use crate::energy::{Energy, Purse};

/// A place by its priority: the least comes first, and of equals the latest place.
pub(super) type Rank = (u64, Reverse<usize>);

/// A queue of places for each mark, and the marks by their first places. The next of all is found
/// in the logarithm of the number of marks and places, however many marks cannot pay.
#[derive(Debug, Default)]
pub(super) struct Queues {
    marks: BTreeMap<u64, Queue>,
    /// For each [`Purse`] the marks that would pay from it.
    firsts: [BTreeSet<(Rank, u64)>; 3],
}

#[derive(Debug, Default)]
struct Queue {
    ranks: BinaryHeap<Reverse<Rank>>,
    /// The first of them, and the purse, that the mark is listed by.
    listed: Option<(Purse, Rank)>,
}

impl Queues {
    /// Puts a place of a mark in.
    pub(super) fn push(&mut self, mark: u64, rank: Rank, energy: &Energy) {
        self.marks.entry(mark).or_default().ranks.push(Reverse(rank));
        self.list(mark, energy);
    }

    /// The first place of all whose marks can pay, and its mark.
    pub(super) fn first(&self, energy: &Energy) -> Option<(Rank, u64)> {
        let purses = [Purse::Own, Purse::Pool].into_iter().filter(|&purse| energy.has(purse));
        purses.filter_map(|purse| self.firsts[purse as usize].first()).min().copied()
    }

    /// Takes a mark's first place out, by which it stays listed until [`list`](Self::list).
    pub(super) fn pop(&mut self, mark: u64) {
        self.marks.get_mut(&mark).and_then(|queue| queue.ranks.pop());
    }

    /// Lists a mark by what its first place is now, and by what it pays from.
    pub(super) fn list(&mut self, mark: u64, energy: &Energy) {
        let Some(queue) = self.marks.get_mut(&mark) else { return };
        let first = queue.ranks.peek().map(|&Reverse(rank)| (energy.purse(mark), rank));
        if first == queue.listed {
            return;
        }
        if let Some((purse, rank)) = std::mem::replace(&mut queue.listed, first) {
            self.firsts[purse as usize].remove(&(rank, mark));
        }
        if let Some((purse, rank)) = first {
            self.firsts[purse as usize].insert((rank, mark));
        }
    }

    /// Lists all of them.
    pub(super) fn list_all(&mut self, energy: &Energy) {
        let marks: Vec<u64> = self.marks.keys().copied().collect();
        for mark in marks {
            self.list(mark, energy);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator::{Generator, SplitMix64};

    /// Beside every place of every mark, looked at one by one.
    #[test]
    fn the_first_is_the_least_of_all_that_pay() {
        let mut rng = SplitMix64::from_seed(1);
        let mut below = |n| rng.next_u64() % n;
        let (mut energy, mut queues, mut all) = (Energy::new(5, 3), Queues::default(), Vec::new());
        let mut renewals = 0;
        for place in 0..10_000 {
            let (mark, rank) = (below(20), (below(50), Reverse(place)));
            queues.push(mark, rank, &energy);
            all.push((rank, mark));
            let is_payable = |&&(_, mark): &&(Rank, u64)| energy.has(energy.purse(mark));
            let least = all.iter().filter(is_payable).min().copied();
            assert_eq!(queues.first(&energy), least);
            let Some((_, mark)) = least else {
                renewals += 1;
                energy.renew();
                queues.list_all(&energy);
                continue;
            };
            assert!(energy.take(mark));
            queues.pop(mark);
            queues.list(mark, &energy);
            all.retain(|place| Some(*place) != least);
            let found = below(20);
            energy.reward(found);
            queues.list(found, &energy);
        }
        assert!(renewals > 10, "{renewals}");
    }
}
