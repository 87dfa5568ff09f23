//! Counting the blocks of a trie.

use crate::raw::{Child, Ref, View};

/// Blocks and bytes, apart for those that this store owns alone and those it shares.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) owned_nodes: usize,
    pub(crate) owned_bytes: usize,
    pub(crate) shared_nodes: usize,
    pub(crate) shared_bytes: usize,
}

impl Tally {
    /// Counts a block that lies below a shared one (`shared`) or not; whether it is itself shared.
    pub(crate) fn add<H, T>(&mut self, block: Ref<'_, H, T>, shared: bool) -> bool {
        let shared = shared || !block.is_sole();
        let (nodes, bytes) = if shared {
            (&mut self.shared_nodes, &mut self.shared_bytes)
        } else {
            (&mut self.owned_nodes, &mut self.owned_bytes)
        };
        *nodes += 1;
        *bytes += block.bytes();
        shared
    }
}

/// Counts the blocks of a subtree. O(n).
pub(crate) fn tally(child: &Child, shared: bool, sum: &mut Tally) {
    match child.view() {
        View::Entry(entry) => {
            sum.add(entry, shared);
        }
        View::Leaf(leaf) => {
            let shared = sum.add(leaf, shared);
            for entry in leaf.items() {
                sum.add(entry.borrow(), shared);
            }
        }
        View::Branch(branch) => {
            let shared = sum.add(branch, shared);
            branch.items().iter().for_each(|child| tally(child, shared, sum));
        }
    }
}
