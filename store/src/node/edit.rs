//! Changing the trie: in place where a block is owned alone, on a copy of the path elsewhere.

use super::build::{Counted, build};
use super::find::{find_below, gap_in_leaf, position_in_leaf};
use super::{Entry, LeafRef, Rank, Shape, for_each_word, set_value};
use crate::digest::Digest;
use crate::raw::{Child, Children, Kind, LentView, OwnView};
use crate::region::Region;

/// What became of an overwrite.
pub(crate) enum Overwrite {
    /// The key is not there.
    Absent,
    /// The key has this value already.
    Same,
    /// By this has the digest grown.
    Changed(Digest),
}

/// Gives a key another value, if it is there; `note` sees the old one, unless nothing changes.
///
/// Goes down once where nodes are owned alone. From the first that is not it looks before it
/// copies, so that the same value again leaves everything shared.
pub(crate) fn overwrite<S: Shape>(
    mut child: &mut Child,
    region: Option<&Region>,
    rank: Rank<'_>,
    value: &[u8],
    note: impl FnOnce(&[u8]),
) -> Overwrite {
    let mut depth = 0;
    loop {
        child = match child.own() {
            OwnView::Branch(info, children) => {
                let bit = rank.bit::<S>(depth);
                if info.bitmap & bit == 0 {
                    return Overwrite::Absent;
                }
                depth += 1;
                &mut children[info.position(bit)]
            }
            OwnView::Leaf(info, entries) => {
                let leaf = LeafRef { info, children: Children::Counted(entries) };
                match position_in_leaf::<S>(leaf, rank) {
                    Some(at) => &mut entries[at],
                    None => return Overwrite::Absent,
                }
            }
            OwnView::Other(other) => {
                child = other;
                break;
            }
        };
    }
    let Some(old) = find_below::<S>(child.borrow(), region, depth, rank) else {
        return Overwrite::Absent;
    };
    let old = old.value();
    if old == value {
        return Overwrite::Same;
    }
    note(old);
    let change = Digest::of_change(rank.key, old, value);
    // Not owned alone, as was found on the way down.
    child.unshare();
    replace::<S>(child, depth, rank, value);
    Overwrite::Changed(change)
}

/// Gives a key that is there another value.
fn replace<S: Shape>(child: &mut Child, depth: u32, rank: Rank<'_>, value: &[u8]) {
    match child.lend() {
        LentView::Entry(entry) => set_value(entry, value),
        LentView::Leaf(mut leaf) => {
            let at = position_in_leaf::<S>(LeafRef::counted(leaf.borrow()), rank)
                .expect("the key is in its leaf");
            set_value(&mut leaf.make_mut().1[at], value);
        }
        LentView::Branch(mut branch) => {
            let (info, children) = branch.make_mut();
            let at = info.position(rank.bit::<S>(depth));
            replace::<S>(&mut children[at], depth + 1, rank, value);
        }
    }
}

/// Adds an entry whose key is not there.
pub(crate) fn insert<S: Shape>(child: &mut Child, depth: u32, entry: Entry) {
    let entries = match child.lend() {
        LentView::Branch(mut branch) => {
            let bit = entry.borrow().rank().bit::<S>(depth);
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
            let rank = entry.borrow().rank();
            let (hash, at) = (rank.hash, gap_in_leaf::<S>(LeafRef::counted(leaf.borrow()), rank));
            if leaf.items().len() < S::LEAF || depth == S::DEPTH {
                leaf.insert(at, entry.into());
                leaf.make_mut().0.insert_tag(at, hash);
                return;
            }
            let mut entries = leaf.items().to_vec();
            entries.insert(at, entry.into());
            entries
        }
        LentView::Entry(old) => {
            let rank = entry.borrow().rank();
            let at = usize::from(old.borrow().entry().rank().cmp::<S>(rank).is_lt());
            let mut both = vec![old.clone()];
            both.insert(at, entry.into());
            both
        }
    };
    *child = build_counted::<S>(entries, depth);
}

/// Removes a key that is there from a leaf or a branch.
pub(crate) fn remove<S: Shape>(child: &mut Child, depth: u32, rank: Rank<'_>) {
    let left = match child.lend() {
        LentView::Branch(branch) if branch.info().total as usize - 1 <= S::LEAF => None,
        LentView::Branch(mut branch) => {
            let bit = rank.bit::<S>(depth);
            let at = branch.info().position(bit);
            if branch.items()[at].kind() == Kind::Entry {
                branch.remove(at);
                let (info, _) = branch.make_mut();
                info.bitmap &= !bit;
                info.total -= 1;
            } else {
                let (info, children) = branch.make_mut();
                info.total -= 1;
                remove::<S>(&mut children[at], depth + 1, rank);
            }
            return;
        }
        LentView::Leaf(mut leaf) => {
            let at = position_in_leaf::<S>(LeafRef::counted(leaf.borrow()), rank)
                .expect("the key is in its leaf");
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
    *child = left.unwrap_or_else(|| {
        let mut entries = Vec::with_capacity(S::LEAF);
        for_each_word(child.borrow(), &mut |entry| {
            if entry.entry().key() != rank.key {
                entries.push(entry.share());
            }
        });
        build_counted::<S>(entries, depth)
    });
}

/// The subtree of a few entries, at least one, sorted by rank.
fn build_counted<S: Shape>(entries: Vec<Child>, depth: u32) -> Child {
    let hashed = entries.into_iter().map(|entry| (entry.borrow().entry().hash(), entry));
    build::<S, _>(&mut Counted, &mut hashed.collect(), depth).expect("at least one entry")
}
