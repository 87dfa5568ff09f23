//! The order index: all keys, sorted, in a persistent B+tree.
//!
//! The trie finds a key fast but knows no order. This tree knows the order and nothing else: its
//! leaves hold the bytes of the keys, so it changes only when a key appears or disappears, and
//! writing another value under a key never touches it. Whoever needs the value as well looks it up.
//!
//! ```text
//! inner   │ separators │ link │ link │ link │     one separator between each two links
//! leaf    │ end 0 │ end 1 │ … │ key 0 key 1 … │   keys one behind the other, in one block
//! run     │ low .. high │                         neighbours in the frozen region, of any number
//! ```
//!
//! A store that was frozen is one run. A new key cuts the run it falls into in two, with a leaf of
//! its own between them; a key that goes makes its run shorter, or two of it.
//!
//! Unlike the trie it has no canonical shape: equality and difference do not look at it.
//!
//! # Invariants
//!
//! - **O1** The keys of a leaf are in strictly ascending order, and a leaf has at least one.
//! - **O2** A leaf has at most `ORDER_KEYS` keys, and a single one if their bytes are more than
//!   `ORDER_BYTES`.
//! - **O3** An inner node has one separator fewer than links, and 2 to `ORDER_CHILDREN` links; not
//!   more than four if the bytes of its separators are more than `ORDER_BYTES`.
//! - **O4** The keys under link `i` are at or above separator `i - 1` and below separator `i`.
//! - **O5** All leaves and runs lie at the same depth.
//! - **O6** The keys are those of the trie.
//! - **O7** A run is not empty.

mod check;
mod edit;
mod keys;
mod seek;

pub(crate) use check::check;
pub(crate) use edit::{insert, remove};
pub(crate) use keys::Keys;
pub(crate) use seek::{Cursor, Found};

use crate::node::Tally;
use crate::raw::Block;
use crate::region::Run;

pub(crate) type Inner = Block<InnerInfo, Link>;

#[derive(Clone)]
pub(crate) struct InnerInfo {
    separators: Keys,
}

#[cfg(all(test, not(any(loom, shuttle))))]
impl InnerInfo {
    pub(crate) fn of(separators: Keys) -> Self {
        Self { separators }
    }
}

/// A subtree. Two words where one could do: there is only one link to some dozens of keys.
#[derive(Clone)]
pub(crate) enum Link {
    Leaf(Keys),
    Run(Run),
    Inner(Inner),
}

/// Counts the blocks of a subtree. O(n / `ORDER_KEYS`).
pub(crate) fn tally(link: &Link, shared: bool, sum: &mut Tally) {
    match link {
        Link::Leaf(keys) => {
            sum.add_block(keys.block(), shared);
        }
        Link::Run(_) => {}
        Link::Inner(inner) => {
            let shared = sum.add_block(inner, shared);
            sum.add_block(inner.info().separators.block(), shared);
            inner.items().iter().for_each(|link| tally(link, shared, sum));
        }
    }
}
