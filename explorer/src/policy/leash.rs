//! How long a timeline is followed that finds nothing.

/// Classes of lengths: one for each power of two.
const CLASSES: usize = 64;

/// What forking costs next to following a timeline, in draws. It only says what is worth
/// economizing: at 0 timelines would be forked for every few draws, and at infinity each would be
/// followed to its end.
const FORK: u64 = 128;

/// How long it took timelines to discover something, and how long those were followed that did not.
///
/// From both follows the leash that discovers most for what is spent: it is the cutoff of an
/// optimal restart strategy, estimated as the exploration goes on.
#[derive(Clone, Debug)]
pub(super) struct Waits {
    found: [u64; CLASSES],
    idle: [u64; CLASSES],
    forks: u64,
}

impl Waits {
    pub(super) fn new() -> Self {
        Self { found: [0; CLASSES], idle: [0; CLASSES], forks: 0 }
    }

    /// A timeline forked after `from` draws discovered something after each of `finds`, and ended
    /// after `end`.
    pub(super) fn add(&mut self, from: u64, finds: impl Iterator<Item = u64>, end: u64) {
        self.forks += 1;
        let mut last = from;
        for find in finds.filter(|&find| find > from) {
            if find > last {
                self.found[class(find - last)] += 1;
                last = find;
            }
        }
        if end > last {
            self.idle[class(end - last)] += 1;
        }
    }

    /// The leash that would have had most discoveries for its cost.
    pub(super) fn leash(&self) -> u64 {
        let timelines = |class: usize| u128::from(self.found[class] + self.idle[class]);
        let (mut best_found, mut best_cost, mut best) = (0, 1, FORK / 4);
        // As if one more timeline had discovered something at once: without any evidence the
        // shortest leash is the best guess, since what follows doubles it soon enough.
        let mut found = 1;
        // What forks cost, and timelines that end before their leash does; and how many are longer.
        let mut ended = u128::from(FORK) * u128::from(self.forks + 1);
        let mut longer = (0..CLASSES).map(timelines).sum::<u128>();
        for class in 0..CLASSES / 2 {
            let (leash, typical) = (2_u64 << class, 3_u128 << class >> 1);
            found += u128::from(self.found[class]);
            ended += timelines(class) * typical;
            longer -= timelines(class);
            let cost = ended + longer * u128::from(leash);
            if found * best_cost > best_found * cost {
                (best_found, best_cost, best) = (found, cost, leash);
            }
        }
        best
    }
}

fn class(length: u64) -> usize {
    length.ilog2() as usize
}

/// How many leashes the n-th timeline from a place gets, n from 1: every second one 2 at least,
/// every fourth 4 … A leash that is too short by any factor then costs a logarithm of it only.
pub(super) fn ruler(n: u64) -> u64 {
    n & n.wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ruler_doubles_where_the_number_is_even() {
        assert_eq!((1..=8).map(ruler).collect::<Vec<_>>(), [1, 2, 1, 4, 1, 2, 1, 8]);
    }

    #[test]
    fn the_leash_is_as_long_as_discoveries_take() {
        let mut slow = Waits::new();
        let mut quick = Waits::new();
        for _ in 0..20 {
            slow.add(0, [1_000].into_iter(), 1_000);
            quick.add(0, [3].into_iter(), 1_000);
        }
        assert_eq!((slow.leash(), quick.leash()), (1_024, 4));
    }
}
