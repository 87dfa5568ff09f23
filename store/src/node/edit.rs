//! Changing the trie: in place where a block is owned alone, on a copy of the path elsewhere.

use std::vec::IntoIter;

use super::find::{gap_in_leaf, position_in_leaf};
use super::{Branch, BranchInfo, Entry, Leaf, LeafInfo, Shape, bit, for_each};
use crate::raw::{Child, Kind, LentView};

/// The canonical subtree of these entries, which are sorted by hash, then key. None if there are none.
pub(crate) fn build<S: Shape>(entries: Vec<Entry>, depth: u32) -> Option<Child> {
    let len = entries.len();
    build_next::<S>(&mut entries.into_iter(), len, depth)
}

/// The subtree of the next `len` entries.
fn build_next<S: Shape>(entries: &mut IntoIter<Entry>, len: usize, depth: u32) -> Option<Child> {
    if len <= 1 {
        return entries.next().map(Child::from);
    }
    if len <= S::LEAF || depth == S::DEPTH {
        let entries: Vec<Entry> = entries.take(len).collect();
        return Some(Leaf::new(LeafInfo::of(&entries), entries).into());
    }
    let total = u32::try_from(len).expect("a store has fewer than 2^32 entries");
    let mut info = BranchInfo { bitmap: 0, total };
    let mut children = Vec::new();
    let mut left = len;
    while left > 0 {
        let bit_here = |entry: &Entry| bit::<S>(entry.borrow().hash(), depth);
        let rest = &entries.as_slice()[..left];
        let bit = bit_here(&rest[0]);
        let group = rest.partition_point(|entry| bit_here(entry) <= bit);
        info.bitmap |= bit;
        children.extend(build_next::<S>(entries, group, depth + 1));
        left -= group;
    }
    Some(Branch::new(info, children).into())
}

/// Gives a key that is there another value.
pub(crate) fn replace<S: Shape>(
    child: &mut Child,
    depth: u32,
    hash: u64,
    key: &[u8],
    value: &[u8],
) {
    match child.lend() {
        LentView::Entry(mut entry) => entry.set_value(value),
        LentView::Leaf(mut leaf) => {
            let at = position_in_leaf(leaf.borrow(), hash, key).expect("the key is in its leaf");
            leaf.make_mut().1[at].set_value(value);
        }
        LentView::Branch(mut branch) => {
            let (info, children) = branch.make_mut();
            let at = info.position(bit::<S>(hash, depth));
            replace::<S>(&mut children[at], depth + 1, hash, key, value);
        }
    }
}

/// Adds an entry whose key is not there.
pub(crate) fn insert<S: Shape>(child: &mut Child, depth: u32, entry: Entry) {
    let hash = entry.borrow().hash();
    let entries = match child.lend() {
        LentView::Branch(mut branch) => {
            let bit = bit::<S>(hash, depth);
            let at = branch.info().position(bit);
            if branch.info().bitmap & bit == 0 {
                branch.insert(at, entry.into());
                let (info, _) = branch.make_mut();
                info.bitmap |= bit;
                info.total += 1;
            } else {
                let (info, children) = branch.make_mut();
                info.total += 1;
                insert::<S>(&mut children[at], depth + 1, entry);
            }
            return;
        }
        LentView::Leaf(mut leaf) => {
            let at = gap_in_leaf(leaf.borrow(), hash, entry.borrow().key());
            if leaf.items().len() < S::LEAF || depth == S::DEPTH {
                leaf.insert(at, entry);
                leaf.make_mut().0.insert_tag(at, hash);
                return;
            }
            let mut entries = leaf.items().to_vec();
            entries.insert(at, entry);
            entries
        }
        LentView::Entry(old) => {
            let mut both = vec![(*old).clone(), entry];
            both.sort_by(|a, b| a.borrow().rank().cmp(&b.borrow().rank()));
            both
        }
    };
    *child = build::<S>(entries, depth).expect("at least two entries");
}

/// Removes a key that is there from a leaf or a branch.
pub(crate) fn remove<S: Shape>(child: &mut Child, depth: u32, hash: u64, key: &[u8]) {
    let left = match child.lend() {
        LentView::Branch(branch) if branch.info().total as usize - 1 <= S::LEAF => None,
        LentView::Branch(mut branch) => {
            let bit = bit::<S>(hash, depth);
            let at = branch.info().position(bit);
            if branch.items()[at].kind() == Kind::Entry {
                branch.remove(at);
                let (info, _) = branch.make_mut();
                info.bitmap &= !bit;
                info.total -= 1;
            } else {
                let (info, children) = branch.make_mut();
                info.total -= 1;
                remove::<S>(&mut children[at], depth + 1, hash, key);
            }
            return;
        }
        LentView::Leaf(mut leaf) => {
            let at = position_in_leaf(leaf.borrow(), hash, key).expect("the key is in its leaf");
            if leaf.items().len() > 2 {
                leaf.remove(at);
                let (info, entries) = leaf.make_mut();
                info.remove_tag(at, entries);
                return;
            }
            Some(leaf.items()[1 - at].clone())
        }
        LentView::Entry(_) => unreachable!("a subtree of one entry is dropped by its owner"),
    };
    // The subtree has become too small for its kind (N1, N2).
    *child = if let Some(entry) = left {
        entry.into()
    } else {
        let mut entries = Vec::with_capacity(S::LEAF);
        for_each(child, &mut |entry| {
            if entry.key() != key {
                entries.push(entry.share());
            }
        });
        build::<S>(entries, depth).expect("at least one entry is left")
    };
}
