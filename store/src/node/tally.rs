//! Counting the blocks of a trie.

use crate::raw::{Block, ChildRef, View};

/// Blocks and bytes, apart for those that this store owns alone and those it shares.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) owned_nodes: usize,
    pub(crate) owned_bytes: usize,
    pub(crate) shared_nodes: usize,
    pub(crate) shared_bytes: usize,
}

impl Tally {
    /// Counts a block of so many bytes.
    pub(crate) fn add(&mut self, bytes: usize, shared: bool) {
        let (nodes, sum) = if shared {
            (&mut self.shared_nodes, &mut self.shared_bytes)
        } else {
            (&mut self.owned_nodes, &mut self.owned_bytes)
        };
        *nodes += 1;
        *sum += bytes;
    }

    /// Counts a block that lies below a shared one (`shared`) or not; whether it is itself shared.
    pub(crate) fn add_block<H, T>(&mut self, block: &Block<H, T>, shared: bool) -> bool {
        let shared = shared || !block.is_sole();
        self.add(block.bytes(), shared);
        shared
    }
}

/// Counts the blocks of a subtree but for the frozen ones. O(counted blocks).
pub(crate) fn tally(child: ChildRef<'_>, shared: bool, sum: &mut Tally) {
    let Some((bytes, sole)) = child.counted_bytes() else { return };
    let shared = shared || !sole;
    sum.add(bytes, shared);
    match child.view() {
        View::Entry(_) => {}
        View::Leaf(leaf) => leaf.children.iter().for_each(|child| tally(child, shared, sum)),
        View::Branch(branch) => {
            branch.children.iter().for_each(|child| tally(child, shared, sum));
        }
    }
}
